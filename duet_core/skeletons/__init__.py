"""Skeletons: what joints there are, how bones join them, which are left and right, and what part of a body they are."""

from .bones import guessed_bones
from .hierarchy import Hierarchy, hierarchy
from .landmarks import LANDMARKS, PARTS, landmark_of, part_of
from .registry import KNOWN, by_joint_count, by_joint_names, by_name, with_joint_count
from .skeleton import Skeleton

__all__ = [
    "KNOWN",
    "LANDMARKS",
    "PARTS",
    "Hierarchy",
    "Skeleton",
    "by_joint_count",
    "by_joint_names",
    "by_name",
    "guessed_bones",
    "hierarchy",
    "landmark_of",
    "part_of",
    "with_joint_count",
]
