"""The connections that are asked for in what is made of a duet: a list that its collection keeps, between joints by their names and scene frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ...duet_core.connections import DISPLAY_THRESHOLD
from ...duet_core.errors import InputError
from ...duet_core.generation.requests import Request, checked, of_connections
from ...duet_core.generation.score import proposed
from ...duet_core.moments import joint_words
from ...duet_core.truth import BOTH_WAYS
from .memory import about_clip, first_frame, recall_connections, sources_of
from .moment import LONGEST_NAME
from .moments import selected_joints

DEFAULT_SECONDS = 2.0
"""From the present frame on, where the timeline has no preview range."""


def list_of(duet: str) -> Any:
    """The duet's list: ``requests`` and the number of the ``active`` one. Not to be kept."""
    return bpy.data.collections[duet].duet_asked


def requests_of(duet: str) -> list[Request]:
    """What is asked for now: the enabled rows, in seconds of the clip. Raises InputError, naming the row, where one cannot be had."""
    about, start = about_clip(duet), first_frame(duet)
    found = []
    for number, row in enumerate(list_of(duet).requests):
        if row.enabled:
            found.append(checked(_request(row, about["fps"], start, number), about["skeleton"], _place(number)))
    return found


def _place(number: int) -> str:
    return f"asked connection {number + 1}"


def _request(row: Any, fps: float, start: int, number: int) -> Request:
    source = 0 if row.direction == "AB" else 1
    first, last = ((frame - start) / fps for frame in (row.first, row.last))
    if last <= first:
        raise InputError(
            f"it ends at frame {row.last}, before it starts at {row.first}", place=_place(number), remedy="set its end behind its start"
        )
    if last <= 0:
        raise InputError(f"it ends before the duet begins at frame {start}", place=_place(number), remedy="choose later frames")
    return Request(source, row.from_joint, 1 - source, row.to_joint, row.kind, row.lag, max(first, 0.0), last, row.strength)


def add_request(duet: str, request: Request, confidence: float = -1.0, found_kind: str = "") -> int:
    """Put *request* at the end of the duet's list as its active row, and return its number."""
    about, start = about_clip(duet), first_frame(duet)
    kept = list_of(duet)
    row = kept.requests.add()
    row.direction = "AB" if request.from_dancer == 0 else "BA"
    row.from_joint, row.to_joint, row.kind = request.from_joint, request.to_joint, request.kind
    row.lag, row.strength = request.lag, request.strength
    row.first = start + round(request.start * about["fps"])
    row.last = start + round(min(request.end, about["frames"] / about["fps"]) * about["fps"])
    row.confidence, row.found_kind = confidence, found_kind
    kept.active = len(kept.requests) - 1
    return int(kept.active)


