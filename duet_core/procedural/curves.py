"""Smooth curves over time, the material of all movement here. Time is the first axis; times are in the unit of the frame times given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def ease(x: ArrayLike) -> Array:
    """Minimum-jerk step from 0 (x ≤ 0) to 1 (x ≥ 1): the speed profile of a hand's free reach (Flash and Hogan 1985)."""
    s: Array = np.clip(np.asarray(x, dtype=float), 0.0, 1.0)
    return s * s * s * (10.0 - 15.0 * s + 6.0 * s * s)


def bump(x: ArrayLike) -> Array:
    """Rises from 0 at x ≤ 0 to 1 at x = 0.5 and falls to 0 at x ≥ 1, with no corner anywhere."""
    s: Array = np.clip(np.asarray(x, dtype=float), 0.0, 1.0)
    return 64.0 * (s * (1.0 - s)) ** 3


def gate(times: Array, start: float, end: float, fade: float = 0.5) -> Array:
    """(T,) 1 within *start*…*end*, 0 outside; each edge takes *fade* and is at one half exactly at *start* and *end*."""
    return ease((times - start) / fade + 0.5) * (1.0 - ease((times - end) / fade + 0.5))


def keyed(times: Array, keys: Sequence[tuple[float, ArrayLike]], flow: float = 1.5) -> Array:
    """(T, …) a curve through *keys* (time, value), as overlapping minimum-jerk steps.

    *flow* is each step's duration in units of the gap between its keys: at 1 the curve rests at every key; above 1 the steps overlap and
    the movement flows past the keys, near them rather than through them.
    """
    values = [np.asarray(value, dtype=float) for _, value in keys]
    curve = np.broadcast_to(values[0], (len(times), *values[0].shape)).copy()
    for i in range(1, len(keys)):
        before, at = keys[i - 1][0], keys[i][0]
        length = (at - before) * flow
        step = ease((times - 0.5 * (before + at)) / length + 0.5)
        curve += step.reshape((-1,) + (1,) * values[0].ndim) * (values[i] - values[i - 1])
    return curve


def smoothed(values: Array, sigma: float) -> Array:
    """*values* (T, …) after a Gaussian of *sigma* frames over time; the ends are held."""
    if sigma <= 0:
        return values
    radius = int(np.ceil(3.0 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.concatenate([np.repeat(values[:1], radius, 0), values, np.repeat(values[-1:], radius, 0)])
    result = np.zeros_like(values, dtype=float)
    for i, weight in enumerate(kernel):
        result += weight * padded[i : i + len(values)]
    return result


def below(limit: Array, radius: int = 5) -> Array:
    """(T,) a smooth curve that never exceeds *limit*: the running minimum over ±*radius* frames, averaged over the same span."""
    padded = np.concatenate([np.repeat(limit[:1], 2 * radius), limit, np.repeat(limit[-1:], 2 * radius)])
    low = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).min(-1)
    kernel = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(low, kernel / kernel.sum(), mode="valid")


def drift(times: Array, rng: np.random.Generator, channels: int, low: float = 0.15, high: float = 0.6, waves: int = 4) -> Array:
    """(T, channels) slow aperiodic wandering of unit variance: sines of random frequency *low*…*high* (per unit of time) and phase."""
    frequency = rng.uniform(low, high, (waves, channels))
    phase = rng.uniform(0, 2 * np.pi, (waves, channels))
    return np.sin(2 * np.pi * times[:, None, None] * frequency + phase).sum(1) * np.sqrt(2.0 / waves)
