"""What the landmarks of a skeleton say about its bones: where they point at rest, what shows how they are turned, what shares a turn.

Directions are those of the rest pose: facing −Y, left at +X, z up, legs straight, arms sloping down. A skeleton without landmarks takes its
directions from a reference shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton

Vector = tuple[float, float, float]
Points = tuple[tuple[int, float], ...]

ARM_SLOPE = np.radians(38.0)
"""How far the arms hang below the horizontal at rest."""

LEG_SPREAD = np.radians(6.0)
"""How far each leg leans outwards at rest, so that the skin of one thigh does not run into the other's."""

UP, FRONT, BACK, LEFT = (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Clue:
    """A direction seen in the body that tells how a bone is turned about itself.

    Attributes:
        points: the direction as a weighted sum of joint positions.
        rest: where it points at rest; None: where it mostly does, in the middle plane of the body.
        weight: how much it counts beside other clues.
        sure: sines of its angle with the bone between which it goes from worthless to fully trusted.
    """

    points: Points
    rest: Vector | None
    weight: float = 1.0
    sure: tuple[float, float] = (0.05, 0.25)


@dataclass(frozen=True)
class Aim:
    """What a joint's turn is read from: *primary* points along *rest* at rest (None: where it mostly does), the clues settle the turn about it."""

    primary: Points
    rest: Vector | None
    secondary: tuple[Clue, ...] = ()
    smooth: bool = False


class Anatomy:
    """Everything `pose` asks about a skeleton.

    Args:
        reference: (J, 3) some shape of the body, for what no landmark tells.
    """

    def __init__(self, skeleton: Skeleton, reference: NDArray) -> None:
        self.skeleton = skeleton
        self.reference = reference
        at = {name: joint for joint, name in enumerate(skeleton.landmarks) if name}
        self._at = at
        self.has_sides = all(f"{side}_hip" in at or f"{side}_shoulder" in at for side in ("left", "right"))
        self.pelvis = self._meeting("left_hip", "right_hip")
        self.chest = self._meeting("left_shoulder", "right_shoulder")
        self.head = self._meeting("left_eye", "right_eye")
        if self.head is None:
            self.head = self._meeting("left_ear", "right_ear")
        self._size = [self._descendants(j) for j in range(len(skeleton))]
        self.main_child = tuple(self._main_child(j) for j in range(len(skeleton)))
        self.aims = tuple(self._aim(j) for j in range(len(skeleton)))
        self.shares = self._shares()

    # -- the tree ---------------------------------------------------------------------------------------------------------------------

    def _ancestors(self, joint: int) -> list[int]:
        chain = [joint]
        while self.skeleton.parents[chain[-1]] >= 0:
            chain.append(self.skeleton.parents[chain[-1]])
        return chain

    def _meeting(self, one: str, other: str) -> int | None:
        """The joint where the branches of two landmarks part."""
        if one not in self._at or other not in self._at:
            return None
        mine = self._ancestors(self._at[one])[1:]
        theirs = set(self._ancestors(self._at[other])[1:])
        return next((j for j in mine if j in theirs), None)

    def _descendants(self, joint: int) -> int:
        return 1 + sum(self._descendants(c) for c in self.skeleton.children[joint])

    def _below(self, joint: int, ancestor: int) -> bool:
        return ancestor in self._ancestors(joint)[1:]

    def _main_child(self, joint: int) -> int:
        children = self.skeleton.children[joint]
        if not children:
            return -1
        names = self.skeleton.landmarks
        for wanted in ("spine", "neck", "head", "jaw", "knee", "ankle", "elbow", "wrist", "middle_finger", "big_toe", "foot"):
            for child in children:
                if names[child].removeprefix("left_").removeprefix("right_").startswith(wanted):
                    return child
        length = np.linalg.norm(self.reference[list(children)] - self.reference[joint], axis=-1)
        return max(zip(children, length, strict=True), key=lambda c: (self._size[c[0]], c[1]))[0]

    # -- directions at rest -----------------------------------------------------------------------------------------------------------

    def _side(self, joint: int) -> tuple[float, str]:
        side, _, place = self.skeleton.landmarks[joint].partition("_")
        return {"left": 1.0, "right": -1.0}.get(side, 0.0), place if side in ("left", "right") else self.skeleton.landmarks[joint]

    def _arm(self, sign: float) -> Vector:
        return (sign * float(np.cos(ARM_SLOPE)), 0.0, -float(np.sin(ARM_SLOPE)))

    def _leg(self, sign: float) -> Vector:
        return (sign * float(np.sin(LEG_SPREAD)), 0.0, -float(np.cos(LEG_SPREAD)))

    def direction(self, joint: int, child: int) -> Vector | None:
        """Where *child* lies from *joint* at rest; None where that is to be measured."""
        sign, place = self._side(child)
        _, own = self._side(joint)
        if child == self.main_child[joint]:
            if place in ("knee", "ankle") and own in ("hip", "knee"):
                return self._leg(sign)
            if place in ("elbow", "wrist") and own in ("shoulder", "elbow"):
                return self._arm(sign)
            if place in ("middle_finger", "hand") and own in ("wrist", "hand"):
                return self._arm(sign)
            if place in ("foot", "big_toe") and own in ("ankle", "foot"):
                return (0.0, -0.94, -0.34) if own == "ankle" else FRONT
            if place in ("spine1", "spine2", "spine3", "neck", "head", "jaw") and joint != self.pelvis and own != "head":
                return UP
            aim = self.aims[joint]
            if joint not in (self.pelvis, self.head) and aim is not None and aim.primary[0][0] == child:
                return aim.rest  # None where it is measured
        return None

    def guess(self, joint: int, child: int) -> Vector:
        """Where *child* probably lies from *joint* at rest, when it has never been seen."""
        sign, place = self._side(child)
        hints: dict[str, Vector] = {
            "hip": (sign * 0.8, 0.0, -0.6), "knee": self._leg(sign), "ankle": self._leg(sign), "collar": (sign * 0.7, 0.0, 0.7), "shoulder": (sign, 0.0, 0.0),
            "foot": (0.0, -0.94, -0.34), "big_toe": (0.0, -0.94, -0.34), "heel": (0.0, 0.8, -0.6), "thumb": (sign * 0.5, -0.7, -0.5),
            "eye": (sign * 0.35, -0.86, 0.35), "ear": (sign, 0.0, 0.3), "nose": FRONT, "jaw": (0.0, -0.7, 0.7),
        }  # fmt: skip
        if place in ("elbow", "wrist", "hand", "middle_finger"):
            return self._arm(sign)
        return hints.get(place, UP)

    def _reference_direction(self, joint: int, child: int) -> Vector:
        offset = self.reference[child] - self.reference[joint]
        size = float(np.linalg.norm(offset))
        return (float(offset[0] / size), float(offset[1] / size), float(offset[2] / size)) if size > 1e-6 else UP

    # -- turns ------------------------------------------------------------------------------------------------------------------------

    def _pair(self, name: str) -> Points:
        return ((self._at[f"left_{name}"], 1.0), (self._at[f"right_{name}"], -1.0))

    def _aim(self, joint: int) -> Aim | None:
        main = self.main_child[joint]
        along: Points = ((main, 1.0), (joint, -1.0))
        if joint == self.pelvis:
            if joint == self.chest:  # no spine: hips and shoulders hang on one joint
                up = (*((self._at[f"{s}_shoulder"], 0.5) for s in ("left", "right")), (joint, -1.0))
                return Aim(self._pair("hip"), LEFT, (Clue(up, UP),))
            above = self._above(joint)
            return Aim(self._pair("hip"), LEFT, (Clue(above, UP),) if above else ())
        if joint == self.chest:
            above = self._above(joint)
            if above:
                return Aim(above, UP, (Clue(self._pair("shoulder"), LEFT, sure=(0.1, 0.5)),))
            return Aim(self._pair("shoulder"), LEFT)
        if joint == self.head:
            pair = "eye" if "left_eye" in self._at else "ear"
            eyes = self._pair(pair)
            middle = (*((j, 0.5) for j, _ in eyes), (joint, -1.0))
            return Aim(eyes, LEFT, (Clue(middle, None),))
        if main < 0:
            return None
        sign, place = self._side(joint)
        _, next_place = self._side(main)
        beyond = self.main_child[main]
        if place == "hip" and next_place == "knee" and beyond >= 0:
            foot = self.main_child[beyond]
            clues = [Clue(((beyond, 1.0), (main, -1.0)), BACK, sure=(0.17, 0.5))]
            if foot >= 0:
                clues.append(Clue(((foot, 1.0), (beyond, -1.0)), FRONT, weight=0.25, sure=(0.2, 0.5)))
            return Aim(along, self._leg(sign), tuple(clues), smooth=True)
        if place == "shoulder" and next_place == "elbow":
            clues = [Clue(((beyond, 1.0), (main, -1.0)), FRONT, sure=(0.17, 0.5))] if beyond >= 0 else []
            return Aim(along, self._arm(sign), tuple(clues), smooth=True)
        if place == "wrist" and main >= 0:
            thumb = self._at.get(f"{'left' if sign > 0 else 'right'}_thumb")
            clues = [Clue(((thumb, 1.0), (joint, -1.0)), FRONT, sure=(0.15, 0.4))] if thumb is not None and thumb != main else []
            finger = self._at.get(f"{'left' if sign > 0 else 'right'}_middle_finger")
            if finger is not None and self._below(finger, joint):
                along = ((finger, 1.0), (joint, -1.0))
            return Aim(along, self._arm(sign), tuple(clues), smooth=True)
        known = self._known_rest(joint, main)
        if known is not None:
            return Aim(along, known, smooth=place in ("knee", "elbow"))  # folded right up they are nearly opposite to their rest
        if self.has_sides:
            # A bone no landmark tells of (a collar, a finger) swings about where it mostly lies; a lone child of the pelvis goes with it.
            return None if self.skeleton.parents[joint] < 0 or self._at_pelvis(joint) else Aim(along, None)
        return Aim(along, self._reference_direction(joint, main))

    def _at_pelvis(self, joint: int) -> bool:
        """Whether the branch to a hip passes *joint*: its offset belongs to the pelvis."""
        return any(f"{side}_hip" in self._at and self._below(self._at[f"{side}_hip"], joint) for side in ("left", "right"))

    def _above(self, joint: int) -> Points:
        """From *joint* to the next place up the spine."""
        names = ("neck", "jaw", "head", "nose") if joint == self.chest else ("spine1", "spine2", "spine3", "neck", "jaw", "head")
        for name in names:
            if name in self._at and self._below(self._at[name], joint):
                return ((self._at[name], 1.0), (joint, -1.0))
        return ()

    def _known_rest(self, joint: int, main: int) -> Vector | None:
        _, place = self._side(joint)
        sign, next_place = self._side(main)
        if place in ("hip", "knee") and next_place in ("knee", "ankle"):
            return self._leg(sign)
        if place == "ankle" and next_place in ("foot", "big_toe"):
            return (0.0, -0.94, -0.34)
        if place == "foot" and next_place == "big_toe":
            return FRONT
        if place in ("shoulder", "elbow", "wrist", "hand") and next_place in ("elbow", "wrist", "hand", "middle_finger"):
            return self._arm(sign)
        if place in ("spine1", "spine2", "spine3", "neck", "jaw") and next_place in ("spine1", "spine2", "spine3", "neck", "jaw", "head"):
            return UP
        return None

    def _shares(self) -> dict[int, tuple[int, ...]]:
        shares: dict[int, tuple[int, ...]] = {}
        if self.pelvis is not None and self.chest is not None and self.pelvis != self.chest:
            chain = self._ancestors(self.chest)[1:]
            if self.pelvis in chain:
                shares[self.chest] = tuple(reversed(chain[: chain.index(self.pelvis)]))
        for side in ("left", "right"):
            wrist, elbow = self._at.get(f"{side}_wrist"), self._at.get(f"{side}_elbow")
            if wrist is not None and elbow is not None and self.skeleton.parents[wrist] == elbow and self.aims[wrist] is not None:
                shares[wrist] = (elbow,)
        return {joint: tuple(j for j in chain if self.main_child[j] >= 0) for joint, chain in shares.items()}
