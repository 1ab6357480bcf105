"""A dancer's body: the mannequin as a mesh that the armature deforms, and its matte material."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
import numpy as np

from .own import add_object
from .palette import DANCER_COLOURS, linear

if TYPE_CHECKING:
    from ...duet_core.body import Mannequin


def build_body(
    name: str, body: Mannequin, armature: bpy.types.Object, bones: list[str], dancer: int, duet: str, collection: bpy.types.Collection
) -> bpy.types.Object:
    """The mesh object of *body*, child of *armature*; *bones* are the armature's, in the order of the body's weights."""
    mesh = _mesh(name, body)
    thing = add_object(name, mesh, duet, collection)
    thing.parent = armature
    for bone in bones:
        thing.vertex_groups.new(name=bone)
    _assign(thing, body)
    thing.modifiers.new("Armature", "ARMATURE").object = armature
    colour = linear(DANCER_COLOURS[dancer % 2])
    thing.color = colour
    mesh.materials.append(_material(name, colour))
    return thing


def colour_body(body: bpy.types.Object, colour: str) -> None:
    """Another *colour* (``#rrggbb``, as on screen) for a body that `build_body` made."""
    body.color = linear(colour)
    for slot in body.material_slots:
        if slot.material is not None:
            _colour_material(slot.material, linear(colour))


def _mesh(name: str, body: Mannequin) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    count = len(body.quads)
    mesh.vertices.add(len(body.vertices))
    mesh.vertices.foreach_set("co", body.vertices.astype(np.float32).ravel())
    mesh.loops.add(4 * count)
    mesh.loops.foreach_set("vertex_index", body.quads.astype(np.int32).ravel())
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, 4 * count, 4, dtype=np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(count, dtype=bool))
    mesh.update(calc_edges=True)
    return mesh


def _assign(thing: bpy.types.Object, body: Mannequin) -> None:
    """Write the weights, rounded to 1/64 so that one call serves all vertices of a bone with the same weight."""
    steps = np.rint(body.weights * 64).astype(np.int64)
    for joint, column in enumerate(steps.T):
        used = np.flatnonzero(column)
        if not used.size:
            continue
        order = used[np.argsort(column[used], kind="stable")]
        values, starts = np.unique(column[order], return_index=True)
        for value, members in zip(values, np.split(order, starts[1:]), strict=True):
            thing.vertex_groups[joint].add(members.tolist(), float(value) / 64, "REPLACE")


def _material(name: str, colour: tuple[float, float, float, float]) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.roughness = 0.65
    if material.node_tree is None:
        material.use_nodes = True
    shader = _shader(material)
    if shader is not None:
        shader.inputs["Roughness"].default_value = 0.65
        shader.inputs["Specular IOR Level"].default_value = 0.3
    _colour_material(material, colour)
    return material


def _colour_material(material: bpy.types.Material, colour: tuple[float, float, float, float]) -> None:
    material.diffuse_color = colour
    shader = _shader(material)
    if shader is not None:
        shader.inputs["Base Color"].default_value = colour


def _shader(material: bpy.types.Material) -> bpy.types.Node | None:
    nodes = material.node_tree.nodes if material.node_tree is not None else ()
    return next((node for node in nodes if node.type == "BSDF_PRINCIPLED"), None)
