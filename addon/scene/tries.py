"""Made duets: built beside what they were made of, told as tries until somebody keeps them, or removed again without a trace."""

from __future__ import annotations

import json
import math
from collections.abc import Generator
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ...duet_core.clip import Clip
from ...duet_core.connections import DISPLAY_THRESHOLD
from ..names import short
from .armature import colour_bones
from .asking import add_request, list_of
from .body import colour_body
from .duet import building_duet, building_guests
from .memory import about_clip, duets, first_frame, prefix_of, sources_of
from .own import MARK
from .palette import DANCER_COLOURS, NEW_DANCER_COLOURS
from .removing import remove_duet
from .timing import FIRST_FRAME

if TYPE_CHECKING:
    from ...duet_core.evaluation.tries import Try
    from ...duet_core.figures import Figures
    from ...duet_core.generation.making import Order

MADE = "duet_made"
"""JSON: how the collection's duet was made (`about`)."""

GAP = 0.8
"""Metres between a duet and what is made beside it."""

BASE_BYTES = 26
"""Of the original's name in the name of what is made of it."""


def about(duet: str) -> dict[str, Any] | None:
    """How the duet was made: ``original`` (the prefix of its objects' names; None of a phrase from nothing), ``order``, ``place``, ``model``, ``kept``,
    ``notes``, ``ends`` (where the scene ended before and after), ``right`` (metres to which it reaches along x), ``other`` (what was mixed in: the prefix of
    a duet, and which dancer of it, None for both; None where nothing was). None for a duet that was not made."""
    collection = bpy.data.collections.get(duet)
    try:
        return dict(json.loads(collection[MADE])) if collection is not None else None
    except (KeyError, ValueError, TypeError):
        return None


def is_try(duet: str) -> bool:
    """Whether somebody has still to say that the duet is to be kept."""
    made = about(duet)
    return made is not None and not made["kept"]


def tries(scene: bpy.types.Scene) -> list[str]:
    """The duets of *scene* that are tries."""
    return [duet for duet in duets(scene) if is_try(duet)]


def keep(duet: str) -> None:
    """Make a try an ordinary duet."""
    made = about(duet)
    if made is not None:
        bpy.data.collections[duet][MADE] = json.dumps({**made, "kept": True})


def discard(duet: str, scene: bpy.types.Scene) -> None:
    """Remove a try with all that was made for it. Where *scene* became longer for it, it ends again as before, or with the longest duet that is left."""
    made = about(duet) or {}
    before, after = made.get("ends", (0, 0))
    remove_duet(duet)
    if scene.frame_end == after != before:
        scene.frame_end = max([before, *(first_frame(other) + about_clip(other)["frames"] - 1 for other in duets(scene))])


def original_of(duet: str, scene: bpy.types.Scene) -> str | None:
    """The duet in *scene* that this one was made of; None where it is gone, or this came from nothing."""
    made = about(duet)
    if made is None or made["original"] is None:
        return None
    return _of_prefix(made["original"], duet, scene)


def mixed_in(duet: str, scene: bpy.types.Scene) -> tuple[str | None, int | None] | None:
    """What was mixed into this one: a duet in *scene*, None where it is gone, and which dancer of it, None for both. None where nothing was."""
    prefix, dancer = (about(duet) or {}).get("other") or (None, None)
    return (_of_prefix(prefix, duet, scene), dancer) if prefix is not None else None


def _of_prefix(prefix: str, duet: str, scene: bpy.types.Scene) -> str | None:
    return next((other for other in duets(scene) if other != duet and prefix_of(other) == prefix), None)


def next_seed(duet: str, scene: bpy.types.Scene) -> int:
    """The seed after all those by which the same was made of the same duet."""
    made = about(duet)
    if made is None:
        return 0
    alike = [other for name in duets(scene) if (other := about(name)) and other["original"] == made["original"]]
    return 1 + max(int(other["order"]["seed"]) for other in alike if _what(other) == _what(made))


