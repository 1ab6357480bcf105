"""A dancer's own movement, from a seeded generator and a character: arm poses, torso, level. Nothing here knows of a partner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .body import SIDES
from .curves import Array, bump, drift, ease, smoothed

# Where the wrist lies from the shoulder, in arm lengths: forward, outward, up.
ARM_POSES: dict[str, tuple[float, float, float]] = {
    "hang": (0.06, 0.15, -0.96),
    "low_open": (0.20, 0.55, -0.76),
    "side": (0.24, 0.93, -0.02),
    "round_front": (0.62, 0.02, -0.28),
    "overhead": (0.26, 0.20, 0.90),
    "high_diagonal": (0.38, 0.62, 0.64),
    "reach": (0.90, 0.16, 0.10),
    "across": (0.58, -0.32, -0.06),
    "low_front": (0.52, 0.10, -0.62),
    "hip": (0.18, 0.34, -0.58),
    "back": (-0.30, 0.52, -0.74),
    "chest": (0.44, -0.18, -0.22),
    "crook": (0.16, 0.56, 0.50),
    "offer": (0.66, 0.50, -0.22),
}
_HIGH = ("overhead", "high_diagonal", "crook", "side", "reach")
_LOW = ("low_open", "low_front", "back", "round_front", "offer", "across", "side", "reach")


@dataclass(frozen=True)
class Character:
    """How somebody moves.

    Attributes:
        beat: seconds between this dancer's own arm gestures, on average.
        flow: length of a gesture in beats; above 1 they melt into each other, below 1 they are separate.
        size: of gestures, 1 is full. torso: of the spine's movement, radians. depth: of the knees' bending, metres.
        accent: how often (0..1) a gesture is twice as quick. height: how often a gesture goes up.
    """

    beat: float
    flow: float
    size: float
    torso: float
    depth: float
    accent: float
    height: float


@dataclass
class Phrase:
    """Own movement over T frames.

    Attributes:
        arms: (T, 2, 3) wrists from the shoulders in the chest's frame with y *outward*, in arm lengths.
        spine, head: (T, 3) leans, radians (`kinematics.lean`). hips: (T, 3) the same for the pelvis.
        level: (T,) metres above (below 0: under) easy standing.
        sway: (T, 2) metres, small wandering of the ground point.
    """

    arms: Array
    spine: Array
    head: Array
    hips: Array
    level: Array
    sway: Array

    def mirrored(self) -> Phrase:
        """The reflected movement: left and right change places."""
        flip = np.array([1.0, -1.0, -1.0])
        return Phrase(
            self.arms[:, ::-1].copy(), self.spine * flip, self.head * flip, self.hips * flip, self.level.copy(), self.sway * [1.0, -1.0]
        )


def _flowing(times: Array, at: list[float], lengths: list[float], poses: list[Array]) -> Array:
    """(T, 3) through *poses* at times *at*. The hand swings about the shoulder rather than cutting through it: radius and direction apart."""
    place = np.broadcast_to(poses[0], (len(times), 3)).copy()
    radius = np.full(len(times), np.linalg.norm(poses[0]))
    for i in range(1, len(poses)):
        step = ease((times - at[i]) / lengths[i] + 0.5)
        place += step[:, None] * (poses[i] - poses[i - 1])
        radius += step * (np.linalg.norm(poses[i]) - np.linalg.norm(poses[i - 1]))
    size = np.sqrt((place**2).sum(-1) + 0.04)
    share = 0.75  # of the way to a pure circle
    return place * ((1 - share) + share * radius / size)[:, None]


def phrase(times: Array, seed: int, character: Character, energy: Array) -> Phrase:
    """Own movement with *energy* (T,), 0 still … 1 dancing."""
    rng = np.random.default_rng(seed)
    frames, c = len(times), character
    active = lambda time: float(np.interp(time, times, energy))  # noqa: E731
    at, lengths, names = [0.0], [1.0], [("hang", "hang")]
    time = 0.35 * c.beat
    while time < times[-1] - 0.9:  # the last gesture comes to rest
        quick = rng.random() < c.accent
        length = c.beat * c.flow * (0.55 if quick else 1.0) * rng.uniform(0.85, 1.2)
        pick = [str(rng.choice(_HIGH if rng.random() < c.height else _LOW)) for _ in SIDES]
        mood = rng.random()
        if mood < 0.22:
            pick[1] = pick[0]
        elif mood < 0.55:  # one arm speaks, the other stays nearly where it is
            still = int(rng.integers(2))
            pick[still] = names[-1][still]
        if active(time) < 0.35:
            pick = ["hang", "hang"]
        at.append(time)
        lengths.append(max(length, 0.5))
        names.append((pick[0], pick[1]))
        time += c.beat * rng.choice([0.5, 1.0, 1.0, 1.5]) * rng.uniform(0.92, 1.1)
    arms = np.zeros((frames, 2, 3))
    for side in (0, 1):
        delay = rng.uniform(0.0, 0.14, len(at))  # arms are never exactly together
        poses = []
        for name in names:
            pose = np.array(ARM_POSES[name[side]])
            calm = np.array(ARM_POSES["low_open"])
            poses.append(calm + (pose - calm) * c.size + rng.normal(0, 0.05, 3) * (name[side] != "hang"))
        arms[:, side] = _flowing(times, [a + d for a, d in zip(at, delay, strict=True)], lengths, poses)
        arms[:, side] += 0.035 * drift(times, rng, 3, 0.2, 0.7) * (0.25 + 0.75 * energy[:, None])
    # The torso moves in its own, slower gestures and answers its own arms: the side of a high arm is stretched.
    spine = np.zeros((frames, 3))
    time, value = 0.0, np.zeros(3)
    while time < times[-1]:
        goal = rng.normal(0, 1, 3) * c.torso * np.array([0.85, 0.8, 1.0]) * active(time)
        spine += ease((times - time) / (c.beat * 2.0) + 0.5)[:, None] * (goal - value)
        value = goal
        time += c.beat * rng.uniform(0.8, 1.6)
    raised = smoothed(arms[..., 2], 5.0)
    ahead = smoothed(arms[..., 0], 5.0)
    spine[:, 1] -= 0.10 * (raised[:, 0] - raised[:, 1])
    spine[:, 2] -= 0.16 * (ahead[:, 0] - ahead[:, 1])
    spine[:, 0] -= 0.06 * (raised.sum(-1) + 1.4)
    breath = np.sin(2 * np.pi * times * rng.uniform(0.24, 0.3) + rng.uniform(0, 6))
    spine[:, 0] += 0.014 * breath - 0.01
    spine += 0.022 * drift(times, rng, 3)
    head = -0.35 * smoothed(spine, 3.0) * [1.0, 1.0, 0.0] + 0.05 * drift(times, rng, 3)
    hips = 0.045 * drift(times, rng, 3, 0.2, 0.6) * (0.3 + 0.7 * energy[:, None]) + [0.03, 0.0, 0.0]
    level = np.zeros(frames)
    time = rng.uniform(0.5, 1.5) * c.beat
    while time < times[-1] - 1.0:
        length = c.beat * rng.uniform(1.4, 2.6)
        level -= c.depth * rng.uniform(0.3, 1.0) * active(time + length / 2) * bump((times - time) / length)
        time += length * rng.uniform(0.7, 1.6)
    level += 0.006 * breath
    return Phrase(arms, spine, head, hips, level, 0.022 * drift(times, rng, 2, 0.12, 0.35))
