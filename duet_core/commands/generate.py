"""``generate.py [--from POSES] … --out DIR``: new phrases, alone or bound to a partner by connections; with NumPy alone."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..clip import Clip
from ..errors import InputError
from ..files import make_folder, written
from ..formats import duet_npz, read
from ..generation.generator import DEFAULT, Generator, bundled, folder_of
from ..generation.guided import Bound
from ..generation.making import ADDED_SECONDS, SAMPLED_SECONDS, WAYS, Order, make
from ..generation.partner import BASES
from ..generation.requests import Request, to_json
from ..generation.requests import read as read_requests
from ..generation.score import proposed
from ..model.config import WEIGHTS
from ..progress import Progress
from ..saying import duration, say
from ..skeletons import Skeleton
from .options import add_output_arguments, count, frame_range, number_above_0, parser

CLIP, SUMMARY = "generated.duet.npz", "generate.json"


def main(argv: Sequence[str]) -> int:
    arguments = parser("generate", "Make up phrases, or vary, continue, mix and partner those of a take.")
    _add_arguments(arguments)
    args = arguments.parse_args(argv)
    way = args.do or ("partner" if args.poses and (args.connections or args.propose) else "vary" if args.poses else "sample")
    clip, other = _given(args, way)
    generator = Generator.load(args.model)
    skeleton = clip.skeleton if clip else generator.model.skeleton
    order = _order(args, way, clip)
    requests = read_requests(args.connections, skeleton) if args.connections else []
    if args.propose:
        requests += _proposed(args, order, clip, skeleton, requests)
    make_folder(args.out)
    bound = make(generator, order, clip, requests, other=other, fps=args.fps)
    summary: dict[str, Any] = {
        "way": way,
        "model": Path(args.model).name,
        "weights_sha256": hashlib.sha256((folder_of(args.model) / WEIGHTS).read_bytes()).hexdigest(),
        "seed": args.seed,
        "temperature": args.temperature,
        "seconds": round(bound.clip.duration, 3),
        "dancers": bound.clip.dancers,
        "skeleton": bound.clip.skeleton.name,
        "steps": list(bound.clip.meta["steps"]),
        "connections": to_json(requests),
        "notes": list(bound.notes),
    }
    if requests and not args.no_check:
        summary["found_again"] = _checked(bound, args.quiet)
    duet_npz.write(bound.clip, args.out / CLIP)
    with written(args.out / SUMMARY) as path:
        path.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if not args.quiet:
        _tell(bound, summary)
        say(f"written: {args.out / CLIP}, {args.out / SUMMARY}")
    return 0


def _order(args: argparse.Namespace, way: str, clip: Clip | None) -> Order:
    """What the arguments ask for."""
    base = args.base or ("vary" if clip and clip.dancers == 2 else "new")
    return Order(
        way, args.dancer, base, args.amount, args.temperature, args.seed, args.share, args.seconds, args.dancers, args.within
    )  # fmt: skip


def _proposed(args: argparse.Namespace, order: Order, clip: Clip | None, skeleton: Skeleton, taken: list[Request]) -> list[Request]:
    """Connections by chance for what *order* makes; of one new dancer that one answers."""
    seconds = order.seconds or SAMPLED_SECONDS if clip is None else clip.duration
    start, end = order.within or (0.0, seconds + ((order.seconds or ADDED_SECONDS) if order.way == "continue" else 0.0))
    if order.way == "continue":
        start = seconds
    answers = order.new_dancers[0] if len(order.new_dancers) == 1 else None
    return proposed(skeleton, start, min(end, start + seconds), args.propose, seed=order.seed, answers=answers, taken=taken)


def _given(args: argparse.Namespace, way: str) -> tuple[Clip | None, Clip | None]:
    """The take to work on, and the second one of an interpolation."""
    for given, needed, option in (
        (args.poses, way != "sample", "--from"),
        (args.second, way == "interpolate", "--with"),
    ):
        if needed and not given and not (option == "--with" and args.dancer is not None):
            raise InputError(f"{way} needs a take", place=option, remedy=f"give {option} POSES")
        if given and not needed:
            raise InputError(f"{way} takes none", place=option, remedy=f"leave {option} away, or choose another --do")
    if args.dancers and way != "sample":
        raise InputError(f"{way} has as many dancers as the take", place="--dancers", remedy="leave it away")
    if args.dancer is not None and way not in ("partner", "vary", "interpolate"):
        raise InputError(f"{way} is for all dancers", place="--dancer", remedy="leave it away, or use --do partner, vary or interpolate")
    if args.within and way not in ("partner", "vary"):
        raise InputError(f"{way} is made as a whole", place="--within", remedy="leave it away, or use --do vary")
    if args.base and way != "partner":
        raise InputError(f"{way} has no partner to make", place="--base", remedy="leave it away, or use --do partner")
    if args.seconds and way not in ("sample", "continue"):
        raise InputError(f"{way} is as long as the take", place="--seconds", remedy="leave it away")
    clips = []
    for files in (args.poses, args.second):
        if files and len(files) > 2:
            raise InputError(f"{len(files)} pose files", remedy="give one file, or two with one dancer each")
        frames = args.frames if files is args.poses else None
        clips.append(read(files, fps=args.fps, frames=frames, skeleton=args.skeleton) if files else None)
    return clips[0], clips[1]


def _checked(bound: Bound, quiet: bool) -> dict[str, Any]:
    from ..evaluation.asked import found_again

    with Progress("finding", quiet=quiet) as progress:
        result = found_again(bound, progress=progress)
    return {key: value for key, value in result.items() if key != "scores"}


def _tell(bound: Bound, summary: dict[str, Any]) -> None:
    clip = bound.clip
    say(f"{clip.dancers} dancer{'s' if clip.dancers > 1 else ''}, {duration(clip.duration)}: {clip.meta['steps'][-1]}")
    for note in [*clip.meta["warnings"], *bound.notes]:
        say(f"note: {note}")
    again = summary.get("found_again")
    if again:
        for row in again["requests"]:
            a, b = "AB" if row["from_dancer"] == 0 else "BA"
            say(f"  - {row['kind']} {a} {row['from_joint']} → {b} {row['to_joint']}: found again with confidence {row['confidence']:.2f}")
        if again["auroc"] is not None:
            say(f"asked connections ranked against all candidates: AUROC {again['auroc']:.3f}")


def _letter(text: str) -> int:
    """0 for A, 1 for B."""
    if text.upper() not in ("A", "B"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither A nor B")
    return "AB".index(text.upper())


def _seconds(text: str) -> tuple[float, float]:
    """ "3:6" as seconds."""
    try:
        start, end = (float(part) for part in text.split(":"))
        if not 0 <= start < end < float("inf"):
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not START:END in seconds, such as 3:6") from None
    return start, end


def _add_arguments(to: argparse.ArgumentParser) -> None:
    ways = "sample: made up; reconstruct; vary; continue; interpolate: from one phrase to another; partner: someone to dance with the first dancer"
    to.add_argument("--from", dest="poses", metavar="POSES", nargs="+", type=Path, help="a take to work on")
    to.add_argument("--do", choices=WAYS, default=None, help=f"what to make ({ways}); by what else is given by default")
    to.add_argument(
        "--with",
        dest="second",
        metavar="POSES",
        nargs="+",
        type=Path,
        help="the second phrase, for interpolate; with --dancer the partner's by default",
    )
    to.add_argument(
        "--connections", type=Path, metavar="FILE", help="connections that the duet shall have: JSON (see docs), or a connections.npz"
    )
    to.add_argument(
        "--propose",
        type=count,
        metavar="N",
        default=None,
        help="ask for N connections by chance, by the seed, beside those of --connections",
    )
    to.add_argument("--base", choices=BASES, default=None, help="partner: made up, the second dancer varied, or kept, before it is bound")
    to.add_argument(
        "--dancer", type=_letter, metavar="A|B", default=None, help="partner: who stays (A); vary, interpolate: who dances otherwise (both)"
    )
    to.add_argument(
        "--within",
        type=_seconds,
        metavar="S:S",
        default=None,
        help="vary, and partner of the second dancer: only these seconds of the take",
    )
    to.add_argument(
        "--seconds", type=number_above_0, metavar="S", default=None, help="length (sample: 10), or how much is added (continue: 5)"
    )
    to.add_argument("--temperature", type=float, metavar="T", default=1.0, help="how far from the usual: 0 to 5")
    to.add_argument("--amount", type=float, metavar="A", default=0.5, help="vary: 0 is the same, 1 keeps the manner alone")
    to.add_argument("--share", type=float, metavar="A", default=None, help="interpolate: one mixture throughout, 0 the first, 1 the second")
    to.add_argument("--dancers", type=int, choices=(1, 2), default=None, help="sample: how many; two face each other and give way")
    to.add_argument("--seed", type=int, metavar="N", default=0, help="another seed, another phrase")
    to.add_argument(
        "--model", metavar="NAME|DIR", default=DEFAULT, help=f"a bundled generator ({', '.join(bundled())}) or a trained one's folder"
    )
    to.add_argument("--no-check", action="store_true", help="do not look whether asked connections are found again")
    to.add_argument("--fps", type=number_above_0, metavar="F", default=None, help="frames a second, of the result or overriding the file's")
    to.add_argument("--frames", type=frame_range, metavar="A:B", default=None, help="only frames A to B of the take, B excluded")
    to.add_argument("--skeleton", metavar="NAME|FILE.json", default=None, help="joints of an array that names none")
    add_output_arguments(to)
