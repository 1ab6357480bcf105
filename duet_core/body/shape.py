"""What a mannequin is made of: lobes round the joints of a rest pose that faces −Y, left at +X, z up.

Thicknesses are ours, drawn by eye for an adult of 1.70 m and scaled by the legs; lengths are the dancer's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from .field import Body, Lobe
from .lens import Lens

Array = NDArray[np.float64]

LEG = 0.835
"""Metres from hip to ankle of an adult of 1.70 m (Winter, Biomechanics and Motor Control of Human Movement, fig. 4.1: 0.491 of the stature)."""

HAND_DETAIL = 1.9
"""How many times finer than the rest of the body its hands are meshed."""

_X, _FRONT, _UP = np.array([1.0, 0.0, 0.0]), np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])


THICKNESS = {
    "pelvis": 0.105, "spine1": 0.10, "spine2": 0.10, "spine3": 0.10, "neck": 0.055, "jaw": 0.065, "head": 0.08, "collar": 0.06,
    "shoulder": 0.052, "elbow": 0.037, "wrist": 0.026, "hand": 0.022, "hip": 0.085, "knee": 0.050, "ankle": 0.036, "foot": 0.028,
    "big_toe": 0.022, "heel": 0.03,
}  # fmt: skip
"""Metres from a joint to the skin round it, for an adult of 1.70 m."""


@dataclass(frozen=True)
class Shape:
    """A body round a rest pose.

    Attributes:
        body: its distance field.
        lens: through which to mesh it, or None.
        thickness: (J,) metres from each joint to the skin round it.
    """

    body: Body
    lens: Lens | None
    thickness: Array


def shape(rest: Array, skeleton: Skeleton) -> Shape:
    """The body round the joints *rest* (J, 3): a person's, or a tube round each bone."""
    figure = _Figure(rest, skeleton)
    if not figure.is_person:
        return Shape(Body(tuple(tubes(rest, skeleton))), None, np.zeros(len(skeleton)))
    return Shape(Body(tuple(figure.person())), figure.lens(), figure.thickness())


def tubes(rest: Array, skeleton: Skeleton) -> list[Lobe]:
    """A tapering tube round each bone and a ball at each joint that has none."""
    found = []
    joined = {joint for bone in skeleton.bones for joint in bone}
    lengths = [float(np.linalg.norm(rest[a] - rest[b])) for a, b in skeleton.bones]
    ball = float(np.clip(0.12 * np.median(lengths), 0.012, 0.05)) if lengths else 0.025
    for (a, b), size in zip(skeleton.bones, lengths, strict=True):
        radius = float(np.clip(0.14 * size, 0.010, 0.055))
        found.append(Lobe(rest[a], rest[b], (radius, 0.9 * radius, 0.75 * radius), blend=radius))
    found.extend(Lobe(rest[j], rest[j], (ball,), blend=0.01) for j in range(len(skeleton)) if j not in joined)
    return found


