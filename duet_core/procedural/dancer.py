"""Dancers alone, as many as are wanted: body, character, path, steps and phrases all drawn from a seed. Material to plant influence between."""

from __future__ import annotations

import numpy as np

from ..clip import Clip
from . import footwork, kinematics
from .body import JOINT, SIDES, SKELETON, body
from .curves import Array, drift, smoothed
from .footwork import Step
from .phrases import Character, phrase

_REST_TO_WORLD = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0]])


def dance(seed: int, seconds: float = 60.0, fps: float = 30.0) -> Clip:
    """A solo (T, 1, 29, 3) of *seconds*, the same for the same *seed* on the same machine."""
    rng = np.random.default_rng([seed, 29])
    times = np.arange(round(seconds * fps)) / fps
    build = body(rng.uniform(1.55, 1.9), rng.uniform(0.92, 1.08), rng.uniform(0.94, 1.06), rng.uniform(0.97, 1.03))
    character = Character(
        beat=rng.uniform(0.6, 1.1),
        flow=rng.uniform(1.0, 1.6),
        size=rng.uniform(0.8, 1.05),
        torso=rng.uniform(0.1, 0.2),
        depth=rng.uniform(0.05, 0.1),
        accent=rng.uniform(0.1, 0.45),
        height=rng.uniform(0.3, 0.65),
    )
    own = phrase(times, int(rng.integers(2**31)), character, np.clip(0.75 + 0.35 * drift(times, rng, 1, 0.02, 0.1)[:, 0], 0.25, 1.0))
    path = smoothed(rng.uniform(0.25, 0.42) * drift(times, rng, 2, 0.03, 0.08), 10.0)
    heading = smoothed(rng.uniform(0.6, 1.4) * drift(times, rng, 1, 0.03, 0.1)[:, 0], 10.0)
    stand = footwork.feet(build, times, path, heading, _steps(times, rng, rng.uniform(0.42, 0.62)))
    ground = path + _walk(own.hips, own.spine, stand, heading, fps) + own.sway
    for channel in ("arms", "spine", "head", "hips"):
        setattr(own, channel, smoothed(getattr(own, channel), 1.5))
    pelvis = kinematics.turn(heading, 2) @ kinematics.lean(own.hips)
    height = footwork.pelvis_height(build, ground, pelvis, stand, build.standing - 0.012 + own.level)
    place = np.concatenate([ground, height[:, None]], -1)
    collars = np.stack([smoothed(0.02 + 0.42 * np.clip((own.arms[:, s, 2] + 0.2) / 1.1, 0.0, 1.0) ** 2, 2.0) for s in (0, 1)], axis=1)
    trunk = kinematics.torso(build, place, heading, own.hips, own.spine, own.head, collars)
    for side in (0, 1):
        shoulder = trunk.positions[:, JOINT[f"{SIDES[side]}_shoulder"]]
        rest = kinematics.shoulder_rest(build, trunk, side)
        wrist = rest + kinematics.apply(trunk.chest, own.arms[:, side] * _REST_TO_WORLD[side] * build.arm)
        kinematics.arm(build, trunk, side, kinematics.reachable(shoulder, wrist, build.upper_arm, build.forearm))
        kinematics.leg(build, trunk, side, stand.toe[:, side], stand.yaw[:, side], stand.pitch[:, side])
    meta = {"source": [f"dancer_{seed}"], "dancers": [f"dancer {seed}"], "licence": "CC0-1.0"}
    return Clip(trunk.positions[:, None].astype(np.float32), fps, SKELETON, meta=meta)


def _steps(times: Array, rng: np.random.Generator, interval: float) -> list[Step]:
    """Bouts of alternating steps with rests, a kick or a lunge between them."""
    steps: list[Step] = []
    time, end, side = 0.5, float(times[-1]) - 1.0, int(rng.integers(2))
    while time < end - 3.0:
        count = int(rng.integers(3, 9))
        steps += footwork.march(time, time + count * interval + 1e-6, interval, side, height=rng.uniform(0.04, 0.08))
        time += count * interval
        side = (side + count) % 2
        if rng.random() < 0.4:
            kick = (float(rng.uniform(-0.05, 0.25)), float(rng.uniform(0.1, 0.3)))
            steps.append(Step(side, time + 0.1, time + 0.8, height=rng.uniform(0.08, 0.18), reach=kick))
            side, time = 1 - side, time + 0.8
        time += rng.uniform(0.1, 0.6)  # longer, and the path would leave the feet behind
    return steps


def _walk(hips: Array, spine: Array, stand: footwork.Feet, heading: Array, fps: float) -> Array:
    """Let hips and spine answer the steps; returns the (T, 2) shift of weight onto the carrying foot."""
    carry = footwork.support(stand.planted, fps)
    forward = np.stack([np.cos(heading), np.sin(heading)], -1)
    left = np.stack([-np.sin(heading), np.cos(heading)], -1)
    ahead = np.clip(smoothed(((stand.toe[:, 0, :2] - stand.toe[:, 1, :2]) * forward).sum(-1), 2.0), -0.7, 0.7)
    hips[:, 1] -= 0.055 * carry
    spine[:, 1] += 0.075 * carry
    hips[:, 2] -= 0.30 * ahead
    spine[:, 2] += 0.52 * ahead
    return smoothed(0.05 * carry[:, None] * left, 3.0)
