"""What is true in a window of a planted duet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from .couplings import LEADS
from .generator import STILL, PlantedDuet

FAMILIES: tuple[str, ...] = (*LEADS, "canon", "hold", "unison", "mirror", "opposition")
AT_WORK = 0.6
"""The share of a window in which a plant must be at work to count as true …"""
HELD = 0.35
"""… which for a hold is less: a steady distance shows in a second and a half …"""
ABSENT = 0.05
"""… and below which it counts as absent. In between nobody can say."""
STEADY = 0.05
"""Metres: the standard deviation within a second below which a distance is steady."""
FAINTEST = 0.1
"""The least share of the target's motion (power) that the source must account for."""


@dataclass(frozen=True)
class Labels:
    """Arrays (W, 2, J, J), entry [w, d, i, j] for joint i of dancer d → joint j of the other.

    Attributes:
        present: int8, 1 true, 0 false, −1 left out (carried through the skeleton, steady only because the bodies hold each other elsewhere, at work for
            a part of the window only, too faint, or its source still).
        kind: int8, index into ``KINDS``, 0 where not present.
        lag: float32, seconds, NaN where not present.
        strength: float32, 0..1, share of the target's motion that is the source's.
        family: int8, index into `FAMILIES`, −1 where not present.
    """

    present: NDArray[np.int8]
    kind: NDArray[np.int8]
    lag: NDArray[np.float32]
    strength: NDArray[np.float32]
    family: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.present)

    @classmethod
    def together(cls, parts: Sequence[Labels]) -> Labels:
        """The windows of all *parts*, in their order."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def labels(duet: PlantedDuet, starts: NDArray, length: int) -> Labels:
    """The labels of the windows that start at *starts* (W,) and are *length* samples long."""
    starts = np.asarray(starts)
    joints = len(duet.skeleton)
    shape = (len(starts), 2, joints, joints)
    present, kind, family = np.zeros(shape, np.int8), np.zeros(shape, np.int8), np.full(shape, -1, np.int8)
    lag, strength = np.full(shape, np.nan, np.float32), np.zeros(shape, np.float32)
    for event in duet.events:
        at_work = _mean(event.gate, starts, length)
        touched = np.flatnonzero(at_work > ABSENT)
        sources, targets = (np.array(sorted(joints)) for joints in (event.sources, event.targets))
        present[np.ix_(touched, np.array([event.source]), sources, targets)] = -1
        present[np.ix_(touched, np.array([1 - event.source]), targets, sources)] = -1
    held = np.zeros(len(starts), bool)
    for event in duet.events:
        if event.family == "hold":
            held |= _mean(event.gate, starts, length) > ABSENT
    for window in np.flatnonzero(held):
        # While two bodies are tied together other distances are steady as well: holds by their definition, which nobody planted.
        steady = _steady(duet.positions[starts[window] : starts[window] + length], duet.rate)
        for direction, pairs in enumerate((steady, steady.T)):
            present[window, direction][pairs] = -1
    for event in duet.events:
        at_work, enough = _mean(event.gate, starts, length), HELD if event.family == "hold" else AT_WORK
        told, kept = _mean(event.told * event.gate, starts, length), _mean(event.kept * event.gate, starts, length)
        share = told / np.maximum(told + kept, 1e-12)
        seen = (at_work > ABSENT) & (at_work <= enough)
        still = _mean(event.moving * event.gate, starts, length) < STILL * np.maximum(at_work, ABSENT)
        true = (at_work > enough) & (share >= FAINTEST) & ~still
        doubtful = seen | ((at_work > enough) & ~true)
        for i, j in event.pairs:
            for d, s, t in ((event.source, i, j), (1 - event.source, j, i))[: 2 if event.both_ways else 1]:
                present[doubtful, d, s, t] = -1
                present[true, d, s, t] = 1
                kind[true, d, s, t] = event.kind
                lag[true, d, s, t] = event.lag
                strength[true, d, s, t] = share[true]
                family[true, d, s, t] = FAMILIES.index(event.family)
    return Labels(present, kind, lag, strength, family)


def _steady(positions: NDArray, rate: float) -> NDArray[np.bool_]:
    """(J, J) whether joint i of dancer 0 and joint j of dancer 1 keep their distance for a second somewhere in (T, 2, J, 3)."""
    squared = sum((positions[:, 0, :, None, axis] - positions[:, 1, None, :, axis]) ** 2 for axis in range(3))
    apart = np.sqrt(np.asarray(squared, np.float64))
    second = min(round(rate), len(apart))
    apart -= apart.mean(axis=0)
    sums, squares = (np.concatenate([np.zeros_like(v[:1]), np.cumsum(v, axis=0)]) for v in (apart, apart**2))
    mean = (sums[second::4] - sums[:-second:4]) / second
    variance = (squares[second::4] - squares[:-second:4]) / second - mean**2
    return variance.min(axis=0) < STEADY**2


def _mean(signal: NDArray, starts: NDArray, length: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(signal)])
    return (total[starts + length] - total[starts]) / length
