"""Footwork: from a path across the floor and the times of steps to feet that stand still while they carry, and the pelvis over them.

A foot is held by its big toe: it rises from the heel, swings, and lands where the path will be in the middle of its next stance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import kinematics
from .body import OUTWARD, Body
from .curves import Array, below, bump, ease, smoothed

LEG_USED = 0.985
"""The largest share of a leg's length between hip and ankle: knees are never quite locked."""


@dataclass(frozen=True)
class Step:
    """One swing of one foot.

    Attributes:
        side: 0 left, 1 right. lift, land: seconds.
        height: of the swing, metres.
        reach: (forward, outward) metres, how far the foot swings out on its way (a kick, a sweep).
        wide: (forward, outward) metres, how far from its usual place it lands (a lunge).
    """

    side: int
    lift: float
    land: float
    height: float = 0.05
    reach: tuple[float, float] = (0.0, 0.035)
    wide: tuple[float, float] = (0.0, 0.0)


@dataclass
class Feet:
    """Both feet over T frames: big toes (T, 2, 3), yaw and heel pitch (T, 2) in radians, and where they carry (T, 2) bool."""

    toe: Array
    yaw: Array
    pitch: Array
    planted: Array


def march(start: float, end: float, interval: float, first: int, swing: float = 0.62, **more: float) -> list[Step]:
    """Alternating steps, one every *interval* seconds; each foot is in the air for *swing* of that time."""
    count = int((end - start) / interval + 1e-6)
    return [
        Step((first + i) % 2, start + i * interval + (1 - swing) * interval, start + (i + 1) * interval, **more)  # type: ignore[arg-type]
        for i in range(count)
    ]


def stance(body: Body, place: Array, yaw: float, side: int, toe_out: float, width: float) -> tuple[Array, float]:
    """(2,) where the big toe stands, and the foot's yaw, under a body at *place* (2,) that faces *yaw*."""
    sign = OUTWARD[side]
    foot_yaw = yaw + sign * toe_out
    forward, out = np.array([np.cos(yaw), np.sin(yaw)]), np.array([-np.sin(yaw), np.cos(yaw)]) * sign
    along = np.array([np.cos(foot_yaw), np.sin(foot_yaw)])
    ankle = place + out * (body.offsets["hip"][1] + width) - forward * 0.02
    return ankle + along * body.toe[0], foot_yaw


def _beside(yaw: float, side: int) -> Array:
    """(2, 2) whose columns point forward and outward on the floor."""
    return np.array([[np.cos(yaw), -np.sin(yaw) * OUTWARD[side]], [np.sin(yaw), np.cos(yaw) * OUTWARD[side]]])


def feet(
    body: Body,
    times: Array,
    path: Array,
    facing: Array,
    steps: Sequence[Step],
    toe_out: float = 0.16,
    width: float = 0.01,
    skip: float = 0.03,
) -> Feet:
    """The feet of a body whose ground point is *path* (T, 2) and whose heading is *facing* (T,).

    A step that would move its foot less than *skip* metres (and turn it less than 0.12 rad) is not made, unless it is a kick.
    """
    frames, last = len(times), times[-1]
    result = Feet(np.zeros((frames, 2, 3)), np.zeros((frames, 2)), np.zeros((frames, 2)), np.ones((frames, 2), bool))

    def on_path(time: float) -> tuple[Array, float]:
        place = np.array([np.interp(time, times, path[:, axis]) for axis in (0, 1)])
        return place, float(np.interp(time, times, facing))

    floor = body.ankle_height + float(body.toe[2])
    for side in (0, 1):
        own = sorted((s for s in steps if s.side == side), key=lambda s: s.land)
        at, yaw = stance(body, *on_path(0.5 * (own[0].lift if own else last)), side, toe_out, width)
        toe, heading, pitch = np.tile(at, (frames, 1)), np.full(frames, yaw), np.zeros(frames)
        height, planted = np.zeros(frames), np.ones(frames, bool)
        for index, step in enumerate(own):
            until = own[index + 1].lift if index + 1 < len(own) else last
            # Long stances are placed for their beginning: the body has just arrived and moves off before the foot does.
            middle = step.land + 0.5 * min(max(until - step.land, 0.0), 0.9)
            goal, goal_yaw = stance(body, *on_path(middle), side, toe_out, width)
            goal = goal + _beside(float(np.interp(middle, times, facing)), side) @ np.array(step.wide)
            move, swivel = goal - at, goal_yaw - yaw
            reach = np.hypot(*step.reach)
            if np.hypot(*move) < skip and abs(swivel) < 0.12 and reach < 0.1:
                continue
            phase = (times - step.lift) / (step.land - step.lift)
            progress = ease(phase)
            body_yaw = facing
            forward = np.stack([np.cos(body_yaw), np.sin(body_yaw)], -1)
            out = np.stack([-np.sin(body_yaw), np.cos(body_yaw)], -1) * OUTWARD[side]
            arc = bump(phase)[:, None] * (step.reach[0] * forward + step.reach[1] * out)
            toe += progress[:, None] * move + arc
            heading += progress * swivel
            height += step.height * bump(phase) * min(1.0, 0.45 + np.hypot(*move) / 0.5)
            planted &= (phase <= 0) | (phase >= 1)
            # The heel leaves the floor before the toe and comes down after it.
            rise = (times - (step.lift - 0.16)) / (step.land + 0.12 - (step.lift - 0.16))
            size = np.clip(0.25 + 0.9 * np.hypot(*move), 0.25, 0.75)
            pitch += size * bump(rise**0.8 if np.all(rise >= 0) else np.sign(rise) * np.abs(rise) ** 0.8)
            at, yaw = goal, goal_yaw
        result.toe[:, side, :2], result.toe[:, side, 2] = toe, floor + height
        result.yaw[:, side], result.pitch[:, side], result.planted[:, side] = heading, pitch, planted
    return result


def support(planted: Array, fps: float, haste: float = 0.11) -> Array:
    """(T,) which foot carries: +1 left, −1 right, 0 both; smooth over about *haste* seconds."""
    side = planted[:, 0].astype(float) - planted[:, 1].astype(float)
    return smoothed(side, haste * fps)


def pelvis_height(body: Body, ground: Array, pelvis: Array, feet: Feet, wanted: Array) -> Array:
    """(T,) the pelvis joint's height: *wanted* (T,), or as low as both legs need to reach their feet.

    Args:
        ground: (T, 2) pelvis. pelvis: (T, 3, 3) its orientation.
    """
    limit = wanted.copy()
    reach = LEG_USED * body.leg
    for side in (0, 1):
        ankle = kinematics.ankle_of(body, side, feet.toe[:, side], feet.yaw[:, side], feet.pitch[:, side])
        hip = kinematics.apply(pelvis, body.offsets["hip"] * [1, OUTWARD[side], 1])
        flat = np.hypot(*(ground + hip[:, :2] - ankle[:, :2]).T)
        limit = np.minimum(limit, ankle[:, 2] + np.sqrt(np.maximum(reach**2 - flat**2, 0.01)) - hip[:, 2])
    return below(limit)
