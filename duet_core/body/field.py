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
            radius = np.float64(self.radii[0])
        norm = np.sqrt(np.einsum("ni,ni->n", away, away)) + 1e-9
        if not self.squash:
            distance = norm - radius
        else:
            slope = away @ frame
            distance = (norm - radius) * norm / (np.sqrt(np.einsum("ni,ni->n", slope, slope)) + 1e-9)
        if self.floor is not None:
            distance = -smooth_union(-distance, points[:, 2] - self.floor, 0.012)
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


def union(lobes: list[Lobe], points: Array) -> Array:
    """(N,) distance to the smooth union of *lobes*, in their order."""
    total = lobes[0].distance(points)
    for lobe in lobes[1:]:
        total = smooth_union(total, lobe.distance(points), lobe.blend)
    return total
