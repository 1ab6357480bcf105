"""From a rest pose to a body's mesh and weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from .shape import shape
from .skin import skin_weights
from .surface import edges_of, surface

Array = NDArray[np.float64]

CELL = 0.023
"""Metres between vertices of a body of a person's size, about."""

MOST_CELLS = 140
"""Cells along a body's longest side at most: a giant's are coarser."""


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


SAME = 0.002
"""Metres by which the joints of two dancers may differ at rest for them to share a shape (mocap often gives both one skeleton)."""


def mannequins(rests: Array, tails: Array, skeleton: Skeleton) -> list[Mannequin]:
    """A body for each dancer, from joints and bones' ends (D, J, 3 each) at rest; one for all whose proportions are the same."""
    shaping = list(movers(skeleton))
    found: list[Mannequin] = []
    for index, rest in enumerate(rests):
        like = next((i for i in range(index) if np.abs(rests[i][shaping] - rest[shaping]).max(initial=0.0) < SAME), None)
        found.append(mannequin(rest, tails[index], skeleton) if like is None else found[like])
    return found


def mannequin(rest: Array, tails: Array, skeleton: Skeleton) -> Mannequin:
    """A body round the joints *rest* (J, 3), whose bones end at *tails* (J, 3). The same input gives the same mesh."""
    form = shape(rest, skeleton)
    low, high = form.body.box()
    cell = max(CELL, float((high - low).max()) / MOST_CELLS)
    vertices, quads = surface(form.body.distance, low, high, cell, form.lens)
    weights = skin_weights(vertices, edges_of(quads), rest, tails, form.thickness, skeleton, movers(skeleton))
    return Mannequin(vertices, quads, weights)


def movers(skeleton: Skeleton) -> tuple[int, ...]:
    """Joints whose bones move and shape the skin.

    Not what a hand, a foot or a skull ends in: those move as one, whatever the noise in their tips; and not what only marks a face.
    """
    wrists = {skeleton.index(f"{side}_wrist") for side in ("left", "right")} - {None}
    chosen = []
    for joint, name in enumerate(skeleton.landmarks):
        parent = skeleton.parents[joint]
        above, in_hand = parent, False
        while above >= 0:
            in_hand |= above in wrists
            above = skeleton.parents[above]
        end = not skeleton.children[joint] and parent >= 0
        tip = end and (name.endswith(("_foot", "_toe", "_heel")) or (name == "head" and skeleton.landmarks[parent] == "jaw"))
        if not (in_hand or tip or name.endswith(("_eye", "_ear", "nose"))):
            chosen.append(joint)
    return tuple(chosen)
