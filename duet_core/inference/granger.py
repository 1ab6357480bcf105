"""Ridge-Granger: does joint i of one dancer tell how joint j of the other moves, beyond what j's own dancer already tells?

For each direction, with y the target dancer's velocities and x the source dancer's:

1. *Own past.* The target dancer's past, HORIZON and more ago, is summed up by the strongest principal components over its joints, each a
   virtual joint with its own velocity. y and every lagged x are regressed on it, and only residuals remain (Frisch–Waugh: what is left
   of x is news, what is left of y is what wants explaining). The horizon is what makes the question fair: dance is so smooth that 0.05 s
   of own past foretells nearly everything, and what remains is noise.
2. *The source's past and present.* For each lag 0…0.6 s the residual of j is predicted from the residual of i by a turn and a scale in the
   floor plane (one complex number: partners face any way, so a lead arrives turned) or by its mirror image, with a scale for the vertical.
   Lag 0 belongs to it, because hold, unison, mirror and opposition have no lag and a tool blind to them is silent on real duets; that a
   lagged lead is seen from its source only is due to the own past, which already holds what the follower did.
3. *Held-out frames.* The numbers are fitted without one fold of the window and a gap on either side of it, and judged on that fold. The normal
   equations of the rest come by subtraction, so all pairs, lags and folds of a window cost one matrix product per fold.

The score is the share of y's energy that the source tells on held-out frames, at its best lag; negative where it tells nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .features import Grid, Motion, delayed

HORIZON = 0.20
"""Seconds between the target and the newest frame of its own past."""
OWN_LAGS = (0.0, 0.10, 0.25)
"""Seconds before the horizon at which the own past is read."""
COMPONENTS = 8
"""Virtual joints that sum a body up: enough for each limb, few enough to leave the limbs some news."""
FOLDS = 8
GAP = 0.10
"""Seconds left out on either side of the held-out fold."""
RIDGE = 0.20
"""Ridge as a share of the source's energy in the window: a shrunken fit, never a collapsed one."""
STILL = 1e-3
"""A target's energy counts as at least this share of the mean, so that a resting joint's noise is not explained."""


