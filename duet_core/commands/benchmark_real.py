"""``benchmark.py real --out DIR``: real takes, which have no labels: true partners, held hands, how much is shown, who leads, prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..clip import Clip
from ..errors import InputError
from ..evaluation import takes
from ..evaluation.balance import lead_balance
from ..evaluation.flicker import Flicker, in_stages
from ..evaluation.glance import Glance, survey
from ..evaluation.holds import Holds, hand_holds, recall, recalled
from ..evaluation.intervals import over_takes
from ..evaluation.methods import Found, Method
from ..evaluation.planted import interval
from ..evaluation.prediction import errors
from ..evaluation.retrieval import late, retrieval
from ..evaluation.silence import silence
from ..files import make_folder
from ..inference.own_null import STRONGEST
from ..launch import DONE, Parser
from ..plain import plain
from ..progress import Progress
from ..solos import RATE, resampled
from .benchmark_null import cells
from .benchmark_planted import add_method_arguments, chosen_methods
from .figures import publish
from .options import count

SAMPLE = "sample_dance"
CONTEXT = 20
"""Known frames before a prediction by the two plain predictors."""


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="benchmark.py real", description="Test methods on real takes without labels.")
    add_method_arguments(parser)
    parser.add_argument("--pairs", type=count, metavar="N", help="exchanged pairs at most (default: all ordered pairs of takes)")
    args = parser.parse_args(list(argv))
    methods = chosen_methods(args)
    data = takes.folder(args.data)
    if data is None:
        raise InputError("there are no real takes", place="--data", remedy=f"give --data DIR or set {takes.VARIABLE}")
    salsa = takes.salsa(data, args.takes or (["07"] if args.quick else None))
    sample = None if args.quick else takes.sample_dance(data)
    everything = {**salsa, **({SAMPLE: sample} if sample is not None else {})}
    true = [(name, "", clip) for name, clip in everything.items()]
    exchanged = takes.strangers(salsa, args.pairs)
    shifted = takes.late(everything, takes.SHIFTS[: 1 if args.quick else None])
    make_folder(args.out)

    holds = {name: hand_holds(clip) for name, clip in everything.items()}
    hits: dict[str, dict[str, dict[str, tuple[int, ...]]]] = {method.name: {} for method in methods}

    flickers: dict[str, dict[str, dict[str, Flicker]]] = {method.name: {} for method in methods}

    def see(method: Method, take: str, clip: Clip, result: Found) -> None:
        unsteady = getattr(method, "unsteady", None)
        flickers[method.name][take] = in_stages(result.connections, unsteady(clip) if unsteady else None)
        hits[method.name][take] = recall(recalled(holds[take], clip.skeleton, result), holds[take])

    with Progress("real", quiet=args.quiet) as progress:
        glances = survey(methods, [*true, *exchanged, *shifted], progress, see)
    predicted, silent = prediction(methods, everything)
    measured = {
        "settings": {"takes": list(salsa), "sample_dance": sample is not None, "shifts": list(takes.SHIFTS), "exchanged": len(exchanged)},
        "holds": {name: _held(clip, holds[name]) for name, clip in everything.items()},
        "methods": {
            method.name: {**summary(glances[method.name], hits[method.name]), "flicker": steadiness(flickers[method.name])}
            for method in methods
        },
        "prediction": predicted,
        "not_predicted": silent,
    }
    publish("real", args.out, measured, as_markdown)
    return DONE


def _held(clip: Clip, holds: Holds) -> dict[str, float]:
    """Which share of the take has some held hand, and how many seconds (by their starts at 20 Hz) were found."""
    return {"seconds": clip.duration, "share": len(np.unique(holds.middle)) / (clip.duration * RATE), "stretches": len(holds)}


def summary(seen: Sequence[Glance], hits: Mapping[str, Mapping[str, tuple[int, ...]]]) -> dict[str, Any]:
    """One method's results; *hits* by take and ranking."""
    dances = [g for g in seen if g.take != SAMPLE]
    others = [g for g in dances if g.what]
    result: dict[str, Any] = {
        "retrieval": retrieval(seen) if others else None,
        "shown": {g.take: float(np.median(g.shown)) for g in seen if not g.what},
        "shown_median": float(np.median(np.concatenate([g.shown for g in dances if not g.what]))),
        "exchanged": silence([g for g in others if not late(g)]),
        "shifted": silence([g for g in others if late(g)]),
        "lead": lead_balance(dances),
        "holds": _recall({take: of for take, of in hits.items() if take != SAMPLE}),
    }
    if SAMPLE in hits:
        result["holds_sample"] = _recall({SAMPLE: hits[SAMPLE]})
    return result


