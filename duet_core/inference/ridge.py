"""Plain ridge-Granger: does adding joint i's past to the past of j's own dancer lessen the error in j? The simple form, printed beside `granger`.

Own past as there (the strongest principal components of the target's dancer). Of what that leaves, a ridge regression on joint i's velocity at all lags
together, three axes to three axes, is fitted without one quarter of the window and judged on it. No symmetries, no search for one lag, no holds.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from .features import Grid, Motion, delayed
from .granger import STILL, own_past, residual

FOLDS = 4
LAG_STEP = 0.10
"""Seconds between the lags of the source that are regressed on; lag 0 among them, for bonds without a lag."""
RIDGE = 0.5
"""As a share of the mean energy of a source's regressors over the window."""


class RidgeGranger:
    """Scores of one duet; the same calls as `granger.Granger`."""

    def __init__(self, motion: Motion) -> None:
        self._velocity = motion.velocity
        self._rate = motion.rate

    def scores(self, direction: int, shift: int, grid: Grid, span: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Share of the target's news that the source tells on held-out frames, and the lag with the largest weight; see `granger.Granger.scores`."""
        lags = grid.lags[:: max(1, round(LAG_STEP * self._rate))]
        source = np.roll(self._velocity[:, direction], shift, axis=0)
        target = self._velocity[span, 1 - direction]
        joints = target.shape[1]
        past = own_past(target, self._rate)
        y = residual(target, past).astype(np.float32)
        lagged = [residual(delayed(source, int(lag))[span], past) for lag in lags]
        x = np.stack(lagged, axis=2).astype(np.float32)  # (N, J, L, 3)
        x = np.ascontiguousarray(x.reshape(len(x), joints, -1).transpose(1, 0, 2))
        floor = STILL * 3 * float(np.mean(y**2)) * grid.length
        least = 0.1 * float(np.mean(x**2)) * grid.length
        score = np.empty((len(grid.start), joints, joints), np.float32)
        lag = np.empty_like(score)
        flat = y.reshape(len(y), -1)
        for index, first in enumerate(grid.start - (span.start or 0)):
            a, b = x[:, first : first + grid.length], flat[first : first + grid.length]
            gain, weights = _held_out(a, b, RIDGE, least)
            energy = (b**2).sum(axis=0).reshape(joints, 3).sum(axis=-1) + floor
            score[index] = gain.reshape(joints, joints, 3).sum(axis=-1) / energy
            strength = (weights.reshape(joints, len(lags), 3, joints, 3) ** 2).sum(axis=(2, 4))
            lag[index] = lags[strength.argmax(axis=1)]
        return score, lag


def _held_out(x: NDArray[np.float32], y: NDArray[np.float32], ridge: float, least: float) -> tuple[NDArray, NDArray]:
    """How much of the energy of *y* (N, K) each source of *x* (J, N, P) tells on folds it was not fitted on, (J, K); and the mean weights (J, P, K)."""
    edges = np.linspace(0, len(y), FOLDS + 1).astype(int)
    parts = [(x[:, a:b], y[a:b]) for a, b in itertools.pairwise(edges)]
    squares = [p.swapaxes(1, 2) @ p for p, _ in parts]
    products = [p.swapaxes(1, 2) @ q for p, q in parts]
    whole, product = sum(squares), sum(products)
    size = x.shape[-1]
    diagonal = ridge * np.maximum(np.trace(whole, axis1=1, axis2=2) / size, least)[:, None, None] * np.eye(size, dtype=np.float32)
    gain = np.zeros((len(x), y.shape[1]), np.float32)
    mean = np.zeros((len(x), size, y.shape[1]), np.float32)
    for square, moment in zip(squares, products, strict=True):
        weights = np.linalg.solve(whole - square + diagonal, product - moment)
        gain += 2 * (weights * moment).sum(axis=1) - (weights * (square @ weights)).sum(axis=1)
        mean += weights / FOLDS
    return gain, mean
