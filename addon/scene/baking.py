"""Threads as plain objects with keys, in a collection of their own: what other programs can read. See `duet_core.sticks`."""

from __future__ import annotations

import json
from collections.abc import Callable

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.errors import InputError
from ...duet_core.moments import joint_words
from ...duet_core.sticks import MOST, Stick, sticks
from .keys import write_curve
from .memory import about_clip, first_frame, prefix_of, threads_of
from .own import MARK, NAMED
from .palette import RAMP, linear
from .threads import get_input, read_gates, read_shows, read_threads

BAKED = "duet_baked"
"""Custom property of the collection with baked threads: the duet's prefix."""

SIDES = 8
BANDS = 6
"""Sides of a stick, and materials: a stick has the colour of its highest confidence, rounded to one of so many."""


def bake_threads(
    duet: str, scene: bpy.types.Scene, *, most: int = MOST, step: int = 1, progress: Callable[[float], None] | None = None
) -> tuple[str, int]:
    """Make an object with keys for each connection that *duet* shows, in place of an earlier bake; returns the collection's name and how many.

    Args:
        most: at most so many, those that are shown most.
        step: a key every so many frames.

    Raises:
        InputError: no threads are drawn, or they show nothing.
    """
    thing = threads_of(duet)
    if thing is None:
        raise InputError("no connections are drawn", place=duet, remedy="press Find Connections or Draw Connections first")
    followers = get_input(thing, "Joints")
    if followers is None:
        raise InputError("the mesh that follows the joints is gone", place=duet, remedy="import the poses again")
    prefix = prefix_of(duet)
    about, threads = read_threads(thing)
    gate, chosen = read_gates(thing)
    frames = int(about_clip(duet)["frames"])
    joints, start = about["joints"], first_frame(duet)
    positions = joint_places(followers, range(start, start + frames), progress).reshape(frames, 2, len(joints), 3)
    width, fade, taper = (float(get_input(thing, name)) for name in ("Width", "Fade", "Taper"))
    made = sticks(
        threads, positions, read_shows(thing, range(start, start + frames)), gate, chosen, width=width, fade=fade, most=most, step=step
    )
    if not made:
        raise InputError("the threads show nothing at any frame", place=duet, remedy="lower the threshold, then bake again")
    remove_bake(duet)
    collection = bpy.data.collections.new(f"{prefix} Baked")
    collection[BAKED] = prefix
    collection.hide_render = True  # the threads themselves are in the picture
    bpy.data.collections[duet].children.link(collection)
    action = bpy.data.actions.new(collection.name)
    materials: dict[int, bpy.types.Material] = {}
    names = about_clip(duet)["meta"]["dancers"]
    for stick in made:
        band = min(int(stick.peak * BANDS), BANDS - 1)
        if band not in materials:
            materials[band] = _material(f"{prefix} Baked {band + 1}", (band + 0.5) / BANDS)
        ends = [
            f"{names[dancer[stick.edge]]} {joint_words(joints[joint[stick.edge]])}"
            for dancer, joint in ((threads.from_dancer, threads.from_joint), (threads.to_dancer, threads.to_joint))
        ]
        name = f"{prefix} {' to '.join(ends)}"[:60]
        # A mesh for each: some formats keep its name alone.
        _object(name, stick, _mesh(name, materials[band], taper), action, prefix, collection, start)
    return collection.name, len(made)


def baked_of(duet: str) -> bpy.types.Collection | None:
    """The collection with the baked threads of *duet*. Not to be kept."""
    return next((child for child in bpy.data.collections[duet].children_recursive if BAKED in child), None)


def remove_bake(duet: str) -> bool:
    """Remove the baked threads of *duet* with all that belongs to them; whether there were any."""
    collection = baked_of(duet)
    if collection is None:
        return False
    things = list(collection.objects)
    actions = {thing.animation_data.action for thing in things if thing.animation_data and thing.animation_data.action}
    meshes = {thing.data for thing in things if thing.data}
    materials = {material for mesh in meshes for material in mesh.materials if material}
    bpy.data.batch_remove([*things, collection])
    for group in (actions, meshes, materials):
        bpy.data.batch_remove([block for block in group if block.users == 0])
    return True


