"""Motion of armatures that hang on nothing but their own keys, computed from the keys: what stepping through the frames would give, without one step.

Stepping through frames has Blender evaluate the armature, and draw the window, once for each. Where nothing else moves the bones (no constraint, driver,
parent, or NLA strip) their places follow from the keys by NumPy, for all frames at once. `hangs_on_keys` says whether that is so.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.posing import cubics, quaternions
from .keys import read_keys

Curves = Mapping[str, Mapping[int, bpy.types.FCurve]]
"""Those that count, by data path and index."""
Turns = NDArray[np.float64]
"""(T, 3, 3) rotations and scales."""
Places = NDArray[np.float64]
"""(T, 3) metres."""

_ROTATIONS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
_AT_A_KEY = 1e-4
"""Frames from a key within which Blender takes the key's value."""


def hangs_on_keys(name: str) -> bool:
    """Whether nothing but keys moves the bones of the armature object called *name* in the room, in ways that `ends` knows."""
    thing = bpy.data.objects[name]
    data = thing.data
    if thing.parent is not None or data.pose_position != "POSE" or thing.rigid_body is not None:
        return False
    if any(not constraint.mute for holder in (thing, *thing.pose.bones) for constraint in holder.constraints):
        return False  # one on any bone: inverse kinematics reaches up the chain
    if data.animation_data is not None and (data.animation_data.action or len(data.animation_data.drivers)):
        return False
    if not _own_deltas(thing) or not all(_follows_plainly(bone) for bone in data.bones):
        return False
    held = thing.animation_data
    if held is None:
        return True
    if len(held.drivers) or held.use_tweak_mode or any(not track.mute for track in held.nla_tracks):
        return False
    if held.action is None:
        return True
    if held.action_blend_type != "REPLACE" or held.action_influence != 1.0:
        return False
    layers = held.action.layers
    if len(layers) > 1 or any(len(layer.strips) > 1 for layer in layers):
        return False
    return not any(path.endswith("rotation_mode") or path.startswith("delta_") for path in _curves(thing))


def ends(name: str, bones: tuple[str, ...], tails: tuple[bool, ...], frames: range) -> Generator[float, None, NDArray[np.float32]]:
    """(T, J, 3) where heads (or *tails*) of *bones* are in the room at the scene frames *frames*; yields the share done, in steps of some milliseconds.

    The armature object called *name* must be one that `hangs_on_keys`.
    """
    thing = bpy.data.objects[name]
    times = np.arange(frames.start, frames.stop, dtype=np.float64)
    curves = _curves(thing)
    room_turn, room_place = _transform(thing, "", curves, times)
    wanted = set(bones)
    for bone in bones:
        wanted.update(parent.name for parent in thing.data.bones[bone].parent_recursive)
    posed: dict[str, tuple[Turns, Places]] = {}
    heads = np.empty((len(times), len(bones), 3), np.float32)
    order = [bone.name for bone in thing.data.bones if bone.name in wanted]
    order.sort(key=lambda bone: len(thing.data.bones[bone].parent_recursive))
    for done, bone_name in enumerate(order):
        thing = bpy.data.objects[name]
        bone = thing.data.bones[bone_name]
        rest = np.array(bone.matrix_local)
        if bone.parent is not None:
            rest = np.linalg.inv(np.array(bone.parent.matrix_local)) @ rest
        prefix = f'pose.bones["{bpy.utils.escape_identifier(bone_name)}"].'
        turn, place = _transform(thing.pose.bones[bone_name], prefix, curves, times)
        if bone.use_connect and bone.parent is not None:
            place = np.zeros_like(place)  # Blender lets no key break a chain
        place = place @ rest[:3, :3].T + rest[:3, 3]
        turn = rest[:3, :3] @ turn
        if bone.parent is not None:
            above_turn, above_place = posed[bone.parent.name]
            place = _applied(above_turn, place) + above_place
            turn = above_turn @ turn
        posed[bone_name] = turn, place
        for number, (other, tail) in enumerate(zip(bones, tails, strict=True)):
            if other == bone_name:
                end = place + bone.length * turn[:, :, 1] if tail else place
                heads[:, number] = _applied(room_turn, end) + room_place
        yield (done + 1) / len(order)
    return heads


def _own_deltas(thing: bpy.types.Object) -> bool:
    """Whether *thing* has no transform beside its own one."""
    return (
        not any(thing.delta_location)
        and not any(thing.delta_rotation_euler)
        and tuple(thing.delta_rotation_quaternion) == (1.0, 0.0, 0.0, 0.0)
        and tuple(thing.delta_scale) == (1.0, 1.0, 1.0)
    )


