"""Sets of planted duets: training batches, and fixed benchmark duets. Which solos and families each may use is the caller's to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton
from ..solos import Solo, reduced, resampled
from .generator import PlantedDuet, Recipe, plant
from .labels import Labels, labels

SECONDS = 24.0
"""Length of a planted duet for training …"""
FROM_ONE = 6
"""… of which so many windows are cut."""
USUAL_JOINTS = 18
"""A batch has the asked number of windows for this many joints, fewer for more."""
TEMPO = 0.25
"""Largest relative change of a solo's tempo."""


@dataclass(frozen=True)
class Batch:
    """Windows (B, T, 2, J, 3) float32, metres, of duets that share a skeleton, and their labels."""

    positions: NDArray[np.float32]
    skeleton: Skeleton
    labels: Labels

    @property
    def parents(self) -> NDArray[np.int64]:
        return np.array(self.skeleton.parents, np.int64)


def training_batch(
    solos: Sequence[Solo],
    key: Sequence[int],
    *,
    size: int = 16,
    frames: int = 80,
    recipe: Recipe | None = None,
    joints: tuple[int, int] = (14, 29),
    noise: float = 0.004,
    among: tuple[int, int] = (0, 1),
) -> tuple[Batch, int]:
    """The batch that *key* (seed, step …) stands for, or a share of it, and the number of its first window in the whole batch.

    A batch has its own choice of joints (between *joints* many), its duets their own partners, tempo, plants and measuring noise, each drawn by the key
    and the duet's number alone: shares made apart are together the whole.

    Args:
        solos: dancers of one skeleton to draw partners from; partners never come from the same take (names differ before the last colon).
        noise: largest standard deviation in metres of noise on positions.
        among: which share, of how many. A share may be empty only where a batch has fewer windows than there are shares (`fewest_windows`).
    """
    recipe = recipe or Recipe()
    skeleton = solos[0].skeleton
    rng = np.random.default_rng((*key, 0))
    # Small skeletons more often than large ones, and as many windows as cost the same. Even counts: odd matrix products take a third longer.
    count = min(len(skeleton), 2 * round((joints[0] + (joints[1] - joints[0]) * rng.random() ** 2) / 2))
    chosen = choose(skeleton, count, rng)
    wanted = _windows(size, count)
    first, last = share(wanted, *among)
    windows: list[NDArray] = []
    truths: list[Labels] = []
    for number in range(first // FROM_ONE, -(-last // FROM_ONE)):
        rng = np.random.default_rng((*key, 1, number))
        begin, end = number * FROM_ONE, min((number + 1) * FROM_ONE, wanted)
        duet = draw(solos, rng, recipe, SECONDS, chosen)
        starts = rng.integers(0, len(duet.positions) - frames + 1, size=end - begin)[max(first - begin, 0) : last - begin]
        sigma = rng.uniform(0, noise) if rng.random() < 0.7 else 0.0
        noisy = duet.positions + sigma * rng.standard_normal(duet.positions.shape).astype(np.float32)
        windows += [noisy[s : s + frames] for s in starts]
        truths.append(labels(duet, starts, frames))
    return Batch(np.stack(windows), Skeleton("drawn", *_named(skeleton, chosen)), Labels.together(truths)), first


def share(total: int, number: int, count: int) -> tuple[int, int]:
    """First and last (excluded) of *total* things that are the share of *number* among *count*."""
    return total * number // count, total * (number + 1) // count


def fewest_windows(size: int, joints: tuple[int, int]) -> int:
    """The least number of windows that a batch of this *size* may have: that of the most joints."""
    return _windows(size, 2 * round(joints[1] / 2))


def _windows(size: int, joints: int) -> int:
    return max(2, min(3 * size, round(size * (USUAL_JOINTS / joints) ** 2)))


def benchmark_duets(
    solos: Sequence[Solo], seed: int, count: int, *, seconds: float = 30.0, recipe: Recipe | None = None
) -> list[PlantedDuet]:
    """*count* planted duets, the same for the same *seed*, of all joints of the solos."""
    rng = np.random.default_rng([seed, 4])
    everything = tuple(range(len(solos[0].skeleton)))
    return [draw(solos, rng, recipe or Recipe(), seconds, everything) for _ in range(count)]


def draw(solos: Sequence[Solo], rng: np.random.Generator, recipe: Recipe, seconds: float, joints: tuple[int, ...]) -> PlantedDuet:
    """One planted duet of solos from different takes."""
    first = solos[int(rng.integers(len(solos)))]
    take = first.name.rsplit(":", 1)[0]
    others = [s for s in solos if s.name.rsplit(":", 1)[0] != take] or [s for s in solos if s is not first] or [first]
    second, third = (others[int(n)] for n in rng.integers(len(others), size=2))
    cut = [_varied(s, rng, seconds).of_joints(joints) for s in (first, second, third)]
    if rng.random() < 0.5:
        cut[0], cut[1] = cut[1], cut[0]
    return plant(cut[0], cut[1], rng, recipe, cut[2])


def choose(skeleton: Skeleton, count: int, rng: np.random.Generator) -> tuple[int, ...]:
    """*count* joints (all, where there are fewer): roots, then joints with a place of their own on the body more likely than fingers."""
    joints = len(skeleton)
    if count >= joints:
        return tuple(range(joints))
    weight = np.array([1.0 if landmark else 0.15 for landmark in skeleton.landmarks])
    weight[list(skeleton.order[:1])] = 1e6
    keys = rng.random(joints) ** (1 / weight)
    return tuple(sorted(int(j) for j in np.argsort(-keys)[:count]))


def _varied(solo: Solo, rng: np.random.Generator, seconds: float) -> Solo:
    """A stretch of *seconds* from anywhere in the solo (turned back at its ends), half of the time mirrored, at another tempo."""
    tempo = rng.uniform(1 - TEMPO, 1 + TEMPO)
    wanted = int(np.ceil(seconds * solo.rate * tempo)) + 2
    if len(solo) >= wanted:
        start = int(rng.integers(len(solo) - wanted + 1))
        positions = solo.positions[start : start + wanted]
    else:
        # A solo that is too short is danced forth and back: no jump, and never the same twice.
        there = np.concatenate([np.arange(len(solo)), np.arange(len(solo) - 2, 0, -1)])
        start = int(rng.integers(len(there)))
        positions = solo.positions[there[(start + np.arange(wanted)) % len(there)]]
    if rng.random() < 0.5:
        positions = positions[:, list(solo.skeleton.mirrored)] * np.array([1, -1, 1], np.float32)
    # One sample of the source is 1/tempo samples of the result.
    positions = resampled(positions, solo.rate, solo.rate / tempo)[: round(seconds * solo.rate)]
    return replace(solo, positions=positions)


def _named(skeleton: Skeleton, joints: Sequence[int]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    part = reduced(skeleton, joints)
    return part.joints, part.parents
