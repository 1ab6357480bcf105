"""The duet's camera, placed by ``duet_core.framing`` or moved by ``duet_core.shots``, and the words that hang before it."""

from __future__ import annotations

import math

import bpy
import numpy as np

from ...duet_core.framing import LENS, SENSOR, Framing
from ...duet_core.shots import SHOTS, Shot
from .annotations import DISTANCE
from .keys import new_action, write_curve

PLACED = "duet_placed"
"""Custom property of our camera: where we put it, location and rotation. One that stands elsewhere was moved by somebody."""


SHOT = "duet_shot"
"""Custom property of our camera: the shot (of `SHOTS`) it takes, where it takes one."""


def build_camera(framing: Framing, duet: str, collection: bpy.types.Collection) -> str:
    """Make the camera of *framing* in *collection* and return its name."""
    data = bpy.data.cameras.new(f"{duet} Camera")
    data.sensor_fit = "AUTO"
    data.sensor_width = SENSOR
    data.lens = framing.lens
    data.clip_start, data.clip_end = 0.05, 500.0
    data.display_size = 0.5
    camera = bpy.data.objects.new(f"{duet} Camera", data)
    collection.objects.link(camera)
    _place(camera, framing)
    return camera.name


def place_camera(name: str, framing: Framing) -> None:
    """Move the camera *name* to where *framing* has it, unless somebody else moved it or it moves by itself."""
    camera = bpy.data.objects.get(name)
    if camera is None or camera.animation_data or camera.constraints or camera.parent:
        return
    placed = camera.get(PLACED)
    if placed is not None and max(abs(a - b) for a, b in zip(placed, [*camera.location, *camera.rotation_euler], strict=True)) < 1e-4:
        _place(camera, framing)


def _place(camera: bpy.types.Object, framing: Framing) -> None:
    camera.location = framing.location
    camera.rotation_euler = (math.pi / 2 + framing.pitch, 0.0, framing.yaw)
    camera[PLACED] = [*camera.location, *camera.rotation_euler]


def move_camera(name: str, shot: str, motion: Shot, start: int) -> None:
    """Have the camera *name* take *shot*, moving as *motion* says from the scene's frame *start* on; what moved it before is gone."""
    camera = bpy.data.objects[name]
    action = camera.animation_data.action if camera.animation_data else None
    camera.animation_data_clear()
    if action is not None and not action.users:
        bpy.data.actions.remove(action)
    for constraint in list(camera.constraints):
        camera.constraints.remove(constraint)
    camera.rotation_mode = "XYZ"
    camera.data.lens = motion.lens
    turned = np.stack([np.pi / 2 + motion.pitch, np.zeros_like(motion.pitch), motion.yaw], axis=1)
    camera.location, camera.rotation_euler = motion.location[0], turned[0]
    camera[PLACED], camera[SHOT] = [*camera.location, *camera.rotation_euler], shot
    if len(motion.location) > 1:
        frames = np.arange(len(motion.location)) + start
        action = new_action(camera, name)
        for path, values in (("location", motion.location), ("rotation_euler", turned)):
            for index, row in enumerate(values.T):
                write_curve(action, camera, path, index, frames, row)
    settle_words(name)


def shot_of(name: str) -> str:
    """The shot that the camera *name* takes; empty where somebody moves it otherwise."""
    camera = bpy.data.objects.get(name)
    shot = str(camera.get(SHOT, "")) if camera is not None else ""
    return shot if shot in SHOTS else ""


def settle_words(name: str) -> None:
    """Hang what hangs on the camera *name* so far before it that its lens shows it as large as ever."""
    camera = bpy.data.objects[name]
    for child in camera.children:
        child.location.z = -DISTANCE * camera.data.lens / LENS
