"""TRC (Motion Analysis, OpenSim, Pose2Sim): one dancer a file, or two with prefixed marker names. Tabs or commas; the header says rate and unit.

y up by custom; where the body clearly stands along another axis, that one is up. Right-handed. An empty cell or ``nan`` is an unseen marker.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..take import ReadOptions, Take
from . import subjects
from .c3d import UNITS
from .placing import AXIS_WORDS, turn_to_z_up, upward
from .source import text_head, text_of

TITLE = "TRC"
_DAMAGED = "the file is cut short or damaged: export it again"


def recognises(file: Path, head: bytes) -> bool:
    return text_head(head).lstrip().lower().startswith("pathfiletype")


def read(file: Path, options: ReadOptions) -> Take:
    lines = text_of(file).lstrip("\ufeff").splitlines()
    if len(lines) < 6:
        raise InputError("the header is incomplete", file=file, place=f"line {len(lines)}", remedy=_DAMAGED)
    separator = "\t" if lines[1].count("\t") >= lines[1].count(",") else ","
    header = _header(file, lines, separator)
    labels = _labels(file, lines[3], separator)
    markers = len(labels)
    if markers != header["markers"]:
        raise InputError(f"{header['markers']:g} markers are announced, {markers} are named", file=file, place="line 4", remedy=_DAMAGED)
    rows = _rows(file, lines, separator, 2 + 3 * markers)
    # Some tools keep the header of the whole trial over a cut of it: rows that are whole and numbered in turn are accepted, with a warning.
    if len(rows) > header["frames"] or (len(rows) < header["frames"] and not _numbered(rows[:, 0])):
        raise InputError(
            f"{header['frames']:g} frames are announced, there are {len(rows)}",
            file=file,
            place=f"line {min(len(rows), int(header['frames'])) + 6}",
            remedy=_DAMAGED,
        )
    points = rows[:, 2:].reshape(len(rows), markers, 3)
    unknown = ~np.isfinite(points).all(axis=-1)
    points[unknown] = np.nan
    if unknown.all():
        raise InputError("no marker is known", file=file, remedy="export the markers again")
    positions, skeleton, warnings, names = subjects.split(file, labels, points, "markers")
    if len(rows) != header["frames"]:
        warnings.append(f"the header announces {header['frames']:g} frames, the file has {len(rows)}")
    if not _numbered(rows[:, 0]):
        warnings.append("the frame numbers are not consecutive: rows are taken as they come")
    axis = upward(positions, skeleton) or "y"
    if axis != "y":
        warnings.append(f"the body stands along another axis than TRC's y: {AXIS_WORDS[axis]}")
    unit = UNITS.get(str(header["unit"]).lower())
    if unit is None:
        warnings.append(f"the unit {header['unit']!r} is unknown: body proportions tell")
    meta: dict = {"warnings": warnings, "steps": [f"axes: {AXIS_WORDS[axis]}"]}
    if skeleton.name.startswith("markers-"):
        meta["bones"] = "guessed"
    if names and len(names) == positions.shape[1]:
        meta["dancers"] = names
    fps = options.fps or header["rate"]
    return Take(positions, fps, skeleton, (file.name,), to_z_up=turn_to_z_up(axis), metres_per_unit=unit, meta=meta)


def _header(file: Path, lines: list[str], separator: str) -> dict:
    keys = [key.strip().lower() for key in lines[1].split(separator)]
    cells = dict(zip(keys, (cell.strip() for cell in lines[2].split(separator)), strict=False))
    result: dict = {"unit": cells.get("units", "")}
    for name, key in (("rate", "datarate"), ("frames", "numframes"), ("markers", "nummarkers")):
        try:
            value = float(cells[key])
        except (KeyError, ValueError):
            raise InputError(f"{key} is missing or no number", file=file, place="line 3", remedy=_DAMAGED) from None
        low, high = (0.1, 10_000.0) if name == "rate" else (1, 1e8)
        if not low <= value <= high:
            raise InputError(f"{key} is {cells[key][:20]}", file=file, place="line 3", remedy=_DAMAGED)
        result[name] = value
    return result


def _labels(file: Path, line: str, separator: str) -> list[str]:
    """The marker names: every third cell after frame and time."""
    cells = [cell.strip() for cell in line.split(separator)]
    labels = cells[2::3]
    while labels and not labels[-1]:
        labels.pop()
    if cells[0].lower().rstrip("#") != "frame" or not labels:
        raise InputError("'Frame#, Time, markers' is missing", file=file, place="line 4", remedy=_DAMAGED)
    stray = [cell for i, cell in enumerate(cells[2:]) if i % 3 and cell]
    if stray or not all(labels):
        raise InputError("the marker names do not stand over every third column", file=file, place="line 4", remedy=_DAMAGED)
    if len(labels) > 10_000:
        raise InputError(f"there are {len(labels)} markers", file=file, place="line 4", remedy="give a file of one or two dancers")
    return labels


def _rows(file: Path, lines: list[str], separator: str, columns: int) -> NDArray[np.float64]:
    """(T, columns) numbers, NaN for empty cells. The line of axes (``X1 Y1 Z1``) and empty lines are passed over."""
    rows: list[list[float]] = []
    for number, line in enumerate(lines[4:], start=5):
        if not line.strip(separator + " \t\r"):
            continue
        cells = line.rstrip("\r\n ").split(separator)
        if number == 5 and any(cell.strip()[:1].upper() == "X" for cell in cells):
            continue
        while len(cells) > columns and not cells[-1].strip():
            cells.pop()
        if len(cells) < columns and separator == "\t" and len(cells) >= 2:
            # Writers strip unseen markers at the line's end; a cut line ends without a line break.
            if number == len(lines) or (len(cells) - 2) % 3 not in (0, 1):
                cells = []
            else:
                cells += [""] * (columns - len(cells))
        if len(cells) != columns:
            raise InputError(
                f"there are not {columns} cells in this row", file=file, place=f"line {number} (frame {len(rows)})", remedy=_DAMAGED
            )
        try:
            rows.append([float(cell) if cell.strip() else np.nan for cell in cells])
        except ValueError:
            word = next(cell for cell in cells if cell.strip() and not _is_number(cell))
            raise InputError(
                f"{word.strip()[:20]!r} is no number", file=file, place=f"line {number} (frame {len(rows)})", remedy=_DAMAGED
            ) from None
    if not rows:
        raise InputError("there are no frames", file=file, place=f"line {len(lines)}", remedy=_DAMAGED)
    return np.array(rows)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbered(numbers: NDArray) -> bool:
    return bool(np.isfinite(numbers).all() and (np.diff(numbers) == 1).all())
