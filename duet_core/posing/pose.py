"""The rest pose of each dancer and how every joint's bone is turned in every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from . import quaternions as q
from .anatomy import Aim, Anatomy
from .gaps import filled

Array = NDArray[np.float64]

TRUST = 0.04
"""Weight of "turn no further than you must" against what the body says of a bone's turn about itself (0..1)."""

LIMB_SMOOTHING = 0.12
"""Seconds (standard deviation) over which the turn of upper arms, thighs and hands is smoothed: a nearly straight limb says little, noisily."""

SHARE_FADES = (np.radians(100.0), np.radians(165.0))
"""Between these angles a bone stops sharing its child's turn, so that nothing jumps where half a turn changes sign."""

HEIGHT_OVER_FLOOR = {"ankle": 0.08, "heel": 0.03, "foot": 0.03, "big_toe": 0.02}
"""Metres over the floor at which a place of the foot is at rest; anything else is at least as high as a toe."""

GROUNDED = (0.16, 0.30)
"""Height of an ankle, metres, below which a foot of which nothing else is known rests on the floor, and above which it hangs from its shin."""


FOOT_SHARE = 0.40
"""Ankle to ball of the foot, as a share of the shin, where a skeleton ends at the ankle."""


@dataclass(frozen=True)
class Pose:
    """What `pose` finds, for D dancers, J joints, T frames.

    Attributes:
        rest: (D, J, 3) metres: the joints of a straightened body with the dancer's own proportions, facing −Y, its left at +X, z up.
        turns: (J, 4, D, T) quaternions (w, x, y, z), continuous in time: how the body around a joint is turned from the rest pose, in the room.
        positions: (J, 3, D, T) metres, without gaps.
        main_child: for each joint the child its bone points at, or −1.
        known: (D, J) whether a joint is known in any frame.
    """

    rest: Array
    turns: Array
    positions: Array
    main_child: tuple[int, ...]
    known: NDArray[np.bool_]


def pose(positions: NDArray, skeleton: Skeleton, fps: float) -> Pose:
    """Rest pose and turns for *positions* (T, D, J, 3), metres, z up, NaN where unknown."""
    return _Poser(positions, skeleton, fps).run()


