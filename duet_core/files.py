"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from .errors import InputError


@contextmanager
def written(path: str | PathLike[str]) -> Iterator[Path]:
    """A temporary path beside *path* that becomes *path* when the block ends well, and vanishes when it does not.

    The temporary name keeps the suffix, since some writers choose the format by it.
    """
    target = Path(path)
    make_folder(target.parent)
    temporary = target.with_name(f".{target.stem}-{secrets.token_hex(4)}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(path: str | PathLike[str]) -> Path:
    """Make the folder *path* and its parents, and make sure that it can be written. Raises InputError where that cannot be."""
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise InputError(
            f"cannot write here ({error.strerror})", file=folder, remedy="choose another folder with --out, or free this one"
        ) from None
    return folder
