"""The joints as meshes that geometry nodes can read: vertices that follow bones, whatever an animator does to them later."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from mathutils import Matrix

from .armature import bone_names
from .node_tools import NodeWriter
from .own import add_object
from .reading import Source

JOINTS = " joints"
"""What follows an armature's name in the name of its mesh."""

RIG, TAILS = "duet_rig", "duet_tails"
"""Custom properties of a mesh that follows somebody else's armature: the dancer's number, and for each vertex whether it is at its bone's tail."""


def build_joints(name: str, armatures: list[bpy.types.Object], duet: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A hidden mesh object whose evaluated vertex dancer · J + joint stands at that joint, in the room.

    Each dancer has a mesh of its own, child of the armature and deformed by it, so that also an armature moved as a whole is followed; the
    object returned joins them by geometry nodes, vertex by vertex.
    """
    return _joined(name, [_build_one(f"{armature.name}{JOINTS}", armature, duet, collection) for armature in armatures], duet, collection)


def attach_joints(name: str, sources: Sequence[Source], duet: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """The same for armatures that others made, whose vertices follow the ends of the bones that *sources* name.

    Bones that deform nothing, such as controls, move no mesh by an Armature modifier: each vertex is hooked to its bone. Nothing of the armatures
    is changed.
    """
    return _joined(
        name, [_hook_one(f"{duet} {'AB'[n]} joints", n, source, duet, collection) for n, source in enumerate(sources)], duet, collection
    )


def _joined(name: str, parts: list[bpy.types.Object], duet: str, collection: bpy.types.Collection) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(sum(len(part.data.vertices) for part in parts))
    whole = add_object(name, mesh, duet, collection)
    modifier = whole.modifiers.new("Joints of both", "NODES")
    modifier.node_group = _joining_nodes(name, parts)
    _hide(whole)
    return whole


def _build_one(name: str, armature: bpy.types.Object, duet: str, collection: bpy.types.Collection) -> bpy.types.Object:
    bones = bone_names(armature)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(bones))
    heads = np.array([armature.data.bones[bone].head_local for bone in bones], dtype=np.float32)
    mesh.vertices.foreach_set("co", heads.ravel())
    thing = add_object(name, mesh, duet, collection)
    thing.parent = armature
    for index, bone in enumerate(bones):
        thing.vertex_groups.new(name=bone).add([index], 1.0, "REPLACE")
    thing.modifiers.new("Armature", "ARMATURE").object = armature
    _hide(thing)
    return thing


def _hook_one(name: str, dancer: int, source: Source, duet: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A mesh whose vertex n lies at the origin of the n-th bone's axes, or at its length along them, and is carried into the room by a hook."""
    armature = bpy.data.objects[source.armature]
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(source.bones))
    along = [armature.data.bones[bone].length if tail else 0.0 for bone, tail in zip(source.bones, source.tails, strict=True)]
    mesh.vertices.foreach_set("co", np.column_stack([np.zeros(len(along)), along, np.zeros(len(along))]).astype(np.float32).ravel())
    thing = add_object(name, mesh, duet, collection)
    for index, bone in enumerate(source.bones):
        hook = thing.modifiers.new(bone, "HOOK")
        hook.object, hook.subtarget = armature, bone
        hook.vertex_indices_set([index])
        hook.matrix_inverse = Matrix()  # in the bone's own axes
        hook.falloff_type = "NONE"
        hook.show_expanded = False
    thing[RIG], thing[TAILS] = dancer, [int(tail) for tail in source.tails]
    _hide(thing)
    return thing


def _hide(thing: bpy.types.Object) -> None:
    thing.hide_viewport = thing.hide_render = thing.hide_select = True


def _joining_nodes(name: str, parts: list[bpy.types.Object]) -> bpy.types.GeometryNodeTree:
    """A node group that moves the vertices of a mesh to those of *parts*, one part after the other."""
    tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    w = NodeWriter(tree)
    index, position = w.simple("GeometryNodeInputIndex"), w.simple("GeometryNodeInputPosition")
    place, first = None, 0
    for part in parts:
        geometry = w.node("GeometryNodeObjectInfo", {"transform_space": "RELATIVE"}, {"Object": part}).outputs["Geometry"]
        own = w.sample(geometry, position, w.whole("SUBTRACT", index, first) if first else index, "FLOAT_VECTOR")
        place = own if place is None else w.either("VECTOR", w.compare("GREATER_EQUAL", index, first, "INT"), own, place)
        first += len(part.data.vertices)
    given = w.simple("NodeGroupInput")
    w.feed(w.node("NodeGroupOutput").inputs[0], w.node("GeometryNodeSetPosition", None, {"Geometry": given, "Position": place}).outputs[0])
    w.arrange()
    return tree
