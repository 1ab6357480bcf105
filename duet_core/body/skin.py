"""Which bones move which vertex of a body, and how much."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from .surface import neighbours_mean

Array = NDArray[np.float64]

SOFTNESS, SOFTER = 0.20, 9.0
"""How far two bones' influences run into one another, as a share of the body's thickness there, and by how much that share grows with each
metre of thickness: an elbow folds sharply, a hip draws the whole seat along."""

SIDES = 0.5
"""How fast one side's bones give way to the other's at the body's middle, as a share of that softness."""

SMOOTHING = 3
"""Rounds in which each vertex takes on half of its neighbours' weights."""

MOST = 4
"""Bones that move one vertex, at most."""


def skin_weights(
    vertices: Array,
    edges: NDArray[np.int64],
    heads: Array,
    tails: Array,
    thickness: Array,
    skeleton: Skeleton,
    only: tuple[int, ...],
) -> Array:
    """(V, J) weights that sum to 1.

    A bone is as near as the nearest of its lines to its children, less the body's thickness there: ribs belong to the chest although the arm's
    line is nearer. A vertex belongs to the nearest bone and, where they are about as near, to that
    bone's parent and children: never to another limb that happens to lie close.

    Args:
        thickness: (J,) metres from each joint to the skin round it.
        only: the joints whose bones may move the skin (fingers and eyes move none).
    """
    joints = len(skeleton)
    distance = np.full((len(vertices), joints), np.inf)
    away = np.full(len(vertices), np.inf)  # from the nearest line, whatever is round it
    for joint in only:
        children = [c for c in skeleton.children[joint] if c in only]
        ends = [(heads[c], thickness[c]) for c in children] or [(tails[joint], thickness[joint])]
        for end, thick in ends:
            line, along = _to_segment(vertices, heads[joint], end)
            distance[:, joint] = np.minimum(distance[:, joint], line - (thickness[joint] + along * (thick - thickness[joint])))
            away = np.minimum(away, line)
    near = np.zeros((joints, joints), dtype=bool)
    near[range(joints), range(joints)] = True
    for parent, child in skeleton.bones:
        near[parent, child] = near[child, parent] = True
    owner = distance.argmin(axis=1)
    least = distance.min(axis=1, keepdims=True)
    away = np.maximum(away, 0.02)
    reach = SOFTNESS * away * (1.0 + SOFTER * away)
    weights = np.where(near[owner], np.exp(-(distance - least) / reach[:, None]), 0.0)
    for joint in only:
        other = skeleton.mirrored[joint]
        if other != joint and other in only:  # one hip or collar does not draw the other's side along
            behind = np.clip((distance[:, joint] - distance[:, other]) / (SIDES * reach), -30.0, 30.0)
            weights[:, joint] /= 1.0 + np.exp(behind)
    weights /= weights.sum(axis=1, keepdims=True)
    for _ in range(SMOOTHING):
        weights = 0.5 * (weights + neighbours_mean(weights, edges))
    if joints > MOST:
        fifth = np.partition(weights, joints - MOST - 1, axis=1)[:, joints - MOST - 1]
        weights = np.where(weights > fifth[:, None], weights, 0.0)
    weights[weights < 0.01] = 0.0
    return weights / weights.sum(axis=1, keepdims=True)


def _to_segment(points: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """(N,) distances from a line and how far along it the nearest points lie, 0..1."""
    line = end - start
    along = np.clip((points - start) @ line / max(float(line @ line), 1e-12), 0.0, 1.0)
    return np.linalg.norm(points - start - along[:, None] * line, axis=1), along
