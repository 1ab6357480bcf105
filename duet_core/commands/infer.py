"""``infer.py POSES [POSES2] --out DIR``: poses to connections, with NumPy alone; for every take where POSES is a folder of them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import exports, ghosts
from ..explain import Explanation, explain
from ..explain.phrases import strongest
from ..explain.words import sentence as told
from ..files import make_folder, written
from ..progress import Progress
from ..reports.connections_page import page
from ..saying import duration, say, sentence
from .folder import add_folder_arguments, is_folder, run_folder
from .options import add_inference_arguments, add_output_arguments, add_pose_arguments, find_connections, load_clip, parser

SENTENCES = 8
"""Connections told, the weightiest."""


def main(argv: Sequence[str]) -> int:
    arguments = parser("infer", "Find which joints of one dancer move which joints of the other.")
    add_pose_arguments(arguments)
    add_inference_arguments(arguments)
    add_output_arguments(arguments)
    add_export_argument(arguments)
    add_folder_arguments(arguments)
    arguments.add_argument("--again", action="store_true", help="of a folder: do all anew, whatever is done already")
    args = arguments.parse_args(argv)
    exports.require(args.export)
    if is_folder(args):
        return run_folder("infer", argv, args)
    clip = load_clip(args)
    make_folder(args.out)
    found = find_connections(args, clip)
    explanation = explain(found, clip)
    with Progress("worth", quiet=args.quiet) as progress:
        worth = ghosts.worth_of(clip, found, explanation.threshold, progress=progress)
    report = page(explanation, clip, ghosts.beyond_chance(worth)).encode("utf-8", "xmlcharrefreplace")
    found.save(args.out / "connections.npz")
    found.save_csv(args.out / "connections.csv")
    ghosts.save_csv(args.out / "ghosts.csv", list(worth.values()), found.joints)
    with written(args.out / "report.html") as path:
        path.write_bytes(report)
    names = ("connections.npz", "connections.csv", "ghosts.csv", "report.html")
    known = {key: value.worth for key, value in worth.items()}
    files = [*(args.out / name for name in names), *exports.save(found, args.out, args.export, clip, known)]
    if not args.quiet:
        for warning in dict.fromkeys([*clip.meta["warnings"], *found.meta.get("warnings", [])]):
            say(f"note: {warning}")
        tell(explanation)
        say(f"written: {', '.join(map(str, files))}")
    return 0


def tell(explanation: Explanation) -> None:
    """Print what *explanation* says: figures, the summary, the strongest connections."""
    found = explanation.connections
    shown = found.shown(explanation.threshold)
    say(
        f"{found.windows} windows over {duration(explanation.seconds)}, {found.edges} candidates each: "
        f"{int(shown.any(axis=0).sum())} connections exceed {explanation.threshold:g}, {shown.sum(axis=1).mean():.1f} in a window on average"
    )
    say("")
    for text in (explanation.headline, *explanation.summary):
        say(text)
    say("")
    for phrase in strongest(explanation.phrases, SENTENCES):
        say(f"  - {sentence(told(phrase, explanation.wording))}")
    left_out = len(explanation.phrases) - SENTENCES
    if left_out > 0:
        say(f"  … and {left_out} more: see report.html")


def add_export_argument(to: argparse.ArgumentParser) -> None:
    made = "; ".join(f"{name}: {', '.join(files)}" for name, files in exports.FORMATS.items())
    to.add_argument(
        "--export", nargs="+", choices=exports.FORMATS, metavar="FORMAT", default=[], help=f"files for other tools beside ({made})"
    )
