"""MediaPipe Pose's 33 landmarks as people save them, one or two persons. Accepted layouts:

* JSON: a list of frames, or ``{"frames": [...], "fps": 30, "width": 1920, "height": 1080}`` (only ``frames`` is needed). A frame is a list of 33
  landmarks, a list of such lists (one for each person), or an object with them under ``pose_world_landmarks``, ``poseWorldLandmarks``,
  ``world_landmarks``, ``worldLandmarks`` (metres) or ``pose_landmarks``, ``poseLandmarks``, ``landmarks``, ``keypoints`` (image); null or [] where
  nobody was seen. A landmark is ``{"x": …, "y": …, "z": …, "visibility": …}`` or ``[x, y, z(, visibility)]``.
* CSV, one row a frame (and person): columns ``NAME_x, NAME_y, NAME_z(, NAME_visibility)`` for the 33 names, or ``x0, y0, z0(, v0)`` … from 0 or 1;
  besides, if wanted, ``frame``, ``person``, ``timestamp`` (seconds or milliseconds).
* CSV, one row a landmark: ``frame, landmark, x, y, z(, visibility)(, person)``, with the landmark's name or its number from 0.

World landmarks are metres from the middle of the hips (x right, y down, z away): no place in the room. Image landmarks are shares of the picture's
width and height: planar; without a stated size the picture is taken as 16:9. Which of the two it is, the hips tell.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..skeletons import by_name
from ..take import CAMERA, ReadOptions, Take
from .placing import NO_PLACEMENT, PLANAR
from .source import json_of, text_head, text_of
from .tracking import Detection, frame_axis, two_tracks

TITLE = "MediaPipe landmarks (JSON or CSV)"
DEFAULT_FPS = 30.0
JOINTS = 33
_WORLD = ("pose_world_landmarks", "poseWorldLandmarks", "world_landmarks", "worldLandmarks")
_IMAGE = ("pose_landmarks", "poseLandmarks", "landmarks", "keypoints")
_DAMAGED = "the file is cut short or damaged: export it again"

_LANDMARKS = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer", "left_ear",
    "right_ear", "mouth_left", "mouth_right", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist", "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
_NAMES = {name: index for index, name in enumerate(_LANDMARKS)}
_AXES = {"x": 0, "y": 1, "z": 2, "visibility": 3, "vis": 3, "v": 3, "score": 3}
_WIDE = re.compile(
    r"^(?:(?P<name>[a-z_ ]+)[_ .](?P<axis>x|y|z|visibility|vis|v|score)|(?P<short>x|y|z|v|visibility)_?(?P<number>\d{1,2}))$"
)

_Person = tuple[int, "int | None", NDArray]
"""Frame number, the person's number where the file has one, and (33, 4): x, y, z, visibility."""


def recognises(file: Path, head: bytes) -> bool:
    text = text_head(head).lstrip()
    if text.startswith(("[", "{")):
        if any(f'"{key}"' in text for key in (*_WORLD, *_IMAGE[:2], "landmarks")):
            return True
        return re.match(r"\[\s*\[", text) is not None or (text.startswith("[") and '"x"' in text and '"y"' in text)
    columns = _columns(text.split("\n", 1)[0])
    return _wide_columns(columns) is not None or {"frame", "landmark", "x", "y"} <= set(columns)


def read(file: Path, options: ReadOptions) -> Take:
    text = text_of(file).lstrip("\ufeff")
    facts: dict[str, float] = {}
    people = _from_json(file, facts) if text.lstrip()[:1] in ("[", "{") else _from_csv(file, text, facts)
    people = [person for person in people if np.isfinite(person[2][:, :2]).any()]
    if not people:
        raise InputError("no frame shows anybody", file=file, remedy="check that MediaPipe found people in the video")
    world = _are_world(people)
    size = np.array([facts.get("width", 16.0), facts.get("height", 9.0)])
    detections = []
    for order, (frame, person, points) in enumerate(people):
        if not world:
            pixels = abs(np.nanmedian(points[:, :2])) > 4  # some tools multiply by the picture's size
            points[:, :2] *= 1.0 if pixels else size
            points[:, 2] = 0.0
        detections.append(Detection(frame, points[:, : 3 if world else 2], person, order))
    tracks, warnings = two_tracks(detections)
    first, frames = frame_axis(file, {person[0] for person in people})
    positions = np.full((frames, len(tracks), JOINTS, 3), np.nan)
    confidence = np.zeros(positions.shape[:3], dtype=np.float32)
    for dancer, track in enumerate(tracks):
        for frame, order in track.items():
            positions[frame - first, dancer] = people[order][2][:, :3]
            confidence[frame - first, dancer] = np.clip(np.nan_to_num(people[order][2][:, 3], nan=1.0), 0, 1)
    positions[~np.isfinite(positions).all(axis=-1)] = np.nan
    if np.isnan(positions).all():
        raise InputError("no position is known", file=file, remedy="export the landmarks again")
    fps = options.fps or facts.get("fps")
    if not fps:
        fps = DEFAULT_FPS
        warnings.append(f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)")
    warnings.append(NO_PLACEMENT if world else PLANAR)
    if not world and "width" not in facts:
        warnings.append("the picture's size is not in the file: 16:9 is assumed")
    unit = 1.0 if world else None
    return Take(positions, fps, by_name("mediapipe-33"), (file.name,), to_z_up=CAMERA, metres_per_unit=unit, confidence=confidence,
                meta={"warnings": warnings})  # fmt: skip


