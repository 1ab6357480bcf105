"""Curves in cubic pieces that have a given value on each frame: a third of the keys, or fewer.

A cubic is fixed by four values. A piece from one key to the third frame after it therefore passes through the two frames between as well: its two handles
say how. Where motion is smooth, one cubic passes six, nine or twelve frames as closely as anybody could ask. Handles stand a third of the piece from either
end, where a Bézier curve's time runs evenly; those are whole frames, so that Blender's numbers for them are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

PIECE = 3
"""Frames from a key to the next at least."""

LONGER = (2 * PIECE, 3 * PIECE, 4 * PIECE)
"""Frames of the pieces taken where they are close."""

CLOSE = 1e-5
"""How far off the values between may be in a longer piece: a hundredth of a millimetre, or of a quaternion 0.001 degrees. What is read back from bones then
has the connections of what was imported; with 2e-4, a fifth fewer keys for a minute of trembling bones, three in a hundred of them come or go."""

_EVENLY = 1e-5
"""Of a piece's length, within which handles stand a third of it from its ends."""


class Keys(NamedTuple):
    """Keys of one curve, in order of time.

    Attributes:
        at: (n,) frames.
        values: (n,).
        left, right: (n, 2) frames and values of the handles before and after each key.
        cubic: (n,) bool; whether the piece after the key is cubic, else it is a straight line.
    """

    at: NDArray[np.float64]
    values: NDArray[np.float64]
    left: NDArray[np.float64]
    right: NDArray[np.float64]
    cubic: NDArray[np.bool_]


def through(first: int, curves: ArrayLike) -> list[Keys]:
    """Few keys with which curves have the values *curves* (K, T) on the frames from *first* on, within `CLOSE`; one or two frames at the end are keys
    themselves, and one that never changes has one key."""
    curves = np.asarray(curves, np.float64)
    moving = (curves != curves[:, :1]).any(axis=1)
    fitted = iter(_fitted_keys(first, curves[moving]))
    return [next(fitted) if moves else _one_key(first, curve[0]) for moves, curve in zip(moving, curves, strict=True)]


def _one_key(first: int, value: float) -> Keys:
    handles = np.array([[[first - 1.0, value]], [[first + 1.0, value]]])
    return Keys(np.array([float(first)]), np.array([value]), handles[0], handles[1], np.array([False]))


def _fitted_keys(first: int, curves: NDArray) -> list[Keys]:
    """The same for curves that all change."""
    frames = curves.shape[1]
    end = (frames - 1) // PIECE * PIECE
    kept, handles = _pieces(curves, end)
    keyed = np.ones(curves.shape, bool)
    keyed[:, :end] = False
    keyed[:, :end:PIECE] = kept
    places = np.flatnonzero(keyed)
    frame, values = places % frames, curves.ravel()[places]
    at = first + frame.astype(np.float64)
    cubic = frame < end
    begun = np.flatnonzero(cubic)
    third = (at[begun + 1] - at[begun]) / 3
    left, right = np.column_stack([at - 1, values]), np.column_stack([at + 1, values])
    right[begun] = np.column_stack([at[begun] + third, handles[0]])
    left[begun + 1] = np.column_stack([at[begun + 1] - third, handles[1]])
    ends = np.cumsum(keyed.sum(axis=1))
    spans = (slice(stop - size, stop) for stop, size in zip(ends, np.diff(ends, prepend=0), strict=True))
    return [Keys(at[span], values[span], left[span], right[span], cubic[span]) for span in spans]


def _pieces(curves: NDArray, end: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """(K, end / `PIECE`) where the pieces begin that cover the frames from 0 to *end*, a multiple of `PIECE`, and (2, n) the values of the two handles of each."""
    count, frames = curves.shape
    if not end:
        return np.empty((count, 0), bool), np.empty((2, 0))
    values = curves.ravel()
    room = np.tile(np.arange(end, 0, -PIECE), count)  # frames that are left from where a piece begins
    starting = (np.arange(count)[:, None] * frames + np.arange(0, end, PIECE)).ravel()
    lengths, kept = np.full(len(starting), PIECE), np.ones(len(starting), bool)
    handles, _ = _fitted(values, starting, PIECE)
    near = np.arange(len(starting))
    for length in LONGER:  # only where one that is not as long is close already: that is seldom where motion trembles
        near = near[room[near] >= length]
        fitted, off = _fitted(values, starting[near], length)
        close = off <= CLOSE
        near = near[close]
        lengths[near], handles[:, near] = length, fitted[:, close]
    chosen, covered = [], 0
    longer = np.flatnonzero(lengths > PIECE)
    for piece, behind in zip(longer.tolist(), (longer + lengths[longer] // PIECE).tolist(), strict=True):
        if piece >= covered:
            covered = behind
            chosen.append(piece)
    begins = np.array(chosen, np.intp)
    for length in LONGER:
        begins = begins[lengths[begins] >= length]
        kept[begins + length // PIECE - 1] = False
    return kept.reshape(count, end // PIECE), handles[:, kept]


def _fitted(values: NDArray, starting: NDArray, length: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(2, n) handles of the cubics that come nearest to *values* from each of *starting* to *length* further on, and (n,) how far off they are."""
    weights = _WEIGHTS[length]
    fitted = weights @ values[starting + np.arange(length + 1)[:, None]]
    return fitted[:2], np.abs(fitted[2:]).max(axis=0, initial=0.0)


def _weights(length: int) -> NDArray[np.float64]:
    """(L + 1, L + 1) what values of frames weigh in the two handles of the cubic nearest to them, and in what each frame between is then off."""
    u = np.arange(1, length) / length
    ends, middle = (
        np.stack([(1 - u) ** 3, u**3], axis=1),
        np.stack([3 * (1 - u) ** 2 * u, 3 * (1 - u) * u**2], axis=1),
    )  # Bernstein's polynomials
    rest = np.zeros((length - 1, length + 1))
    rest[:, 1:-1] = np.eye(length - 1)
    rest[:, [0, -1]] = -ends
    handles = np.linalg.pinv(middle) @ rest
    return np.concatenate([handles, rest - middle @ handles])


_WEIGHTS = {length: _weights(length) for length in (PIECE, *LONGER)}


def plain(keys: Keys) -> NDArray[np.bool_]:
    """(n - 1,) which pieces `evaluate` knows: straight lines, and cubics with handles as `through` places them."""
    length = np.diff(keys.at)
    after = np.abs(keys.right[:-1, 0] - keys.at[:-1] - length / 3)
    before = np.abs(keys.at[1:] - keys.left[1:, 0] - length / 3)
    return ~keys.cubic[:-1] | (np.maximum(after, before) <= _EVENLY * length)


def evaluate(keys: Keys, times: NDArray) -> NDArray[np.float64]:
    """(T,) the curve at *times* (T,) between the first key and the last, on pieces that are `plain`."""
    piece = np.clip(np.searchsorted(keys.at, times, side="right") - 1, 0, len(keys.at) - 2)
    u = (times - keys.at[piece]) / (keys.at[piece + 1] - keys.at[piece])
    p0, p3 = keys.values[piece], keys.values[piece + 1]
    p1, p2 = keys.right[piece, 1], keys.left[piece + 1, 1]
    v = 1 - u
    return np.where(keys.cubic[piece], v**3 * p0 + 3 * v * v * u * p1 + 3 * v * u * u * p2 + u**3 * p3, v * p0 + u * p3)
