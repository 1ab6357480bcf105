"""``benchmark.py skeletons --out DIR``: a model on the same planted duets, measured at the joints of one skeleton after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..evaluation import takes
from ..evaluation.intervals import over_seeds
from ..evaluation.methods import resolve
from ..evaluation.planted import interval
from ..evaluation.redressed import CMU_43, figures, without
from ..files import make_folder
from ..inference.models import DEFAULT
from ..launch import DONE, Parser
from ..progress import Progress
from ..skeletons import KNOWN, Skeleton
from .benchmark_planted import duets
from .figures import publish
from .options import count

COLUMNS = {
    "auroc": "AUROC", "auprc": "AUPRC", "direction": "direction", "shown_precision": "shown: true", "shown_recall": "true: shown",
    "shown_per_window": "shown / window",
}  # fmt: skip
NAMED = ("hybrik-29", "smpl-24", "coco-17", "mediapipe-33", "mariel-53")
"""The skeletons of a quick run, beside CMU's."""


def skeletons() -> dict[str, tuple[Skeleton, Skeleton | None]]:
    """By what they are called: each skeleton, and how it is given to the model where that differs."""
    known = {skeleton.name: (skeleton, None) for skeleton in (CMU_43, *KNOWN.values()) if skeleton.name not in ("smplh-52", "smplx-55")}
    hybrik, markers = KNOWN["hybrik-29"], KNOWN["mariel-53"]
    return {
        **known,
        "hybrik-29 without bones": (hybrik, without(hybrik, bones=True)),
        "hybrik-29 without bones and names": (hybrik, without(hybrik, bones=True, names=True)),
        "mariel-53 without bones and names": (markers, without(markers, bones=True, names=True)),
    }


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="benchmark.py skeletons", description="Score a model on planted duets seen in every skeleton.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the figures; made where missing")
    parser.add_argument(
        "--model", default=DEFAULT, metavar="NAME|DIR", help=f"a bundled model, a model's folder or a baseline (default {DEFAULT})"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help=f"folder of real takes (default ${takes.VARIABLE}; without either procedural motion)"
    )
    parser.add_argument("--takes", nargs="+", metavar="NN", help="only these salsa takes, such as those that the model was not trained on")
    parser.add_argument("--procedural", action="store_true", help="procedural motion even where there are real takes")
    parser.add_argument("--duets", type=count, default=6, metavar="N", help="planted duets for each seed (default 6)")
    parser.add_argument("--seeds", type=count, default=3, metavar="N", help="independent sets of duets (default 3)")
    parser.add_argument("--seconds", type=count, default=24.0, metavar="N", help="length of a duet (default 24)")
    parser.add_argument("--quick", action="store_true", help="a small run that shows that all works; its figures mean little")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    args = parser.parse_args(list(argv))
    args.all_joints = False
    chosen = skeletons()
    if args.quick:
        args.duets, args.seeds, args.seconds = 1, 2, 14.0
        chosen = {name: of for name, of in chosen.items() if name in NAMED}
    (method,) = resolve([args.model], [])
    sets, base = duets(args)
    make_folder(args.out)
    rows: dict[str, dict[str, Any]] = {}
    with Progress("skeletons", quiet=args.quiet) as progress:
        for name, (skeleton, given) in chosen.items():
            seeds = [figures(method, of, skeleton, given) for of in sets]
            rows[name] = {column: over_seeds([seed[column] for seed in seeds]).as_dict() for column in COLUMNS}
            progress(len(rows) / len(chosen))
    settings = {"base": base, "seeds": args.seeds, "duets": args.duets, "seconds": args.seconds, "method": method.name}
    publish("skeletons", args.out, {"settings": settings, "skeletons": rows}, as_markdown)
    return DONE


def as_markdown(result: dict[str, Any]) -> str:
    settings = result["settings"]
    lines = [
        f"# {settings['method']} in every skeleton: {settings['seeds']} seeds of {settings['duets']} planted duets of {settings['seconds']:g} s",
        "",
        f"Planted in {settings['base']}; the same duets for each skeleton. Ranking, direction and recall of the body's places that the skeleton measures, "
        "by the surest of its joints there; what is shown is of its own pairs. Mean over seeds ± half a 95 % interval (Student).",
        "",
        f"| skeleton | {' | '.join(COLUMNS.values())} |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    for name, row in result["skeletons"].items():
        cells = [interval(row[column]).text(2 if column == "shown_per_window" else 3) for column in COLUMNS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
