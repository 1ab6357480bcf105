"""The safetensors format, read and written with NumPy: eight bytes of header length, a JSON header, then the numbers. Nothing in it can run code.

The format is described in the documentation of the library `safetensors`. Blender's Python has no library for it, and a model's weights need none.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from os import PathLike
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

DTYPES: dict[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "<i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1", "BOOL": "<b1",
}  # fmt: skip
"""The numbers that can be read, little-endian. BF16 is the upper half of a float32, which NumPy does not know: it comes back as float32."""

_ORDER = ("U64", "I64", "F64", "F32", "U32", "I32", "F16", "U16", "I16", "I8", "U8", "BOOL")
"""In which the numbers stand in a file, the longest first, so that all are aligned."""

LONGEST_HEADER = 100_000_000
"""Bytes; the format's own limit."""
REMEDY = "copy the file again, or train the model anew"


def parse(raw: bytes, file: str | PathLike[str] | None = None) -> dict[str, NDArray[Any]]:
    """Every tensor in the bytes *raw* of a safetensors file, by its name, as arrays of their own. Raises InputError, naming *file*, where it is damaged."""

    def refuse(problem: str, place: str | None = None) -> InputError:
        return InputError(problem, file=file, place=place, remedy=REMEDY)

    if len(raw) < 8:
        raise refuse(f"{len(raw)} bytes are no safetensors file")
    length = int.from_bytes(raw[:8], "little")
    if length > min(LONGEST_HEADER, len(raw) - 8):
        raise refuse(f"the header should have {length} bytes, but {len(raw) - 8} follow; this is no safetensors file, or it is cut short")
    try:
        header = json.loads(raw[8 : 8 + length].decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise refuse(f"the header is no JSON ({error})") from None
    if not isinstance(header, dict):
        raise refuse("the header is no table of tensors")
    header.pop("__metadata__", None)
    data = memoryview(raw)[8 + length :]
    tensors: dict[str, NDArray[Any]] = {}
    spans: list[tuple[int, int, str]] = []
    for name, about in header.items():
        place = f"tensor {name!r}"
        if not isinstance(about, dict):
            raise refuse("it is not described", place)
        dtype, shape, offsets = about.get("dtype"), about.get("shape"), about.get("data_offsets")
        if not isinstance(dtype, str) or dtype not in DTYPES:
            raise refuse(f"its numbers are {dtype!r}; {', '.join(DTYPES)} can be read", place)
        if not _counts(shape):
            raise refuse(f"{shape!r} is no shape", place)
        if not _counts(offsets) or len(offsets) != 2 or not offsets[0] <= offsets[1] <= len(data):
            raise refuse(f"{offsets!r} lie outside the {len(data)} bytes of numbers", place)
        begin, end = offsets
        kind = np.dtype(DTYPES[dtype])
        if end - begin != math.prod(shape) * kind.itemsize:
            raise refuse(f"{end - begin} bytes for {shape} numbers of {kind.itemsize}", place)
        spans.append((begin, end, name))
        try:
            values = np.frombuffer(data[begin:end], kind).reshape(shape)
        except ValueError:  # too many axes, or an empty one beside huge ones
            raise refuse(f"{shape!r} is no shape", place) from None
        if dtype == "BF16":
            tensors[name] = (values.astype(np.uint32) << 16).view(np.float32)
        else:
            tensors[name] = values.astype(kind.newbyteorder("="))
    reached = 0
    for begin, end, name in sorted(spans):
        if begin != reached:
            raise refuse(f"its numbers start at byte {begin}, not at {reached}", f"tensor {name!r}")
        reached = end
    if reached != len(data):
        raise refuse(f"{len(data) - reached} bytes belong to no tensor")
    return tensors


def pack(tensors: Mapping[str, NDArray[Any]], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a safetensors file of *tensors*: the same that the format's own library writes. Raises KeyError on numbers that it has none for."""
    names = {np.dtype(code): name for name, code in DTYPES.items() if name != "BF16"} | {np.dtype("<u2"): "U16"}
    arrays = {name: np.asarray(value) for name, value in tensors.items()}
    kinds = {name: names[array.dtype.newbyteorder("<")] for name, array in arrays.items()}
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    parts: list[bytes] = []
    reached = 0
    for name in sorted(arrays, key=lambda name: (_ORDER.index(kinds[name]), name)):
        part = arrays[name].astype(DTYPES[kinds[name]], copy=False).tobytes()
        header[name] = {"dtype": kinds[name], "shape": list(arrays[name].shape), "data_offsets": [reached, reached + len(part)]}
        parts.append(part)
        reached += len(part)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def _counts(values: Any) -> TypeGuard[list[int]]:
    """Whether *values* is a list of whole numbers, none below 0."""
    return isinstance(values, list) and all(isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 2**62 for v in values)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands there twice")
    return result
