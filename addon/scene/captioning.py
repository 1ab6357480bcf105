"""Captions of a duet that already stands in the scene, switched on and off."""

from __future__ import annotations

import bpy

from ...duet_core.connections import DISPLAY_THRESHOLD
from ...duet_core.errors import InputError
from .annotations import caption_place
from .captions import WANTED, build_captions, remove_captions, wanted
from .memory import about_clip, first_frame, prefix_of, recall_connections, threads_of
from .threads import get_input, without_hidden


def toggle_caption(duet: str, scene: bpy.types.Scene, caption: str) -> bool:
    """Write *caption* over the duet, or remove it where it is written; whether it is there now.

    Raises:
        InputError: the duet's camera is gone, or no connections are kept.
    """
    prefix = prefix_of(duet)
    camera = bpy.data.objects.get(f"{prefix} Camera")
    if camera is None:
        raise InputError(
            "the duet's camera is gone, before which words hang", place=duet, remedy="choose a shot first, which makes it again"
        )
    thing = threads_of(duet)
    connections = without_hidden(thing, recall_connections(duet))
    names = wanted(camera)
    there = caption not in names
    camera[WANTED] = " ".join([*names, caption] if there else [name for name in names if name != caption])
    remove_captions(prefix)
    place = caption_place(camera.name, bpy.data.collections[duet], scene.render.resolution_x / scene.render.resolution_y)
    threshold = DISPLAY_THRESHOLD if thing is None else float(get_input(thing, "Threshold"))
    build_captions(prefix, place, connections, int(about_clip(duet)["frames"]), threshold, first_frame(duet))
    return there


def captions_of(duet: str) -> list[str]:
    """The captions that are written over the duet."""
    camera = bpy.data.objects.get(f"{prefix_of(duet)} Camera")
    return wanted(camera) if camera is not None else []
