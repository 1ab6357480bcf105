"""What an answer looks like: the forms in which one joint's motion becomes another's. Signals only; nothing here knows a body."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..procedural.influences import lagged

LEADS: tuple[str, ...] = ("linear", "turned", "rectified", "speed", "impulse", "spring")
"""Families of leads (how the answer depends on the source, besides its lag):

linear: the same movement. turned: turned, reflected or tilted by a fixed matrix. rectified: only what is faster than a threshold. speed: along a fixed
line, as fast as the source is. impulse: a gesture for each accent of the source. spring: the source pulls by a damped spring.
"""
SLOW_SECONDS = 3.0
"""What changes over longer than this is travel and posture; couplings act on what is faster."""


def quick(signal: NDArray, rate: float, seconds: float = SLOW_SECONDS) -> NDArray:
    """*signal* (T, C) less its moving mean over *seconds*."""
    return signal - moving_mean(signal, round(seconds * rate))


def moving_mean(signal: NDArray, samples: int) -> NDArray:
    """Centred mean over *samples* (made odd) of (T, C), edges repeated."""
    half = max(samples // 2, 1)
    padded = np.pad(signal, ((half + 1, half),) + ((0, 0),) * (signal.ndim - 1), mode="edge")
    total = np.cumsum(padded, axis=0)
    return (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)


def velocity(signal: NDArray, rate: float) -> NDArray:
    return np.gradient(signal, 1.0 / rate, axis=0)


def yaw(angle: float) -> NDArray:
    """(3, 3) turn about the vertical by *angle*, radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def random_turn(rng: np.random.Generator) -> NDArray:
    """(3, 3) a turn about the vertical, half of the time with a reflection, sometimes any rotation at all."""
    if rng.random() < 0.25:
        q, r = np.linalg.qr(rng.standard_normal((3, 3)))
        return q * np.sign(np.diag(r))
    matrix = yaw(rng.uniform(0, 2 * np.pi))
    return matrix @ np.diag([1.0, -1.0, 1.0]) if rng.random() < 0.5 else matrix


def direction(rng: np.random.Generator) -> NDArray:
    vector = rng.standard_normal(3)
    return vector / np.linalg.norm(vector)


def answer(family: str, source: NDArray, lag: float, rate: float, rng: np.random.Generator) -> tuple[NDArray, float]:
    """The answer (T, 3) to *source* (T, 3, metres, already `quick`) after *lag* seconds, with about the source's own size, and its true lag.

    The lag differs from the given one where the form itself delays (spring): it is where answer and source agree best.
    """
    late = lagged(source, lag * rate)
    size = np.sqrt(np.mean(source**2)) + 1e-9
    if family == "linear":
        return late @ yaw(rng.uniform(-0.3, 0.3)).T, lag
    if family == "turned":
        return late @ random_turn(rng).T, lag
    if family == "spring":
        pulled = _sprung(late @ random_turn(rng).T, rng.uniform(1.0, 2.0), rng.uniform(0.4, 0.9), rate)
        return pulled, lag + _delay(late, pulled, rate)
    moved = velocity(late, rate)
    speed = np.linalg.norm(moved, axis=-1, keepdims=True)
    if family == "rectified":
        threshold = np.quantile(speed, rng.uniform(0.4, 0.7))
        result = moved @ random_turn(rng).T / (1 + np.exp(-(speed - threshold) / (0.15 * threshold + 1e-9)))
    elif family == "speed":
        result = (speed - moving_mean(speed, round(SLOW_SECONDS * rate))) * direction(rng)
    elif family == "impulse":
        accent = np.linalg.norm(velocity(moved, rate), axis=-1)
        result = _gestures(accent, rate, rng.uniform(0.3, 0.6))[:, None] * direction(rng)
    else:
        raise ValueError(f"no family of leads is called {family!r}")
    result = quick(np.cumsum(result, axis=0) / rate, rate)
    return result * (size / (np.sqrt(np.mean(result**2)) + 1e-9)), lag


def _sprung(goal: NDArray, hertz: float, damping: float, rate: float) -> NDArray:
    """The path of a mass that a damped spring pulls to *goal* (T, 3): semi-implicit Euler, four steps a sample."""
    omega, steps = 2 * np.pi * hertz, 4
    place, speed, dt = goal[0].copy(), np.zeros(3), 1.0 / rate / steps
    path = np.empty_like(goal)
    for t, aim in enumerate(goal):
        for _ in range(steps):
            speed = speed + dt * (omega * omega * (aim - place) - 2 * damping * omega * speed)
            place = place + dt * speed
        path[t] = place
    return path


def _delay(first: NDArray, second: NDArray, rate: float, most: float = 0.5) -> float:
    """Seconds by which speeds of *second* follow those of *first*: the peak of their correlation over 0..*most*."""
    a, b = (np.linalg.norm(np.diff(x, axis=0), axis=-1) for x in (first, second))
    a, b = a - a.mean(), b - b.mean()
    lags = range(int(most * rate) + 1)
    return int(np.argmax([np.dot(a[: len(a) - k], b[k:]) / (len(a) - k) for k in lags])) / rate


def _gestures(accent: NDArray, rate: float, seconds: float) -> NDArray:
    """(T,) out-and-back velocity for each local maximum of *accent* (T,) in its highest fifth; the gesture's middle is at the accent."""
    inner = accent[1:-1]
    peaks = np.flatnonzero((inner >= accent[:-2]) & (inner > accent[2:]) & (inner > np.quantile(accent, 0.8))) + 1
    strength = np.zeros_like(accent)
    strength[peaks] = accent[peaks]
    half = max(round(seconds * rate), 2)
    kernel = -np.sin(np.linspace(-np.pi, np.pi, 2 * half + 1))
    return np.convolve(strength, kernel, mode="same")
