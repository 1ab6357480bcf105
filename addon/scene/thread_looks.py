"""Presets of how threads look: threads of light, trails of light, strokes of ink. A preset sets inputs, material and colours; all may be changed after."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import bpy
import numpy as np

from ...duet_core.connections import KINDS
from ...duet_core.errors import InputError
from .node_tools import get_modifier_inputs
from .palette import (
    INK_ON_DARK,
    INK_ON_LIGHT,
    KIND_COLOURS,
    KIND_COLOURS_ON_LIGHT,
    PULSE,
    PULSE_ON_LIGHT,
    RAMP,
    RAMP_ON_LIGHT,
    Ramp,
    fill_ramp,
    fill_ramp_exactly,
    linear,
)
from .thread_inputs import COLOUR_BY, DIRECTIONS, LIGHT, PULSE_COLOUR, SHAPE, colour_input, kind_input
from .thread_materials import SHARED, ink_material, thread_material, trail_material
from .thread_nodes import ramp_node
from .threads import MODIFIER, get_input, set_input

LOOK = "duet_look"
"""The connections object's custom property with the preset it has."""

LIGHT_FROM = 0.3
"""The background's linear brightness from which on colours are those for a light stage."""


@dataclass(frozen=True)
class ThreadLook:
    """A preset.

    Attributes:
        title, says: for people.
        ramp, ramp_on_light: colours by confidence and tension, on a dark and on a light stage.
        inputs: values of the modifier's inputs.
    """

    title: str
    says: str
    ramp: Ramp
    ramp_on_light: Ramp
    inputs: dict[str, float] = field(default_factory=dict)


THREAD_LOOKS: dict[str, ThreadLook] = {
    "THREADS": ThreadLook(
        "Threads", "Glowing threads, thick where they start and thin where they arrive, with a pulse of light on its way", RAMP, RAMP_ON_LIGHT,
        {"Bow": 0.19, "Taper": 0.8, "Swell": 0.0, "Arrow": 0.0, "Pulse": 0.75, "Pulse Seconds": 1.6, "Trail": 0.16, "Dim": 0.0},
    ),
    "TRAILS": ThreadLook(
        "Light Trails", "Faint lines along which light shoots from source to target, with a long tail", RAMP, RAMP_ON_LIGHT,
        {"Bow": 0.28, "Taper": 0.45, "Swell": 0.0, "Arrow": 0.0, "Pulse": 0.9, "Pulse Seconds": 1.3, "Trail": 0.8, "Dim": 0.8},
    ),
    "INK": ThreadLook(
        "Ink", "Strokes of a brush, flat and unlit: white on a dark stage, black on a light one", INK_ON_DARK, INK_ON_LIGHT,
        {"Bow": 0.22, "Taper": 0.8, "Swell": 0.55, "Arrow": 0.0, "Pulse": 0.0, "Pulse Seconds": 1.6, "Trail": 0.16, "Dim": 0.0},
    ),
}  # fmt: skip
FIRST_LOOK = "THREADS"
"""That of new threads, unless somebody prefers another."""

LOOK_ITEMS = [(name, look.title, look.says) for name, look in THREAD_LOOKS.items()]
"""For a list to choose from."""

_MATERIALS = {"THREADS": thread_material, "TRAILS": trail_material, "INK": ink_material}


def set_thread_look(thing: bpy.types.Object, name: str, *, light: bool) -> None:
    """Give the connections object *thing* the look `THREAD_LOOKS` [*name*], in colours for a *light* stage or a dark one."""
    look, material = THREAD_LOOKS[name], _MATERIALS[name]()
    for key, value in look.inputs.items():
        set_input(thing, key, value)
    set_input(thing, "Material", material)
    # The mesh that the tubes are joined to has the same material, so that joining needs no index per face.
    thing.data.materials.clear()
    thing.data.materials.append(material)
    thing[LOOK] = name
    known = get_modifier_inputs(thing.modifiers[MODIFIER])
    for key, colour in _colours(light=light).items():
        if key in known:  # an older version's group may lack some
            set_input(thing, key, colour)
    node = ramp_node(thing.modifiers[MODIFIER].node_group)
    if node is not None:
        fill_ramp(node.color_ramp, look.ramp_on_light if light else look.ramp)
    thing.update_tag()


