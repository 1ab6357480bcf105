"""Training and validation without leakage: by whole takes, or by time with a gap that no window can bridge."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Segment:
    """Frames *start* to *end* (excluded) of take number *take*. A window belongs to a segment only if it lies wholly inside."""

    take: int
    start: int
    end: int


def split_by_take(frames: Sequence[int], share: float, seed: int = 0) -> tuple[list[Segment], list[Segment]]:
    """Whole takes: about *share* of all frames (at least one take, if there are two) for validation, the rest for training.

    Args:
        frames: the number of frames of each take.
    """
    if not 0 <= share < 1:
        raise ValueError(f"a share of {share}")
    order = np.random.default_rng(seed).permutation(len(frames))
    wanted = share * sum(frames)
    validation: set[int] = set()
    held = 0
    for take in order[: len(frames) - 1]:
        if share == 0 or (validation and held + frames[take] / 2 > wanted):
            break
        validation.add(int(take))
        held += frames[take]
    whole = [Segment(take, 0, count) for take, count in enumerate(frames)]
    return [s for s in whole if s.take not in validation], [s for s in whole if s.take in validation]


def split_by_time(frames: Sequence[int], share: float, gap: int, blocks: int = 4, seed: int = 0) -> tuple[list[Segment], list[Segment]]:
    """In each take *blocks* stretches of time, each with a validation piece of *share* at a random place, and *gap* unused frames on its sides.

    With *gap* at least the length of a window (plus the longest lag looked at), no frame and no near neighbour of one is in both sets.
    """
    if not 0 <= share < 1 or gap < 0 or blocks < 1:
        raise ValueError(f"share {share}, gap {gap}, blocks {blocks}")
    rng = np.random.default_rng(seed)
    training: list[Segment] = []
    validation: list[Segment] = []
    for take, count in enumerate(frames):
        edges = np.linspace(0, count, blocks + 1).astype(int)
        cursor = 0
        for start, end in itertools.pairwise(edges):
            length = int(share * (end - start))
            if length == 0:
                continue
            first = int(rng.integers(start, end - length + 1))
            validation.append(Segment(take, first, first + length))
            if first - gap > cursor:
                training.append(Segment(take, cursor, first - gap))
            cursor = first + length + gap
        if count > cursor:
            training.append(Segment(take, cursor, count))
    # A validation piece may begin within the gap after the piece before it; training never touches either.
    return training, validation
