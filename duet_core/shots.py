"""How a camera moves round a dance: for each shot its place and direction at every frame. Pure geometry, no Blender; room axes as in `framing`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .clip import Clip
from .framing import BODY_MARGIN, LENS, QUANTILE, SENSOR, Margins, best_yaw, frame_dance

TURN_SECONDS = 24.0
"""Of an orbit: slow enough to watch the dance, not the camera."""

CALM_SECONDS = 1.2
"""A moving camera averages over so much time to each side: it glides."""

MARGIN = 0.35
"""Metres round the joints that a moving camera keeps in the picture: bodies, and names over heads."""

SHOULDER_LENS = 32.0
"""Millimetres: wide enough for a shoulder in front and a whole dancer behind."""


@dataclass(frozen=True)
class Shot:
    """A camera's motion.

    Attributes:
        location: (T, 3) metres; T = 1 for a camera that stands still.
        yaw, pitch: (T,) radians as in `Framing`; yaw without jumps.
        lens: millimetres on a sensor of `SENSOR`.
    """

    location: NDArray[np.float64]
    yaw: NDArray[np.float64]
    pitch: NDArray[np.float64]
    lens: float


def front(clip: Clip, aspect: float) -> Shot:
    """The still camera that holds the whole dance."""
    framing = frame_dance(clip, aspect)
    return Shot(framing.location[None], np.array([framing.yaw]), np.array([framing.pitch]), framing.lens)


def orbit(clip: Clip, aspect: float) -> Shot:
    """A slow circle round the middle of the dance, from the front on, as near as all words before the camera leave the dancers room at every frame."""
    bodies = _filled(clip)
    points = bodies.reshape(len(bodies), -1, 3)
    low, high = np.percentile(points.reshape(-1, 3), (1, 99), axis=0)
    middle = (low + high) / 2
    yaw = best_yaw(clip) + 2 * np.pi * np.arange(clip.frames) / clip.fps / TURN_SECONDS
    pitch = np.full(clip.frames, math.radians(-10.0))
    ahead = _ahead(yaw, pitch)
    right = np.stack([np.cos(yaw), np.sin(yaw), np.zeros_like(yaw)], axis=-1)
    across, up, deep = (((points - middle) @ axis[..., None])[..., 0] for axis in (right, np.cross(right, ahead), ahead))
    half, free = _tangents(LENS, aspect), Margins()
    # Seen from the distance d, a point stands where across : (d + deep) is at most so much of the picture's half.
    needed = [
        (side + BODY_MARGIN) / (half[upright] * (1 - 2 * margin)) - deep
        for side, upright, margin in ((across, 0, free.right), (-across, 0, free.left), (up, 1, free.top), (-up, 1, free.bottom))
    ]
    distance = float(np.quantile(np.max(needed, axis=(0, 2)), QUANTILE))
    return Shot(middle - distance * ahead, yaw, pitch, LENS)


def follow(clip: Clip, aspect: float) -> Shot:
    """From the front, with the pair: it moves as they travel, and nears as they come together."""
    bodies = _filled(clip)
    yaw, pitch = best_yaw(clip), math.radians(-8.0)
    right = np.array([math.cos(yaw), math.sin(yaw), 0.0])
    ahead = _ahead(np.array([yaw]), np.array([pitch]))[0]
    up = np.cross(right, ahead)
    half = _tangents(LENS, aspect)
    points = bodies.reshape(len(bodies), -1, 3)
    across, high, deep = points @ right, points @ up, points @ ahead
    wide = round(CALM_SECONDS * clip.fps)

    def ends(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(T,) the lowest and the highest of each frame's neighbourhood, calmed."""
        return _calm(-highest(-values.min(axis=1), 3 * wide), wide), _calm(highest(values.max(axis=1), 3 * wide), wide)

    (left, right_end), (low, top), (near, _) = ends(across), ends(high), ends(deep)
    reach = np.maximum(((right_end - left) / 2 + MARGIN) / half[0], ((top - low) / 2 + MARGIN) / half[1])
    middle = ((left + right_end) / 2)[:, None] * right + ((low + top) / 2)[:, None] * up + (near - reach)[:, None] * ahead
    return Shot(middle, np.full(len(middle), yaw), np.full(len(middle), pitch), LENS)


