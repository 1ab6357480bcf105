"""Single dancers, cut out of takes, at the rate that models see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .clip import Clip
from .skeletons import Skeleton

RATE = 20.0
"""Samples a second. Dance moves below 8 Hz (see ``cleaning.smoothing``)."""


@dataclass(frozen=True)
class Solo:
    """One dancer: positions (T, J, 3) float32, metres, z up, no gaps; *rate* samples a second."""

    positions: NDArray[np.float32]
    rate: float
    skeleton: Skeleton
    name: str

    def __len__(self) -> int:
        return len(self.positions)

    def of_joints(self, joints: Sequence[int]) -> Solo:
        """The same dancer with some of the joints."""
        return replace(self, positions=self.positions[:, list(joints)], skeleton=reduced(self.skeleton, joints))

    def of_landmarks(self) -> Solo:
        """The same dancer with the joints that skeletons share; all joints where none is a landmark. Twenty fingers that move as one would be most of the candidates."""
        named = [joint for joint, landmark in enumerate(self.skeleton.landmarks) if landmark]
        return self.of_joints(named) if named else self


def reduced(skeleton: Skeleton, joints: Sequence[int]) -> Skeleton:
    """*skeleton* with some of its joints; a joint's parent is the next chosen one towards the root."""
    place = {joint: n for n, joint in enumerate(joints)}
    parents = []
    for joint in joints:
        above = skeleton.parents[joint]
        while above >= 0 and above not in place:
            above = skeleton.parents[above]
        parents.append(place.get(above, -1))
    return Skeleton(skeleton.name, tuple(skeleton.joints[j] for j in joints), tuple(parents))


def solos_of(clip: Clip, rate: float = RATE, skip_seconds: float = 0.0) -> list[Solo]:
    """The dancers of *clip*, less its first *skip_seconds* (a T-pose, say). Gaps are bridged by lines: planted duets need whole bodies."""
    first = round(skip_seconds * clip.fps)
    name = "+".join(clip.meta["source"]) or clip.skeleton.name
    return [
        Solo(resampled(_bridged(clip.positions[first:, d].astype(np.float64)), clip.fps, rate), rate, clip.skeleton, f"{name}:{d}")
        for d in range(clip.dancers)
    ]


def resampled(positions: NDArray, fps: float, rate: float) -> NDArray[np.float32]:
    """(T, …) at *fps* as (T', …) at *rate*: smoothed by a Gaussian that leaves what *rate* can carry, then linear in between."""
    frames = len(positions)
    flat = positions.reshape(frames, -1)
    width = 0.4 * fps / rate  # frames; the response at rate/2 is exp(−(π·0.4)²/2) ≈ 0.45
    if fps > rate * 1.01:
        reach = int(np.ceil(4 * width))
        kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
        kernel /= kernel.sum()
        padded = np.pad(flat, ((reach, reach), (0, 0)), mode="edge")
        flat = sum(w * padded[k : k + frames] for k, w in enumerate(kernel))
    at = np.arange(int((frames - 1) / fps * rate + 1e-6) + 1) * (fps / rate)
    low = np.minimum(at.astype(int), max(frames - 2, 0))
    share = (at - low)[:, None]
    mixed = flat[low] * (1 - share) + flat[np.minimum(low + 1, frames - 1)] * share
    return mixed.reshape(-1, *positions.shape[1:]).astype(np.float32)


def _bridged(positions: NDArray) -> NDArray:
    """(T, J, 3) with gaps bridged by straight lines; a joint never seen lies in its dancer's middle."""
    if np.isfinite(positions).all():
        return positions
    result = positions.copy()
    time = np.arange(len(positions))
    middle = np.nan_to_num(np.nanmean(positions, axis=(0, 1)))
    for joint in range(positions.shape[1]):
        known = np.isfinite(positions[:, joint]).all(axis=-1)
        for axis in range(3):
            result[:, joint, axis] = np.interp(time, time[known], positions[known, joint, axis]) if known.any() else middle[axis]
    return result
