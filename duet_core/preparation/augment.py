"""Variation of training windows that leaves connections true. Never applied to validation data: call it where training batches are made.

Every change is drawn per window from the generator that the caller passes, so that a seed decides everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a window (B, T, D, J, 3), metres, z up. Rotation, mirror and warp are the same for both dancers.

    Attributes:
        rotate: turn about the vertical through the window's floor centre, by any angle.
        mirror: probability of a reflection in a vertical plane, left and right joints exchanged.
        swap: probability of exchanging the dancers. Who leads whom is exchanged with them: `applied` says where.
        noise: standard deviation in metres of noise added to each position.
        warp: largest relative change of local speed, below 1; the first and the last frame stay in place.
    """

    rotate: bool = True
    mirror: float = 0.5
    swap: float = 0.5
    noise: float = 0.003
    warp: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.mirror <= 1 and 0 <= self.swap <= 1 and self.noise >= 0 and 0 <= self.warp < 1):
            raise ValueError(f"{self} is out of range")

    def applied(
        self, positions: NDArray, skeleton: Skeleton, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.bool_]]:
        """Varied windows (B, T, D, J, 3), and (B,) where they were mirrored, (B,) where the dancers were exchanged."""
        result = np.array(positions, dtype=np.float32)
        count, dancers = len(result), result.shape[2]
        mirrored = rng.random(count) < self.mirror
        swapped = (rng.random(count) < self.swap) & (dancers == 2)
        if self.warp:
            result = warped(result, rng.uniform(-self.warp, self.warp, count))
        if mirrored.any():
            reflected = result[mirrored][:, :, :, list(skeleton.mirrored)]
            reflected[..., 0] *= -1.0
            result[mirrored] = reflected
        if swapped.any():
            result[swapped] = result[swapped][:, :, ::-1]
        if self.rotate:
            result = rotated(result, rng.uniform(0.0, 2.0 * np.pi, count))
        if self.noise:
            result = result + rng.normal(0.0, self.noise, result.shape).astype(np.float32)
        return result, mirrored, swapped


def rotated(positions: NDArray, angles: NDArray) -> NDArray[np.float32]:
    """Windows (B, T, D, J, 3) turned about the vertical through the origin by *angles* (B,), radians."""
    c, s = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    c, s = (x.reshape(-1, 1, 1, 1) for x in (c, s))
    x, y, z = np.moveaxis(np.asarray(positions, dtype=np.float32), -1, 0)
    return np.stack([c * x - s * y, s * x + c * y, z], axis=-1)


def warped(positions: NDArray, strength: NDArray) -> NDArray[np.float32]:
    """Windows (B, T, …) along the time t + strength·sin(2πt)/(2π), t in 0..1: a little slower in one half, faster in the other; linear in between.

    A position that falls between a known and an unknown one is unknown.
    """
    frames = positions.shape[1]
    time = np.linspace(0.0, 1.0, frames)
    # The derivative is 1 + strength·cos(2πt) > 0, so time never runs backwards.
    at = np.clip(time + strength[:, None] * np.sin(2 * np.pi * time) / (2 * np.pi), 0.0, 1.0) * (frames - 1)
    before = np.minimum(at.astype(int), max(frames - 2, 0))
    share = (at - before).astype(np.float32)
    window = np.arange(len(positions))[:, None]
    share = share.reshape(*share.shape, *(1,) * (positions.ndim - 2))
    first, second = positions[window, before], positions[window, np.minimum(before + 1, frames - 1)]
    # 0 · NaN is NaN: where the share is zero the other frame must not count.
    mixed = np.where(share == 0, first, np.where(share == 1, second, first * (1 - share) + second * share))
    return mixed.astype(np.float32)