def over_shoulder(clip: Clip, aspect: float, dancer: int = 0) -> Shot:
    """From behind *dancer*'s shoulder to the other one, always."""
    bodies = _filled(clip)
    wide = round(CALM_SECONDS * clip.fps)
    mine, theirs = (_calm(bodies[:, d].mean(axis=1), wide) for d in (dancer, 1 - dancer))
    head = _calm(np.percentile(bodies[:, dancer, :, 2], 95, axis=1), wide)
    towards = theirs[:, :2] - mine[:, :2]
    length = np.linalg.norm(towards, axis=1)
    # Where they cross there is no "behind" for a moment: the direction is calmed too.
    towards = _unit(_calm(_unit(towards), wide))
    aside = np.stack([towards[:, 1], -towards[:, 0]], axis=1)
    narrow = 1.0 if aspect >= 1 else 0.6
    place = np.empty((len(mine), 3))
    place[:, :2] = mine[:, :2] - 2.1 * towards + 0.75 * narrow * aside
    place[:, 2] = head + 0.25
    # Between the two, as seen from there: at the picture's sides are words.
    view = _unit(mine[:, :2] - place[:, :2]) + _unit(theirs[:, :2] - place[:, :2])
    yaw = np.unwrap(np.arctan2(-view[:, 0], view[:, 1]))
    # On the other one's chest, or as far as the nearer one's where they embrace.
    away = np.maximum(0.75 * length, 0.6) + 2.1
    return Shot(place, yaw, np.arctan2(theirs[:, 2] + 0.12 - place[:, 2], away), SHOULDER_LENS)


SHOTS: dict[str, Callable[[Clip, float], Shot]] = {
    "FRONT": front,
    "ORBIT": orbit,
    "FOLLOW": follow,
    "SHOULDER_A": over_shoulder,
    "SHOULDER_B": lambda clip, aspect: over_shoulder(clip, aspect, 1),
}
"""Every shot; each takes the clip and the picture's width over its height."""


def _filled(clip: Clip) -> NDArray[np.float64]:
    """(T, D, J, 3) metres, what is unknown bridged in time; a joint that is never known stands in the middle of its dancer."""
    bodies = clip.positions.astype(np.float64)
    frames = np.arange(len(bodies))
    for dancer in range(bodies.shape[1]):
        body = bodies[:, dancer]
        known = np.isfinite(body).all(axis=-1)
        middle = np.where(known[..., None], body, 0.0).sum(axis=(0, 1)) / max(known.sum(), 1)
        for joint in np.flatnonzero(~known.all(axis=0)):
            there = np.flatnonzero(known[:, joint])
            for axis in range(3):
                body[:, joint, axis] = np.interp(frames, there, body[there, joint, axis]) if there.size else middle[axis]
    return bodies if bodies.shape[1] > 1 else np.repeat(bodies, 2, axis=1)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, n) with length 1, or 0 where there is none."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1), 1e-6)[:, None]


def _ahead(yaw: NDArray[np.float64], pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([-np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), np.sin(pitch)], axis=-1)


def _tangents(lens: float, aspect: float) -> tuple[float, float]:
    longer = SENSOR / 2 / lens
    return (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)


def highest(values: NDArray[np.float64], wide: int) -> NDArray[np.float64]:
    """(T,) the highest within *wide* frames of each."""
    return sliding_window_view(np.pad(values, wide, mode="edge"), 2 * wide + 1).max(axis=1)


def _calm(values: NDArray[np.float64], wide: int) -> NDArray[np.float64]:
    """*values* (T, …) averaged thrice over *wide* frames to each side, the ends held."""
    kernel = np.ones(2 * wide + 1) / (2 * wide + 1)
    flat = values.reshape(len(values), -1)
    for _ in range(3):
        flat = np.column_stack([np.convolve(np.pad(column, wide, mode="edge"), kernel, mode="valid") for column in flat.T])
    return flat.reshape(values.shape)
