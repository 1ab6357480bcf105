"""Bodies of other skeletons: a take written down with a model's joints, and a generated phrase given to a body that has other ones.

Joints are matched by the place on the body that they stand for (`skeletons.landmarks`). A joint that the other skeleton lacks hangs on its parent as it
does at rest, and turns as the body around its parent does (`posing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..posing import filled, pose
from ..posing import quaternions as q
from ..procedural.dancer import dance
from ..skeletons import Skeleton
from ..skeletons.hierarchy import LEAST
from .channels import lengths_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Body:
    """A dancer's body.

    Attributes:
        skeleton: its J joints.
        rest: (J, 3) metres, a straightened body: facing −Y, its left at +X, z up.
        lengths: (J,) metres of the bone from each joint's parent, 0 for the root.
    """

    skeleton: Skeleton
    rest: Array
    lengths: Array

    @property
    def height(self) -> float:
        """Metres over the floor of the root at rest."""
        return float(self.rest[self.skeleton.order[0], 2])


def body_of(positions: NDArray, skeleton: Skeleton, fps: float) -> Body:
    """The body that danced (T, J, 3)."""
    found = pose(positions[:, None], skeleton, fps)
    return Body(skeleton, found.rest[0], lengths_of(found.positions[:, :, 0].transpose(2, 0, 1), skeleton))


@lru_cache(maxsize=1)
def standard() -> Body:
    """The body of a dancer that the project makes itself, 29 joints."""
    clip = dance(0, 4.0)
    return body_of(clip.positions[:, 0], clip.skeleton, clip.fps)


def onto(positions: NDArray, skeleton: Skeleton, fps: float, model: Body) -> Array:
    """(T, J', 3) one dancer (T, J, 3) with the joints of *model*'s skeleton, its own proportions kept, no gaps.

    Raises:
        InputError: too few of the joints are known by their names.
    """
    whole, _ = filled(positions[:, None], skeleton)
    if skeleton.joints == model.skeleton.joints:
        return np.asarray(whole[:, 0], np.float64)
    matched = _matched(skeleton, model.skeleton)
    found = pose(positions[:, None], skeleton, fps)
    scale = _spread(found.rest[0], matched.values()) / _spread(model.rest, matched)
    elsewhere = _elsewhere(found.rest[0], skeleton, model, scale)
    result = np.empty((len(positions), len(model.skeleton), 3))
    turn_of: dict[int, int] = {}
    for joint in model.skeleton.order:
        parent = model.skeleton.parents[joint]
        source = matched.get(joint)
        turn_of[joint] = source if source is not None else turn_of[parent] if parent >= 0 else skeleton.order[0]
        if source is not None and joint not in elsewhere:
            result[:, joint] = whole[:, 0, source]
        elif parent < 0:
            hips = [matched[j] for j in model.skeleton.children[joint] if j in matched]
            result[:, joint] = whole[:, 0, hips].mean(axis=1)
        else:
            offset = (model.rest[joint] - model.rest[parent]) * scale
            turns = found.turns[turn_of[parent]][:, 0]
            result[:, joint] = result[:, parent] + q.rotate(turns, offset[:, None] + np.zeros((3, len(positions)))).T
    return result


def given_to(positions: NDArray, model: Skeleton, fps: float, body: Body) -> Array:
    """(T, J', 3) the motion (T, J, 3) of a *model*'s joints danced by *body*, with its own bone lengths.

    Raises:
        InputError: too few of the body's joints are known by their names.
    """
    if body.skeleton.joints == model.joints:
        return np.asarray(positions, np.float64)
    matched = _matched(model, body.skeleton)
    found = pose(positions[:, None], model, fps)
    scale = _legs(body.rest, body.skeleton) / _legs(found.rest[0], model)
    elsewhere = _elsewhere(found.rest[0], model, body, 1 / scale)
    result = np.empty((len(positions), len(body.skeleton), 3))
    turn_of: dict[int, int] = {}
    for joint in body.skeleton.order:
        parent = body.skeleton.parents[joint]
        source = matched.get(joint)
        turn_of[joint] = source if source is not None else turn_of[parent] if parent >= 0 else model.order[0]
        if parent < 0:
            start = positions[:, source if source is not None else model.order[0]].astype(np.float64)
            result[:, joint] = start * np.array([1.0, 1.0, scale])
            continue
        above = matched.get(parent)
        if source is not None and above is not None and joint not in elsewhere:
            way = positions[:, source] - positions[:, above]
            size = np.linalg.norm(way, axis=-1, keepdims=True)
            if (size > 1e-6).all():
                result[:, joint] = result[:, parent] + body.lengths[joint] * way / size
                continue
        offset = body.rest[joint] - body.rest[parent]
        offset *= body.lengths[joint] / max(float(np.linalg.norm(offset)), 1e-9)
        turns = found.turns[turn_of[parent]][:, 0]
        result[:, joint] = result[:, parent] + q.rotate(turns, offset[:, None] + np.zeros((3, len(positions)))).T
    return result


def _matched(source: Skeleton, target: Skeleton) -> dict[int, int]:
    """For each joint of *target* the joint of *source* at the same place on the body."""
    at = {landmark: joint for joint, landmark in enumerate(source.landmarks) if landmark}
    matched = {joint: at[landmark] for joint, landmark in enumerate(target.landmarks) if landmark in at}
    if len(matched) < LEAST:
        raise InputError(
            f"{len(matched)} joints of the skeleton {source.name!r} stand for a place that {target.name!r} knows, {LEAST} are needed",
            remedy="rename its joints, or train a generator on takes of this skeleton (presets/phrases.toml)",
        )
    return matched


def _elsewhere(rest: Array, skeleton: Skeleton, other: Body, scale: float) -> set[int]:
    """The joints of *other* that lie elsewhere on the body than those of *skeleton* of the same name: a head may be the base of the skull, or its crown."""
    found = set()
    for joint, landmark in enumerate(other.skeleton.landmarks):
        mine, neck, theirs = skeleton.index(landmark) if landmark else None, skeleton.index("neck"), other.skeleton.index("neck")
        if landmark != "head" or mine is None or neck is None or theirs is None:
            continue
        own, wanted = (float(np.linalg.norm(x[a] - x[b])) for x, a, b in ((rest, mine, neck), (other.rest, joint, theirs)))
        if not 0.6 < own / max(scale * wanted, 1e-6) < 1.67:
            found.add(joint)
    return found


def _spread(rest: Array, joints: Iterable[int]) -> float:
    """Metres of some *joints* from their middle at rest, on average."""
    points = rest[list(joints)]
    return float(np.linalg.norm(points - points.mean(axis=0), axis=-1).mean())


def _legs(rest: Array, skeleton: Skeleton) -> float:
    """Metres from the hips down to the lowest joint at rest."""
    hips = [j for name in ("left_hip", "right_hip") if (j := skeleton.index(name)) is not None] or [skeleton.order[0]]
    return float(rest[hips, 2].mean())
