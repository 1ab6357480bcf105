"""Opening source files: plain or gzip-compressed, with errors that name the file."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

LARGEST = 2 << 30
"""Bytes of (unzipped) text that a reader takes at most; a damaged or hostile gzip file can claim any size."""

_DAMAGED = (gzip.BadGzipFile, zlib.error, EOFError)


def _missing(file: Path, error: OSError | None = None) -> InputError:
    if file.is_dir():
        return InputError("this is a folder", file=file, remedy="give the file itself")
    if error is None or isinstance(error, FileNotFoundError):
        return InputError("there is no such file", file=file, remedy="check the path")
    return InputError(f"this file cannot be read ({error.strerror or error})", file=file, remedy="check its permissions")


def _is_gzip(head: bytes) -> bool:
    return head[:2] == b"\x1f\x8b"


def head_of(file: Path, size: int = 4096) -> bytes:
    """The first bytes of *file*, unzipped. Raises InputError where it is missing, empty or no sound gzip file."""
    try:
        with file.open("rb") as stream:
            head = stream.read(size)
        if _is_gzip(head):
            with gzip.open(file) as stream:
                head = stream.read(size)
    except _DAMAGED:
        raise InputError("the gzip compression is damaged", file=file, remedy="copy the file again from its source") from None
    except OSError as error:
        raise _missing(file, error) from None
    if not head.strip():
        raise InputError("the file is empty", file=file, remedy="copy the file again from its source")
    return head


def text_of(file: Path) -> str:
    """The whole text of *file*, unzipped. Raises InputError where it is damaged, too large or no text."""
    try:
        with file.open("rb") as stream:
            zipped = _is_gzip(stream.read(2))
        with gzip.open(file) if zipped else file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except _DAMAGED:
        raise InputError("the gzip compression is damaged", file=file, remedy="copy the file again from its source") from None
    except OSError as error:
        raise _missing(file, error) from None
    if len(data) > LARGEST:
        raise InputError(f"the text is larger than {LARGEST >> 30} GiB", file=file, remedy="split the take into shorter ones")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def array_of(file: Path) -> NDArray:
    """The array in the ``.npy`` *file*, as numbers. Raises InputError where it is damaged, holds objects or no real numbers."""
    try:
        array = np.load(file, allow_pickle=False)
    except (ValueError, EOFError, OSError, MemoryError, SyntaxError, TypeError, KeyError, OverflowError) as error:
        if isinstance(error, OSError) and not file.is_file():
            raise _missing(file, error) from None
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"this is no sound .npy array ({reason})", file=file, remedy="write it again with numpy.save") from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        raise InputError("the array does not hold real numbers", file=file, remedy="write float positions with numpy.save")
    return array
