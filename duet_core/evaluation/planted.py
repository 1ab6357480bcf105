"""Methods on planted duets, where every connection is known: ranking, direction, lag, kind and calibration, overall and for each sort of coupling."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import metrics
from ..connections import DISPLAY_THRESHOLD, KINDS
from ..planted import FAMILIES, Labels, PlantedDuet, labels
from .intervals import Interval, over_seeds
from .methods import Found, Method, dense, found

STRENGTHS = {"faint": (0.0, 1 / 3), "clear": (1 / 3, 2 / 3), "strong": (2 / 3, 1.01)}
"""Share of the target's motion that is the source's."""
DOUBT = 0.1
"""Confidence from which calibration is judged once more: nearly all candidates are false and lie below, where anybody is right."""
TABLES = ("by_kind", "by_family", "by_strength")
OVERALL = (
    "auroc", "auprc", "direction", "lag_median", "lag_mean", "kind", "ece", "ece_above_doubt", "shown_precision", "shown_recall",
    "shown_per_window", "shown_lag_median", "shown_kind",
)  # fmt: skip


@dataclass(frozen=True)
class _Pool:
    """All windows of one seed's duets as seen by one method; arrays (W, 2, J, J)."""

    truth: Labels
    rankings: Mapping[str, NDArray[np.float32]]
    kind: NDArray[np.int8]
    lags: Mapping[str, NDArray[np.float32]]
    """By ranking; for each the lags that come with it."""

    @classmethod
    def of(cls, duets: Sequence[PlantedDuet], method: Method, step: Callable[[], None]) -> _Pool:
        truths: list[Labels] = []
        results: list[Found] = []
        for duet in duets:
            result = found(method, duet.clip())
            windows = result.connections
            truths.append(labels(duet, windows.window_start, int(windows.window_end[0] - windows.window_start[0])))
            results.append(result)
            step()
        return cls(
            Labels.together(truths),
            {name: np.concatenate([r.rankings[name] for r in results]) for name in results[0].rankings},
            np.concatenate([dense(r.connections, r.connections.kind) for r in results]),
            {
                name: np.concatenate([r.lags.get(name, dense(r.connections, r.connections.lag)) for r in results])
                for name in results[0].rankings
            },
        )


def measure(
    methods: Sequence[Method], sets: Sequence[Sequence[PlantedDuet]], progress: Callable[[float], None] | None = None
) -> dict[str, Any]:
    """Every method on *sets* of duets, one for each seed (all of one skeleton within a set).

    Returns:
        JSON-able: ``methods`` by name, each with ``ranked_by``, ``overall`` (figures in `OVERALL`), the `TABLES`, ``rankings`` (the same
        for each ranking), ``reliability`` and ``confusion``; a figure is {value, low, high} over seeds.
    """
    done, total = 0, len(methods) * sum(map(len, sets))

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done / total)

    result: dict[str, Any] = {"truth": {}, "methods": {}}
    for method in methods:
        seeds = []
        for duets in sets:
            pool = _Pool.of(duets, method, step)
            seeds.append(_figures(pool))
            if len(result["truth"]) < len(sets):
                result["truth"][str(len(result["truth"]))] = _census(pool.truth)
        result["methods"][method.name] = _summary(seeds)
    return result


