"""The dancers' outlines as Grease Pencil strokes, which Blender's Line Art finds anew in each frame: no Python runs while it plays."""

from __future__ import annotations

import bpy

from ...duet_core.errors import InputError
from .own import add_object
from .palette import linear

LAYER = "Lines"
ON_DARK, ON_LIGHT = "#f3ede0", "#15120f"


def add_lines(duet: str, collection: bpy.types.Collection, *, width: float, light: bool, frame: int) -> str:
    """Outline the bodies of *duet* (the prefix of its objects' names) and return the Grease Pencil object's name.

    Args:
        width: of a line, metres.
        light: whether the stage is light, and the lines therefore dark.
        frame: the scene's first frame: strokes show from it on.

    Raises:
        InputError: there are no bodies.
    """
    bodies = [bpy.data.objects.get(f"{duet} {letter} body") for letter in "AB"]
    bodies = [body for body in bodies if body is not None]
    if not bodies:
        raise InputError("the dancers have no bodies to outline", place=duet, remedy="import the poses again")
    # Until 4.5 the name without a version belongs to the older kind.
    pencils = bpy.data.grease_pencils_v3 if hasattr(bpy.data, "grease_pencils_v3") else bpy.data.grease_pencils
    data = pencils.new(f"{duet} lines")
    layer = data.layers.new(LAYER)
    layer.frames.new(frame)
    layer.use_lights = False
    material = _material("Duet Lines on Light" if light else "Duet Lines on Dark", ON_LIGHT if light else ON_DARK)
    data.materials.append(material)
    lines = add_object(f"{duet} lines", data, duet, collection)
    lines.hide_select = True
    for body in bodies:
        finder = lines.modifiers.new(body.name, "LINEART")
        finder.source_type = "OBJECT"
        finder.source_object = body
        finder.target_layer = LAYER
        finder.target_material = material
        finder.use_contour = True
        finder.use_loose = finder.use_crease = finder.use_material = finder.use_edge_mark = finder.use_intersection = False
        if "radius" in finder.bl_rna.properties:
            finder.radius = width / 2
        finder.stroke_depth_offset = 0.02
    return lines.name


def lines_of(duet: str) -> bpy.types.Object | None:
    """The Grease Pencil object with the outlines of *duet*, if there is one."""
    return bpy.data.objects.get(f"{duet} lines")


def remove_lines(duet: str) -> None:
    """Remove the outlines of *duet*."""
    lines = lines_of(duet)
    if lines is not None:
        data = lines.data
        bpy.data.objects.remove(lines)
        bpy.data.batch_remove([data])


def _material(name: str, colour: str) -> bpy.types.Material:
    material = bpy.data.materials.get(name)
    if material is None:
        material = bpy.data.materials.new(name)
        bpy.data.materials.create_gpencil_data(material)
        material.grease_pencil.color = linear(colour)
        material.grease_pencil.show_fill = False
    return material
