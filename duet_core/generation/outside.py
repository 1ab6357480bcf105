"""Arms outside the other's body: forearms and hands that would go into a partner's trunk or head are led round it, every bone as long as before; and how a
body gives way to arms that are not to be changed.

A body is taken for capsules as thick as the mannequin that is drawn (`body.shape`): two along the trunk, one across the shoulders, one up the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..body.shape import LEG, THICKNESS
from ..planted import limbs
from ..posing.pose import smoothed
from ..skeletons import Skeleton
from .contact import unit

Array = NDArray[np.float64]

WIDE = 0.25
"""Share of half the shoulders' breadth by which the trunk's two capsules lie beside its middle."""
GIRDLE = 0.88
"""Share of the shoulders' breadth that the capsule across them takes."""
ALONG = (0.0, 1 / 3, 2 / 3, 1.0)
"""Places on a forearm, from the elbow to the wrist, that are kept outside."""
SKIN = 0.005
"""Metres that are left between."""
TOLERATED = 0.002
"""Metres: what lies less deep is left as it is."""
NEAR = 0.05
"""Metres: what lies nearer than this to the middle of a body comes out towards its own shoulder rather than the way it went in."""
STEADY_SECONDS = 0.14
"""Standard deviation of the blur over time of every way out: an arm is led out before it would go in, and let go again as slowly."""
ROUNDS, BOLD = 30, 1.5
"""In which an arm is led out; each goes this many times as far as is still needed, since the blur takes off the peaks."""


ASIDE, GIVES_WAY, GIVING_SECONDS = 0.12, 8, 0.25
"""Metres by which a body gives way to the other's arms at most, in how many rounds, and the standard deviation of the blur over time of its way."""


@dataclass(frozen=True)
class _Arm:
    """Shoulder, elbow and wrist; the joints that hang on the wrist; how thick each of `places` is, metres, and what share of the wrist's way it goes."""

    chain: tuple[int, int, int]
    hand: tuple[int, ...]
    thick: Array
    share: Array

    def places(self, x: Array) -> Array:
        """(T, P, 3) of (T, J, 3)."""
        elbow, wrist = (x[:, joint, None] for joint in self.chain[1:])
        return np.concatenate([elbow + (wrist - elbow) * np.array(ALONG)[:, None], x[:, self.hand]], axis=1)


@dataclass(frozen=True)
class _Capsules:
    """C capsules: (T, C, 3) their ends, metres, and (C,) how thick they are."""

    low: Array
    high: Array
    thick: Array

    def out(self, places: Array) -> Array:
        """(T, P, C, 3) the way from the line within each capsule to *places* (T, P, 3)."""
        line = (self.high - self.low)[:, None]
        way = places[:, :, None] - self.low[:, None]
        along = np.clip((way * line).sum(axis=-1) / np.maximum(np.square(line).sum(axis=-1), 1e-9), 0.0, 1.0)
        return np.asarray(way - along[..., None] * line, np.float64)


def arms_outside(positions: NDArray, other: NDArray, skeleton: Skeleton, fps: float, where: NDArray | None = None) -> Array:
    """One dancer's (T, J, 3), metres, with forearms and hands outside the body of the *other* (T, J, 3).

    Args:
        where: (T,) 0 where the arms stay as they are, 1 elsewhere, and what lies between.
    """
    x, body = np.array(positions, np.float64), _body(np.asarray(other, np.float64), skeleton)
    if body is None:
        return x
    for arm in _arms(x, skeleton):
        for _ in range(ROUNDS):
            if not _led_out(x, arm, body, skeleton, fps, where):
                break
    return x


def body_outside(positions: NDArray, other: NDArray, skeleton: Skeleton, fps: float, where: NDArray) -> Array:
    """(T, 2) metres over the floor by which the body of (T, J, 3) must be moved, *where* (T,) it may be, 0..1, for the arms of the *other* (T, J, 3) to be
    outside it; no further than `ASIDE`."""
    x, arms = np.asarray(positions, np.float64), _arms(np.asarray(other, np.float64), skeleton)
    way = np.zeros((len(x), 2))
    for _ in range(GIVES_WAY):
        moved = x.copy()
        moved[..., :2] += way[:, None]
        body = _body(moved, skeleton)
        if body is None:
            break
        push = np.zeros((len(x), 2))
        for arm in arms:
            places = arm.places(np.asarray(other, np.float64))
            out = _pushes(places, arm, body, unit(other[:, arm.chain[0], None] - places), where)
            push -= out[np.arange(len(x)), np.linalg.norm(out, axis=-1).argmax(axis=1), :2]
        if np.linalg.norm(push, axis=-1).max() < SKIN + TOLERATED:
            break
        way += smoothed(push.T, GIVING_SECONDS * fps).T
        size = np.linalg.norm(way, axis=-1, keepdims=True)
        way *= ASIDE * np.tanh(size / ASIDE) / np.maximum(size, 1e-9)
    return way


def depth(positions: NDArray, other: NDArray, skeleton: Skeleton) -> Array:
    """(T,) metres by which the forearms and hands of (T, J, 3) are within the body of the *other* (T, J, 3) at the deepest; 0 where they are not."""
    x, body = np.asarray(positions, np.float64), _body(np.asarray(other, np.float64), skeleton)
    deepest = np.zeros(len(x))
    if body is not None:
        for arm in _arms(x, skeleton):
            deepest = np.maximum(deepest, _depths(body.out(arm.places(x)), arm, body).max(axis=(1, 2)))
    return deepest


