"""Single differences between two takes: what becomes, in the other take, of each connection that one of them shows.

Four things look like a difference and are none, and each is allowed for. *Which joint* of a limb speaks for the others changes with the least noise:
so it is asked what the limbs say to each other (`voices`), and a connection stays where another joint carries it on. *Which limb* of two bodies in
unison, mirror or opposition speaks for the rest does so too: a limb is not missed while others go on. *When* it begins is known to a window: a
neighbouring window counts. *Whether* it is seen at all is a matter of confidence: only what is shown in one take and far from shown in the other has
vanished or appeared. How sure that is, is the probability by both confidences that it is there in the one and not in the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS, Connections
from ..inference.learned import ECHO
from ..truth import BOTH_WAYS
from .bonds import Bond, bonds
from .episodes import KEPT, episodes
from .phrases import Phrase, phrases
from .voices import Voices

CHANGES = {
    "vanished": "there in the first only",
    "appeared": "there in the second only",
    "turned": "the lead goes the other way",
    "kind": "another kind",
    "lag": "another lag",
    "confidence": "surer or less sure",
}
"""What can be different, the most telling first."""
STAYED = "stayed"
ABSENT = ECHO
"""Share of the threshold below which a connection counts as absent: one that a surer one speaks for keeps more than that, if it would be shown alone."""
SHORTEST = 1.0
"""Seconds below which a difference is none: two windows."""
LAG_CHANGED = 0.1
"""Seconds by which a lag must differ to count, and by two standard deviations of what it does within the connection."""
CONFIDENCE_CHANGED = 0.25
SURE = 0.5
"""Probability of a difference from which it counts."""
TOLERANCE = 1
"""Windows before and after in which a counterpart is looked for."""

T = TypeVar("T")

OUTSIDE, UNSURE, SAME, TURNED, OTHER_KIND, GONE = range(6)
"""What the other take says of a connection in a window: it has no such moment; neither this nor its absence; the same; …"""
_LEAD = KINDS.index("lead")
_MUTUAL = [k for k, name in enumerate(KINDS) if name in BOTH_WAYS]


@dataclass(frozen=True)
class Change:
    """One difference between two joints while it lasts.

    Attributes:
        what: of `CHANGES`, or `STAYED`.
        bond: the connection in the first take (in the second for ``appeared``), cut to that time; its times are that take's seconds.
        first, second: (start, end) of that time in each take, seconds; NaN where there is no counterpart.
        kinds, lags, confidences: in the first and in the second take; ``none``, NaN and what is left of it for what is not there.
        sure: 0..1, how likely it is by both confidences: that the one is true and the other not; where both are there, that the less sure one is
            (of one phrase danced twice they are true together).
    """

    what: str
    bond: Bond
    first: tuple[float, float]
    second: tuple[float, float]
    kinds: tuple[str, str]
    lags: tuple[float, float]
    confidences: tuple[float, float]
    sure: float


@dataclass(frozen=True)
class Changes:
    """Changes of one sort that belong together, as one says them: *phrase* is what is there, in the take that `Change.bond` is of."""

    what: str
    phrase: Phrase
    each: tuple[Change, ...]

    @property
    def sure(self) -> float:
        return max(change.sure for change in self.each)

    @property
    def weight(self) -> float:
        """What ranks them: sureness summed over joints and seconds."""
        return sum(change.sure * change.bond.seconds for change in self.each)

    def of(self, take: int) -> tuple[str, float, float]:
        """Kind, lag and confidence in a take (0 or 1): the most frequent, and the medians (NaN where undefined)."""
        kinds = [change.kinds[take] for change in self.each]
        return max(kinds, key=kinds.count), _median([c.lags[take] for c in self.each]), _median([c.confidences[take] for c in self.each])

    def span(self, take: int) -> tuple[float, float]:
        """(start, end) in the seconds of a take, the medians; NaN where it has no such moments."""
        spans = [(change.first, change.second)[take] for change in self.each]
        return _median([start for start, _ in spans]), _median([end for _, end in spans])


@dataclass(frozen=True)
class Asked:
    """One take, and the other's voices at its windows.

    Attributes:
        take: 0 or 1, which of the two *own* is.
        times: (W,) seconds of its own windows' centres.
        says: (W, …) its own voices, within `TOLERANCE` as those it is compared with.
        answers: (W, …) the other take's, within `TOLERANCE`.
        partner: (W,) the other's window at each of its own, −1 for none.
        moved: from its own seconds to the other's.
        echoes: the other take's method shows of connections that move as one only the surest.
    """

    take: int
    own: Connections
    times: NDArray[np.float64]
    other: Connections
    says: Voices
    answers: Voices
    partner: NDArray[np.int64]
    moved: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    echoes: bool


def differences(asked: Asked, threshold: float, lag_changed: float) -> tuple[list[Change], NDArray[np.float64]]:
    """All changes from what one take shows above *threshold*, and (6,) the certain seconds with each verdict (`OUTSIDE` …)."""
    found: list[Change] = []
    weight = np.zeros(6)
    for bond in bonds(episodes(asked.own, threshold)):
        answer = _answer(asked, bond, threshold)
        for part in answer.parts():
            cut = answer.cut(bond, part, asked.times)
            weight[answer.verdict[part][0]] += cut.weight
            change = _change(asked, cut, answer, part, lag_changed)
            if change:
                found.append(change)
    return found, weight


def together(changes: Sequence[Change], parts: Sequence[str]) -> list[Changes]:
    """*changes* of one sort in phrases, the weightiest first; what stayed is none."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        if change.what in CHANGES:
            more = (change.kinds[1],) if change.what == "kind" else (str(change.confidences[1] > change.confidences[0]),)
            groups.setdefault((change.what, *(more if change.what in ("kind", "confidence") else ())), []).append(change)
    result = []
    for (what, *_), of in groups.items():
        by_bond = {id(change.bond): change for change in of}
        said = phrases([change.bond for change in of], parts)
        result += [Changes(what, phrase, tuple(by_bond[id(bond)] for bond in phrase.bonds)) for phrase in said]
    return sorted(result, key=lambda c: -c.weight)


