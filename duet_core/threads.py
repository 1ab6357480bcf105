"""Which connections a scene stores and how they are packed into its table: what stands between `Connections` and what is drawn.

A scene cannot hold every candidate at every frame (an hour of 1,682 would be 700 MB). It holds those that are ever worth drawing, at the
windows' spacing, and interpolates. `confidence_at` says what must be drawn at a frame; the scene's nodes do the same arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .connections import Connections, candidates
from .errors import InputError

FLOOR = 0.1
"""A connection that never exceeds this confidence is not stored, so no threshold below it can show it."""

MOST = 4000
"""At most so many connections are stored, the strongest of each direction."""

PER_ROW = 3
"""Windows that share one point of the packed table: one for each axis of the point's position."""

TYPES = ("faint", "clear", "core")
"""The types that a scene tells apart, for its filters. Those of a method that knows more or fewer are spread over them, so that its strongest is core."""

GOLDEN = (5.0**0.5 - 1) / 2
"""Successive multiples of it spread evenly over 0..1."""

NO_LAG = 127
"""The packed lag, in frames, of a connection without one."""


@dataclass(frozen=True)
class Threads:
    """The connections that a scene stores, on evenly spaced window centres.

    Attributes:
        edge: (E,) int64, which candidates (order of `candidates`) are stored, ascending.
        from_dancer, from_joint, to_dancer, to_joint: (E,) int64.
        first, spacing: the clip frame of the first centre, and frames between centres.
        confidence: (W, E) float32.
        kind: (W, E) int8, index into `KINDS`.
        lag: (W, E) float32, seconds; NaN where undefined.
        type: (W, E) int8, index into `TYPES`: what a connection is if it is one.
        fps: of the clip.
    """

    edge: NDArray[np.int64]
    from_dancer: NDArray[np.int64]
    from_joint: NDArray[np.int64]
    to_dancer: NDArray[np.int64]
    to_joint: NDArray[np.int64]
    first: float
    spacing: float
    confidence: NDArray[np.float32]
    kind: NDArray[np.int8]
    lag: NDArray[np.float32]
    type: NDArray[np.int8]
    fps: float

    @property
    def edges(self) -> int:
        return len(self.edge)

    @property
    def windows(self) -> int:
        return int(self.confidence.shape[0])


