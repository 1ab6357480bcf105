"""Fits the last step of a model's confidence: of the connections shown at confidence c about a share c shall be true."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..inference.confidence import log_odds

EDGES = (-7.0, -4.0, -3.0, -2.0, -1.25, -0.5, 0.25, 1.0, 2.0, 3.0, 4.5, np.inf)
"""Log odds between which entries are counted; what lies below is never shown, and is millions of candidates."""
FEWEST = 20
"""A bin with fewer entries says nothing."""


def fit(probability: NDArray, present: NDArray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Corners (odds, to) of `confidence.Calibration` from entries of any shape whose *present* is 1 true, 0 false, others left out.

    Each bin of `EDGES` becomes a corner: its mean log odds, and the log odds of the share of it that is true (with half an entry of either sort
    added, so that no share is 0 or 1), never falling. Histogram binning (Zadrozny and Elkan 2001) with lines between the bins. Without true or
    without false entries there is nothing to fit, and no corner.
    """
    chosen = present >= 0
    x, y = log_odds(probability[chosen]), present[chosen] == 1
    if not 0 < y.sum() < len(y):
        return (), ()
    at = np.digitize(x, EDGES) - 1
    odds, to = [], []
    for bin_ in range(len(EDGES) - 1):
        inside = at == bin_
        if (count := int(inside.sum())) >= FEWEST:
            share = (y[inside].sum() + 0.5) / (count + 1)
            odds.append(round(float(x[inside].mean()), 4))
            to.append(round(float(np.log(share / (1 - share))), 4))
    return tuple(odds), tuple(np.maximum.accumulate(to).tolist())
