"""The materials of the threads: what the nodes say of colour, confidence and pulse, as light or as matter, in Cycles and EEVEE alike."""

from __future__ import annotations

import bpy

from .node_tools import NodeWriter, Socket
from .palette import linear
from .thread_tubes import COLOUR, GLOW

MATERIAL = "Duet Threads"
VERSION = 2


def thread_material() -> bpy.types.Material:
    """The threads' material, made if the file has none. Returned for immediate use; keep its name."""
    for material in bpy.data.materials:
        if material.name.startswith(MATERIAL) and material.get("duet_version") == VERSION and material.library is None:
            return material
    material = bpy.data.materials.new(MATERIAL)
    material["duet_version"] = VERSION
    material.diffuse_color = linear("#f2643d")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    w = NodeWriter(tree)
    colour = w.vector("SCALE", _read(w, COLOUR, "Color"), Scale=1.0 / GLOW)
    glow = w.math("ADD", w.remap(_read(w, "confidence"), 0.3, 1.0, 0.7, 2.4), w.math("MULTIPLY", _read(w, "pulse"), 2.5))
    shader = w.node(
        "ShaderNodeBsdfPrincipled", None, {"Base Color": colour, "Roughness": 0.4, "Emission Color": colour, "Emission Strength": glow}
    )
    output = w.node("ShaderNodeOutputMaterial")
    w.feed(output.inputs["Surface"], shader.outputs[0])
    w.arrange(width=280.0)
    return material


def _read(w: NodeWriter, name: str, output: str = "Fac") -> Socket:
    return w.node("ShaderNodeAttribute", {"attribute_type": "GEOMETRY", "attribute_name": name}).outputs[output]
