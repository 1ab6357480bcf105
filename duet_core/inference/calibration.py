"""From the probability that a pair is no chance to the confidence that is shown: a connection lasts, and its share of truth was measured.

A connection that stands in one window is likely to stand a second before and after, so the probabilities are averaged over that. What comes out
is mapped by a logistic whose two numbers were fitted once on planted duets (couplings of several lags, strengths and kinds, in mismatched
partners), so that of those shown at confidence c about a share c is true. That holds for duets with about as many true connections.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LASTS_SECONDS = 1.0
SLOPE, OFFSET = 1.3, -0.45


def calibrated(probability: NDArray[np.float32], seen: NDArray[np.bool_], centre_seconds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Confidence (W, …) from *probability* (W, …), 0 where not *seen*; *centre_seconds* (W,) ascending says when each window is."""
    mean = np.clip(lasting(probability, seen, centre_seconds), 0.0, 1.0)
    odds = np.log((mean + 1e-4) / (1 - mean + 1e-3))
    return np.where(seen, 1 / (1 + np.exp(-(SLOPE * odds + OFFSET))), 0.0).astype(np.float32)


def lasting(
    values: NDArray[np.float32], seen: NDArray[np.bool_], centre_seconds: NDArray[np.float64], seconds: float = LASTS_SECONDS
) -> NDArray[np.float64]:
    """The mean of *values* (W, …) over the windows within *seconds* in which they were *seen* (W, …); 0 where they never were."""
    total = np.concatenate([np.zeros_like(values[:1], np.float64), np.cumsum(np.where(seen, values, 0), axis=0, dtype=np.float64)])
    count = np.concatenate([np.zeros_like(seen[:1], np.int64), np.cumsum(seen, axis=0)])
    first = np.searchsorted(centre_seconds, centre_seconds - seconds - 1e-6, side="left")
    last = np.searchsorted(centre_seconds, centre_seconds + seconds + 1e-6, side="right")
    return (total[last] - total[first]) / np.maximum(count[last] - count[first], 1)
