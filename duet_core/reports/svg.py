"""A tiny writer of SVG, meant to stand inside an HTML page: system fonts, no links, every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from .canvas import Point, pieces
from .palette import PAPER


class Svg:
    """A picture of *width* × *height* pixels that scales with its place on the page.

    One that may *stretch* fills the width it is given at its own height, and its lines keep their width: for what runs along time, without text.
    """

    def __init__(self, width: float, height: float, title: str, *, stretch: bool = False) -> None:
        self.width, self.height, self.title, self.stretch = width, height, title, stretch
        self.parts: list[str] = []

    def line(self, points: NDArray[np.float64] | Sequence[Point], colour: str, width: float, opacity: float = 1.0) -> None:
        found = pieces(np.asarray(points, np.float64))
        path = "".join(
            "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in (part if len(part) > 1 else np.repeat(part, 2, axis=0))) for part in found
        )
        if path:
            faint = f' stroke-opacity="{_n(opacity)}"' if opacity < 1 else ""
            steady = ' vector-effect="non-scaling-stroke"' if self.stretch else ""
            self.parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="{_n(width)}"{faint}{steady}/>')

    def area(self, points: NDArray[np.float64] | Sequence[Point], colour: str, opacity: float = 1.0) -> None:
        """A filled polygon with corners *points* (N, 2)."""
        path = "L".join(f"{_n(x)} {_n(y)}" for x, y in np.asarray(points, np.float64))
        faint = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        self.parts.append(f'<path d="M{path}Z" fill="{colour}"{faint}/>')

    def dot(self, at: Point, radius: float, colour: str, *, hollow: bool = False, opacity: float = 1.0) -> None:
        look = f'fill="{PAPER}" stroke="{colour}" stroke-width="1.6"' if hollow else f'fill="{colour}"'
        if opacity < 1:
            look += f' fill-opacity="{_n(opacity)}"'
        self.parts.append(f'<circle cx="{_n(at[0])}" cy="{_n(at[1])}" r="{_n(radius)}" {look}/>')

    def box(self, left: float, top: float, width: float, height: float, colour: str, opacity: float = 1.0, *, hint: str = "") -> None:
        """A filled rectangle; a *hint* appears where one points at it."""
        faint = f' fill-opacity="{_n(opacity)}"' if opacity < 1 else ""
        end = f"><title>{escape(hint)}</title></rect>" if hint else "/>"
        self.parts.append(f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}" fill="{colour}"{faint}{end}')

    def text(self, at: Point, text: str, size: float, colour: str, anchor: str = "start", *, turned: bool = False) -> None:
        """*text* with its baseline at *at*; *turned* it reads upwards."""
        turn = f' transform="rotate(-90 {_n(at[0])} {_n(at[1])})"' if turned else ""
        self.parts.append(
            f'<text x="{_n(at[0])}" y="{_n(at[1])}" font-size="{_n(size)}" fill="{colour}" text-anchor="{anchor}"{turn}>{escape(text)}</text>'
        )

    def __str__(self) -> str:
        label = escape(self.title, quote=True)
        free = f' preserveAspectRatio="none" style="height:{_n(self.height)}px"' if self.stretch else ""
        return (
            f'<svg viewBox="0 0 {_n(self.width)} {_n(self.height)}" role="img" aria-label="{label}" fill="none" stroke-linecap="round" '
            f'stroke-linejoin="round"{free}>{"".join(self.parts)}</svg>'
        )


def _n(value: float) -> str:
    """A number short enough for a page: tenths of a pixel, hundredths below one."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 1 else f"{value:.1f}".rstrip("0").rstrip(".")