@dataclass(frozen=True)
class _Answer:
    """What the other take says of a bond in each of the N windows that it lasts, in order.

    Attributes:
        window: (N,) the windows.
        sure, lag: (N,) the bond's own confidence and lag, of its surer direction.
        voice: (N,) how sure its limbs are of its kind, within `TOLERANCE`: what `said` is to be held against.
        verdict: (N,) `OUTSIDE` …
        said, kind, said_lag: (N,) how sure the other take is, of what kind (index), with what lag (NaN where undefined).
    """

    window: NDArray[np.int64]
    sure: NDArray[np.float64]
    lag: NDArray[np.float64]
    voice: NDArray[np.float64]
    verdict: NDArray[np.int64]
    said: NDArray[np.float64]
    kind: NDArray[np.int64]
    said_lag: NDArray[np.float64]

    def parts(self) -> Iterator[slice]:
        """Where the verdict stays the same."""
        starts = np.flatnonzero(np.concatenate([[True], self.verdict[1:] != self.verdict[:-1]]))
        for begin, end in zip(starts, [*starts[1:], len(self.window)], strict=True):
            yield slice(int(begin), int(end))

    def cut(self, bond: Bond, part: slice, centres: NDArray[np.float64]) -> Bond:
        """*bond* during *part*; *centres* are the seconds of all windows."""
        first, last = self.window[part][[0, -1]]
        start = bond.start if part.start == 0 else (centres[first] + centres[first - 1]) / 2
        end = bond.end if part.stop == len(self.window) else (centres[last] + centres[last + 1]) / 2
        sure = self.sure[part]
        one = replace(
            bond.episodes[0], first=int(first), last=int(last), start=float(start), end=float(max(start, end)),
            lag=_mean(self.lag[part]), confidence=float(sure.max()), mean=float(sure.mean()),
        )  # fmt: skip
        return Bond((one,), bond.kind)


