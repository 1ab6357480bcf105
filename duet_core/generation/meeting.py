"""Two who are made up apart from each other, brought together: placed face to face, turned towards each other as they dance, kept from going through each other.

Only the body's way over the floor and the way it faces are changed, slowly, so that steps can follow; feet are set down again afterwards (`contact`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..posing.pose import smoothed
from ..skeletons import Skeleton
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
SLOWLY = 0.4
"""Seconds over which such turning and moving sets in."""
THROUGH, ROOM = 0.22, 0.45
"""Metres from the trunk of the one (its axis) within which no joint of the other may be, and between the two trunks."""
ASIDE_SECONDS = 1.6
"""In which a dancer gives way, and returns."""
TRUNK = ("pelvis", "neck")
ROUNDS = 6


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
        for apart in np.arange(APART, FURTHEST, 0.3):
            moved = turned.copy()
            moved[..., :2] += a[0, root, :2] + apart * np.array([np.cos(heading + aside), np.sin(heading + aside)])
            between = np.linalg.norm(moved[:frames, root, :2] - a[:, root, :2], axis=-1)
            cost = between.mean() + 0.3 * abs(aside) + 20 * np.maximum(CLEAR - between, 0).max()
            if cost < least:
                best, least = moved, cost
    return best


def attending(duet: NDArray, skeleton: Skeleton, fps: float, moving: Sequence[int] = (0, 1)) -> Array:
    """*duet* (T, 2, J, 3) whose dancers *moving* turn towards the other and stay at a distance for dancing, give way to each other, feet on the floor."""
    x = np.array(duet, np.float64)
    root, dt = skeleton.order[0], 1 / fps
    faces = [smoothed(heading_of(x[:, d], skeleton, fps), 0.8 * fps) for d in range(2)]
    free = [1 / (1 + np.square(np.gradient(f) * fps / SPINS)) if len(f) > 1 else np.ones(1) for f in faces]
    own = np.diff(x[:, :, root, :2], axis=0, prepend=x[:1, :, root, :2])
    place, turn = x[0, :, root, :2].copy(), np.zeros(2)
    turning, walking = np.zeros(2), np.zeros(2)
    places, turns = np.empty((len(x), 2, 2)), np.empty((len(x), 2))
    follow = dt / SLOWLY
    for t in range(len(x)):
        for d in moving:
            way = place[1 - d] - place[d]
            distance = float(np.hypot(*way))
            error = (np.arctan2(way[1], way[0]) - faces[d][t] - turn[d] + np.pi) % (2 * np.pi) - np.pi
            turning[d] += follow * (np.clip(error / ATTENDS, -TURN, TURN) * free[d][t] - turning[d])
            wanted = np.clip(distance - FAR, 0, WALK) - np.clip(2 * (NEAR - distance), 0, WALK)
            walking[d] += follow * (wanted - walking[d])
            turn[d] += turning[d] * dt
            place[d] += walking[d] * dt * way / max(distance, 1e-6)
        for d in range(2):
            c, s = np.cos(turn[d]), np.sin(turn[d])
            step = own[t, d]
            place[d] += (c * step[0] - s * step[1], s * step[0] + c * step[1])
        places[t], turns[t] = place, turn
    for d in moving:
        about = x[:, d, root] * np.array([1.0, 1.0, 0.0])
        x[:, d] = _turned(x[:, d] - about[:, None], turns[:, d])
        x[:, d, :, :2] += places[:, d, None]
    return apart(x, skeleton, fps, moving, room=CLEAR)


def apart(
    duet: NDArray, skeleton: Skeleton, fps: float, moving: Sequence[int] = (0, 1), room: float = ROOM, share: NDArray | None = None
) -> Array:
    """*duet* (T, 2, J, 3) whose dancers *moving* give way, so that neither goes through the other's trunk and trunks keep *room*, metres; feet on the floor.

    Args:
        share: (T,) 0..1, how far dancers give way then.
    """
    x = np.array(duet, np.float64)
    given = np.zeros(len(moving))
    for _ in range(ROUNDS):
        need, side = too_near(x, skeleton, room)
        if need.max() < 0.005:
            break
        soft = -low_envelope(-need, max(3, round(ASIDE_SECONDS * fps)))
        way = soft[:, None] * _steady(side, fps) * (1.0 if share is None else np.asarray(share)[:, None])
        for n, d in enumerate(moving):
            x[:, d, :, :2] += (way if d == 1 else -way)[:, None] / len(moving)
            given[n] = max(given[n], float(np.linalg.norm(way, axis=-1).max()))
    for n, d in enumerate(moving):
        if given[n] > 0 or room == CLEAR:
            x[:, d] = grounded(x[:, d], skeleton, fps, returns=0.0)[0]
    return x


def too_near(x: NDArray, skeleton: Skeleton, room: float = ROOM) -> tuple[Array, Array]:
    """(T,) metres by which the dancers of (T, 2, J, 3) are too near, and (T, 2) the way from the first to the second over the floor."""
    ends = [skeleton.index(name) for name in TRUNK]
    low, high = (end if end is not None else skeleton.order[0] for end in ends)
    side = (x[:, 1, [low, high], :2] - x[:, 0, [low, high], :2]).mean(axis=1)
    need = room - np.linalg.norm(side, axis=-1)
    for d in range(2):
        foot, axis = x[:, 1 - d, low], x[:, 1 - d, high] - x[:, 1 - d, low]
        way = x[:, d] - foot[:, None]
        along = np.clip((way * axis[:, None]).sum(axis=-1) / np.maximum(np.square(axis).sum(axis=-1)[:, None], 1e-9), 0, 1)
        near = np.linalg.norm(way - along[..., None] * axis[:, None], axis=-1).min(axis=1)
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
