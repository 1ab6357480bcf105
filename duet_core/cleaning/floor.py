"""The floor: the plane that the feet stand on, turned level and set to z = 0.

A foot is in contact where it is slow and low for its dancer at that time. A plane z = a + b·x + c·y goes through the contacts, robustly (iteratively
reweighted, Tukey's biweight) and held towards level by a prior: where the dancers stay on one spot, or their depth is not in the data, the contacts
say nothing about the tilt and none is invented.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..skeletons import Skeleton
from .report import Figure, Part
from .tracks import chunks

HEIGHTS = {"big_toe": 0.02, "foot": 0.03, "heel": 0.03, "ankle": 0.08}
"""Metres of a standing foot's joints over the floor."""

SLOW = 0.25
"""m/s below which a low foot is in contact."""

LOW = 0.06
"""Metres above the lowest of the feet at that time."""

LEAST_TILT, MOST_TILT = 0.3, 25.0
"""Degrees: a smaller tilt is not worth turning a room for; a larger one is no floor's."""

LEAST_HEIGHT = 0.01
UNSURE = 2.5
"""A floor nearer to z = 0 than `LEAST_HEIGHT` metres and so many times the contacts' scatter cannot be told from z = 0 and is left there. Readers
set it by the lowest feet (`room.floor_height`); where one camera sees two dancers at different depths, their feet have no common height."""

_LEAST_SPREAD = 0.5
_LEAST_CONTACTS = 30
_PRIOR = 0.1
_MOST_POINTS = 40_000


@dataclass(frozen=True)
class Floor:
    """A floor plane.

    Attributes:
        height: metres of the plane at *centre*.
        normal: (3,) upwards.
        centre: (2,) x and y in the middle of the contacts.
        contacts: how many contacts it was found from.
        scatter: metres, how far the contacts typically lie from it (1.4826 times the median).
        rise: metres by which its tilt lifts the typical contact (r.m.s.).
    """

    height: float
    normal: NDArray[np.float64]
    centre: NDArray[np.float64]
    contacts: int
    scatter: float
    rise: float

    @property
    def tilt(self) -> float:
        """Degrees from level."""
        return math.degrees(math.acos(min(1.0, float(self.normal[2]))))

    @property
    def tilted(self) -> bool:
        """The tilt is a floor's, worth turning the room for, and more than the contacts' own scatter."""
        return LEAST_TILT <= self.tilt <= MOST_TILT and self.rise > self.scatter

    @property
    def off(self) -> bool:
        """The height can be told from z = 0."""
        return abs(self.height) > LEAST_HEIGHT + UNSURE * self.scatter


def foot_joints(skeleton: Skeleton) -> list[tuple[int, float]]:
    """(joint, its height over the floor) of the feet's joints."""
    found = [(j, HEIGHTS.get(name.partition("_")[2])) for j, name in enumerate(skeleton.landmarks)]
    return [(j, height) for j, height in found if height is not None]


def contacts(clip: Clip) -> NDArray[np.bool_]:
    """(T, D, F) whether each of `foot_joints` stands on something: slow, and low among its dancer's feet at that time."""
    feet = foot_joints(clip.skeleton)
    result = np.zeros((clip.frames, clip.dancers, len(feet)), bool)
    if not feet or clip.frames < 3:
        return result
    joints = [j for j, _ in feet]
    over = np.array([height for _, height in feet], np.float32)
    reach = max(1, round(0.05 * clip.fps))
    for part in chunks(clip.frames, 65_536):
        low, high = max(part.start - reach, 0), min(part.stop + reach, clip.frames)
        p = clip.positions[low:high, :, joints]
        at = np.arange(part.start - low, part.stop - low)
        before, after = np.maximum(at - reach, 0), np.minimum(at + reach, high - low - 1)
        speed = np.linalg.norm(p[after] - p[before], axis=-1) / np.maximum((after - before) / clip.fps, 1e-9)[:, None, None]
        height = p[at][..., 2] - over
        lowest = np.where(np.isnan(height), np.inf, height).min(axis=-1, keepdims=True)
        with np.errstate(invalid="ignore"):
            result[part] = (speed < SLOW) & (height < lowest + LOW)
    return result


