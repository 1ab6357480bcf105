"""Windows in the dancers' own frames, and what a skeleton says of which joint hangs on which. The mathematics is that of ``duet_core/model/canonical.py``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .layers import Floats

Parents = NDArray[np.int64]
AROUND = np.array([-1.0, -1.0, 1.0], np.float32)
"""From one dancer's frame to the partner's: half a turn."""


class Frame(NamedTuple):
    """The dancers' own frames of B windows, and the way back; as ``Canonical`` in ``duet_core/model/canonical.py``.

    Attributes:
        axis: (B, 2, 2) the x axis of each dancer's frame, in the room's x and y: from the dancer to the partner.
        centre: (B, 3) metres, the floor point between the mean roots.
        scale: (B,) metres in one body unit, the root mean square distance of the joints from their centre.
    """

    axis: NDArray
    centre: NDArray
    scale: NDArray

    def own(self, positions: NDArray) -> NDArray:
        """(B, T, 2, J, 3) metres in the room → body units, each dancer's joints in the dancer's own frame; the precision stays."""
        own = (positions - self.centre[:, None, None, None]) / self.scale[:, None, None, None, None]
        x, y = own[..., 0].copy(), own[..., 1].copy()
        c, s = self.axis[:, None, :, None, 0], self.axis[:, None, :, None, 1]
        own[..., 0], own[..., 1] = c * x + s * y, c * y - s * x
        return own

    def restored(self, own: NDArray) -> NDArray:
        """(B, T', 2, J, 3) of these frames → metres in the room."""
        room = own * self.scale[:, None, None, None, None]
        x, y = room[..., 0].copy(), room[..., 1].copy()
        c, s = self.axis[:, None, :, None, 0], self.axis[:, None, :, None, 1]
        room[..., 0], room[..., 1] = c * x - s * y, s * x + c * y
        return room + self.centre[:, None, None, None]


def frame_of(positions: NDArray, parents: Parents) -> Frame:
    """The frame that windows (B, T, 2, J, 3), metres, decide."""
    roots = positions[..., :2][:, :, :, parents < 0].mean(axis=(1, 3))  # (B, 2, 2)
    centre = np.zeros((len(positions), 3), positions.dtype)
    centre[:, :2] = roots.mean(axis=1)
    between = roots[:, 1] - roots[:, 0]
    distance = np.linalg.norm(between, axis=-1, keepdims=True)
    first = np.where(distance > 1e-6, between / np.maximum(distance, 1e-6), np.array([1.0, 0.0], positions.dtype))
    spread = np.sqrt(np.square(positions - positions.mean(axis=3, keepdims=True)).sum(axis=-1).mean(axis=(1, 2, 3)))
    return Frame(np.stack([first, -first], axis=1), centre, np.where(spread > 1e-6, spread, np.ones_like(spread)))


def canonical(positions: NDArray, parents: Parents) -> NDArray:
    """(B, T, 2, J, 3) metres → body units, each dancer's joints in the dancer's own frame, which the whole window decides (`Frame`)."""
    return frame_of(positions, parents).own(positions)


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
