"""Arms beside the body: elbows and hands that a network puts into the trunk are brought out of it, to the front; every bone keeps its length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..planted import limbs
from ..posing.pose import smoothed
from ..skeletons import Skeleton
from .channels import heading_of
from .contact import as_long, low_envelope, two_bones, unit

Array = NDArray[np.float64]

TRUNK = ("pelvis", "neck")
DEEP = 0.07
"""Metres from the line between these places within which no elbow and no hand may be: real hands lie on a belly or a hip, seldom nearer to it."""
FORWARD = 0.05
"""Metres: a hand nearer than this is brought out to the front rather than the way it came."""
OUT_SECONDS = 0.3
"""In which a hand is brought out, and let go again."""
SWIVEL_SECONDS = 0.06
"""Standard deviation of the blur of the turn of an elbow about its arm."""


def beside_the_trunk(positions: NDArray, skeleton: Skeleton, fps: float) -> Array:
    """One dancer's (T, J, 3), metres, with arms out of the trunk; as it is where the skeleton lacks a trunk, or arms."""
    x = np.array(positions, np.float64)
    low, high = (skeleton.index(name) for name in TRUNK)
    if low is None or high is None:
        return x
    heading = heading_of(x, skeleton, fps)
    front = np.stack([np.cos(heading), np.sin(heading), np.zeros(len(x))], axis=-1)
    for side in ("left", "right"):
        wrist, elbow, shoulder = (skeleton.index(f"{side}_{name}") for name in ("wrist", "elbow", "shoulder"))
        if wrist is None or elbow is None or shoulder is None or (skeleton.parents[wrist], skeleton.parents[elbow]) != (elbow, shoulder):
            continue
        chain = (shoulder, elbow, wrist)
        hand = limbs.below(skeleton, wrist)
        for joints in ((elbow,), hand, (elbow,)):
            move = _out(x, joints, low, high, front, fps)
            if move is None:
                continue
            own = x[:, chain].copy()
            if joints == hand:
                bent = two_bones(own, own[:, 2] + move, front, swivel=SWIVEL_SECONDS * fps)
                # Where the arm is free it stays as it is.
                bent = own + np.clip(np.linalg.norm(move, axis=-1) / 0.01, 0.0, 1.0)[:, None, None] * (bent - own)
            else:
                bent = own + move[:, None] * np.array([0.0, 1.0, 0.0])[:, None]
            limbs.place_limb(x, skeleton, chain, as_long(own, bent))
    return x


def _out(x: Array, joints: tuple[int, ...], low: int, high: int, front: Array, fps: float) -> Array | None:
    """(T, 3) how *joints* of (T, J, 3) are to be moved, together, so that none is in the trunk; None where none is."""
    way = x[:, joints] - from_axis(x[:, joints], x[:, low], x[:, high])
    out = way[np.arange(len(x)), np.linalg.norm(way, axis=-1).argmin(axis=1)]
    need = np.maximum(DEEP - np.linalg.norm(out, axis=-1), 0.0)
    if need.max() < 0.002:
        return None
    out = unit(smoothed(unit(out + FORWARD * front).T, 0.06 * fps).T)
    return -low_envelope(-need, max(3, round(OUT_SECONDS * fps)))[:, None] * out


def from_axis(points: NDArray, low: NDArray, high: NDArray) -> Array:
    """(T, N, 3) the places nearest to *points* (T, N, 3) on the line from *low* to *high* (T, 3), its ends included."""
    axis = (high - low)[:, None]
    along = ((points - low[:, None]) * axis).sum(axis=-1) / np.maximum(np.square(axis).sum(axis=-1), 1e-9)
    return np.asarray(low[:, None] + np.clip(along, 0, 1)[..., None] * axis, np.float64)