def _answer(asked: Asked, bond: Bond, threshold: float) -> _Answer:
    own, limbs, kind = asked.own, asked.answers.limb, KINDS.index(bond.kind)
    window = np.arange(min(e.first for e in bond.episodes), max(e.last for e in bond.episodes) + 1)
    each = np.arange(len(window))
    edges = np.array(bond.edges)
    confidence = own.confidence[np.ix_(window, edges)].astype(np.float64)
    edge = edges[confidence.argmax(axis=1)]
    (dancer, source), (_, target) = bond.ends
    forth, back = (window, dancer, limbs[source], limbs[target]), (window, 1 - dancer, limbs[target], limbs[source])

    def same(of: Voices) -> NDArray[np.float64]:
        """(N,) of this kind, and of the kind that the connection has in this window: it may be another in some."""
        ways = [of.confidence[way].astype(np.float64) for way in (forth, back)]
        either = np.maximum(*ways)[:, _MUTUAL]
        for said in ways:
            said[:, _MUTUAL] = either
        now = own.kind[window, edge]
        said_now = np.where(edge // len(own.joints) ** 2 == dancer, ways[0][each, now], ways[1][each, now])
        return np.maximum(ways[0][:, kind], np.where(now > 0, said_now, 0))

    said, either = same(asked.answers), np.maximum(asked.answers.confidence[forth], asked.answers.confidence[back]).astype(np.float64)
    others = either.copy()
    others[:, [0, kind]] = 0
    turned = np.zeros(len(window)) if bond.mutual else asked.answers.confidence[back][:, _LEAD].astype(np.float64)
    verdict = np.full(len(window), UNSURE)
    verdict[(either.max(axis=1) < ABSENT * threshold) & ~(_others_speak(asked, bond, window) > threshold)] = GONE
    verdict[others.max(axis=1) > threshold] = OTHER_KIND
    verdict[turned > np.maximum(threshold, others.max(axis=1))] = TURNED
    verdict[said > KEPT * threshold] = SAME
    verdict[asked.partner[window] < 0] = OUTSIDE
    choices = [verdict == SAME, verdict == TURNED, verdict == OTHER_KIND]
    return _Answer(
        window=window,
        sure=confidence.max(axis=1),
        lag=own.lag[window, edge].astype(np.float64),
        voice=same(asked.says),
        verdict=verdict,
        said=np.select(choices, [said, turned, others.max(axis=1)], either.max(axis=1)),
        kind=np.select(choices, [kind, _LEAD, others.argmax(axis=1)], 0),
        said_lag=_said_lag(asked, window, edge, threshold) if bond.kind == "lead" else np.full(len(window), math.nan),
    )


def _others_speak(asked: Asked, bond: Bond, window: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N,) how sure the other take is of what could speak for the bond there: of unison, a mirror or opposition, which whole bodies do, its kind between
    any limbs. 0 for other kinds, and where the method puts nothing behind anything."""
    if not asked.echoes or not bond.mutual or bond.kind == "hold":
        return np.zeros(len(window))
    return asked.answers.confidence[window][..., KINDS.index(bond.kind)].max(axis=(1, 2, 3)).astype(np.float64)


def _said_lag(asked: Asked, window: NDArray, edge: NDArray, threshold: float) -> NDArray[np.float64]:
    """(N,) the other take's lag of the very joints, where it shows them leading: other joints of a limb may well lag otherwise."""
    there = np.maximum(asked.partner[window], 0)
    shown = (
        (asked.partner[window] >= 0) & (asked.other.confidence[there, edge] > KEPT * threshold) & (asked.other.kind[there, edge] == _LEAD)
    )
    return np.where(shown, asked.other.lag[there, edge], math.nan).astype(np.float64)


def _change(asked: Asked, bond: Bond, answer: _Answer, part: slice, lag_changed: float) -> Change | None:
    """What *part* of a connection means (*bond* is cut to it), or None where that is no more than chance: too short, too unsure."""
    verdict, said, voice = int(answer.verdict[part][0]), float(answer.said[part].mean()), float(answer.voice[part].mean())
    if verdict in (OUTSIDE, UNSURE):
        return None
    lags = bond.lag, _mean(answer.said_lag[part])
    what, sure = STAYED, min(voice, said)
    if verdict == GONE:
        what, sure = ("vanished", "appeared")[asked.take], bond.mean * (1 - said)
    elif verdict != SAME:
        what, sure = "turned" if verdict == TURNED else "kind", min(bond.mean, said)
    elif bond.kind == "lead" and abs(lags[1] - lags[0]) >= max(lag_changed, 2 * _spread(answer, part)):
        what = "lag"
    elif abs(said - voice) >= CONFIDENCE_CHANGED:
        what, sure = "confidence", max(voice, said)
    if what != STAYED and (bond.seconds < SHORTEST or sure < SURE):
        if verdict != SAME:
            return None
        what, sure = STAYED, min(voice, said)
    here = (bond.start, bond.end)
    start, end = asked.moved(np.array(here))
    there = (float(start), float(end))
    kinds = np.bincount(answer.kind[part], minlength=len(KINDS))
    return Change(
        what=what,
        bond=bond,
        first=_in_order(asked, here, there)[0],
        second=_in_order(asked, here, there)[1],
        kinds=_in_order(asked, bond.kind, KINDS[int(kinds.argmax())]),
        lags=_in_order(asked, *lags),
        confidences=_in_order(asked, voice if verdict == SAME else bond.mean, said),
        sure=float(sure),
    )


def _in_order(asked: Asked, own: T, other: T) -> tuple[T, T]:
    """The first take's side first, whichever was asked."""
    return (other, own) if asked.take else (own, other)


def _spread(answer: _Answer, part: slice) -> float:
    """Standard deviation of the lags within the connection, of the more restless take."""
    known = [lags[np.isfinite(lags)] for lags in (answer.lag[part], answer.said_lag[part])]
    return max(float(lags.std()) if len(lags) else 0.0 for lags in known)


def _mean(values: NDArray) -> float:
    return float(values[np.isfinite(values)].mean()) if np.isfinite(values).any() else math.nan


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.median(known)) if known else math.nan
