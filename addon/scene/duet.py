"""A whole duet in the scene: dancers, threads, stage, camera and words in one collection."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.clip import Clip
from ...duet_core.connections import DISPLAY_THRESHOLD, Connections
from ...duet_core.errors import InputError
from ...duet_core.framing import frame_dance
from ...duet_core.threads import FLOOR
from ..steps import at_once
from .annotations import annotating
from .camera import build_camera
from .dancers import building_dancers
from .memory import duets, free_name, remember_clip, remember_connections
from .name_tags import build_names
from .palette import DANCER_COLOURS, RAMP, as_light, linear
from .shadows import build_shadows
from .stage import build_stage, lit_already, set_look, set_viewports
from .thread_looks import on_light_stage
from .threads import building_threads, plan_threads
from .timing import FIRST_FRAME, set_scene_timing

if TYPE_CHECKING:  # what makes bodies is read when the first one is made
    from ...duet_core.figures import Figures

TOP_K = 40
WIDTH = 0.02


@dataclass(frozen=True)
class DuetNames:
    """What `build_duet` made, by name."""

    collection: str
    armatures: tuple[str, ...]
    bodies: tuple[str, ...]
    joints: str
    camera: str
    threads: str | None


def building_duet(
    clip: Clip,
    connections: Connections | None = None,
    *,
    name: str = "Duet",
    title: str | None = None,
    threshold: float = DISPLAY_THRESHOLD,
    top_k: int = TOP_K,
    width: float = WIDTH,
    aspect: float | None = None,
    scene: str | None = None,
    start: int = FIRST_FRAME,
    shaped: Figures | None = None,
) -> Generator[None, None, DuetNames]:
    """Build *clip*, and *connections* where given, in *scene* and return what was made, by name. In steps; `build_duet` does it at once.

    The scene gets the clip's rate and length and the duet's camera and look, unless another duet already stands in it.

    Args:
        name: of the collection and the prefix of every object; a number is added where it is taken.
        title: the headline in the picture; by default the dancers' names.
        threshold, top_k, width: which threads show at first and how thick they are; modifier inputs afterwards.
        aspect: the picture's width over height; by default the scene's.
        scene: its name; by default the current one's.
        start: the frame of it at which the dance begins.
        shaped: the clip's `figures`, where they are made already.

    Raises:
        InputError: the connections are of another skeleton or another duet.
    """
    if connections is not None:
        check_fit(clip, connections)
    scene = scene or bpy.context.scene.name
    here = bpy.data.scenes[scene]
    duet = free_name(name)
    alone = not duets(here)
    here.collection.children.link(bpy.data.collections.new(duet))
    if alone:
        set_scene_timing(here, clip, start)
    else:  # the other duet keeps its rate, its camera and its light
        here.frame_end = max(here.frame_end, start + clip.frames - 1)
    if aspect is None:
        aspect = here.render.resolution_x / here.render.resolution_y
    framing = frame_dance(clip, aspect)
    yield
    dancers = yield from building_dancers(clip, duet, duet, shaped=shaped, start=start)
    for armature in dancers.armatures:  # at first bodies dance, and the bones' shapes would stick out of them
        bpy.data.objects[armature].data.show_bone_custom_shapes = False
    collection = bpy.data.collections[duet]
    camera = build_camera(framing, duet, collection)
    build_stage(clip, framing, duet, collection, shining=not lit_already(bpy.data.scenes[scene], duet))
    build_shadows(dancers.bodies, framing, duet, collection)
    if alone:
        set_look(bpy.data.scenes[scene], duet, camera)
        set_viewports(camera)
    yield
    threads = None
    if connections is not None:
        planned = plan_threads(connections, floor=min(FLOOR, threshold), skeleton=clip.skeleton, positions=clip.positions)
        threads = yield from building_threads(
            planned, dancers.joints, duet, duet, threshold=threshold, top_k=top_k, width=width, start_frame=start
        )
    title = title or " and ".join(clip.names)
    yield from annotating(
        clip, connections, framing, duet, duet, camera=camera, threshold=threshold, title=title, ramp=colour_ramp(), start=start
    )
    colours = tuple(as_light(colour) for colour in DANCER_COLOURS[: clip.dancers])
    build_names(clip, framing, duet, bpy.data.collections[duet], camera=camera, colours=colours, start=start)
    yield
    remember_clip(duet, clip, start)
    if connections is not None:
        remember_connections(duet, connections)
    return DuetNames(duet, tuple(dancers.armatures), tuple(dancers.bodies), dancers.joints, camera, threads)


build_duet = at_once(building_duet)


def building_guests(
    clip: Clip, *, name: str, scene: str, colours: tuple[str, ...], start: int, shaped: Figures | None = None, shadows: bool = True
) -> Generator[None, None, str]:
    """Dancers and their names in a collection of their own, whose name is returned: stage, light, camera and time of *scene* stay as they are. In steps.

    Args:
        colours: ``#rrggbb`` of the names.
        start: the scene frame at which they begin.
        shadows: whether they throw the duet's own ones on the floor.
    """
    duet = free_name(name)
    bpy.data.scenes[scene].collection.children.link(bpy.data.collections.new(duet))
    dancers = yield from building_dancers(clip, duet, duet, shaped=shaped, start=start)
    for armature in dancers.armatures:
        bpy.data.objects[armature].data.show_bone_custom_shapes = False
    here = bpy.data.scenes[scene]
    framing = frame_dance(clip, here.render.resolution_x / here.render.resolution_y)
    yield
    if shadows:
        build_shadows(dancers.bodies, framing, duet, bpy.data.collections[duet])
        yield
    here = bpy.data.scenes[scene]
    if here.camera is not None:
        lights = tuple(as_light(colour, on_light=on_light_stage(here)) for colour in colours)
        build_names(clip, framing, duet, bpy.data.collections[duet], camera=here.camera.name, colours=lights, start=start)
        yield
    remember_clip(duet, clip, start)
    return duet


def colour_ramp() -> NDArray:
    """(101, 3) linear colours of the threads from confidence 0 to 1."""
    shades = np.array([linear(colour)[:3] for _, colour in RAMP])
    return np.column_stack([np.interp(np.linspace(0, 1, 101), [at for at, _ in RAMP], channel) for channel in shades.T])


def check_fit(clip: Clip, connections: Connections) -> None:
    """Raise InputError where *connections* cannot belong to *clip*."""
    if tuple(connections.joints) != tuple(clip.skeleton.joints):
        raise InputError(
            f"the connections are between {len(connections.joints)} joints, the dancers have {len(clip.skeleton)} (or others)",
            remedy="give the connections that were found in these poses",
        )
    if connections.windows and int(connections.window_end.max()) > clip.frames:
        raise InputError(
            f"the connections reach frame {int(connections.window_end.max())}, the dance ends at {clip.frames}",
            remedy="give the connections that were found in these poses, with the same --frames",
        )
