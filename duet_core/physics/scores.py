"""How well scores of edges agree with the truth, when it is not said which type means which label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..metrics import auroc
from .trajectories import pairs


@dataclass(frozen=True)
class Threshold:
    """Above *value* an edge counts as label 1; with *swapped*, as label 0."""

    value: float
    swapped: bool

    def labels(self, score: NDArray) -> NDArray[np.int8]:
        return ((score > self.value) != self.swapped).astype(np.int8)

    def accuracy(self, score: NDArray, edges: NDArray) -> float:
        """Share of the pairs whose label is right; both (S, N, N) and symmetric."""
        found, truth = of_pairs(score), of_pairs(edges)
        return float((self.labels(found) == truth).mean())

    def auroc(self, score: NDArray, edges: NDArray) -> float:
        """The area under the ROC curve of label 1, in the same orientation."""
        return auroc(of_pairs(-score if self.swapped else score), of_pairs(edges))


def of_pairs(table: NDArray) -> NDArray:
    """(S, P) the values of the pairs i < j of (S, N, N)."""
    first, second = pairs(table.shape[-1])
    return table[:, first, second]


def best_permutation(probability: NDArray, edges: NDArray) -> Threshold:
    """The types named so that most edges agree: the published measure for a model of two types. There is no threshold to choose."""
    plain = Threshold(0.5, False)
    return plain if plain.accuracy(probability, edges) >= 0.5 else Threshold(0.5, True)


def best_threshold(score: NDArray, edges: NDArray) -> Threshold:
    """The threshold, and the orientation, that give the most accuracy: the labels' help that the paper gave to correlations. Fit it elsewhere."""
    values, truth = of_pairs(score).ravel(), of_pairs(edges).ravel().astype(np.int64)
    order = np.argsort(values, kind="stable")
    values, truth = values[order], truth[order]
    # With k values below the threshold: the zeros among them and the ones above them are right.
    right = np.concatenate([[0], np.cumsum(1 - truth)]) + truth.sum() - np.concatenate([[0], np.cumsum(truth)])
    swapped = bool(len(truth) - right.min() > right.max())
    best = int(right.argmin() if swapped else right.argmax())
    edges_of = np.concatenate([[values[0] - 1], 0.5 * (values[1:] + values[:-1]), [values[-1] + 1]])
    return Threshold(float(edges_of[best]), swapped)