def _are_world(people: list[_Person]) -> bool:
    """World landmarks have the middle of the hips at the origin."""
    hips = np.array([(points[23, :2] + points[24, :2]) / 2 for _, _, points in people[:2000]])
    hips = hips[np.isfinite(hips).all(axis=-1)]
    return bool(len(hips)) and float(np.median(np.abs(hips))) < 0.02


# --- JSON ---------------------------------------------------------------------------------------------------------------------------------


def _from_json(file: Path, facts: dict[str, float]) -> list[_Person]:
    content = json_of(file)
    if isinstance(content, dict):
        for key, low, high in (("fps", 0.1, 10_000), ("width", 1, 1e6), ("height", 1, 1e6)):
            value = content.get(key, content.get(f"image_{key}"))
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                if not low <= value <= high:
                    raise InputError(f"{key} is {value}"[:60], file=file, place=key, remedy="correct it, or give the rate with --fps")
                facts[key] = float(value)
        if ("width" in facts) != ("height" in facts):
            for key in ("width", "height"):
                facts.pop(key, None)
        content = content.get("frames", [content] if any(key in content for key in (*_WORLD, *_IMAGE)) else None)
    if not isinstance(content, list):
        raise InputError("there is no list of frames", file=file, remedy='give a list of frames, or {"frames": [...]}')
    people: list[_Person] = []
    for row, frame in enumerate(content):
        place = f"frame {row}"
        landmarks = frame
        if isinstance(frame, dict):
            keys = [k for k in (*_WORLD, *_IMAGE) if k in frame]
            if not keys:
                raise InputError("there are no landmarks", file=file, place=place, remedy=_DAMAGED)
            landmarks = frame[keys[0]]
            if isinstance(landmarks, dict) and set(landmarks) == {"landmark"}:
                landmarks = landmarks["landmark"]
        people.extend((row, None, person) for person in _persons(file, place, landmarks))
    return people


def _persons(file: Path, place: str, landmarks: object) -> list[NDArray]:
    if landmarks is None or landmarks == []:
        return []
    if not isinstance(landmarks, list):
        raise InputError("the landmarks are no list", file=file, place=place, remedy=_DAMAGED)
    first = landmarks[0]
    several = isinstance(first, list) and (not first or isinstance(first[0], (list, dict)))
    return [_landmarks(file, place, person) for person in (landmarks if several else [landmarks]) if person != []]


def _landmarks(file: Path, place: str, values: object) -> NDArray:
    if not isinstance(values, list) or len(values) != JOINTS:
        count = len(values) if isinstance(values, list) else 0
        raise InputError(f"a person has {count} landmarks, not {JOINTS}", file=file, place=place, remedy=_DAMAGED)
    points = np.full((JOINTS, 4), np.nan)
    for joint, value in enumerate(values):
        if isinstance(value, dict):
            cells = [value.get("x"), value.get("y"), value.get("z"), value.get("visibility", value.get("score"))]
        elif isinstance(value, list) and 2 <= len(value) <= 5:
            cells = value[:4]
        else:
            cells = ["?"]
        for axis, cell in enumerate(cells):
            if cell is None and axis >= 2:
                continue
            if not isinstance(cell, (int, float)) or isinstance(cell, bool):
                raise InputError(f"landmark {joint} has no numbers x and y", file=file, place=place, remedy=_DAMAGED)
            points[joint, axis] = _float(cell)
    return points


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf


# --- CSV ----------------------------------------------------------------------------------------------------------------------------------


def _columns(line: str) -> list[str]:
    return [cell.strip().strip('"').lower() for cell in re.split(r"[,;\t]", line.strip())]


