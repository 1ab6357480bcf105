"""Where a camera stands so that a whole dance stays in the picture: pure geometry, no Blender.

Room axes are the clip's (metres, z up). Camera axes are right, up and ahead (away from the viewer).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .clip import Clip

SENSOR = 36.0
"""Millimetres of the picture's longer side on the sensor."""

LENS = 50.0
"""Focal length in millimetres: a normal lens, which keeps bodies in proportion."""

LOOK_DOWN = math.radians(9.0)
"""How far the camera looks down: enough to read the dancers' places on the floor, little enough to see their whole height."""

BODY_MARGIN = 0.14
"""Metres round every joint that also stay in the picture: skull, hands and flesh reach beyond the joints."""

QUANTILE = 0.995
"""The share of each joint's frames that the picture must hold; tracking errors beyond it may leave the picture."""

TRAVEL_SHARE = 0.5
"""How much the pair's travel counts beside the dancers' separation when the picture's axis is chosen."""


@dataclass(frozen=True)
class Margins:
    """Shares of the picture's width (left, right) and height (bottom, top) that the dancers leave free."""

    left: float = 0.04
    right: float = 0.04
    bottom: float = 0.12
    top: float = 0.11


@dataclass(frozen=True)
class Framing:
    """A static camera.

    Attributes:
        location: (3,) metres.
        yaw: radians about z; 0 looks along +y, and +x is then at the right.
        pitch: radians above the horizon; negative looks down.
        lens: millimetres, on a sensor whose `SENSOR` millimetres are the picture's longer side.
        aspect: the picture's width over its height.
    """

    location: NDArray[np.float64]
    yaw: float
    pitch: float
    lens: float
    aspect: float

    @property
    def axes(self) -> NDArray[np.float64]:
        """(3, 3) rows right, up, ahead."""
        return _axes(self.yaw, self.pitch)

    @property
    def tangents(self) -> tuple[float, float]:
        """Half the picture's width and height at distance 1."""
        return _tangents(self.lens, self.aspect)

    def project(self, points: NDArray) -> NDArray[np.float64]:
        """(…, 2) where *points* (…, 3) are in the picture: (0, 0) its lower left corner, (1, 1) its upper right; NaN behind the camera."""
        across, up, ahead = np.moveaxis((np.asarray(points, dtype=np.float64) - self.location) @ self.axes.T, -1, 0)
        depth = np.where(ahead > 0, ahead, np.nan)
        half_width, half_height = self.tangents
        return np.stack((0.5 + across / depth / half_width / 2, 0.5 + up / depth / half_height / 2), axis=-1)


def frame_dance(
    clip: Clip, aspect: float = 16 / 9, *, margins: Margins | None = None, lens: float = LENS, look_down: float = LOOK_DOWN
) -> Framing:
    """The camera that holds all of *clip*'s joints in all frames, from the side where the dancers stand apart best.

    For a fixed direction of view the condition "this point is left of the picture's right edge" is linear in the camera's place, so the nearest
    place that holds every point has a closed form, one for the width and one for the height; the farther of both is taken.
    """
    if margins is None:
        margins = Margins()
    points = _robust(clip.positions)
    yaw = best_yaw(clip)
    axes = _axes(yaw, -look_down)
    if not np.isfinite(points).any():
        return Framing(np.array([0.0, 0.0, 1.0]) - 6.0 * axes[2], yaw, -look_down, lens, aspect)
    across, up, ahead = np.moveaxis(points.astype(np.float64) @ axes.T, -1, 0)
    half_width, half_height = _tangents(lens, aspect)
    edges_across = (half_width * (1 - 2 * margins.left), half_width * (1 - 2 * margins.right))
    edges_up = (half_height * (1 - 2 * margins.bottom), half_height * (1 - 2 * margins.top))
    horizontal = _span(across, ahead, *edges_across)
    vertical = _span(up, ahead, *edges_up)
    depth = min(_nearest(horizontal, *edges_across), _nearest(vertical, *edges_up))
    place = np.array([_centred(horizontal, depth, *edges_across), _centred(vertical, depth, *edges_up), depth])
    return Framing(place @ axes, yaw, -look_down, lens, aspect)


