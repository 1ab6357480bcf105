"""Motion as channels a network can learn: where the root is, which way the dancer faces, where every bone points. Bone lengths are no channel.

Whatever values the channels take, the motion they stand for has the body's own bone lengths. A window's channels do not depend on where on the floor,
or facing where, it is danced.

For J joints with one root there are C = 3·(J − 1) + 4 channels for each dancer in each frame: the unit directions of the bones from each joint's parent, in a frame of
reference that is turned with the dancer's heading (x forward, y to the left); then the root's place on the floor (x, y; metres, seen from the window's
middle frame: its root, its heading), its height (metres), and the heading (radians, from that of the middle frame, counted on through whole turns).
Both dancers of a duet are seen from dancer 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..posing.pose import smoothed
from ..skeletons import Skeleton

Array = NDArray[np.float64]

HEADING_SECONDS = 0.2
"""Standard deviation of the blur of the heading over time: hips and shoulders sway faster than a dancer turns."""


FASTEST = np.radians(600.0)
"""Radians a second: a bone that turns faster than this has lost its direction; wrists of dancers seldom reach it."""
AROUND_SECONDS = 0.2
"""Before and after such a moment in which the bone is led over it instead."""


@dataclass(frozen=True)
class Placing:
    """Where in the room windows are danced: origin (…, 2) metres and heading (…,) radians of their middle frames."""

    origin: Array
    heading: Array


def roots(skeleton: Skeleton) -> int:
    """The one root of *skeleton*. Raises InputError where there are several."""
    found = [joint for joint, parent in enumerate(skeleton.parents) if parent < 0]
    if len(found) != 1:
        raise InputError(
            f"the skeleton {skeleton.name!r} has {len(found)} roots", remedy="give takes of one tree of joints, or of a known skeleton"
        )
    return found[0]


def count(skeleton: Skeleton) -> int:
    """C, the channels of a frame."""
    return 3 * (len(skeleton) - 1) + 4


def lengths_of(positions: NDArray, skeleton: Skeleton) -> Array:
    """(J,) metres: the median length of the bone from each joint's parent in (T, J, 3), left and right made equal; 0 for the root."""
    parents = np.array([p if p >= 0 else j for j, p in enumerate(skeleton.parents)])
    lengths = np.median(np.linalg.norm(positions - positions[:, parents], axis=-1), axis=0).astype(np.float64)
    mirrored = np.array(skeleton.mirrored)
    matching = [skeleton.parents[m] in (p, mirrored[p]) if p >= 0 else False for m, p in zip(mirrored, skeleton.parents, strict=True)]
    return np.where(matching, (lengths + lengths[mirrored]) / 2, lengths)


def heading_of(positions: NDArray, skeleton: Skeleton, fps: float) -> Array:
    """(T,) radians, unwrapped: which way the body of (T, J, 3) faces, by its hips and shoulders; 0 where the skeleton has neither."""
    across = np.zeros((len(positions), 2))
    for left, right in (("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")):
        one, other = skeleton.index(left), skeleton.index(right)
        if one is not None and other is not None:
            way = positions[:, one, :2] - positions[:, other, :2]
            across += way / np.maximum(np.linalg.norm(way, axis=-1).mean(), 1e-6)
    size = np.linalg.norm(across, axis=-1)
    if not (size > 1e-6).any():
        return np.zeros(len(positions))
    # Where the body lies on its side nothing is across; the heading then goes on from the last frame that had one.
    known = np.flatnonzero(size > 0.1 * np.median(size[size > 1e-6]))
    angle = np.unwrap(np.arctan2(-across[known, 0], across[known, 1]))
    full = np.interp(np.arange(len(positions)), known, angle)
    return np.asarray(smoothed(full, HEADING_SECONDS * fps), np.float64)


