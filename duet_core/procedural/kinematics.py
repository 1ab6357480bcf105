"""From a posture to joint positions: forward kinematics of the torso, analytic two-bone limbs, and the hands. All over T frames at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .body import JOINT, OUTWARD, SIDES, Body
from .curves import Array, smoothed


def turn(angle: Array, axis: int) -> Array:
    """(T, 3, 3) rotations by *angle* (T,), radians, right-handed, about the axis 0, 1 or 2."""
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.zeros((*np.shape(angle), 3, 3))
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix[..., axis, axis] = 1.0
    matrix[..., a, a] = matrix[..., b, b] = c
    matrix[..., a, b] = -s
    matrix[..., b, a] = s
    return matrix


def lean(angles: Array) -> Array:
    """(T, 3, 3) of *angles* (T, 3): forwards, to the left, and twist to the left, radians."""
    return turn(angles[:, 2], 2) @ turn(-angles[:, 1], 0) @ turn(angles[:, 0], 1)


def apply(rotation: Array, vector: Array) -> Array:
    """*rotation* (T, 3, 3) on *vector* (3,) or (T, 3)."""
    return np.einsum("tij,tj->ti", rotation, np.broadcast_to(vector, (len(rotation), 3)))


def unit(vector: Array) -> Array:
    return vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9)


def across(vector: Array, axis: Array) -> Array:
    """The unit part of *vector* that is perpendicular to the unit *axis*."""
    return unit(vector - (vector * axis).sum(-1, keepdims=True) * axis)


def reachable(root: Array, target: Array, first: float, second: float, most: float = 0.985, least_angle: float = 0.7) -> Array:
    """*target* (T, 3) moved along its line to *root* so that bones of *first* and *second* metres reach it.

    The approach to the limits is soft, so that the speed has no corner. *least_angle* (radians) is the smallest angle between the bones.
    """
    line = target - root
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    high = most * (first + second)
    low = np.sqrt(first**2 + second**2 - 2 * first * second * np.cos(least_angle))
    soft = 0.03 * high
    limited = np.minimum(distance - soft * np.logaddexp(0.0, (distance - high) / soft), high)
    limited = low + soft * np.logaddexp(0.0, (limited - low) / soft)
    return root + line / np.maximum(distance, 1e-9) * np.minimum(limited, high)


def two_bone(root: Array, end: Array, pole: Array, first: float, second: float) -> Array:
    """(T, 3) the middle joint between *root* and *end*, bent towards *pole*. *end* must be within reach."""
    line = end - root
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    axis = line / np.maximum(distance, 1e-9)
    along = (first**2 - second**2 + distance**2) / (2 * np.maximum(distance, 1e-9))
    bend = np.sqrt(np.maximum(first**2 - along**2, 0.0))
    return root + along * axis + bend * across(pole, axis)


@dataclass
class Torso:
    """What the torso's posture fixes, in world coordinates.

    Attributes:
        positions: (T, 29, 3), limbs beyond hips and shoulders still missing.
        pelvis, chest: (T, 3, 3) orientations.
    """

    positions: Array
    pelvis: Array
    chest: Array


def torso(body: Body, place: Array, facing: Array, hips: Array, spine: Array, head: Array, collars: Array) -> Torso:
    """The torso, hips, shoulders and head.

    Args:
        place: (T, 3) pelvis, metres. facing: (T,) heading about z, radians, 0 looks along x.
        hips, spine, head: (T, 3) leans (see `lean`) of the pelvis, of the whole spine, and of the head against the chest.
        collars: (T, 2) how far each shoulder is raised, radians.
    """
    frames = len(place)
    positions = np.full((frames, len(JOINT), 3), np.nan)
    pelvis = turn(facing, 2) @ lean(hips)
    positions[:, JOINT["pelvis"]] = place
    for side, sign in zip(SIDES, OUTWARD, strict=True):
        positions[:, JOINT[f"{side}_hip"]] = place + apply(pelvis, body.offsets["hip"] * [1, sign, 1])
    orientation, at = pelvis, place
    for name in ("spine1", "spine2", "spine3"):
        at = at + apply(orientation, body.offsets[name])
        positions[:, JOINT[name]] = at
        orientation = orientation @ lean(spine / 3.0)
    chest = orientation
    for index, (side, sign) in enumerate(zip(SIDES, OUTWARD, strict=True)):
        collar = at + apply(chest, body.offsets["collar"] * [1, sign, 1])
        raised = chest @ turn(sign * collars[:, index], 0)
        positions[:, JOINT[f"{side}_collar"]] = collar
        positions[:, JOINT[f"{side}_shoulder"]] = collar + apply(raised, body.offsets["shoulder"] * [1, sign, 1])
    neck = at + apply(chest, body.offsets["neck"])
    throat = chest @ lean(head * 0.45)
    skull = throat @ lean(head * 0.55)
    jaw = neck + apply(throat, body.offsets["jaw"])
    positions[:, JOINT["neck"]] = neck
    positions[:, JOINT["jaw"]] = jaw
    positions[:, JOINT["head"]] = jaw + apply(skull, body.offsets["head"])
    return Torso(positions, pelvis, chest)


def shoulder_rest(body: Body, trunk: Torso, side: int) -> Array:
    """(T, 3) where the shoulder lies while its collar is not raised."""
    offset = (body.offsets["collar"] + body.offsets["shoulder"]) * [1, OUTWARD[side], 1]
    return trunk.positions[:, JOINT["spine3"]] + apply(trunk.chest, offset)


def elbow_pole(direction: Array, side: int) -> Array:
    """(T, 3) where an elbow points, in the chest's frame, while the hand lies in unit *direction* from the shoulder.

    Down and out for a hand before the body, out for a hand overhead, back for a hanging arm.
    """
    hanging = np.clip((-direction[:, 2] - 0.3) / 0.65, 0.0, 1.0)
    hanging = hanging**2 * (3 - 2 * hanging)
    return np.stack([-0.35 - 0.9 * hanging, np.full_like(hanging, 0.5 * OUTWARD[side]), -0.8 + 0.8 * hanging], -1)


def arm(body: Body, trunk: Torso, side: int, wrist: Array, fingers: Array | None = None, weight: Array | None = None) -> None:
    """Write elbow, wrist and hand of *side* into *trunk*. *wrist* (T, 3) must be within reach (`reachable`).

    *fingers* (T, 3) is where the fingers point where *weight* (T,) is 1; else the hand trails the forearm's movement a little.
    """
    name, positions = SIDES[side], trunk.positions
    shoulder = positions[:, JOINT[f"{name}_shoulder"]]
    direction = np.einsum("tji,tj->ti", trunk.chest, unit(wrist - shoulder))
    # Where the hand passes near the pole, the elbow would whip round: let it travel instead.
    pole = smoothed(across(elbow_pole(direction, side), direction), 3.0)
    elbow = two_bone(shoulder, wrist, apply(trunk.chest, pole), body.upper_arm, body.forearm)
    forearm = unit(wrist - elbow)
    velocity = np.gradient(wrist, axis=0)
    trailing: Array = np.zeros_like(velocity)
    for frame in range(1, len(velocity)):  # a first-order lag: the hand gives way to the movement, then catches up
        trailing[frame] = 0.78 * trailing[frame - 1] + 0.22 * velocity[frame]
    pull: Array = -trailing * 9.0
    pull = pull / np.sqrt(1.0 + (pull**2).sum(-1, keepdims=True) / 0.6**2)
    pointing = unit(forearm + pull - (pull * forearm).sum(-1, keepdims=True) * forearm)
    if fingers is not None and weight is not None:
        pointing = unit(pointing + weight[:, None] * (fingers - pointing))
    # The thumb's side of a relaxed hand looks to the inside of the elbow.
    inside = across(unit(shoulder + (wrist - shoulder) * 0.5 - elbow), forearm)
    thumb = across(inside, pointing)
    for joint, at in (
        ("elbow", elbow),
        ("wrist", wrist),
        ("thumb", wrist + pointing * body.thumb[0] + thumb * body.thumb[1]),
        ("middle_finger", wrist + pointing * body.finger[0] + thumb * body.finger[1]),
    ):
        positions[:, JOINT[f"{name}_{joint}"]] = at


def foot_frames(yaw: Array, pitch: Array) -> Array:
    """(T, 3, 3) of a foot that looks along *yaw* with its heel raised by *pitch*, radians."""
    return turn(yaw, 2) @ turn(pitch, 1)


def ankle_of(body: Body, side: int, toe: Array, yaw: Array, pitch: Array) -> Array:
    """(T, 3) the ankle above a foot whose big toe is at *toe*."""
    return toe - apply(foot_frames(yaw, pitch), body.toe * [1, OUTWARD[side], 1])


def leg(body: Body, trunk: Torso, side: int, toe: Array, yaw: Array, pitch: Array) -> None:
    """Write knee, ankle and foot of *side* into *trunk*; the ankle must be within reach."""
    name, positions, sign = SIDES[side], trunk.positions, OUTWARD[side]
    frame = foot_frames(yaw, pitch)
    ankle = ankle_of(body, side, toe, yaw, pitch)
    hip = positions[:, JOINT[f"{name}_hip"]]
    # A knee looks where pelvis and foot look, a little outwards.
    pole = apply(trunk.pelvis, np.array([1.0, 0.16 * sign, 0.0])) + apply(turn(yaw, 2), np.array([1.0, 0.0, 0.0]))
    positions[:, JOINT[f"{name}_knee"]] = two_bone(hip, ankle, pole, body.thigh, body.shank)
    positions[:, JOINT[f"{name}_ankle"]] = ankle
    positions[:, JOINT[f"{name}_foot"]] = ankle + apply(frame, body.foot * [1, sign, 1])
    positions[:, JOINT[f"{name}_big_toe"]] = toe