class _Poser:
    """One pass from the roots outwards; each joint first learns its turn, then where its children sit at rest."""

    def __init__(self, positions: NDArray, skeleton: Skeleton, fps: float) -> None:
        whole, self.known = filled(positions, skeleton)
        self.x = np.ascontiguousarray(whole.transpose(2, 3, 1, 0))
        self.skeleton = skeleton
        self.fps = fps
        self.joints, _, self.dancers, self.frames = self.x.shape
        self.anatomy = Anatomy(skeleton, self._reference())
        self.offset = np.zeros((self.joints, 3, self.dancers))  # rest offset from the parent
        self.turns = np.zeros((self.joints, 4, self.dancers, self.frames))
        self.lengths = self._lengths()
        self.measured: dict[int, Array] = {}  # (3, D) directions of bones that no landmark told

    def run(self) -> Pose:
        for joint in self.skeleton.order:
            self._place_unknown(joint)
            self._turn(joint)
            self._rest_of_children(joint)
            self._share(joint)
        rest = np.zeros((self.joints, 3, self.dancers))
        for joint in self.skeleton.order:
            parent = self.skeleton.parents[joint]
            rest[joint] = self.offset[joint] + (rest[parent] if parent >= 0 else 0.0)
        over = np.array([HEIGHT_OVER_FLOOR.get(name.partition("_")[2], 0.02) for name in self.skeleton.landmarks])
        rest[:, 2] -= (rest[:, 2] - over[:, None]).min(axis=0)
        turns = np.stack([q.continuous(turn) for turn in self.turns])
        return Pose(np.ascontiguousarray(rest.transpose(2, 0, 1)), turns, self.x, self.anatomy.main_child, self.known)

    # -- lengths and references -------------------------------------------------------------------------------------------------------

    def _reference(self) -> Array:
        """(J, 3) the first frame in which most joints are known, centred: the shape of a body about which nothing else is known."""
        frame = int(self.known.any(axis=0).sum() and np.argmax(np.isfinite(self.x).all(axis=1).sum(axis=(0, 1))))
        shape = self.x[:, :, 0, frame]
        return shape - shape.mean(axis=0)

    def _lengths(self) -> Array:
        """(J, D) median length of the bone from each joint's parent, left and right made equal; a share of the others' where never known."""
        lengths = np.zeros((self.joints, self.dancers))
        certain = np.zeros((self.joints, self.dancers), dtype=bool)
        for parent, child in self.skeleton.bones:
            lengths[child] = np.median(q.length(self.x[child] - self.x[parent]), axis=-1)
            certain[child] = self.known[:, child] & self.known[:, parent]
        mirrored = np.array(self.skeleton.mirrored)
        both = certain & certain[mirrored]
        even = np.where(both, (lengths + lengths[mirrored]) / 2, np.where(certain, lengths, lengths[mirrored]))
        for dancer in range(self.dancers):
            sure = certain[:, dancer] | certain[mirrored, dancer]
            typical = np.median(even[sure, dancer]) if sure.any() else 0.25
            bones = [child for _, child in self.skeleton.bones if not sure[child]]
            even[bones, dancer] = typical
        return even

    def _place_unknown(self, joint: int) -> None:
        """Joints that are never known stand at their rest offset from their parent (found when the parent was visited)."""
        parent = self.skeleton.parents[joint]
        for dancer in np.flatnonzero(~self.known[:, joint]):
            if parent >= 0:
                turned = q.rotate(self.turns[parent][:, dancer], self.offset[joint][:, dancer, None] + np.zeros((3, self.frames)))
                self.x[joint, :, dancer] = self.x[parent, :, dancer] + turned
            elif not self.known[dancer].any():
                self.x[joint, :, dancer] = np.array([1.0 + dancer, 0.0, 0.9])[:, None]

    # -- turns ------------------------------------------------------------------------------------------------------------------------

    def _turn(self, joint: int) -> None:
        parent = self.skeleton.parents[joint]
        if parent >= 0:
            before = self.turns[parent]
        elif joint != self.skeleton.order[0]:
            before = self.turns[self.skeleton.order[0]]
        else:
            before = np.zeros((4, self.dancers, self.frames))
            before[0] = 1.0
        aim = self.anatomy.aims[joint]
        if aim is None:
            last_of_leg = self.skeleton.landmarks[joint].endswith("_ankle") and not self.skeleton.children[joint]
            self.turns[joint] = self._grounded(joint, before) if last_of_leg else before
            return
        target = self._seen(aim.primary)
        size = q.length(target)
        if aim.rest is None:
            local = np.median(q.rotate_back(before, target), axis=-1)
            straight = local / np.maximum(q.length(local), 1e-9)
            straight[2, q.length(local) < 1e-9] = 1.0
            self.measured[joint] = straight
        else:
            straight = np.asarray(aim.rest)[:, None]
        rest = q.rotate(before, np.broadcast_to(straight[..., None], target.shape))
        unit = np.where(size > 1e-6, target / np.maximum(size, 1e-6), rest)
        turn = q.multiply(q.between(rest, unit), before)
        if aim.smooth:
            turn = self._smooth_turn(aim, before, turn, unit)
        elif aim.secondary:
            turn = q.multiply(q.about(unit, np.angle(self._twist(aim, before, turn, unit) + TRUST)), turn)
        self.turns[joint] = turn

    def _grounded(self, joint: int, before: Array) -> Array:
        """The turn of a foot without toes: a guess that lays it on the floor while its ankle is low, for nothing tells of it."""
        shape = (3, self.dancers, self.frames)
        hanging = q.rotate(before, np.broadcast_to(np.array([0.0, -0.94, -0.34])[:, None, None], shape))
        heading = q.rotate(before, np.broadcast_to(np.array([0.0, -1.0, 0.0])[:, None, None], shape))
        heading[2] = 0.0
        size = q.length(heading)
        reach = self.lengths[joint][:, None] * FOOT_SHARE
        height = self.x[joint, 2]
        drop = np.clip((height - HEIGHT_OVER_FLOOR["big_toe"]) / np.maximum(reach, 1e-6), 0.0, 0.95)
        lying = heading / np.maximum(size, 1e-6) * np.sqrt(1 - drop * drop)
        lying[2] = -drop
        low, high = GROUNDED
        share = np.clip((high - height) / (high - low), 0.0, 1.0) * np.clip(size * 2.0, 0.0, 1.0)
        aim = hanging + share * (lying - hanging)
        return q.multiply(q.between(hanging, aim / np.maximum(q.length(aim), 1e-6)), before)

    def _seen(self, weights: tuple[tuple[int, float], ...]) -> Array:
        """A combination of joint positions, (3, D, T)."""
        return sum(weight * self.x[joint] for joint, weight in weights)

    def _smooth_turn(self, aim: Aim, before: Array, turn: Array, unit: Array) -> Array:
        """The turn of a limb, whose turn about itself is read from noisy or rare clues: never faster than the smoothing allows.

        Angles are measured from a reference that is carried along the bone without turning about it. The shortest way from the rest pose, *turn*,
        would not do as one: it spins where the bone points opposite to its rest.
        """
        reference = q.multiply(q.carried(unit), turn[..., :1])
        shortest = q.twist(q.multiply(turn, q.conjugate(reference)), unit)
        z = self._twist(aim, before, reference, unit) + TRUST * np.exp(1j * shortest)
        width = LIMB_SMOOTHING * self.fps
        angle = smoothed(np.unwrap(np.angle(smoothed(z, width)), axis=-1), width)
        return q.multiply(q.about(unit, angle), reference)

    def _twist(self, aim: Aim, before: Array, turn: Array, unit: Array) -> NDArray[np.complex128]:
        """(D, T) the angle about *unit* that brings the rest's side directions, turned by *turn*, to where the body shows them: as weighted
        complex numbers, 0 where nothing tells."""
        z = np.zeros((self.dancers, self.frames), dtype=complex)
        for clue in aim.secondary:
            seen = self._seen(clue.points)
            size = q.length(seen)
            side = q.across(seen, unit)
            amount = q.length(side)
            sine = amount / np.maximum(size, 1e-6)
            low, high = clue.sure
            weight = clue.weight * np.clip((sine - low) / (high - low), 0.0, 1.0) * (size > 1e-6)
            if clue.rest is None:
                middle = np.median(q.rotate_back(before, seen), axis=-1)
                middle[0] = 0.0
            else:
                middle = np.asarray(clue.rest)[:, None]
            base = q.across(q.rotate(turn, np.broadcast_to(middle[..., None], seen.shape)), unit)
            cosine, sines = q.dot(base, side), q.dot(unit, q.cross(base, side))
            norm = np.maximum(np.hypot(cosine, sines), 1e-9)
            z += weight * (cosine + 1j * sines) / norm
        return z

    def _share(self, joint: int) -> None:
        """What a joint turns more than the bones before it is shared with them (a hand with its forearm, the chest with the spine)."""
        chain = self.anatomy.shares.get(joint, ())
        if not chain:
            return
        last = chain[-1]
        relative = q.multiply(self.turns[joint], q.conjugate(self.turns[last]))
        seen = self.x[joint] - self.x[last]
        axis = seen / np.maximum(q.length(seen), 1e-6)
        angle = q.twist(relative, axis)
        low, high = SHARE_FADES
        angle = angle * np.clip((high - np.abs(angle)) / (high - low), 0.0, 1.0)
        for index, bone in enumerate(chain):
            child = self.anatomy.main_child[bone]
            seen = self.x[child] - self.x[bone]
            axis = seen / np.maximum(q.length(seen), 1e-6)
            self.turns[bone] = q.multiply(q.about(axis, angle * (index + 1) / (len(chain) + 1)), self.turns[bone])

    # -- rest -------------------------------------------------------------------------------------------------------------------------

    def _rest_of_children(self, joint: int) -> None:
        children = list(self.skeleton.children[joint])
        if joint == self.skeleton.order[0]:
            children += [j for j in self.skeleton.order[1:] if self.skeleton.parents[j] < 0]
        for child in children:
            direction = self.anatomy.direction(joint, child)
            if direction is None and joint in self.measured and child == self.anatomy.main_child[joint] and self.known[:, child].all():
                self.offset[child] = self.measured[joint] * self.lengths[child]
                continue
            if direction is not None:
                self.offset[child] = np.asarray(direction)[:, None] * self.lengths[child]
                continue
            local = q.rotate_back(self.turns[joint], self.x[child] - self.x[joint])
            self.offset[child] = np.median(local, axis=-1)
            for dancer in np.flatnonzero(~self.known[:, child]):
                guess = np.asarray(self.anatomy.guess(joint, child))
                self.offset[child][:, dancer] = guess * self.lengths[child, dancer]
        mirror = self.skeleton.mirrored
        for child in children:
            other = mirror[child]
            if other > child and other in children and self.anatomy.has_sides:
                flip = np.array([-1.0, 1.0, 1.0])[:, None]
                even = (self.offset[child] + flip * self.offset[other]) / 2
                self.offset[child], self.offset[other] = even, flip * even


def smoothed(values: NDArray, frames: float) -> NDArray:
    """*values* (…, T) blurred along time with a standard deviation of *frames*, by three box means; beyond the ends the last value stays."""
    half = round(np.sqrt(4 * frames * frames + 1) / 2 - 0.5)  # three boxes of 2·half + 1 have about this deviation
    half = min(half, values.shape[-1] - 1)
    if half < 1:
        return values
    for _ in range(3):
        padded = np.concatenate([np.repeat(values[..., :1], half + 1, -1), values, np.repeat(values[..., -1:], half, -1)], axis=-1)
        total = np.cumsum(padded, axis=-1)
        values = (total[..., 2 * half + 1 :] - total[..., : -2 * half - 1]) / (2 * half + 1)
    return values
