"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from .errors import InputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_WORKING = ".duet-"
_LOCK = "lock"


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


@contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    """A new hidden folder in *parent* for work in progress, gone at the end; what killed processes left of theirs is removed first."""
    _remove_abandoned(parent)
    name = secrets.token_hex(4)
    hidden, folder = parent / f".new-{name}", parent / f"{_WORKING}{name}"
    hidden.mkdir()
    with (hidden / _LOCK).open("wb") as lock:
        if fcntl:
            with suppress(OSError):  # some network disks have no locks
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.replace(hidden, folder)  # locked before anybody may find it
        else:
            folder = hidden
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)  # where an open file cannot be removed


def _remove_abandoned(parent: Path) -> None:
    """Remove working folders that nobody holds the lock of."""
    if not fcntl:
        return
    for folder in parent.glob(f"{_WORKING}*"):
        try:
            with (folder / _LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # at work, or none of ours


@contextmanager
def alone_in(folder: Path, what: str) -> Iterator[None]:
    """While the block runs nobody else may do *what* in *folder*, where the system has locks. Raises InputError where somebody does."""
    file = folder / ".lock"
    with file.open("wb") as lock:
        if fcntl:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    f"another process is at its {what} here", file=folder, remedy="wait until it has ended, or choose another --out"
                ) from None
            except OSError:
                pass  # some network disks have no locks
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no open file
                file.unlink()


def digest(*paths: Path) -> str:
    """The SHA-256 of the content of *paths* in this order, in hexadecimal; of a folder that of its files by name."""
    found = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            with file.open("rb") as stream:
                found.update(hashlib.file_digest(stream, "sha256").digest())
            if path.is_dir():
                found.update(file.name.encode())
    return found.hexdigest()
