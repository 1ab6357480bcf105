"""Connections into a duet that already stands in the scene: threads and words are made anew, all else stays as it is."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import bpy

from ...duet_core.clip import Clip
from ...duet_core.connections import Connections
from ...duet_core.framing import frame_dance
from ...duet_core.shots import SHOTS
from ...duet_core.threads import FLOOR
from ..preferences import first_look, first_thread_look
from ..steps import finished
from .annotations import annotating, recolour_legend
from .camera import build_camera, move_camera, place_camera, settle_words, shot_of
from .duet import check_fit, colour_ramp
from .memory import first_frame, has_connections, prefix_of, recall_clip, recall_connections, remember_connections, threads_of
from .moment import stored_of
from .own import remove_object
from .stage import change_stage
from .stage_looks import ink_words
from .thread_looks import FIRST_LOOK, on_light_stage, set_thread_look, suit_stage
from .threads import Planned, building_threads, get_input, plan_threads, without_hidden


def drawing(
    duet: str,
    clip: Clip,
    connections: Connections,
    *,
    threshold: float,
    top_k: int,
    width: float,
    scene: str,
    packed: str | None = None,
    planned: Planned | None = None,
) -> Generator[None, None, str]:
    """Draw *connections* in the collection *duet*, whose dancers dance *clip*, and return the name of the object with the threads.

    In steps of some milliseconds, between which Blender may draw its window; nothing else may change the file meanwhile.

    Args:
        threshold, top_k, width: values of the modifier's inputs (`threads.build_threads`).
        scene: name of the one whose picture the words are to fit.
        packed: *connections* as the file keeps them (`memory.packed_connections`), where that is made already.
        planned: what is drawn of them (`plan`), where that is made already; of no use where *threshold* now asks for fainter ones.

    Raises:
        InputError: the connections are of another duet, or the duet's dancers are gone.
    """
    check_fit(clip, connections)
    prefix = prefix_of(duet)
    if planned is None or planned.floor != min(FLOOR, threshold):
        planned = plan(clip, connections, threshold)
    yield
    remember_connections(duet, connections, packed)
    yield
    new = threads_of(duet) is None
    threads = yield from building_threads(
        planned, f"{prefix} joints", prefix, duet, threshold=threshold, top_k=top_k, width=width, start_frame=first_frame(duet)
    )
    light, look = on_light_stage(bpy.data.scenes[scene]), first_thread_look()
    if new and look != FIRST_LOOK:
        set_thread_look(bpy.data.objects[threads], look, light=light)
    else:
        suit_stage(bpy.data.objects[threads], light=light)
    yield
    yield from writing_words(duet, clip, connections, scene, threshold=threshold)
    recolour_legend(prefix, threshold)
    yield
    stored_of(bpy.data.objects[threads])  # so that the panel that lists them need not read them while it draws
    return threads


def plan(clip: Clip, connections: Connections, threshold: float) -> Planned:
    """What `drawing` draws of *connections*. Any thread may do it."""
    return plan_threads(connections, floor=min(FLOOR, threshold), skeleton=clip.skeleton, positions=clip.positions)


def write_words(duet: str, clip: Clip, connections: Connections | None, scene: bpy.types.Scene, *, threshold: float) -> None:
    """All at once what `writing_words` does in steps."""
    finished(writing_words(duet, clip, connections, scene.name, threshold=threshold))


def writing_words(duet: str, clip: Clip, connections: Connections | None, scene: str, *, threshold: float) -> Generator[None, None, None]:
    """Write title, time, legend and sentence anew, to fit the shape of the picture of *scene*; the title's words stay."""
    prefix = prefix_of(duet)
    camera = bpy.data.objects.get(f"{prefix} Camera")
    if camera is None:  # there is no pane to write on
        return
    title = _title(prefix) or " and ".join(clip.names)
    if connections is not None:
        connections = without_hidden(threads_of(duet), connections)
    render = bpy.data.scenes[scene].render
    framing = frame_dance(clip, render.resolution_x / render.resolution_y)
    yield
    camera = bpy.data.objects[f"{prefix} Camera"]
    for name in [child.name for child in camera.children if child.name.startswith(f"{prefix} ")]:
        remove_object(bpy.data.objects[name])
    yield
    yield from annotating(
        clip, connections, framing, prefix, duet, camera=f"{prefix} Camera", threshold=threshold, title=title, ramp=colour_ramp(),
        start=first_frame(duet),
    )  # fmt: skip
    yield
    settle_words(f"{prefix} Camera")
    ink_words(duet)


def has_words(duet: str) -> bool:
    """Whether there is a camera before which the duet's words hang."""
    return f"{prefix_of(duet)} Camera" in bpy.data.objects


def fit_picture(duet: str, scene: bpy.types.Scene) -> None:
    """Place the duet's camera and words anew, after the shape of *scene*'s picture has changed. A camera that somebody has moved stays."""
    clip = recall_clip(duet)
    connections = recall_connections(duet) if has_connections(duet) else None
    camera = f"{prefix_of(duet)} Camera"
    aspect = scene.render.resolution_x / scene.render.resolution_y
    shot = shot_of(camera)
    if shot:
        move_camera(camera, shot, SHOTS[shot](clip, aspect), first_frame(duet))
    else:
        place_camera(camera, frame_dance(clip, aspect))
    write_words(duet, clip, connections, scene, threshold=shown_so_far(duet)["threshold"])


def set_stage(duet: str, scene: bpy.types.Scene, name: str) -> None:
    """Give the duet the stage *name* (of `stage_looks.LOOKS`), with words that can be read on it."""
    clip, prefix = recall_clip(duet), prefix_of(duet)
    framing = frame_dance(clip, scene.render.resolution_x / scene.render.resolution_y)
    change_stage(clip, framing, prefix, bpy.data.collections[duet], scene, name)
    thing = threads_of(duet)
    if thing is not None:
        suit_stage(thing, light=on_light_stage(scene))
        recolour_legend(prefix, float(get_input(thing, "Threshold")))
    ink_words(duet)


def take_shot(duet: str, scene: bpy.types.Scene, shot: str) -> str:
    """Have the duet's own camera take *shot* (of `SHOTS`), and return its name; it is made again where it is gone. Other cameras stay as they are."""
    clip, prefix = recall_clip(duet), prefix_of(duet)
    name = f"{prefix} Camera"
    aspect = scene.render.resolution_x / scene.render.resolution_y
    if name not in bpy.data.objects:
        build_camera(frame_dance(clip, aspect), prefix, bpy.data.collections[duet])
        connections = recall_connections(duet) if has_connections(duet) else None
        write_words(duet, clip, connections, scene, threshold=shown_so_far(duet)["threshold"])
    move_camera(name, shot, SHOTS[shot](clip, aspect), first_frame(duet))
    return name


def shown_so_far(duet: str) -> dict[str, Any]:
    """``threshold``, ``top_k`` and ``width`` as the duet's threads now have them, or as the preferences have them at first."""
    thing = threads_of(duet)
    if thing is None:
        return first_look()
    return {key: get_input(thing, name) for key, name in (("threshold", "Threshold"), ("top_k", "Top K"), ("width", "Width"))}


def _title(prefix: str) -> str:
    thing = bpy.data.objects.get(f"{prefix} Title")
    return thing.data.body if thing is not None and thing.type == "FONT" else ""