def best_yaw(clip: Clip) -> float:
    """The direction of view (radians about z, as in `Framing`) across which the dancers stand apart most, facing the camera rather than not."""
    ground = clip.positions[..., :2].astype(np.float64)
    known = np.isfinite(ground)
    count = known.sum(axis=2)
    centres = np.where(known, ground, 0.0).sum(axis=2) / np.where(count, count, np.nan)
    middle = centres.mean(axis=1)
    scatter = TRAVEL_SHARE * _scatter(middle - np.nanmean(middle, axis=0)) if np.isfinite(middle).any() else np.zeros((2, 2))
    if clip.dancers == 2:
        scatter = scatter + _scatter(centres[:, 1] - centres[:, 0]) / 4
    values, vectors = np.linalg.eigh(scatter)
    # With no axis that stands out the room's own x axis runs across the picture.
    across = vectors[:, 1] if values[1] > 1.05 * values[0] + 1e-9 else np.array([1.0, 0.0])
    yaw = math.atan2(across[1], across[0])
    ahead = np.array([-math.sin(yaw), math.cos(yaw)])
    facing = facing_direction(clip)
    towards = float(facing @ ahead)
    away = towards > 0 if abs(towards) > 0.05 else ahead[1] < 0
    return math.remainder(yaw + (math.pi if away else 0.0), 2 * math.pi)


def facing_direction(clip: Clip) -> NDArray[np.float64]:
    """(2,) the mean of the horizontal directions that all dancers face; short where they turn much, 0 where the skeleton does not tell."""
    pairs = [(clip.skeleton.index(f"left_{name}"), clip.skeleton.index(f"right_{name}")) for name in ("hip", "shoulder")]
    facing = []
    for left, right in pairs:
        if left is not None and right is not None:
            to_right = (clip.positions[:, :, right, :2] - clip.positions[:, :, left, :2]).astype(np.float64).reshape(-1, 2)
            length = np.linalg.norm(to_right, axis=1)
            known = length > 1e-6  # NaN compares false
            facing.append(np.stack((-to_right[known, 1], to_right[known, 0]), axis=1) / length[known, None])
    directions = np.concatenate(facing) if facing else np.empty((0, 2))
    return directions.mean(axis=0) if len(directions) else np.zeros(2)


def _scatter(vectors: NDArray) -> NDArray:
    vectors = vectors[np.isfinite(vectors).all(axis=1)]
    return vectors.T @ vectors / max(1, len(vectors))


def _robust(positions: NDArray) -> NDArray:
    """(T, D, J, 3) with each dancer's outlying frames (a share 1 − `QUANTILE` at most) made NaN, judged by the distance from its median place."""
    known = np.isfinite(positions).all(axis=-1)
    points = np.where(known[..., None], positions, np.nan)
    if not known.any():
        return points
    flat = np.where(known[..., None], positions, np.float32(0))
    counted = np.maximum(known.sum(axis=0), 1)
    distance = np.linalg.norm(flat - (flat.sum(axis=0) / counted[..., None]), axis=-1)
    distance[~known] = 0
    limit = np.quantile(distance, QUANTILE, axis=0)
    return np.where((distance <= limit)[..., None], points, np.nan)


def _axes(yaw: float, pitch: float) -> NDArray[np.float64]:
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    return np.array([[cy, sy, 0.0], [sy * sp, -cy * sp, cp], [-sy * cp, cy * cp, sp]])


def _tangents(lens: float, aspect: float) -> tuple[float, float]:
    longer = SENSOR / 2 / lens
    return (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)


def _span(side: NDArray, ahead: NDArray, low: float, high: float) -> tuple[float, float]:
    """The two bounds that the points put on the camera's place: c − high·d ≥ first, c + low·d ≤ second (c sideways, d ahead)."""
    first = np.nanmax(side - high * ahead) + BODY_MARGIN * math.hypot(1, high)
    second = np.nanmin(side + low * ahead) - BODY_MARGIN * math.hypot(1, low)
    return float(first), float(second)


def _nearest(span: tuple[float, float], low: float, high: float) -> float:
    return (span[1] - span[0]) / (low + high)


def _centred(span: tuple[float, float], depth: float, low: float, high: float) -> float:
    """The sideways place in the middle of what the bounds leave open at *depth*, seen in the picture's free part."""
    return ((span[0] + high * depth) + (span[1] - low * depth)) / 2
