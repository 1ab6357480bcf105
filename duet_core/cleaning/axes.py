"""Which way is up, and is left really left: axes and handedness told by the bodies, whatever a file claims.

Up: over a take heads stay above hips and hips above feet far more often than not. Left and right: from the hips and the way up follows where a dancer
faces *if* left is left; feet point there, knees bend there, faces look there, and elbows stand back from there. When they say the opposite together,
the data are mirrored.

Mirrored data leave one thing open: which axis was flipped. Any flip and a turn about the vertical give one another, so the dance is the same; we flip
x (the picture's width: webcams and careless axis swaps mirror that), or the axis that pointed down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..skeletons import Skeleton
from .report import Figure, Part
from .tracks import chunks, mean_known

_SAMPLES = 3000
_SURE = 0.5
"""Mean length of the bodies' unit vectors, or mean vote, above which the bodies say something."""

_VOTE = 0.3
_BEND = 0.03

_UPPER = ("head", "jaw", "nose", "neck", "left_shoulder", "right_shoulder", "left_ear", "right_ear")
_MIDDLE = ("pelvis", "left_hip", "right_hip")
_LOWER = ("left_ankle", "right_ankle", "left_foot", "right_foot", "left_heel", "right_heel", "left_knee", "right_knee")


@dataclass(frozen=True)
class Bearing:
    """What the bodies say about their axes.

    Attributes:
        up: (3,) mean direction from feet to heads; its length, 0..1, says how much the frames agree.
        facing: for each sign of left and right, −1 (mirrored) … +1 (right), the mean vote over frames.
    """

    up: NDArray[np.float64]
    facing: dict[str, float]

    @property
    def up_axis(self) -> str | None:
        """``"+z"`` and so on; None where the bodies do not say."""
        if np.linalg.norm(self.up) < _SURE:
            return None
        axis = int(np.argmax(np.abs(self.up)))
        return f"{'+' if self.up[axis] > 0 else '-'}{'xyz'[axis]}"

    @property
    def vote(self) -> float | None:
        """−1 (mirrored) … +1 (left is left); None where nothing tells."""
        if not self.facing:
            return None
        weight = {"feet": 2.0, "knees": 1.0, "face": 1.0, "elbows": 0.5}
        return sum(weight[k] * v for k, v in self.facing.items()) / sum(weight[k] for k in self.facing)

    @property
    def mirrored(self) -> bool | None:
        """None where the bodies do not say."""
        vote = self.vote
        return None if vote is None or abs(vote) < _VOTE else vote < 0