def kept_look(thing: bpy.types.Object) -> str:
    """All of the look that the connections object *thing* has now, as JSON, for `give_kept_look`: shape, light, colours and material; no filters."""
    modifier = thing.modifiers[MODIFIER]
    material = get_input(thing, "Material")
    node = ramp_node(modifier.node_group)
    return json.dumps(
        {
            "look": thread_look_of(thing),
            "inputs": {name: value for name, value in get_modifier_inputs(modifier).items() if name in _styled()},
            "ramp": [[element.position, *element.color] for element in node.color_ramp.elements] if node is not None else [],
            "material": material.name if material is not None and SHARED not in material else "",
        },
        indent=1,
    )


def give_kept_look(thing: bpy.types.Object, text: str) -> None:
    """Give the connections object *thing* the look that `kept_look` wrote; what this version or an older group does not know is left out. A material of
    one's own is used where the file has one of that name. Raises InputError where *text* is damaged."""
    try:
        kept = json.loads(text)
        base, ramp = str(kept["look"]), [[float(number) for number in element] for element in kept["ramp"]]
        inputs = {str(name): _checked(value) for name, value in kept["inputs"].items()}
        if base not in THREAD_LOOKS or any(len(element) != 5 for element in ramp):
            raise ValueError(base)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InputError("this look is damaged", remedy="save it again") from None
    set_thread_look(thing, base, light=False)
    material = bpy.data.materials.get(str(kept.get("material")))
    if material is not None and SHARED not in material:
        set_input(thing, "Material", material)
        thing.data.materials[0] = material
    known = get_modifier_inputs(thing.modifiers[MODIFIER])
    for name, value in inputs.items():
        if name in known and name in _styled() and _fits(name, value, known[name]):
            set_input(thing, name, value)
    node = ramp_node(thing.modifiers[MODIFIER].node_group)
    if node is not None and ramp:
        fill_ramp_exactly(node.color_ramp, [(position, colour) for position, *colour in ramp])
    thing.update_tag()


def _styled() -> set[str]:
    """The inputs that make a look."""
    colours = {colour_input(name) for name in (*map(kind_input, KINDS), *DIRECTIONS)}
    return {"Colour By", "Fade", *SHAPE, *LIGHT, "Detail"} | colours


def _fits(name: str, value: object, present: object) -> bool:
    """Whether the input *name*, which is *present*, can be *value*."""
    if isinstance(present, tuple):
        return isinstance(value, tuple) and len(value) == len(present)
    return isinstance(value, type(present)) and (name != "Colour By" or value in COLOUR_BY)


def _checked(value: object) -> object:
    """A value of an input, as JSON has it. Raises ValueError."""
    if isinstance(value, list):
        return tuple(float(number) for number in value)
    if isinstance(value, (str, float)) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ValueError(value)


def suit_stage(thing: bpy.types.Object, *, light: bool) -> None:
    """Give the connections object *thing* the colours for a *light* stage or a dark one, in place of the preset's for the other; those that somebody
    chose stay."""
    look = THREAD_LOOKS[thread_look_of(thing)]
    present = get_modifier_inputs(thing.modifiers[MODIFIER])
    wanted = _colours(light=light)
    for key, other in _colours(light=not light).items():
        if key in present and np.allclose(present[key], other, atol=1e-4):
            set_input(thing, key, wanted[key])
    node = ramp_node(thing.modifiers[MODIFIER].node_group)
    old, new = (look.ramp, look.ramp_on_light) if light else (look.ramp_on_light, look.ramp)
    if node is not None and _is_ramp(node.color_ramp, old):
        fill_ramp(node.color_ramp, new)
    thing.update_tag()


def _colours(*, light: bool) -> dict[str, tuple[float, ...]]:
    """The inputs that are colours, for a *light* stage or a dark one."""
    kinds = KIND_COLOURS_ON_LIGHT if light else KIND_COLOURS
    return {**{colour_input(kind_input(kind)): linear(kinds[kind]) for kind in KINDS}, PULSE_COLOUR: PULSE_ON_LIGHT if light else PULSE}


def _is_ramp(ramp: bpy.types.ColorRamp, colours: Ramp) -> bool:
    there = [(element.position, *element.color) for element in ramp.elements]
    return len(there) == len(colours) and np.allclose(there, [(at, *linear(colour)) for at, colour in colours], atol=1e-4)


def thread_look_of(thing: bpy.types.Object) -> str:
    """The preset that *thing* has."""
    name = thing.get(LOOK)
    return name if name in THREAD_LOOKS else FIRST_LOOK


def on_light_stage(scene: bpy.types.Scene) -> bool:
    """Whether *scene* has a light background."""
    return scene.world is not None and max(scene.world.color) > LIGHT_FROM