def steadiness(by_take: Mapping[str, Mapping[str, Flicker]]) -> dict[str, dict[str, float | None]]:
    """By stage: flicker over all takes. In minutes of the takes together, and for each connection in minutes of its own take."""
    result = {}
    for stage in next(iter(by_take.values())):
        all_of_it = Flicker.together([of[stage] for of in by_take.values()])
        result[stage] = {
            "of_each": plain(all_of_it.of_each),
            "of_all": plain(all_of_it.of_all),
            "comings": plain(all_of_it.comings),
            "lasting_seconds": plain(all_of_it.lasting),
            "switches": all_of_it.switches,
            "connections": all_of_it.connections,
            "minutes": all_of_it.minutes,
        }
    return result


def _recall(hits: Mapping[str, Mapping[str, tuple[int, ...]]]) -> dict[str, Any]:
    """Share of hold seconds found, pooled over takes, by the ranking that serves the method best; with its interval over takes."""
    rankings = list(next(iter(hits.values())))
    counts = {name: np.array([of[name] for of in hits.values()], np.float64) for name in rankings}

    def pooled(values: np.ndarray, of: int = 0) -> float:
        total = values[:, of + 1].sum()
        return float(values[:, of].sum() / total) if total else float("nan")

    best = max(rankings, key=lambda name: np.nan_to_num(pooled(counts[name])))
    return {
        "ranked_by": best,
        "recall": over_takes(counts[best], pooled).as_dict(),
        "pairs": over_takes(counts[best], lambda v: pooled(v, 2)).as_dict(),
        "near": over_takes(counts[best], lambda v: pooled(v, 4)).as_dict(),
        "recall_by": {name: None if np.isnan(value := pooled(counts[name])) else value for name in rankings},
        "takes": {take: list(of[best]) for take, of in hits.items()},
    }


def prediction(methods: Sequence[Method], clips: Mapping[str, Clip]) -> tuple[dict[str, Any], dict[str, str]]:
    """{method: {take: {horizon: errors in metres}}} for methods that predict; under "plain" the two predictors that need no learning.

    And for each model that could not, why.
    """
    result: dict[str, Any] = {"plain": {}}
    silent: dict[str, str] = {}
    for name, clip in clips.items():
        moves = resampled(np.nan_to_num(clip.positions.astype(np.float64)), clip.fps, RATE)
        result["plain"][name] = errors(moves, None, context=CONTEXT)
        for method in methods:
            predict = getattr(method, "prediction_errors", None)
            if predict:
                try:
                    result.setdefault(method.name, {})[name] = predict(clip)
                except ValueError as error:  # a model without a decoder, or a take too short for it
                    silent.setdefault(method.name, str(error))
    return result, silent


