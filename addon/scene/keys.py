"""Keys written in bulk: one call for each curve, never one for each key."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

LINEAR = 1
"""The number behind the interpolation "LINEAR", which `foreach_set` wants."""

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
    if _NAMES_GROUPS:
        curve = action.fcurve_ensure_for_datablock(owner, path, index=index, group_name=group)
    else:  # until 4.5
        curve = action.fcurve_ensure_for_datablock(owner, path, index=index)
        if group and curve.group is None:
            curve.group = action.groups.get(group) or action.groups.new(group)
    set_keys(curve, frames, values)
    return curve


def set_keys(curve: bpy.types.FCurve, frames: NDArray, values: NDArray) -> None:
    """Give *curve* linear keys *values* (T,) at *frames* (T,) in place of whatever keys or samples it has."""
    points = curve.keyframe_points
    if len(curve.sampled_points):
        first = int(curve.sampled_points[0].co[0])
        curve.convert_to_keyframes(first, first + 1)
    points.clear()
    points.add(len(values))
    pairs = np.empty((len(values), 2), dtype=np.float32)
    pairs[:, 0], pairs[:, 1] = frames, values
    points.foreach_set("co", pairs.ravel())
    points.foreach_set("interpolation", np.full(len(values), LINEAR, dtype=np.uint8))
