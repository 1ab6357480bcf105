"""The duet's camera, placed by ``duet_core.framing``."""

from __future__ import annotations

import math

import bpy

from ...duet_core.framing import SENSOR, Framing

PLACED = "duet_placed"
"""Custom property of our camera: where we put it, location and rotation. One that stands elsewhere was moved by somebody."""


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
