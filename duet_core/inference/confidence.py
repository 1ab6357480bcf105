"""From what a model says of single windows to a confidence over time that keeps its word: blending of overlapping windows, and calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """How a model's probability becomes confidence: windows less than *lasts* seconds apart are blended, then a logistic of the log odds.

    Fitted on planted duets of takes that are neither trained nor tested on (`evaluation.calibration`), blended as here.
    """

    slope: float = 1.0
    offset: float = 0.0
    lasts: float = 2.0

    def odds(self, probability: NDArray, seen: NDArray[np.bool_], centre_seconds: NDArray[np.float64]) -> NDArray[np.float32]:
        """Log odds of the confidence of *probability* (W, …) in windows around *centre_seconds* (W,), those *seen* (W, …) alone blended."""
        mean = blended(probability, seen, centre_seconds, self.lasts)
        return (self.slope * log_odds(mean) + self.offset).astype(np.float32)


def log_odds(probability: NDArray) -> NDArray:
    p = np.clip(np.asarray(probability, np.float64), 1e-7, 1 - 1e-7)
    return np.log(p / (1 - p))


def logistic(odds: NDArray) -> NDArray:
    return 1 / (1 + np.exp(-odds))


def blended(values: NDArray, seen: NDArray[np.bool_], centre_seconds: NDArray[np.float64], seconds: float) -> NDArray[np.float32]:
    """The mean of *values* (W, …) over windows around *centre_seconds* (W,), ascending, with weights that fall linearly to 0 at *seconds*.

    Only windows in which a value was *seen* (W, …) count; 0 where none does. Past and future count alike, so nothing is delayed: a step becomes a ramp
    of twice *seconds* whose middle stays where the step was.
    """
    first = np.searchsorted(centre_seconds, centre_seconds - seconds, side="right")
    last = np.maximum(np.searchsorted(centre_seconds, centre_seconds + seconds, side="left"), np.arange(len(centre_seconds)) + 1)
    first = np.minimum(first, np.arange(len(centre_seconds)))
    result = np.empty(values.shape, np.float32)
    flat, known, out = (a.reshape(len(a), -1) for a in (values, seen, result))
    for window, (a, b) in enumerate(zip(first, last, strict=True)):
        weight = 1 - np.abs(centre_seconds[a:b] - centre_seconds[window]) / seconds if seconds > 0 else np.ones(1)
        if known[a:b].all():
            out[window] = weight @ flat[a:b] / weight.sum()
        else:
            out[window] = weight @ np.where(known[a:b], flat[a:b], 0) / np.maximum(weight @ known[a:b], 1e-9)
    return result
