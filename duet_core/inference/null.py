"""From scores to calibrated confidence by a null that keeps everything but the bond: one partner shifted in time by seconds.

A shifted partner dances as smoothly, as often and to the same music, so whatever its scores show is chance. Scores of the true take are
turned into tail probabilities of the null of their own target joint, and these into a posterior by the two-groups model (Efron 2008, local
false discovery rate): 1 − pi0·f0/f, with f0 measured on the shifted takes, f on the true one. Because windows overlap and joints move
together, one chance resemblance raises hundreds of scores at once; f0 is therefore raised by the spread between the shifted takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

SHIFTS = 10
MINIMUM_SHIFT = 3.0
"""Seconds: beyond any lag we look for and most of a phrase."""
TAIL = 0.995
"""Quantile of the null above which its tail is taken as exponential: further out it is too thin to count."""
BINS, FURTHEST, BANDWIDTH = 60, 15.0, 0.35
"""The surprise (−log tail probability) is counted in BINS up to FURTHEST and smoothed with BANDWIDTH."""
WORST_CASE = 0.5
"""Standard deviations between shifted takes that are added to f0."""
ORDERING = 0.01
"""Confidence that chance-like scores may differ by, so that even they stay in order."""


def draw_shifts(samples: int, rate: float, rng: np.random.Generator) -> tuple[NDArray[np.int64], list[str]]:
    """Shifts in samples, spread over the take and away from 0, and what to tell the user of them."""
    least = MINIMUM_SHIFT * rate
    warnings = []
    if samples < 4 * least:
        least = samples / 4
        warnings.append(
            f"the take lasts {samples / rate:.1f} s: shifted partners are only {least / rate:.1f} s or more away, so confidences are rough; "
            f"{4 * MINIMUM_SHIFT:g} s are enough, 30 s or more are good"
        )
    room = samples - 2 * least
    count = int(np.clip(room // (0.5 * rate), 3, SHIFTS))
    steps = (np.arange(count) + rng.uniform(0, 1, count)) * room / count
    return np.unique(np.round(least + steps).astype(np.int64)), warnings


@dataclass(frozen=True)
class Null:
    """The null's scores (S, V, 2, J, J) in V windows of S shifted takes; NaN where a joint was not seen."""

    score: NDArray[np.float32]

    def surprise(self, score: NDArray[np.float32]) -> NDArray[np.float32]:
        """−log of how often the null of the same direction and target joint is as strong as *score* (…, 2, J, J)."""
        # By direction and target: what is looked up together lies together.
        asked = np.ascontiguousarray(np.moveaxis(score, (-3, -1), (0, 1)))
        result = np.zeros(asked.shape, np.float32)
        tables, common = self._tables
        for (direction, target), table in tables.items():
            if len(table) >= 20:
                result[direction, target] = _surprise(np.nan_to_num(asked[direction, target], nan=-np.inf), table, common)
        return np.ascontiguousarray(np.moveaxis(result, (0, 1), (-3, -1)))

    @cached_property
    def _tables(self) -> tuple[dict[tuple[int, int], NDArray[np.float32]], float]:
        """The known scores of each direction and target joint, sorted; and the scale of the tail of all."""
        everything = self.score[np.isfinite(self.score)]
        common = _tail_scale(np.partition(everything, cut), cut) if (cut := int(everything.size * TAIL)) else 0.0
        tables = {}
        for direction in range(self.score.shape[-3]):
            for target in range(self.score.shape[-1]):
                values = self.score[..., direction, :, target]
                tables[direction, target] = np.sort(values[np.isfinite(values)])
        return tables, common


def _tail_scale(ordered: NDArray, cut: int) -> float:
    """How far on average the values of *ordered* that exceed the one at *cut* exceed it; 0 where none does."""
    beyond = ordered[cut:][ordered[cut:] > ordered[cut]]
    return float((beyond - ordered[cut]).mean()) if beyond.size else 0.0


def _surprise(score: NDArray, table: NDArray, common: float) -> NDArray:
    """See `Null.surprise`; *table* is sorted, *common* the least scale of its tail (a joint whose null is mostly 0 has hardly a tail of its own)."""
    count = len(table)
    cut = min(int(count * TAIL), count - 5)
    threshold = table[cut]
    beyond = max(count - int(np.searchsorted(table, threshold, side="right")), 0.5)
    body = -np.log((count - np.searchsorted(table, score, side="left") + 0.5) / (count + 1.0))
    scale = max(_tail_scale(table, cut), (0.5 if beyond >= 10 else 1.0) * common) + 1e-9
    at_threshold = -np.log(beyond / count)
    return np.where(score > threshold, at_threshold + (score - threshold) / scale, np.minimum(body, at_threshold))


def confidence(score: NDArray[np.float32], null: Null) -> NDArray[np.float32]:
    """The probability, 0..1, that each score (W, 2, J, J) is no chance resemblance; it grows with the surprise. 0 where *score* is NaN."""
    edges = np.linspace(0.0, FURTHEST, BINS + 1)

    def counted(values: NDArray, of: NDArray) -> NDArray[np.float64]:
        values = values[np.isfinite(of)]
        return np.histogram(np.minimum(values, FURTHEST * 0.9999), edges)[0] / max(values.size, 1)

    seen = np.isfinite(score)
    surprise = null.surprise(score)
    if not seen.any():
        return np.zeros(score.shape, np.float32)
    observed = counted(surprise, score)
    shifted = np.array([counted(null.surprise(s), s) for s in null.score])
    tails = shifted[:, ::-1].cumsum(axis=1)[:, ::-1]
    mean = tails.mean(axis=0)
    spread = tails.std(axis=0, ddof=1) / np.maximum(mean, 1e-12) if len(tails) > 1 else 1.0
    raised = shifted.mean(axis=0) * (1 + WORST_CASE * spread)
    # Where the shifted takes hold too few scores to count, what the surprise itself means is the least that chance does.
    raised = np.maximum(raised, np.exp(-edges[:-1]) - np.exp(-edges[1:]))
    centres = (edges[:-1] + edges[1:]) / 2
    kernel = np.exp(-0.5 * ((centres[:, None] - centres) / BANDWIDTH) ** 2)
    kernel /= kernel.sum(axis=1, keepdims=True)
    weight = kernel @ observed + 1e-9
    chance = np.minimum(1.0, (kernel @ raised + 1e-9) / weight)
    # pi0 is 1: connections are rare (a few in a thousand candidates), and estimating it from dependent scores would only add noise.
    posterior = 1 - np.interp(surprise, centres, decreasing(chance, weight))
    result = (1 - ORDERING) * posterior + ORDERING * (1 - np.exp(-surprise / 3))
    return np.where(seen, result, 0.0).astype(np.float32)


def decreasing(values: NDArray, weight: NDArray) -> NDArray[np.float64]:
    """The nearest decreasing sequence in weighted least squares (pool adjacent violators)."""
    blocks: list[list[float]] = []
    for value, w in zip(values, weight, strict=True):
        blocks.append([float(value), float(w), 1])
        while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
            value_b, weight_b, size_b = blocks.pop()
            value_a, weight_a, size_a = blocks.pop()
            both = weight_a + weight_b
            blocks.append([(value_a * weight_a + value_b * weight_b) / both, both, size_a + size_b])
    return np.concatenate([np.full(int(size), value) for value, _, size in blocks])
