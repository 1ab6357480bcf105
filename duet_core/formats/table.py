"""Tidy tables, ``.csv`` or ``.parquet``: one row for each joint of each dancer in each frame. What we export, and what data frames make easily.

Columns, in any order, by name: ``frame``, ``joint``, ``x``, ``y``, ``z``; besides ``dancer`` (a name or number; without it, a solo), ``confidence``
(0..1) and ``time`` (seconds, from which the rate follows). Metres, z up, right-handed: a table whose bodies say otherwise is turned and scaled, with a
warning. A missing row, or an empty or ``nan`` cell, is an unknown position. Separators: comma, semicolon or tab.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..errors import InputError
from ..files import written
from ..room import ADULT_LEG, leg_length
from ..skeletons import Skeleton, by_joint_names, guessed_bones
from ..take import Y_UP, ReadOptions, Take
from .placing import AXIS_WORDS, turn_to_z_up, upward
from .source import text_head, text_of
from .tracking import frame_axis

TITLE = "tidy CSV or Parquet (frame, dancer, joint, x, y, z)"
DEFAULT_FPS = 30.0
MOST_JOINTS = 2000
_NEEDED = ("frame", "joint", "x", "y", "z")
_KNOWN = (*_NEEDED, "dancer", "confidence", "time")
_AS = {"person": "dancer", "subject": "dancer", "score": "confidence", "visibility": "confidence", "timestamp": "time", "seconds": "time",
       "keypoint": "joint", "marker": "joint", "bodypart": "joint"}  # fmt: skip
_DAMAGED = "the file is cut short or damaged: export it again"
_ROWS_AT_ONCE = 200_000


def recognises(file: Path, head: bytes) -> bool:
    if head.startswith(b"PAR1"):
        return True
    return set(_NEEDED) <= set(_titles(text_head(head).lstrip().split("\n", 1)[0])[0])


def read(file: Path, options: ReadOptions) -> Take:
    with file.open("rb") as stream:
        parquet = stream.read(4) == b"PAR1"
    columns = _from_parquet(file) if parquet else _from_csv(file)
    return _take(file, columns, options)


def write(clip: Clip, path: str | PathLike[str]) -> None:
    """Write *clip* as a tidy CSV, whole or not at all. Unknown positions are empty cells. Reading it again gives the same positions."""
    joints = clip.skeleton.joints
    with written(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow(["frame", "time", "dancer", "joint", "x", "y", "z", "confidence"])
        for frame in range(clip.frames):
            time = f"{frame / clip.fps:.6f}"
            for dancer, name in enumerate(clip.names):
                for joint, (point, sure) in enumerate(zip(clip.positions[frame, dancer], clip.confidence[frame, dancer], strict=True)):
                    cells = ["", "", ""] if np.isnan(point[0]) else [str(value) for value in point]
                    rows.writerow([frame, time, name, joints[joint], *cells, str(sure)])


_Columns = dict[str, "NDArray | tuple[list[str], NDArray]"]
"""Numbers by column; ``joint`` and ``dancer`` as (distinct words, the index of each row's word)."""


class _Words:
    """The distinct words of a column, in the order of their first row."""

    def __init__(self) -> None:
        self.index: dict[str, int] = {}

    def __call__(self, words: Iterator[str]) -> NDArray[np.int32]:
        index = self.index
        return np.array([index.setdefault(word, len(index)) for word in words], dtype=np.int32)


def _titles(line: str) -> tuple[list[str], str]:
    """The columns' names in lower case, under the names that we know, and the separator."""
    line = line.strip("\r\n")
    separator = max(",;\t", key=line.count)
    titles = [title.strip().strip('"').lower() for title in line.split(separator)]
    return [_AS.get(title, title) if _AS.get(title) not in titles else title for title in titles], separator


def _from_csv(file: Path) -> _Columns:
    text = text_of(file).lstrip("\ufeff")
    lines = _lines(text)
    titles, separator = _titles(next(lines))
    wanted = {title: titles.index(title) for title in _KNOWN if title in titles}
    words = {"joint": _Words(), "dancer": _Words()}
    parts: dict[str, list[NDArray]] = {title: [] for title in wanted}
    reader = csv.reader(lines, delimiter=separator, strict=True)
    first = 2
    try:
        while rows := [row for row, _ in zip(reader, range(_ROWS_AT_ONCE), strict=False)]:
            widths = {len(row) for row in rows}
            if widths != {len(titles)}:
                rows = _without_empty(file, rows, len(titles), first)
            by_column = list(zip(*rows, strict=True)) or [()] * len(titles)
            for title, column in wanted.items():
                if title in words:
                    parts[title].append(words[title](cell.strip() for cell in by_column[column]))
                else:
                    parts[title].append(_numbers(file, by_column[column], title, first))
            first += len(rows)
    except csv.Error as error:
        raise InputError(f"this is no sound CSV ({error})"[:160], file=file, place=f"line {reader.line_num + 1}", remedy=_DAMAGED) from None
    joined = {title: np.concatenate(values) if values else np.empty(0) for title, values in parts.items()}
    return {title: (list(words[title].index), values.astype(np.int32)) if title in words else values for title, values in joined.items()}


def _lines(text: str) -> Iterator[str]:
    """The lines of *text* one by one; to split an hour of poses at once would take several times its memory."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _without_empty(file: Path, rows: list[list[str]], columns: int, first: int) -> list[list[str]]:
    for number, row in enumerate(rows, start=first):
        if row and len(row) != columns:
            raise InputError(f"there are {len(row)} cells in this row, not {columns}", file=file, place=f"line {number}", remedy=_DAMAGED)
    return [row for row in rows if row]


def _numbers(file: Path, cells: tuple[str, ...], title: str, first: int) -> NDArray[np.float64]:
    try:
        return np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
    except ValueError:
        values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        try:
            values[row] = float(cell) if cell.strip() else np.nan
        except ValueError:
            raise InputError(
                f"{cell.strip()[:20]!r} is no number", file=file, place=f"line {first + row}, {title}", remedy=_DAMAGED
            ) from None
    return values


def _from_parquet(file: Path) -> _Columns:
    load = _parquet_loader(file)
    try:
        table = load(file)
    except Exception as error:  # the libraries have errors of their own
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"this is no sound Parquet file ({reason})", file=file, remedy="write it again") from None
    columns = {_AS.get(str(title).lower(), str(title).lower()): values for title, values in table.items()}
    missing = [title for title in _NEEDED if title not in columns]
    if missing:
        raise InputError(f"column {', '.join(missing)} is missing", file=file, remedy="give " + ", ".join(_NEEDED))
    result: _Columns = {}
    for title in _KNOWN:
        if title not in columns:
            continue
        if title in ("joint", "dancer"):
            words = _Words()
            indices = words(str(value) for value in columns[title])
            result[title] = (list(words.index), indices)
        else:
            try:
                result[title] = np.asarray(columns[title], dtype=np.float64)
            except (ValueError, TypeError):
                raise InputError(f"column {title} does not hold numbers", file=file, remedy="write numbers") from None
    return result


def _parquet_loader(file: Path) -> Callable[[Path], dict]:
    """What reads Parquet here: pyarrow, or pandas with any engine. Neither is bundled, since both are compiled."""
    reasons = []
    for load in (_with_pyarrow, _with_pandas):
        try:
            return load()
        except ImportError as error:  # not installed, or for another NumPy than this one
            reasons.append(" ".join(str(error).split())[:80])
    raise InputError(
        f"Parquet needs a library that is not here ({'; '.join(reasons)})",
        file=file,
        remedy="install pyarrow for this Python (pip install pyarrow, a version that fits its NumPy), or save the table as CSV",
    )


def _with_pyarrow() -> Callable[[Path], dict]:
    from pyarrow.parquet import read_table

    def load(path: Path) -> dict:
        table = read_table(path)
        return {name: np.array(table.column(name).to_pylist(), dtype=object) for name in table.column_names}

    return load


def _with_pandas() -> Callable[[Path], dict]:
    from pandas import read_parquet

    return lambda path: {str(name): column.to_numpy() for name, column in read_parquet(path).items()}


def _number(columns: _Columns, title: str) -> NDArray:
    values = columns[title]
    assert isinstance(values, np.ndarray)
    return values


def _placed(file: Path, columns: _Columns) -> tuple[NDArray, NDArray | None, float]:
    """Positions (T, D, J, 3) and confidence (T, D, J), dancers and joints in the order of their first rows; and the share of positions without a row."""
    frame_column = _number(columns, "frame")
    if not frame_column.size:
        raise InputError("there are no rows", file=file, remedy="export the poses again")
    if not np.isfinite(frame_column).all() or (frame_column != np.round(frame_column)).any() or np.abs(frame_column).max() > 1e12:
        bad = int(np.argmax(~np.isfinite(frame_column) | (frame_column != np.round(frame_column)) | (np.abs(frame_column) > 1e12)))
        raise InputError("a frame number is no whole number", file=file, place=f"row {bad + 1}", remedy=_DAMAGED)
    joints, joint_of = columns["joint"]
    dancers, dancer_of = columns.get("dancer", (["A"], np.zeros(len(frame_column), dtype=np.int32)))
    assert isinstance(joint_of, np.ndarray) and isinstance(dancer_of, np.ndarray)
    if not 1 <= len(dancers) <= 2:
        raise InputError(
            f"there are {len(dancers)} dancers", file=file, place=f"dancer {dancers[2]!r}"[:60], remedy="give one or two dancers"
        )
    if len(joints) > MOST_JOINTS or not all(joints):
        raise InputError(f"there are {len(joints)} joint names, or one is empty", file=file, remedy="name each row's joint")
    rows = frame_column.astype(np.int64)
    first, frames = frame_axis(file, set(np.unique(rows).tolist()))
    if frames * len(dancers) * len(joints) > 50 * len(rows) + 100_000:
        raise InputError(f"{len(joints)} joints are named, but most have few rows", file=file, remedy=_DAMAGED)
    cell = ((rows - first) * len(dancers) + dancer_of) * len(joints) + joint_of
    size = frames * len(dancers) * len(joints)
    count = np.bincount(cell, minlength=size)
    if count.max() > 1:
        where = int(np.argmax(count))
        raise InputError(
            f"joint {joints[where % len(joints)][:40]!r} of dancer {dancers[where // len(joints) % len(dancers)][:40]!r} comes twice",
            file=file,
            place=f"frame {first + where // (len(joints) * len(dancers))}",
            remedy="give one row for each frame, dancer and joint",
        )
    shape = (frames, len(dancers), len(joints))
    positions = np.full((size, 3), np.nan)
    positions[cell] = np.stack([_number(columns, axis) for axis in "xyz"], axis=-1)
    positions = positions.reshape(*shape, 3)
    if np.isinf(positions).any():
        raise InputError("a position is infinite", file=file, remedy="leave the cell empty where a position is unknown")
    if not np.isfinite(positions).all(axis=-1).any():
        raise InputError("no position is known", file=file, remedy="export the poses again")
    confidence = None
    if "confidence" in columns:
        confidence = np.zeros(size)
        confidence[cell] = _number(columns, "confidence")
        confidence = confidence.reshape(shape)
    return positions, confidence, float(1 - np.count_nonzero(count) / size)


def _take(file: Path, columns: _Columns, options: ReadOptions) -> Take:
    positions, confidence, missing = _placed(file, columns)
    joints, dancers = columns["joint"][0], columns.get("dancer", (["A"],))[0]
    skeleton, positions, confidence, warnings = _with_skeleton(file, joints, positions, confidence)
    if missing > 0:
        warnings.append(f"{missing:.1%} of the rows that the frames, dancers and joints span are missing")
    fps = options.fps or (_rate(_number(columns, "frame"), _number(columns, "time")) if "time" in columns else None)
    if not fps:
        fps = DEFAULT_FPS
        warnings.append(f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)")
    meta: dict = {"warnings": warnings, "dancers": dancers}
    axis, leg = upward(positions, skeleton), leg_length(positions, skeleton)
    in_metres = leg is None or 0.5 * ADULT_LEG[0] <= leg <= 1.5 * ADULT_LEG[1]
    settled = axis in (None, "z") and in_metres
    if axis not in (None, "z"):
        warnings.append(f"the bodies say {AXIS_WORDS[str(axis)]}: turned to z up")
    if not in_metres:
        warnings.append(f"legs of {leg:.3g} units are no metres: body proportions tell the unit")
    turn = Y_UP if axis is None and not settled else turn_to_z_up(axis or "z")
    return Take(
        positions,
        fps,
        skeleton,
        (file.name,),
        to_z_up=turn,
        metres_per_unit=1.0 if in_metres else None,
        settled=settled,
        confidence=confidence,
        meta=meta,
    )


def _with_skeleton(
    file: Path, names: list[str], positions: NDArray, confidence: NDArray | None
) -> tuple[Skeleton, NDArray, NDArray | None, list[str]]:
    """A skeleton for joints called *names*: the known one with these joints (then in its order), or guessed bones."""
    known = by_joint_names(tuple(names))
    if known is not None:
        order = [names.index(joint) for joint in known.joints]
        return known, positions[:, :, order], None if confidence is None else confidence[:, :, order], []
    try:
        skeleton = Skeleton(f"table-{len(names)}", tuple(names), guessed_bones(positions, tuple(names)))
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None
    return skeleton, positions, confidence, ["the joints are no known skeleton: bones follow names and distances"]


def _rate(frames: NDArray, time: NDArray) -> float | None:
    """Frames a second by the least-squares slope of time over frames; a rate within 0.1 % of a whole number is that number."""
    known = np.isfinite(time)
    frames, time = frames[known].astype(np.float64), time[known]
    if not len(frames) or np.ptp(frames) == 0:
        return None
    away = frames - frames.mean()
    seconds = float((away * (time - time.mean())).sum() / (away**2).sum())
    if not 1e-4 <= seconds <= 10:
        return None
    rate = 1 / seconds
    return float(round(rate)) if abs(rate - round(rate)) <= 1e-3 * rate else round(rate, 4)