def _follows_plainly(bone: bpy.types.Bone) -> bool:
    """Whether *bone* takes all of its parent's transform, and nothing else's."""
    plain = bone.use_inherit_rotation and bone.inherit_scale == "FULL" and bone.use_local_location
    return bool(plain and not bone.use_relative_parent)


def _curves(thing: bpy.types.Object) -> Curves:
    """The curves that move *thing*; muted ones move nothing."""
    found: dict[str, dict[int, bpy.types.FCurve]] = {}
    held = thing.animation_data
    action = held.action if held is not None else None
    if action is None:
        return found
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                if bag.slot != held.action_slot:
                    continue
                for curve in bag.fcurves:
                    if not curve.mute and not (curve.group is not None and curve.group.mute):
                        found.setdefault(curve.data_path, {})[curve.array_index] = curve
    return found


def _transform(owner: bpy.types.Object | bpy.types.PoseBone, prefix: str, curves: Curves, times: NDArray) -> tuple[Turns, Places]:
    """Rotation with scale, and place, of *owner* by its own channels at *times* (T,); the paths of its curves begin with *prefix*."""

    def channel(name: str) -> NDArray[np.float64]:
        """(T, n); or (1, n) where it never changes."""
        still = np.array(getattr(owner, name), np.float64)
        moved = curves.get(prefix + name, {})
        values = np.tile(still, (len(times) if moved else 1, 1))
        for index, curve in moved.items():
            values[:, index] = _values(curve, times)
        return values

    mode = owner.rotation_mode
    turns = channel(_ROTATIONS.get(mode, "rotation_euler"))
    if mode == "QUATERNION":
        turn = _from_quaternions(turns)
    elif mode == "AXIS_ANGLE":
        turn = _from_axes(turns)
    else:
        turn = _from_angles(turns, mode)
    turn = turn * channel("scale")[:, None, :]
    shape = (len(times), 3)
    return np.broadcast_to(turn, (*shape, 3)), np.broadcast_to(channel("location"), shape)


def _values(curve: bpy.types.FCurve, times: NDArray) -> NDArray[np.float64]:
    """(T,) what *curve* says at *times*, as Blender evaluates it."""
    keys = read_keys(curve)
    at = keys.at
    if not len(at) or (np.diff(at) <= _AT_A_KEY).any() or any(not modifier.mute for modifier in curve.modifiers):
        return np.array([curve.evaluate(time) for time in times])
    # Before the first key and after the last the curve stays as there.
    values = np.where(times < at[0], keys.values[0], keys.values[-1])
    inside = (times >= at[0]) & (times <= at[-1])
    known = ~inside & (curve.extrapolation == "CONSTANT")
    if len(at) > 1:
        piece = np.clip(np.searchsorted(at, times, side="right") - 1, 0, len(at) - 2)
        known |= inside & cubics.plain(keys)[piece]
        values[inside] = cubics.evaluate(keys, times[inside])
    nearest = np.clip(np.searchsorted(at, times - _AT_A_KEY), 0, len(at) - 1)
    near = np.abs(at[nearest] - times) < _AT_A_KEY
    values[near] = keys.values[nearest[near]]
    for place in np.flatnonzero(~(known | near)):
        values[place] = curve.evaluate(times[place])
    return values


def _applied(turn: Turns, places: Places) -> Places:
    return np.einsum("tij,tj->ti", turn, places)


def _from_quaternions(q: NDArray[np.float64]) -> Turns:
    """Of quaternions (T, 4), of any length but 0."""
    return quaternions.to_matrix((q / np.maximum(np.linalg.norm(q, axis=1, keepdims=True), 1e-30)).T)


def _from_axes(turns: NDArray[np.float64]) -> Turns:
    """Of an angle about an axis: (T, 4), the angle first."""
    axis = turns[:, 1:] / np.maximum(np.linalg.norm(turns[:, 1:], axis=1, keepdims=True), 1e-30)
    half = turns[:, :1] / 2
    return _from_quaternions(np.hstack([np.cos(half), np.sin(half) * axis]))


def _from_angles(angles: NDArray[np.float64], order: str) -> Turns:
    """Of angles about the axes (T, 3), in the *order* that Blender names: the first letter's axis turns first."""
    turn = np.eye(3)[None]
    for letter in order:
        axis = "XYZ".index(letter)
        one, other = (axis + 1) % 3, (axis + 2) % 3
        about = np.zeros((len(angles), 3, 3))
        cos, sin = np.cos(angles[:, axis]), np.sin(angles[:, axis])
        about[:, axis, axis] = 1
        about[:, one, one] = about[:, other, other] = cos
        about[:, one, other], about[:, other, one] = -sin, sin
        turn = about @ turn
    return turn
