"""Icons in any colour, for what has a colour in the picture: made when first asked for, gone with the add-on."""

from __future__ import annotations

from typing import Any

import bpy.utils.previews

SIZE = 16

_icons: list[Any] = []


def dot(colour: str) -> int:
    """The number of an icon with a dot in *colour* (``#rrggbb``)."""
    if not _icons:
        _icons.append(bpy.utils.previews.new())
    icons = _icons[0]
    if colour not in icons:
        icon = icons.new(colour)
        icon.icon_size = (SIZE, SIZE)
        icon.icon_pixels_float = _pixels(colour)
    return int(icons[colour].icon_id)


def remove() -> None:
    """Free every icon."""
    while _icons:
        bpy.utils.previews.remove(_icons.pop())


def _pixels(colour: str) -> list[float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    middle, radius = (SIZE - 1) / 2, 0.36 * SIZE
    pixels: list[float] = []
    for y in range(SIZE):
        for x in range(SIZE):
            away = ((x - middle) ** 2 + (y - middle) ** 2) ** 0.5
            alpha = min(max(radius - away + 0.5, 0.0), 1.0)
            pixels += [red * alpha, green * alpha, blue * alpha, alpha]
    return pixels