def stored_threads(connections: Connections, *, floor: float = FLOOR, most: int = MOST) -> Threads:
    """The connections of *connections* worth storing: those that ever exceed *floor*, at most *most*, the strongest of each direction first.

    Neither direction takes the other's share: each may fill half of *most*, and what one leaves the other may have.
    """
    confidence = np.nan_to_num(connections.confidence, nan=0.0)
    peak = confidence.max(axis=0, initial=0.0) if connections.windows else np.zeros(connections.edges, np.float32)
    worth = np.flatnonzero(peak > floor)
    if len(worth) > most:
        half = connections.edges // 2
        ranked = worth[np.argsort(-peak[worth], kind="stable")]
        forth, back = ranked[ranked < half], ranked[ranked >= half]
        share = max(most - len(back), most // 2)
        kept_forth = forth[:share]
        worth = np.sort(np.concatenate([kept_forth, back[: most - len(kept_forth)]]))
    first, spacing, rows, mix = _even(connections.centres)
    nearest = np.where(mix < 0.5, rows, np.minimum(rows + 1, max(connections.windows - 1, 0)))
    after = np.minimum(rows + 1, max(connections.windows - 1, 0))
    table = confidence[:, worth]
    from_dancer, from_joint, to_dancer, to_joint = candidates(len(connections.joints))
    return Threads(
        edge=worth,
        from_dancer=from_dancer[worth].astype(np.int64),
        from_joint=from_joint[worth],
        to_dancer=to_dancer[worth].astype(np.int64),
        to_joint=to_joint[worth],
        first=first,
        spacing=spacing,
        confidence=((1 - mix[:, None]) * table[rows] + mix[:, None] * table[after]).astype(np.float32),
        kind=connections.kind[:, worth][nearest],
        lag=connections.lag[:, worth][nearest],
        type=_types(connections, worth)[nearest],
        fps=connections.fps,
    )


def _types(connections: Connections, edges: NDArray[np.int64]) -> NDArray[np.int8]:
    """(W, E) the likeliest type of the candidates *edges*, ``none`` left out, as an index into `TYPES`."""
    known = len(connections.types) - 1
    if known < 1:
        return np.full((connections.windows, len(edges)), len(TYPES) - 1, np.int8)
    below = known - 1 - connections.type_probability[:, edges, 1:].argmax(axis=-1)
    return (len(TYPES) - 1 - below * len(TYPES) // known).astype(np.int8)


def _even(centres: NDArray[np.float64]) -> tuple[float, float, NDArray[np.int64], NDArray[np.float64]]:
    """Evenly spaced centres that lose nothing of *centres* (W,), and how to read their values from the given ones.

    Returns:
        first, spacing (frames), and for each even centre the given window before it (int) and how far towards the next it lies (0..1).

    Centres that are uneven (a last window moved back to the end, say) are cut to their greatest common spacing, so that interpolating
    between the even ones equals interpolating between the given ones. If that made more than four times as many, the spacing is as coarse
    as four times allows and the values between are approximate.
    """
    if len(centres) < 2:
        return (float(centres[0]) if len(centres) else 0.0), 1.0, np.zeros(len(centres), np.int64), np.zeros(len(centres))
    doubled = np.diff(np.round(2 * centres).astype(np.int64))  # centres lie on whole or half frames
    if (doubled <= 0).any():
        raise InputError(
            "the windows are not in the order of time", place="window_start", remedy="make the connections again with infer.py"
        )
    spacing = float(np.gcd.reduce(doubled)) / 2
    span = float(centres[-1] - centres[0])
    spacing = max(spacing, span / (4 * len(centres)))
    even = centres[0] + spacing * np.arange(round(span / spacing) + 1)
    rows = np.clip(np.searchsorted(centres, even + 1e-9, side="right") - 1, 0, len(centres) - 2)
    mix = np.clip((even - centres[rows]) / (centres[rows + 1] - centres[rows]), 0.0, 1.0)
    return float(centres[0]), spacing, rows, mix


def confidence_at(threads: Threads, frame: float) -> NDArray[np.float64]:
    """(E,) confidence at the clip's *frame*: linear between window centres, constant before the first and after the last."""
    if not threads.windows:
        return np.zeros(threads.edges)
    place = np.clip((frame - threads.first) / threads.spacing, 0, threads.windows - 1)
    before = int(np.floor(place))
    after = min(before + 1, threads.windows - 1)
    mix = place - before
    return (1 - mix) * threads.confidence[before].astype(np.float64) + mix * threads.confidence[after]


def packed(threads: Threads) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int8]]:
    """The table as the scene stores it, `PER_ROW` windows to a point.

    Returns:
        confidences (R·E, 3) float32: point r·E + e has windows 3r, 3r+1, 3r+2 of stored connection e (the last window repeats to fill up);
        tags (R·E,) int32: ten bits for each of those windows, the first lowest: kind + 8 · lag in frames (`NO_LAG` where undefined);
        types (R·E,) int8: two bits for each of those windows, the first lowest: index into `TYPES`.
    """
    windows, edges = threads.confidence.shape
    if not windows or not edges:
        return np.zeros((0, PER_ROW), np.float32), np.zeros(0, np.int32), np.zeros(0, np.int8)
    rows = -(-windows // PER_ROW)
    filled = np.minimum(np.arange(rows * PER_ROW), windows - 1)
    confidence = threads.confidence[filled].reshape(rows, PER_ROW, edges).transpose(0, 2, 1)
    lag = np.rint(np.nan_to_num(threads.lag[filled] * threads.fps, nan=NO_LAG)).clip(0, NO_LAG).astype(np.int32)
    tag = (threads.kind[filled].astype(np.int32) + 8 * lag).reshape(rows, PER_ROW, edges)
    tags = tag[:, 0] + 1024 * tag[:, 1] + 1024 * 1024 * tag[:, 2]
    types = (threads.type[filled].reshape(rows, PER_ROW, edges) << 2 * np.arange(PER_ROW, dtype=np.int8)[:, None]).sum(axis=1)
    return (
        np.ascontiguousarray(confidence.reshape(-1, PER_ROW)),
        np.ascontiguousarray(tags.reshape(-1), dtype=np.int32),
        np.ascontiguousarray(types.reshape(-1), dtype=np.int8),
    )


def unpacked(
    confidences: NDArray[np.float32], tags: NDArray[np.int32], types: NDArray[np.int8], windows: int, edges: int, fps: float
) -> tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.float32], NDArray[np.int8]]:
    """Confidence, kind, lag (seconds, to a frame) and type, each (W, E), from what `packed` returned."""
    rows = -(-windows // PER_ROW)
    confidence = confidences.reshape(rows, edges, PER_ROW).transpose(0, 2, 1).reshape(rows * PER_ROW, edges)[:windows]

    def windowed(values: NDArray[np.integer], bits: int) -> NDArray[np.integer]:
        each = np.stack([(values >> (bits * slot)) & (2**bits - 1) for slot in range(PER_ROW)], axis=-1)
        return each.reshape(rows, edges, PER_ROW).transpose(0, 2, 1).reshape(rows * PER_ROW, edges)[:windows]

    tag = windowed(tags, 10)
    frames = tag // 8
    lag = np.where(frames == NO_LAG, np.nan, frames / fps).astype(np.float32)
    return confidence.astype(np.float32), (tag % 8).astype(np.int8), lag, windowed(types, 2).astype(np.int8)


def fan(threads: Threads) -> NDArray[np.float32]:
    """How each thread bows: (E, 3) float32, its share upwards, its share sideways (a unit vector), and a factor on how far.

    The sideways share is to the left of the way from source to target, so the two directions between a pair of joints part like two
    lanes of a road. The rest is spread evenly by the connection's own number: the same connection always bows the same way.
    """
    if not threads.edges:
        return np.zeros((0, 3), np.float32)
    spread = ((threads.edge + 1) * GOLDEN) % 1.0
    angle = np.radians(-15 + 90 * spread)
    far = 0.65 + 0.7 * ((threads.edge * GOLDEN * GOLDEN * 7 + 0.3) % 1.0)
    return np.stack([np.cos(angle), np.sin(angle), far], axis=-1).astype(np.float32)
