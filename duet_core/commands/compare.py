"""``compare.py CONNECTIONS_A CONNECTIONS_B --out DIR``: what differs between two takes, or between two models on one take."""

from __future__ import annotations

import argparse
import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from ..connections import DISPLAY_THRESHOLD, Connections
from ..explain import differences
from ..explain.changes import CHANGES, LAG_CHANGED, Change
from ..explain.comparison import WAYS, Comparison, compare
from ..files import make_folder, written
from ..reports.comparison_page import page
from ..saying import percent, say, sentence
from .options import add_output_arguments, number_above_0, parser

COLUMNS = (
    "change", "from_dancer", "from_joint", "to_dancer", "to_joint", "first_start_seconds", "first_end_seconds", "second_start_seconds",
    "second_end_seconds", "first_kind", "second_kind", "first_lag_seconds", "second_lag_seconds", "first_confidence", "second_confidence", "sure",
)  # fmt: skip
"""Of ``compare.csv``; joints and dancers as the first take calls them."""
PRINTED = 4
"""Changes of each sort that are printed."""


def main(argv: Sequence[str]) -> int:
    arguments = parser("compare", "Say what differs between the connections of two takes, or of two models on one take.")
    for name in ("first", "second"):
        arguments.add_argument(
            name, type=Path, metavar=f"CONNECTIONS_{'AB'[name == 'second']}", help="a connections.npz, or a folder with one"
        )
    add_output_arguments(arguments)
    _add_own_arguments(arguments)
    args = arguments.parse_args(argv)
    first, second = load(args.first), load(args.second)
    make_folder(args.out)
    found = compare(first, second, align=args.align, swap=args.swap, threshold=args.threshold, lag_changed=args.lag)
    # Everything is made before anything is written: a failure leaves the folder as it was.
    files = {
        args.out / "compare.html": page(found).encode("utf-8", "xmlcharrefreplace"),
        args.out / "compare.csv": as_csv(found.changes, found.first.joints).encode("utf-8", "replace"),
    }
    for file, content in files.items():
        with written(file) as path:
            path.write_bytes(content)
    if not args.quiet:
        for line in printed(found):
            say(line)
        say(f"\nwritten: {', '.join(map(str, files))}")
    return 0


def load(path: Path) -> Connections:
    """The connections at *path*: a file, or a folder that holds a ``connections.npz``. Raises InputError on anything else."""
    return Connections.load(path / "connections.npz" if path.is_dir() else path)


def printed(found: Comparison) -> list[str]:
    """The comparison for a terminal."""
    named = [f"{name}: {source}" for name, source in zip(differences.titles(found), differences.sources(found), strict=True)]
    lines = [*named, "", sentence(differences.headline(found)), *(sentence(line) for line in differences.summary(found))]
    for what, of in differences.groups(found).items():
        lines += ["", f"{differences.heading(what, found)}:"]
        lines += [
            f"  {differences.when(changes, 1 if what == 'appeared' else 0)}: {differences.sentence(changes, found)} ({percent(min(changes.sure, 0.99))} sure)"
            for changes in of[:PRINTED]
        ]
        if len(of) > PRINTED:
            lines.append(f"  … and {len(of) - PRINTED} more")
    if not found.phrases:
        lines += ["", "Nothing differs by more than chance would give."]
    return lines


def as_csv(changes: Sequence[Change], joints: Sequence[str]) -> str:
    """One row of `COLUMNS` for each change between two of the *joints*, by time; what is undefined is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for change in changes:
        if change.what in CHANGES:
            names = [value for dancer, joint in change.bond.ends for value in (dancer, joints[joint])]
            numbers = [*change.first, *change.second, *change.kinds, *change.lags, *change.confidences, change.sure]
            writer.writerow([change.what, *names, *(_cell(value) for value in numbers)])
    return text.getvalue()


def _cell(value: object) -> object:
    return ("" if math.isnan(value) else round(value, 4)) if isinstance(value, float) else value


def _add_own_arguments(to: argparse.ArgumentParser) -> None:
    ways = "auto: the same seconds where both are of one take, else dtw where that means something, else stretch"
    to.add_argument("--align", choices=WAYS, default="auto", help=f"how moments are matched; {ways}")
    to.add_argument("--swap", action="store_true", help="the dancers' roles are exchanged in the second")
    to.add_argument("--threshold", type=_share, metavar="C", default=DISPLAY_THRESHOLD, help="confidence above which a connection is shown")
    to.add_argument("--lag", type=number_above_0, metavar="S", default=LAG_CHANGED, help="seconds by which a lag must differ")


def _share(text: str) -> float:
    value = number_above_0(text)
    if value >= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a confidence between 0 and 1")
    return value
