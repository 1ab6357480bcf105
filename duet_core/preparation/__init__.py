"""Poses prepared for models, with NumPy alone: windows of a corpus that streams from disk, normalised and augmented, and the duet's graph.

``corpus`` keeps many takes on disk and gives windows of them; ``splits`` divides takes into training and validation without leakage;
``normalise`` takes stage and body size out of a window; ``augment`` varies training windows; ``graph`` lists the edges.
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