def find(clip: Clip) -> Floor | None:
    """The floor of *clip*, z up; None where too few contacts tell."""
    feet = foot_joints(clip.skeleton)
    touching = contacts(clip)
    frame, dancer, foot = np.nonzero(touching)
    if len(frame) < _LEAST_CONTACTS:
        return None
    every = max(1, len(frame) // _MOST_POINTS)
    frame, dancer, foot = frame[::every], dancer[::every], foot[::every]
    joints = np.array([j for j, _ in feet])
    over = np.array([height for _, height in feet])
    points = clip.positions[frame, dancer, joints[foot]].astype(np.float64)
    points[:, 2] -= over[foot]
    centre = np.median(points[:, :2], axis=0)
    level = points[:, :2] - centre
    design = np.column_stack([np.ones(len(points)), level])
    # The prior equals some contacts at 1 m that say "level"; only spread can speak against it.
    prior = np.diag([0.0, 1.0, 1.0]) * _PRIOR * len(points) * _LEAST_SPREAD**2
    weight = np.ones(len(points))
    # The lower half of the contacts first: hands and feet on furniture or a partner lie above the floor, nothing below it.
    start = np.quantile(points[:, 2], 0.5)
    weight[points[:, 2] > start + 3 * LOW] = 0.0
    solution = np.array([start, 0.0, 0.0])
    for _ in range(12):
        solution = np.linalg.solve(design.T @ (weight[:, None] * design) + prior, design.T @ (weight * points[:, 2]))
        residual = points[:, 2] - design @ solution
        scale = max(1.4826 * float(np.median(np.abs(residual))), 0.005)
        weight = np.clip(1 - (residual / (4.685 * scale)) ** 2, 0, None) ** 2
    slope = solution[1:]
    # Shrinkage undone along the directions in which the contacts spread, kept where they do not.
    spread = np.sqrt(np.linalg.eigvalsh(np.cov(level.T, aweights=np.maximum(weight, 1e-12)))) if len(points) > 2 else np.zeros(2)
    if spread.max() >= _LEAST_SPREAD:
        values, vectors = np.linalg.eigh(np.cov(level.T, aweights=np.maximum(weight, 1e-12)))
        along = vectors.T @ slope
        factor = np.where(np.sqrt(np.maximum(values, 0)) >= _LEAST_SPREAD, 1 + _PRIOR * _LEAST_SPREAD**2 / np.maximum(values, 1e-9), 0.0)
        slope = vectors @ (along * factor)
    else:
        slope = np.zeros(2)
    height = float(np.average(points[:, 2] - level @ slope, weights=np.maximum(weight, 1e-12)))
    normal = np.array([-slope[0], -slope[1], 1.0])
    normal /= np.linalg.norm(normal)
    scatter = 1.4826 * float(np.median(np.abs(points[:, 2] - height - level @ slope)))
    rise = float(np.std(level @ slope))
    return Floor(height, normal, centre, len(frame), scatter, rise)


def level(clip: Clip) -> tuple[Clip, Part]:
    """Turn the floor level and set it to z = 0."""
    floor = find(clip)
    if floor is None:
        return clip, Part("floor", False, "floor: too few foot contacts to find it", notes=["the clip's own floor is kept"])
    counts = {"contacts": floor.contacts}
    notes = [f"contacts lie within {1000 * floor.scatter:.0f} mm of the plane"]
    tilted, off = floor.tilted, floor.off
    if floor.tilt > MOST_TILT:
        notes.append(f"a tilt of {floor.tilt:.0f}° is no floor's and was not undone")
    elif floor.tilt >= LEAST_TILT and not tilted:
        notes.append(f"a tilt of {floor.tilt:.1f}° lies within the contacts' own scatter and was not undone")
    turn = _onto_vertical(floor.normal) if tilted else np.eye(3)
    pivot = np.array([*floor.centre, floor.height])
    positions = np.empty_like(clip.positions)
    for part in chunks(clip.frames):
        positions[part] = (clip.positions[part].astype(np.float64) - pivot) @ turn.T + pivot if tilted else clip.positions[part]
    height = floor.height if tilted or off else 0.0
    if not off and not tilted and abs(floor.height) > LEAST_HEIGHT:
        notes.append(f"contacts lie {1000 * floor.height:+.0f} mm from z = 0, which is within their own scatter: the floor is left there")
    figures = {
        "tilt": Figure(floor.tilt, 0.0 if tilted else floor.tilt, "°"),
        "height": Figure(1000 * floor.height, 1000 * (floor.height - height), "mm"),
    }
    if not tilted and not off:
        return clip, Part("floor", False, "floor: level and at z = 0 already", counts, {}, figures, notes)
    positions[..., 2] -= np.float32(height)
    summary = f"floor: {f'tilted by {floor.tilt:.1f}°, levelled; ' if tilted else ''}found at {height:+.3f} m and moved to 0"
    return clip.changed(positions=positions, step=summary), Part("floor", True, summary, counts, {}, figures, notes)


def _onto_vertical(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) the shortest rotation that takes *normal* to +z."""
    axis = np.array([normal[1], -normal[0], 0.0])
    sine, cosine = float(np.linalg.norm(axis)), float(normal[2])
    if sine < 1e-12:
        return np.eye(3)
    x, y, z = axis / sine
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + sine * cross + (1 - cosine) * cross @ cross
