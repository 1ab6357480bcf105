"""New motion for a duet that already stands in the scene: its dancers dance it, and what a person made of the duet stays."""

from __future__ import annotations

import bpy

from ...duet_core.clip import Clip
from ...duet_core.errors import InputError
from ...duet_core.framing import frame_dance
from ...duet_core.posing import pose, with_trunk
from ..steps import finished
from .armature import all_bones, writing_motion
from .dancers import building_dancers
from .keys import own_action, write_motion
from .memory import (
    about_clip,
    armatures_of,
    first_frame,
    forget_connections,
    has_connections,
    prefix_of,
    recall_connections,
    remember_clip,
    threads_of,
)
from .name_tags import name_places
from .redraw import shown_so_far, write_words
from .shadows import follow_bodies
from .threads import remove_threads, set_input
from .timing import scene_rate, set_scene_timing


def update_duet(duet: str, clip: Clip, scene: bpy.types.Scene) -> list[str]:
    """Let the dancers of the collection *duet* dance *clip*, and return what a person should know.

    Armatures, bodies, materials, stage, camera and whatever else stands in the collection stay as they are; only with another skeleton armatures
    and bodies are made anew, with the bodies' materials. Connections that were found stay where they can still be those of the motion: with the same
    joints, rate and length.
    """
    said = []
    about, prefix, start = about_clip(duet), prefix_of(duet), first_frame(duet)
    collection = bpy.data.collections[duet]
    same_joints = about["skeleton"] == clip.skeleton and len(about["meta"]["dancers"]) == clip.dancers
    same_time = (about["frames"], about["fps"]) == (clip.frames, clip.fps)
    if has_connections(duet) and not (same_joints and same_time):
        shown = threads_of(duet)
        if shown is not None:
            remove_threads(shown.name)
        forget_connections(duet)
        said.append(f"The connections of {duet} were those of another length, rate or skeleton and are gone: find them again")
    elif has_connections(duet):
        said.append(f"The connections of {duet} are those of its earlier motion: press Update")
    if same_joints and _are_there(duet):
        armatures = [bpy.data.objects[name] for name in armatures_of(duet)]
        positions, skeleton = clip.positions, clip.skeleton
        if any(len(all_bones(armature)) > len(skeleton) for armature in armatures):
            positions, skeleton = with_trunk(positions, skeleton)
        posed = pose(positions, skeleton, clip.fps)
        for dancer, armature in enumerate(armatures):
            finished(writing_motion(armature.name, posed, dancer, skeleton, start=start))
    else:
        _build_again(clip, prefix, collection, start)
        shown = threads_of(duet)
        if shown is not None:
            set_input(shown, "Joints", bpy.data.objects[f"{prefix} joints"])
    remember_clip(duet, clip, start)
    _move_names(clip, prefix, scene, start)
    if not same_time:
        _follow_time(about, clip, scene, start)
        connections = recall_connections(duet) if has_connections(duet) else None
        write_words(duet, clip, connections, scene, threshold=shown_so_far(duet)["threshold"])
    return said


def _are_there(duet: str) -> bool:
    """Whether the dancers' armatures are whole: else somebody has deleted one, or bones of it."""
    try:
        return bool(armatures_of(duet))
    except InputError:
        return False


def _build_again(clip: Clip, prefix: str, collection: bpy.types.Collection, start: int) -> None:
    """Dancers of another skeleton, with the materials and the colours that the bodies had."""
    names = [f"{prefix} {letter} body" for letter in "AB"]
    looks = {}
    for name in names:
        body = bpy.data.objects.get(name)
        if body is not None:
            looks[name] = ([slot.material.name if slot.material else "" for slot in body.material_slots], tuple(body.color))
            for slot in body.material_slots:
                if slot.material:
                    slot.material.use_extra_user = True
    bodies = finished(building_dancers(clip, prefix, collection.name, start=start)).bodies
    follow_bodies(f"{prefix} Shadows", bodies)
    for name in bodies:
        if name not in looks:
            continue
        body, (materials, colour) = bpy.data.objects[name], looks[name]
        body.color = colour
        made = [slot.material for slot in body.material_slots]
        body.data.materials.clear()
        for material in materials:
            body.data.materials.append(bpy.data.materials.get(material))
        bpy.data.batch_remove([material for material in made if material is not None and material.users == 0])
    for material in {name for names_, _ in looks.values() for name in names_ if name}:
        bpy.data.materials[material].use_extra_user = False


def _move_names(clip: Clip, prefix: str, scene: bpy.types.Scene, start: int) -> None:
    """The dancers' names over the heads go where the heads go now."""
    framing = frame_dance(clip, scene.render.resolution_x / scene.render.resolution_y)
    places = None
    for dancer, name in enumerate(clip.names):
        thing = bpy.data.objects.get(f"{prefix} Name {name}")
        if thing is None:
            continue
        places = name_places(clip, framing) if places is None else places
        write_motion(own_action(thing, thing.name), thing, "location", start, places[:, dancer].T)


def _follow_time(before: dict, clip: Clip, scene: bpy.types.Scene, start: int) -> None:
    """Give the scene the clip's length and rate where it had those of the motion before: then they came from there."""
    same_rate = abs(scene_rate(scene) - before["fps"]) < 1e-3 * before["fps"]
    same_end = scene.frame_end == start + before["frames"] - 1
    if same_rate and same_end:
        set_scene_timing(scene, clip, start)
