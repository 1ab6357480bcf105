"""From a rest pose to a body's mesh and weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from .field import union
from .shape import lobes
from .skin import skin_weights
from .surface import edges_of, surface

Array = NDArray[np.float64]

CELL = 0.0195
"""Metres between vertices of a body of a person's size, about."""

MOST_CELLS = 60
"""Cells along the longest side at least this many times smaller than the body, whatever its size."""


@dataclass(frozen=True)
class Mannequin:
    """A body at rest.

    Attributes:
        vertices: (V, 3) metres.
        quads: (F, 4) vertex numbers, outward.
        weights: (V, J), each row sums to 1.
    """

    vertices: Array
    quads: NDArray[np.int64]
    weights: Array


def mannequin(rest: Array, tails: Array, skeleton: Skeleton) -> Mannequin:
    """A body round the joints *rest* (J, 3), whose bones end at *tails* (J, 3). The same input gives the same mesh."""
    parts = lobes(rest, skeleton)
    ends = np.concatenate([[lobe.start, lobe.end] for lobe in parts])
    thick = max(max(lobe.radii) * max([1.0, *(f for _, f in lobe.squash)]) for lobe in parts if max(lobe.radii) < 0.2) + 0.12
    low, high = ends.min(axis=0) - thick, ends.max(axis=0) + thick
    cell = max(CELL, float((high - low).max()) / 140)
    vertices, quads = surface(lambda points: union(parts, points), low, high, cell)
    weights = skin_weights(vertices, edges_of(quads), rest, tails, skeleton, _movers(skeleton))
    return Mannequin(vertices, quads, weights)


def _movers(skeleton: Skeleton) -> tuple[int, ...]:
    """Joints whose bones move the skin: not the fingers' (a hand moves as one) and not what only marks a face."""
    wrists = {skeleton.index(f"{side}_wrist") for side in ("left", "right")} - {None}
    chosen = []
    for joint, name in enumerate(skeleton.landmarks):
        above = joint
        in_hand = False
        while (above := skeleton.parents[above]) >= 0:
            in_hand |= above in wrists
        if not in_hand and not name.endswith(("_eye", "_ear", "nose")):
            chosen.append(joint)
    return tuple(chosen)
