"""The dancers' motion as samples, in which a file holds it, and as keys, in which a person edits it.

A key takes 72 bytes of a file, a sample 16: a minute of two dancers would be 50 MB of keys. Blender plays both alike, with or without this extension;
samples cannot be edited until *Key > Samples to Keys* (Graph Editor) makes keys of them, which the extension does when it opens the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from .keys import LINEAR, set_keys
from .memory import CLIP

SAMPLED = "duet_sampled"
"""The custom property of an action whose keys we made samples of."""

FEWEST = 50
"""Keys of a curve that is worth it."""


class _Keys(NamedTuple):
    """What samples do not say of keys, all else being as `keys.write_curve` writes it."""

    path: str
    channel: int
    slot: int
    handles: tuple[int, int]
    selected: NDArray[np.bool_]


Kept = dict[str, list[_Keys]]
"""By the name of the action."""


def to_samples() -> Kept:
    """Make samples of the keys of every duet's motion, where they say the same: a linear key on each frame, and nothing else."""
    kept: Kept = {}
    for thing in {thing for collection in bpy.data.collections if CLIP in collection for thing in collection.all_objects}:
        action = thing.animation_data.action if thing.animation_data else None
        if action is None or not action.is_editable or action.name in kept:
            continue
        action[SAMPLED] = True  # before anything is done, so that whatever happens it is undone
        kept[action.name] = [keys for slot, curve in _curves(action) if (keys := _sampled(curve, slot)) is not None]
        if not kept[action.name]:
            del action[SAMPLED]
    return kept


def to_keys(kept: Kept | None = None) -> None:
    """Make keys of what `to_samples` made samples of, in this session (*kept*, what it returned) or before the file was saved."""
    for action in bpy.data.actions:
        if SAMPLED not in action or not action.is_editable:
            continue
        before = {(keys.slot, keys.path, keys.channel): keys for keys in (kept or {}).get(action.name, ())}
        for slot, curve in _curves(action):
            if len(curve.sampled_points):
                _keyed(curve, before.get((slot, curve.data_path, curve.array_index)))
        del action[SAMPLED]


def _curves(action: bpy.types.Action) -> Iterator[tuple[int, bpy.types.FCurve]]:
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                for curve in bag.fcurves:
                    yield bag.slot_handle, curve


def _sampled(curve: bpy.types.FCurve, slot: int) -> _Keys | None:
    """Make samples of *curve* where nothing is lost, and say what its keys were like."""
    points = curve.keyframe_points
    count = len(points)
    if count < FEWEST or curve.extrapolation != "CONSTANT" or len(curve.modifiers):
        return None
    pairs = _pairs(points)
    first = int(pairs[0, 0])
    if not (pairs[:, 0] == np.arange(first, first + count)).all():
        return None
    kinds = {name: np.empty(count, np.uint8) for name in ("interpolation", "type", "handle_left_type", "handle_right_type")}
    for name, values in kinds.items():
        points.foreach_get(name, values)
    if not all((values == values[0]).all() for values in kinds.values()) or kinds["interpolation"][0] != LINEAR or kinds["type"][0]:
        return None
    selected = np.empty(count, bool)
    points.foreach_get("select_control_point", selected)
    curve.convert_to_samples(first, first + count)
    handles = int(kinds["handle_left_type"][0]), int(kinds["handle_right_type"][0])
    keys = _Keys(curve.data_path, curve.array_index, slot, handles, selected)
    if len(curve.sampled_points) == count and (_pairs(curve.sampled_points) == pairs).all():
        return keys
    set_keys(curve, pairs[:, 0], pairs[:, 1])  # another Blender may round: then nothing changes
    return None


def _keyed(curve: bpy.types.FCurve, before: _Keys | None) -> None:
    pairs = _pairs(curve.sampled_points)
    set_keys(curve, pairs[:, 0], pairs[:, 1])
    if before is None or len(before.selected) != len(pairs):
        return
    points = curve.keyframe_points
    for name, number in zip(("handle_left_type", "handle_right_type"), before.handles, strict=True):
        points.foreach_set(name, np.full(len(pairs), number, np.uint8))
    if not before.selected.all():
        for name in ("select_control_point", "select_left_handle", "select_right_handle"):
            points.foreach_set(name, before.selected)


def _pairs(points: bpy.types.bpy_prop_collection) -> NDArray[np.float32]:
    """(n, 2) frames and values of keys or samples."""
    pairs = np.empty(2 * len(points), np.float32)
    points.foreach_get("co", pairs)
    return pairs.reshape(-1, 2)
