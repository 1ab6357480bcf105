"""``inspect.py POSES [POSES2] [--out DIR] [--clean FILE.duet.npz]``: what a take is worth, in words and pictures; and the take cleaned."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..cleaning import CleaningReport, Settings, clean
from ..errors import InputError
from ..files import make_folder, written
from ..formats import duet_npz
from ..plain import plain
from ..progress import Progress
from ..quality import Quality, measure
from ..reports.quality_page import comparison, figures, page
from ..reports.views import picture
from ..saying import say
from .options import add_pose_arguments, load_clip, number_above_0, parser

STEPS = ("axes", "units", "identity", "jumps", "gaps", "smoothing", "bones", "floor")
_ENDING = ".duet.npz"


def main(argv: Sequence[str]) -> int:
    arguments = parser("inspect", "Say how good a take is and, with --clean, make it better.")
    add_pose_arguments(arguments)
    _add_own_arguments(arguments)
    args = arguments.parse_args(argv)
    settings = _settings(args)
    if args.clean:
        _check_target(args.clean, args.poses)
    clip = load_clip(args, solo=True, keep_gaps=True)
    for folder in (args.out, args.clean and args.clean.absolute().parent):
        if folder:
            make_folder(folder)
    quality = measure(clip)
    cleaned, after, report = None, None, None
    if args.clean:
        with Progress("cleaning", quiet=args.quiet) as progress:
            cleaned, report = clean(clip, settings, progress=progress)
        after = measure(cleaned)
    files: dict[Path, bytes] = {}
    if args.out:
        # Everything is made before anything is written: a failure leaves the folder as it was.
        files[args.out / "report.html"] = page(clip, quality, after, report).encode("utf-8", "xmlcharrefreplace")
        files[args.out / "poses.png"] = picture(clip)
        files[args.out / "quality.json"] = as_json(quality, after, report).encode("ascii")
    for file, data in files.items():
        with written(file) as path:
            path.write_bytes(data)
    if cleaned and args.clean:
        duet_npz.write(cleaned, args.clean)
    if not args.quiet:
        _print_quality(quality)
        if after and report:
            _print_cleaning(quality, after, report)
        done = [*files, *([args.clean] if args.clean else [])]
        if done:
            say(f"\nwritten: {', '.join(map(str, done))}")
    return 0


def as_json(quality: Quality, after: Quality | None = None, report: CleaningReport | None = None) -> str:
    """``{"quality": …}`` and, where the take was cleaned, ``"cleaning"`` (what each step did) and ``"cleaned"`` (the quality after it)."""
    data: dict[str, Any] = {"quality": quality.as_dict()}
    if after and report:
        data |= {"cleaning": report.as_dict(), "cleaned": after.as_dict()}
    return json.dumps(plain(data), indent=1, allow_nan=False) + "\n"


def _add_own_arguments(to: argparse.ArgumentParser) -> None:
    to.add_argument("--out", type=Path, metavar="DIR", default=argparse.SUPPRESS, help="folder for report.html, poses.png and quality.json")
    to.add_argument("--clean", type=Path, metavar=f"FILE{_ENDING}", default=argparse.SUPPRESS, help="clean the take and write it here")
    to.add_argument("--steps", metavar="NAME,…", default=argparse.SUPPRESS, help=f"clean by these steps only, of: {', '.join(STEPS)}")
    to.add_argument(
        "--cutoff", type=number_above_0, metavar="HZ", default=argparse.SUPPRESS, help="of the low-pass; else chosen by the noise"
    )
    to.add_argument("--rate", type=number_above_0, metavar="HZ", default=argparse.SUPPRESS, help="frames a second of the cleaned take")
    to.add_argument("--longest-gap", type=number_above_0, metavar="S", default=argparse.SUPPRESS, help="seconds that are filled at most")
    to.add_argument("--quiet", action="store_true", help="print nothing but errors")
    to.set_defaults(out=None, clean=None)


def _settings(args: argparse.Namespace) -> Settings:
    """The cleaning that the arguments ask for. Raises InputError for unknown steps and for numbers without --clean."""
    given = {"cutoff": "cutoff", "fps": "rate", "longest_gap": "longest_gap"}
    numbers = {name: getattr(args, option) for name, option in given.items() if hasattr(args, option)}
    steps = getattr(args, "steps", None)
    if not args.clean and (numbers or steps is not None):
        raise InputError("cleaning options without --clean", remedy=f"add --clean FILE{_ENDING}, or leave them away")
    if steps is None:
        return Settings(**numbers)
    names = [name.strip() for name in steps.split(",") if name.strip()]
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        raise InputError(f"no step is called {unknown[0]!r}", place="--steps", remedy=f"choose of: {', '.join(STEPS)}")
    for option, step in (("cutoff", "smoothing"), ("longest_gap", "gaps")):
        if option in numbers and step not in names:
            raise InputError(
                f"--{option.replace('_', '-')} without the step {step}", place="--steps", remedy=f"add {step}, or leave it away"
            )
    return Settings.only(*names, **numbers)


def _check_target(target: Path, sources: Sequence[Path]) -> None:
    """Refuse a name that we would not know again, and a source's own."""
    if not target.name.endswith(_ENDING) or target.name == _ENDING:
        raise InputError(
            f"a cleaned take is a *{_ENDING}", file=target, place="--clean", remedy=f"call it {target.stem or 'take'}{_ENDING}"
        )
    if target.is_dir():
        raise InputError("this is a folder", file=target, place="--clean", remedy="give a file's name")
    if target.exists() and any(source.exists() and source.samefile(target) for source in sources):
        raise InputError("cleaning would overwrite its source", file=target, place="--clean", remedy="give another name")


def _print_quality(quality: Quality) -> None:
    say(f"{', '.join(quality.source) or 'take'}: {quality.grade}")
    say(quality.verdict)
    say("")
    for name, value, remark in figures(quality):
        say(f"  {name.lower():<18} {value:<16} {remark}".rstrip())
    if quality.findings:
        say("\nwrong:")
        for text in quality.findings:
            say(f"  - {text}")
    say(f"\nunits: {quality.units}")
    for text in dict.fromkeys(quality.warnings):
        say(f"note: {text}")


def _print_cleaning(before: Quality, after: Quality, report: CleaningReport) -> None:
    say("\ncleaning:")
    for part in report.parts:
        say(f"  - {part.summary}")
        for note in part.notes:
            say(f"      {note}")
    say(f"\n  {'':<28} {'before':>10} {'after':>10}")
    for name, was, now in comparison(before, after):
        say(f"  {name:<28} {was:>10} {now:>10}")
    say(f"\nafter cleaning: {after.verdict}")
