"""Phrases: bonds that begin and end together as one. Two whole bodies in unison are one thing to say, not forty.

What joins bonds of one kind: of unison, mirror and opposition, that their times agree; of a lead, also that it comes from one limb with one lag; of a
hold, that one limb holds one limb, though the grip wanders over its joints meanwhile.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from .bonds import Bond
from .grips import REACH

AGREE = 0.5
"""Two times agree where what they share is at least this part of what they span together …"""

WITHIN = 0.8
"""… and of motion at once also where it is this part of the shorter: a joint that joins in for a while."""

LAGS_AGREE = 0.1
"""Seconds within which two leads have one lag."""

PAUSE = 0.5
"""Seconds for which a hold may be lost and be the same still: the windows' stride, below which nothing is known."""


@dataclass(frozen=True)
class Phrase:
    """Bonds of one kind that belong together.

    Attributes:
        bonds: by the time they begin.
        kind: of `KINDS`.
        start, end: seconds of the clip: of a hold from the first to the last, else the bonds' mean by their `Bond.weight`.
    """

    bonds: tuple[Bond, ...]
    kind: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def mutual(self) -> bool:
        return self.bonds[0].mutual

    @property
    def from_dancer(self) -> int:
        """The dancer whose joints are the source; 0 for a mutual kind."""
        return self.bonds[0].ends[0][0]

    @cached_property
    def confidence(self) -> float:
        """The highest."""
        return max(bond.confidence for bond in self.bonds)

    @cached_property
    def lag(self) -> float:
        """Seconds, the bonds' median; NaN where undefined."""
        known = [bond.lag for bond in self.bonds if not math.isnan(bond.lag)]
        return median(known) if known else math.nan

    @cached_property
    def within_reach(self) -> bool:
        """Whether those who hold can hold each other: some of its joints are near; also where nobody measured."""
        known = [bond.apart for bond in self.bonds if not math.isnan(bond.apart)]
        return not known or min(known) <= REACH

    @cached_property
    def weight(self) -> float:
        """Confidence summed over its bonds and their seconds: what ranks phrases."""
        return sum(bond.weight for bond in self.bonds)

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Its candidates (order of `connections.candidates`), each once."""
        return tuple(sorted({edge for bond in self.bonds for edge in bond.edges}))


def phrases(bonds: Sequence[Bond], parts: Sequence[str]) -> list[Phrase]:
    """*bonds* in phrases, by the time these begin, then the weightiest first.

    Args:
        parts: for each joint its body part (`skeletons.landmarks.PARTS`).
    """
    done: list[_Gathering] = []
    running: dict[tuple[str, ...], list[_Gathering]] = defaultdict(list)
    for bond in sorted(bonds, key=lambda b: (b.start, -b.confidence, b.edges)):
        key = _key(bond, parts)
        alive = [g for g in running[key] if bond.start <= g.until + PAUSE]
        done += [g for g in running[key] if bond.start > g.until + PAUSE]
        running[key] = alive
        for gathering in alive:
            if gathering.takes(bond):
                gathering.add(bond)
                break
        else:
            alive.append(_Gathering(bond))
    found = [g.phrase() for g in [*done, *(g for left in running.values() for g in left)]]
    return sorted(found, key=lambda p: (p.start, -p.weight, p.edges))


def strongest(phrases: Sequence[Phrase], most: int) -> list[Phrase]:
    """The *most* weightiest of *phrases*, in their order."""
    chosen = sorted(range(len(phrases)), key=lambda k: (-phrases[k].weight, k))[:most]
    return [phrases[k] for k in sorted(chosen)]


def limb(part: str) -> str:
    """A body part with what hangs on it: a hand belongs to its arm."""
    return part.replace("_hand", "_arm")


def _key(bond: Bond, parts: Sequence[str]) -> tuple[str, ...]:
    (dancer, source), (_, target) = bond.ends
    if bond.kind == "hold":
        return (bond.kind, limb(parts[source]), limb(parts[target]))
    return (bond.kind,) if bond.mutual else (bond.kind, str(dancer), limb(parts[source]))


@dataclass
class _Gathering:
    """A phrase while bonds still come."""

    first: Bond
    bonds: list[Bond] = field(default_factory=list)
    until: float = -math.inf

    def __post_init__(self) -> None:
        self.add(self.first)

    def add(self, bond: Bond) -> None:
        self.bonds.append(bond)
        self.until = max(self.until, bond.end)

    def takes(self, bond: Bond) -> bool:
        if bond.kind == "hold":
            return True  # of the same limbs, and not after a pause: see `phrases`
        start, end = self.span()
        shared = min(end, bond.end) - max(start, bond.start)
        agree = shared >= AGREE * (max(end, bond.end) - min(start, bond.start))
        if bond.mutual:
            return agree or shared >= WITHIN * min(bond.seconds, end - start)
        return agree and _one_lag([*(b.lag for b in self.bonds), bond.lag])

    def span(self) -> tuple[float, float]:
        if self.first.kind == "hold":
            return self.first.start, self.until
        weights = [max(b.weight, 1e-9) for b in self.bonds]
        total = sum(weights)
        return (
            sum(w * b.start for w, b in zip(weights, self.bonds, strict=True)) / total,
            sum(w * b.end for w, b in zip(weights, self.bonds, strict=True)) / total,
        )

    def phrase(self) -> Phrase:
        return Phrase(tuple(self.bonds), self.first.kind, *self.span())


def _one_lag(lags: list[float]) -> bool:
    known = [lag for lag in lags if not math.isnan(lag)]
    return len(known) in (0, len(lags)) and (not known or max(known) - min(known) <= LAGS_AGREE)