def as_markdown(result: dict[str, Any]) -> str:
    settings, methods = result["settings"], result["methods"]
    held = [h["share"] for name, h in result["holds"].items() if name != SAMPLE]
    lines = [
        f"# Real takes: salsa {', '.join(settings['takes'])}{' and sample_dance' if settings['sample_dance'] else ''}",
        "",
        f"Evidence is the mean over windows of the sum of the {STRONGEST} strongest candidates. Distractors: {settings['exchanged']} exchanged pairs, and "
        f"dancer 1 late by {', '.join(f'{s:+g}' for s in settings['shifts'])} s. Some hand is held in {min(held):.0%} to {max(held):.0%} of a salsa take. "
        "Shares ± half a 95 % interval (bootstrap over takes).",
        "",
        "| method | true partner first | of exchanged | of shifted | mean rank (of) | by | hold seconds in the top 10 | by hands | near hands | by | in sample_dance |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, of in methods.items():
        found, holds = of["retrieval"], of["holds"]
        ranks = ["–"] * 5
        if found:
            parts = ["–" if found[key] is None else f"{found[key]:.2f}" for key in ("first_of_exchanged", "first_of_shifted")]
            ranks = [interval(found["first"]).text(2), *parts, f"{found['mean_rank']:.1f} ({_others(found)})", found["ranked_by"]]
        sample = interval(of["holds_sample"]["recall"]).text(2) if "holds_sample" in of else "–"
        row = [
            *ranks,
            interval(holds["recall"]).text(2),
            interval(holds["pairs"]).text(2),
            interval(holds["near"]).text(2),
            holds["ranked_by"],
            sample,
        ]
        lines.append(f"| {name} | {' | '.join(row)} |")
    lines += ["", "Shown at the default threshold", ""]
    lines += ["| method | per salsa window, median | by take | exchanged, % | worst | per window | shifted, % | worst | per window |"]
    lines += ["|---|---|---|---|---|---|---|---|---|"]
    for name, of in methods.items():
        by_take = ", ".join(f"{v:g}" for v in of["shown"].values())
        lines.append(f"| {name} | {of['shown_median']:g} | {by_take} | {' | '.join(cells(of['exchanged']) + cells(of['shifted']))} |")
    lines += ["", f"Share of lead confidence ({STRONGEST} strongest leads of each direction) from subject 60 to 61", ""]
    lines += ["| method | true | shifted (null) | takes above 0.5 | takes above all their shifts |", "|---|---|---|---|---|"]
    for name, of in methods.items():
        lead = of["lead"]
        above = ["–" if lead[key] is None else f"{lead[key]:.2f}" for key in ("above_half", "above_shifts")]
        lines.append(f"| {name} | {interval(lead['true']).text()} | {interval(lead['shifted']).text()} | {' | '.join(above)} |")
    lines += _flicker_lines(methods)
    lines += [
        "",
        f"Prediction at {RATE:g} Hz, root mean square in mm",
        "",
        "| take | method | 1 frame | 5 frames | 10 frames |",
        "|---|---|---|---|---|",
    ]
    for take, cheap in result["prediction"]["plain"].items():
        rows = {name: {h: of[name] for h, of in cheap.items()} for name in ("persistence", "constant velocity")}
        for method, of in result["prediction"].items():
            if method != "plain" and take in of:
                rows |= {method: {h: v["model"] for h, v in of[take].items()}}
                # On the very frames that the model was judged on.
                rows |= {
                    f"{name}, {method}'s frames": {h: v[name] for h, v in of[take].items()} for name in ("persistence", "constant velocity")
                }
        lines += [f"| {take} | {name} | {' | '.join(f'{1000 * v:.1f}' for v in of.values())} |" for name, of in rows.items()]
    for name, why in result["not_predicted"].items():
        lines += ["", f"No prediction by {name} for some or all takes: {why}."]
    return "\n".join([*lines, ""])


def _flicker_lines(methods: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "Flicker on true takes at the default threshold: how often a connection begins or ceases to be shown between two windows. `before`: every window "
        "by itself; `drawn`: as it is drawn; `told`: with the hysteresis of episodes. By connection: of those ever shown, for each minute of their take.",
        "",
        "| method | stage | switches of each a minute | of all a minute | times each comes | stays shown, s | connections ever shown | minutes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, of in methods.items():
        for stage, row in of["flicker"].items():
            figures = ["–" if row[key] is None else f"{row[key]:.2f}" for key in ("of_each", "of_all", "comings", "lasting_seconds")]
            lines.append(f"| {name} | {stage} | {' | '.join(figures)} | {row['connections']} | {row['minutes']:.1f} |")
    return lines


def _others(found: dict[str, Any]) -> str:
    counts = sorted({row["others"] + 1 for row in found["takes"].values()})
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
