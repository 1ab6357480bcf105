"""People found frame by frame (``Detection``) become two dancers over time: by the tool's identity where it has one, and by position.

Estimators that look at single frames know nobody: they list people in any order, miss some, find bystanders and ghosts. Identities that a tracker
gives are better, but some files number people anew in each frame (by score, say): identities that contradict the movement are not believed. Swaps that
remain are the cleaning's business, not a reader's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

_GATE = 0.75
"""A person may move that many of its own sizes between two frames where it is seen (more after a gap)."""

_SAME_NAME = 0.5
"""An identity that the tool keeps counts as much as being that many sizes nearer."""

_CONTRADICTION, _MOST_CONTRADICTED = 0.1, 0.02
"""A number contradicts the movement where somebody else is nearer by that many sizes; numbers are believed up to that share of contradictions."""

_MOST_PEOPLE = 64


@dataclass(frozen=True)
class Detection:
    """One person in one frame.

    Attributes:
        frame: frame number.
        picture: (K, 2 or 3) points by which people are told apart (pixels, say), NaN where unknown.
        identity: the tool's number for this person; None where it has none.
        order: its place in the file, which the caller finds the detection by.
    """

    frame: int
    picture: NDArray
    identity: int | None
    order: int


@dataclass
class _Track:
    frames: list[int] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    pictures: list[NDArray] = field(default_factory=list)
    identity: int | None = None


def frame_axis(file: Path, numbers: set[int]) -> tuple[int, int]:
    """First frame and count of frames from the first to the last of *numbers*. Raises InputError where they leap absurdly far."""
    first, last = min(numbers), max(numbers)
    span = last - first + 1
    if span > 20 * len(numbers) + 3000:
        raise InputError(
            f"frame numbers leap from {first} to {last}, with poses in {len(numbers)} of them",
            file=file,
            remedy="number the frames in turn",
        )
    return first, span


def two_tracks(detections: list[Detection]) -> tuple[list[dict[int, int]], list[str]]:
    """For each of the one or two dancers: frame → the detection's ``order``; and warnings.

    The dancers are the two people who are present longest; those on the left at first (smaller x) come first.
    """
    by_frame: dict[int, list[Detection]] = {}
    for detection in detections:
        if np.isfinite(detection.picture).all(axis=-1).any():
            by_frame.setdefault(detection.frame, []).append(detection)
    if not by_frame:
        return [], []
    size = _typical_size([d.picture for people in by_frame.values() for d in people[:4]])
    warnings = []
    if not _numbers_follow_people(by_frame, size):
        by_frame = {frame: [replace(d, identity=None) for d in people] for frame, people in by_frame.items()}
        warnings.append("the file's numbers of people do not follow them from frame to frame: people are told apart by position")
    tracks: list[_Track] = []
    for frame in sorted(by_frame):
        _extend(tracks, by_frame[frame][:_MOST_PEOPLE], frame, size)
    dancers = _chosen(tracks, size)
    extra = sum(len(people) for people in by_frame.values()) - sum(len(t.frames) for t in dancers)
    crowded = sum(len(people) > 2 for people in by_frame.values())
    if extra > 0:
        warnings.append(f"{extra} detections belong to neither dancer and are left out ({crowded} frames show more than two people)")
    alone = len(set(dancers[0].frames) ^ set(dancers[1].frames)) if len(dancers) == 2 else 0
    if alone:
        warnings.append(f"{alone} frames show one of the dancers only")
    dancers.sort(key=lambda track: (min(track.frames) > min(by_frame) + 25, float(np.median([_place(p)[0] for p in track.pictures[:25]]))))
    return [dict(zip(track.frames, track.members, strict=True)) for track in dancers], warnings


def _typical_size(pictures: list[NDArray]) -> float:
    sizes = []
    for points in pictures[:2000]:
        known = points[np.isfinite(points).all(axis=-1)]
        if len(known) > 1:
            sizes.append(float(np.linalg.norm(np.ptp(known, axis=0))))
    size = float(np.median(sizes)) if sizes else 1.0
    return size if np.isfinite(size) and size > 0 else 1.0


def _place(points: NDArray) -> NDArray:
    known = points[np.isfinite(points).all(axis=-1)]
    return np.median(known, axis=0)


def _away(first: NDArray, second: NDArray) -> float:
    """How far two poses are apart: the mean distance of the points that both have, or else of the poses' middles."""
    between = np.sqrt(((first - second) ** 2).sum(axis=-1))
    known = np.isfinite(between)
    if known.sum() >= 0.3 * len(between):
        return float(between[known].mean())
    return float(np.linalg.norm(_place(first) - _place(second)))


