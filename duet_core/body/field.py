"""Signed distances to rounded shapes and their smooth union. Negative inside, metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lobe:
    """A rounded shape along a line from *start* to *end* (an ellipsoid where they are one point).

    Attributes:
        start, end: (3,) metres.
        radii: radii at equal steps along the line, read smoothly in between; the ends are round.
        squash: (axis, factor) pairs of perpendicular unit axes along which the shape is *factor* times as thick as its radii say.
        blend: metres over which it flows into the lobes before it.
        floor: the shape is cut flat below this height, or None.
    """

    start: Array
    end: Array
    radii: tuple[float, ...]
    squash: tuple[tuple[Array, float], ...] = ()
    blend: float = 0.03
    floor: float | None = None

    def box(self) -> tuple[Array, Array]:
        """Opposite corners of a box that holds every point nearer than `FAR`."""
        thick = (
            max(self.radii) * max([1.0, *(factor for _, factor in self.squash)]) if self.start is not self.end else self._extent()
        ) + FAR
        return np.minimum(self.start, self.end) - thick, np.maximum(self.start, self.end) + thick

    def _extent(self) -> Array:
        """(3,) half the size of an ellipsoid along the room's axes."""
        shape = np.eye(3)
        for axis, factor in self.squash:
            axis = axis / np.linalg.norm(axis)
            shape = shape @ (np.eye(3) + np.outer(axis, axis) * (factor - 1.0))
        return self.radii[0] * np.linalg.norm(shape, axis=1)

    def distance(self, points: Array) -> Array:
        """(N,) distances of *points* (N, 3), to first order."""
        frame = np.eye(3)
        for axis, factor in self.squash:
            axis = axis / np.linalg.norm(axis)
            frame = frame @ (np.eye(3) + np.outer(axis, axis) * (1.0 / factor - 1.0))
        away = (points - self.start) @ frame.T
        line = frame @ (self.end - self.start)
        size = float(line @ line)
        if size > 1e-12:
            along = np.clip(away @ (line / size), 0.0, 1.0)
            away = away - along[:, None] * line
            radius = _profile(along, self.radii)
        else:
            radius = np.full(len(points), self.radii[0])
        norm = np.sqrt(np.einsum("ni,ni->n", away, away)) + 1e-9
        if not self.squash:
            distance = norm - radius
        else:
            slope = away @ frame
            distance = (norm - radius) * norm / (np.sqrt(np.einsum("ni,ni->n", slope, slope)) + 1e-9)
        if self.floor is not None:
            distance = -smooth_union(-distance, points[:, 2] - self.floor, 0.016)
        return distance


def _profile(along: Array, radii: tuple[float, ...]) -> Array:
    """The radius at *along* (0..1): a Catmull-Rom curve through *radii*."""
    if len(radii) == 1:
        return np.full_like(along, radii[0])
    knots = np.array([2 * radii[0] - radii[1], *radii, 2 * radii[-1] - radii[-2]])
    place = along * (len(radii) - 1)
    left = np.minimum(place.astype(np.int64), len(radii) - 2)
    t = place - left
    a, b, c, d = (knots[left + i] for i in range(4))
    return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))


def smooth_union(a: Array, b: Array, blend: float) -> Array:
    """The union of two shapes with a fillet about *blend* metres wide (a quadratic polynomial in the overlap)."""
    overlap = np.maximum(blend - np.abs(a - b), 0.0) / blend
    return np.minimum(a, b) - overlap * overlap * (blend / 4.0)


FAR = 0.10
"""Metres from the surface beyond which a field need not be exact: a lobe is asked only about points within its box and this margin."""


@dataclass(frozen=True)
class Body:
    """The smooth union of *lobes*, in their order."""

    lobes: tuple[Lobe, ...]

    def distance(self, points: Array) -> Array:
        """(N,) distances of *points* (N, 3), exact to first order near the surface, at most `FAR`."""
        total = np.full(len(points), FAR)
        x, y, z = np.ascontiguousarray(points.T)
        for lobe in self.lobes:
            low, high = lobe.box()
            inside = (x > low[0]) & (x < high[0]) & (y > low[1]) & (y < high[1]) & (z > low[2]) & (z < high[2])
            index = np.flatnonzero(inside)
            if index.size:
                total[index] = smooth_union(total[index], lobe.distance(points[index]), lobe.blend)
        return total

    def box(self) -> tuple[Array, Array]:
        boxes = [lobe.box() for lobe in self.lobes]
        return np.min([low for low, _ in boxes], axis=0), np.max([high for _, high in boxes], axis=0)
