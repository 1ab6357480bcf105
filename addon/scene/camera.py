"""The duet's camera, placed by ``duet_core.framing``."""

from __future__ import annotations

import math

import bpy

from ...duet_core.framing import SENSOR, Framing


def build_camera(framing: Framing, duet: str, collection: bpy.types.Collection) -> str:
    """Make the camera of *framing* in *collection* and return its name."""
    data = bpy.data.cameras.new(f"{duet} Camera")
    data.sensor_fit = "AUTO"
    data.sensor_width = SENSOR
    data.lens = framing.lens
    data.clip_start, data.clip_end = 0.05, 500.0
    data.display_size = 0.5
    camera = bpy.data.objects.new(f"{duet} Camera", data)
    camera.location = framing.location
    camera.rotation_euler = (math.pi / 2 + framing.pitch, 0.0, framing.yaw)
    collection.objects.link(camera)
    return camera.name
