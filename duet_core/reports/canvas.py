"""What a picture is drawn on. `views` draws once; `svg` and `png` are the two papers.

Coordinates are pixels, x to the right, y down. A NaN point breaks a line.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, width, height."""


class Canvas(Protocol):
    def line(self, points: NDArray[np.float64], colour: str, width: float, opacity: float = 1.0) -> None:
        """A polyline through *points* (N, 2) with round ends."""

    def dot(self, at: Point, radius: float, colour: str, *, hollow: bool = False) -> None:
        """A disc, or a ring filled with paper."""

    def text(self, at: Point, text: str, size: float, colour: str, anchor: str = "start") -> None:
        """*text* with its baseline at *at*; *anchor* is ``start``, ``middle`` or ``end``."""


def pieces(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The stretches of *points* (N, 2) without NaN, in order."""
    there = ~np.isnan(points).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    return [points[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
