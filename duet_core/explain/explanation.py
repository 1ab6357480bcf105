"""Everything that is said of a take, in one place, for the page, the terminal and whoever else asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, KINDS, Connections
from ..saying import duration, listed, percent, sentence
from . import words
from .balance import Balance, balance
from .bodies import parts_of
from .bonds import Bond, bonds
from .episodes import episodes
from .grips import gripped
from .influence import Influence, influence
from .phrases import Phrase, phrases
from .tension import Tension, tensions
from .times import borders
from .words import Wording

_LEADINGS = 4
"""Stretches of leading told in the summary, the longest."""

_SAID = {
    "lead": "one leading the other",
    "hold": "holding each other",
    "unison": "moving in unison",
    "mirror": "mirroring each other",
    "opposition": "moving against each other",
    "none": "connections of no kind",
}


@dataclass(frozen=True)
class Explanation:
    """What `Connections` say to somebody who looks at the dance.

    Attributes:
        connections, threshold: what is explained, and the confidence above which a connection counts as shown.
        wording: the dancers' and joints' names.
        bonds, phrases: what binds them, by time.
        balance: who leads when.
        influence: what each joint sends and answers.
        tensions: moments of tension, by time; empty without a clip.
        shown: (W, K) how many connections are shown in each window, by kind.
        seconds: of the take.
    """

    connections: Connections
    threshold: float
    wording: Wording
    bonds: tuple[Bond, ...]
    phrases: tuple[Phrase, ...]
    balance: Balance
    influence: Influence
    tensions: tuple[Tension, ...]
    shown: NDArray[np.int64]
    seconds: float

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(str(w) for w in self.connections.meta.get("warnings", ()) or ())

    @cached_property
    def kind_seconds(self) -> dict[str, float]:
        """For each kind that is ever shown, the seconds in which some connection of it is; the longest first."""
        lengths = np.diff(borders(self.connections))
        total = {kind: float(lengths[self.shown[:, k] > 0].sum()) for k, kind in enumerate(KINDS)}
        return dict(sorted(((k, s) for k, s in total.items() if s > 0), key=lambda item: -item[1]))

    @cached_property
    def bound_seconds(self) -> float:
        """Seconds in which anything is shown."""
        return float(np.diff(borders(self.connections))[self.shown.any(axis=1)].sum())

    @cached_property
    def headline(self) -> str:
        """The take in one sentence."""
        a, b = self.wording.dancers
        if not self.phrases:
            return sentence(f"nothing is shown to bind {a} and {b}")
        chief = [kind for kind, seconds in self.kind_seconds.items() if seconds >= 0.25 * self.seconds and kind != "none"][:2]
        chief = chief or [next(iter(self.kind_seconds))]
        means = listed([f"by {self._said(kind)}" for kind in chief])
        share = self.bound_seconds / max(self.seconds, 1e-9)
        how = "throughout" if share > 0.95 else "most of the time" if share > 0.6 else f"{percent(share)} of the time"
        leader = self.balance.overall.leader
        who = f"{self.wording.dancers[leader]} leads" if leader is not None else "who leads is unsettled"
        return sentence(f"{a} and {b} are bound {how}, mostly {means}; {who}")

    @cached_property
    def summary(self) -> tuple[str, ...]:
        """What binds them, who leads, when: sentences for the top of a page. Says plainly where nothing is shown, and why that may be."""
        if not self.phrases:
            return self._silence()
        of = self.wording
        lines = [f"{listed(of.dancers)} are bound for {duration(self.bound_seconds)} of {duration(self.seconds)}: {self._kinds()}"]
        chief = max(self.phrases, key=lambda p: p.weight)
        lines.append(f"most of all, {words.sentence(chief, of)}")
        lines.append(words.leader_words(self.balance.overall, of))
        leading = self._leading()
        if leading:
            lines.append(leading)
        most = words.influence_words(self.influence, of)
        if most:
            lines.append(most)
        stretched = [t for t in self.tensions if t.released and not t.let_go]
        if stretched:
            lines.append(f"the strongest tension: {words.tension_words(max(stretched, key=lambda t: t.strength), of)}")
        return tuple(sentence(line) for line in lines)

    def _kinds(self) -> str:
        return ", ".join(f"{self._said(kind)} {duration(seconds)}" for kind, seconds in self.kind_seconds.items())

    def _said(self, kind: str) -> str:
        if kind == "hold" and not any(phrase.within_reach for phrase in self.phrases if phrase.kind == kind):
            return "keeping their distance"
        return _SAID[kind]

    def _leading(self) -> str:
        """The longest stretches in which one leads, in order."""
        every = words.moments_of_leading(self.balance)
        found = sorted(every, key=lambda m: m[1] - m[2])[:_LEADINGS]
        said = [f"{self.wording.dancers[d]} {words.span(start, end)}" for d, start, end in sorted(found, key=lambda m: m[1])]
        if not said:
            return ""
        return f"for a while one leads: {', '.join(said)}" + (
            f", and {len(every) - len(said)} times more" if len(every) > len(said) else ""
        )

    def _silence(self) -> tuple[str, ...]:
        confidence = self.connections.confidence
        highest = float(np.nanmax(confidence)) if confidence.size and not np.isnan(confidence).all() else 0.0
        lines = [f"no connection exceeds a confidence of {self.threshold:g}; the highest is {highest:.2f}"]
        reasons = [
            "two dancers who do not dance with each other, or whose recordings are not in step, show nothing",
            "so do dancers who hardly move, and tracking that trembles more than the dance moves (inspect.py says how good a take is)",
        ]
        if self.seconds < 15:
            reasons.insert(0, f"{duration(self.seconds)} are little evidence: half a minute is sounder")
        lines.append(f"why that may be: {'; '.join(reasons)}")
        return tuple(sentence(line) for line in lines)


def explain(connections: Connections, clip: Clip | None = None, threshold: float = DISPLAY_THRESHOLD) -> Explanation:
    """Explain *connections* above *threshold*; with the *clip* they were found in also by its skeleton, and with moments of tension."""
    parts = parts_of(connections.joints, clip.skeleton if clip else None)
    meta: dict[str, Any] = {**({"dancers": clip.names} if clip else {}), **connections.meta}
    shown = episodes(connections, threshold)
    found = bonds(gripped(shown, clip) if clip else shown)
    return Explanation(
        connections=connections,
        threshold=threshold,
        wording=Wording(words.dancers_of(meta), connections.joints, parts),
        bonds=tuple(found),
        phrases=tuple(phrases(found, parts)),
        balance=balance(connections, parts),
        influence=influence(connections),
        tensions=tuple(tensions(clip, found)) if clip else (),
        shown=_shown(connections, threshold),
        seconds=clip.duration if clip else float(connections.window_end.max(initial=0)) / connections.fps,
    )


def _shown(connections: Connections, threshold: float) -> NDArray[np.int64]:
    """(W, K) connections above *threshold* by kind; a mutual one that is shown both ways counts twice."""
    counts = np.zeros((connections.windows, len(KINDS)), np.int64)
    windows, edges = np.nonzero(connections.shown(threshold))
    np.add.at(counts, (windows, connections.kind[windows, edges]), 1)
    return counts
