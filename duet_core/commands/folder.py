"""``infer.py FOLDER`` and ``render.py FOLDER``: the command for every take in it. The command line's side of `batch`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ..batch import running, summary
from ..batch.summary import FAILED, KEPT, Row
from ..batch.takes import list_takes
from ..cores import cores
from ..errors import InputError
from ..files import alone_in, make_folder
from ..formats.folder import is_take
from ..inference.models import fingerprint
from ..launch import DONE
from ..launch import FAILED as STATUS_FAILED
from ..processes import is_ours
from ..saying import duration, say
from .options import count

EPILOG = (
    "A folder as POSES: every take in it and in its folders (two files with one dancer each are paired by their names) is done by a process of its own "
    "into DIR/NAME. What is done already, of the same files with the same settings, is kept. Takes that cannot be used are listed at the end and in "
    "DIR/summary.csv, and stop nothing. Exit status then: 0 where all that can be used is done, 2 where nothing can be used, 1 where a take failed "
    "through no fault of its own, 130 when interrupted (the same command goes on)."
)
_LONGEST = 200
"""Letters of a problem on the terminal; summary.csv has it whole."""


def add_folder_arguments(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--jobs",
        type=count,
        metavar="N",
        default=argparse.SUPPRESS,
        help="of a folder: takes at a time (default: what this machine has cores for)",
    )
    to.epilog = EPILOG


def is_folder(args: argparse.Namespace) -> bool:
    """Whether the poses are a folder of takes rather than one take."""
    folder: Path = args.poses[0]
    return len(args.poses) == 1 and folder.is_dir() and not is_take(folder)


def run_folder(command: str, argv: Sequence[str], args: argparse.Namespace, *, cores_for_one: int = 1) -> int:
    """Do *command* for every take; the exit status.

    Args:
        argv: the arguments as written; *args*: as understood.
        cores_for_one: how many a single take keeps busy by itself.
    """
    folder: Path = args.poses[0]
    if not getattr(args, "connections", None):
        fingerprint(args.model)  # no such model: that is one mistake, not one for each take
    elif not Path(args.connections).is_dir():
        raise InputError(
            "this is no folder",
            file=args.connections,
            place="--connections",
            remedy="give the folder that infer.py filled from the same folder of takes",
        )
    takes, others = list_takes(folder, [args.out], **{key: getattr(args, key) for key in ("fps", "skeleton") if hasattr(args, key)})
    if not takes:
        raise InputError("there are no takes in it", file=folder, remedy="give a folder of pose files")
    out = make_folder(args.out)
    jobs = min(getattr(args, "jobs", max(1, cores() // cores_for_one)), len(takes))
    order = running.Order(
        command, out, args, _passed_on(argv, folder), args.again, jobs, max(1, cores() // jobs), getattr(args, "pictures", False)
    )

    def tell(row: Row, through: int, every: int) -> None:
        if not args.quiet:
            after = "" if row.status == KEPT or row.work_seconds is None else f" in {duration(row.work_seconds)}"
            say(f"[{through}/{every}] {row.take}: {row.status}{after}")

    with alone_in(out, "batch"):
        rows = running.run(order, takes, tell)
        summary.save(out / summary.SUMMARY, rows)
    failed = [row for row in rows if row.status == FAILED]
    if not args.quiet:
        say("")
        for line in summary.table(rows):
            say(line)
        if others:
            say(f"\npassed over, being no poses: {', '.join(one.file.name for one in others[:6])}{' …' if len(others) > 6 else ''}")
        for row in failed:
            short = row.problem if len(row.problem) <= _LONGEST else f"{row.problem[: _LONGEST - 2]} …"
            say(f"{chr(10) if row is failed[0] else ''}failed: {row.take}\n  {short}")
        say(f"\nwritten: {out / summary.SUMMARY}, {len(rows) - len(failed)} takes")
    if any(is_ours(row.problem) for row in failed):
        return STATUS_FAILED
    if len(failed) == len(rows):
        raise InputError(
            f"none of the {len(rows)} takes can be used (the first: {failed[0].problem})",
            file=folder,
            remedy=f"read {out / summary.SUMMARY}: it says of each take what is wrong and what to do",
        )
    return DONE


def _passed_on(argv: Sequence[str], folder: Path) -> tuple[str, ...]:
    """*argv* without what is said anew for each take."""
    own = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in ("--out", "--jobs", "--connections"):
        own.add_argument(option)
    for switch in ("--again", "--quiet", "--pictures"):
        own.add_argument(switch, action="store_true")
    _, rest = own.parse_known_args([item for item in argv if item != "--"])
    place = next(n for n, item in enumerate(rest) if Path(item) == folder)
    return tuple(rest[:place] + rest[place + 1 :])
