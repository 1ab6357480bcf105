"""Windowed lagged cross-correlation of joint speeds: the plain baseline that every other method is printed beside.

It asks no held-out question and knows nothing of the target's own past; two dancers to one music look alike to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .features import Grid, Motion, delayed
from .granger import peak

STILL = 0.02
"""Metres a second: a speed that varies less than this is not correlated with anything."""


class CrossCorrelation:
    """Scores of one duet; the same calls as `granger.Granger`."""

    def __init__(self, motion: Motion) -> None:
        self._speed = np.linalg.norm(motion.velocity, axis=-1)

    def scores(self, direction: int, shift: int, grid: Grid, span: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The squared correlation at the best lag (0 where none is positive), and that lag in samples; see `granger.Granger.scores`."""
        source = np.roll(self._speed[:, direction], shift, axis=0)
        target = self._speed[span, 1 - direction].astype(np.float32)
        joints = target.shape[1]
        x = np.concatenate([delayed(source, int(lag))[span] for lag in grid.lags], axis=1).astype(np.float32)
        score = np.empty((len(grid.start), joints, joints), np.float32)
        lag = np.empty_like(score)
        floor = STILL**2 * grid.length
        for index, first in enumerate(grid.start - (span.start or 0)):
            a, b = x[first : first + grid.length], target[first : first + grid.length]
            a, b = a - a.mean(axis=0), b - b.mean(axis=0)
            scale = np.sqrt(np.outer((a**2).sum(axis=0) + floor, (b**2).sum(axis=0) + floor))
            correlation = (a.T @ b / scale).reshape(len(grid.lags), joints, joints)
            top, lag[index] = peak(correlation, grid.lags)
            score[index] = np.maximum(top, 0) ** 2
        return score, lag
