"""The hierarchy that models work with: joints within the body, each of which hangs on the next one towards a root between the hips.

Models were trained on skeletons whose root is the pelvis and in which a joint hangs on the next one towards it. Skeletons of video tools have no
pelvis and begin at the nose; markers lie on the skin, several around a joint, in chains of centimetres; a file may have no bones at all. So what
a model is given of a skeleton is found once, here:

1. A skeleton that has one root, which is a pelvis within the body or nothing known, is taken as it is.
2. Where the names tell the body (`landmarks`, and the tables below for what is no landmark), each joint hangs on the next place towards the pelvis
   that the skeleton has. What lies around one place is one joint to the model, in the middle of it, and one of them speaks for all. A pelvis that
   is missing lies between the hips.
3. Anything else gets bones by its motion (`bones`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .bones import guessed_bones
from .landmarks import split_side
from .skeleton import Skeleton

LEAST = 8
"""Places on the body whose names are understood, from which on the names say where everything is."""
_ABOVE = {
    "spine1": "pelvis", "spine2": "spine1", "spine3": "spine2", "clavicle": "spine3", "neck": "spine3", "head": "neck", "jaw": "neck", "nose": "head",
    "eye": "head", "ear": "head", "collar": "spine3", "shoulder": "collar", "elbow": "shoulder", "wrist": "elbow", "hand": "wrist", "thumb": "wrist",
    "middle_finger": "wrist", "hip": "pelvis", "knee": "hip", "ankle": "knee", "heel": "ankle", "foot": "ankle", "big_toe": "ankle",
}  # fmt: skip
"""The place that each place hangs on; sided ones without their side."""
_CENTRAL = frozenset(("pelvis", "spine1", "spine2", "spine3", "clavicle", "neck", "head", "jaw", "nose"))
_AROUND = {
    "ariel": "head", "headtop": "head", "fhd": "head", "bhd": "head", "clav": "clavicle", "fsh": "shoulder", "bsh": "shoulder", "iel": "elbow",
    "elbmed": "elbow", "owr": "wrist", "wrb": "wrist", "ohand": "hand", "bwt": "hip", "psi": "hip", "psis": "hip", "mbwt": "pelvis", "mfwt": "pelvis",
    "sacr": "pelvis", "kni": "knee", "kneemed": "knee", "ankmed": "ankle", "mt1": "foot", "mt5": "foot", "toe": "foot",
}  # fmt: skip
"""Where joints lie that are no landmark because another one of the same place is."""
_BETWEEN = {"upa": "elbow", "frm": "wrist", "thi": "knee", "shn": "ankle", "tib": "ankle"}
"""Markers half-way along a bone: the joint at its end speaks for them."""
_WAIST = frozenset(("fwt", "bwt", "mfwt", "mbwt", "asi", "psi", "asis", "psis", "sacr"))
"""Markers around the pelvis."""


@dataclass(frozen=True)
class Hierarchy:
    """What a model is given of a skeleton with J joints: M joints, each in the middle of some of those.

    Attributes:
        parents: (M,) int64, −1 for the root.
        middle_of: for each of the M the indices of the joints it lies in the middle of.
        at: (J,) int64 the one of the M that tells of each joint.
        speaks: (J,) bool, whether the joint speaks for its place; another one does where not.
        guessed: whether the motion alone said how the joints belong together.
    """

    parents: NDArray[np.int64]
    middle_of: tuple[tuple[int, ...], ...]
    at: NDArray[np.int64]
    speaks: NDArray[np.bool_]
    guessed: bool = False

    def placed(self, positions: NDArray) -> NDArray:
        """(…, M, 3) of *positions* (…, J, 3) without gaps."""
        if self.itself:
            return positions
        return np.stack([positions[..., list(joints), :].mean(axis=-2) for joints in self.middle_of], axis=-2).astype(positions.dtype)

    def own(self, pairs: NDArray) -> NDArray:
        """(n, 2, J, J, …) what was said of the skeleton's own pairs, from (n, 2, M, M, …)."""
        return pairs if self.itself else pairs[:, :, self.at[:, None], self.at]

    @property
    def itself(self) -> bool:
        """Whether the M joints are the J."""
        return self.middle_of == tuple((joint,) for joint in range(len(self.at)))

    @property
    def depth(self) -> NDArray[np.int64]:
        """(J,) steps from the root."""
        depth, at = np.zeros(len(self.parents), np.int64), self.parents
        while (at >= 0).any():
            depth += at >= 0
            at = np.where(at >= 0, self.parents[at], -1)
        return depth[self.at]