class Granger:
    """Scores of one duet. One object serves the true take and all its shifted copies (what depends on the target is kept)."""

    def __init__(self, motion: Motion) -> None:
        self._velocity = motion.velocity
        self._rate = motion.rate

    def scores(self, direction: int, shift: int, grid: Grid, span: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Score and best lag of every pair in every window.

        Args:
            direction: the source dancer, 0 or 1.
            shift: samples by which the source is shifted around the take; 0 for the truth.
            grid: the windows, which lie within *span*.
            span: samples that these windows share one own-past regression over.

        Returns:
            score (W, J, J) and lag in samples (W, J, J), sources first.
        """
        source = np.roll(self._velocity[:, direction], shift, axis=0)
        target = self._velocity[span, 1 - direction]
        joints = target.shape[1]
        past = own_past(target, self._rate)
        y = residual(target, past)
        lagged = [delayed(source, int(lag))[span] for lag in grid.lags]
        x = residual(np.concatenate(lagged, axis=1), past)
        # Energies that the ridge and the floor are measured by: of the whole span, so that a resting window does not shrink them.
        floor_x, floor_y = RIDGE * 0.2 * float(np.mean(x**2)) * grid.length, STILL * 3 * float(np.mean(y**2)) * grid.length
        sources, targets = _Side.of(x), _Side.of(y)
        buffers = _Buffers.of(sources, targets)
        score = np.empty((len(grid.start), joints, joints), np.float32)
        lag = np.empty_like(score)
        for index, first in enumerate(grid.start - (span.start or 0)):
            rows = slice(first, first + grid.length)
            gain = _gains(sources, targets, rows, self._rate, floor_x, buffers)
            energy = sum(targets.energies(rows))
            share = (gain / (energy + floor_y + 1e-12)).reshape(len(grid.lags), joints, joints)
            score[index], lag[index] = peak(share, grid.lags)
        return score, lag


def own_past(velocity: NDArray, rate: float) -> NDArray:
    """(3, N, P): per axis what a dancer's joints did `HORIZON` ago and before, as P numbers; velocity is (N, J, 3)."""
    samples, joints, _ = velocity.shape
    flat = velocity.transpose(0, 2, 1).reshape(-1, joints)
    _, vectors = np.linalg.eigh(flat.T @ flat)
    # A short take bears fewer numbers than a long one, or the regression would explain the take away.
    components = int(np.clip(samples // (10 * len(OWN_LAGS)), 1, min(COMPONENTS, joints)))
    virtual = velocity.transpose(2, 0, 1) @ vectors[:, ::-1][:, :components]
    steps = [round((HORIZON + lag) * rate) for lag in OWN_LAGS]
    return np.concatenate([np.stack([delayed(axis, step) for axis in virtual]) for step in steps], axis=-1)


def residual(values: NDArray, past: NDArray) -> NDArray:
    """*values* (N, K, 3) less what *past* (3, N, P) tells of them; the horizontal axes share their coefficients, the vertical has its own."""
    result = np.empty_like(values)
    for axes in ((0, 1), (2,)):
        normal = sum(past[a].T @ past[a] for a in axes)
        ridge = 1e-3 * np.trace(normal) / len(normal) + 1e-12
        coefficients = np.linalg.solve(normal + ridge * np.eye(len(normal)), sum(past[a].T @ values[:, :, a] for a in axes))
        for a in axes:
            result[:, :, a] = values[:, :, a] - past[a] @ coefficients
    return result


def fold_rows(start: int, length: int, rate: float) -> list[tuple[slice, NDArray[np.int64]]]:
    """The folds of the window of *length* samples at *start*, and for each the rows on either side that its fit may not see either."""
    edges = start + np.linspace(0, length, FOLDS + 1).astype(int)
    gap = round(GAP * rate)
    folds = []
    for a, b in itertools.pairwise(edges):
        before = np.arange(max(start, a - gap), a)
        folds.append((slice(int(a), int(b)), np.concatenate([before, np.arange(b, min(start + length, b + gap))])))
    return folds


def peak(share: NDArray, lags: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
    """The best of *share* (L, …) and where it lies: the lag in samples, refined by a parabola through its neighbours."""
    best = share.argmax(axis=0)[None]
    top = np.take_along_axis(share, best, axis=0)[0]
    left = np.take_along_axis(share, np.maximum(best - 1, 0), axis=0)[0]
    right = np.take_along_axis(share, np.minimum(best + 1, len(share) - 1), axis=0)[0]
    inner = (best[0] > 0) & (best[0] < len(share) - 1)
    curve = 2 * top - left - right
    offset = np.where(inner & (curve > 1e-9), 0.5 * (right - left) / np.maximum(curve, 1e-9), 0.0)
    step = float(lags[1] - lags[0]) if len(lags) > 1 else 0.0
    return top, lags[best[0]] + np.clip(offset, -0.5, 0.5) * step


@dataclass(frozen=True)
class _Side:
    """Residuals of one side over a span: ``plane`` (2, N, K) float32, x and y, and ``height`` (N, K)."""

    plane: NDArray[np.float32]
    height: NDArray[np.float32]

    @classmethod
    def of(cls, values: NDArray) -> _Side:
        plane = np.ascontiguousarray(values[..., :2].transpose(2, 0, 1), dtype=np.float32)
        return cls(plane, np.ascontiguousarray(values[..., 2], dtype=np.float32))

    def energies(self, rows: slice | NDArray) -> tuple[NDArray, NDArray]:
        """(K,) summed over the rows: in the plane and vertical."""
        plane = (self.plane[:, rows] ** 2).sum(axis=(0, 1))
        return plane, (self.height[rows] ** 2).sum(axis=0)


def _moments(source: _Side, target: _Side, rows: slice | NDArray, out: NDArray[np.float32]) -> None:
    """Sums over *rows* of source times target into *out* (5, K, J): turned (cosine, sine), mirrored (cosine, sine), vertical."""
    # Four small products, not one: BLAS spreads a larger one over threads, which costs more here than it brings (the windows fill the cores).
    product = source.plane[:, None, rows].swapaxes(-1, -2) @ target.plane[None, :, rows]
    (xx, xy), (yx, yy) = product
    np.add(xx, yy, out=out[0])
    np.subtract(xy, yx, out=out[1])
    np.subtract(xx, yy, out=out[2])
    np.add(xy, yx, out=out[3])
    np.matmul(source.height[rows].T, target.height[rows], out=out[4])


@dataclass(frozen=True)
class _Buffers:
    """Work space for `_gains`, kept from window to window: a fresh megabyte for every step would cost more than the sums."""

    moments: NDArray[np.float32]
    gap: NDArray[np.float32]
    total: NDArray[np.float32]
    fitted: NDArray[np.float32]

    @classmethod
    def of(cls, source: _Side, target: _Side) -> _Buffers:
        shape = (5, source.height.shape[1], target.height.shape[1])
        return cls(np.empty((FOLDS, *shape), np.float32), *(np.empty(shape, np.float32) for _ in range(3)))


def _gains(source: _Side, target: _Side, rows: slice, rate: float, floor: float, buffers: _Buffers) -> NDArray[np.float32]:
    """(K, J): how much of the target's energy each source tells on held-out rows, by its turned or its mirrored motion.

    With a source of energy E and a moment m against the target, a number fitted elsewhere, b = m'/(E' + ridge), tells 2·b·m − b²·E.
    """
    k, j = source.height.shape[1], target.height.shape[1]
    folds = fold_rows(rows.start, rows.stop - rows.start, rate)
    moments, gap, total, fitted = buffers.moments, buffers.gap, buffers.total, buffers.fitted
    result = np.zeros((5, k, j), np.float32)
    for moment, (fold, _) in zip(moments, folds, strict=True):
        _moments(source, target, fold, moment)
    np.sum(moments, axis=0, out=total)
    all_plane, all_height = source.energies(rows)
    for moment, (fold, beside) in zip(moments, folds, strict=True):
        plane, height = source.energies(fold)
        gap_plane, gap_height = source.energies(beside)
        _moments(source, target, beside, gap)
        fit_plane, fit_height = all_plane - plane - gap_plane, all_height - height - gap_height
        ridge = RIDGE * (fit_plane + fit_height) / 3 + floor + 1e-12
        weight = np.empty((5, k, 1), np.float32)
        weight[:4], weight[4] = (1 / (fit_plane + 2 * ridge))[:, None], (1 / (fit_height + ridge))[:, None]
        energy = np.empty((5, k, 1), np.float32)
        energy[:4], energy[4] = plane[:, None], height[:, None]
        np.subtract(total, moment, out=fitted)
        fitted -= gap
        fitted *= weight
        np.multiply(fitted, energy, out=gap)
        moment *= 2
        moment -= gap
        fitted *= moment
        result += fitted
    return np.maximum(result[0] + result[1], result[2] + result[3]) + result[4]
