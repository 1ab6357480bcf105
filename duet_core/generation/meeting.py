"""Two who are made up apart from each other, brought together: placed face to face, turned towards each other as they dance, kept from going through each other.

Only the body's way over the floor and the way it faces are changed, slowly, so that steps can follow; feet are set down again afterwards (`contact`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..posing.pose import smoothed
from ..skeletons import Skeleton
from .arms import TRUNK, from_axis
from .channels import heading_of
from .contact import grounded, low_envelope

Array = NDArray[np.float64]

APART = 1.4
"""Metres between two who begin to dance with each other, face to face."""
FURTHEST, CLEAR = 3.6, 0.75
"""Metres to which one steps back, or aside, so that the two come no nearer than this, root to root."""
NEAR, FAR = 1.1, 2.0
"""Metres, root to root, between which dancers who attend to each other stay for the most part."""
FRONT_SECONDS = 3.0
"""Of a phrase's beginning, by which it is judged where its dancer faces."""
TURN, WALK = 0.8, 0.3
"""Radians and metres a second at which a dancer is turned and moved at most, so that steps can follow."""
ATTENDS, SPINS = 1.0, 1.5
"""Seconds in which a dancer turns towards the other, and radians a second: who turns so fast on their own is left to it."""
FACING_SECONDS = 0.8
"""Standard deviation of the blur over time of where a dancer faces."""
SLOWLY = 0.4
"""Seconds over which such turning and moving sets in."""
THROUGH, ROOM = 0.22, 0.45
"""Metres from the trunk of the one (its axis) within which no joint of the other may be, and between the two trunks."""
ASIDE_SECONDS = 1.6
"""In which a dancer gives way, and returns."""
ROUNDS = 6
"""In which dancers give way, each as far as is still needed."""


def faced(first: NDArray, second: NDArray, skeleton: Skeleton, fps: float) -> Array:
    """*second* (T, J, 3) turned and moved as a whole so that it begins near *first* (T, J, 3), face to face, and their ways do not cross: in front of it
    where that can be had."""
    root = skeleton.order[0]
    frames = min(len(first), len(second))
    a, b = np.asarray(first[:frames], np.float64), np.asarray(second, np.float64)
    heading, own = _front(a, skeleton, fps), _front(b[:frames], skeleton, fps)
    start = b - b[0, root] * np.array([1.0, 1.0, 0.0])
    best, least = start, np.inf
    for aside in np.radians([0, 30, -30, 60, -60, 100, -100]):
        turned = _turned(start, heading + aside + np.pi - own)
        for distance in np.arange(APART, FURTHEST, 0.3):
            moved = turned.copy()
            moved[..., :2] += a[0, root, :2] + distance * np.array([np.cos(heading + aside), np.sin(heading + aside)])
            between = np.linalg.norm(moved[:frames, root, :2] - a[:, root, :2], axis=-1)
            cost = between.mean() + 0.3 * abs(aside) + 20 * np.maximum(CLEAR - between, 0).max()
            if cost < least:
                best, least = moved, cost
    return best


def attending(duet: NDArray, skeleton: Skeleton, fps: float, moving: Sequence[int] = (0, 1)) -> Array:
    """*duet* (T, 2, J, 3) whose dancers *moving* turn towards the other and stay at a distance for dancing, give way to each other, feet on the floor."""
    x = np.array(duet, np.float64)
    root = skeleton.order[0]
    faces = np.stack([smoothed(heading_of(x[:, d], skeleton, fps), FACING_SECONDS * fps) for d in range(2)], axis=1)
    places, turns = _ways(x[:, :, root, :2], faces, fps, moving)
    for d in moving:
        about = x[:, d, root] * np.array([1.0, 1.0, 0.0])
        x[:, d] = _turned(x[:, d] - about[:, None], turns[:, d])
        x[:, d, :, :2] += places[:, d, None]
    _give_way(x, skeleton, fps, moving, CLEAR)
    return _set_down(x, skeleton, fps, moving)


