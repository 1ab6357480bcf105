"""What generated phrases are worth beside real ones: how a phrase comes back, how its motion is distributed, feet, bones, jerk.

Everything is measured on joints' places (N, T, J, 3) of windows of one dancer, metres, so that whatever made them is judged alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..generation.channels import heading_of
from ..generation.stance import feet
from ..skeletons import Skeleton

Array = NDArray[np.float64]

KEPT = 32
"""Principal components of motion features, of real phrases, on which distributions are compared: more would need thousands of phrases."""
DOWN = 0.03
"""Metres over its rest below which a foot is on the floor."""
STILL = 0.10
"""Metres a second: a window whose joints move slower on average is near-still."""


class Components:
    """Principal components of windows of joints' places: the field's plainest generator, and what reconstruction must beat."""

    def __init__(self, windows: NDArray, many: int) -> None:
        flat = np.asarray(windows, np.float32).reshape(len(windows), -1)
        self.middle = flat.mean(axis=0)
        centred = flat - self.middle
        values, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
        values, vectors = values[::-1][:many], vectors[:, ::-1][:, :many]
        sound = values > 1e-6 * values[0]
        basis = (vectors[:, sound].T.astype(np.float32) @ centred) / np.sqrt(values[sound]).astype(np.float32)[:, None]
        self.basis = basis

    def rebuilt(self, windows: NDArray) -> Array:
        flat = np.asarray(windows, np.float32).reshape(len(windows), -1) - self.middle
        return np.asarray((flat @ self.basis.T @ self.basis + self.middle).reshape(windows.shape), np.float64)


def errors(rebuilt: NDArray, true: NDArray) -> Array:
    """(J,) centimetres, mean over windows and frames."""
    return np.asarray(100 * np.linalg.norm(rebuilt - true, axis=-1).mean(axis=(0, 1)), np.float64)


def features(windows: NDArray, skeleton: Skeleton, fps: float) -> Array:
    """(N, F) what a phrase is like: each joint's mean and deviation of speed, mean acceleration, mean place and range seen from the body, and the way."""
    rows = []
    root = skeleton.order[0]
    for x in np.asarray(windows, np.float64):
        velocity = np.diff(x, axis=0) * fps
        speed = np.linalg.norm(velocity, axis=-1)
        acceleration = np.linalg.norm(np.diff(velocity, axis=0) * fps, axis=-1)
        heading = heading_of(x, skeleton, fps)
        c, s = np.cos(-heading), np.sin(-heading)
        own = x - x[:, root : root + 1] * np.array([1.0, 1.0, 0.0])
        seen = np.stack(
            [
                c[:, None] * own[..., 0] - s[:, None] * own[..., 1],
                s[:, None] * own[..., 0] + c[:, None] * own[..., 1],
                own[..., 2],
            ],
            axis=-1,
        )
        way = np.array([np.linalg.norm(x[-1, root, :2] - x[0, root, :2]), np.abs(np.diff(heading)).sum(), np.ptp(x[:, root, 2])])
        rows.append(
            np.concatenate(
                [
                    speed.mean(axis=0),
                    speed.std(axis=0),
                    np.log1p(acceleration.mean(axis=0)),
                    seen.mean(axis=0).ravel(),
                    seen.std(axis=0).ravel(),
                    way,
                ]
            )
        )
    return np.array(rows)