def _figures(pool: _Pool) -> dict[str, Any]:
    """One seed's figures, those that depend on the ranking for each ranking."""
    truth, confidence = pool.truth, pool.rankings["confidence"]
    true = truth.present == 1
    leads = true & (truth.kind == KINDS.index("lead"))
    one_way = leads & (metrics.reverse(truth.present) != 1)
    seen = true & (confidence > DISPLAY_THRESHOLD)
    reliability = metrics.reliability(confidence, truth.present)
    precision, recall, shown = metrics.shown_quality(confidence, truth.present, DISPLAY_THRESHOLD)
    ranked: dict[str, Any] = {}
    for name, score in pool.rankings.items():
        order, lags = metrics.Ranked(score, truth.present), pool.lags[name]
        lag = metrics.lag_error(lags[leads], truth.lag[leads])

        def part(
            chosen: NDArray[np.bool_], order: metrics.Ranked = order, score: NDArray = score, lags: NDArray = lags
        ) -> dict[str, float]:
            known = chosen & true
            values = score[known]
            return {
                "auroc": order.auroc(values),
                "auprc": order.average_precision(values),
                "direction": metrics.direction_accuracy(score, known & one_way),
                "lag_median": metrics.lag_error(lags[known & leads], truth.lag[known & leads]).median,
                "kind": metrics.accuracy(pool.kind[known], truth.kind[known]),
                "shown_recall": float((confidence[known] > DISPLAY_THRESHOLD).mean()) if known.any() else math.nan,
                "count": float(known.sum()),
            }

        ranked[name] = {
            "overall": {
                "auroc": order.auroc(),
                "auprc": order.average_precision(),
                "direction": metrics.direction_accuracy(score, one_way),
                "lag_median": lag.median,
                "lag_mean": lag.mean,
            },
            "by_kind": {kind: part(truth.kind == k) for k, kind in enumerate(KINDS) if k},
            "by_family": {family: part(truth.family == f) for f, family in enumerate(FAMILIES)},
            "by_strength": {name: part((truth.strength >= low) & (truth.strength < high)) for name, (low, high) in STRENGTHS.items()},
        }
    return {
        "ranked": ranked,
        "overall": {
            "kind": metrics.accuracy(pool.kind[true], truth.kind[true]),
            "ece": reliability.error,
            "ece_above_doubt": reliability.above(DOUBT).error,
            "shown_precision": precision,
            "shown_recall": recall,
            "shown_per_window": shown / len(truth.present),
            "shown_lag_median": metrics.lag_error(pool.lags["confidence"][seen & leads], truth.lag[seen & leads]).median,
            "shown_kind": metrics.accuracy(pool.kind[seen], truth.kind[seen]),
        },
        "reliability": reliability,
        "confusion": metrics.confusion(pool.kind[true], truth.kind[true], len(KINDS)),
    }


def _summary(seeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = list(seeds[0]["ranked"])
    rankings = {name: _joined([s["ranked"][name]["overall"] for s in seeds]) for name in names}
    best = max(names, key=lambda name: rankings[name]["auprc"]["value"] or 0.0)
    tables = {
        name: {
            table: {row: _joined([s["ranked"][name][table][row] for s in seeds]) for row in seeds[0]["ranked"][name][table]}
            for table in TABLES
        }
        for name in names
    }
    count = sum(s["reliability"].count for s in seeds)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [
            sum(np.nan_to_num(getattr(s["reliability"], what)) * s["reliability"].count for s in seeds) / count
            for what in ("confidence", "share")
        ]
    together = metrics.Reliability(seeds[0]["reliability"].edges, count, *means)
    return {
        "ranked_by": best,
        "overall": {**rankings[best], **_joined([s["overall"] for s in seeds])},
        **tables[best],
        "rankings": {name: {**rankings[name], **tables[name]} for name in names},
        "reliability": together.as_dict(),
        "confusion": sum(s["confusion"] for s in seeds).tolist(),
    }


def _joined(rows: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {name: over_seeds([row[name] for row in rows]).as_dict() for name in rows[0]}


def _census(truth: Labels) -> dict[str, Any]:
    true = truth.present == 1
    return {
        "windows": len(truth.present),
        "candidates": int((truth.present >= 0).sum()),
        "left_out": int((truth.present < 0).sum()),
        "true": {kind: int((true & (truth.kind == k)).sum()) for k, kind in enumerate(KINDS) if k},
    }


def interval(figure: Mapping[str, float | None]) -> Interval:
    """The interval that `measure` wrote as a dictionary."""
    return Interval(*(math.nan if figure[name] is None else float(figure[name] or 0.0) for name in ("value", "low", "high")))