def _what(made: dict[str, Any]) -> tuple[Any, Any]:
    return made["order"]["way"], made["order"]["dancer"]


def select(duet: str, view: bool = False) -> None:
    """Select a dancer of *duet* alone, by what one sees of it: then the panels show this duet.

    With *view* the 3D views show both dancers, beside those whom they were made of.
    """
    layer = bpy.context.view_layer
    if layer.objects.active is not None and bpy.context.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    dancers = _seen(duet)
    if view:
        original = original_of(duet, bpy.context.scene)
        _select([*dancers, *(_seen(original) if original else [])])
        _view_selected()
    _select(dancers[:1])
    if dancers:
        layer.objects.active = dancers[0]


def _seen(duet: str) -> list[bpy.types.Object]:
    """What one sees of the duet's dancers: bodies, or else armatures."""
    things = bpy.data.collections[duet].all_objects
    bodies = [thing for thing in things if thing.type == "MESH" and MARK in thing and thing.vertex_groups and not thing.hide_select]
    armatures = [bpy.data.objects[source.armature] for source in sources_of(duet)]
    there = [thing for thing in (*bodies, *armatures) if thing.name in bpy.context.view_layer.objects]
    return [thing for thing in there if thing.visible_get()] or there


def _select(things: list[bpy.types.Object]) -> None:
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in things)


def _view_selected() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            region = next((region for region in area.regions if region.type == "WINDOW"), None)
            if area.type == "VIEW_3D" and region is not None and window.scene == bpy.context.scene:
                with bpy.context.temp_override(window=window, area=area, region=region):
                    bpy.ops.view3d.view_selected()


def missed(duet: str) -> list[int]:
    """The numbers of the rows of its list that were looked for and not found again, in their kind."""
    rows = enumerate(list_of(duet).requests)
    return [
        number for number, row in rows if row.confidence >= 0 and not (row.confidence > DISPLAY_THRESHOLD and row.found_kind == row.kind)
    ]


def found_again(duet: str) -> tuple[int, int]:
    """How many asked connections were found again, and of how many."""
    looked = sum(row.confidence >= 0 for row in list_of(duet).requests)
    return looked - len(missed(duet)), looked


def building(
    one: Try,
    order: Order,
    *,
    original: str | None,
    clip: Clip | None,
    scene: str,
    place: str,
    model: str,
    shaped: Figures,
    name: str = "",
    other: tuple[str, int | None] | None = None,
) -> Generator[None, None, str]:
    """Build the try *one* in the scene called *scene*, and return its collection's name. In steps; nothing else may change the file meanwhile.

    Args:
        shaped: the `figures` of the try's clip.
        original: the duet that it was made of, and *clip* what that dances; None where it came from nothing.
        place: BESIDE or IN_PLACE.
        name: of the collection; by default after the original's.
        other: what was mixed in, as `about` says.
    """
    here = bpy.data.scenes[scene]
    ended = here.frame_end
    move = _way(one.clip, clip, place, _right_of(original, clip, here))
    made = replace(one.clip, positions=(one.clip.positions + move).astype(np.float32))
    start = first_frame(original) if original else FIRST_FRAME
    title = "New Phrase" if original is None else f"{short(original, BASE_BYTES)} {_NAMES[order.way]}"
    yield
    if not duets(here):
        duet = (yield from building_duet(made, name=name or title, scene=scene, shaped=shaped.moved(move))).collection
    else:
        colours = tuple(_colour(dancer, order) for dancer in range(made.dancers))
        duet = yield from building_guests(made, name=name or title, scene=scene, colours=colours, start=start, shaped=shaped.moved(move))
    _colour_new(duet, made, order)
    if place == "IN_PLACE" and clip is not None:
        _hide_same(duet, one.clip, clip, order)
    yield
    here = bpy.data.scenes[scene]
    here.frame_end = max(here.frame_end, start + made.frames - 1)
    bpy.data.collections[duet][MADE] = json.dumps(
        {
            "original": prefix_of(original) if original else None,
            "other": other,
            "order": asdict(order),
            "place": place,
            "model": model,
            "kept": False,
            "notes": list(one.notes),
            "ends": [ended, here.frame_end],
            "right": float(np.nanmax(made.positions[..., 0])),
        }
    )
    answers = one.answers or (None,) * len(one.asked)
    for request, answer in zip(one.asked, answers, strict=True):
        known = answer is not None and math.isfinite(answer.confidence)
        add_request(duet, request, answer.confidence if answer and known else -1.0, answer.kind if answer and known else "")
    list_of(duet).active = 0
    return duet


