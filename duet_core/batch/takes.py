"""The takes of a folder by name, each with the folder of its results."""

from __future__ import annotations

import collections
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..formats import read
from ..formats.folder import Left, takes_in
from ..pairing import title
from ..take import HoldsBoth

_POSES = (".bvh", ".c3d", ".trc", ".npy", ".npz", ".gz", ".parquet")
"""Endings of files that nobody lays among takes unless they are some."""
_OURS = ("connections.npz",)


@dataclass(frozen=True)
class BatchTake:
    """One or two files of a take; *name* is the path of its results within the output folder, unlike all others."""

    name: str
    files: tuple[Path, ...]


def list_takes(folder: Path, without: Collection[Path] = (), **options: Any) -> tuple[list[BatchTake], list[Left]]:
    """The takes in *folder*, and what is no take. A file that by its ending should be one is listed as a take: that it cannot be read must be told.

    Args:
        without: folders that are passed over.
        options: of `formats.read`.
    """
    groups, others = takes_in(folder, without)
    groups = [one for files in groups for one in (_apart(files, options) if len(files) == 2 else [files])]
    broken = [one for one in others if one.file.suffix.lower() in _POSES and one.file.name not in _OURS]
    groups += [(one.file,) for one in broken]
    return named(folder, groups), [one for one in others if one not in broken]


def named(folder: Path, groups: Sequence[tuple[Path, ...]]) -> list[BatchTake]:
    """Each of *groups*, files within *folder*, with a name of its own."""
    short = [_place(folder, files) / title(files).replace(" ", "_") for files in groups]
    often = collections.Counter(short)
    full = [_place(folder, files) / "+".join(file.name for file in files) for files in groups]
    return [BatchTake((long if often[name] > 1 else name).as_posix(), files) for name, long, files in zip(short, full, groups, strict=True)]


def _place(folder: Path, files: tuple[Path, ...]) -> Path:
    return files[0].parent.relative_to(folder)


def _apart(files: tuple[Path, ...], options: dict[str, Any]) -> list[tuple[Path, ...]]:
    """Two files that by their names are a pair (as "monday" and "tuesday" are): unless each holds both dancers."""
    try:
        read(files, **options)
    except HoldsBoth:
        return [(file,) for file in files]
    except InputError:
        pass  # whoever does the take will say what is wrong
    return [files]
