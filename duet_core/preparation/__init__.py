"""Poses prepared for models, with NumPy alone.

``training`` uses three of these: ``splits`` divides takes into training and validation without leakage, ``augment`` varies training windows, and ``ondisk``
reads stretches of takes that memory does not hold. The others are for those who train models of their own, on arrays or by ``training.dataset``: ``corpus``
keeps many takes on disk and gives windows of them, ``normalise`` takes stage and body size out of a window, and ``graph`` lists the edges.
"""

from .augment import Augmentation
from .corpus import Corpus, WindowIndex
from .graph import DuetGraph, choose_joints
from .normalise import Normalised, normalise, velocities
from .splits import Segment, split_by_take, split_by_time

__all__ = [
    "Augmentation",
    "Corpus",
    "DuetGraph",
    "Normalised",
    "Segment",
    "WindowIndex",
    "choose_joints",
    "normalise",
    "split_by_take",
    "split_by_time",
    "velocities",
]
