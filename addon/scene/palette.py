"""Every colour that means something in the scene: of dancers, and of connections by confidence, kind and direction. All as seen on screen (sRGB).

Eyes without red, green or blue cones tell them apart: a test holds them to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import bpy

from ...duet_core.reports.palette import KINDS

DANCER_COLOURS: tuple[str, str] = ("#d98d68", "#6f8fb3")
"""The dancers' bodies: terracotta and slate blue."""

NEW_DANCER_COLOURS: tuple[str, str] = ("#d8c25a", "#8cc0b0")
"""Of new dancers beside them: ochre and sage."""

Ramp: TypeAlias = tuple[tuple[float, str], ...]
"""Positions from 0 to 1, and the colours there as seen on screen (sRGB)."""

RAMP: Ramp = (
    (0.0, "#241a5e"),
    (0.45, "#4a35c8"),
    (0.62, "#b0389f"),
    (0.78, "#f2643d"),
    (0.9, "#ffa62e"),
    (1.0, "#ffe27a"),
)
"""Confidence → colour as seen on screen (sRGB). Lightness rises all the way and the hues go from blue to yellow, which every common kind
of colour vision tells apart."""


RAMP_ON_LIGHT: Ramp = ((0.0, "#fff0c4"), (0.45, "#f5b04a"), (0.65, "#e0532f"), (0.82, "#9c1f74"), (1.0, "#26125c"))
"""The same hues on a light stage, where what is surer must be darker."""

INK_ON_DARK: Ramp = ((0.0, "#2c2926"), (0.45, "#7d766b"), (0.75, "#cfc6b4"), (1.0, "#fffaf0"))
INK_ON_LIGHT: Ramp = ((0.0, "#d8d3c9"), (0.45, "#a39b8e"), (0.75, "#4d463e"), (1.0, "#0d0b09"))
"""One ink, by its strength alone."""

KIND_COLOURS: dict[str, str] = {
    "lead": "#ff30aa",
    "hold": "#ffc04a",
    "unison": "#17913f",
    "mirror": "#52adff",
    "opposition": "#f4f3ee",
    "none": "#4d4b46",
}
"""The kinds on a dark stage: the hues of the reports, lighter, and paper white where they have ink."""

KIND_COLOURS_ON_LIGHT: dict[str, str] = KINDS
"""The kinds on a light stage: those of the reports."""

DIRECTION_COLOURS: tuple[str, str] = ("#f79a66", "#6fa8ff")
"""From the first dancer, and from the second: their bodies' terracotta and slate blue, as light."""


PULSE = (2.4, 2.2, 1.8, 1.0)
PULSE_ON_LIGHT = (1.3, 0.16, 0.03, 1.0)
"""A pulse of light (linear): brighter than white on a dark stage; on a light one, where white is nothing, a glowing orange red."""


def linear(colour: str) -> tuple[float, float, float, float]:
    """A colour ``#rrggbb`` as Blender's scene-linear RGBA."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return red, green, blue, 1.0


def as_light(colour: str, *, on_light: bool = False) -> tuple[float, float, float]:
    """A body's *colour* (``#rrggbb``) for words, which no light reaches, linear: as bright as the body looks lit, or darker *on_light* stages, to be read."""
    red, green, blue, _ = linear(colour)
    share = 0.5 if on_light else 1.3
    return share * red, share * green, share * blue


def fill_ramp(ramp: bpy.types.ColorRamp, colours: Ramp = RAMP) -> None:
    """Give a Color Ramp node's *ramp* these *colours*."""
    fill_ramp_exactly(ramp, [(position, linear(colour)) for position, colour in colours])


def fill_ramp_exactly(ramp: bpy.types.ColorRamp, colours: Sequence[tuple[float, Sequence[float]]]) -> None:
    """Give a Color Ramp node's *ramp* these positions and linear RGBA *colours*."""
    ramp.interpolation = "LINEAR"
    while len(ramp.elements) > 1:
        ramp.elements.remove(ramp.elements[-1])
    ramp.elements[0].position = colours[0][0]
    ramp.elements[0].color = colours[0][1]
    for position, colour in colours[1:]:
        ramp.elements.new(position).color = colour
