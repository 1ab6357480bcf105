"""Cleaning a clip: each step a module with one pure function Clip → (Clip, report part), all of them composed by `clean`.

NumPy alone, so that it runs inside Blender. What a step cannot know stays NaN; nothing is ever (0, 0, 0) for unknown.
"""

from .pipeline import Settings, clean
from .report import CleaningReport, Figure, Part

__all__ = ["CleaningReport", "Figure", "Part", "Settings", "clean"]
