"""Biovision Hierarchy, ``.bvh`` or ``.bvh.gz``: one dancer a file, or two roots in one file.

y is up, right-handed; units are whatever the laboratory used. Joints are those with channels: end sites only close a bone. Channel orders may differ from joint
to joint and are applied as written. A joint's position channels replace its OFFSET, as Blender's importer has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..skeletons import Skeleton
from ..take import Y_UP, ReadOptions, Take
from .source import text_of

TITLE = "BVH (.bvh, .bvh.gz)"

_CHANNELS = ("Xposition", "Yposition", "Zposition", "Xrotation", "Yrotation", "Zrotation")
_CHANNEL = {name.lower(): name for name in _CHANNELS}
_MOST_JOINTS = 4096


def recognises(file: Path, head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].upper() == b"HIERARCHY"


def read(file: Path, options: ReadOptions) -> Take:
    text = text_of(file)
    marker = text.find("MOTION")
    if marker < 0:
        raise InputError("there is no MOTION section", file=file, place="end of file", remedy="the file is cut short: export it again")
    nodes = _Hierarchy(file, text[:marker]).nodes
    values, frame_time = _motion(file, text, marker, sum(len(node.channels) for node in nodes))
    positions = _forward_kinematics(nodes, values)
    fps = options.fps or _rate(frame_time)
    return _as_take(file, nodes, positions, fps)


@dataclass
class _Node:
    name: str
    parent: int
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    channels: tuple[str, ...] = ()


class _Hierarchy:
    """The HIERARCHY section, read token by token with line numbers for the errors."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.line = 0
        self.tokens = self._tokenise(text)
        self.nodes: list[_Node] = []
        self._parse()
        if not self.nodes:
            raise self._error("there are no joints", "export the file again")

    def _tokenise(self, text: str) -> Iterator[str]:
        for number, line in enumerate(text.splitlines(), start=1):
            self.line = number
            yield from line.split()

    def _error(self, problem: str, remedy: str) -> InputError:
        return InputError(problem, file=self.file, place=f"line {self.line}", remedy=remedy)

    def _next(self) -> str:
        token = next(self.tokens, None)
        if token is None:
            raise self._error("the hierarchy ends too early", "the file is cut short: export it again")
        return token

    def _numbers(self, count: int) -> tuple[float, ...]:
        numbers = []
        for _ in range(count):
            token = self._next()
            try:
                number = float(token)
            except ValueError:
                raise self._error(f"{token[:20]!r} is no number", "export the file again") from None
            if not math.isfinite(number):
                raise self._error(f"{token[:20]!r} is not finite", "export the file again")
            numbers.append(number)
        return tuple(numbers)

    def _parse(self) -> None:
        if self._next().lstrip("\ufeff").upper() != "HIERARCHY":
            raise self._error("HIERARCHY is missing", "give a BVH file")
        stack: list[int] = []  # open nodes; -1 stands for an end site
        pending: int | None = None
        for token in self.tokens:
            word = token.upper()
            if word in ("ROOT", "JOINT"):
                if (word == "ROOT") != (not stack) or -1 in stack or pending is not None:
                    raise self._error(f"{word} stands in the wrong place", "export the file again")
                if len(self.nodes) >= _MOST_JOINTS:
                    raise self._error(f"there are more than {_MOST_JOINTS} joints", "give a file of one or two dancers")
                self.nodes.append(_Node(self._next(), stack[-1] if stack else -1))
                pending = len(self.nodes) - 1
            elif word == "END":
                self._next()
                if not stack or -1 in stack or pending is not None:
                    raise self._error("End Site stands in the wrong place", "export the file again")
                pending = -1
            elif token == "{":
                if pending is None:
                    raise self._error("a brace opens nothing", "export the file again")
                stack.append(pending)
                pending = None
            elif token == "}":
                if not stack:
                    raise self._error("a brace closes nothing", "export the file again")
                stack.pop()
            elif word == "OFFSET" and stack:
                x, y, z = self._numbers(3)
                if stack[-1] >= 0:
                    self.nodes[stack[-1]].offset = (x, y, z)
            elif word == "CHANNELS" and stack and stack[-1] >= 0:
                self._channels(self.nodes[stack[-1]])
            else:
                raise self._error(f"{token[:20]!r} is not expected here", "export the file again")
        if stack or pending is not None:
            raise self._error("a brace is never closed", "the file is cut short: export it again")

    def _channels(self, node: _Node) -> None:
        (count,) = self._numbers(1)
        if count != int(count) or not 0 <= count <= 6:
            raise self._error(f"a joint has {count:g} channels", "give between 0 and 6")
        names = [self._next() for _ in range(int(count))]
        unknown = [name for name in names if name.lower() not in _CHANNEL]
        if unknown or len({name.lower() for name in names}) != len(names):
            raise self._error(f"channels {' '.join(names)[:80]} are not usable", f"use each of {', '.join(_CHANNELS)} at most once")
        node.channels = tuple(_CHANNEL[name.lower()] for name in names)


