"""From positions to what the methods read: velocities at one internal rate, free of gaps, with a mask of what was really seen.

Everything downstream treats the two horizontal axes alike and never sees absolute positions, so turning the duet about the vertical or
moving it across the floor changes no score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip

RATE = 20.0
"""Internal samples a second: a lag step of 0.05 s, and dance has little above 8 Hz."""
SMOOTHING = 0.03
"""Seconds, the sigma of the Gaussian that takes a tracker's jitter away before the difference."""
TOO_FAST = 12.0
"""Metres a second that no joint of a dancer reaches: the tracker jumped (to the other dancer, say), so both frames are unknown."""
GAP = 0.25
"""Seconds of a gap that may be bridged by a straight line and still count as seen."""


@dataclass(frozen=True)
class Motion:
    """A duet at the internal rate.

    Attributes:
        position: (N, 2, J, 3) float64, metres; gaps bridged.
        velocity: (N, 2, J, 3) float64, metres a second; 0 where unseen.
        seen: (N, 2, J) bool.
        rate: samples a second (`RATE`, less for a clip slower than that).
    """

    position: NDArray[np.float64]
    velocity: NDArray[np.float64]
    seen: NDArray[np.bool_]
    rate: float

    def __len__(self) -> int:
        return len(self.position)


def motion_of(clip: Clip) -> Motion:
    """The duet *clip* smoothed, resampled and differentiated."""
    position, seen = _bridged(clip.positions.astype(np.float64), clip.fps)
    rate = min(RATE, clip.fps)
    smooth = _smoothed(position, SMOOTHING * clip.fps)
    samples = int(np.floor((clip.frames - 1) / clip.fps * rate + 1e-9)) + 1
    frame = np.minimum(np.arange(samples) * clip.fps / rate, clip.frames - 1)
    before = np.minimum(frame.astype(int), max(clip.frames - 2, 0))
    after = np.minimum(before + 1, clip.frames - 1)
    part = (frame - before)[:, None, None, None]
    position = (1 - part) * smooth[before] + part * smooth[after]
    seen = seen[before] & seen[after]
    velocity = np.gradient(position, axis=0) * rate
    velocity[~seen] = 0.0
    return Motion(position, velocity, seen, rate)


def _bridged(positions: NDArray, fps: float) -> tuple[NDArray, NDArray]:
    """Positions with gaps and jumps filled by straight lines, and which of them count as seen."""
    frames = len(positions)
    unknown = np.isnan(positions).any(axis=-1)
    with np.errstate(invalid="ignore"):
        jump = np.linalg.norm(np.diff(positions, axis=0), axis=-1) * fps > TOO_FAST
    unknown[1:] |= jump
    unknown[:-1] |= jump
    filled, seen = positions.copy(), ~unknown
    limit = max(1, round(GAP * fps))
    time = np.arange(frames)
    for dancer, joint in np.argwhere(unknown.any(axis=0)):
        gap = unknown[:, dancer, joint]
        if gap.all():
            filled[:, dancer, joint] = 0.0
            continue
        for axis in range(3):
            filled[gap, dancer, joint, axis] = np.interp(time[gap], time[~gap], positions[~gap, dancer, joint, axis])
        edges = np.flatnonzero(np.diff(np.concatenate([[False], gap, [False]])))
        for start, end in edges.reshape(-1, 2):
            if end - start <= limit and start > 0 and end < frames:
                seen[start:end, dancer, joint] = True
    return filled, seen


def _smoothed(positions: NDArray, sigma: float) -> NDArray:
    """Gaussian of *sigma* frames along time, ends repeated."""
    reach = int(np.ceil(4 * sigma))
    offsets = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (offsets / max(sigma, 1e-6)) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([np.repeat(positions[:1], reach, axis=0), positions, np.repeat(positions[-1:], reach, axis=0)])
    result = np.zeros_like(positions)
    for offset, weight in zip(offsets + reach, kernel, strict=True):
        result += weight * padded[offset : offset + len(positions)]
    return result


def delayed(values: NDArray, samples: int) -> NDArray:
    """*values* (N, …) as they were *samples* earlier; before the start the first stands."""
    if samples == 0:
        return values
    return np.concatenate([np.repeat(values[:1], samples, axis=0), values[:-samples]])[: len(values)]


@dataclass(frozen=True)
class Grid:
    """Windows in samples of a `Motion`: ``start`` (W,), all of ``length``; ``lags`` (L,) in samples."""

    start: NDArray[np.int64]
    length: int
    lags: NDArray[np.int64]
