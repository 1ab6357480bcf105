"""Moments of tension and of release: connected joints that draw apart like the ends of a string being stretched, and its easing.

Tension is not distance: hands far apart for a minute are at rest. It is distance that grows, fast, between joints that are bound meanwhile, up to where
it turns and eases. Where it does not turn, the two part, and a hold that is stretched by more than `GRIP` is let go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from .bonds import Bond

STRETCH = 0.2
"""Metres that two joints must draw apart; less is sway."""

SPEED = 0.2
"""Metres a second at which they do so on average; slower is drift."""

TOGETHER = 0.4
"""Seconds within which the heights of two stretches are one moment."""

CREEP = 0.1
"""Share of a stretch that may be there before it is said to begin, or left when it is said to have eased."""

SMOOTH = 0.2
"""Seconds of the mean that takes the tremble from distances; centred, so that it delays nothing."""

GRIP = 0.35
"""Metres by which a hold can stretch: two hands that hold, or a hand that slides along a forearm; beyond it is let go."""

REACH = 1.0, 2.5
"""Seconds beyond the end of a bond (which windows blur) within which a stretch that began in it is longest, and within which it eases."""

MOST = 3000
"""Bonds that are looked at, the weightiest: an hour may have more than anybody reads."""


@dataclass(frozen=True)
class Tension:
    """One stretch and its easing.

    Attributes:
        bond: of the pair that is stretched most, weighed by confidence.
        start, peak, end: seconds of the clip: it begins to stretch, is longest, has eased.
        before, longest, after: metres between the two joints at those times.
        others: the bonds whose joints do the same at that time.
    """

    bond: Bond
    start: float
    peak: float
    end: float
    before: float
    longest: float
    after: float
    others: tuple[Bond, ...] = ()

    @property
    def stretch(self) -> float:
        """Metres by which it grows."""
        return self.longest - self.before

    @property
    def ease(self) -> float:
        """Metres by which it eases."""
        return self.longest - self.after

    @property
    def released(self) -> bool:
        """Whether it eases, by a third of what it grew or more; otherwise the two part."""
        return self.ease >= self.stretch / 3

    @property
    def let_go(self) -> bool:
        """Whether a hold is stretched by more than a grip gives."""
        return self.bond.kind == "hold" and self.stretch > GRIP

    @property
    def strength(self) -> float:
        """Metres of stretch, by the bond's confidence: what ranks moments."""
        return self.stretch * self.bond.mean


def tensions(clip: Clip, bonds: Sequence[Bond]) -> list[Tension]:
    """The moments of tension in *clip* between the joints of *bonds*, by time."""
    weightiest = sorted(bonds, key=lambda b: -b.weight)[:MOST]
    found = [moment for bond in weightiest for moment in _of(clip, bond)]
    merged: list[Tension] = []
    heights: list[list[float]] = []
    for moment in sorted(found, key=lambda m: -m.strength):
        near = next((k for k, peaks in enumerate(heights) if abs(peaks[0] - moment.peak) <= TOGETHER), None)
        if near is None:
            merged.append(moment)
            heights.append([moment.peak])
        elif moment.bond is not merged[near].bond and moment.bond not in merged[near].others:
            one = merged[near]
            merged[near] = replace(one, others=(*one.others, moment.bond))
    return sorted(merged, key=lambda m: m.peak)


def _of(clip: Clip, bond: Bond) -> list[Tension]:
    first, last = max(0, round(bond.start * clip.fps)), min(clip.frames, round((bond.end + REACH[1]) * clip.fps))
    (dancer, source), (other, target) = bond.ends
    apart = clip.positions[first:last, dancer, source].astype(np.float64) - clip.positions[first:last, other, target]
    distance = _smooth(np.sqrt((apart**2).sum(axis=1)), max(1, round(SMOOTH * clip.fps)))
    turns = turning_points(distance, STRETCH)
    found = []
    for k in range(1, len(turns)):
        low, high = turns[k - 1], turns[k]
        if first + high > (bond.end + REACH[0]) * clip.fps or first + low > bond.end * clip.fps:
            break
        stretch = distance[high] - distance[low]
        if stretch < STRETCH:
            continue
        # What crept before it began, and after it had eased, is not part of it.
        begin = low + int(np.flatnonzero(distance[low : high + 1] <= distance[low] + CREEP * stretch)[-1])
        if stretch < SPEED * (high - begin) / clip.fps:
            continue
        after = turns[k + 1] if k + 1 < len(turns) else high
        eased = distance[high : after + 1] <= distance[after] + CREEP * (distance[high] - distance[after])
        after = high + int(np.flatnonzero(eased)[0])
        start, peak, end = ((first + frame + 0.5) / clip.fps for frame in (begin, high, after))
        found.append(Tension(bond, start, peak, end, float(distance[begin]), float(distance[high]), float(distance[after])))
    return found


def turning_points(values: NDArray[np.float64], least: float) -> list[int]:
    """Where (N,) *values* turn, lowest and highest in turn, between which they change by at least *least*; unknown values are passed over.

    The first and last of them may lie at the ends.
    """
    turns: list[int] = []
    low = high = -1
    direction = 0
    for k in np.flatnonzero(~np.isnan(values)):
        value = values[k]
        if low < 0:
            low = high = int(k)
        if value < values[low]:
            low = int(k)
        if value > values[high]:
            high = int(k)
        if direction <= 0 and value - values[low] >= least:
            turns.append(low)
            direction, high = 1, int(k)
        elif direction >= 0 and values[high] - value >= least:
            turns.append(high)
            direction, low = -1, int(k)
    if direction > 0:
        turns.append(high)
    elif direction < 0:
        turns.append(low)
    return turns


def _smooth(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The centred mean over *width* samples (fewer at the ends) of those that are known."""
    known = ~np.isnan(values)
    sums, counts = (np.convolve(v, np.ones(width), "same") for v in (np.where(known, values, 0.0), known.astype(np.float64)))
    return np.where(known, sums / np.maximum(counts, 1), np.nan)