def _motion(file: Path, text: str, marker: int, channels: int) -> tuple[NDArray[np.float64], float]:
    """(T, channels) values and the frame time in seconds."""
    first_line = text.count("\n", 0, marker) + 1
    header, start = [], marker
    for _ in range(3):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        header.append(text[start:end].strip())
        start = end + 1

    def refuse(problem: str, line: int, remedy: str = "the file is cut short or damaged: export it again") -> InputError:
        return InputError(problem, file=file, place=f"line {first_line + line}", remedy=remedy)

    try:
        frames = int(header[1].split(":", 1)[1]) if header[1].lower().startswith("frames") else -1
    except (ValueError, IndexError):
        frames = -1
    if frames < 0:
        raise refuse("'Frames: N' is missing", 1)
    try:
        frame_time = float(header[2].split(":", 1)[1]) if header[2].lower().startswith("frame time") else -1.0
    except (ValueError, IndexError):
        frame_time = -1.0
    if not 1e-4 <= frame_time <= 10:
        raise refuse("'Frame Time: seconds' is missing or out of range", 2)
    if frames == 0:
        raise refuse("there are no frames", 1)
    if channels == 0:
        raise refuse("no joint has channels, so nothing moves", 0)
    lines = text[start:].split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    body = "\n".join(lines)
    try:
        values = np.array(body.split(), dtype=np.float64)
    except ValueError:
        raise _first_bad_line(file, lines, first_line + 3) from None
    if values.size != frames * channels:
        whole, rest = divmod(values.size, channels)
        raise InputError(
            f"{frames} frames of {channels} channels are announced, but there are {whole} frames" + (f" and {rest} values" if rest else ""),
            file=file,
            place=f"line {first_line + 3 + min(whole, frames)} (frame {min(whole, frames)})",
            remedy="the file is cut short or damaged: export it again",
        )
    values = values.reshape(frames, channels)
    if not np.isfinite(values).all():
        frame = int(np.argwhere(~np.isfinite(values))[0][0])
        raise InputError(
            "a value is not finite", file=file, place=f"line {first_line + 3 + frame} (frame {frame})", remedy="export it again"
        )
    return values, frame_time


def _first_bad_line(file: Path, lines: list[str], first: int) -> InputError:
    for number, line in enumerate(lines):
        for word in line.split():
            try:
                float(word)
            except ValueError:
                return InputError(
                    f"{word[:20]!r} is no number",
                    file=file,
                    place=f"line {first + number} (frame {number})",
                    remedy="export the file again",
                )
    return InputError("the motion is not readable", file=file, place=f"line {first}", remedy="export the file again")


def _rate(frame_time: float) -> float:
    """Frames a second; headers round the frame time, so a rate within 0.1 % of a whole number is that number."""
    rate = 1.0 / frame_time
    return float(round(rate)) if abs(rate - round(rate)) <= 1e-3 * rate else rate


def _axis_rotation(axis: str, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 3, 3) rotations about one axis."""
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.zeros((len(angle), 3, 3))
    i, j, k = {"X": (0, 1, 2), "Y": (1, 2, 0), "Z": (2, 0, 1)}[axis]
    matrix[:, i, i] = 1.0
    matrix[:, j, j] = matrix[:, k, k] = c
    matrix[:, k, j] = s
    matrix[:, j, k] = -s
    return matrix


def _forward_kinematics(nodes: list[_Node], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, J, 3) joint positions in the file's axes and units."""
    frames = len(values)
    positions = np.empty((frames, len(nodes), 3))
    rotations: list[NDArray[np.float64]] = []
    carrying = {node.parent for node in nodes}  # how a joint at the end of a branch turns moves nothing
    column = 0
    for index, node in enumerate(nodes):
        local = np.tile(np.asarray(node.offset), (frames, 1))
        turn: NDArray[np.float64] | None = None
        for channel in node.channels:
            if channel.endswith("position"):
                local[:, "XYZ".index(channel[0])] = values[:, column]
            elif index in carrying:
                step = _axis_rotation(channel[0], values[:, column])
                turn = step if turn is None else turn @ step
            column += 1
        if node.parent < 0:
            positions[:, index] = local
            rotations.append(np.broadcast_to(np.eye(3), (frames, 3, 3)) if turn is None else turn)
        else:
            above = rotations[node.parent]
            positions[:, index] = positions[:, node.parent] + np.einsum("tij,tj->ti", above, local)
            rotations.append(above if turn is None else above @ turn)
    return positions


def _as_take(file: Path, nodes: list[_Node], positions: NDArray[np.float64], fps: float) -> Take:
    roots = [i for i, node in enumerate(nodes) if node.parent < 0]
    if len(roots) > 2:
        raise InputError(f"there are {len(roots)} roots", file=file, remedy="give a file of one or two dancers")
    ends = [*roots[1:], len(nodes)]
    dancers = [range(start, end) for start, end in zip(roots, ends, strict=True)]
    parents = [tuple(nodes[i].parent - min(d) if nodes[i].parent >= 0 else -1 for i in d) for d in dancers]
    names = [_without_shared_prefix([nodes[i].name for i in d]) if len(dancers) == 2 else tuple(nodes[i].name for i in d) for d in dancers]
    if len(dancers) == 2 and parents[0] != parents[1]:
        raise InputError("the two roots carry different skeletons", file=file, remedy="export both dancers with the same skeleton")
    try:
        skeleton = Skeleton(f"bvh-{len(names[0])}", names[0], parents[0])
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None
    both = np.stack([positions[:, list(d)] for d in dancers], axis=1)
    return Take(both, fps, skeleton, (file.name,), to_z_up=Y_UP)


def _without_shared_prefix(names: list[str]) -> tuple[str, ...]:
    """Joint names less the dancer's prefix that they all share up to a separator (``A:hip`` → ``hip``)."""
    for separator in (":", "_"):
        prefixes = {name.split(separator, 1)[0] for name in names}
        if len(prefixes) == 1 and all(separator in name for name in names):
            return tuple(name.split(separator, 1)[1] for name in names)
    return tuple(names)
