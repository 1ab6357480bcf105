"""Planted duets in other skeletons: the same bodies, measured at other places, so that a skeleton's figures can be compared with another's.

Each joint of a skeleton gets a place on the body: a landmark, a mix of landmarks, or a point some centimetres off (markers lie on the skin, eyes in
front of the skull). What is true of a landmark is true of every joint that lies there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import metrics
from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, Connections
from ..planted import Labels, PlantedDuet, labels
from ..skeletons import Skeleton
from ..skeletons.landmarks import split_side
from .methods import Method, found

Offset = tuple[float, float, float]
_AT: Offset = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Place:
    """Where a joint lies: the mean of landmarks by their weights, then *offset* metres forward, outward (left on a central place) and up.

    What is true of *of* is true of the joint. Sided landmarks are written without their side.
    """

    of: str
    mix: Mapping[str, float]
    offset: Offset = _AT


def _near(of: str, offset: Offset = _AT, **others: float) -> Place:
    return Place(of, {of: 1.0 - sum(others.values()), **others}, offset)


_FACE = {
    "nose": _near("head", (0.10, 0.0, -0.02)), "eye": _near("head", (0.08, 0.03, 0.02)), "eyeinner": _near("head", (0.09, 0.02, 0.02)),
    "eyeouter": _near("head", (0.07, 0.045, 0.02)), "ear": _near("head", (0.0, 0.075, 0.0)), "mouth": _near("head", (0.09, 0.02, -0.06)),
    "jaw": _near("head", (0.03, 0.0, -0.03), neck=0.3),
}  # fmt: skip
_FINGERS = {
    "thumb2": _near("thumb", wrist=-0.5), "index": _near("middle_finger", thumb=0.3), "index1": _near("middle_finger", thumb=0.3),
    "index2": _near("middle_finger", thumb=0.3, wrist=-0.4), "mid1": _near("middle_finger"), "mid2": _near("middle_finger", wrist=-0.4),
    "ring1": _near("middle_finger", thumb=-0.3), "ring2": _near("middle_finger", thumb=-0.3, wrist=-0.4),
    "pinky": _near("middle_finger", thumb=-0.6), "pinky1": _near("middle_finger", thumb=-0.6),
    "pinky2": _near("middle_finger", thumb=-0.6, wrist=-0.4), "hand": _near("middle_finger", wrist=0.3),
}  # fmt: skip
_FEET = {
    "foot": _near("ankle", (0.13, 0.01, -0.06)),
    "big_toe": _near("ankle", (0.18, -0.01, -0.07)),
    "heel": _near("ankle", (-0.05, 0.0, -0.05)),
    "smalltoe": _near("ankle", (0.14, 0.04, -0.07)),
}
_TORSO = {"spine3": _near("spine2", neck=0.5), "collar": _near("shoulder", neck=0.6), "buttock": _near("pelvis", hip=0.5)}
PLACES: dict[str, Place] = {**_FACE, **_FINGERS, **_FEET, **_TORSO}
"""Places by a joint's word, without side; a joint that is a landmark of the body lies there."""
MARKERS: dict[str, Place] = {
    "ariel": _near("head", (0.0, 0.0, 0.12)), "fhd": _near("head", (0.09, 0.06, 0.06)), "bhd": _near("head", (-0.09, 0.06, 0.06)),
    "c7": _near("neck", (-0.05, 0.0, 0.0)), "clav": _near("neck", (0.07, 0.0, -0.07)), "t10": _near("spine2", (-0.11, 0.0, 0.03)),
    "strn": _near("spine2", (0.11, 0.0, 0.03)), "mfwt": _near("pelvis", (0.12, 0.0, 0.06)), "mbwt": _near("pelvis", (-0.11, 0.0, 0.06)),
    "fwt": _near("hip", (0.11, 0.03, 0.1)), "bwt": _near("hip", (-0.11, 0.0, 0.1)), "fsh": _near("shoulder", (0.05, 0.0, 0.04)),
    "bsh": _near("shoulder", (-0.06, -0.03, 0.03)), "upa": _near("shoulder", (0.0, 0.05, 0.0), elbow=0.5), "elb": _near("elbow", (0.0, 0.05, 0.0)),
    "iel": _near("elbow", (0.0, -0.05, 0.0)), "frm": _near("elbow", (0.0, 0.04, 0.0), wrist=0.5), "iwr": _near("wrist", (0.03, -0.02, 0.0)),
    "owr": _near("wrist", (-0.03, 0.02, 0.0)), "ihand": _near("wrist", (0.03, 0.0, 0.0), middle_finger=0.6),
    "ohand": _near("wrist", (-0.03, 0.0, 0.0), middle_finger=0.6), "thi": _near("hip", (0.0, 0.08, 0.0), knee=0.5),
    "kne": _near("knee", (0.0, 0.06, 0.0)), "kni": _near("knee", (0.0, -0.06, 0.0)), "shn": _near("knee", (0.05, 0.0, 0.0), ankle=0.5),
    "ank": _near("ankle", (0.0, 0.04, 0.0)), "hel": _near("ankle", (-0.06, 0.0, -0.04)), "mt1": _near("ankle", (0.13, -0.03, -0.06)),
    "mt5": _near("ankle", (0.11, 0.05, -0.06)), "toe": _near("ankle", (0.18, 0.0, -0.07)),
}  # fmt: skip
_BONES = {"shoulder": ("shoulder", "elbow"), "elbow": ("shoulder", "elbow"), "wrist": ("elbow", "wrist"), "knee": ("hip", "knee")}
"""The bone across which what is off a place lies."""