def joint_places(joints: bpy.types.Object, frames: range, progress: Callable[[float], None] | None = None) -> NDArray[np.float32]:
    """(T, N, 3) where the vertices of the object *joints* stand in the room at each of the scene's *frames*.

    They are stepped through in a scene of their own: the user's scene and its frame stay as they are.
    """
    hidden = joints.hide_viewport
    aside = bpy.data.scenes.new("Duet sampling")
    places = []
    try:
        joints.hide_viewport = False
        aside.collection.objects.link(joints)
        for done, frame in enumerate(frames):
            aside.frame_set(frame)
            evaluated = joints.evaluated_get(aside.view_layers[0].depsgraph)
            here = np.empty((len(evaluated.data.vertices), 3), np.float32)
            evaluated.data.vertices.foreach_get("co", here.ravel())
            room = np.array(evaluated.matrix_world, np.float32)
            places.append(here @ room[:3, :3].T + room[:3, 3])
            if progress is not None and done % 50 == 0:
                progress(done / len(frames))
    finally:
        bpy.data.scenes.remove(aside)
        joints.hide_viewport = hidden
    return np.stack(places)


def _object(
    name: str, stick: Stick, mesh: bpy.types.Mesh, action: bpy.types.Action, prefix: str, collection: bpy.types.Collection, start: int
) -> None:
    thing = bpy.data.objects.new(name, mesh)
    thing[MARK], thing[NAMED] = prefix, thing.name
    thing[BAKED] = json.dumps({"name": name, "peak": round(stick.peak, 3)})
    collection.objects.link(thing)
    thing.rotation_mode = "QUATERNION"
    animation = thing.animation_data_create()
    animation.action = action
    animation.action_slot = action.slots.new("OBJECT", thing.name)  # all in one action, each by a slot of its own
    frames = stick.frames + start
    for path, values in (("location", stick.location), ("rotation_quaternion", stick.rotation), ("scale", stick.scale)):
        for index, row in enumerate(values.T):
            write_curve(action, thing, path, index, frames, row)


def _mesh(name: str, material: bpy.types.Material, taper: float) -> bpy.types.Mesh:
    """A stick from z = 0 to 1, radius 1 at the source, thinner at the target."""
    turn = np.linspace(0, 2 * np.pi, SIDES, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn), np.zeros(SIDES)], axis=1)
    end = ring * max(1 - taper, 0.1) + (0, 0, 1)
    here = np.arange(SIDES)
    after = (here + 1) % SIDES
    sides = np.stack([here, after, after + SIDES, here + SIDES], axis=1)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.concatenate([ring, end]).tolist(), [], [*sides.tolist(), here[::-1].tolist(), (here + SIDES).tolist()])
    mesh.polygons.foreach_set("use_smooth", np.arange(SIDES + 2) < SIDES)
    mesh.materials.append(material)
    return mesh


def _material(name: str, confidence: float) -> bpy.types.Material:
    """The ramp's colour of *confidence*, in nodes that exporters understand."""
    material = bpy.data.materials.new(name)
    at, shades = zip(*((place, linear(colour)) for place, colour in RAMP), strict=True)
    colour = [float(np.interp(confidence, at, channel)) for channel in zip(*shades, strict=True)]
    material.diffuse_color = colour
    if material.node_tree is None:  # 5.x makes it at once, and warns where one asks for it
        material.use_nodes = True
    shader = next((node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"), None)
    if shader is not None:
        shader.inputs["Base Color"].default_value = colour
        shader.inputs["Emission Color"].default_value = colour
        shader.inputs["Emission Strength"].default_value = 1.0
        shader.inputs["Roughness"].default_value = 0.4
    return material
