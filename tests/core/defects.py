"""Known faults planted on a sound clip, one kind at a time: what cleaning is measured with.

Each function takes a clip and a seed and returns the damaged clip; the sound one stays the truth. `error` compares two clips joint by joint.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from duet_core.cleaning.tracks import known
from duet_core.clip import Clip


def swapped(clip: Clip, seed: int = 0) -> Clip:
    """The dancers exchange names for three stretches."""
    rng = np.random.default_rng(seed)
    positions = clip.positions.copy()
    for share in (0.15, 0.45, 0.75):
        start = int(share * clip.frames)
        end = start + int(rng.integers(max(2, clip.frames // 40), max(3, clip.frames // 8)))
        positions[start:end] = positions[start:end, ::-1].copy()
    return clip.changed(positions=positions)


def doubled(clip: Clip, seed: int = 0) -> Clip:
    """The second dancer's skeleton lies on the first dancer, up to 3 cm off, for three stretches of 5 to 15 frames."""
    rng = np.random.default_rng(seed)
    positions = clip.positions.copy()
    for share in (0.2, 0.5, 0.8):
        start = int(share * clip.frames)
        end = start + int(rng.integers(5, 16))
        positions[start:end, 1] = positions[start:end, 0] + rng.normal(0, 0.015, positions[start:end, 0].shape)
    return clip.changed(positions=positions)


def with_gaps(clip: Clip, seed: int = 0) -> Clip:
    """Single joints are unknown for 0.05 to 0.4 s, about 3 % of everything; and the whole first dancer once for 0.2 s."""
    rng = np.random.default_rng(seed)
    positions = clip.positions.copy()
    frames, dancers, joints = positions.shape[:3]
    longest = max(2, int(0.4 * clip.fps))
    for _ in range(max(1, int(0.03 * frames * dancers * joints / (longest / 2)))):
        length = int(rng.integers(2, longest + 1))
        start = int(rng.integers(5, max(6, frames - length - 5)))
        positions[start : start + length, rng.integers(dancers), rng.integers(joints)] = np.nan
    middle = frames // 2
    positions[middle : middle + max(1, int(0.2 * clip.fps)), 0] = np.nan
    return clip.changed(positions=positions)


def with_jumps(clip: Clip, seed: int = 0) -> Clip:
    """Single joints leap 0.3 to 1 m away for 1 to 5 frames, one position in 300; and each whole body once by a metre."""
    rng = np.random.default_rng(seed)
    positions = clip.positions.copy()
    frames, dancers, joints = positions.shape[:3]
    for _ in range(max(1, frames * dancers * joints // 900)):
        length = int(rng.integers(1, 6))
        start = int(rng.integers(5, max(6, frames - length - 5)))
        positions[start : start + length, rng.integers(dancers), rng.integers(joints)] += _way(rng) * rng.uniform(0.3, 1.0)
    for dancer in range(dancers):
        start = int((0.3 + 0.4 * dancer) * frames)
        positions[start : start + 4, dancer] += np.array([0.8, -0.6, 0.0])
    return clip.changed(positions=positions)


def jittered(clip: Clip, seed: int = 0) -> Clip:
    """White noise of 2 cm on every axis."""
    rng = np.random.default_rng(seed)
    return clip.changed(positions=clip.positions + rng.normal(0, 0.02, clip.positions.shape).astype(np.float32))


def mirrored(clip: Clip, seed: int = 0) -> Clip:
    """One axis runs the wrong way."""
    return clip.changed(positions=clip.positions * np.array([-1, 1, 1], np.float32))


def in_millimetres(clip: Clip, seed: int = 0) -> Clip:
    return clip.changed(positions=clip.positions * np.float32(1000))


def y_up(clip: Clip, seed: int = 0) -> Clip:
    """(x, z, −y): y is up, still right-handed."""
    return clip.changed(positions=clip.positions[..., [0, 2, 1]] * np.array([1, 1, -1], np.float32))


def y_up_mirrored_in_millimetres(clip: Clip, seed: int = 0) -> Clip:
    """(−x, z, −y) in millimetres: what a careless export does all at once."""
    return in_millimetres(mirrored(y_up(clip)))


def tilted(clip: Clip, seed: int = 0) -> Clip:
    """The room leans by 6° and lies 0.4 m too high."""
    angle = np.radians(6.0)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return clip.changed(positions=clip.positions.astype(np.float64) @ turn.T + np.array([0.0, 0.0, 0.4]))


def wobbling(clip: Clip, seed: int = 0) -> Clip:
    """Every bone breathes on its own by 10 %, slowly, as video poses have it."""
    rng = np.random.default_rng(seed)
    time = np.arange(clip.frames)[:, None] / clip.fps
    positions = clip.positions.astype(np.float64)
    shift = np.zeros_like(positions)
    for joint in clip.skeleton.order:
        parent = clip.skeleton.parents[joint]
        if parent >= 0:
            phase, rate = rng.uniform(0, 2 * np.pi, clip.dancers), rng.uniform(0.3, 1.2, clip.dancers)
            breath = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * rate * time + phase)[..., None]
            shift[:, :, joint] = shift[:, :, parent] + breath * (positions[:, :, joint] - positions[:, :, parent])
    return clip.changed(positions=positions + shift)


DEFECTS: dict[str, Callable[[Clip, int], Clip]] = {
    "swaps": swapped,
    "both skeletons on one": doubled,
    "gaps": with_gaps,
    "jumps": with_jumps,
    "jitter": jittered,
    "bone lengths": wobbling,
    "tilted floor": tilted,
    "mirrored": mirrored,
    "millimetres": in_millimetres,
    "y up": y_up,
    "y up, mirrored, millimetres": y_up_mirrored_in_millimetres,
}


def error(clip: Clip, truth: Clip) -> dict[str, float]:
    """Metres between *clip* and *truth*: r.m.s., median and 99th percentile over all positions that both know, and the share that *clip* does not know."""
    both = known(clip.positions) & known(truth.positions)
    away = np.linalg.norm((clip.positions - truth.positions)[both].astype(np.float64), axis=-1)
    if not away.size:
        return {"rms": float("nan"), "median": float("nan"), "p99": float("nan"), "unknown": 1.0}
    return {
        "rms": float(np.sqrt((away**2).mean())),
        "median": float(np.median(away)),
        "p99": float(np.quantile(away, 0.99)),
        "unknown": float(1 - both.sum() / max(1, known(truth.positions).sum())),
    }


def _way(rng: np.random.Generator) -> NDArray[np.float32]:
    way = rng.normal(size=3)
    return (way / np.linalg.norm(way)).astype(np.float32)