def _cmu_43() -> Skeleton:
    """The joints of the CMU takes in Daz's naming, as BVH has them."""
    bones = [
        ("hip", ""),
        ("abdomen", "hip"),
        ("chest", "abdomen"),
        ("neck", "chest"),
        ("head", "neck"),
        ("leftEye", "head"),
        ("rightEye", "head"),
    ]
    for s in "rl":
        bones += [(f"{s}Collar", "chest"), (f"{s}Shldr", f"{s}Collar"), (f"{s}ForeArm", f"{s}Shldr"), (f"{s}Hand", f"{s}ForeArm")]
        for finger in ("Thumb", "Index", "Mid", "Ring", "Pinky"):
            bones += [(f"{s}{finger}1", f"{s}Hand"), (f"{s}{finger}2", f"{s}{finger}1")]
    for s in "rl":
        bones += [(f"{s}Buttock", "hip"), (f"{s}Thigh", f"{s}Buttock"), (f"{s}Shin", f"{s}Thigh"), (f"{s}Foot", f"{s}Shin")]
    names = [name for name, _ in bones]
    return Skeleton("cmu-43", tuple(names), tuple(names.index(above) if above else -1 for _, above in bones))


CMU_43 = _cmu_43()


def place_of(joint: str, landmark: str, known: frozenset[str]) -> Place:
    """The place of a skeleton's *joint*, which is that *landmark* or "", on a body of the landmarks *known*. Sided words carry the side.

    Raises:
        KeyError: nobody says where it is.
    """
    side, rest = split_side(joint.rsplit(":", 1)[-1])
    word = re.sub(r"[^a-z0-9]", "", rest.lower())
    bare = landmark.removeprefix("left_").removeprefix("right_")
    marker = joint.isupper() and word in MARKERS
    if not marker and landmark in known:
        return Place(landmark, {landmark: 1.0})
    found = MARKERS[word] if marker else PLACES[bare if bare in PLACES else word]
    prefix = f"{side}_" if side else ""

    def sided(name: str) -> str:
        return prefix + name if prefix + name in known else name

    forward, outward, up = found.offset
    return Place(
        sided(found.of), {sided(name): w for name, w in found.mix.items()}, (forward, -outward if side == "right" else outward, up)
    )


def redressed(positions: NDArray, body: Skeleton, skeleton: Skeleton) -> NDArray[np.float32]:
    """(T, D, J', 3) of *skeleton*'s joints on the bodies (T, D, J, 3) of *body*, which has hips, shoulders, a pelvis, a neck and a head."""
    known = frozenset(filter(None, body.landmarks))

    def at(landmark: str) -> NDArray:
        index = body.index(landmark)
        assert index is not None
        return positions[:, :, index].astype(np.float64)

    frames = {
        "chest": _frame(at("neck") - at("pelvis"), at("left_shoulder") - at("right_shoulder")),
        "hips": _frame(at("neck") - at("pelvis"), at("left_hip") - at("right_hip")),
        "head": _frame(at("head") - at("neck"), at("left_shoulder") - at("right_shoulder")),
    }
    points = []
    for joint, landmark in zip(skeleton.joints, skeleton.landmarks, strict=True):
        place = place_of(joint, landmark, known)
        point = np.sum([w * at(name) for name, w in place.mix.items()], axis=0)
        points.append(point if place.offset == _AT else point + _off(place, at, frames))
    return np.stack(points, axis=2).astype(np.float32)


def _off(place: Place, at: Callable[[str], NDArray], frames: Mapping[str, NDArray]) -> NDArray:
    """(T, D, 3) metres from a place on the bones to one on the skin: across the bone, where there is one."""
    side, _, name = place.of.partition("_") if place.of.startswith(("left_", "right_")) else ("", "", place.of)
    off = frames["head" if name == "head" else "hips" if name in ("pelvis", "hip", "knee", "ankle") else "chest"] @ np.array(place.offset)
    if name not in _BONES or len(place.mix) > 2:
        return np.asarray(off)
    start, end = (at(f"{side}_{joint}") for joint in _BONES[name])
    bone = _unit(end - start)
    # Not made longer again: where the bone points along the offset there is no side to lie on, and the point stays on the bone.
    return np.asarray(off - (off * bone).sum(axis=-1, keepdims=True) * bone)


