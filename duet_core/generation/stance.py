"""Which feet carry, and when: the likeliest course of stances through a whole phrase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..planted import limbs
from ..posing.pose import smoothed
from ..skeletons import Skeleton

Array = NDArray[np.float64]

AT_REST = {"ankle": 0.08, "heel": 0.03, "foot": 0.025, "big_toe": 0.02}
"""Metres over the floor of the places of a foot that stands on it."""
LOW, SLOW = 0.05, 0.40
"""A foot that carries is hardly higher than this over its rest, metres, or faster than this against the other foot that carries, metres a second."""
COMMON, MOST = 0.8, 6.0
"""Metres a second with which the feet that carry are hardly taken along over the floor, and the most that this can cost."""
OFF, JUMP, AIRBORNE = 0.08, 0.02, 4.0
"""Metres up to which the lower foot counts as on the floor, metres beyond at which that is hardly so, and the cost of a thirtieth of a second in the air."""
UP, SWITCH = 1.0, 3.0
"""Costs of a thirtieth of a second in which a foot does not carry, and of a foot's change."""
LOOSE = 100.0
"""Cost of a foot that must not carry."""


@dataclass(frozen=True)
class Foot:
    """One foot: chain hip, knee, ankle; the joint that is pinned; all joints from the ankle down, and how high they are at rest."""

    chain: tuple[int, ...]
    pin: int
    points: tuple[int, ...]
    rest: Array


def feet(skeleton: Skeleton) -> list[Foot]:
    """The feet that *skeleton* has."""
    found = []
    for side in ("left", "right"):
        ankle = skeleton.index(f"{side}_ankle")
        if ankle is None:
            continue
        chain = [ankle]
        while len(chain) < 3 and skeleton.parents[chain[0]] >= 0:
            chain.insert(0, skeleton.parents[chain[0]])
        if len(chain) < 3:
            continue
        points = limbs.below(skeleton, ankle)
        places = [skeleton.landmarks[p].partition("_")[2] for p in points]
        ball = [p for p, place in zip(points, places, strict=True) if place in ("foot", "big_toe")]
        found.append(Foot(tuple(chain), ball[0] if ball else ankle, points, np.array([AT_REST.get(place, 0.02) for place in places])))
    return found


def clearance(positions: NDArray, both: list[Foot]) -> Array:
    """(T, F) metres of the lowest point of each of F feet over the floor, in (T, J, 3)."""
    return np.stack([(positions[:, foot.points, 2] - foot.rest).min(axis=1) for foot in both], axis=1)


def carrying(positions: NDArray, both: list[Foot], fps: float, loose: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """(T, F) which of the feet *both* of (T, J, 3) carry: one, the other, both or none, by the course that costs least (Viterbi).

    What one foot does against the other says most: where motion is written down with errors, the body's way takes both along.

    Args:
        loose: (T, F) where a foot must not carry.
    """
    place = np.stack([positions[:, foot.pin, :2] for foot in both], axis=1)
    velocity = smoothed(np.gradient(place, 1 / fps, axis=0).transpose(1, 2, 0), 0.02 * fps).transpose(2, 0, 1)
    height = np.maximum(clearance(positions, both), 0.0)
    lower = height.min(axis=1, keepdims=True)
    height -= np.minimum(lower, OFF)
    jumping = np.square(np.maximum(lower[:, 0] - OFF, 0.0) / JUMP)
    stances = np.array([[bool(number >> k & 1) for k in range(len(both))] for number in range(2 ** len(both))])
    cost = np.full((len(positions), len(stances)), AIRBORNE)
    for n, stance in enumerate(stances):
        if not stance.any():
            continue
        common = velocity[:, stance].mean(axis=1)
        cost[:, n] = np.minimum(np.square(common / COMMON).sum(axis=-1), MOST) + UP * (~stance).sum() + jumping
        for k in np.flatnonzero(stance):
            cost[:, n] += np.square((velocity[:, k] - common) / SLOW).sum(axis=-1) + np.square(height[:, k] / LOW)
            if loose is not None:
                cost[:, n] += LOOSE * loose[:, k]
    change = SWITCH * (stances[:, None] != stances[None]).sum(axis=-1)
    return np.asarray(stances[_cheapest(cost * 30.0 / fps, change)], np.bool_)


def runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, end) of the runs of *on* (T,), end excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _cheapest(cost: Array, change: Array) -> NDArray[np.int64]:
    """(T,) the course through the states of *cost* (T, S) that costs least, with the cost (S, S) of every *change* of state."""
    total, before = cost[0], np.zeros(cost.shape, np.int64)
    for t in range(1, len(cost)):
        ways = total[:, None] + change
        before[t] = ways.argmin(axis=0)
        total = ways.min(axis=0) + cost[t]
    course = np.empty(len(cost), np.int64)
    course[-1] = total.argmin()
    for t in range(len(cost) - 1, 0, -1):
        course[t - 1] = before[t, course[t]]
    return course
