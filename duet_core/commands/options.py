"""Options that several commands share, so that they read and mean the same everywhere."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ..clip import Clip
from ..connections import Connections
from ..errors import InputError
from ..formats import read
from ..inference import METHODS
from ..inference.models import DEFAULT, infer
from ..launch import Parser
from ..progress import Progress
from ..skeletons import KNOWN


def parser(command: str, description: str) -> argparse.ArgumentParser:
    return Parser(prog=f"{command}.py", description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)


def add_pose_arguments(to: argparse.ArgumentParser) -> None:
    to.add_argument("poses", metavar="POSES", nargs="+", type=Path, help="a file with both dancers, or two files with one each")
    to.add_argument("--fps", type=number_above_0, metavar="F", default=argparse.SUPPRESS, help="frames a second, overriding the file's")
    to.add_argument("--frames", type=frame_range, metavar="A:B", default=argparse.SUPPRESS, help="only frames A to B, B excluded")
    to.add_argument(
        "--apart",
        type=number_above_0,
        metavar="METRES",
        default=argparse.SUPPRESS,
        help="set dancers side by side whose places are not in the data",
    )
    to.add_argument(
        "--skeleton",
        metavar="NAME|FILE.json",
        default=argparse.SUPPRESS,
        help=f"joints of an array that names none: {', '.join(KNOWN)}, unnamed, or a JSON file with name, joints and parents",
    )


def add_inference_arguments(to: argparse.ArgumentParser) -> None:
    known = "; ".join(f"{name}: {text}" for name, text in METHODS.items())
    ways = f"how connections are found: a bundled model's name (default {DEFAULT}), a trained model's folder, or a baseline ({known})"
    to.add_argument("--model", metavar="NAME|DIR", default=DEFAULT, help=ways.replace("%", "%%"))
    to.add_argument("--window", type=count, metavar="N", default=argparse.SUPPRESS, help="frames in a window")
    to.add_argument("--stride", type=count, metavar="N", default=argparse.SUPPRESS, help="frames from window to window")
    to.add_argument("--seed", type=int, metavar="N", default=0, help="seed of everything drawn by chance")


def add_output_arguments(to: argparse.ArgumentParser) -> None:
    to.add_argument("--out", type=Path, metavar="DIR", required=True, help="folder for the results; made where missing")
    to.add_argument("--quiet", action="store_true", help="print nothing but errors")


def load_clip(args: argparse.Namespace, *, solo: bool = False, keep_gaps: bool = False) -> Clip:
    """The duet that the pose arguments name; with *solo* one dancer will do, with *keep_gaps* unknown positions are no reason to refuse a file."""
    if len(args.poses) > 2:
        raise InputError(f"{len(args.poses)} pose files", remedy="give one file with both dancers, or two with one each")
    clip = read(
        args.poses,
        fps=getattr(args, "fps", None),
        frames=getattr(args, "frames", None),
        skeleton=getattr(args, "skeleton", None),
        apart=getattr(args, "apart", None),
        keep_gaps=keep_gaps,
    )
    return clip if solo else clip.require_duet()


def find_connections(args: argparse.Namespace, clip: Clip) -> Connections:
    """The connections in *clip* by the inference arguments, with a progress bar."""
    with Progress("connections", quiet=args.quiet) as progress:
        return infer(
            clip,
            args.model,
            window=getattr(args, "window", None),
            stride=getattr(args, "stride", None),
            seed=args.seed,
            progress=progress,
        )


def _number(text: str, kind: Callable[[str], float], lowest: float, says: str) -> float:
    try:
        value = kind(text)
    except ValueError:
        value = lowest - 1
    if not lowest <= value <= 1e9 or value == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not {says}")
    return value


def number_above_0(text: str) -> float:
    return _number(text, float, 0.0, "a number above 0")


def count(text: str) -> int:
    return int(_number(text, int, 1, "a whole number above 0"))


def frame_range(text: str) -> tuple[int | None, int | None]:
    """A:B, either of which may be left away."""
    start, colon, end = text.partition(":")
    try:
        if not colon:
            raise ValueError
        result = (int(start) if start else None, int(end) if end else None)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not A:B, two whole numbers") from None
    return result
