"""Curves in cubic pieces that have a given value on each frame: a third of the keys, or fewer.

A cubic is fixed by four values. A piece from one key to the third frame after it therefore passes through the two frames between as well: its two handles
say how. Where motion is smooth, one cubic passes six, nine or twelve frames as closely as anybody could ask. Handles stand a third of the piece from either
end, where a Bézier curve's time runs evenly; those are whole frames, so that Blender's numbers for them are exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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


def through(first: int, values: NDArray) -> Keys:
    """Few keys with which a curve has *values* (T,) on the frames from *first* on, within `CLOSE`; one or two frames at the end are keys themselves."""
    values = np.asarray(values, np.float64)
    end = (len(values) - 1) // PIECE * PIECE
    starts, handles = _pieces(values, end)
    places = np.append(starts, np.arange(end, len(values)))
    at, kept, cubics = first + places.astype(np.float64), values[places], len(starts)
    length = np.diff(places, append=places[-1] + PIECE)[:cubics]
    left, right = (np.stack([at + side, kept], axis=1) for side in (-1, 1))
    right[:cubics] = np.stack([at[:cubics] + length / 3, handles[:, 0]], axis=1)
    left[1 : cubics + 1] = np.stack([at[:cubics] + 2 * length / 3, handles[:, 1]], axis=1)
    return Keys(at, kept, left, right, np.arange(len(at)) < cubics)


def _pieces(values: NDArray, end: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where the pieces begin that cover the frames from 0 to *end*, a multiple of `PIECE`, and (n, 2) the values of the two handles of each."""
    if not end:
        return np.empty(0, np.intp), np.empty((0, 2))
    starting = np.arange(0, end, PIECE)
    handles, _ = _fitted(np.column_stack([values[:end].reshape(-1, PIECE), values[PIECE : end + 1 : PIECE]]))
    lengths = np.full(len(handles), PIECE)
    for length in LONGER:  # only where one that is not as long is close already: that is seldom where motion trembles
        starting = starting[starting + length <= end]
        fitted, off = _fitted(values[starting[:, None] + np.arange(length + 1)])
        close = off <= CLOSE
        starting = starting[close]
        lengths[starting // PIECE], handles[starting // PIECE] = length, fitted[close]
    kept, covered = np.ones(len(handles), bool), 0
    for piece in np.flatnonzero(lengths > PIECE).tolist():
        if piece >= covered:
            covered = piece + lengths[piece] // PIECE
            kept[piece + 1 : covered] = False
    return np.flatnonzero(kept) * PIECE, handles[kept]


def _fitted(windows: NDArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, 2) handles of the cubics that come nearest to the values of *windows* (n, L + 1) from end to end, and (n,) how far off they are."""
    ends, middle, solved = _BASES[windows.shape[1] - 1]
    rest = windows[:, 1:-1] - windows[:, [0, -1]] @ ends
    handles = rest @ solved
    return handles, np.abs(rest - handles @ middle).max(axis=1, initial=0.0)


def _bases(length: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(2, L - 1) what ends and what handles weigh on the frames between (Bernstein's polynomials), and (L - 1, 2) the handles of what is wanted there."""
    u = np.arange(1, length) / length
    ends, middle = np.stack([(1 - u) ** 3, u**3]), np.stack([3 * (1 - u) ** 2 * u, 3 * (1 - u) * u**2])
    return ends, middle, np.linalg.pinv(middle)


_BASES = {length: _bases(length) for length in (PIECE, *LONGER)}


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
