"""A folder of OpenPose JSON, one file a frame (``…_000000000012_keypoints.json``, ``cam01.0012.json``), or one such file.

``people[].pose_keypoints_2d``: pixels and scores of BODY_25, BODY_25B (both 25: told apart by which has the shorter bones) or COCO (18). Poses are
planar. OpenPose knows nobody (``person_id`` is −1): people are followed by position, and the two who are seen longest are the dancers. Several
folders below the given one (one for each camera) are not mixed: give one camera's folder.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..skeletons import Skeleton, by_name
from ..take import CAMERA, ReadOptions, Take
from .placing import PLANAR
from .source import head_of, json_of, numbers, text_head
from .tracking import Detection, frame_axis, two_tracks

TITLE = "OpenPose JSON (a folder, one file a frame)"
DEFAULT_FPS = 30.0
MOST_FILES = 2_000_000
_SKELETONS = {25: ("body-25b", "body-25"), 18: ("coco-18",)}
_DAMAGED = "export the file again, or remove it (the frame stays unknown)"


def recognises(file: Path, head: bytes) -> bool:
    if file.is_dir():
        return any(_frame_files(file, most=1))
    text = text_head(head).lstrip()
    return text.startswith("{") and '"people"' in text


def read(file: Path, options: ReadOptions) -> Take:
    files = _frame_files(file) if file.is_dir() else [file]
    if len(files) > MOST_FILES:
        raise InputError(f"there are more than {MOST_FILES} files", file=file, remedy="give the folder of one take")
    numbered = _numbers_of(file, files)
    first, frames = frame_axis(file, set(numbered))
    people: list[NDArray] = []
    detections = []
    for number in sorted(numbered):
        for points in _people(numbered[number]):
            picture = np.where(points[:, 2:] > 0, points[:, :2], np.nan)
            detections.append(Detection(number, picture, None, len(people)))
            people.append(points)
    counts = {len(points) for points in people}
    if not people:
        raise InputError("no frame shows anybody", file=file, remedy="check that OpenPose found people in the video")
    if len(counts) != 1:
        raise InputError(
            f"people have {', '.join(map(str, sorted(counts)))} keypoints", file=file, remedy="give files of one OpenPose model"
        )
    tracks, warnings = two_tracks(detections)
    if not tracks:
        raise InputError("no keypoint is known", file=file, remedy="check that OpenPose found people in the video")
    skeleton = _skeleton(people, counts.pop())
    positions = np.full((frames, len(tracks), len(skeleton), 3), np.nan)
    confidence = np.zeros(positions.shape[:3], dtype=np.float32)
    for dancer, track in enumerate(tracks):
        for number, order in track.items():
            points = people[order]
            seen = points[:, 2] > 0
            positions[number - first, dancer, seen, :2] = points[seen, :2]
            positions[number - first, dancer, seen, 2] = 0.0
            confidence[number - first, dancer] = np.clip(points[:, 2], 0, 1)
    if frames > len(numbered):
        warnings.append(f"{frames - len(numbered)} frames have no file")
    if not options.fps:
        warnings.append(f"the files name no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)")
    warnings.append(PLANAR)
    return Take(
        positions,
        options.fps or DEFAULT_FPS,
        skeleton,
        (file.name,),
        to_z_up=CAMERA,
        confidence=confidence,
        meta={"warnings": warnings},
    )


def _frame_files(folder: Path, most: int | None = None) -> list[Path]:
    """The frame files in *folder*; no more than *most*. Files that are no OpenPose JSON are passed over."""
    try:
        candidates = sorted(p for p in folder.iterdir() if p.suffix.lower() == ".json" and p.is_file())
    except OSError as error:
        raise InputError(f"this folder cannot be read ({error.strerror})", file=folder, remedy="check its permissions") from None
    if most is None:
        return candidates
    found = []
    for path in candidates[:20]:
        try:
            text = text_head(head_of(path))
        except InputError:
            continue
        if '"people"' in text:
            found.append(path)
            if len(found) >= most:
                break
    return found


def _numbers_of(folder: Path, files: list[Path]) -> dict[int, Path]:
    """Frame number → file. The number is the last one in a file's name."""
    numbered: dict[int, Path] = {}
    for path in files:
        digits = re.findall(r"\d+", path.stem)
        number = int(digits[-1]) if digits and len(digits[-1]) <= 18 else 0
        if number in numbered:
            raise InputError(
                f"{numbered[number].name} and {path.name} are the same frame", file=folder, remedy="give a folder with one camera's files"
            )
        numbered[number] = path
    return numbered


def _people(file: Path) -> list[NDArray]:
    """(K, 3) keypoints of each person in a frame file: x, y, score. People without keypoints are passed over."""
    head_of(file)
    content = json_of(file)
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list):
        raise InputError("there is no list of people", file=file, remedy=_DAMAGED)
    found = []
    for number, person in enumerate(people):
        values = person.get("pose_keypoints_2d", person.get("pose_keypoints")) if isinstance(person, dict) else None
        if not isinstance(values, list):
            raise InputError("this person has no pose_keypoints_2d", file=file, place=f"person {number}", remedy=_DAMAGED)
        if not values:
            continue
        points = numbers(values)
        if points is None or points.size % 3 or points.size // 3 not in _SKELETONS or not np.isfinite(points).all():
            raise InputError(
                f"pose_keypoints_2d are not 18 or 25 × (x, y, score) ({len(values)} values)",
                file=file,
                place=f"person {number}",
                remedy=_DAMAGED,
            )
        found.append(points.reshape(-1, 3))
    return found


def _skeleton(people: list[NDArray], count: int) -> Skeleton:
    """The skeleton with *count* keypoints whose bones are the shortest in these people."""
    sample = np.stack(people[:: max(1, len(people) // 300)])
    points = np.where(sample[..., 2:] > 0, sample[..., :2], np.nan)

    def length(skeleton: Skeleton) -> float:
        parents, children = np.array(skeleton.bones).T
        bones = np.linalg.norm(points[:, parents] - points[:, children], axis=-1)
        bones = bones[np.isfinite(bones)]
        return float(bones.mean()) if bones.size else np.inf

    return min((by_name(name) for name in _SKELETONS[count]), key=length)
