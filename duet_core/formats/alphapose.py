"""AlphaPose results JSON, with or without HybrIK: a list of detections ``{"image_id": "12.jpg", "keypoints": […], "idx": 1, "pred_xyz_jts": […]}``.

``pred_xyz_jts`` (24 × 3) are metres from the pelvis in the camera's frame (x right, y down, z away): bodies in 3D without a place. ``keypoints`` are
pixels with scores: 17 (COCO), 26 (Halpe) or 29 (HybrIK). Where both are there, each body is put where the picture has it, across and up; the depth
between the dancers is not in the data. Where only keypoints are there, the poses are planar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..skeletons import Skeleton, by_name
from ..take import CAMERA, ReadOptions, Take
from .placing import NO_PLACEMENT, PLANAR
from .source import json_of, numbers, text_head
from .tracking import Detection, frame_axis, two_tracks

TITLE = "AlphaPose or HybrIK JSON"
DEFAULT_FPS = 30.0
PICTURE_PLACEMENT = "the dancers' places across the picture are estimated from their keypoints; the depth between the dancers is absent: both stand at one depth"
_KEYPOINTS = {17: "coco-17", 26: "halpe-26", 29: "hybrik-29"}
_SHARED = [*range(15), *range(16, 22)]
"""Joints that HybrIK's 29 and SMPL's 24 have under the same index and name."""

_DAMAGED = "the file is cut short or damaged: export it again"


def recognises(file: Path, head: bytes) -> bool:
    text = text_head(head).lstrip()
    return text.startswith("[") and '"image_id"' in text and ('"keypoints"' in text or '"pred_xyz_jts"' in text)


@dataclass(frozen=True)
class _Person:
    frame: int
    identity: int | None
    keypoints: NDArray | None  # (K, 3): pixels and score
    body: NDArray | None  # (24, 3) metres from the pelvis


def read(file: Path, options: ReadOptions) -> Take:
    entries = json_of(file)
    if not isinstance(entries, list) or not entries:
        raise InputError("there are no detections", file=file, remedy="give AlphaPose's list of detections")
    people = [_person(file, number, entry) for number, entry in enumerate(entries)]
    bodies = all(person.body is not None for person in people)
    kinds = {None if p.keypoints is None else len(p.keypoints) for p in people}
    if len(kinds) != 1 or (None in kinds and not bodies):
        raise InputError("some detections have keypoints that others have not, or others", file=file, remedy=_DAMAGED)
    detections = [Detection(p.frame, _picture(p), p.identity, order) for order, p in enumerate(people)]
    tracks, warnings = two_tracks(detections)
    if not tracks:
        raise InputError("no position is known", file=file, remedy="export the poses again")
    first, frames = frame_axis(file, {p.frame for p in people})
    missing = frames - len({p.frame for p in people})
    if missing:
        warnings.append(f"{missing} frames show nobody")
    if not options.fps:
        warnings.append(f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)")
    skeleton = by_name("smpl-24") if bodies else by_name(_KEYPOINTS[len(people[0].keypoints)])  # type: ignore[arg-type]
    positions, confidence = _filled(people, tracks, first, frames, skeleton, bodies)
    placed = bodies and _placed(people, tracks, first, positions)
    warnings.append(PLANAR if not bodies else PICTURE_PLACEMENT if placed else NO_PLACEMENT)
    return Take(
        positions,
        options.fps or DEFAULT_FPS,
        skeleton,
        (file.name,),
        to_z_up=CAMERA,
        metres_per_unit=1.0 if bodies else None,
        confidence=confidence,
        meta={"warnings": warnings},
    )


def _person(file: Path, number: int, entry: object) -> _Person:
    def refuse(problem: str) -> InputError:
        return InputError(problem, file=file, place=f"detection {number}", remedy=_DAMAGED)

    if not isinstance(entry, dict):
        raise refuse("this is no detection")
    image = entry.get("image_id")
    digits = re.findall(r"\d+", image) if isinstance(image, str) else [str(image)] if type(image) is int and image >= 0 else []
    if not digits or len(digits[-1]) > 12:
        raise refuse("image_id has no frame number")
    keypoints = _numbers(entry.get("keypoints"))
    if "keypoints" in entry:
        if keypoints is None or keypoints.size % 3 or keypoints.size // 3 not in _KEYPOINTS:
            raise refuse(f"keypoints are not {', '.join(map(str, _KEYPOINTS))} × (x, y, score)")
        keypoints = keypoints.reshape(-1, 3)
    body = _numbers(entry.get("pred_xyz_jts"))
    if "pred_xyz_jts" in entry:
        if body is None or body.size != 72:
            raise refuse("pred_xyz_jts are not 24 × (x, y, z)")
        body = body.reshape(24, 3)
    if keypoints is None and body is None:
        raise refuse("there are neither keypoints nor pred_xyz_jts")
    idx = entry.get("idx")
    while isinstance(idx, list) and idx:
        idx = idx[0]
    identity = int(idx) if isinstance(idx, (int, float)) and abs(idx) < 1e9 else None
    return _Person(int(digits[-1]), identity, keypoints, body)


def _numbers(values: object) -> NDArray | None:
    array = numbers(values) if isinstance(values, list) else None
    return None if array is None or not np.isfinite(array).all() else array


def _picture(person: _Person) -> NDArray:
    if person.keypoints is None:
        return np.asarray(person.body)[:, :2]
    points = person.keypoints[:, :2].copy()
    points[person.keypoints[:, 2] <= 0] = np.nan
    return points


def _filled(
    people: list[_Person], tracks: list[dict[int, int]], first: int, frames: int, skeleton: Skeleton, bodies: bool
) -> tuple[NDArray, NDArray]:
    """(T, D, J, 3) positions and (T, D, J) confidence."""
    positions = np.full((frames, len(tracks), len(skeleton), 3), np.nan)
    confidence = np.zeros(positions.shape[:3], dtype=np.float32)
    for dancer, track in enumerate(tracks):
        for frame, order in track.items():
            person = people[order]
            row = frame - first
            if bodies:
                positions[row, dancer] = person.body
                scores = np.ones(24)
                if person.keypoints is not None and len(person.keypoints) == 29:
                    scores[_SHARED] = person.keypoints[_SHARED, 2]
            else:
                assert person.keypoints is not None
                scores = person.keypoints[:, 2]
                positions[row, dancer, :, :2] = person.keypoints[:, :2]
                positions[row, dancer, :, 2] = 0.0
                positions[row, dancer, scores <= 0] = np.nan
            confidence[row, dancer] = np.clip(scores, 0, 1)
    return positions, confidence


def _placed(people: list[_Person], tracks: list[dict[int, int]], first: int, positions: NDArray) -> bool:
    """Move each body to its place in the picture (weak perspective: one scale of pixels to a metre for the whole take). Whether that was possible."""
    scales = []
    for track in tracks:
        for order in track.values():
            person = people[order]
            if person.keypoints is None or len(person.keypoints) != 29 or person.body is None:
                return False
            image, body = person.keypoints[_SHARED, :2], person.body[_SHARED, :2]
            image, body = image - image.mean(axis=0), body - body.mean(axis=0)
            if (body**2).sum() > 0:
                scales.append(float((image * body).sum() / (body**2).sum()))
    scale = float(np.median(scales)) if scales else 0.0
    if not (np.isfinite(scale) and scale > 1e-3):
        return False
    for dancer, track in enumerate(tracks):
        for frame, order in track.items():
            person = people[order]
            assert person.keypoints is not None and person.body is not None
            shift = person.keypoints[_SHARED, :2].mean(axis=0) / scale - person.body[_SHARED, :2].mean(axis=0)
            positions[frame - first, dancer, :, :2] += shift
    return True
