"""Fits the last step of a model's confidence: of the connections shown at confidence c about a share c shall be true."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..inference.confidence import log_odds

ROUNDS = 50
LEAST = -6.0
"""Log odds below which nothing is ever shown: millions of such candidates would have the whole say."""


def fit(probability: NDArray, present: NDArray) -> tuple[float, float]:
    """Slope and offset of the logistic regression of *present* (1 true, 0 false, others left out) on the log odds of *probability* (Platt 1999).

    Entries below `LEAST` have no say. The slope is at least 0.05; without true or without false entries nothing is changed (1, 0).
    """
    chosen = (present >= 0) & (log_odds(probability) > LEAST)
    x, y = log_odds(probability[chosen]), (present[chosen] == 1).astype(np.float64)
    if not 0 < y.sum() < len(y):
        return 1.0, 0.0
    design = np.stack([x, np.ones_like(x)], axis=1)
    weight = np.array([1.0, 0.0])
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(design @ weight, -40, 40)))
        curvature = (design * (p * (1 - p))[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, design.T @ (y - p) - 1e-6 * (weight - [1.0, 0.0]))
        weight = weight + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-9))
        if np.abs(step).max() < 1e-8:
            break
    return max(float(weight[0]), 0.05), float(weight[1])
