"""Which files are takes: what settings name by file, pattern and folder, paired into duets and read one after another. Nothing here knows torch.

A file that is named must be readable. In a folder everything that is a pose file is taken, two files with one dancer each are paired by their names, and
what cannot be used is left out and told.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..clip import Clip
from ..errors import InputError
from ..formats import read
from ..formats.folder import Left as Left
from ..formats.folder import is_take, takes_in
from .settings import TakeSettings


@dataclass(frozen=True)
class Named:
    """A take that is to be read: its settings, its one or two files, and whether it may be left out (it was found in a folder)."""

    settings: TakeSettings
    files: tuple[Path, ...]
    may_be_left: bool = False


def named(takes: Sequence[TakeSettings]) -> tuple[list[Named], list[Left]]:
    """All takes that *takes* name, in their order, and what their folders hold besides. Raises InputError where nothing has that name."""
    found: list[Named] = []
    left: list[Left] = []
    for take in takes:
        folder = _folder(take)
        if folder is None:
            found += [Named(take, files) for files in _listed(take)]
        else:
            inside, others = takes_in(folder)
            if not inside:
                raise InputError("there are no takes in it", file=folder, place="data.takes", remedy="give a folder of pose files")
            found += [Named(take, files, True) for files in inside]
            left += others
    return found, left


def clips(found: Sequence[Named], left: list[Left], least_seconds: float) -> Iterator[tuple[TakeSettings, Clip]]:
    """Each take of *found* as a clip; what cannot be used of a folder is added to *left*.

    Args:
        least_seconds: a shorter one (after its ``skip_seconds``) is of no use.

    Raises:
        InputError: a file that was named cannot be read, or is skipped as a whole.
    """
    for one in found:
        for clip in _read(one, left):
            seconds = clip.duration - one.settings.skip_seconds
            if one.may_be_left and seconds < least_seconds:
                left.append(Left(one.files[0], f"{max(seconds, 0.0):.1f} s, shorter than a window of {least_seconds:g} s"))
                continue
            if seconds <= 0:
                raise InputError(
                    f"{clip.duration:.1f} s, of which {one.settings.skip_seconds:g} are skipped",
                    file=one.files[0],
                    remedy="lower data.takes.skip_seconds",
                )
            yield one.settings, clip


def _read(one: Named, left: list[Left]) -> Iterator[Clip]:
    """The take; of two files in a folder that are no duet each by itself."""

    def clip_of(files: Sequence[Path]) -> Clip:
        return read(list(files), fps=one.settings.fps or None, skeleton=one.settings.skeleton or None, keep_gaps=True)

    if not one.may_be_left:
        yield clip_of(one.files)
        return
    try:
        yield clip_of(one.files)
        return
    except InputError as error:
        why = error.problem
    if len(one.files) == 1:
        left.append(Left(one.files[0], why))
        return
    for file in one.files:
        try:
            yield clip_of([file])
        except InputError as error:
            left.append(Left(file, error.problem))


def _folder(take: TakeSettings) -> Path | None:
    """The folder that *take* names, unless it is one take by itself (a file for each frame)."""
    if len(take.files) != 1:
        return None
    path = Path(_expanded(take.files[0]))
    return path if path.is_dir() and not is_take(path) else None


def _listed(take: TakeSettings) -> list[tuple[Path, ...]]:
    """The files of each take that *take* names: a pattern is many, two patterns are pairs in order of name."""
    if not 1 <= len(take.files) <= 2:
        raise InputError(f"{len(take.files)} files in one entry", place="data.takes", remedy="give one, or two with one dancer each")
    columns = [_matches(name) for name in take.files]
    if len(columns) == 2 and len(columns[0]) != len(columns[1]):
        raise InputError(
            f"{take.files[0]} names {len(columns[0])} files, {take.files[1]} {len(columns[1])}",
            place="data.takes",
            remedy="give two patterns of equally many files",
        )
    return list(zip(*columns, strict=True))


def _matches(name: str) -> list[Path]:
    expanded = _expanded(name)
    path = Path(expanded)
    if path.is_dir() and not is_take(path):  # one of two folders, for one dancer each
        found = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".") and is_take(p))
    elif path.exists():
        found = [path]
    else:
        found = sorted(Path(p) for p in glob.glob(expanded, recursive=True))
    if not found:
        raise InputError("there is no such file", file=expanded, place="data.takes", remedy="give a file, a folder or a pattern of takes")
    return found


def _expanded(name: str) -> str:
    expanded = os.path.expanduser(os.path.expandvars(name))
    if "$" in expanded:
        raise InputError("a variable is not set", file=expanded, place="data.takes", remedy="set it, or write the path")
    return expanded