def _numbers_follow_people(by_frame: dict[int, list[Detection]], size: float) -> bool:
    """Whether the identities in the file agree with who is near whom in the next frame."""
    asked = wrong = 0
    for frame, people in by_frame.items():
        before = by_frame.get(frame - 1, [])
        if len(people) < 2 or len(before) < 2 or asked > 20_000:
            continue
        for person in people[:8]:
            same = [other for other in before[:8] if other.identity == person.identity]
            if person.identity is None or len(same) != 1:
                continue
            others = [other for other in before[:8] if other is not same[0]]
            nearest = min(_away(person.picture, other.picture) for other in others)
            asked += 1
            wrong += _away(person.picture, same[0].picture) > nearest + _CONTRADICTION * size
    return wrong <= _MOST_CONTRADICTED * asked


def _extend(tracks: list[_Track], people: list[Detection], frame: int, size: float) -> None:
    """Give each of *people* to the track it continues best, nearest pairs first, or start a track with it."""
    recent = [t for t in tracks if frame - t.frames[-1] <= 30 or t.identity is not None][-_MOST_PEOPLE:]
    pairs = []
    for i, person in enumerate(people):
        for k, track in enumerate(recent):
            gap = frame - track.frames[-1]
            away = _away(person.picture, track.pictures[-1]) / size
            same = person.identity is not None and person.identity == track.identity
            if away <= _GATE * (1 + 0.2 * min(gap, 20)) or same:
                pairs.append((away - _SAME_NAME * same + 0.01 * min(gap, 30), i, k))
    taken: set[int] = set()
    given: set[int] = set()
    for _, i, k in sorted(pairs):
        if i not in taken and k not in given:
            taken.add(i)
            given.add(k)
            _append(recent[k], people[i])
    for i, person in enumerate(people):
        if i not in taken:
            tracks.append(_Track())
            _append(tracks[-1], person)


def _append(track: _Track, person: Detection) -> None:
    track.frames.append(person.frame)
    track.members.append(person.order)
    track.pictures.append(person.picture)
    if person.identity is not None:
        track.identity = person.identity


def _chosen(tracks: list[_Track], size: float) -> list[_Track]:
    """The two longest tracks, each with the fragments that continue it in frames where it has nobody."""
    ranked = sorted(tracks, key=lambda t: (-len(t.frames), t.frames[0]))
    dancers = ranked[:2]
    if len(dancers) == 2 and not set(dancers[0].frames) & set(dancers[1].frames):
        # Two pieces of one person, perhaps: a second dancer shares frames with the first.
        sharing = [t for t in ranked[1:] if set(t.frames) & set(dancers[0].frames)]
        dancers = [ranked[0], *sharing[:1]]
    if len(dancers) == 2 and len(dancers[1].frames) < min(2, 0.1 * len(dancers[0].frames)) + 0.02 * len(dancers[0].frames):
        dancers = dancers[:1]
    for track in sorted((t for t in ranked if all(t is not d for d in dancers)), key=lambda t: t.frames[0]):
        options = [(away, k) for k, dancer in enumerate(dancers) if (away := _gap_to(track, dancer, size)) is not None]
        if options:
            _continue(dancers[min(options)[1]], track)
    return dancers


def _gap_to(track: _Track, dancer: _Track, size: float) -> float | None:
    """How well *track* fills frames where *dancer* is missing: the distance to its nearest frame, in sizes; None where it is too far or fills none.

    The frames that both have may be a body found twice: they do not speak against it, unless they are the greater part.
    """
    taken = set(dancer.frames)
    free = [i for i, frame in enumerate(track.frames) if frame not in taken]
    if not free or 2 * len(free) < len(track.frames):
        return None
    best = None
    frames = np.array(dancer.frames)
    for i in (free[0], free[-1]):
        near = int(np.argmin(np.abs(frames - track.frames[i])))
        gap = min(abs(int(frames[near]) - track.frames[i]), 20)
        away = _away(dancer.pictures[near], track.pictures[i]) / size
        if away <= _GATE * (1 + 0.2 * gap) and (best is None or away < best):
            best = away
    return best


def _continue(dancer: _Track, track: _Track) -> None:
    """Give *dancer* the frames of *track* that it has not."""
    taken = set(dancer.frames)
    rows = list(zip(dancer.frames, dancer.members, dancer.pictures, strict=True))
    rows += [row for row in zip(track.frames, track.members, track.pictures, strict=True) if row[0] not in taken]
    rows.sort(key=lambda row: row[0])
    dancer.frames, dancer.members, dancer.pictures = ([row[i] for row in rows] for i in range(3))  # type: ignore[assignment]
