"""C3D (c3d.org): 3D points of one or two subjects, integer or floating point, Intel, DEC or MIPS numbers. Analog channels are skipped.

Our own reader of the few records that a duet needs: it reads the same values as the libraries ``c3d`` and ``ezc3d`` (``tests/core`` compares), runs
wherever NumPy does, takes all frames in one step and allocates nothing that the file's size does not bear out. ``c3d`` (pure Python) would have to be
found inside and outside the extension, stops without an error where frames are missing, and refuses files whose two headers disagree on analog
channels; ``ezc3d`` is compiled and cannot ride in an extension.

The file says its unit (``POINT:UNITS``) and up axis (``POINT:Y_SCREEN``); where it does not say up, the bodies do, or z is up. Right-handed.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..take import ReadOptions, Take
from . import subjects
from .placing import AXIS_WORDS, turn_to_z_up, upward

TITLE = "C3D"
_BLOCK = 512
_INTEL, _DEC, _MIPS = 84, 85, 86
UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "dm": 0.1, "in": 0.0254, "inch": 0.0254, "inches": 0.0254, "ft": 0.3048,
         "millimeters": 0.001, "centimeters": 0.01, "meters": 1.0, "millimetres": 0.001, "centimetres": 0.01, "metres": 1.0}  # fmt: skip
"""Metres per unit, by how files write it (lower case)."""

_DAMAGED = "the file is cut short or damaged: export it again"


def recognises(file: Path, head: bytes) -> bool:
    return len(head) >= 2 and head[1] == 0x50 and 1 <= head[0] <= 127 and not head.startswith(b"PK")


def read(file: Path, options: ReadOptions) -> Take:
    try:
        data = np.fromfile(file, dtype=np.uint8)
    except OSError as error:
        raise InputError(f"this file cannot be read ({error.strerror})", file=file, remedy="check its permissions") from None
    try:
        content = _Content(data.tobytes()[: 2 * _BLOCK * 256], len(data))
        points, unknown = _points(content, data)
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy or _DAMAGED) from None
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise InputError(f"this is no sound C3D ({' '.join(str(error).split())[:80]})", file=file, remedy=_DAMAGED) from None
    points[unknown] = np.nan
    if unknown.all():
        raise InputError("no point is known", file=file, remedy="export the markers again")
    positions, skeleton, warnings, names = subjects.split(file, content.labels, points, "markers")
    fps = options.fps or content.rate
    if not 0.1 <= fps <= 10_000:
        raise InputError(f"{fps:g} frames a second", file=file, place="POINT:RATE", remedy="give the true rate with --fps")
    unit = UNITS.get(content.unit.strip().lower())
    if unit is None:
        warnings.append(f"the unit {content.unit.strip()!r} is unknown: body proportions tell")
    stated = content.up
    axis = stated or upward(positions, skeleton) or "z"
    warnings += content.warnings
    how = "stated by the file" if stated else "by the bodies or by custom"
    meta: dict = {"warnings": warnings, "steps": [f"axes: {AXIS_WORDS[axis]}, {how}"]}
    if skeleton.name.startswith("markers-"):
        meta["bones"] = "guessed"
    if names and len(names) == positions.shape[1]:
        meta["dancers"] = names
    return Take(positions, fps, skeleton, (file.name,), to_z_up=turn_to_z_up(axis), metres_per_unit=unit, meta=meta)


@dataclass(frozen=True)
class _Parameter:
    """One record: *size* is bytes per element (−1 for characters)."""

    size: int
    shape: tuple[int, ...]
    data: bytes


class _Content:
    """The header and the parameters of the file whose first blocks are *head*."""

    def __init__(self, head: bytes, size: int) -> None:
        if len(head) < 2 * _BLOCK:
            raise InputError("the file ends within its header")
        start = (head[0] - 1) * _BLOCK
        if start < _BLOCK or start + 4 > len(head):
            raise InputError("the parameters lie outside the file", place="byte 0")
        blocks, self.processor = head[start + 2], head[start + 3]
        if self.processor not in (_INTEL, _DEC, _MIPS):
            raise InputError(f"processor type {self.processor} is unknown", place=f"byte {start + 3}")
        self.order = ">" if self.processor == _MIPS else "<"
        self.parameters = self._parameters(head[start : start + max(blocks, 1) * _BLOCK])
        words = struct.unpack_from(self.order + "3H", head, 2)
        first, last = struct.unpack_from(self.order + "2H", head, 6)
        self.warnings: list[str] = []
        self.points = self._unsigned("POINT:USED", words[0])
        if self.points != words[0]:
            raise InputError(f"the header counts {words[0]} points, the parameters {self.points}")
        if not 1 <= self.points <= 10_000:
            raise InputError(f"there are {self.points} points")
        self.analog_words = words[1]
        self.frames = self._frames(first, last)
        self.rate = self._real("POINT:RATE", self._float_at(head, 20))
        self.scale = self._real("POINT:SCALE", self._float_at(head, 12))
        if not math.isfinite(self.scale) or self.scale == 0:
            raise InputError(f"the scale is {self.scale:g}", place="POINT:SCALE")
        header_scale = self._float_at(head, 12)
        if not header_scale or (header_scale < 0) != (self.scale < 0):
            raise InputError("header and parameters disagree whether numbers are whole or floating", place="POINT:SCALE")
        self.start = (struct.unpack_from(self.order + "H", head, 16)[0] - 1) * _BLOCK
        if self.start < start + 4:
            self.start = (self._unsigned("POINT:DATA_START", 0) - 1) * _BLOCK
        word = 4 if self.scale < 0 else 2
        self.frame_bytes = word * (4 * self.points + self.analog_words)
        needed = self.start + self.frames * self.frame_bytes
        if self.start < start + 4 or needed > size:
            there = max(0, (size - self.start) // self.frame_bytes) if self.start >= 0 else 0
            raise InputError(f"{self.frames} frames are announced, there are {there}", place=f"frame {there}")
        if size - needed >= 2 * _BLOCK:
            self.warnings.append(f"{size - needed} bytes after the announced {self.frames} frames are not read")
        self.unit = (self._texts("POINT:UNITS") or [""])[0]
        up = (self._texts("POINT:Y_SCREEN") or [""])[0].strip().lower().replace("+", "")
        self.up = up if up in AXIS_WORDS else None
        labels = [text.strip() for key in ("", *map(str, range(2, 41))) for text in self._texts(f"POINT:LABELS{key}")]
        if not labels:
            raise InputError("the points have no labels", place="POINT:LABELS", remedy="label the markers and export again")
        self.labels = (labels + [""] * self.points)[: self.points]

    def _parameters(self, data: bytes) -> dict[str, _Parameter]:
        groups: dict[int, str] = {}
        found: list[tuple[int, str, _Parameter]] = []
        at = 4
        while at + 4 <= len(data):
            length, group = struct.unpack_from("bb", data, at)
            length = abs(length)
            if length == 0 or group == 0:
                break
            name = data[at + 2 : at + 2 + length].decode("latin-1").upper()
            field = at + 2 + length
            (step,) = struct.unpack_from(self.order + "h", data, field)
            if group < 0:
                groups[-group] = name
            else:
                found.append((group, name, self._parameter(data, field + 2, f"parameter {name[:24]!r}")))
            if step <= 0:
                break
            at = field + step
        result = {f"{groups.get(group, '')}:{name}": parameter for group, name, parameter in found}
        if "POINT:LABELS" not in result and "POINT:USED" not in result:
            raise InputError("the parameters of the points are missing", place="POINT")
        return result

    @staticmethod
    def _parameter(data: bytes, at: int, place: str) -> _Parameter:
        size, dimensions = struct.unpack_from("bB", data, at)
        if size not in (-1, 0, 1, 2, 4) or dimensions > 7:
            raise InputError("a parameter has no sound type", place=place)
        shape = tuple(data[at + 2 : at + 2 + dimensions])
        length = abs(size) * math.prod(shape)
        values = data[at + 2 + dimensions : at + 2 + dimensions + length]
        if len(shape) != dimensions or len(values) != length:
            raise InputError("a parameter is longer than the section", place=place)
        return _Parameter(size, shape, values)

    def _texts(self, key: str) -> list[str]:
        parameter = self.parameters.get(key)
        if parameter is None or parameter.size != -1 or not parameter.shape or not parameter.data:
            return []
        width = parameter.shape[0]
        return [parameter.data[i : i + width].decode("utf-8", "replace").strip("\0 ") for i in range(0, len(parameter.data), width)]

    def _unsigned(self, key: str, otherwise: int) -> int:
        parameter = self.parameters.get(key)
        if parameter is None or len(parameter.data) < 2 or parameter.size != 2:
            return otherwise
        return int(struct.unpack_from(self.order + "H", parameter.data)[0])

    def _real(self, key: str, otherwise: float) -> float:
        parameter = self.parameters.get(key)
        if parameter is None or len(parameter.data) < 4 or parameter.size != 4:
            return otherwise
        return self._float_at(parameter.data, 0)

    def _float_at(self, data: bytes, at: int) -> float:
        value = np.frombuffer(data, dtype=np.uint8, count=4, offset=at)
        return float(_floats(value, self.processor)[0])

    def _frames(self, first: int, last: int) -> int:
        """Header fields count to 65535; longer takes say their true length in parameters."""
        frames = last - first + 1
        true_first, true_last = (self._pair(f"TRIAL:ACTUAL_{end}_FIELD") for end in ("START", "END"))
        if true_first is not None and true_last is not None and true_last >= true_first:
            frames = true_last - true_first + 1
        elif last == 65535 or frames <= 0:
            parameter = self.parameters.get("POINT:FRAMES")
            floating = parameter is not None and parameter.size == 4
            frames = int(self._real("POINT:FRAMES", frames)) if floating else self._unsigned("POINT:FRAMES", frames)
        if frames <= 0:
            raise InputError(f"frames {first} to {last} are announced", place="header")
        return frames

    def _pair(self, key: str) -> int | None:
        parameter = self.parameters.get(key)
        if parameter is None or parameter.size != 2 or len(parameter.data) < 4:
            return None
        low, high = struct.unpack_from(self.order + "2H", parameter.data)
        return low + (high << 16)


def _floats(data: NDArray[np.uint8], processor: int) -> NDArray[np.float32]:
    """Bytes as single-precision numbers of that *processor*."""
    if processor == _MIPS:
        return data.view(">f4").astype(np.float32)
    if processor == _DEC:  # the halves are swapped, and the exponent counts two more
        return data.reshape(-1, 2, 2)[:, ::-1].reshape(-1).view("<f4").astype(np.float32) / np.float32(4)
    return data.view("<f4").astype(np.float32)


def _points(content: _Content, data: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(T, M, 3) points in the file's unit, and (T, M) which of them nobody saw."""
    rows = data[content.start : content.start + content.frames * content.frame_bytes].reshape(content.frames, content.frame_bytes)
    word = 4 if content.scale < 0 else 2
    rows = np.ascontiguousarray(rows[:, : 4 * word * content.points])
    shape = (content.frames, content.points, 4)
    if content.scale < 0:
        with np.errstate(invalid="ignore", over="ignore"):
            values = _floats(rows.reshape(-1), content.processor).reshape(shape)
            points = values[..., :3].astype(np.float64)
    else:
        values = rows.reshape(-1).view(">i2" if content.processor == _MIPS else "<i2").reshape(shape)
        points = values[..., :3] * abs(content.scale)
    unseen = ~(values[..., 3] >= 0) | ~np.isfinite(points).all(axis=-1)
    return points, unseen
