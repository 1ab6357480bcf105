"""Figures of merit on plain arrays: ranking, direction, lag, kind, calibration. Nothing here knows of clips, windows or files.

Labels are int8: 1 true, 0 false, −1 left out of the score. All arrays of one call have one shape; scores are any numbers, higher is surer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plain import plain

BINS = 10


def kept(labels: NDArray, *values: NDArray) -> tuple[NDArray, ...]:
    """*labels* and each of *values*, flat, without the entries labelled −1."""
    counts = labels.ravel() >= 0
    return (labels.ravel()[counts], *(value.ravel()[counts] for value in values))


class Ranked:
    """Entries to be told from the false ones of *score* by *labels*; the false ones are sorted once for any number of questions about the true ones."""

    def __init__(self, score: NDArray, labels: NDArray) -> None:
        flags, values = kept(labels, score)
        self.false = np.sort(values[flags == 0])
        self.true = values[flags == 1]

    def auroc(self, true: NDArray | None = None) -> float:
        """The chance that a true entry scores above a false one, ties counted half; NaN where either sort is missing. *true* (N,) stands for all."""
        true = self.true if true is None else true
        if not len(true) or not len(self.false):
            return math.nan
        below = np.searchsorted(self.false, true, side="left") + 0.5 * self._ties(true)
        return float(below.mean() / len(self.false))

    def average_precision(self, true: NDArray | None = None) -> float:
        """Area under precision over recall as the mean precision at each true entry (AUPRC), tied entries taken together; NaN where none is true."""
        true = np.sort(self.true if true is None else true)
        if not len(true):
            return math.nan
        found = len(true) - np.searchsorted(true, true, side="left")
        wrong = len(self.false) - np.searchsorted(self.false, true, side="left")
        return float((found / (found + wrong)).mean())

    def _ties(self, true: NDArray) -> NDArray[np.int64]:
        return np.searchsorted(self.false, true, side="right") - np.searchsorted(self.false, true, side="left")


def auroc(score: NDArray, labels: NDArray) -> float:
    """See `Ranked.auroc`."""
    return Ranked(score, labels).auroc()


def average_precision(score: NDArray, labels: NDArray) -> float:
    """See `Ranked.average_precision`."""
    return Ranked(score, labels).average_precision()


def direction_accuracy(score: NDArray, true: NDArray[np.bool_]) -> float:
    """Share of the *true* entries (…, 2, J, J), all with a direction, that score above their reverse; ties count half. NaN where there is none.

    An entry whose reverse is true as well has no direction and must not be among them.
    """
    forward, backward = score[true], reverse(score)[true]
    return float(((forward > backward) + 0.5 * (forward == backward)).mean()) if len(forward) else math.nan


def reverse(values: NDArray) -> NDArray:
    """*values* (…, 2, J, J) of the opposite candidates: at [d, i, j] what stands at [1 − d, j, i]."""
    return values[..., ::-1, :, :].swapaxes(-1, -2)


@dataclass(frozen=True)
class LagError:
    """Seconds by which found lags miss the true ones, over entries whose lag was found; *missing* is the share whose lag was not."""

    median: float
    mean: float
    missing: float


def lag_error(found: NDArray, truth: NDArray) -> LagError:
    """Of lags in seconds, both flat, for the true connections that have one; NaN in *found* is a lag not found."""
    error = np.abs(found - truth)
    known = np.isfinite(error)
    if not known.any():
        return LagError(math.nan, math.nan, math.nan if not error.size else 1.0)
    return LagError(float(np.median(error[known])), float(error[known].mean()), float(1 - known.mean()))


def accuracy(found: NDArray, truth: NDArray) -> float:
    """Share of equal entries; NaN where there is none."""
    return float((found == truth).mean()) if truth.size else math.nan


def confusion(found: NDArray, truth: NDArray, classes: int) -> NDArray[np.int64]:
    """(classes, classes) counts, truth before found."""
    return np.bincount(truth.ravel().astype(np.int64) * classes + found.ravel(), minlength=classes**2).reshape(classes, classes)


@dataclass(frozen=True)
class Reliability:
    """How far confidences keep their word, in bins of equal width.

    Attributes:
        edges: (B + 1,) of the bins.
        count: (B,) entries whose confidence lies in each.
        confidence, share: (B,) their mean confidence, and the share of them that is true; NaN in an empty bin.
    """

    edges: NDArray[np.float64]
    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    share: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The expected calibration error: |share − confidence| averaged over all entries."""
        filled = self.count > 0
        if not filled.any():
            return math.nan
        return float((self.count[filled] * np.abs(self.share - self.confidence)[filled]).sum() / self.count.sum())

    def above(self, least: float) -> Reliability:
        """The bins from confidence *least* on: of a million candidates nearly all are false and near 0, and drown what is shown."""
        from_ = int(np.searchsorted(self.edges, least - 1e-9))
        return Reliability(self.edges[from_:], self.count[from_:], self.confidence[from_:], self.share[from_:])

    def as_dict(self) -> list[dict[str, Any]]:
        return [
            {"from": float(a), "to": float(b), "count": int(n), "confidence": plain(c), "true": plain(s)}
            for a, b, n, c, s in zip(self.edges[:-1], self.edges[1:], self.count, self.confidence, self.share, strict=True)
        ]


def reliability(confidence: NDArray, labels: NDArray, bins: int = BINS) -> Reliability:
    """Of *confidence* 0..1; see `Reliability`."""
    flags, values = kept(labels, confidence)
    values = values.astype(np.float64)
    at = np.clip((values * bins).astype(np.int64), 0, bins - 1)
    count = np.bincount(at, minlength=bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(at, values, bins) / count
        share = np.bincount(at, flags == 1, bins) / count
    return Reliability(np.linspace(0, 1, bins + 1), count, mean, share)


def shown_quality(confidence: NDArray, labels: NDArray, threshold: float) -> tuple[float, float, int]:
    """Precision and recall of what exceeds *threshold*, and how many do; precision is NaN where nothing does, recall where nothing is true."""
    flags, values = kept(labels, confidence)
    shown, true = values > threshold, flags == 1
    right = int((shown & true).sum())
    return (
        right / int(shown.sum()) if shown.any() else math.nan,
        right / int(true.sum()) if true.any() else math.nan,
        int(shown.sum()),
    )
