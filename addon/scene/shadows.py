"""The dancers' shadows on the floor where the engine draws none: their bodies, flattened by geometry nodes.

Workbench's own shadows cost half of a frame's time and are hard and black. EEVEE and Cycles cast true ones and do not see these.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from ...duet_core.framing import Framing
from .node_tools import NodeWriter

COLOUR = (0.013, 0.0145, 0.018)
_HEIGHT = 0.004
_SLANT = (0.22, 0.34)
"""How far the shadow of a point falls for each metre of its height: to the viewer's right, and away from the viewer."""


def build_shadows(bodies: Sequence[str], framing: Framing, duet: str, collection: bpy.types.Collection) -> str:
    """Make one object that lays the shadows of the objects *bodies* on the floor, and return its name."""
    name = f"{duet} Shadows"
    tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    write = NodeWriter(tree)
    write.simple("NodeGroupInput")
    join = write.node("GeometryNodeJoinGeometry")
    for body in bodies:
        info = write.node("GeometryNodeObjectInfo", {"transform_space": "RELATIVE"}, {"Object": bpy.data.objects[body]})
        tree.links.new(info.outputs["Geometry"], join.inputs[0])
    x, y, z = write.separate(write.simple("GeometryNodeInputPosition"))
    right, ahead = framing.axes[0], framing.axes[2]
    flat_ahead = np.array([ahead[0], ahead[1]]) / np.hypot(ahead[0], ahead[1])
    slant = _SLANT[0] * right[:2] + _SLANT[1] * flat_ahead
    place = write.combine(write.math("MULTIPLY_ADD", z, float(slant[0]), x), write.math("MULTIPLY_ADD", z, float(slant[1]), y), _HEIGHT)
    flat = write.node("GeometryNodeSetPosition", None, {"Geometry": join.outputs[0], "Position": place}).outputs[0]
    dark = write.node("GeometryNodeSetMaterial", None, {"Geometry": flat, "Material": _material()}).outputs[0]
    write.node("NodeGroupOutput", None, {0: dark})
    write.arrange()
    ob = bpy.data.objects.new(name, bpy.data.meshes.new(name))
    ob.modifiers.new(name, "NODES").node_group = tree
    ob.color = (*COLOUR, 1.0)
    ob.hide_select = True
    ob.visible_shadow = False
    collection.objects.link(ob)
    return ob.name


def follow_bodies(name: str, bodies: Sequence[str]) -> None:
    """Let the shadows' object *name* show the shadows of the objects *bodies* instead of those that were there before."""
    thing = bpy.data.objects.get(name)
    groups = [each.node_group for each in thing.modifiers if each.type == "NODES" and each.node_group] if thing is not None else []
    for group in groups:
        nodes = [node for node in group.nodes if node.bl_idname == "GeometryNodeObjectInfo"]
        for node, body in zip(nodes, bodies, strict=False):
            node.inputs["Object"].default_value = bpy.data.objects[body]


def colour_shadows(name: str, colour: tuple[float, float, float] | None) -> None:
    """Give the shadows' object *name* the linear *colour*; without one they are hidden."""
    thing = bpy.data.objects.get(name)
    if thing is None:
        return
    thing.hide_viewport = thing.hide_render = colour is None
    if colour is None:
        return
    thing.color = (*colour, 1.0)
    for modifier in thing.modifiers:
        for node in modifier.node_group.nodes if modifier.type == "NODES" and modifier.node_group else ():
            if node.bl_idname == "GeometryNodeSetMaterial":
                node.inputs["Material"].default_value = _material(colour)


def _material(colour: tuple[float, float, float] = COLOUR) -> bpy.types.Material:
    """That colour in Workbench and the Solid viewport, nothing at all in EEVEE and Cycles."""
    name = "Duet Shadow" if colour == COLOUR else "Duet Shadow " + " ".join(f"{c:.3g}" for c in colour)
    material = bpy.data.materials.get(name)
    if material is not None:
        return material
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*colour, 1.0)
    material.specular_intensity = 0.0
    material.roughness = 1.0
    if material.node_tree is None:  # 5.x makes it at once, and warns where one asks for it
        material.use_nodes = True
    material.node_tree.nodes.clear()
    write = NodeWriter(material.node_tree)
    nothing = write.node("ShaderNodeBsdfTransparent").outputs[0]
    write.node("ShaderNodeOutputMaterial", None, {"Surface": nothing})
    return material