def _wide_columns(columns: list[str]) -> dict[int, tuple[int, int]] | None:
    """Column → (landmark, axis), where at least x and y of all 33 landmarks have a column; else None."""
    found: dict[int, tuple[int, int]] = {}
    for column, title in enumerate(columns):
        match = _WIDE.match(title)
        if not match:
            continue
        if match["number"]:
            found[column] = (int(match["number"]), _AXES[match["short"]])
        else:
            joint = _NAMES.get(match["name"].strip().replace(" ", "_"))
            if joint is not None:
                found[column] = (joint, _AXES[match["axis"]])
    if found and min(joint for joint, _ in found.values()) == 1 and max(joint for joint, _ in found.values()) == JOINTS:
        found = {column: (joint - 1, axis) for column, (joint, axis) in found.items()}
    cells = set(found.values())
    complete = all((joint, axis) in cells for joint in range(JOINTS) for axis in (0, 1))
    return found if complete and len(cells) == len(found) and all(joint < JOINTS for joint, _ in cells) else None


def _from_csv(file: Path, text: str, facts: dict[str, float]) -> list[_Person]:
    lines = text.splitlines()
    columns = _columns(lines[0])
    separator = next((s for s in ",;\t" if s in lines[0]), ",")
    rows = list(csv.reader(lines[1:], delimiter=separator))
    wide = _wide_columns(columns)

    def cell(number: int, row: list[str], column: int, *, whole: bool = False) -> float:
        text = row[column].strip()
        if text == "" and not whole:
            return np.nan
        try:
            value = float(text)
        except ValueError:
            value = np.inf
        if np.isinf(value) or (whole and (value != int(value) if np.isfinite(value) else True)) or abs(value) > 1e12:
            raise InputError(f"{text[:20]!r} is no number", file=file, place=f"line {number}, column {columns[column]}", remedy=_DAMAGED)
        return value

    def at(*names: str) -> int | None:
        return next((columns.index(name) for name in names if name in columns), None)

    frame_at, person_at, time_at = (
        at("frame", "frame_number", "frame_id"),
        at("person", "person_id", "id", "dancer"),
        at("timestamp", "time"),
    )
    people: dict[tuple[int, int], NDArray] = {}
    times: dict[int, float] = {}
    landmark_at = at("landmark", "landmark_id")
    axes = {axis: c for axis, names in enumerate((("x",), ("y",), ("z",), ("visibility", "v", "score"))) if (c := at(*names)) is not None}
    for number, row in enumerate(rows, start=2):
        if not row or not any(row):
            continue
        if len(row) != len(columns):
            raise InputError(f"there are not {len(columns)} cells in this row", file=file, place=f"line {number}", remedy=_DAMAGED)
        frame = int(cell(number, row, frame_at, whole=True)) if frame_at is not None else number - 2
        person = 0
        if person_at is not None:
            person = (
                int(cell(number, row, person_at, whole=True))
                if row[person_at].strip().lstrip("-").isdigit()
                else _name_number(row[person_at])
            )
        points = people.get((frame, person))
        if points is not None and wide is not None:
            raise InputError(
                f"frame {frame} comes twice", file=file, place=f"line {number}", remedy="give one row for each frame and person"
            )
        if points is None:
            points = people[frame, person] = np.full((JOINTS, 4), np.nan)
        if time_at is not None:
            times[frame] = cell(number, row, time_at)
        if wide is not None:
            for column, (joint, axis) in wide.items():
                points[joint, axis] = cell(number, row, column)
        else:
            assert landmark_at is not None
            word = row[landmark_at].strip().lower()
            joint = _NAMES.get(word, int(word) if word.isdigit() and len(word) < 3 else -1)
            if not 0 <= joint < JOINTS:
                raise InputError(f"{word[:20]!r} is no landmark", file=file, place=f"line {number}", remedy=_DAMAGED)
            if np.isfinite(points[joint, :2]).any():
                raise InputError(f"landmark {word} of frame {frame} comes twice", file=file, place=f"line {number}", remedy=_DAMAGED)
            for axis, column in axes.items():
                points[joint, axis] = cell(number, row, column)
    _rate(times, facts)
    several = len({person for _, person in people}) > 1
    return [(frame, person if several else None, points) for (frame, person), points in people.items()]


def _name_number(text: str) -> int:
    """A number for a person's name that is the same in every run."""
    return int.from_bytes(text.strip().encode()[:6], "big") + 1_000


def _rate(times: dict[int, float], facts: dict[str, float]) -> None:
    """Frames a second from the times of frames; they are milliseconds where they would otherwise be slower than one a second."""
    frames = np.array(sorted(times))
    if len(frames) < 2:
        return
    step = np.diff([times[f] for f in frames]) / np.diff(frames)
    step = step[np.isfinite(step)]
    seconds = float(np.median(step)) if len(step) else 0.0
    seconds = seconds / 1000 if seconds > 1 else seconds
    if 1e-4 <= seconds <= 10:
        rate = 1 / seconds
        facts["fps"] = float(round(rate)) if abs(rate - round(rate)) <= 0.02 * rate and rate > 5 else rate
