"""The takes in a folder of pose files: which files are poses, and which two of them belong together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..pairing import pairs
from . import READERS, openpose
from .source import head_of


@dataclass(frozen=True)
class Left:
    """What was found in a folder and is not used, and why."""

    file: Path
    why: str


def is_take(path: Path) -> bool:
    """Whether some reader takes *path*, a file or a folder of one file a frame. Raises InputError where it cannot be read."""
    head = b"" if path.is_dir() else head_of(path)
    return any(reader.recognises(path, head) for reader in READERS)


def takes_in(folder: Path, without: Collection[Path] = ()) -> tuple[list[tuple[Path, ...]], list[Left]]:
    """The takes in *folder* and the folders in it, one file or two each (paired within each folder), and the files that are no poses.

    Args:
        without: folders that are passed over.
    """
    found: list[tuple[Path, ...]] = []
    left: list[Left] = []
    folders = [folder]
    passed = {path.resolve() for path in without}
    while folders:
        here = folders.pop(0)
        takes: list[Path] = []
        for path in sorted(here.iterdir()):
            if path.name.startswith((".", "__")):
                continue
            if path.is_dir():
                if path.resolve() in passed:
                    continue
                if is_take(path):
                    takes.append(path)
                else:
                    folders.append(path)
            elif path.is_file():
                try:
                    known = is_take(path)
                    why = "no known format of poses"
                except InputError as error:
                    known, why = False, error.problem
                if known:
                    takes.append(path)
                else:
                    left.append(Left(path, why))
        found += pairs(takes)
    return found, left


def whole_takes(files: Sequence[Path]) -> list[Path]:
    """*files*, where those that hold one frame each are the folder that they are in, once: whoever picks files cannot pick a folder.

    The first file of a folder tells of the others; one that cannot be read stays as it is.
    """
    of_frames: dict[Path, bool] = {}
    whole = []
    for file in files:
        if file.suffix.lower() == ".json":
            if file.parent not in of_frames:
                of_frames[file.parent] = _is_one_frame(file)
            file = file.parent if of_frames[file.parent] else file
        whole.append(file)
    return list(dict.fromkeys(whole))


def _is_one_frame(file: Path) -> bool:
    try:
        head = head_of(file)
    except InputError:
        return False
    return next((reader for reader in READERS if reader.recognises(file, head)), None) is openpose
