"""Which bones move which vertex of a body, and how much."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from .surface import neighbours_mean

Array = NDArray[np.float64]

SOFTNESS = 0.24
"""How far two bones' influences run into one another, as a share of the body's thickness there."""

SMOOTHING = 3
"""Rounds in which each vertex takes on half of its neighbours' weights."""

MOST = 4
"""Bones that move one vertex, at most."""


def skin_weights(vertices: Array, edges: NDArray[np.int64], heads: Array, tails: Array, skeleton: Skeleton, only: tuple[int, ...]) -> Array:
    """(V, J) weights that sum to 1.

    A bone is as near as the nearest of its lines to its children. A vertex belongs to the nearest bone and, where they are about as near, to that
    bone's parent and children: never to another limb that happens to lie close.

    Args:
        only: the joints whose bones may move the skin (fingers and eyes move none).
    """
    joints = len(skeleton)
    distance = np.full((len(vertices), joints), np.inf)
    for joint in only:
        children = [c for c in skeleton.children[joint] if c in only]
        for end in [heads[c] for c in children] or [tails[joint]]:
            distance[:, joint] = np.minimum(distance[:, joint], _to_segment(vertices, heads[joint], end))
    near = np.zeros((joints, joints), dtype=bool)
    near[range(joints), range(joints)] = True
    for parent, child in skeleton.bones:
        near[parent, child] = near[child, parent] = True
    owner = distance.argmin(axis=1)
    least = distance.min(axis=1, keepdims=True)
    weights = np.where(near[owner], np.exp(-(distance - least) / (SOFTNESS * np.maximum(least, 0.02))), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    for _ in range(SMOOTHING):
        weights = 0.5 * (weights + neighbours_mean(weights, edges))
    if joints > MOST:
        fifth = np.partition(weights, joints - MOST - 1, axis=1)[:, joints - MOST - 1]
        weights = np.where(weights > fifth[:, None], weights, 0.0)
    weights[weights < 0.01] = 0.0
    return weights / weights.sum(axis=1, keepdims=True)


def _to_segment(points: Array, start: Array, end: Array) -> Array:
    line = end - start
    along = np.clip((points - start) @ line / max(float(line @ line), 1e-12), 0.0, 1.0)
    return np.linalg.norm(points - start - along[:, None] * line, axis=1)
