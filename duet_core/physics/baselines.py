"""What can be told of a system's edges without learning: each method gives (S, N, N) scores, symmetric, 0 on the diagonal, all systems at once.

All but `ridge` read one signal for each body and pair (its speed or rate, and for Granger its whole state), as methods do that know nothing
of forces. `ridge` knows that accelerations add up and are linear in the displacements: all of the truth about springs, and little about charges.
`ridge_with_law` is told the true law as well: what a method can reach at most that must not be told the noise of quick encounters.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .particles import BOX
from .trajectories import Trajectories

LAGS = 5
"""Moments by which one body may lag another."""
ORDER = 3
"""Values that make one symbol of the transfer entropy."""
RIDGE = 1e-3


def crosscorr(trajectories: Trajectories) -> NDArray[np.float64]:
    """The largest absolute correlation of the bodies' velocities (summed over axes) over lags up to `LAGS`."""
    v = trajectories.velocities - trajectories.velocities.mean(axis=1, keepdims=True)
    moments = v.shape[1]
    best = np.zeros((len(v), trajectories.bodies, trajectories.bodies))
    for lag in range(LAGS + 1):
        early, late = v[:, : moments - lag], v[:, lag:]
        product = np.einsum("stid,stjd->sij", early, late)
        scale = np.sqrt((early**2).sum(axis=(1, 3))[:, :, None] * (late**2).sum(axis=(1, 3))[:, None, :])
        best = np.maximum(best, np.abs(product) / np.maximum(scale, 1e-6))
    return _symmetric(best)


def granger(trajectories: Trajectories) -> NDArray[np.float64]:
    """How much the other's state lessens the error of predicting a body's next change of velocity from its own state, as a log ratio.

    Both regressions are linear with a constant and a light ridge; the state is the place (for oscillators the sine and cosine of the phase),
    the velocity, and the velocity one moment before.
    """
    x, v = trajectories.positions, trajectories.velocities
    place = np.concatenate([np.sin(x), np.cos(x)], axis=-1) if trajectories.system == "kuramoto" else x
    state = np.concatenate([place[:, 1:-1], v[:, 1:-1], v[:, :-2]], axis=-1).transpose(0, 2, 1, 3)
    goal = (v[:, 2:] - v[:, 1:-1]).transpose(0, 2, 1, 3)
    state, goal = (values - values.mean(axis=2, keepdims=True) for values in (state, goal))
    state = state / (state.std(axis=2, keepdims=True) + 1e-9)
    alone = _left(state, goal)
    bodies = trajectories.bodies
    score = np.zeros((len(x), bodies, bodies))
    for source in range(bodies):
        with_other = np.concatenate([state, np.broadcast_to(state[:, source : source + 1], state.shape)], axis=-1)
        score[:, source] = np.log(alone / _left(with_other, goal))
    return _symmetric(score)


def transfer_entropy(trajectories: Trajectories) -> NDArray[np.float64]:
    """Symbolic transfer entropy of the bodies' speeds (Staniek and Lehnertz 2008), nats, with patterns of `ORDER` values."""
    speed = np.linalg.norm(trajectories.velocities, axis=-1)
    windows = np.lib.stride_tricks.sliding_window_view(speed, ORDER, axis=1)
    # An order of three values is one of eight signs of its three comparisons (two of which never occur).
    symbol = (windows[..., 0] < windows[..., 1]) + 2 * (windows[..., 1] < windows[..., 2]) + 4 * (windows[..., 0] < windows[..., 2])
    count, bodies = len(speed), trajectories.bodies
    now, after = symbol[:, :-1], symbol[:, 1:]
    score = np.zeros((count, bodies, bodies))
    system = np.arange(count)[:, None] * 512
    for source in range(bodies):
        for target in range(bodies):
            if source == target:
                continue
            code = system + now[..., source] + 8 * now[..., target] + 64 * after[..., target]
            table = np.bincount(code.ravel(), minlength=count * 512).reshape(count, 8, 8, 8).astype(float)
            score[:, source, target] = _entropy_told(table / table.sum(axis=(1, 2, 3), keepdims=True))
    return _symmetric(score)