def written(positions: NDArray, skeleton: Skeleton, fps: float) -> Array:
    """(T, C) channels of one dancer (T, J, 3) without gaps, placed in the room: origin and heading are the room's own."""
    root = roots(skeleton)
    x = np.asarray(positions, np.float64)
    heading = heading_of(x, skeleton, fps)
    bones = [joint for joint in range(len(skeleton)) if joint != root]
    way = x[:, bones] - x[:, [skeleton.parents[joint] for joint in bones]]
    size = np.linalg.norm(way, axis=-1, keepdims=True)
    unit = np.where(size > 1e-9, way / np.maximum(size, 1e-9), np.array([0.0, 0.0, 1.0]))
    turned = _turned(unit, -heading[:, None])
    return np.concatenate([turned.reshape(len(x), -1), x[:, root], heading[:, None]], axis=1)


def windows_of(channels: NDArray, frames: int, starts: NDArray) -> tuple[Array, Placing]:
    """(W, *frames*, D, C) windows of (T, D, C) beginning at *starts*, each seen from its own middle frame, and where that was."""
    return seen_from_middle(channels[np.asarray(starts)[:, None] + np.arange(frames)])


def seen_from_middle(windows: NDArray) -> tuple[Array, Placing]:
    """(…, T, D, C) windows placed in the room, each seen from dancer 0 in its own middle frame, and where that was."""
    middle = windows[..., windows.shape[-3] // 2, 0, :]
    placing = Placing(middle[..., -4:-2].copy(), middle[..., -1].copy())
    result = np.array(windows, np.float64)
    result[..., -4:-2] = _flat(result[..., -4:-2] - placing.origin[..., None, None, :], -placing.heading[..., None, None])
    result[..., -1] -= placing.heading[..., None, None]
    return result, placing


def placed(windows: NDArray, placing: Placing) -> Array:
    """(…, T, D, C) windows seen from their middle frames, put into the room."""
    result = np.array(windows, np.float64)
    result[..., -4:-2] = _flat(result[..., -4:-2], placing.heading[..., None, None]) + placing.origin[..., None, None, :]
    result[..., -1] += placing.heading[..., None, None]
    return result


def danced(channels: NDArray, skeleton: Skeleton, lengths: NDArray) -> Array:
    """(…, T, J, 3) metres: the motion that channels (…, T, C) stand for on a body of bone *lengths* (J,). Directions need not be of unit length."""
    root = roots(skeleton)
    bones = [joint for joint in range(len(skeleton)) if joint != root]
    way = np.asarray(channels[..., :-4], np.float64).reshape(*channels.shape[:-1], len(bones), 3)
    way = _turned(unit(way), np.asarray(channels[..., -1], np.float64)[..., None])
    at = {joint: n for n, joint in enumerate(bones)}
    result = np.empty((*channels.shape[:-1], len(skeleton), 3))
    result[..., root, :] = channels[..., -4:-1]
    for joint in skeleton.order:
        if joint != root:
            result[..., joint, :] = result[..., skeleton.parents[joint], :] + lengths[joint] * way[..., at[joint], :]
    return result


def gradient_of_dance(channels: NDArray, places: NDArray, skeleton: Skeleton, lengths: NDArray) -> Array:
    """(…, T, C) the gradient by *channels* (…, T, C), from that by the *places* (…, T, J, 3) that `danced` makes of them."""
    root = roots(skeleton)
    bones = [joint for joint in range(len(skeleton)) if joint != root]
    carried = np.array(places, np.float64)
    for joint in reversed(skeleton.order):
        if joint != root:
            carried[..., skeleton.parents[joint], :] += carried[..., joint, :]
    own = np.asarray(channels[..., :-4], np.float64).reshape(*channels.shape[:-1], len(bones), 3)
    size = np.linalg.norm(own, axis=-1, keepdims=True)
    ways = unit(own)
    pull = lengths[bones][:, None] * _turned(carried[..., bones, :], -np.asarray(channels[..., -1], np.float64)[..., None])
    turn = (ways[..., 0] * pull[..., 1] - ways[..., 1] * pull[..., 0]).sum(axis=-1)
    pull = (pull - (pull * ways).sum(axis=-1, keepdims=True) * ways) / np.maximum(size, 1e-6)
    return np.concatenate([pull.reshape(*channels.shape[:-1], -1), carried[..., root, :], turn[..., None]], axis=-1)


def led_over_flips(channels: NDArray, rate: float) -> Array:
    """Channels (T, C) at *rate* frames a second without bones that jump to another direction, as what a network says does where it passes near none at all:
    such a bone is led over in an arc, quickest in the middle."""
    result = np.array(channels, np.float64)
    way = unit(result[:, :-4].reshape(len(result), -1, 3))
    turn = np.arccos(np.clip((way[1:] * way[:-1]).sum(axis=-1), -1, 1)) * rate
    around = max(2, round(AROUND_SECONDS * rate))
    for bone in np.flatnonzero((turn > FASTEST).any(axis=0)):
        fast = np.flatnonzero(turn[:, bone] > FASTEST)
        for group in np.split(fast, np.flatnonzero(np.diff(fast) > around) + 1):
            first, last = max(int(group[0]) - around, 0), min(int(group[-1]) + 1 + around, len(way) - 1)
            share = np.linspace(0, 1, last - first + 1)
            angle = np.arccos(np.clip(way[first, bone] @ way[last, bone], -1, 1))
            eased = share * share * (3 - 2 * share)
            arc = np.stack([np.sin((1 - eased) * angle), np.sin(eased * angle)], axis=-1) @ way[[first, last], bone]
            taken = np.clip(3 * np.minimum(share, 1 - share), 0, 1)[:, None]
            taken = taken * taken * (3 - 2 * taken)
            way[first : last + 1, bone] = unit((1 - taken) * way[first : last + 1, bone] + taken * unit(arc))
            result[first : last + 1, 3 * bone : 3 * bone + 3] = way[first : last + 1, bone]
    return result


def unit(way: Array) -> Array:
    """Directions (…, 3) of length 1; what has none points up."""
    size = np.linalg.norm(way, axis=-1, keepdims=True)
    return np.where(size > 1e-6, way / np.maximum(size, 1e-6), np.array([0.0, 0.0, 1.0]))


def mirrored(channels: NDArray, skeleton: Skeleton) -> Array:
    """Channels (…, T, C), seen from the middle, of the same phrase with left and right exchanged."""
    root = roots(skeleton)
    bones = [joint for joint in range(len(skeleton)) if joint != root]
    other = [bones.index(skeleton.mirrored[joint]) if skeleton.mirrored[joint] in bones else n for n, joint in enumerate(bones)]
    way = np.asarray(channels[..., :-4]).reshape(*channels.shape[:-1], len(bones), 3)[..., other, :] * np.array([1.0, -1.0, 1.0])
    travel = channels[..., -4:] * np.array([1.0, -1.0, 1.0, -1.0])
    return np.concatenate([way.reshape(*channels.shape[:-1], 3 * len(bones)), travel], axis=-1)


def resampled(channels: NDArray, frames: int, start: float, step: float) -> Array:
    """(*frames*, …) channels at the places *start*, *start* + *step* … (in frames) of (T, …), by cubic Hermite curves; beyond the ends the last stays."""
    at = np.clip(start + step * np.arange(frames), 0, len(channels) - 1)
    low = np.minimum(at.astype(int), max(len(channels) - 2, 0))
    share = (at - low).reshape(-1, *(1,) * (channels.ndim - 1))
    slope = np.gradient(channels, axis=0) if len(channels) > 1 else np.zeros_like(channels)
    high = np.minimum(low + 1, len(channels) - 1)
    a, b, c, d = channels[low], channels[high], slope[low], slope[high]
    s2, s3 = share * share, share**3
    return np.asarray((2 * s3 - 3 * s2 + 1) * a + (s3 - 2 * s2 + share) * c + (3 * s2 - 2 * s3) * b + (s3 - s2) * d, np.float64)


def _flat(vectors: Array, angle: Array) -> Array:
    """(…, 2) turned about the vertical by *angle* (…,)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * vectors[..., 0] - s * vectors[..., 1], s * vectors[..., 0] + c * vectors[..., 1]], axis=-1)


def _turned(vectors: Array, angle: Array) -> Array:
    """(…, 3) turned about the vertical by *angle* (…,)."""
    return np.concatenate([_flat(vectors[..., :2], angle), vectors[..., 2:]], axis=-1)
