"""Each dancer's name over the head, turned to the camera; where two come near each other, one stands higher. It plays without Python."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.clip import Clip
from ...duet_core.framing import Framing
from ...duet_core.shots import highest
from .keys import new_action, write_motion
from .text import Colour, add_text
from .timing import FIRST_FRAME

NAME_SIZE = 0.13
"""Metres."""

_OVER_HEAD = 0.19
_AROUND = 0.12
"""Metres over the highest joint below the name, and beside the name: skull, hands and flesh reach beyond the joints."""


def name_places(clip: Clip, framing: Framing) -> NDArray[np.float64]:
    """(T, D, 3) where each dancer's name stands, metres: over the head and whatever reaches above it, calm, one name never on the other."""
    right, up = framing.axes[0], framing.axes[1]
    width = max(1, round(0.25 * clip.fps))  # calm: a name that bobs with every step cannot be read
    halves = [0.3 * NAME_SIZE * max(len(name), 2) for name in clip.names]
    heads = _heads(clip)
    places = np.empty_like(heads)
    joints = clip.positions.reshape(clip.frames, -1, 3).astype(np.float64)
    across, height = joints @ right, joints @ up
    for dancer in range(clip.dancers):
        calm = np.column_stack([_smooth(heads[:, dancer, axis], width) for axis in range(3)])
        below = np.abs(across - (calm @ right)[:, None]) < halves[dancer] + _AROUND
        top = np.where(below, height, -np.inf).max(axis=1, initial=-np.inf)
        rise = np.maximum(np.where(np.isfinite(top), top, -np.inf) - calm @ up, 0.0) + _OVER_HEAD
        places[:, dancer] = calm + _smooth(highest(rise, width), width)[:, None] * up
    if clip.dancers == 2:
        apart = (places[:, 1] - places[:, 0]) @ right
        higher = (places[:, 1] - places[:, 0]) @ up
        need = sum(halves) + 0.5 * NAME_SIZE
        crowded = np.clip((1.5 * need - np.abs(apart)) / (0.5 * need), 0.0, 1.0)
        upper = 1 if np.median(heads[:, 1, 2]) >= np.median(heads[:, 0, 2]) else 0
        lift = np.where(crowded > 0, np.maximum(1.25 * NAME_SIZE - (higher if upper else -higher), 0.0), 0.0) * crowded
        places[:, upper] += _smooth(highest(lift, width), width)[:, None] * up
    return places


def build_names(
    clip: Clip,
    framing: Framing,
    duet: str,
    collection: bpy.types.Collection,
    *,
    camera: str,
    colours: tuple[Colour, ...],
    start: int = FIRST_FRAME,
) -> list[str]:
    """Write each dancer's name over the head in the dancer's colour, turned to the camera, from the scene frame *start* on; the objects' names."""
    places = name_places(clip, framing)
    made = []
    for dancer, name in enumerate(clip.names):
        ob = add_text(f"{duet} Name {name}", name, collection, size=NAME_SIZE, colour=colours[dancer], align="CENTER")
        facing = ob.constraints.new("COPY_ROTATION")
        facing.target = bpy.data.objects[camera]
        write_motion(new_action(ob, ob.name), ob, "location", start, places[:, dancer].T)
        made.append(ob.name)
    return made


def _heads(clip: Clip) -> NDArray[np.float64]:
    """(T, D, 3) the head, or the highest joint where the skeleton has none; gaps bridged."""
    head = next((j for j in (clip.skeleton.index(name) for name in ("head", "nose", "jaw", "neck")) if j is not None), None)
    places = np.zeros((clip.frames, clip.dancers, 3))
    for dancer in range(clip.dancers):
        joints = clip.positions[:, dancer].astype(np.float64)
        joint = int(np.argmax(np.nan_to_num(np.nanmean(joints[..., 2], axis=0), nan=-1.0))) if head is None else head
        known = np.isfinite(joints[:, joint]).all(axis=1)
        if known.any():
            for axis in range(3):
                places[:, dancer, axis] = np.interp(np.arange(clip.frames), np.flatnonzero(known), joints[known, joint, axis])
    return places


def _smooth(values: NDArray, width: int) -> NDArray[np.float64]:
    """*values* (T,) averaged twice over 2·width + 1 frames, the ends held."""
    kernel = np.ones(2 * width + 1) / (2 * width + 1)
    for _ in range(2):
        values = np.convolve(np.pad(values, width, mode="edge"), kernel, mode="valid")
    return values
