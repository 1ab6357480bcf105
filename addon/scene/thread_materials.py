"""The materials of the threads: what the nodes say of colour, confidence and pulse, as light or as matter, in Cycles and EEVEE alike."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from .node_tools import NodeWriter, Socket
from .palette import linear
from .thread_tubes import COLOUR, GLOW

VERSION = 3

SHARED = "duet_version"
"""The custom property of these materials: the version that made them."""


def thread_material() -> bpy.types.Material:
    """Threads that are lit and shine, the surer the more. Each of these is made if the file has none; returned for immediate use, keep the name."""

    def surface(w: NodeWriter) -> bpy.types.Node:
        colour = _colour(w)
        # What is surest shines just in the legend's colour, with a little of the stage's light on it; more would bleach all that is sure to one yellow.
        glow = w.math("ADD", w.remap(_read(w, "confidence"), 0.3, 1.0, 0.5, 0.95), w.math("MULTIPLY", _read(w, "pulse"), 1.2))
        inputs = {
            "Base Color": w.vector("SCALE", colour, Scale=0.35),
            "Roughness": 0.4,
            "Emission Color": colour,
            "Emission Strength": glow,
        }
        return w.node("ShaderNodeBsdfPrincipled", None, inputs)

    return _material("Duet Threads", "#f2643d", surface)


def trail_material() -> bpy.types.Material:
    """Nothing but light, strong where a pulse passes."""

    def surface(w: NodeWriter) -> bpy.types.Node:
        pulse = _read(w, "pulse")
        strength = w.math("ADD", w.math("MULTIPLY", w.math("MULTIPLY", pulse, pulse), 0.9), 1.1)
        return w.node("ShaderNodeEmission", None, {"Color": _colour(w), "Strength": strength})

    return _material("Duet Light Trails", "#ffa62e", surface)


def ink_material() -> bpy.types.Material:
    """Flat colour that no light changes."""
    return _material("Duet Ink", "#cfc6b4", lambda w: w.node("ShaderNodeEmission", None, {"Color": _colour(w), "Strength": 1.0}))


def _material(name: str, colour: str, surface: Callable[[NodeWriter], bpy.types.Node]) -> bpy.types.Material:
    for material in bpy.data.materials:
        if material.name.split(".")[0] == name and material.get(SHARED) == VERSION and material.library is None:
            return material
    material = bpy.data.materials.new(name)
    material[SHARED] = VERSION
    material.diffuse_color = linear(colour)
    if material.node_tree is None:  # 5.x makes it at once, and warns where one asks for it
        material.use_nodes = True
    material.node_tree.nodes.clear()
    w = NodeWriter(material.node_tree)
    w.node("ShaderNodeOutputMaterial", None, {"Surface": surface(w).outputs[0]})
    w.arrange(width=280.0)
    return material


def _colour(w: NodeWriter) -> Socket:
    return w.vector("SCALE", _read(w, COLOUR, "Color"), Scale=1.0 / GLOW)


def _read(w: NodeWriter, name: str, output: str = "Fac") -> Socket:
    return w.node("ShaderNodeAttribute", {"attribute_type": "GEOMETRY", "attribute_name": name}).outputs[output]
