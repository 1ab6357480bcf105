"""Pictures as PNG without a library: an anti-aliased line rasteriser in NumPy and the format's few chunks.

Coverage is exact enough for thin round lines: half a pixel of slope at the edge of the distance to the line's middle.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .canvas import Point, pieces
from .palette import PAPER, rgb
from .strokes import strokes


class Raster:
    """A picture of *width* × *height* logical pixels, each *scale* × *scale* real ones."""

    def __init__(self, width: float, height: float, scale: float = 2.0) -> None:
        self.scale = scale
        self.pixels = np.empty((round(height * scale), round(width * scale), 3), np.float32)
        self.pixels[:] = rgb(PAPER)

    def line(self, points: NDArray[np.float64] | Sequence[Point], colour: str, width: float, opacity: float = 1.0) -> None:
        for part in pieces(np.asarray(points, np.float64)):
            self._stroke(part * self.scale, width * self.scale / 2, colour, opacity)

    def dot(self, at: Point, radius: float, colour: str, *, hollow: bool = False) -> None:
        centre = np.array([at], np.float64) * self.scale
        if np.isnan(centre).any():
            return
        self._stroke(centre, (radius + 0.8 * hollow) * self.scale, colour, 1.0)
        if hollow:
            self._stroke(centre, (radius - 0.8) * self.scale, PAPER, 1.0)

    def text(self, at: Point, text: str, size: float, colour: str, anchor: str = "start") -> None:
        lines, width = strokes(text, 0.66 * size)
        offset = np.array([at[0] - {"start": 0.0, "middle": width / 2, "end": width}[anchor], at[1]])
        for run in lines:
            self._stroke((run + offset) * self.scale, max(0.045 * size, 0.5) * self.scale, colour, 1.0)

    def _stroke(self, points: NDArray[np.float64], radius: float, colour: str, opacity: float) -> None:
        """Blend the round-ended line through *points* (N, 2), real pixels; where it crosses itself it is no darker."""
        height, width = self.pixels.shape[:2]
        low = np.floor(points.min(axis=0) - radius - 1).clip(0, [width, height]).astype(int)
        high = np.ceil(points.max(axis=0) + radius + 2).clip(0, [width, height]).astype(int)
        if (high <= low).any():
            return
        cover = np.zeros((high[1] - low[1], high[0] - low[0]), np.float32)
        ends = pairwise(points) if len(points) > 1 else [(points[0], points[0])]
        for a, b in ends:
            first = np.maximum(np.floor(np.minimum(a, b) - radius - 1).astype(int), low)
            last = np.minimum(np.ceil(np.maximum(a, b) + radius + 2).astype(int), high)
            if (last <= first).any():
                continue
            x = np.arange(first[0], last[0]) + 0.5 - a[0]
            y = (np.arange(first[1], last[1]) + 0.5 - a[1])[:, None]
            along = b - a
            square = float(along @ along)
            share = np.clip((x * along[0] + y * along[1]) / square, 0, 1) if square > 0 else np.zeros((y.size, x.size))
            distance = np.hypot(x - share * along[0], y - share * along[1])
            part = cover[first[1] - low[1] : last[1] - low[1], first[0] - low[0] : last[0] - low[0]]
            np.maximum(part, np.clip(radius + 0.5 - distance, 0, min(1.0, 2 * radius)), out=part)
        view = self.pixels[low[1] : high[1], low[0] : high[0]]
        view += (cover * opacity)[..., None] * (np.array(rgb(colour), np.float32) - view)

    def png(self) -> bytes:
        return encode(np.clip(np.rint(self.pixels), 0, 255).astype(np.uint8))


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """*pixels* (H, W, 3) as a PNG file's bytes."""
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each row begins with its filter, 0: none
    rows[:, 1:] = pixels.reshape(height, -1)
    chunks = (
        (b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
