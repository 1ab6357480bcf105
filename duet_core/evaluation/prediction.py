"""Prediction of positions beside the two predictors that need no learning: nothing moves any more, and everything moves on as it did.

A method with a decoder offers ``prediction_errors(clip)`` and returns what `errors` gives for its predictor, so that all stand on the same frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

HORIZONS = (1, 5, 10)
"""Frames at the model's rate."""

Predictor = Callable[[NDArray[np.float32], int], NDArray]
"""(N, context, 2, J, 3) known frames and how many to predict → (N, frames, 2, J, 3)."""


def persistence(known: NDArray[np.float32], frames: int) -> NDArray:
    return np.repeat(known[:, -1:], frames, axis=1)


def constant_velocity(known: NDArray[np.float32], frames: int) -> NDArray:
    step = known[:, -1:] - known[:, -2:-1]
    return known[:, -1:] + step * np.arange(1, frames + 1, dtype=np.float32)[:, None, None, None]


PLAIN: dict[str, Predictor] = {"persistence": persistence, "constant velocity": constant_velocity}


def errors(
    positions: NDArray[np.float32], predict: Predictor | None, *, context: int, horizons: Sequence[int] = HORIZONS, every: int = 5
) -> dict[str, dict[str, float]]:
    """Root of the mean squared distance in metres between predicted and true joints (T, 2, J, 3), from starts *every* few frames on.

    Returns:
        {horizon: {"persistence": …, "constant velocity": …, "model": …}}; without *predict* no "model". Unknown joints are left out.

    Raises:
        ValueError: the take is too short for one prediction.
    """
    last = max(horizons)
    starts = np.arange(0, len(positions) - context - last + 1, every)
    if context < 2 or not len(starts):
        raise ValueError(f"{len(positions)} frames for a context of {context} and a horizon of {last}")
    known = positions[starts[:, None] + np.arange(context)]
    true = positions[starts[:, None] + context + np.arange(last)]
    predictors = {**PLAIN, **({"model": predict} if predict else {})}
    predicted = {name: predictor(known, last) for name, predictor in predictors.items()}
    result: dict[str, dict[str, float]] = {}
    for horizon in horizons:
        square = {name: ((p[:, horizon - 1] - true[:, horizon - 1]) ** 2).sum(axis=-1) for name, p in predicted.items()}
        seen = np.all([np.isfinite(v) for v in square.values()], axis=0)
        result[str(horizon)] = {name: float(np.sqrt(v[seen].mean())) if seen.any() else float("nan") for name, v in square.items()}
    return result
