"""Bonds: connections as one speaks of them. A hold is one hold, though both directions of it are found; a lead has a source and an answer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ..truth import BOTH_WAYS
from .episodes import Episode


@dataclass(frozen=True)
class Bond:
    """What binds two joints while it lasts.

    Attributes:
        episodes: what it is made of, by the time they begin: one for a lead; one or more of either direction, overlapping in time, for a mutual kind.
        kind: of `KINDS`.
    """

    episodes: tuple[Episode, ...]
    kind: str

    @property
    def mutual(self) -> bool:
        """Whether it has no direction: a hold, unison, a mirror or opposition."""
        return self.kind in BOTH_WAYS

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """((dancer, joint), (dancer, joint)): source and target; of a mutual kind, dancer 0's joint and dancer 1's."""
        one = self.episodes[0]
        ends = (one.from_dancer, one.from_joint), (one.to_dancer, one.to_joint)
        return (ends[1], ends[0]) if self.mutual and one.from_dancer == 1 else ends

    @property
    def start(self) -> float:
        """Seconds of the clip."""
        return min(e.start for e in self.episodes)

    @property
    def end(self) -> float:
        """Seconds of the clip."""
        return max(e.end for e in self.episodes)

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @property
    def confidence(self) -> float:
        """The highest."""
        return max(e.confidence for e in self.episodes)

    @property
    def mean(self) -> float:
        """The mean over its time, of the surer direction where both were found."""
        return max(e.mean for e in self.episodes)

    @property
    def weight(self) -> float:
        """Confidence summed over its seconds."""
        return self.mean * self.seconds

    @property
    def lag(self) -> float:
        """Seconds by which the source precedes; NaN where undefined. Of a mutual kind: of its surest episode, whichever way that runs."""
        known = [e for e in self.episodes if not math.isnan(e.lag)]
        return max(known, key=lambda e: e.confidence).lag if known else math.nan

    @property
    def apart(self) -> float:
        """Metres between the joints of a hold, where they are nearest; NaN where nobody measured."""
        return min((e.apart for e in self.episodes if not math.isnan(e.apart)), default=math.nan)

    @property
    def edges(self) -> tuple[int, ...]:
        """Its candidates (order of `connections.candidates`), each once."""
        return tuple(sorted({e.edge for e in self.episodes}))


def bonds(episodes: Sequence[Episode]) -> list[Bond]:
    """*episodes* with the two directions of each mutual kind as one wherever they overlap in time; by the time they begin, then the surest first."""
    result = [Bond((e,), e.kind) for e in episodes if e.kind not in BOTH_WAYS]
    pairs: dict[tuple[str, int, int], list[Episode]] = defaultdict(list)
    for e in episodes:
        if e.kind in BOTH_WAYS:
            of_0, of_1 = (e.from_joint, e.to_joint) if e.from_dancer == 0 else (e.to_joint, e.from_joint)
            pairs[e.kind, of_0, of_1].append(e)
    for (kind, _, _), found in pairs.items():
        together: list[Episode] = []
        until = -math.inf
        for e in sorted(found, key=lambda e: (e.start, e.edge)):
            if together and e.start >= until:
                result.append(Bond(tuple(together), kind))
                together = []
            until = max(until, e.end) if together else e.end
            together.append(e)
        result.append(Bond(tuple(together), kind))
    return sorted(result, key=lambda b: (b.start, -b.confidence, b.edges))
