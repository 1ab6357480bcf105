"""The looks that a stage may have, and words whose colours can be read on each of them."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from .annotations import BRIGHT, SOFT
from .memory import prefix_of
from .palette import DANCER_COLOURS, NEW_DANCER_COLOURS, as_light
from .text import Colour, flat_material, flat_name, flatten
from .thread_looks import LIGHT_FROM

STAGE = "duet_stage"
"""Custom property of a duet's collection: the name of its stage's look."""


FLOOR_LIGHT = (0.2625, 0.2675, 0.2755)
"""What share of its colour (red, green, blue) a floor shows in Workbench, whose studio light is cool and comes from the front."""


@dataclass(frozen=True)
class Look:
    """A stage. Colours are linear, as they shall appear.

    Attributes:
        title, says: for people.
        background: behind everything.
        floor, ring: of the floor in its middle and of the rings at each metre, before Workbench's light falls on them; None for no floor.
        lit: the same for EEVEE and Cycles, where four lights fall on it, as a share of that.
        shadow: the dancers' shadows, where the engine draws none; None for none.
        bright, soft: words, and words of less weight.
        light: strength of the lights; the background adds *world* of its own light.
    """

    title: str
    says: str
    background: Colour
    floor: Colour | None
    ring: Colour | None
    lit: float
    shadow: Colour | None
    bright: Colour
    soft: Colour
    light: float
    world: float = 1.0


LOOKS: dict[str, Look] = {
    "STUDIO": Look(
        "Dark Studio", "Nearly black, a floor with a ring at each metre, a warm and a cool light: threads shine",
        background=(0.0065, 0.0080, 0.0120), floor=(0.058, 0.064, 0.078), ring=(0.135, 0.150, 0.180), lit=0.3,
        shadow=(0.013, 0.0145, 0.018), bright=BRIGHT, soft=SOFT, light=1.0,
    ),
    "LIMBO": Look(
        "White Limbo", "White without a horizon, soft shadows: for print and slides",
        background=(0.78, 0.79, 0.81), floor=(2.70, 2.74, 2.82), ring=(2.35, 2.39, 2.47), lit=0.2,
        shadow=(1.7, 1.7, 1.75), bright=(0.020, 0.024, 0.035), soft=(0.13, 0.14, 0.17), light=0.8, world=0.3,
    ),
    "PLAIN": Look(
        "Plain", "One even grey, no floor and no shadows: nothing but dancers and threads",
        background=(0.045, 0.047, 0.052), floor=None, ring=None, lit=0.5, shadow=None, bright=BRIGHT, soft=(0.45, 0.48, 0.54), light=0.8,
    ),
}  # fmt: skip
"""Every look of a stage."""

FIRST_STAGE = "STUDIO"
"""That of a new duet, unless somebody prefers another."""

STAGE_ITEMS = [(name, look.title, look.says) for name, look in LOOKS.items()]
"""For a list to choose from."""


def look_of(duet: str) -> Look:
    """The look of the stage of *duet*."""
    return LOOKS.get(str(bpy.data.collections[duet].get(STAGE, "")), LOOKS[FIRST_STAGE])


def ink_words(duet: str) -> None:
    """Give the words of *duet* the colours that its stage wants; colours that somebody chose stay."""
    look, prefix = look_of(duet), prefix_of(duet)
    camera = bpy.data.objects.get(f"{prefix} Camera")
    if camera is None:
        return
    new: dict[str, tuple[Colour, bpy.types.Material]] = {}
    for other in LOOKS.values():
        for old, colour in ((other.bright, look.bright), (other.soft, look.soft)):
            new[flat_name(old)] = colour, flat_material(colour)
    on_light = max(look.background) > LIGHT_FROM
    names = {
        flat_name(as_light(body, on_light=not on_light)): as_light(body, on_light=on_light) for body in DANCER_COLOURS + NEW_DANCER_COLOURS
    }
    for thing in list(bpy.data.collections[duet].all_objects):
        for slot in thing.material_slots if thing.name.startswith(f"{prefix} Name ") else ():
            if slot.material is not None and slot.material.name in names:
                colour = names[slot.material.name]
                slot.material = flat_material(colour)
                flatten(thing, colour)
    for child in camera.children:
        for slot in child.material_slots:
            if slot.material is not None and slot.material.name in new:
                colour, slot.material = new[slot.material.name]
                flatten(child, colour)
        for modifier in child.modifiers:
            if modifier.type == "NODES" and modifier.node_group is not None:
                _ink_nodes(child, modifier.node_group, new)


def _ink_nodes(thing: bpy.types.Object, tree: bpy.types.NodeTree, new: dict[str, tuple[Colour, bpy.types.Material]]) -> None:
    for node in tree.nodes:
        if node.bl_idname == "GeometryNodeSetMaterial":
            socket = node.inputs["Material"]
            if socket.default_value is not None and socket.default_value.name in new:
                colour, socket.default_value = new[socket.default_value.name]
                flatten(thing, colour)
