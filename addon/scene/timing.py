"""How a clip's frames map to the scene's: everything in the scene asks here."""

from __future__ import annotations

import bpy

from ...duet_core.clip import Clip

FIRST_FRAME = 1
"""The scene frame at which a clip's frame 0 stands (Blender's timelines start at 1)."""


def scene_frame(clip_frame: int) -> int:
    """The scene frame at which the clip's frame *clip_frame* stands."""
    return clip_frame + FIRST_FRAME


def set_scene_timing(scene: bpy.types.Scene, clip: Clip, start: int = FIRST_FRAME) -> None:
    """Give *scene* the clip's length, from the frame *start* on, and its exact frame rate.

    Blender's rate is ``fps / fps_base`` with a whole ``fps``; a rate such as 29.97 needs both.
    """
    scene.render.fps, scene.render.fps_base = scene_fps(clip)
    scene.frame_start = start
    scene.frame_end = start + clip.frames - 1
    if not start <= scene.frame_current <= scene.frame_end:
        scene.frame_set(start)


def scene_fps(clip: Clip) -> tuple[int, float]:
    """Blender's ``fps`` and ``fps_base`` of *clip*."""
    whole = min(max(round(clip.fps), 1), 32767)
    return whole, whole / clip.fps


def scene_rate(scene: bpy.types.Scene) -> float:
    """Frames a second of *scene*."""
    return scene.render.fps / scene.render.fps_base
