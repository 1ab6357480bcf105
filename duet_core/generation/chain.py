"""Windows joined to one phrase: each begins where and how the one before it ends, and takes over smoothly where they overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def starts(frames: int, window: int, overlap: int) -> NDArray[np.int64]:
    """Where windows begin that cover *frames*, at regular steps that leave at least *overlap* between neighbours; the last one ends with the last frame."""
    if frames <= window:
        return np.zeros(1, np.int64)
    many = int(np.ceil((frames - window) / (window - overlap))) + 1
    return np.round(np.linspace(0, frames - window, many)).astype(np.int64)


def blended(windows: NDArray, begins: Sequence[int] | NDArray) -> Array:
    """(T, D, C) of windows (W, F, D, C) placed in the room that begin at *begins*: within an overlap the later one takes over along an S-curve."""
    begins = np.asarray(begins)
    result = np.array(windows[0], np.float64)
    for window, begin in zip(windows[1:], begins[1:], strict=True):
        over = len(result) - int(begin)
        result = joined(result, window, over)
    return result


def joined(first: NDArray, second: NDArray, overlap: int) -> Array:
    """*first* (T, D, C) and *second* (F, D, C), both placed in the room, as one whose last *overlap* frames of the first fade into the second."""
    overlap = min(overlap, len(first), len(second))
    if overlap <= 0:
        return np.concatenate([first, second])
    share = (np.arange(overlap) + 1) / (overlap + 1)
    share = (share**3 * (10 - 15 * share + 6 * share**2))[:, None, None]
    other = np.array(second, np.float64)
    # Headings are counted on through whole turns: the same turn must have the same count.
    turns = np.round((first[-overlap:, :, -1] - other[:overlap, :, -1]).mean(axis=0) / (2 * np.pi))
    other[..., -1] += 2 * np.pi * turns
    middle = (1 - share) * first[-overlap:] + share * other[:overlap]
    return np.concatenate([first[:-overlap], middle, other[overlap:]])


def led_over(first: NDArray, second: NDArray, overlap: int, fade: int) -> Array:
    """*first* (T, D, C) as it is, then *second* (F, D, C) after its first *overlap* frames, which lie on the end of the first (`continued`).

    By what place and velocity differ where they meet, the second is moved, less and less over *fade* frames (as in Bollo, Inertialization, GDC 2018).
    """
    other = np.array(second, np.float64)
    turns = np.round((first[-1, :, -1] - other[overlap - 1, :, -1]) / (2 * np.pi))
    other[..., -1] += 2 * np.pi * turns
    gap = first[-1] - other[overlap - 1]
    drift = (first[-1] - first[-2]) - (other[overlap - 1] - other[overlap - 2])
    rest = other[overlap:]
    fade = max(1, min(fade, len(rest)))
    at = np.clip((np.arange(len(rest)) + 1) / fade, 0, 1)[:, None, None]
    rest += (2 * at**3 - 3 * at**2 + 1) * gap + fade * (at**3 - 2 * at**2 + at) * drift
    return np.concatenate([first, rest])


def continued(first: NDArray, second: NDArray, overlap: int) -> Array:
    """*second* (F, D, C), turned and moved across the floor so that its first frames lie on the last *overlap* frames of *first* as well as they can."""
    overlap = min(overlap, len(first), len(second))
    a, b = first[-overlap:, 0], np.array(second[:overlap, 0], np.float64)
    # What lies near the change-over counts most.
    weight = np.hanning(overlap + 2)[1:-1]
    weight /= weight.sum()
    turn = np.angle((weight * np.exp(1j * (a[:, -1] - b[:, -1]))).sum())
    c, s = np.cos(turn), np.sin(turn)
    turned = np.array([[c, -s], [s, c]])
    shift = weight @ (a[:, -4:-2] - b[:, -4:-2] @ turned.T)
    result = np.array(second, np.float64)
    result[..., -4:-2] = result[..., -4:-2] @ turned.T + shift
    result[..., -1] += turn
    return result


def misfit(first: NDArray, candidates: NDArray, overlap: int, weight: NDArray) -> Array:
    """(N,) how far the beginnings of *candidates* (N, F, D, C), joined on, are from the end of *first*, root mean square in units of *weight* (D·C,)."""
    result = np.empty(len(candidates))
    for n, candidate in enumerate(candidates):
        moved = continued(first, candidate, overlap)[:overlap]
        left = (moved - first[-overlap:]).reshape(overlap, -1)
        left[:, channels_of_heading(first)] = np.angle(np.exp(1j * left[:, channels_of_heading(first)]))
        result[n] = np.sqrt(np.square(left * weight).mean())
    return result


def channels_of_heading(motion: NDArray) -> list[int]:
    """Indices of the headings among the D·C numbers of a frame."""
    dancers, many = motion.shape[-2:]
    return [many * (d + 1) - 1 for d in range(dancers)]
