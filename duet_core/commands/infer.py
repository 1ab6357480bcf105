"""``infer.py POSES [POSES2] --out DIR``: poses to connections, with NumPy alone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import exports
from ..connections import DISPLAY_THRESHOLD
from ..files import make_folder
from .options import add_inference_arguments, add_output_arguments, add_pose_arguments, find_connections, load_clip, parser


def main(argv: Sequence[str]) -> int:
    arguments = parser("infer", "Find which joints of one dancer move which joints of the other.")
    add_pose_arguments(arguments)
    add_inference_arguments(arguments)
    add_output_arguments(arguments)
    add_export_argument(arguments)
    args = arguments.parse_args(argv)
    exports.require(args.export)
    clip = load_clip(args)
    make_folder(args.out)
    found = find_connections(args, clip)
    found.save(args.out / "connections.npz")
    found.save_csv(args.out / "connections.csv")
    files = [args.out / "connections.npz", args.out / "connections.csv", *exports.save(found, args.out, args.export, clip)]
    if not args.quiet:
        for warning in dict.fromkeys([*clip.meta["warnings"], *found.meta.get("warnings", [])]):
            print(f"note: {warning}")
        shown = found.shown()
        print(
            f"{found.windows} windows over {clip.duration:.1f} s, {found.edges} candidates each: "
            f"{int(shown.any(axis=0).sum())} connections exceed {DISPLAY_THRESHOLD:g}, {shown.sum(axis=1).mean():.1f} in a window on average"
        )
        print(f"written: {', '.join(map(str, files))}")
    return 0


def add_export_argument(to: argparse.ArgumentParser) -> None:
    made = "; ".join(f"{name}: {', '.join(files)}" for name, files in exports.FORMATS.items())
    to.add_argument(
        "--export", nargs="+", choices=exports.FORMATS, metavar="FORMAT", default=[], help=f"files for other tools beside ({made})"
    )
