"""Feet on the floor: a phrase is set down, feet that carry stay where they stand, none goes through the floor; every bone keeps its length.

Networks let feet slide and float by centimetres. What is found by speed and height to be a step that carries is pinned to one place, the leg follows by
two-bone inverse kinematics, and where a leg would have to be longer than it is the body comes down to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..planted import limbs
from ..posing import quaternions as q
from ..posing.pose import smoothed
from ..skeletons import Skeleton

Array = NDArray[np.float64]

AT_REST = {"ankle": 0.08, "heel": 0.03, "foot": 0.025, "big_toe": 0.02}
"""Metres over the floor of the places of a foot that stands on it."""
LOW, SLOW = 0.045, 0.35
"""A foot carries below this height over its rest, metres, and slower than this, metres a second."""
SHORTEST, JOINED = 0.10, 0.07
"""Seconds: shorter contacts are chance, shorter gaps within one are too."""
SLIDE = 0.09
"""Metres by which a foot may be pulled back to where it stood: one that travels further slides because it should."""
LIFT, GLIDING = 0.05, 0.5
"""Metres to which a foot is lifted that glides over the floor, in full where it is faster than `SLOW` by so much, metres a second."""
FADE = 0.24
"""Seconds in which a pinned foot is let go, or taken."""
SETTLE_SECONDS = 1.2
"""The phrase is set down by its lowest step within this time, so that a jump stays a jump."""
STRETCH = 0.995
"""A leg is at most this share of its length."""


@dataclass(frozen=True)
class Foot:
    """One foot: chain hip, knee, ankle; the joint that is pinned; all joints from the ankle down, and how high they are at rest."""

    chain: tuple[int, ...]
    pin: int
    points: tuple[int, ...]
    rest: Array


@dataclass(frozen=True)
class Repair:
    """What was done: metres by which the phrase was set down at most, share of frames in which a foot was pinned, and the largest move of a foot."""

    set_down: float
    pinned: float
    largest: float


def feet(skeleton: Skeleton) -> list[Foot]:
    """The feet that *skeleton* has."""
    found = []
    for side in ("left", "right"):
        ankle = skeleton.index(f"{side}_ankle")
        if ankle is None:
            continue
        chain = [ankle]
        while len(chain) < 3 and skeleton.parents[chain[0]] >= 0:
            chain.insert(0, skeleton.parents[chain[0]])
        if len(chain) < 3:
            continue
        points = limbs.below(skeleton, ankle)
        places = [skeleton.landmarks[p].partition("_")[2] for p in points]
        ball = [p for p, place in zip(points, places, strict=True) if place in ("foot", "big_toe")]
        found.append(Foot(tuple(chain), ball[0] if ball else ankle, points, np.array([AT_REST.get(place, 0.02) for place in places])))
    return found


def grounded(positions: NDArray, skeleton: Skeleton, fps: float, free: NDArray[np.bool_] | None = None) -> tuple[Array, Repair]:
    """One dancer's (T, J, 3), metres, without sliding, floating or sunken feet, and what that took.

    Args:
        free: (T, 2) where the left, the right foot is not pinned whatever it does.
    """
    x = np.array(positions, np.float64)
    both = feet(skeleton)
    if not both:
        return x, Repair(0.0, 0.0, 0.0)
    clearance = np.stack([(x[:, foot.points, 2] - foot.rest).min(axis=1) for foot in both], axis=1)
    down = low_envelope(clearance.min(axis=1), round(SETTLE_SECONDS * fps))
    x[..., 2] -= down[:, None]
    clearance -= down[:, None]
    moves, pinned = [], []
    for number, (foot, clear) in enumerate(zip(both, clearance.T, strict=True)):
        loose = free[:, number] if free is not None and len(both) == 2 else np.zeros(len(x), bool)
        move, held = _pins(x, foot, np.where(loose, np.inf, clear), clear, fps)
        # A foot that is low but too fast to carry is lifted: a slide becomes a step. So is what is still under the floor.
        move[:, 2] += _steps(x, foot, clear + move[:, 2], held, fps)
        over = clear + move[:, 2]
        sunken = -low_envelope(np.minimum(over, 0.0), max(3, round(0.1 * fps)))
        move[:, 2] += np.maximum(sunken, np.maximum(-over, 0.0))
        moves.append(move)
        pinned.append(held)
    goals = [x[:, foot.chain[-1]] + move for foot, move in zip(both, moves, strict=True)]
    x[..., 2] -= _lowering(x, both, goals, fps)[:, None]
    for foot, goal in zip(both, goals, strict=True):
        limbs.place_limb(x, skeleton, foot.chain, two_bones(x[:, foot.chain], goal, _ahead(x, skeleton, foot)))
    largest = max(float(np.linalg.norm(move, axis=-1).max()) for move in moves)
    return x, Repair(float(np.abs(down).max()), float(np.any(pinned, axis=0).mean()), largest)


def contacts(positions: NDArray, foot: Foot, clearance: NDArray, fps: float) -> list[tuple[int, int]]:
    """Frames, end excluded, in which *foot* of (T, J, 3) carries."""
    speed = np.linalg.norm(np.gradient(positions[:, foot.pin], 1 / fps, axis=0), axis=-1) if len(positions) > 1 else np.zeros(1)
    speed = smoothed(speed, 0.02 * fps)
    return _spans((clearance < LOW) & (speed < SLOW), max(1, round(JOINED * fps)), max(2, round(SHORTEST * fps)))


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


def _pins(x: Array, foot: Foot, judged: NDArray, clearance: NDArray, fps: float) -> tuple[Array, NDArray[np.bool_]]:
    """(T, 3) how the foot is to be moved so that it stands still while it carries, by the height *judged*, and (T,) when that is."""
    frames = len(x)
    wanted = np.zeros((frames, 3))
    weight = np.zeros(frames)
    held = np.zeros(frames, bool)
    fade = max(1, round(FADE * fps))
    spans = [part for span in contacts(x, foot, judged, fps) for part in _standing(x[:, foot.pin], *span, fade)]
    for number, (start, end) in enumerate(spans):
        place = np.median(x[start:end, foot.pin], axis=0)
        move = place - x[:, foot.pin]
        # The lowest point of the foot stands on the floor.
        move[:, 2] = -clearance
        before = spans[number - 1][1] if number else -fade
        after = spans[number + 1][0] if number + 1 < len(spans) else frames + fade
        rise, fall = min(fade, max(1, start - before)), min(fade, max(1, after - end))
        at = np.arange(frames)
        share = np.minimum(np.clip((at - start + rise) / rise, 0, 1), np.clip((end - 1 + fall - at) / fall, 0, 1))
        share = share * share * (3 - 2 * share)
        inside = np.clip(at, start, end - 1)
        wanted += share[:, None] * move[inside]
        weight += share
        held[start:end] = True
    return wanted / np.maximum(weight, 1.0)[:, None], held


def _steps(x: Array, foot: Foot, clearance: NDArray, held: NDArray[np.bool_], fps: float) -> Array:
    """(T,) metres by which the foot is to be lifted where it glides."""
    speed = smoothed(np.linalg.norm(np.gradient(x[:, foot.pin, :2], 1 / fps, axis=0), axis=-1), 0.03 * fps)
    asked = LIFT * np.clip((speed - SLOW) / GLIDING, 0.0, 1.0)
    asked[held] = 0.0
    need = np.maximum(asked - np.maximum(clearance, 0.0), 0.0)
    # Smooth, and nothing while the foot carries.
    return np.asarray(np.minimum(smoothed(need, 0.04 * fps), np.where(held, 0.0, np.inf)), np.float64)


def _standing(place: NDArray, start: int, end: int, fade: int) -> list[tuple[int, int]]:
    """The contact in parts within which the foot stays within `SLIDE` of its place, *fade* frames between them."""
    parts, begin = [], start
    for t in range(start + 1, end):
        if np.linalg.norm(place[t, :2] - place[begin, :2]) > SLIDE:
            if t - fade - begin >= 2:
                parts.append((begin, t - fade))
            begin = t
    return [*parts, (begin, end)] if end - begin >= 2 else parts


def _spans(on: NDArray[np.bool_], joined: int, shortest: int) -> list[tuple[int, int]]:
    """(start, end) of the runs of *on*, gaps up to *joined* closed, those shorter than *shortest* dropped."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if runs and start - runs[-1][1] <= joined:
            runs[-1] = (runs[-1][0], int(end))
        else:
            runs.append((int(start), int(end)))
    return [(start, end) for start, end in runs if end - start >= shortest]


def _lowering(x: Array, both: list[Foot], goals: list[Array], fps: float) -> Array:
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