_NAMES = {"partner": "Partner", "vary": "Variation", "interpolate": "Between", "continue": "Continuation", "sample": "New Phrase"}


def _colour(dancer: int, order: Order) -> str:
    return (NEW_DANCER_COLOURS if dancer in order.new_dancers else DANCER_COLOURS)[dancer]


def _way(made: Clip, clip: Clip | None, place: str, right: float | None) -> np.ndarray:
    """(3,) metres by which *made* goes to where it is to dance: to the *right*, or where *clip* does."""
    move = np.zeros(3)
    if clip is None:
        return move
    if made.dancers == clip.dancers and not _shares_place(made, clip):  # from nothing: around the middle of the floor
        move[:2] = _middle(clip) - _middle(made)
    if place == "BESIDE" and right is not None:
        move[0] = right + GAP - float(np.nanmin(made.positions[..., 0]))
    return move


def _shares_place(made: Clip, clip: Clip) -> bool:
    """Whether some dancer begins where one of *clip* does."""
    root = clip.skeleton.order[0]
    apart = np.linalg.norm(made.positions[0, :, root, :2] - clip.positions[0, :, root, :2], axis=-1)
    return bool((apart < 0.5).any())


def _middle(clip: Clip) -> np.ndarray:
    low, high = (f(clip.positions[..., :2].reshape(-1, 2), axis=0) for f in (np.nanmin, np.nanmax))
    return (low + high) / 2


def _right_of(original: str | None, clip: Clip | None, scene: bpy.types.Scene) -> float | None:
    """Metres along x to which the original, and what was made of it already, reach."""
    if clip is None or original is None:
        return None
    reach = [float(np.nanmax(clip.positions[..., 0]))]
    reach += [made["right"] for name in duets(scene) if (made := about(name)) and made["original"] == prefix_of(original)]
    return max(reach)


def _colour_new(duet: str, clip: Clip, order: Order) -> None:
    """New dancers' own colours, for bodies and bones."""
    prefix = prefix_of(duet)
    for dancer, armature in enumerate(f"{prefix} {letter}" for letter in "AB"):
        if dancer in order.new_dancers:
            colour_bones(bpy.data.objects[armature], NEW_DANCER_COLOURS[dancer], clip.skeleton)
            body = bpy.data.objects.get(f"{prefix} {'AB'[dancer]} body")
            if body is not None:
                colour_body(body, NEW_DANCER_COLOURS[dancer])


def _hide_same(duet: str, made: Clip, clip: Clip, order: Order) -> None:
    """Hide the body of a dancer who does what the original's does: two in one place would flicker."""
    prefix = prefix_of(duet)
    frames = min(made.frames, clip.frames)
    for dancer in set(range(made.dancers)).difference(order.new_dancers):
        apart = np.abs(made.positions[:frames, dancer] - clip.positions[:frames, dancer])
        if float(np.nanmax(apart)) < 1e-3:
            for kind in (" body", ""):
                thing = bpy.data.objects.get(f"{prefix} {'AB'[dancer]}{kind}")
                if thing is not None:
                    thing.hide_viewport = thing.hide_render = True
