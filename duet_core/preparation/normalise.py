"""A window without its stage position and body size: neither says anything about connections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton


@dataclass(frozen=True)
class Normalised:
    """Windows in body units around the pair.

    Attributes:
        positions: (B, T, D, J, 3) float32; the floor point between the dancers is the origin, the mean bone length over both dancers is 1.
        centre: (B, 3) metres, that floor point; its z is 0, so heights stay heights over the floor.
        scale: (B,) metres in one body unit.
    """

    positions: NDArray[np.float32]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]

    def restored(self) -> NDArray[np.float32]:
        """(B, T, D, J, 3) metres, as before."""
        return self.positions * self.scale[:, None, None, None, None] + self.centre[:, None, None, None, :]


def body_size(positions: NDArray, skeleton: Skeleton) -> NDArray[np.float32]:
    """(B,) mean length of the known bones of (B, T, D, J, 3), metres; 1 where none is known or there are no bones."""
    if not skeleton.bones:
        return np.ones(len(positions), dtype=np.float32)
    parents, children = np.array(skeleton.bones).T
    lengths = np.linalg.norm(positions[..., children, :] - positions[..., parents, :], axis=-1).reshape(len(positions), -1)
    known = np.isfinite(lengths)
    total = np.where(known, lengths, 0.0).sum(axis=1)
    size = total / np.maximum(known.sum(axis=1), 1)
    return np.where(size > 1e-6, size, 1.0).astype(np.float32)


def normalise(positions: NDArray, skeleton: Skeleton) -> Normalised:
    """Centre each window (B, T, D, J, 3) on the pair's mean floor point and scale it by the mean bone length. NaN stays NaN."""
    positions = np.asarray(positions, dtype=np.float32)
    root = skeleton.index("pelvis")
    anchor = positions[:, :, :, skeleton.order[0] if root is None else root, :2]
    known = np.isfinite(anchor)
    centre = np.zeros((len(positions), 3), dtype=np.float32)
    centre[:, :2] = np.where(known, anchor, 0.0).sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1)
    scale = body_size(positions, skeleton)
    centred = (positions - centre[:, None, None, None, :]) / scale[:, None, None, None, None]
    return Normalised(centred, centre, scale)


def velocities(positions: NDArray, fps: float, gap: int = 1) -> NDArray:
    """Mean velocity over *gap* frames, a second: (…, T, D, J, 3) → (…, T − gap, D, J, 3), entry t from frames t and t + gap. NaN where either is unknown."""
    if not 1 <= gap < positions.shape[-4]:
        raise ValueError(f"a gap of {gap} frames in a window of {positions.shape[-4]}")
    return (positions[..., gap:, :, :, :] - positions[..., :-gap, :, :, :]) * (fps / gap)
