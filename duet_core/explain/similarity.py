"""How alike the connections of two takes are at matched moments, and how alike they would be by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS, Connections
from ..metrics import auroc
from .voices import Voices

SHIFTS = 24
"""Shifts in time of the second take that say how alike strangers would be."""
BETTER = 0.05
_CHUNK = 512


@dataclass(frozen=True)
class Similarity:
    """1 is the same, 0 nothing in common.

    Attributes:
        joints: of what either take shows, how much both do: Σ min / Σ max of the confidences (the weighted Jaccard index) over all joints and moments
            where one of them exceeds the threshold; NaN where neither ever does.
        limbs: the same of what limbs say to limbs, of whatever kind.
        chance: ``limbs`` with the second take shifted in time: the mean of the shifts, and the largest.
        ranking: the chance that what one take shows is surer in the other than what it does not (AUROC, both ways' mean; 0.5 by chance).
        correlation: of the confidences of limbs over all moments; NaN where one is constant.
    """

    joints: float
    limbs: float
    chance: tuple[float, float]
    ranking: float
    correlation: float


def similarity(
    first: Connections, second: Connections, heard: tuple[Voices, Voices], partner: NDArray[np.int64], threshold: float
) -> Similarity:
    """Of two takes with the same joints; *heard* are their `voices`, *partner* (W,) is the second's window at each of the first's, −1 for none."""
    mine = np.flatnonzero(partner >= 0)
    theirs = partner[mine]
    shared, either = 0.0, 0.0
    for start in range(0, len(mine), _CHUNK):
        part = slice(start, start + _CHUNK)
        pair = first.confidence[mine[part]], second.confidence[theirs[part]]
        low, high = np.minimum(*pair), np.maximum(*pair)
        shown = high > threshold
        shared, either = shared + float(low[shown].sum()), either + float(high[shown].sum())
    limbs = _limbs(heard[0])[mine], _limbs(heard[1])
    return Similarity(
        shared / either if either else math.nan,
        jaccard(limbs[0], limbs[1][theirs], threshold),
        _by_chance(limbs, theirs, threshold),
        _ranking(limbs[0], limbs[1][theirs], threshold),
        _correlation(limbs[0], limbs[1][theirs]),
    )


def jaccard(first: NDArray, second: NDArray, threshold: float) -> float:
    """Σ min / Σ max where either exceeds *threshold*; NaN where none does."""
    shown = np.maximum(first, second) > threshold
    return float(np.minimum(first, second)[shown].sum() / np.maximum(first, second)[shown].sum()) if shown.any() else math.nan


def clearly_better(first: tuple[NDArray, NDArray], second: tuple[NDArray, NDArray], threshold: float) -> bool:
    """Whether the limbs of the *second* pair of takes are clearly more alike than those of the *first*: by `BETTER`, and beyond the doubt that leaving out
    one of eight stretches at a time leaves (jackknife, 97.5 %)."""
    blocks = 8
    without = []
    for block in range(blocks):
        values = []
        for one, other in (first, second):
            kept = np.arange(len(one)) * blocks // max(len(one), 1) != block
            values.append(np.nan_to_num(jaccard(one[kept], other[kept], threshold)))
        without.append(values[1] - values[0])
    gain = np.nan_to_num(jaccard(*second, threshold)) - np.nan_to_num(jaccard(*first, threshold))
    doubt = np.sqrt((blocks - 1) / blocks * ((np.array(without) - np.mean(without)) ** 2).sum())
    return bool(gain >= BETTER and gain > 2.36 * doubt)


def agreement(first: Connections, second: Connections, partner: NDArray[np.int64], threshold: float) -> NDArray[np.float64]:
    """(K, K) how often, in seconds of connections, the first says one kind (row) where the second says another (column); ``none`` is not shown.

    What neither shows is not counted.
    """
    table = np.zeros((len(KINDS), len(KINDS)))
    for window in np.flatnonzero(partner >= 0):
        pair = [np.where(c.confidence[w] > threshold, np.maximum(c.kind[w], 0), 0) for c, w in ((first, window), (second, partner[window]))]
        some = np.flatnonzero(pair[0] | pair[1])
        np.add.at(table, (pair[0][some], pair[1][some]), 1.0)
    step = float(np.median(np.diff(first.centres))) / first.fps if first.windows > 1 else float(first.window_end[0]) / first.fps
    return table * step


def limbs_at(heard: tuple[Voices, Voices], partner: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(N, F) each how surely limbs are connected in the windows of the first that have a *partner*, and in those partners."""
    mine = np.flatnonzero(partner >= 0)
    return _limbs(heard[0])[mine], _limbs(heard[1])[partner[mine]]


def _limbs(heard: Voices) -> NDArray[np.float32]:
    """(W, 2·L·L) how surely each limb is connected to each."""
    return heard.confidence.max(axis=-1).reshape(len(heard.confidence), -1)


def _by_chance(limbs: tuple[NDArray, NDArray], theirs: NDArray[np.int64], threshold: float) -> tuple[float, float]:
    count = len(limbs[1])
    shifts = np.unique(np.round(np.linspace(0.2, 0.8, SHIFTS) * count).astype(int))
    values = [jaccard(limbs[0], limbs[1][(theirs + shift) % count], threshold) for shift in shifts if shift % count]
    known = [value for value in values if not math.isnan(value)]
    return (float(np.mean(known)), max(known)) if known else (math.nan, math.nan)


def _ranking(first: NDArray, second: NDArray, threshold: float) -> float:
    ways = [auroc(score, (shown > threshold).astype(np.int8)) for score, shown in ((first, second), (second, first))]
    return float(np.mean(ways))


def _correlation(first: NDArray, second: NDArray) -> float:
    if not (np.ptp(first) and np.ptp(second)):
        return math.nan
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])
