"""How sure a figure is: 95 % intervals over seeds (Student) and over takes (bootstrap)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
RESAMPLES = 2000

_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
"""The 97.5 % quantile of Student's t for 1, 2, … degrees of freedom (tabled: NumPy has none)."""


@dataclass(frozen=True)
class Interval:
    """A figure and its 95 % interval; *low* and *high* are NaN where one value cannot say."""

    value: float
    low: float = math.nan
    high: float = math.nan

    def as_dict(self) -> dict[str, Any]:
        return {name: None if math.isnan(v) else v for name, v in vars(self).items()}

    def text(self, digits: int = 3) -> str:
        if math.isnan(self.value):
            return "–"
        if math.isnan(self.low):
            return f"{self.value:.{digits}f}"
        half = max(self.high - self.value, self.value - self.low)
        return f"{self.value:.{digits}f} ± {half:.{digits}f}"


def student_quantile(freedom: int) -> float:
    """The 97.5 % quantile of Student's t; beyond the table by Cornish and Fisher's expansion about the normal's."""
    if freedom < 1:
        return math.nan
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def over_seeds(values: Sequence[float]) -> Interval:
    """The mean of one figure over independent seeds with Student's interval; NaN values (a seed that could not say) are left out."""
    known = np.array([v for v in values if not math.isnan(v)], np.float64)
    if not len(known):
        return Interval(math.nan)
    mean = float(known.mean())
    if len(known) == 1:
        return Interval(mean)
    half = student_quantile(len(known) - 1) * float(known.std(ddof=1)) / math.sqrt(len(known))
    return Interval(mean, mean - half, mean + half)


def over_takes(values: NDArray, statistic: Callable[[NDArray], float] = lambda v: float(np.mean(v)), seed: int = 0) -> Interval:
    """*statistic* of *values* (N, …), one for each take, with the interval of `RESAMPLES` draws of N takes with replacement."""
    values = np.asarray(values, np.float64)
    if not len(values):
        return Interval(math.nan)
    value = float(statistic(values))
    if len(values) == 1:
        return Interval(value)
    rng = np.random.default_rng(seed)
    drawn = [statistic(values[rng.integers(0, len(values), len(values))]) for _ in range(RESAMPLES)]
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))