class _Figure:
    """A person's lobes, part by part."""

    def __init__(self, rest: Array, skeleton: Skeleton) -> None:
        self.rest = rest
        self.skeleton = skeleton
        limbs = [f"{side}_{place}" for side in ("left", "right") for place in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")]
        self.is_person = all(skeleton.index(name) is not None for name in limbs) and all(
            self._parent(f"{side}_{far}") == skeleton.index(f"{side}_{near}")
            for side in ("left", "right")
            for near, far in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
        )
        if self.is_person:
            legs = [self._length(side, "hip", "knee") + self._length(side, "knee", "ankle") for side in ("left", "right")]
            self.unit = float(np.clip(np.mean(legs) / LEG, 0.2, 3.0))

    def _parent(self, name: str) -> int:
        joint = self.skeleton.index(name)
        return self.skeleton.parents[joint] if joint is not None else -1

    def at(self, name: str) -> Array:
        joint = self.skeleton.index(name)
        assert joint is not None
        return self.rest[joint]

    def find(self, *names: str) -> Array | None:
        joint = next((j for j in map(self.skeleton.index, names) if j is not None), None)
        return None if joint is None else self.rest[joint]

    def _length(self, side: str, near: str, far: str) -> float:
        return float(np.linalg.norm(self.at(f"{side}_{far}") - self.at(f"{side}_{near}")))

    def person(self) -> list[Lobe]:
        legs = self.leg("left") + self.leg("right")
        return [*legs, *self.torso(), *self.arm("left"), *self.arm("right"), *self.head()]

    def thickness(self) -> Array:
        """(J,) metres from each joint to the skin; a joint that is no landmark is as thick as its parent."""
        found = np.full(len(self.skeleton), THICKNESS["pelvis"])
        for joint in self.skeleton.order:
            place = self.skeleton.landmarks[joint].removeprefix("left_").removeprefix("right_")
            parent = self.skeleton.parents[joint]
            found[joint] = THICKNESS.get(place, found[parent] if parent >= 0 else THICKNESS["pelvis"])
        return found * self.unit

    def radii(self, *values: float) -> tuple[float, ...]:
        return tuple(value * self.unit for value in values)

    def torso(self) -> list[Lobe]:
        u = self.unit
        hips = (self.at("left_hip") + self.at("right_hip")) / 2
        shoulders = (self.at("left_shoulder") + self.at("right_shoulder")) / 2
        half = float(np.linalg.norm(self.at("left_shoulder") - self.at("right_shoulder"))) / 2
        spine = shoulders - hips
        size = float(np.linalg.norm(spine))
        up = spine / size

        def level(share: float, front: float = 0.0) -> Array:
            return hips + spine * share + _FRONT * front * u

        def ball(middle: Array, x: float, y: float, z: float, blend: float) -> Lobe:
            return Lobe(middle, middle, (u,), ((_X, x), (_FRONT, y), (up, z)), blend * u)

        width = float(np.clip(half / u, 0.10, 0.21))
        parts = [
            ball(level(0.10, 0.002), 0.48 * width + 0.056, 0.102, 0.12, 0.09),  # pelvis
            ball(level(0.40, 0.012), 0.40 * width + 0.048, 0.086, 0.17, 0.09),  # waist
            ball(level(0.74, 0.012), 0.80 * width + 0.006, 0.104, 0.165, 0.09),  # ribs
        ]
        for sign in (1.0, -1.0):
            side = _X * sign * u
            parts.append(ball(level(0.0, -0.048) + side * 0.062, 0.072, 0.076, 0.086, 0.05))  # seat
            parts.append(ball(level(0.80, 0.045) + side * 0.062, 0.078, 0.062, 0.07, 0.05))  # chest
        outer = [self.at("left_shoulder"), self.at("right_shoulder")]
        inset = [p + (shoulders - p) * 0.12 for p in outer]
        parts.append(Lobe(inset[0], inset[1], self.radii(0.05, 0.058, 0.066, 0.058, 0.05), blend=0.06 * u))  # shoulder girdle
        return parts

    def leg(self, side: str) -> list[Lobe]:
        u = self.unit
        hip, knee, ankle = (self.at(f"{side}_{place}") for place in ("hip", "knee", "ankle"))
        shin = ankle - knee
        outwards = _X if side == "left" else -_X
        parts = [
            Lobe(hip + outwards * 0.014 * u, knee, self.radii(0.090, 0.082, 0.070, 0.058, 0.051), blend=0.004),
            Lobe(knee, ankle, self.radii(0.050, 0.050, 0.046, 0.037, 0.033), blend=0.03 * u),
            Lobe(knee + shin * 0.14 - _FRONT * 0.014 * u, knee + shin * 0.46 - _FRONT * 0.012 * u, self.radii(0.036, 0.045, 0.034),
                 blend=0.04 * u),
        ]  # fmt: skip
        sole = float(ankle[2]) - 0.078 * u
        heel = np.array([ankle[0], ankle[1] + 0.030 * u, sole + 0.036 * u])
        toe = self.toe(side, ankle)
        sideways = np.cross(_UP, toe - ankle)
        sideways /= np.linalg.norm(sideways)
        ball = ankle + (toe - ankle) * 0.62
        ball[2], tip = sole + 0.028 * u, np.array([toe[0], toe[1], sole + 0.019 * u])
        parts.append(Lobe(heel, heel + (ball - heel) * 0.3, self.radii(0.035, 0.037), blend=0.045 * u, floor=sole))
        parts.append(Lobe(heel, ball, self.radii(0.036, 0.034, 0.029), ((sideways, 1.22),), 0.03 * u, floor=sole))
        parts.append(Lobe(ankle + (ball - ankle) * 0.12, ball, self.radii(0.034, 0.034, 0.027), blend=0.04 * u, floor=sole))
        parts.append(Lobe(ball, tip, self.radii(0.030, 0.027, 0.021), ((sideways, 1.4),), 0.03 * u, floor=sole))
        return parts

    def toe(self, side: str, ankle: Array) -> Array:
        """The tip of the longest toe, on the floor."""
        end = self.find(f"{side}_big_toe", f"{side}_foot")
        away = np.array([0.0, -1.0, 0.0]) if end is None else (end - ankle) * np.array([1.0, 1.0, 0.0])
        size = float(np.linalg.norm(away))
        reach = float(np.clip(size + 0.012 * self.unit, 0.155 * self.unit, 0.20 * self.unit))
        return ankle + away / max(size, 1e-9) * reach

    def arm(self, side: str) -> list[Lobe]:
        u = self.unit
        shoulder, elbow, wrist = (self.at(f"{side}_{place}") for place in ("shoulder", "elbow", "wrist"))
        return [
            Lobe(shoulder, elbow, self.radii(0.055, 0.051, 0.045, 0.040, 0.037), blend=0.05 * u),
            Lobe(elbow, wrist, self.radii(0.036, 0.040, 0.036, 0.029, 0.0245), blend=0.025 * u),
            *self.hand(side),
        ]

    def hand(self, side: str) -> list[Lobe]:
        u = self.unit
        wrist = self.at(f"{side}_wrist")
        along = wrist - self.at(f"{side}_elbow")
        along = along / np.linalg.norm(along)
        thin = np.cross(along, _FRONT)
        thin /= np.linalg.norm(thin)
        palm, tip = wrist + along * 0.082 * u, wrist + along * 0.168 * u
        root = wrist + along * 0.024 * u + _FRONT * 0.016 * u
        return [
            Lobe(wrist, palm, self.radii(0.0245, 0.029, 0.030), ((_FRONT, 1.25), (thin, 0.66)), 0.035 * u),
            Lobe(palm, tip, self.radii(0.029, 0.027, 0.018), ((_FRONT, 1.12), (thin, 0.52)), 0.02 * u),
            Lobe(root, root + (along * 0.056 + _FRONT * 0.036) * u, self.radii(0.017, 0.0155, 0.012), blend=0.022 * u),
        ]

    def lens(self) -> Lens:
        """Cells shrink along the forearms, so that hands are meshed finely."""
        arms = [(self.at(f"{side}_elbow"), self.at(f"{side}_wrist")) for side in ("right", "left")]
        return Lens((arms[0], arms[1]), HAND_DETAIL)

    def head(self) -> list[Lobe]:
        u = self.unit
        shoulders = (self.at("left_shoulder") + self.at("right_shoulder")) / 2
        base, crown = self.skull(shoulders)
        up = crown - base
        up /= np.linalg.norm(up)
        front = _FRONT - up * float(_FRONT @ up)
        front /= np.linalg.norm(front)
        middle = crown - up * 0.112 * u
        chin = middle - up * 0.062 * u + front * 0.030 * u
        neck = self.find("neck")
        low = (
            shoulders + _UP * 0.01 * u - _FRONT * 0.006 * u
            if neck is None
            else np.array([neck[0], 0.5 * (neck[1] + shoulders[1]), shoulders[2]])
        )
        return [
            Lobe(low, middle - up * 0.05 * u - front * 0.008 * u, self.radii(0.066, 0.052, 0.050), blend=0.055 * u),
            Lobe(middle, middle, (u,), ((_X, 0.074), (front, 0.094), (up, 0.112)), 0.03 * u),
            Lobe(chin, chin, (u,), ((_X, 0.052), (front, 0.060), (up, 0.062)), 0.05 * u),
        ]

    def skull(self, shoulders: Array) -> tuple[Array, Array]:
        """Where the skull sits on the neck, and its crown."""
        u = self.unit
        head, jaw, neck = self.find("head"), self.find("jaw"), self.find("neck")
        foot = jaw if jaw is not None else neck
        if head is not None and foot is not None and jaw is not None and float(np.linalg.norm(head - foot)) > 0.10 * u:
            return foot, foot + (head - foot) * max(1.0, 0.2 * u / float(np.linalg.norm(head - foot)))  # this head's joint is its crown
        if head is not None:
            return head, head + _UP * 0.185 * u + _FRONT * 0.022 * u
        base = shoulders + _UP * 0.10 * u if foot is None else foot + _UP * 0.05 * u
        return base, base + _UP * 0.20 * u