def asked_frames(scene: bpy.types.Scene) -> tuple[int, int]:
    """The frames that a connection is asked for when nobody says otherwise: the timeline's preview range, or from the present one on."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    rate = scene.render.fps / scene.render.fps_base
    return scene.frame_current, scene.frame_current + round(DEFAULT_SECONDS * rate)


def picked(duet: str, context: bpy.types.Context) -> tuple[tuple[int, int], tuple[int, int]]:
    """The (dancer, joint) that is answered and the one that answers, from the selected bones; the active bone answers.

    Raises:
        InputError: not one bone of each dancer is selected.
    """
    names = dancers_here(duet)
    chosen = selected_joints(duet)
    remedy = "show bones with Both, and in Pose Mode of both armatures select one bone of each, the one that answers last"
    if not chosen:
        raise InputError("no bone of the dancers is selected", remedy=remedy)
    by_dancer = [[joint for dancer, joint in chosen if dancer == number] for number in (0, 1)]
    for number, joints in enumerate(by_dancer):
        if not joints:
            what = "this bone is" if len(chosen) == 1 else "all these bones are"
            raise InputError(f"{what} of {names[1 - number]}: a connection needs two dancers", remedy=remedy)
    active = _active_joint(duet, context)
    answering = active[0] if active in chosen else 1
    ends = []
    for number in (1 - answering, answering):
        joints = by_dancer[number]
        if active is not None and active[0] == number and active[1] in joints:
            joints = [active[1]]
        if len(joints) > 1:
            raise InputError(f"{len(joints)} bones of {names[number]} are selected", remedy=remedy)
        ends.append((number, joints[0]))
    return ends[0], ends[1]


def _active_joint(duet: str, context: bpy.types.Context) -> tuple[int, int] | None:
    """The (dancer, joint) of the active bone of the active armature."""
    thing = context.view_layer.objects.active
    bone = thing.data.bones.active if thing is not None and thing.type == "ARMATURE" else None
    if bone is None:
        return None
    for dancer, source in enumerate(sources_of(duet)):
        if source.armature == thing.name and bone.name in source.bones:
            return dancer, source.bones.index(bone.name)
    return None


def strongest_found(duet: str, frame: int | None, most: int) -> list[Request]:
    """The *most* strongest connections that were found, those at the scene's *frame* or of the whole take, as requests that can be asked for.

    Raises:
        InputError: no connections have been found, or none is strong enough.
    """
    about = about_clip(duet)
    found = of_connections(recall_connections(duet), DISPLAY_THRESHOLD)
    if frame is not None:
        seconds = (frame - first_frame(duet)) / about["fps"]
        found = [one for one in found if one.start <= seconds < one.end]
    if not found:
        where = "at this frame" if frame is not None else "in this take"
        raise InputError(f"no connection {where} exceeds {DISPLAY_THRESHOLD:g}", remedy="choose another frame, or ask for one by its bones")
    best = sorted(found, key=lambda one: -one.strength)[:most]
    # How sure a connection is says nothing of how strongly it is wanted.
    return [replace(one, strength=1.0) for one in sorted(best, key=lambda one: one.start)]


def add_new(duet: str, requests: Sequence[Request]) -> int:
    """Add those of *requests* that the list does not have yet; how many these are."""
    about, start = about_clip(duet), first_frame(duet)
    there = {
        _key(_request(row, about["fps"], start, n)) for n, row in enumerate(list_of(duet).requests) if row.last > max(row.first, start)
    }
    added = 0
    for request in requests:
        if _key(request) not in there:
            add_request(duet, request)
            added += 1
    return added


def add_proposed(duet: str, scene: bpy.types.Scene, many: int, seed: int, answers: int | None) -> int:
    """Add *many* connections by chance, in the timeline's preview range or the whole take, that *answers* (or either dancer) answers; how many were added."""
    about, start = about_clip(duet), first_frame(duet)
    fps, last = about["fps"], about["frames"] / about["fps"]
    first, end = 0.0, last
    if scene.use_preview_range:
        first, end = (float(np.clip((frame - start) / fps, 0.0, last)) for frame in (scene.frame_preview_start, scene.frame_preview_end))
    if end <= first:
        raise InputError("the preview range lies outside the duet", remedy="choose other frames, or switch the preview range off")
    there = [
        _request(row, fps, start, n) for n, row in enumerate(list_of(duet).requests) if row.enabled and row.last > max(row.first, start)
    ]
    found = proposed(about["skeleton"], first, end, many, seed=seed, answers=answers, taken=there)
    for request in found:
        add_request(duet, request)
    return len(found)


def _key(request: Request) -> tuple[object, ...]:
    return request.from_dancer, request.from_joint, request.to_joint, request.kind, round(request.start, 1), round(request.end, 1)


def label_of(row: Any, names: tuple[str, str]) -> str:
    """ "A left wrist → B right hip"; of a kind that has no direction "A left wrist – B right hip"."""
    source = 0 if row.direction == "AB" else 1
    who = names if all(len(name) <= LONGEST_NAME for name in names) else ("A", "B")
    way = " – " if row.kind in BOTH_WAYS else " → "
    return f"{who[source]} {_words(row.from_joint)}{way}{who[1 - source]} {_words(row.to_joint)}"


def _words(joint: str) -> str:
    return joint_words(joint) if joint else "?"


def dancers_here(duet: str) -> tuple[str, str]:
    """What the duet's dancers are called."""
    from ...duet_core.explain.words import dancers_of

    return dancers_of(about_clip(duet)["meta"])