def ridge(trajectories: Trajectories) -> NDArray[np.float64]:
    """The weight of each displacement in a ridge regression of a body's acceleration on its displacements from all others."""
    return _regressed(trajectories, lambda distance: -np.ones_like(distance), robust=0.0)


def ridge_with_law(trajectories: Trajectories) -> NDArray[np.float64]:
    """`ridge` told the inverse square of the charges (for springs it is `ridge`), calm intervals counting more."""
    if trajectories.system == "charged":
        return _regressed(trajectories, lambda distance: distance**-3.0, robust=1.5)
    return ridge(trajectories)


METHODS: dict[str, Callable[[Trajectories], NDArray[np.float64]]] = {
    "granger": granger,
    "crosscorr": crosscorr,
    "transfer entropy": transfer_entropy,
    "ridge": ridge,
    "ridge told the law": ridge_with_law,
}


def _regressed(trajectories: Trajectories, law: Callable[[NDArray], NDArray], robust: float) -> NDArray[np.float64]:
    x, v, bodies = trajectories.positions, trajectories.velocities, trajectories.bodies
    if trajectories.system == "kuramoto":
        goal = v - trajectories.drive[:, None, :, None]
        columns = np.sin(x[:, :, :, None] - x[:, :, None, :])
        weight = np.ones(goal.shape[:3])
    else:
        before, after = x[:, :-1], x[:, 1:]
        step = trajectories.interval
        goal = (v[:, 1:] - v[:, :-1]) / step
        middle = 0.5 * (before + after) + step / 8 * (v[:, :-1] - v[:, 1:])
        apart = middle[:, :, :, None] - middle[:, :, None, :]
        distance = np.sqrt((apart**2).sum(axis=-1, keepdims=True) + 1e-6)
        columns = apart * law(distance)
        outside = np.maximum(np.abs(before + step * v[:, :-1]), np.abs(after - step * v[:, 1:])).max(axis=-1) >= BOX
        weight = np.where(outside, 0.0, ((goal**2).sum(axis=-1) + 1e-4) ** -robust)
    root = np.sqrt(weight)
    # (S, N targets, rows, N sources); a body has no displacement from itself, and the ridge gives it weight 0.
    a = (columns * root[..., None, None]).transpose(0, 2, 1, 4, 3).reshape(len(x), bodies, -1, bodies)
    b = (goal * root[..., None]).transpose(0, 2, 1, 3).reshape(len(x), bodies, -1, 1)
    scale = 1.0 / np.sqrt((a**2).mean(axis=2, keepdims=True) + 1e-12)
    a = a * scale
    gram = a.swapaxes(-1, -2) @ a / a.shape[2] + RIDGE * np.eye(bodies)
    weights = np.linalg.solve(gram, a.swapaxes(-1, -2) @ b / a.shape[2])[..., 0] * scale[:, :, 0]
    return _symmetric(weights)


def _left(columns: NDArray, goal: NDArray) -> NDArray[np.float64]:
    """(S, N) mean squared error that a ridge regression of *goal* (S, N, T, D) on *columns* (S, N, T, K) leaves."""
    rows = goal.shape[2]
    gram = columns.swapaxes(-1, -2) @ columns / rows + RIDGE * np.eye(columns.shape[-1])
    fitted = columns @ np.linalg.solve(gram, columns.swapaxes(-1, -2) @ goal / rows)
    return ((goal - fitted) ** 2).mean(axis=(2, 3)) + 1e-12


def _entropy_told(joint: NDArray) -> NDArray[np.float64]:
    """(S,) nats that the source tells of the target's next symbol, from shares (S, next, now, source)."""

    def entropy(shares: NDArray) -> NDArray:
        return -np.where(shares > 0, shares * np.log(np.maximum(shares, 1e-12)), 0.0).sum(axis=tuple(range(1, shares.ndim)))

    return entropy(joint.sum(axis=3)) - entropy(joint.sum(axis=(1, 3))) - entropy(joint) + entropy(joint.sum(axis=1))


def _symmetric(score: NDArray) -> NDArray[np.float64]:
    result = 0.5 * (score + score.swapaxes(-1, -2))
    bodies = result.shape[-1]
    result[:, np.arange(bodies), np.arange(bodies)] = 0.0
    return result
