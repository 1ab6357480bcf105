"""Text that looks the same in Workbench, EEVEE and Cycles: still words, words that nodes write anew each frame, and flat patches of colour.

Nothing here is lit, casts shadows or needs Python while it plays. Knows nothing of duets.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from .node_tools import NodeWriter, Socket, Value

Colour = tuple[float, float, float]


WORKBENCH_LIGHT = 1.55
"""What a flat colour is raised by where Workbench draws it, since its studio light does not reach 1 on a pane that faces the camera."""

ATTRIBUTE = "Color"


def flat_name(colour: Colour | None) -> str:
    """The name of `flat_material`."""
    return f"Duet Flat {_hex(colour) if colour else 'Colours'}"


def flat_material(colour: Colour | None) -> bpy.types.Material:
    """The material that shines in linear *colour*, or in the mesh's colour attribute `ATTRIBUTE` where that is None; made if missing."""
    name = flat_name(colour)
    material = bpy.data.materials.get(name)
    if material is not None:
        return material
    material = bpy.data.materials.new(name)
    material.diffuse_color = _raised(colour or (0.5, 0.5, 0.5))
    material.specular_intensity = 0.0
    material.roughness = 1.0
    if material.node_tree is None:  # 5.x makes it at once, and warns where one asks for it
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    write = NodeWriter(tree)
    shown = write.node("ShaderNodeVertexColor", {"layer_name": ATTRIBUTE}).outputs["Color"] if colour is None else (*colour, 1.0)
    # What Workbench shows raised, the others show as it is.
    glow = write.node("ShaderNodeEmission", None, {"Color": shown, "Strength": 1.0 if colour else 1.0 / WORKBENCH_LIGHT})
    write.node("ShaderNodeOutputMaterial", None, {"Surface": glow.outputs[0]})
    write.arrange()
    return material


def flatten(ob: bpy.types.Object, colour: Colour) -> None:
    """Keep *ob* out of light and shadow, and give it *colour* where Workbench shows object colours (as 4.5 does for want of an attribute)."""
    ob.color = _raised(colour)
    ob.display.show_shadows = False
    ob.visible_shadow = ob.visible_diffuse = ob.visible_glossy = ob.visible_transmission = ob.visible_volume_scatter = False
    ob.hide_select = True


def add_text(
    name: str, words: str, collection: bpy.types.Collection, *, size: float, colour: Colour, align: str = "LEFT"
) -> bpy.types.Object:
    """A still line of text whose base line starts, centres or ends at the object's origin (*align* LEFT, CENTER or RIGHT)."""
    curve = bpy.data.curves.new(name, "FONT")
    curve.body = words
    curve.size = size
    curve.align_x = align
    curve.align_y = "BOTTOM_BASELINE"
    curve.resolution_u = 3
    curve.materials.append(flat_material(colour))
    ob = bpy.data.objects.new(name, curve)
    flatten(ob, colour)
    collection.objects.link(ob)
    return ob


def add_patch(
    name: str, points: NDArray, faces: Sequence[Sequence[int]], colours: Sequence[Colour] | NDArray, collection: bpy.types.Collection
) -> bpy.types.Object:
    """A flat patch: *points* (N, 2) in its plane, *faces* of point indices, and a linear colour for each point."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.column_stack((points, np.zeros(len(points)))).tolist(), [], [list(map(int, face)) for face in faces])
    attribute = mesh.color_attributes.new(ATTRIBUTE, "FLOAT_COLOR", "POINT")
    raised = np.array([_raised(colour) for colour in colours], dtype=np.float32)
    attribute.data.foreach_set("color", raised.ravel())
    mesh.color_attributes.active_color = attribute
    mesh.materials.append(flat_material(None))
    ob = bpy.data.objects.new(name, mesh)
    flatten(ob, colours[0])
    collection.objects.link(ob)
    return ob


def recolour(patch: bpy.types.Object, colours: NDArray) -> None:
    """Give the points of *patch* other linear *colours* (N, 3)."""
    raised = np.array([_raised(tuple(colour)) for colour in colours], dtype=np.float32)
    patch.data.color_attributes[ATTRIBUTE].data.foreach_set("color", raised.ravel())
    patch.data.update()


class TextWriter(NodeWriter):
    """A `NodeWriter` that also handles strings and ends in filled letters."""

    def format(self, template: str, **values: Value) -> Socket:
        """*template* with ``{name}`` or ``{name:.2f}`` for each of *values*: a string socket, or a number."""
        node = self.node("FunctionNodeFormatString", None, {"Format": template})
        for name, value in values.items():
            kind = value.type if isinstance(value, bpy.types.NodeSocket) else "VALUE"
            node.format_items.new({"STRING": "STRING", "INT": "INT"}.get(kind, "FLOAT"), name)
            self.feed(node.inputs[name], value)
        return node.outputs[0]

    def pick(self, index: Value, texts: Sequence[str | Socket]) -> Socket:
        """The text number *index*."""
        return self.switch("STRING", index, texts)

    def letters(self, text: Value, size: float, align: str, material: bpy.types.Material) -> Socket:
        """The geometry of *text*, filled, its base line at the origin."""
        node = self.node("GeometryNodeStringToCurves", None, {"String": text, "Size": size})
        for name, value in (("align_x", align), ("align_y", "BOTTOM_BASELINE")):
            if hasattr(node, name):
                setattr(node, name, value)
            else:  # a menu socket in newer versions
                node.inputs[name.replace("_", " ").title()].default_value = value.replace("_", " ").title()
        curves = self.node("GeometryNodeRealizeInstances", None, {"Geometry": node.outputs[0]}).outputs[0]
        coarse = self.node("GeometryNodeSetSplineResolution", None, {"Geometry": curves, "Resolution": 3}).outputs[0]
        filled = self.node("GeometryNodeFillCurve", None, {"Curve": coarse}).outputs[0]
        return self.node("GeometryNodeSetMaterial", None, {"Geometry": filled, "Material": material}).outputs[0]


def add_written(
    name: str, collection: bpy.types.Collection, *, colour: Colour, mesh: bpy.types.Mesh | None = None
) -> tuple[bpy.types.Object, TextWriter, Socket]:
    """An object whose nodes are to write a text: the object, the writer, and the group's input geometry (*mesh*); end with `finish`."""
    tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    ob = bpy.data.objects.new(name, mesh or bpy.data.meshes.new(name))
    flatten(ob, colour)
    collection.objects.link(ob)
    ob.modifiers.new(name, "NODES").node_group = tree
    write = TextWriter(tree)
    return ob, write, write.simple("NodeGroupInput")


def finish(write: TextWriter, geometry: Socket) -> None:
    """End the group with *geometry*."""
    write.node("NodeGroupOutput", None, {0: geometry})
    write.arrange()


def _raised(colour: Colour) -> tuple[float, float, float, float]:
    return (*(float(c) * WORKBENCH_LIGHT for c in colour), 1.0)  # type: ignore[return-value]


def _hex(colour: Colour) -> str:
    return "".join(f"{round(min(max(c, 0.0), 1.0) * 255):02x}" for c in colour)
