"""``benchmark.py null --out DIR``: what each method shows between partners who have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..connections import DISPLAY_THRESHOLD
from ..evaluation import takes
from ..evaluation.glance import survey
from ..evaluation.planted import interval
from ..evaluation.silence import silence
from ..files import make_folder
from ..launch import DONE, Parser
from ..progress import Progress
from .benchmark_planted import add_method_arguments, chosen_methods
from .figures import publish
from .options import count

LIMIT = 0.01
"""Share of the candidates of unrelated partners that may be shown."""
QUICK_PAIRS = 2


def main(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="benchmark.py null", description="Count what methods show between partners exchanged between takes, or seconds late."
    )
    add_method_arguments(parser)
    parser.add_argument("--procedural", action="store_true", help="procedural motion even where there are real takes")
    parser.add_argument("--pairs", type=count, metavar="N", help="exchanged pairs at most (default: all ordered pairs of takes)")
    args = parser.parse_args(list(argv))
    methods = chosen_methods(args)
    data = None if args.procedural else takes.folder(args.data)
    clips = takes.salsa(data, args.takes) if data else takes.procedural()
    exchanged = takes.strangers(clips, QUICK_PAIRS if args.quick else args.pairs)
    late = takes.late(clips)[: QUICK_PAIRS if args.quick else None]
    make_folder(args.out)
    with Progress("null", quiet=args.quiet) as progress:
        glances = survey(methods, [*exchanged, *late], progress)
    measured = {
        "settings": {"takes": list(clips), "threshold": DISPLAY_THRESHOLD, "shifts": list(takes.SHIFTS), "limit": LIMIT},
        "methods": {
            name: {"exchanged": silence(seen[: len(exchanged)]), "shifted": silence(seen[len(exchanged) :])}
            for name, seen in glances.items()
        },
    }
    publish("null", args.out, measured, as_markdown)
    return DONE


def as_markdown(result: dict[str, Any]) -> str:
    settings = result["settings"]
    lines = [
        f"# Unrelated partners: share of candidates shown above {settings['threshold']:g}",
        "",
        f"Takes {', '.join(settings['takes'])}: dancer 0 of one with dancer 1 of another, and dancer 1 late by "
        f"{', '.join(f'{s:+g}' for s in settings['shifts'])} s. Mean over takes ± half a 95 % interval (bootstrap).",
        "",
        "| method | exchanged, % | worst clip, % | per window | shifted, % | worst clip, % | per window |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, of in result["methods"].items():
        lines.append(f"| {name} | {' | '.join(cells(of['exchanged']) + cells(of['shifted']))} |")
    return "\n".join([*lines, "", f"At most {settings['limit']:.0%} may be shown.", ""])


def cells(part: dict[str, Any]) -> list[str]:
    """Share and its worst clip in per cent, and how many a window shows on average."""
    if not part["clips"]:
        return ["–"] * 3
    share = interval({key: None if v is None else 100 * v for key, v in part["share"].items()})
    return [share.text(3), f"{100 * part['worst']:.3f}", f"{part['mean_per_window']:.1f}"]