def _ways(own: Array, faces: Array, fps: float, moving: Sequence[int]) -> tuple[Array, Array]:
    """The ways (T, 2, 2) over the floor of two dancers and the turns (T, 2), radians, that are added, whose *own* ways (T, 2, 2) and *faces* (T, 2), radians,
    know nothing of each other: steered frame by frame, as slowly as steps can follow."""
    free = 1 / (1 + np.square(np.gradient(faces, axis=0) * fps / SPINS)) if len(faces) > 1 else np.ones_like(faces)
    steps = np.diff(own, axis=0, prepend=own[:1])
    place, turn, turning, walking = own[0].copy(), np.zeros(2), np.zeros(2), np.zeros(2)
    places, turns = np.empty_like(own), np.empty_like(faces)
    soon = 1 / (SLOWLY * fps)
    for t in range(len(own)):
        for d in moving:
            way = place[1 - d] - place[d]
            distance = float(np.hypot(*way))
            error = (np.arctan2(way[1], way[0]) - faces[t, d] - turn[d] + np.pi) % (2 * np.pi) - np.pi
            turning[d] += soon * (np.clip(error / ATTENDS, -TURN, TURN) * free[t, d] - turning[d])
            wanted = np.clip(distance - FAR, 0, WALK) - np.clip(2 * (NEAR - distance), 0, WALK)
            walking[d] += soon * (wanted - walking[d])
            turn[d] += turning[d] / fps
            place[d] += walking[d] / fps * way / max(distance, 1e-6)
        c, s = np.cos(turn), np.sin(turn)
        place += np.stack([c * steps[t, :, 0] - s * steps[t, :, 1], s * steps[t, :, 0] + c * steps[t, :, 1]], axis=-1)
        places[t], turns[t] = place, turn
    return places, turns


def apart(duet: NDArray, skeleton: Skeleton, fps: float, moving: Sequence[int] = (0, 1), share: NDArray | None = None) -> Array:
    """*duet* (T, 2, J, 3) whose dancers *moving* give way where one would go through the other; then their feet are on the floor again.

    Args:
        share: (T,) 0..1, how far dancers give way then.
    """
    x = np.array(duet, np.float64)
    return _set_down(x, skeleton, fps, moving) if _give_way(x, skeleton, fps, moving, ROOM, share) else x


def _give_way(x: Array, skeleton: Skeleton, fps: float, moving: Sequence[int], room: float, share: NDArray | None = None) -> bool:
    """Move the dancers *moving* of (T, 2, J, 3), in place, so that none goes through the other's trunk and trunks keep *room*, metres. Whether any was."""
    for number in range(ROUNDS):
        need, side = too_near(x, skeleton, room)
        if need.max() < 0.005:
            return number > 0
        soft = -low_envelope(-need, max(3, round(ASIDE_SECONDS * fps)))
        way = soft[:, None] * _steady(side, fps) * (1.0 if share is None else np.asarray(share)[:, None])
        for d in moving:
            x[:, d, :, :2] += (way if d == 1 else -way)[:, None] / len(moving)
    return True


def _set_down(x: Array, skeleton: Skeleton, fps: float, moving: Sequence[int]) -> Array:
    for d in moving:
        x[:, d] = grounded(x[:, d], skeleton, fps, returns=0.0)[0]
    return x


def too_near(x: NDArray, skeleton: Skeleton, room: float = ROOM) -> tuple[Array, Array]:
    """(T,) metres by which the dancers of (T, 2, J, 3) are too near, and (T, 2) the way from the first to the second over the floor."""
    ends = [skeleton.index(name) for name in TRUNK]
    low, high = (end if end is not None else skeleton.order[0] for end in ends)
    side = (x[:, 1, [low, high], :2] - x[:, 0, [low, high], :2]).mean(axis=1)
    need = room - np.linalg.norm(side, axis=-1)
    for d in range(2):
        near = np.linalg.norm(x[:, d] - from_axis(x[:, d], x[:, 1 - d, low], x[:, 1 - d, high]), axis=-1).min(axis=1)
        need = np.maximum(need, THROUGH - near)
    return np.maximum(need, 0.0), side


def _front(x: Array, skeleton: Skeleton, fps: float) -> float:
    """Radians: where (T, J, 3) faces for the most part, its beginning most."""
    weight = np.exp(-np.arange(len(x)) / (FRONT_SECONDS * fps))
    return float(np.angle((weight * np.exp(1j * heading_of(x, skeleton, fps))).sum()))


def _steady(side: Array, fps: float) -> Array:
    """(T, 2) directions of the ways *side* (T, 2), changing slowly: where dancers change places they pass each other on one side."""
    angle = np.unwrap(np.arctan2(side[:, 1], side[:, 0]))
    angle = smoothed(angle, 0.5 * fps)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _turned(x: Array, angle: float | NDArray) -> Array:
    """(T, J, 3) turned about the vertical through the origin by *angle*, one or (T,)."""
    c, s = np.cos(angle), np.sin(angle)
    c, s = (np.asarray(v)[..., None] if np.ndim(v) else v for v in (c, s))
    return np.stack([c * x[..., 0] - s * x[..., 1], s * x[..., 0] + c * x[..., 1], x[..., 2]], axis=-1)
