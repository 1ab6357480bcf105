"""``benchmark.py ghosts --out DIR``: what connections are worth when hidden joints are drawn again, true ones beside false ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..connections import KINDS
from ..errors import InputError
from ..evaluation import ghosts, takes
from ..evaluation.planted import interval
from ..files import make_folder
from ..inference import models, runtime
from ..launch import DONE, Parser
from ..planted import PlantedDuet
from ..progress import Progress
from .benchmark_planted import add_duet_arguments, add_take_arguments, duets
from .figures import publish

LATE = (5.0, -5.0)
"""Seconds by which dancer 1 is late in the takes' shifted copies."""


def main(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="benchmark.py ghosts",
        description="Cut connections, and see how much worse hidden joints are drawn: true and false ones, real takes.",
    )
    add_take_arguments(parser)
    add_duet_arguments(parser)
    parser.add_argument("--model", default=models.DEFAULT, metavar="NAME|DIR", help=f"whose connections (default {models.DEFAULT})")
    parser.add_argument("--decoder", action="store_true", help="also close each gate of the model's own decoder (slow)")
    args = parser.parse_args(list(argv))
    folder = models.folder_of(args.model)
    model = runtime.load(folder)
    cut = partial(ghosts.decoder_cuts, encoder=model, decoder=runtime.load_decoder(folder)) if args.decoder else None
    sets, base = duets(args)
    data = None if args.procedural else takes.folder(args.data)
    clips = takes.salsa(data, args.takes) if data else {}
    sample = takes.sample_dance(data) if data and not args.quick else None
    everything = {**clips, **({"sample_dance": sample} if sample is not None else {})}
    make_folder(args.out)
    with Progress("planted", quiet=args.quiet) as progress:
        measured = ghosts.planted(sets, model.infer, cut, progress)
    real = {}
    with Progress("real", quiet=args.quiet) as progress:
        for number, (name, clip) in enumerate(everything.items()):
            real[name] = ghosts.real(clip, model.infer(clip), LATE)
            progress((number + 1) / len(everything))
    settings = {
        "model": args.model, "base": base, "seeds": args.seeds, "duets": args.duets, "seconds": args.seconds, "joints": _joints(sets),
        "late": list(LATE), "decoder": bool(cut),
    }  # fmt: skip
    publish("ghosts", args.out, {"settings": settings, "planted": measured, "real": real}, as_markdown)
    return DONE


def _joints(sets: Sequence[Sequence[PlantedDuet]]) -> int:
    if not sets or not sets[0]:
        raise InputError("there are no duets", place="--duets", remedy="give at least 1")
    return len(sets[0][0].skeleton)


COLUMNS = {
    "count_true": ("true", 0), "auroc_random": ("AUROC: true, random pairs", 3), "auroc_wrong": ("AUROC: true, wrongly shown", 3),
    "worth_true": ("worth, true", 3), "alone_true": ("alone, true", 3), "worth_random": ("worth, random", 3), "worth_wrong": ("worth, wrong", 3),
    "beyond_true": ("beyond chance, true", 2), "beyond_random": ("random", 2), "beyond_wrong": ("wrong", 2),
}  # fmt: skip
ERRORS = {"error_own": "none", "error_without": "all but it", "error_with": "all"}


def as_markdown(result: dict[str, Any]) -> str:
    settings, planted = result["settings"], result["planted"]
    seeds = f"{settings['seeds']} seeds of {settings['duets']} duets of {settings['seconds']:g} s"
    lines = [
        f"# Ghosts: what the connections of `{settings['model']}` are worth",
        "",
        f"Planted in {settings['base']}, {settings['joints']} joints a dancer, {seeds}. Worth: the share of the ghost's squared error that comes with "
        "cutting the connection, median; beyond chance: at most a tenth of copies shifted in time are worth as much. Mean over seeds ± half a 95 % "
        "interval (Student).",
        "",
        f"| kind | {' | '.join(title for title, _ in COLUMNS.values())} |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    rows = [kind for kind in ("all", *KINDS[1:]) if (planted[kind]["count_true"]["value"] or 0) > 0]
    lines += [f"| {k} | {' | '.join(interval(planted[k][c]).text(digits) for c, (_, digits) in COLUMNS.items())} |" for k in rows]
    lines += ["", "Error of the ghost at the target of true connections, cm r.m.s., with the connections heard", ""]
    lines += [f"| kind | {' | '.join(ERRORS.values())} |", "|---" * (len(ERRORS) + 1) + "|"]
    lines += [f"| {k} | {' | '.join(_centimetres(planted[k][f'{name}_true']) for name in ERRORS)} |" for k in rows]
    if settings["decoder"]:
        lines += [
            "",
            f"The model's decoder: growth of its squared error over {ghosts.CUT_FRAMES} free frames where the gate is closed, median",
            "",
        ]
        lines += ["| kind | true | random | AUROC |", "|---|---|---|---|"]
        for k in rows:
            lines.append(f"| {k} | {' | '.join(interval(planted[k][c]).text(4) for c in ('cut_true', 'cut_random', 'auroc_cut_random'))} |")
    if result["real"]:
        lines += [
            "",
            f"Real takes: what is shown, and the same where dancer 1 is late by {', '.join(f'{s:+g}' for s in settings['late'])} s",
            "",
        ]
        lines += ["| take | kind | judged | worth | beyond chance | cm with none / all but it / all | late: worth | late: beyond chance |"]
        lines += ["|---" * 8 + "|"]
        for name, of in result["real"].items():
            for kind, one in of["true"].items():
                late = [s[kind] for s in of["shifted"] if kind in s]
                errors = " / ".join(f"{100 * one[e]:.1f}" for e in ERRORS)
                cells = (_list(late, "worth", 3), _list(late, "beyond", 2))
                lines.append(
                    f"| {name} | {kind} | {one['count']} | {one['worth']:.3f} | {_text(one['beyond'])} | {errors} | {' | '.join(cells)} |"
                )
    return "\n".join([*lines, ""])


def _centimetres(figure: Mapping[str, float | None]) -> str:
    return interval({key: None if v is None else 100 * v for key, v in figure.items()}).text(1)


def _list(late: Sequence[Mapping[str, float | None]], name: str, digits: int) -> str:
    return ", ".join(_text(one[name], digits) for one in late) or "–"


def _text(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