def _led_out(x: Array, arm: _Arm, body: _Capsules, skeleton: Skeleton, fps: float, where: NDArray | None) -> bool:
    """Move *arm* of (T, J, 3), in place, a part of the way out of *body*. Whether anything was to be done."""
    places = arm.places(x)
    out = _pushes(places, arm, body, unit(x[:, arm.chain[0], None] - places), where)
    if np.linalg.norm(out, axis=-1).max() < SKIN + TOLERATED:
        return False
    apart = arm.share**2 + (1 - arm.share) ** 2
    points = x[:, arm.chain].copy()
    for k, share in ((1, (1 - arm.share) / apart), (2, arm.share / apart)):
        pushes = share[:, None] * out
        most = np.linalg.norm(pushes, axis=-1).argmax(axis=1)
        points[:, k] += BOLD * smoothed(pushes[np.arange(len(x)), most].T, STEADY_SECONDS * fps).T
    lengths = np.linalg.norm(np.diff(x[:, arm.chain], axis=1), axis=-1, keepdims=True)
    limbs.place_limb(x, skeleton, arm.chain, limbs.reach(points, lengths, points[:, 2]))
    return True


def _pushes(places: Array, arm: _Arm, body: _Capsules, home: Array, where: NDArray | None) -> Array:
    """(T, P, 3) the way out of *body*, metres, of each of the *places* (T, P, 3) of *arm*, *where* (T,) anything is to be done; in its middle *home*."""
    ways = body.out(places)
    deep = np.maximum(_depths(ways, arm, body) + SKIN, 0.0)
    if where is not None:
        deep *= np.asarray(where)[:, None, None]
    # Where capsules overlap the deeper one says more of the way out.
    out = unit((deep[..., None] * unit(ways + NEAR * home[:, :, None])).sum(axis=2))
    return np.asarray(out * deep.max(axis=2)[..., None], np.float64)


def _depths(ways: Array, arm: _Arm, body: _Capsules) -> Array:
    """(T, P, C) metres by which each place of *arm* is within each capsule; below 0 outside."""
    return np.asarray(body.thick + arm.thick[:, None] - np.linalg.norm(ways, axis=-1), np.float64)


def _body(x: Array, skeleton: Skeleton) -> _Capsules | None:
    """What arms stay out of; None for a skeleton without hips or shoulders."""
    ends = [skeleton.index(name) for name in ("left_hip", "right_hip", "left_shoulder", "right_shoulder")]
    if any(end is None for end in ends):
        return None
    left_hip, right_hip, left, right = (x[:, end] for end in ends)
    size = _size(x, skeleton)
    hips, shoulders = (left_hip + right_hip) / 2, (left + right) / 2
    beside = WIDE * (left - right) / 2
    top = hips + 0.9 * (shoulders - hips)
    lines = [(hips + beside, top + beside, "spine1"), (hips - beside, top - beside, "spine1")]
    lines.append((shoulders + GIRDLE * (left - shoulders), shoulders + GIRDLE * (right - shoulders), "collar"))
    neck, head = skeleton.index("neck"), skeleton.index("head")
    if neck is not None and head is not None:
        lines.append((x[:, neck], x[:, head], "jaw"))
    return _Capsules(
        np.stack([low for low, _, _ in lines], axis=1),
        np.stack([high for _, high, _ in lines], axis=1),
        size * np.array([THICKNESS[part] for *_, part in lines]),
    )


def _arms(x: Array, skeleton: Skeleton) -> list[_Arm]:
    """The arms whose bones are those of a person's."""
    found, size = [], _size(x, skeleton)
    for side in ("left", "right"):
        shoulder, elbow, wrist = (skeleton.index(f"{side}_{name}") for name in ("shoulder", "elbow", "wrist"))
        if shoulder is None or elbow is None or wrist is None or (skeleton.parents[wrist], skeleton.parents[elbow]) != (elbow, shoulder):
            continue
        hand = limbs.below(skeleton, wrist)[1:]
        along = np.array(ALONG)
        thick = [*(THICKNESS["elbow"] * (1 - along) + THICKNESS["wrist"] * along), *[THICKNESS["hand"]] * len(hand)]
        found.append(_Arm((shoulder, elbow, wrist), hand, size * np.array(thick), np.array([*ALONG, *[1.0] * len(hand)])))
    return found


def _size(x: Array, skeleton: Skeleton) -> float:
    """How large the dancer of (T, J, 3) is beside the adult for whom thicknesses stand, by the legs; 1 without legs."""
    legs = []
    for side in ("left", "right"):
        joints = [joint for name in ("hip", "knee", "ankle") if (joint := skeleton.index(f"{side}_{name}")) is not None]
        if len(joints) == 3:
            legs.append(np.median(np.linalg.norm(np.diff(x[:, joints], axis=1), axis=-1).sum(axis=1)) / LEG)
    return float(np.clip(np.mean(legs), 0.2, 3.0)) if legs else 1.0