def find(clip: Clip) -> Bearing:
    """Up and handedness, from up to a few thousand frames spread over *clip*."""
    every = max(1, clip.frames // _SAMPLES)
    positions = clip.positions[::every].astype(np.float64)
    return Bearing(_up(positions, clip.skeleton), _facing(positions, clip.skeleton))


def right(clip: Clip) -> tuple[Clip, Part]:
    """Turn *clip* z up, and undo a mirroring."""
    bearing = find(clip)
    up, mirrored = bearing.up_axis, bearing.mirrored
    votes = {name: Figure(value, value if not mirrored else -value) for name, value in bearing.facing.items()}
    notes = []
    if up is None:
        notes.append("the bodies do not tell which way is up; z is taken")
    if mirrored is None:
        notes.append("the bodies do not tell left from right; left is taken as named")
    matrix = _to_z_up(up or "+z", bool(mirrored))
    if np.array_equal(matrix, np.eye(3)):
        return clip, Part("axes", False, "axes: z is up" + (", left is left" if mirrored is False else ""), {}, {}, votes, notes)
    positions = np.empty_like(clip.positions)
    exact = matrix.T.astype(np.float32)  # entries are 0 and ±1: float32 loses nothing
    for part in chunks(clip.frames):
        positions[part] = clip.positions[part] @ exact
    done = []
    if up not in (None, "+z"):
        done.append(f"{up} was up, now z is")
    if mirrored:
        done.append("left and right were mirrored, one axis flipped")
    summary = "axes: " + "; ".join(done)
    return clip.changed(positions=positions, step=summary), Part("axes", True, summary, {}, {}, votes, notes)


def _to_z_up(up: str, mirrored: bool) -> NDArray[np.float64]:
    """(3, 3) signed permutation that takes axis *up* to +z; its determinant is −1 where *mirrored*."""
    turns = {
        "+z": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        "-z": [[1, 0, 0], [0, -1, 0], [0, 0, -1]],
        "+y": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
        "-y": [[1, 0, 0], [0, 0, 1], [0, -1, 0]],
        "+x": [[0, -1, 0], [0, 0, -1], [1, 0, 0]],
        "-x": [[0, 1, 0], [0, 0, -1], [-1, 0, 0]],
    }  # fmt: skip
    matrix = np.array(turns[up], dtype=np.float64)
    if mirrored:
        if up[0] == "-":  # the axis that points down was flipped, and nothing turned
            matrix = np.array(turns["+" + up[1]], dtype=np.float64)
            matrix[2] *= -1
        else:
            matrix[0] *= -1
    return matrix


def _up(positions: NDArray[np.float64], skeleton: Skeleton) -> NDArray[np.float64]:
    heights = []
    for names in (_UPPER, _MIDDLE, _LOWER):
        joints = [j for j, name in enumerate(skeleton.landmarks) if name in names]
        heights.append(mean_known(positions[:, :, joints], axis=2) if joints else None)
    present = [level for level in heights if level is not None]
    if len(present) < 2:
        return np.zeros(3)
    way = (present[0] - present[-1]).reshape(-1, 3)
    size = np.linalg.norm(way, axis=1)
    usable = size > 1e-9
    return (way[usable] / size[usable, None]).mean(axis=0) if usable.any() else np.zeros(3)


def _facing(positions: NDArray[np.float64], skeleton: Skeleton) -> dict[str, float]:
    place = {name: positions[:, :, j] for j, name in enumerate(skeleton.landmarks) if name}
    if not {"left_hip", "right_hip"} <= place.keys():
        return {}
    hips = (place["left_hip"] + place["right_hip"]) / 2
    if {"left_shoulder", "right_shoulder"} <= place.keys():
        up = (place["left_shoulder"] + place["right_shoulder"]) / 2 - hips
    elif "neck" in place:
        up = place["neck"] - hips
    else:
        return {}
    forward = np.cross(up, place["right_hip"] - place["left_hip"])
    forward /= np.maximum(np.linalg.norm(forward, axis=-1, keepdims=True), 1e-12)
    body = np.linalg.norm(up, axis=-1)
    votes: dict[str, float] = {}

    def vote(name: str, ways: list[NDArray[np.float64]]) -> None:
        """Mean sign of the ways (…, 3) along *forward*, of those long enough (in torso lengths, as units may be any) to say something."""
        values = []
        for way in ways:
            along = (way * forward).sum(-1)
            with np.errstate(invalid="ignore"):
                values.append(np.sign(along[np.abs(along) > _BEND * body]))
        joined = np.concatenate(values) if values else np.empty(0)
        if joined.size >= max(3, 0.02 * hips.shape[0]):
            votes[name] = float(joined.mean())

    feet: list[NDArray[np.float64]] = []
    knees: list[NDArray[np.float64]] = []
    elbows: list[NDArray[np.float64]] = []
    for side in ("left", "right"):
        heel = place.get(f"{side}_ankle", place.get(f"{side}_heel"))
        toe = place.get(f"{side}_big_toe", place.get(f"{side}_foot"))
        if heel is not None and toe is not None:
            feet.append(toe - heel)
        for found, names in ((knees, ("hip", "knee", "ankle")), (elbows, ("shoulder", "elbow", "wrist"))):
            joints = [place.get(f"{side}_{name}") for name in names]
            if all(joint is not None for joint in joints):
                top, middle, bottom = (joint for joint in joints if joint is not None)
                found.append(middle - (top + bottom) / 2)
    vote("feet", feet)
    vote("knees", knees)
    vote("elbows", [-way for way in elbows])
    eyes, ears = ([place[f"{side}_{name}"] for side in ("left", "right") if f"{side}_{name}" in place] for name in ("eye", "ear"))
    front = place.get("nose", np.mean(eyes, axis=0) if eyes else None)
    # Where a nose is known the skull's joint may be anywhere on the head; ears are always behind it.
    back = np.mean(ears, axis=0) if ears else None if "nose" in place else place.get("head")
    if front is not None and back is not None:
        vote("face", [front - back])
    return votes
