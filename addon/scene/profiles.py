"""What a scene is rendered as: a video's size, its engine, and what a transparent overlay leaves out. Applied to a copy, never to a user's own scene."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..rendering import set_rendering
from .memory import duets, prefix_of, threads_of
from .redraw import fit_picture

KEPT = "SCENE"
"""The engine of the scene as its owner has set it, with all else that it is rendered with."""


@dataclass(frozen=True)
class Profile:
    """A way to render.

    Attributes:
        title, says: for people.
        shorter, longer: the picture's sides in pixels; 0 for as the scene has it.
        upright: higher than wide; None for as the scene is.
        transparent: only threads and names, on nothing.
        engine: used instead of what was asked for, where given.
        beside: the original footage stands at the left of the picture, as large as that.
    """

    title: str
    says: str
    shorter: int = 0
    longer: int = 0
    upright: bool | None = None
    transparent: bool = False
    engine: str = ""
    beside: bool = False


PROFILES: dict[str, Profile] = {
    "PREVIEW": Profile("Preview", "Small and quick, whatever the machine: 360 lines, drawn by Workbench", shorter=360, engine="workbench"),
    "FULL": Profile("1080p", "1920 × 1080, for screens", 1080, 1920, upright=False),
    "VERTICAL": Profile(
        "Vertical 9:16", "1080 × 1920, for phones; the duet's camera steps back to hold both dancers", 1080, 1920, upright=True
    ),
    "BESIDE": Profile(
        "Side by Side",
        "The original footage at the left, the same frames with threads at the right, 960 × 540 each",
        540,
        960,
        upright=False,
        beside=True,
    ),
    "OVERLAY": Profile(
        "Transparent Overlay", "Threads and names alone, on nothing, to lay over footage: the scene's own size and camera", transparent=True
    ),
}


def picture_size(scene: bpy.types.Scene, profile: Profile) -> tuple[int, int]:
    """Width and height in pixels, both even, of *scene* rendered with *profile*."""
    render = scene.render
    own = tuple(side * render.resolution_percentage // 100 for side in (render.resolution_x, render.resolution_y))
    upright = own[1] > own[0] if profile.upright is None else profile.upright
    short = profile.shorter or min(own)
    long = profile.longer or (round(short * max(own) / min(own)) if profile.shorter else max(own))
    width, height = (short, long) if upright else (long, short)
    return width - width % 2, height - height % 2


def apply_profile(scene: bpy.types.Scene, name: str, *, engine: str, words: bool, cut: bool) -> None:
    """Make *scene*, which nobody needs any more as it was, ready to be rendered with the profile *name*.

    Args:
        engine: one of `rendering.ENGINES`, or `KEPT`.
        words: whether title, time, legend and sentence are in the picture; names of dancers always are.
        cut: whether bodies cut threads in an overlay (Workbench cannot).
    """
    profile = PROFILES[name]
    render = scene.render
    before = render.resolution_x / render.resolution_y
    size = picture_size(scene, profile)
    if engine == KEPT:
        render.resolution_x, render.resolution_y = size
        render.resolution_percentage = 100
    else:
        set_rendering(scene, engine, size)
    render.use_compositing = render.use_compositing and engine == KEPT
    render.use_sequencer = False
    if abs(size[0] / size[1] / before - 1) > 0.01:
        for duet in duets(scene):
            fit_picture(duet, scene)
    if not words:
        _hide([child for camera in _cameras(scene) for child in camera.children])
    if profile.beside:
        _hide([screen for duet in duets(scene) if (screen := bpy.data.objects.get(f"{prefix_of(duet)} Footage")) is not None])
    if profile.transparent:
        render.film_transparent = True
        scene.display.render_aa = "11"  # nothing but fine threads to draw: there is time for them
        kept = {thing.name for thing in _left_in_overlay(scene)}
        if cut and render.engine != "BLENDER_WORKBENCH":
            bodies = _bodies(scene)
            kept |= {body.name for body in bodies}
            for body in bodies:
                body.is_holdout = True
        _hide([thing for thing in scene.objects if thing.name not in kept and thing.type not in ("LIGHT", "CAMERA")])


def _left_in_overlay(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    left = [child for camera in _cameras(scene) for child in camera.children]
    for duet in duets(scene):
        prefix = prefix_of(duet)
        threads = threads_of(duet)
        left += [threads] if threads is not None else []
        left += [thing for thing in bpy.data.collections[duet].all_objects if thing.name.startswith(f"{prefix} Name ")]
    return left


def _bodies(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    found = [bpy.data.objects.get(f"{prefix_of(duet)} {letter} body") for duet in duets(scene) for letter in "AB"]
    return [body for body in found if body is not None]


def _cameras(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """The duets' own cameras, on which words hang."""
    found = [bpy.data.objects.get(f"{prefix_of(duet)} Camera") for duet in duets(scene)]
    return [camera for camera in found if camera is not None]


def _hide(things: list[bpy.types.Object]) -> None:
    for thing in things:
        thing.hide_render = True
