"""Windows in the dancers' own frames, and what a skeleton says of which joint hangs on which. The mathematics is that of ``duet_core/model/canonical.py``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .layers import Floats

Parents = NDArray[np.int64]
AROUND = np.array([-1.0, -1.0, 1.0], np.float32)
"""From one dancer's frame to the partner's: half a turn."""


def canonical(positions: NDArray, parents: Parents) -> NDArray:
    """(B, T, 2, J, 3) metres → body units, each dancer's joints in the dancer's own frame.

    The origin is the floor point between the mean roots, x points to the partner, z up; the unit is the root mean square distance of the joints
    from their centre. The result has the precision of *positions*.
    """
    roots = positions[..., :2][:, :, :, parents < 0].mean(axis=(1, 3))  # (B, 2, 2)
    centre = np.zeros((len(positions), 3), positions.dtype)
    centre[:, :2] = roots.mean(axis=1)
    between = roots[:, 1] - roots[:, 0]
    distance = np.linalg.norm(between, axis=-1, keepdims=True)
    first = np.where(distance > 1e-6, between / np.maximum(distance, 1e-6), np.array([1.0, 0.0], positions.dtype))
    axis = np.stack([first, -first], axis=1)
    spread = np.sqrt(np.square(positions - positions.mean(axis=3, keepdims=True)).sum(axis=-1).mean(axis=(1, 2, 3)))
    scale = np.where(spread > 1e-6, spread, np.ones_like(spread))
    own = (positions - centre[:, None, None, None]) / scale[:, None, None, None, None]
    x, y = own[..., 0].copy(), own[..., 1].copy()
    c, s = axis[:, None, :, None, 0], axis[:, None, :, None, 1]
    own[..., 0], own[..., 1] = c * x + s * y, c * y - s * x
    return own


def above(parents: Parents) -> Parents:
    """(J,) each joint's parent; the joint itself for a root."""
    return np.where(parents >= 0, parents, np.arange(len(parents)))


def skeleton_adjacency(parents: Parents) -> Floats:
    """(J, J): 1 between each joint and its parent, both ways; nothing on the diagonal."""
    adjacency = np.zeros((len(parents), len(parents)), np.float32)
    children = np.flatnonzero(parents >= 0)
    adjacency[children, parents[children]] = 1.0
    adjacency[parents[children], children] = 1.0
    return adjacency
