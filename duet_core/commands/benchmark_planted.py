"""``benchmark.py planted --out DIR``: every method on planted duets, where each connection is known, over several seeds."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..evaluation import planted, takes
from ..evaluation.methods import Method, resolve
from ..files import make_folder
from ..inference import METHODS
from ..launch import DONE, Parser
from ..planted import PlantedDuet, benchmark_duets, solos_of
from ..progress import Progress
from .figures import publish
from .options import count

DUETS, SECONDS = 6, 30.0
QUICK = {"duets": 1, "seeds": 2, "seconds": 14.0}


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="benchmark.py planted", description="Score methods on planted duets of held-out takes.")
    add_method_arguments(parser)
    add_duet_arguments(parser)
    args = parser.parse_args(list(argv))
    methods = chosen_methods(args)
    sets, base = duets(args)
    make_folder(args.out)
    with Progress("planted", quiet=args.quiet) as progress:
        measured = planted.measure(methods, sets, progress)
    settings = {"base": base, "seeds": args.seeds, "duets": args.duets, "seconds": args.seconds, "joints": len(sets[0][0].skeleton)}
    publish("planted", args.out, {"settings": settings, **measured}, as_markdown)
    return DONE


def add_duet_arguments(parser: argparse.ArgumentParser) -> None:
    """What all benchmarks on planted duets share, `duets` included."""
    parser.add_argument("--procedural", action="store_true", help="procedural motion even where there are real takes")
    parser.add_argument("--duets", type=count, default=DUETS, metavar="N", help=f"planted duets for each seed (default {DUETS})")
    parser.add_argument("--seeds", type=count, default=3, metavar="N", help="independent sets of duets (default 3)")
    parser.add_argument("--seconds", type=count, default=SECONDS, metavar="N", help=f"length of a duet (default {SECONDS:g})")
    parser.add_argument(
        "--all-joints", action="store_true", help="every joint of the takes, fingers and all; default: the body's landmarks"
    )


def add_method_arguments(parser: argparse.ArgumentParser) -> None:
    """What all benchmarks of methods share."""
    parser.add_argument(
        "--model", nargs="+", default=[], metavar="NAME|DIR", help="bundled models or model folders, judged beside the baselines"
    )
    parser.add_argument(
        "--baselines", nargs="*", default=list(METHODS), choices=METHODS, metavar="NAME", help="only these baselines (default all)"
    )
    add_take_arguments(parser)


def add_take_arguments(parser: argparse.ArgumentParser) -> None:
    """Where figures go, and what takes they are of."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the figures; made where missing")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"folder of real takes (default ${takes.VARIABLE}; without either procedural motion)"
    )
    parser.add_argument("--takes", nargs="+", metavar="NN", help="only these salsa takes, such as those that a model was not trained on")
    parser.add_argument("--quick", action="store_true", help="a small run that shows that all works; its figures mean little")
    parser.add_argument("--quiet", action="store_true", help="no progress")


def chosen_methods(args: argparse.Namespace) -> list[Method]:
    methods = resolve(args.model, args.baselines)
    if not methods:
        raise InputError("there is nothing to measure", place="--baselines", remedy="name one, or give --model")
    return methods


def duets(args: argparse.Namespace) -> tuple[list[list[PlantedDuet]], str]:
    """A set of planted duets for each seed, and in words what they are planted in; fewer and shorter where ``--quick`` is given."""
    if args.quick:
        args.duets, args.seeds, args.seconds = QUICK["duets"], QUICK["seeds"], QUICK["seconds"]
    data = None if args.procedural else takes.folder(args.data)
    clips = takes.salsa(data, args.takes) if data else takes.procedural()
    solos = [solo for clip in clips.values() for solo in solos_of(clip)]
    if not args.all_joints:
        solos = [solo.of_landmarks() for solo in solos]
    base = f"salsa takes {', '.join(clips)}" if data else "procedural motion"
    return [benchmark_duets(solos, seed, args.duets, seconds=args.seconds) for seed in range(args.seeds)], base


COLUMNS = {
    "auroc": "AUROC", "auprc": "AUPRC", "direction": "direction", "lag_median": "lag error s", "kind": "kind", "ece": "ECE",
    "ece_above_doubt": f"ECE ≥ {planted.DOUBT:g}", "shown_precision": "shown: true", "shown_recall": "true: shown", "shown_per_window": "shown / window",
}  # fmt: skip


def as_markdown(result: dict[str, Any]) -> str:
    settings, methods = result["settings"], result["methods"]
    lines = [
        f"# Planted duets: {settings['joints']} joints a dancer, {settings['seeds']} seeds of {settings['duets']} duets of {settings['seconds']:g} s",
        "",
        f"Planted in {settings['base']}, partners from different takes. Mean over seeds ± half a 95 % interval (Student).",
        "",
        f"| method | ranked by | {' | '.join(COLUMNS.values())} |",
        "|---" * (len(COLUMNS) + 2) + "|",
    ]
    for name, of in methods.items():
        figures = [planted.interval(of["overall"][c]).text(4 if c == "ece" else 2 if c == "shown_per_window" else 3) for c in COLUMNS]
        lines.append(f"| {name} | {of['ranked_by']} | {' | '.join(figures)} |")
    for title, table in (("kind", "by_kind"), ("coupling family", "by_family"), ("strength", "by_strength")):
        rows = [row for row in next(iter(methods.values()))[table] if _counted(methods, table, row)]
        lines += ["", f"AUROC / AUPRC by {title} (the true ones of others left out)", "", f"| method | {' | '.join(rows)} |"]
        lines.append("|---" * (len(rows) + 1) + "|")
        for name, of in methods.items():
            cells = [" / ".join(f"{planted.interval(of[table][r][c]).value:.3f}" for c in ("auroc", "auprc")) for r in rows]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        cells = [" / ".join(f"{_best(methods, table, r, c):.3f}" for c in ("auroc", "auprc")) for r in rows]
        lines.append(f"| best baseline by any ranking | {' | '.join(cells)} |")
    rankings = sorted({r for of in methods.values() for r in of["rankings"]})
    lines += ["", "By each ranking that a method has, AUROC / AUPRC / direction (above, each method by its best AUPRC)", ""]
    lines += [f"| method | {' | '.join(rankings)} |", "|---" * (len(rankings) + 1) + "|"]
    for name, of in methods.items():
        cells = [
            " / ".join(f"{planted.interval(of['rankings'][r][c]).value:.3f}" for c in ("auroc", "auprc", "direction"))
            if r in of["rankings"]
            else "–"
            for r in rankings
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _best(methods: dict[str, Any], table: str, row: str, column: str) -> float:
    """What a model must not trail: the best of a figure over all baselines and all their rankings."""
    values = [ranked[table][row][column]["value"] for name, of in methods.items() if name in METHODS for ranked in of["rankings"].values()]
    return max((v for v in values if v is not None), default=math.nan)


def _counted(methods: dict[str, Any], table: str, row: str) -> bool:
    return any((of[table][row]["count"]["value"] or 0) > 0 for of in methods.values())
