"""Opening source files: text, JSON and arrays, plain or compressed, with errors that name the file.

A damaged or hostile header may claim any size: nothing is allocated that the file's own size does not bear out.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import zipfile
import zlib
from collections.abc import Container
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

LARGEST = 2 << 30
"""Bytes of (unzipped) text that a reader takes at most; a damaged or hostile gzip file can claim any size."""

_SAVE_AGAIN = "write it again with numpy.save or numpy.savez"

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
    parts, size = [], 0
    try:
        with file.open("rb") as stream:
            zipped = _is_gzip(stream.read(2))
        with gzip.open(file) if zipped else file.open("rb") as stream:
            # Piece by piece: asking for a large number of bytes at once would set them aside before a single one is there.
            while (part := stream.read(1 << 20)) and size <= LARGEST:
                parts.append(part)
                size += len(part)
    except _DAMAGED:
        raise InputError("the gzip compression is damaged", file=file, remedy="copy the file again from its source") from None
    except OSError as error:
        raise _missing(file, error) from None
    data = b"".join(parts)
    del parts
    if len(data) > LARGEST:
        raise InputError(f"the text is larger than {LARGEST >> 30} GiB", file=file, remedy="split the take into shorter ones")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def text_head(head: bytes) -> str:
    """The first bytes of a file as text, without a byte order mark; ``""`` where they are no text."""
    if b"\0" in head:
        return ""
    return head.decode("utf-8", "replace").lstrip("\ufeff")


def json_of(file: Path) -> Any:
    """The JSON value in *file*. Raises InputError where it is cut, damaged or nested too deep."""
    text = text_of(file).lstrip("\ufeff")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"this is no sound JSON ({error.msg})",
            file=file,
            place=f"line {error.lineno}, column {error.colno}",
            remedy="the file is cut short or damaged: export it again",
        ) from None
    except (RecursionError, ValueError, MemoryError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else " ".join(str(error).split())[:120]
        raise InputError(f"this is no sound JSON ({reason})", file=file, remedy="export it again") from None


def numbers(values: Any) -> NDArray[np.float64] | None:
    """A JSON list, nested or not, as numbers; None where it is ragged or holds anything else (text, true, null …)."""
    try:
        array = np.array(values)
        if array.dtype.kind in "fiu":
            return array.astype(np.float64)
        if array.dtype.kind == "O" and array.size:  # whole numbers beyond 64 bits
            return np.array(values, dtype=np.float64) if all(type(x) in (int, float) for x in array.ravel()) else None
        return np.zeros(array.shape) if array.size == 0 else None
    except (ValueError, TypeError, OverflowError, RecursionError, MemoryError):
        return None


def npy_header(head: bytes) -> tuple[tuple[int, ...], np.dtype] | None:
    """Shape and type that the first bytes of an ``.npy`` announce; None where they are no sound header."""
    try:
        shape, _, dtype = _read_header(io.BytesIO(head))
        return shape, dtype
    except InputError:
        return None


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, Fortran order and type at the start of *stream*, which then stands at the data. Raises InputError without a file."""
    try:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, fortran, dtype = read(stream)
    except Exception as error:  # NumPy evaluates the header's text, and damaged text fails in many ways
        raise InputError(f"this is no sound .npy array ({' '.join(str(error).split())[:100]})", remedy=_SAVE_AGAIN) from None
    if any(not 0 <= n < 1 << 40 for n in shape) or len(shape) > 8:
        raise InputError(f"this is no sound .npy array (shape {shape})"[:200], remedy=_SAVE_AGAIN)
    return tuple(int(n) for n in shape), bool(fortran), dtype


def _array_in(stream: IO[bytes], size: int) -> NDArray:
    """The array in an ``.npy`` *stream* of *size* bytes in all. Nothing is allocated before the header agrees with the size."""
    shape, fortran, dtype = _read_header(stream)
    if dtype.hasobject or dtype.kind not in "fiubUS":
        raise InputError("this is no sound .npy array of plain numbers (it holds objects)", remedy=_SAVE_AGAIN)
    announced = math.prod(shape) * dtype.itemsize
    there = size - stream.tell()
    if announced != there:
        raise InputError(
            f"this is no sound .npy array (shape {shape} of {dtype} needs {announced} bytes, there are {there})",
            remedy="the file is cut short or damaged: copy or export it again",
        )
    if dtype.itemsize == 0 or announced == 0:
        return np.zeros(shape, dtype)
    data = stream.read(announced)
    if len(data) != announced or stream.read(1):
        raise InputError("this is no sound .npy array (it ends too early)", remedy="copy or export the file again")
    return np.frombuffer(data, dtype=dtype).reshape(shape, order="F" if fortran else "C")


def array_of(file: Path) -> NDArray:
    """The array in the ``.npy`` *file*, as numbers. Raises InputError where it is damaged, holds objects or no real numbers."""
    try:
        with file.open("rb") as stream:
            array = _array_in(stream, file.stat().st_size)
    except OSError as error:
        raise _missing(file, error) from None
    except InputError as error:
        raise InputError(error.problem, file=file, remedy=error.remedy) from None
    if array.dtype.kind not in "fiu":
        raise InputError("the array does not hold real numbers", file=file, remedy="write float positions with numpy.save")
    return array


def as_floats(array: NDArray) -> NDArray[np.float64]:
    """A copy of *array* in double precision; damaged bits may make NaN of any kind, which is no reason to warn."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.array(array, dtype=np.float64)


def npz_names(file: Path) -> tuple[str, ...] | None:
    """The names of the arrays in an ``.npz``; None where the archive is damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            return tuple(name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy"))
    except Exception:  # zipfile fails in many ways on damaged directories
        return None


def npz_of(file: Path, largest: int = LARGEST, only: Container[str] | None = None) -> dict[str, NDArray]:
    """Every array in the ``.npz`` *file* (or those named in *only*), each checked against its checksum. Arrays of objects are left out.

    Raises InputError where the archive is damaged or unpacks to more than *largest* bytes.
    """
    arrays: dict[str, NDArray] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            items = [item for item in archive.infolist() if item.filename.endswith(".npy")]
            wanted = [item for item in items if only is None or item.filename.removesuffix(".npy") in only]
            if sum(item.file_size for item in wanted) > largest:
                raise InputError(f"it unpacks to more than {largest >> 20} MiB", remedy="split the take into shorter ones")
            for item in wanted:
                if item.file_size > 1100 * item.compress_size + 4096:  # deflate cannot pack tighter
                    raise InputError(f"{item.filename} claims an impossible size", remedy=_SAVE_AGAIN)
                with archive.open(item) as stream:
                    head = npy_header(stream.read(4096))
                if head is not None and head[1].hasobject:
                    continue
                with archive.open(item) as stream:
                    arrays[item.filename.removesuffix(".npy")] = _array_in(stream, item.file_size)
    except InputError as error:
        raise InputError(error.problem, file=file, remedy=error.remedy or _SAVE_AGAIN) from None
    except OSError as error:
        raise _missing(file, error) from None
    except Exception as error:  # zipfile and zlib fail in many ways on damaged archives
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"this is no sound .npz ({reason})", file=file, remedy="copy the file again from its source") from None
    return arrays