def hierarchy(skeleton: Skeleton, motion: NDArray, known: NDArray[np.bool_] | None = None) -> Hierarchy:
    """What a model is given of *skeleton*.

    Args:
        motion: (T, …, J, 3) metres without gaps; it tells where neither names nor bones do.
        known: (J,) whether a joint was ever seen (all, where not given): one that never was is in the middle of nothing else.
    """
    joints = len(skeleton)
    seen = (True,) * joints if known is None else tuple(bool(k) for k in known)
    told = by_names(skeleton, seen)
    if told is not None:
        return told
    bodies = motion.reshape(len(motion), -1, joints, 3)
    return _own(np.array(guessed_bones(bodies, skeleton.joints), np.int64), guessed=joints > 1)


def _own(parents: NDArray[np.int64], guessed: bool = False) -> Hierarchy:
    joints = np.arange(len(parents))
    return Hierarchy(parents, tuple((int(joint),) for joint in joints), joints, np.ones(len(joints), bool), guessed)


@lru_cache(maxsize=64)
def by_names(skeleton: Skeleton, known: tuple[bool, ...]) -> Hierarchy | None:
    """What names and bones tell; None where they tell nothing."""
    roots = [joint for joint, parent in enumerate(skeleton.parents) if parent < 0]
    told = sum(bool(landmark) for landmark in skeleton.landmarks)
    within = skeleton.landmarks[roots[0]] == "pelvis" and not _on_waist(skeleton.joints[roots[0]])
    if len(roots) == 1 and (told < LEAST or within):
        return _own(np.array(skeleton.parents, np.int64))
    if told < LEAST:
        return None
    places = [_place(joint, landmark) for joint, landmark in zip(skeleton.joints, skeleton.landmarks, strict=True)]
    # Each place that there is, and each joint that is nowhere known, is one joint; the root is the last one, but for a pelvis that is no marker.
    groups: dict[str, list[int]] = {}
    for joint, (place, on_it) in enumerate(places):
        if on_it:
            groups.setdefault(place or f"joint {joint}", []).append(joint)
    for joint, (place, on_it) in enumerate(places):
        if not on_it and place not in groups:  # half-way along a bone whose end nobody measured
            groups[place] = [joint]
    waist = [joint for joint, name in enumerate(skeleton.joints) if _on_waist(name)]
    hips = [joint for place in ("left_hip", "right_hip") for joint in groups.get(place, [])]
    body = [joint for joint, (place, on_it) in enumerate(places) if place and on_it]
    names = [*(name for name in groups if name != "pelvis"), "pelvis"]
    index = {name: n for n, name in enumerate(names)}
    middle = {**groups, "pelvis": waist or groups.get("pelvis") or hips or body}
    at = np.array([index[place or f"joint {joint}"] for joint, (place, _) in enumerate(places)], np.int64)
    parents = np.array([_next(name, index, skeleton, at) for name in names], np.int64)
    speaks = np.zeros(len(skeleton), bool)
    for name, members in groups.items():
        seen = [joint for joint in members if known[joint]] or members
        speaks[next((joint for joint in seen if skeleton.landmarks[joint] == name), seen[0])] = True
    used = [middle[name] for name in names]
    return Hierarchy(parents, tuple(tuple([j for j in joints if known[j]] or joints) for joints in used), at, speaks)


def _place(joint: str, landmark: str) -> tuple[str, bool]:
    """The place of a joint ("" where unknown), and whether it lies on it rather than half-way along the bone that ends there."""
    side, word = _word(joint)
    for table, on_it in ((_AROUND, True), (_BETWEEN, False)):
        if word in table and (side or table[word] in _CENTRAL):
            place = table[word]
            return (place if place in _CENTRAL else f"{side}_{place}"), on_it
    return landmark, True


def _word(joint: str) -> tuple[str, str]:
    side, rest = split_side(joint.rsplit(":", 1)[-1])
    return side, re.sub(r"[^a-z0-9]", "", rest.lower())


def _on_waist(joint: str) -> bool:
    return _word(joint)[1] in _WAIST


def _next(name: str, index: dict[str, int], skeleton: Skeleton, at: NDArray[np.int64]) -> int:
    """The one of the M that *name* hangs on: the next place towards the pelvis, or for a joint nowhere known what its own parent is at."""
    root = index["pelvis"]
    if name == "pelvis":
        return -1
    if name.startswith("joint "):
        parent = skeleton.parents[int(name.removeprefix("joint "))]
        return int(at[parent]) if parent >= 0 else root
    side, _, place = name.partition("_") if name.startswith(("left_", "right_")) else ("", "", name)
    while True:
        place = _ABOVE[place]
        found = index.get(place if place in _CENTRAL else f"{side}_{place}")
        if found is not None:
            return found
