"""Keys written in bulk: one call for each curve, never one for each key."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.posing import cubics

LINEAR, BEZIER = 1, 2
"""The numbers behind these interpolations, which `foreach_set` wants."""
FREE = 0
"""The number behind handles that nothing but a person moves."""

_NAMES_GROUPS = "group_name" in bpy.types.Action.bl_rna.functions["fcurve_ensure_for_datablock"].parameters


def new_action(owner: bpy.types.ID, name: str) -> bpy.types.Action:
    """An empty action called *name*, assigned to *owner* in place of any other."""
    action = bpy.data.actions.new(name)
    (owner.animation_data or owner.animation_data_create()).action = action
    return action


def own_action(owner: bpy.types.ID, name: str) -> bpy.types.Action:
    """The action of *owner*, if nobody else uses it; else a new one called *name*, assigned in its place."""
    action = owner.animation_data.action if owner.animation_data else None
    return action if action is not None and action.users == 1 and action.is_editable else new_action(owner, name)


def write_curve(
    action: bpy.types.Action, owner: bpy.types.ID, path: str, index: int, frames: NDArray, values: NDArray, group: str = ""
) -> bpy.types.FCurve:
    """Write the curve of ``owner.path[index]`` in *action*, which is assigned to *owner*: linear keys *values* (T,) at *frames* (T,)."""
    curve = _curve(action, owner, path, index, group)
    points = curve.keyframe_points
    points.clear()
    points.add(len(values))
    points.foreach_set("co", _pairs(frames, values))
    points.foreach_set("interpolation", np.full(len(values), LINEAR, dtype=np.uint8))
    return curve


def write_motion(action: bpy.types.Action, owner: bpy.types.ID, path: str, first: int, curves: NDArray, group: str = "") -> None:
    """Write ``owner.path`` in *action*, which is assigned to *owner*: *curves* (K, T) are the values of its K components on every frame from *first* on.

    They take a third of the keys or fewer (`cubics.through`), since a key takes 72 bytes of the file.
    """
    for index, keys in enumerate(cubics.through(first, curves)):
        points = _curve(action, owner, path, index, group).keyframe_points
        points.clear()
        points.add(len(keys.at))
        points.foreach_set("co", _pairs(keys.at, keys.values))
        free = np.full(len(keys.at), FREE, dtype=np.uint8)
        for name, handles in (("handle_left", keys.left), ("handle_right", keys.right)):
            points.foreach_set(f"{name}_type", free)
            points.foreach_set(name, handles.astype(np.float32).ravel())
        points.foreach_set("interpolation", np.where(keys.cubic, BEZIER, LINEAR).astype(np.uint8))


def read_keys(curve: bpy.types.FCurve) -> cubics.Keys:
    """The keys of *curve*; those of other interpolation than linear count as cubic, with a handle that no cubic of ours has."""
    points = curve.keyframe_points
    pairs = {name: np.empty(2 * len(points), np.float32) for name in ("co", "handle_left", "handle_right")}
    for name, numbers in pairs.items():
        points.foreach_get(name, numbers)
    kinds = np.empty(len(points), np.uint8)
    points.foreach_get("interpolation", kinds)
    co, left, right = (numbers.reshape(-1, 2).astype(np.float64) for numbers in pairs.values())
    right[(kinds != LINEAR) & (kinds != BEZIER), 0] = np.inf
    return cubics.Keys(co[:, 0], co[:, 1], left, right, kinds != LINEAR)


def _curve(action: bpy.types.Action, owner: bpy.types.ID, path: str, index: int, group: str) -> bpy.types.FCurve:
    if _NAMES_GROUPS:
        return action.fcurve_ensure_for_datablock(owner, path, index=index, group_name=group)
    curve = action.fcurve_ensure_for_datablock(owner, path, index=index)  # until 4.5
    if group and curve.group is None:
        curve.group = action.groups.get(group) or action.groups.new(group)
    return curve


def _pairs(frames: NDArray, values: NDArray) -> NDArray[np.float32]:
    """(2 T,) frame and value in turn."""
    return np.stack([frames, values], axis=1).astype(np.float32).ravel()
