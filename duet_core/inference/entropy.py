"""Symbolic transfer entropy of joint speeds (Staniek and Lehnertz, Phys. Rev. Lett. 100, 158101, 2008).

A speed becomes symbols: the order in which three values a tenth of a second apart lie. The score is what the source's symbol tells of the target's
next one beyond the target's present one. Lag 0 belongs to it for the same reason as in `granger`: bonds without a lag.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .features import Grid, Motion, delayed

DELAY = 0.10
"""Seconds between the three values of a pattern; nearer ones of so smooth a thing as a dancer's speed only say up or down."""
LAG_STEP = 0.10
"""Seconds between the lags tried."""
PATTERNS, SUCCESSORS = 6, 3
"""Orders of three values; and of the next value among the last two, which is all that is new in the next pattern."""


class TransferEntropy:
    """Scores of one duet; the same calls as `granger.Granger`."""

    def __init__(self, motion: Motion) -> None:
        speed = np.linalg.norm(motion.velocity, axis=-1)
        self._rate = motion.rate
        step = max(1, round(DELAY * motion.rate))
        oldest, older, newest = delayed(speed, 3 * step), delayed(speed, 2 * step), delayed(speed, step)
        # The pattern and how the value after it lies to its last two: the next pattern, given this one.
        self._next = _pattern(oldest, older, newest) * SUCCESSORS + ((speed > newest) + (speed > older).astype(np.int64))
        self._symbol = _pattern(older, newest, speed)

    def scores(self, direction: int, shift: int, grid: Grid, span: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Transfer entropy as a share of what the target's present leaves open, at the best lag; and that lag in samples."""
        lags = grid.lags[:: max(1, round(LAG_STEP * self._rate))]
        source = np.roll(self._symbol[:, direction], shift, axis=0)
        x = _one_hot(np.concatenate([delayed(source, int(lag))[span] for lag in lags], axis=1), PATTERNS)
        y = np.concatenate(_one_hot(self._next[span, 1 - direction], PATTERNS * SUCCESSORS), axis=1)  # (N, 18·J), patterns outermost
        joints = self._next.shape[-1]
        told_by = _information(grid.length)
        score = np.empty((len(grid.start), joints, joints), np.float32)
        lag = np.empty_like(score)
        for index, first in enumerate(grid.start - (span.start or 0)):
            a, b = x[:, first : first + grid.length], y[first : first + grid.length]
            told = np.zeros((len(lags) * joints, joints), np.float32)
            for symbol in a:
                told += _open(symbol.T @ b, joints, told_by)
            left_open = _open(b.sum(axis=0, keepdims=True), joints, told_by)
            share = (told - left_open) / np.maximum(-left_open, 1e-3 * grid.length)
            share = share.reshape(len(lags), joints, joints)
            best = share.argmax(axis=0)[None]
            score[index] = np.maximum(np.take_along_axis(share, best, axis=0)[0], 0)
            lag[index] = lags[best[0]]
        return score, lag


def _information(most: int) -> NDArray[np.float32]:
    """n·log n for counts n from 0 to *most*, less a half for a count above 0: with few samples any symbol seems to tell something, and each
    occupied cell feigns half a nat (Miller and Madow)."""
    counts = np.arange(most + 1)
    return (counts * np.log(np.maximum(counts, 1)) - 0.5 * (counts > 0)).astype(np.float32)


def _open(counts: NDArray[np.float32], joints: int, told_by: NDArray[np.float32]) -> NDArray[np.float32]:
    """Minus what the target's present leaves open of its next symbol, in nats times samples, from *counts* (K, 18·J); (K, J)."""
    cells = counts.astype(np.intp).reshape(len(counts), PATTERNS, SUCCESSORS, joints)
    of_present = told_by.take(cells.sum(axis=2)).sum(axis=1)
    return told_by.take(cells).reshape(len(counts), -1, joints).sum(axis=1) - of_present


def _pattern(first: NDArray, second: NDArray, third: NDArray) -> NDArray[np.int64]:
    """Which of the six orders three values lie in, 0..5."""
    code = (first < second) * 4 + (second < third) * 2 + (first < third)
    return np.array([0, 0, 1, 2, 3, 4, 5, 5])[code]


def _one_hot(symbols: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """(N, K) symbols as (count, N, K)."""
    return (symbols == np.arange(count)[:, None, None]).astype(np.float32)
