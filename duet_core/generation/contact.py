"""Feet on the floor: a phrase is set down, feet that carry stay where they stand, none goes through the floor; every bone keeps its length.

Networks let feet slide and float by centimetres, for the most part because the body's way over the floor and its steps do not agree: both feet are taken
along. So the body is first moved, smoothly, such that the feet that carry (`stance`) stay on average; what is left is taken out foot by foot: each is
pinned to one place while it carries, is led over from there to its next place and lifted on the way, and the leg follows by two-bone inverse kinematics.
Where a leg would have to be longer than it is the body comes down to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..planted import limbs
from ..posing import quaternions as q
from ..posing.pose import smoothed
from ..skeletons import Skeleton
from .stance import Foot, carrying, clearance, feet, runs

Array = NDArray[np.float64]

FOLLOW, SINK = 0.10, 0.08
"""Seconds: standard deviations of the blurs with which the body follows the feet that carry, over the floor and down to it."""
STANDS = 0.05
"""Metres a second: a foot that carries and is slower than this stands."""
LEAVE = 0.15
"""Seconds in which a jump leaves the floor, or lands."""
RETURN_SECONDS = 2.0
"""Standard deviation of the blur over time that says where the body would have been without: what drifts more slowly is taken back."""
SLIDE = 0.12
"""Metres by which a foot may be pulled back to where it stood: one that travels further makes a step in between."""
LIFT, ARC = 0.05, 0.40
"""Metres to which a foot is lifted that steps, and at most this share of its way."""
FADE = 0.24
"""Seconds in which a foot steps where nothing else tells; half of those in which it is let go, or taken, before and after long times in the air."""
SETTLE_SECONDS = 1.2
"""The phrase is set down by its lowest step within this time, so that a jump stays a jump."""
SWIVEL_SECONDS = 0.05
"""Standard deviation of the blur of the turn of a knee about its leg."""
STRETCH = 0.995
"""A leg is at most this share of its length."""


@dataclass(frozen=True)
class Repair:
    """What was done: metres by which the body was moved at most, share of frames in which a foot carries, and the largest move of a foot against it."""

    body: float
    carried: float
    largest: float


def grounded(
    positions: NDArray, skeleton: Skeleton, fps: float, free: NDArray[np.bool_] | None = None, returns: float = RETURN_SECONDS
) -> tuple[Array, Repair]:
    """One dancer's (T, J, 3), metres, without sliding, floating or sunken feet, and what that took.

    Args:
        free: (T, F) where one of the F feet (`stance.feet`) is not pinned whatever it does.
        returns: seconds in which the body, moved so that the feet that carry stay, is back on its own way over the floor; inf: it goes another way; 0: it is
            not moved.
    """
    x = np.array(positions, np.float64)
    both = feet(skeleton)
    if not both or len(x) < 2:
        return x, Repair(0.0, 0.0, 0.0)
    own = x[:, skeleton.order[0]].copy()
    x[..., 2] -= low_envelope(clearance(x, both).min(axis=1), round(SETTLE_SECONDS * fps))[:, None]
    carries = carrying(x, both, fps, free)
    x[..., :2] += _followed(x, both, carries, fps, returns)[:, None]
    x[..., 2] -= _height(clearance(x, both), carries, fps)[:, None]
    moved = float(np.linalg.norm(x[:, skeleton.order[0]] - own, axis=-1).max())
    moves = []
    for foot, clear, on in zip(both, clearance(x, both).T, carries.T, strict=True):
        move, held = _pins(x[:, foot.pin], on, clear, fps)
        move[:, 2] += _lift(x[:, foot.pin] + move, clear + move[:, 2], held, fps)
        over = clear + move[:, 2]
        sunken = -low_envelope(np.minimum(over, 0.0), max(3, round(0.1 * fps)))
        move[:, 2] += np.maximum(sunken, np.maximum(-over, 0.0))
        moves.append(move)
    goals = [x[:, foot.chain[-1]] + move for foot, move in zip(both, moves, strict=True)]
    x[..., 2] -= lowering(x, both, goals, fps)[:, None]
    for foot, goal in zip(both, goals, strict=True):
        limbs.place_limb(x, skeleton, foot.chain, two_bones(x[:, foot.chain], goal, _ahead(x, skeleton, foot), swivel=SWIVEL_SECONDS * fps))
    largest = max(float(np.linalg.norm(move, axis=-1).max()) for move in moves)
    return x, Repair(moved, float(carries.any(axis=1).mean()), largest)


def two_bones(points: NDArray, goal: NDArray, ahead: NDArray | None = None, soft: float = 0.0, swivel: float = 0.0) -> Array:
    """(T, 3, 3) hip, knee and ankle (or shoulder, elbow, wrist): the first where it is in *points* (T, 3, 3), the last at *goal* (T, 3) or as near as the
    bones reach, the joint between on the side where it was when the limb is swung the shortest way.

    Args:
        ahead: (T, 3) where the middle joint points when the limb is so straight that nothing else tells.
        soft: the last share of the limb's length, which it is stretched to ever more slowly; 0: goals within reach are reached exactly.
        swivel: frames (standard deviation) over which the turn of the limb about the line from its first to its last joint is smoothed.
    """
    first, middle, last = (np.asarray(points[:, k], np.float64) for k in range(3))
    upper, lower = (np.linalg.norm(b - a, axis=-1) for a, b in ((first, middle), (middle, last)))
    whole = upper + lower
    way, before = goal - first, last - first
    size = np.maximum(np.linalg.norm(way, axis=-1), 1e-9)
    line, was = way / size[:, None], before / np.maximum(np.linalg.norm(before, axis=-1, keepdims=True), 1e-9)
    if soft:
        begin, rest = (1 - soft) * whole, soft * whole
        size = np.where(size > begin, begin + rest * (1 - np.exp(-(size - begin) / rest)), size)
        near = np.abs(upper - lower) + 0.3 * np.minimum(upper, lower)
        size = near + (size - near) * 0.5 + np.sqrt(((size - near) * 0.5) ** 2 + (0.05 * whole) ** 2)
    apart = np.clip(size, np.abs(upper - lower) + 1e-6, whole * (1 - 1e-6))
    bent = middle - first + (0.0 if ahead is None else 0.05 * np.asarray(ahead))
    swing = q.between(np.ascontiguousarray(was.T), np.ascontiguousarray(line.T))
    bent = q.rotate(swing, np.ascontiguousarray(bent.T)).T
    bent -= line * (bent * line).sum(axis=-1, keepdims=True)
    if swivel:
        bent = _swivelled(line, bent, swivel)
    bent /= np.maximum(np.linalg.norm(bent, axis=-1, keepdims=True), 1e-9)
    along = (upper**2 - lower**2 + apart**2) / (2 * apart)
    across = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    return np.stack([first, first + along[:, None] * line + across[:, None] * bent, first + apart[:, None] * line], axis=1)


def as_long(own: Array, points: Array) -> Array:
    """*points* (T, 3, 3) of a chain, its bones as long as those of *own*."""
    lengths = np.linalg.norm(np.diff(own, axis=1), axis=-1, keepdims=True)
    result = points.copy()
    for k in (1, 2):
        result[:, k] = result[:, k - 1] + lengths[:, k - 1] * unit(points[:, k] - result[:, k - 1])
    return result


def unit(way: Array) -> Array:
    """*way* (…, 3) of length 1."""
    return np.asarray(way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9), np.float64)


def _swivelled(line: Array, bent: Array, frames: float) -> Array:
    """*bent* (T, 3), perpendicular to *line* (T, 3), turning about it no faster than a blur over *frames* lets it.

    Angles are counted from a direction that is carried along with the line and never turns about it; where the limb is straight they count for little.
    """
    start = np.cross(line[0], [0.0, 0.0, 1.0]) if abs(line[0, 2]) < 0.9 else np.cross(line[0], [1.0, 0.0, 0.0])
    carried = q.carried(np.ascontiguousarray(line.T))
    one = q.rotate(carried, np.repeat((start / np.linalg.norm(start))[:, None], len(line), axis=1)).T
    one -= line * (one * line).sum(axis=-1, keepdims=True)
    one /= np.maximum(np.linalg.norm(one, axis=-1, keepdims=True), 1e-9)
    other = np.cross(line, one)
    z = smoothed((bent * one).sum(axis=-1) + 1j * (bent * other).sum(axis=-1), frames)
    angle = smoothed(np.unwrap(np.angle(z)), frames)
    return np.asarray(np.cos(angle)[:, None] * one + np.sin(angle)[:, None] * other, np.float64)


def low_envelope(values: NDArray, frames: int) -> Array:
    """(T,) a smooth curve at or below *values*: their least within ± *frames*/2, averaged over as many."""
    half = max(1, min(frames // 2, len(values)))
    padded = np.pad(values, 2 * half, mode="edge")
    least = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).min(axis=-1)
    kernel = np.hanning(2 * half + 3)[1:-1]
    return np.asarray(np.convolve(least, kernel / kernel.sum(), mode="valid"), np.float64)


def _followed(x: Array, both: list[Foot], carries: NDArray[np.bool_], fps: float, returns: float) -> Array:
    """(T, 2) metres by which the body is to be moved over the floor so that, on average, the feet that carry stay."""
    if returns <= 0:
        return np.zeros((len(x), 2))
    step = np.stack([np.diff(x[:, foot.pin, :2], axis=0) for foot in both], axis=1)
    # Of two that carry the slower one counts: the other may be on its way already.
    sure = (carries[1:] & carries[:-1]) / (np.square(step * fps / STANDS).sum(axis=-1) + 1.0)
    sure /= np.maximum(sure.sum(axis=1, keepdims=True), 1e-9)
    many = smoothed(sure.sum(axis=1), FOLLOW * fps)
    slip = smoothed((sure[..., None] * step).sum(axis=1).T, FOLLOW * fps).T
    way = np.concatenate([np.zeros((1, 2)), np.cumsum(-slip / np.maximum(many, 0.5)[:, None], axis=0)])
    return way if np.isinf(returns) else np.asarray(way - smoothed(way.T, returns * fps).T, np.float64)


def _height(clear: Array, carries: NDArray[np.bool_], fps: float) -> Array:
    """(T,) metres over the floor of the lower one of the feet that carry; in the air, and as long as it is left and reached, between before and after."""
    lower = np.where(carries, clear, np.inf).min(axis=1)
    air = (
        np.convolve(np.pad(~carries.any(axis=1), round(LEAVE * fps), mode="edge"), np.ones(2 * round(LEAVE * fps) + 1), mode="valid") > 0.5
    )
    known = np.flatnonzero(~air)
    if not len(known):
        return np.zeros(len(clear))
    return np.asarray(smoothed(np.interp(np.arange(len(clear)), known, lower[known]), SINK * fps), np.float64)


def _pins(place: Array, on: NDArray[np.bool_], clear: Array, fps: float) -> tuple[Array, NDArray[np.bool_]]:
    """(T, 3) how a foot at *place* (T, 3) is to be moved so that it stands while it carries (*on*) and is led over to its next place in between; and (T,)
    when it stands."""
    frames, fade = len(place), max(2, round(FADE * fps))
    move, held = np.zeros((frames, 3)), np.zeros(frames, bool)
    spans = [part for start, end in runs(on) for part in _standing(place, start, end, fade)]
    for start, end in spans:
        move[start:end] = np.median(place[start:end], axis=0) - place[start:end]
        move[start:end, 2] = -clear[start:end]
        held[start:end] = True
    long = 2 * fade
    for left, right in zip([None, *(end - 1 for _, end in spans)], [*(start for start, _ in spans), None], strict=True):
        if left is not None and right is not None and right - left <= 2 * long:
            _lead(move, left, right, move[left], move[right])
            continue
        if left is not None:
            _lead(move, left, min(left + long, frames), move[left], np.zeros(3))
        if right is not None:
            _lead(move, max(right - long, -1), right, np.zeros(3), move[right])
    return move, held


def _lead(move: Array, left: int, right: int, begin: Array, end: Array) -> None:
    """Fill *move* (T, 3) between the frames *left* and *right* from *begin* to *end* with the velocities that there are outside (cubic Hermite)."""
    size = right - left
    at = np.arange(left + 1, right)
    before = begin - move[left - 1] if left > 0 and begin.any() else np.zeros(3)
    after = move[right + 1] - end if right + 1 < len(move) and end.any() else np.zeros(3)
    # No further than a foot may be pulled: velocities of a moment are no plans.
    before, after = (v * min(1.0, SLIDE / max(size * float(np.linalg.norm(v)), 1e-9)) for v in (before, after))
    s = ((at - left) / size)[:, None]
    ends = (2 * s**3 - 3 * s**2 + 1) * begin + (3 * s**2 - 2 * s**3) * end
    move[at] = ends + size * ((s**3 - 2 * s**2 + s) * before + (s**3 - s**2) * after)


def _lift(place: Array, clear: Array, held: NDArray[np.bool_], fps: float) -> Array:
    """(T,) metres by which a foot at *place* (T, 3), that high over the floor, is to be lifted where it steps: in an arc, the higher the further it goes."""
    lift = np.zeros(len(place))
    for start, end in runs(~held):
        first, last = max(start - 1, 0), min(end, len(place) - 1)
        way = float(np.linalg.norm(np.diff(place[first : last + 1, :2], axis=0), axis=-1).sum())
        arc = np.sin(np.pi * (np.arange(start, end) - start + 1) / (end - start + 1)) ** 2
        # At the ends of the phrase a foot may be in the air.
        arc[: (end - start) // 2] = np.maximum(arc[: (end - start) // 2], float(start == 0))
        arc[(end - start) // 2 :] = np.maximum(arc[(end - start) // 2 :], float(end == len(place)))
        lift[start:end] = np.maximum(min(LIFT, ARC * way) * np.minimum(1.0, 1.6 * arc) - np.maximum(clear[start:end], 0.0), 0.0)
    return np.where(held, 0.0, smoothed(lift, 0.03 * fps))


def _standing(place: Array, start: int, end: int, fade: int) -> list[tuple[int, int]]:
    """The contact in parts within which the foot stays within `SLIDE` of its place, *fade* frames between them."""
    parts, begin = [], start
    for t in range(start + 1, end):
        if np.linalg.norm(place[t, :2] - place[begin, :2]) > SLIDE:
            if t - fade - begin >= 2:
                parts.append((begin, t - fade))
            begin = t
    return [*parts, (begin, end)] if end - begin >= 2 else parts


def lowering(x: Array, both: list[Foot], goals: list[Array], fps: float) -> Array:
    """(T,) metres by which the body must come down so that both legs reach their *goals*."""
    need = np.zeros(len(x))
    for foot, goal in zip(both, goals, strict=True):
        hip, knee, ankle = (x[:, k] for k in foot.chain)
        longest = STRETCH * (np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1))
        way = goal - hip
        flat = np.minimum(np.linalg.norm(way[:, :2], axis=-1), longest)
        need = np.maximum(need, -way[:, 2] - np.sqrt(longest**2 - flat**2))
    need = np.minimum(need, 0.25)
    return np.maximum(-low_envelope(-np.maximum(need, 0.0), max(3, round(0.3 * fps))), 0.0)


def _ahead(x: Array, skeleton: Skeleton, foot: Foot) -> Array:
    """(T, 3) where the knee points by the foot, or by the hips where there is no foot."""
    if foot.pin != foot.chain[-1]:
        return x[:, foot.pin] - x[:, foot.chain[-1]]
    left, right = skeleton.index("left_hip"), skeleton.index("right_hip")
    if left is None or right is None:
        return np.zeros((len(x), 3))
    across = x[:, left] - x[:, right]
    return np.stack([across[:, 1], -across[:, 0], np.zeros(len(x))], axis=-1)
