"""The material of the threads: confidence → colour ramp → base and emission, in Cycles and EEVEE alike."""

from __future__ import annotations

import bpy

from .node_tools import NodeWriter
from .palette import fill_ramp, linear

MATERIAL = "Duet Threads"


def thread_material() -> bpy.types.Material:
    """The threads' material, made if the file has none. Returned for immediate use; keep its name."""
    material = bpy.data.materials.get(MATERIAL)
    if material and material.get("duet_version") == 1:
        return material
    material = bpy.data.materials.new(MATERIAL)
    material["duet_version"] = 1
    material.diffuse_color = linear("#f2643d")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    w = NodeWriter(tree)
    read = {
        name: w.node("ShaderNodeAttribute", {"attribute_type": "GEOMETRY", "attribute_name": name}).outputs["Fac"]
        for name in ("confidence", "pulse")
    }
    ramp = w.node("ShaderNodeValToRGB", None, {0: read["confidence"]})
    fill_ramp(ramp.color_ramp)
    glow = w.math("ADD", w.remap(read["confidence"], 0.3, 1.0, 0.7, 2.4), w.math("MULTIPLY", read["pulse"], 4.0))
    shader = w.node(
        "ShaderNodeBsdfPrincipled",
        None,
        {"Base Color": ramp.outputs[0], "Roughness": 0.4, "Emission Color": ramp.outputs[0], "Emission Strength": glow},
    )
    output = w.node("ShaderNodeOutputMaterial")
    w.feed(output.inputs["Surface"], shader.outputs[0])
    w.arrange(width=280.0)
    return material