def _frame(up: NDArray, left: NDArray) -> NDArray:
    """(…, 3, 3) with columns forward, left and up."""
    up = _unit(up)
    left = _unit(left - (left * up).sum(axis=-1, keepdims=True) * up)
    return np.stack([np.cross(left, up), left, up], axis=-1)


def _unit(v: NDArray) -> NDArray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)


@dataclass(frozen=True)
class Redressed:
    """A planted duet in another skeleton.

    Attributes:
        duet: what was planted.
        clip: the duet's positions in the other skeleton of J' joints; nothing in it tells what was planted.
        at: (J',) for each joint that of the planted duet whose connections are its own.
    """

    duet: PlantedDuet
    clip: Clip
    at: NDArray[np.int64]

    @classmethod
    def of(cls, duet: PlantedDuet, skeleton: Skeleton, given: Skeleton | None = None) -> Redressed:
        """*duet* in *skeleton*; its clip has the skeleton *given* instead (the same joints), where one is."""
        known = frozenset(filter(None, duet.skeleton.landmarks))
        at = [duet.skeleton.index(place_of(j, mark, known).of) for j, mark in zip(skeleton.joints, skeleton.landmarks, strict=True)]
        positions = redressed(duet.positions, duet.skeleton, skeleton)
        return cls(duet, Clip(positions, duet.rate, given or skeleton, meta={"source": [duet.name]}), np.array(at, np.int64))

    def truth(self, connections: Connections) -> Labels:
        """What is true between the planted duet's J joints, in the windows of *connections*."""
        length = int(connections.window_end[0] - connections.window_start[0])
        return labels(self.duet, connections.window_start, length)

    def own(self, truth: NDArray) -> NDArray:
        """(W, 2, J', J') of *truth* (W, 2, J, J): of all joints that lie at one place what is true of that."""
        return truth[:, :, self.at[:, None], self.at]

    def gathered(self, values: NDArray) -> NDArray[np.float64]:
        """(W, 2, J, J) the highest of *values* (W, 2, J', J') among the joints that lie at each of the planted duet's; NaN where none does."""
        joints = len(self.duet.skeleton)
        result = np.full((*values.shape[:2], joints, joints), np.nan)
        places = {int(place): np.flatnonzero(self.at == place) for place in np.unique(self.at)}
        for i, sources in places.items():
            of_source = values[:, :, sources].max(axis=2)
            for j, targets in places.items():
                result[:, :, i, j] = of_source[..., targets].max(axis=-1)
        return result


def without(skeleton: Skeleton, *, names: bool = False, bones: bool = False) -> Skeleton:
    """*skeleton* as somebody has it who left its names or its bones away."""
    return replace(
        skeleton,
        name="unknown",
        joints=tuple(f"point{n + 1}" for n in range(len(skeleton))) if names else skeleton.joints,
        parents=(-1,) * len(skeleton) if bones else skeleton.parents,
    )


def figures(method: Method, duets: Sequence[PlantedDuet], skeleton: Skeleton, given: Skeleton | None = None) -> dict[str, float]:
    """How well *method* finds what was planted in *duets* when it sees them in *skeleton* (as *given*, where somebody has it otherwise).

    Ranking, direction and recall are those of the planted duets' joints, each by the surest of the skeleton's joints that lie there; what lies nowhere
    is left out. ``shown_precision`` is of the skeleton's own pairs.
    """
    parts: dict[str, list[NDArray]] = {name: [] for name in ("label", "score", "confidence", "own_label", "own_confidence")}
    for duet in duets:
        told = Redressed.of(duet, skeleton, given)
        result = found(method, told.clip)
        truth = told.truth(result.connections).present
        confidence = told.gathered(result.rankings["confidence"])
        parts["label"].append(np.where(np.isnan(confidence), -1, truth))
        parts["confidence"].append(np.nan_to_num(confidence))
        parts["score"].append(np.nan_to_num(told.gathered(result.rankings.get("score", result.rankings["confidence"]))))
        parts["own_label"].append(told.own(truth))
        parts["own_confidence"].append(result.rankings["confidence"])
    label, score, confidence, own_label, own_confidence = (np.concatenate(part) for part in parts.values())
    precision = metrics.shown_quality(own_confidence, own_label, DISPLAY_THRESHOLD)[0]
    true = label == 1
    return {
        "auroc": metrics.auroc(score, label),
        "auprc": metrics.average_precision(score, label),
        "direction": metrics.direction_accuracy(score, true & (metrics.reverse(label) != 1)),
        "shown_precision": precision,
        "shown_recall": metrics.shown_quality(confidence, label, DISPLAY_THRESHOLD)[1],
        "shown_per_window": float((own_confidence > DISPLAY_THRESHOLD).sum() / len(label)),
    }