class Space:
    """Features of real phrases, made comparable: over their deviation, and turned onto the directions in which real phrases differ most."""

    def __init__(self, real: NDArray) -> None:
        self.middle, self.scale = real.mean(axis=0), real.std(axis=0) + 1e-6
        centred = (real - self.middle) / self.scale
        values, vectors = np.linalg.eigh(np.cov(centred.T))
        kept = min(KEPT, len(real) // 4)
        self.axes = vectors[:, ::-1][:, :kept] / np.sqrt(np.maximum(values[::-1][:kept], 1e-9))

    def __call__(self, some: NDArray) -> Array:
        return np.asarray(((some - self.middle) / self.scale) @ self.axes, np.float64)


def frechet(a: NDArray, b: NDArray) -> float:
    """The Fréchet distance of two sets of features (N, K), (M, K), each as a normal distribution (Dowson and Landau 1982); 0 for equal ones."""
    first, second = np.cov(a.T), np.cov(b.T)
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    mixed = np.linalg.eigvalsh(root @ second @ root)
    gap = np.square(a.mean(axis=0) - b.mean(axis=0)).sum()
    return float(gap + np.trace(first) + np.trace(second) - 2 * np.sqrt(np.maximum(mixed, 0)).sum())


def diversity(some: NDArray, rng: np.random.Generator, pairs: int = 2000) -> float:
    """Mean distance of features (N, K) of two phrases drawn by chance."""
    i, j = rng.integers(len(some), size=(2, pairs))
    return float(np.linalg.norm(some[i] - some[j], axis=-1)[i != j].mean()) if len(some) > 1 else 0.0


def physique(windows: NDArray, skeleton: Skeleton, fps: float) -> dict[str, float]:
    """Figures of (N, T, J, 3).

    Returns:
        ``skate`` (m/s of feet on the floor, those that step low over it included), ``carrying`` (the same of the slower foot on the floor alone, which ought
        to stand), ``down`` (share of frames in which a foot is on the floor), ``sunken`` (cm below it, 99th percentile), ``bones`` (% by which bones vary
        within a window), ``speed`` (m/s), ``still`` (share of windows that hardly move), ``jerk`` (m/s³, median over joints and frames), ``begin`` (the same
        between the first frames, 95th percentile over windows) and ``worst`` (99.9th percentile of accelerations, m/s²).
    """
    x = np.asarray(windows, np.float64)
    slides, deep, slower = [], [], np.full((len(x), x.shape[1] - 1), np.inf)
    for foot in feet(skeleton):
        clear = (x[:, :, foot.points, 2] - foot.rest).min(axis=2)
        slide = np.linalg.norm(np.diff(x[:, :, foot.pin, :2], axis=1), axis=-1) * fps
        on = (clear[:, 1:] < DOWN) & (clear[:, :-1] < DOWN)
        slides.append(slide[on])
        slower = np.minimum(slower, np.where(on, slide, np.inf))
        deep.append(np.maximum(-clear, 0).ravel())
    sizes = np.stack([np.linalg.norm(x[:, :, c] - x[:, :, p], axis=-1) for p, c in skeleton.bones], axis=-1)
    speed = np.linalg.norm(np.diff(x, axis=1), axis=-1) * fps
    jerk = np.linalg.norm(np.diff(x, 3, axis=1), axis=-1) * fps**3
    hard = np.linalg.norm(np.diff(x, 2, axis=1), axis=-1) * fps**2
    slid = np.concatenate(slides) if slides else np.zeros(0)
    return {
        "skate": float(slid.mean()) if slid.size else float("nan"),
        "carrying": float(slower[np.isfinite(slower)].mean()) if np.isfinite(slower).any() else float("nan"),
        "down": float(np.isfinite(slower).mean()),
        "sunken": 100 * float(np.percentile(np.concatenate(deep), 99)) if deep else float("nan"),
        "bones": 100 * float((sizes.std(axis=1) / np.maximum(sizes.mean(axis=1), 1e-6)).mean()),
        "speed": float(speed.mean()),
        "still": float((speed.mean(axis=(1, 2)) < STILL).mean()),
        "jerk": float(np.median(jerk.mean(axis=2))),
        "begin": float(np.percentile(jerk[:, 0].mean(axis=-1), 95)),
        "worst": float(np.percentile(hard, 99.9)),
    }


def judged(windows: NDArray, skeleton: Skeleton, fps: float, space: Space, real: NDArray, rng: np.random.Generator) -> dict[str, Any]:
    """Everything of (N, T, J, 3) beside *real* phrases' features (in *space*)."""
    own = space(features(windows, skeleton, fps))
    return {"frechet": frechet(own, real), "diversity": diversity(own, rng), **physique(windows, skeleton, fps)}


def cut(motions: Sequence[NDArray], frames: int, stride: int) -> Array:
    """(N, *frames*, J, 3) windows of dances (T, J, 3)."""
    some = [x[s : s + frames] for x in motions for s in range(0, len(x) - frames + 1, stride)]
    return np.stack(some).astype(np.float64)
