"""Sentences: what phrases, balance and tension say, as a dancer would say it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from ..moments import joint_words
from ..saying import clock, percent
from .balance import Balance, Share
from .bodies import body_words
from .influence import Influence
from .phrases import Phrase
from .tension import Tension

_PLURALS = {"foot": "feet", "tooth": "teeth", "calf": "calves", "whole body": "whole bodies"}

_MINOR = 0.15
"""Share of a phrase's weight below which a body part in it is not worth a word."""


@dataclass(frozen=True)
class Wording:
    """What sentences need to know of a take.

    Attributes:
        dancers: what the two are called.
        joints: J joint names of the skeleton.
        parts: for each its body part.
    """

    dancers: tuple[str, str]
    joints: tuple[str, ...]
    parts: tuple[str, ...]

    def of(self, dancer: int, joint: int) -> str:
        """ "the left hand of A"."""
        return f"the {joint_words(self.joints[joint])} of {self.dancers[dancer]}"


def dancers_of(meta: Mapping[str, object]) -> tuple[str, str]:
    """What the two dancers of ``meta["dancers"]`` are called; "A" and "B" where that does not say."""
    names = meta.get("dancers")
    if isinstance(names, (list, tuple)) and len(names) == 2 and all(str(n).strip() for n in names) and str(names[0]) != str(names[1]):
        return str(names[0]).strip(), str(names[1]).strip()
    return "A", "B"


def sentence(phrase: Phrase, wording: Wording) -> str:
    """ "from 12.4 s to 15.1 s the left hand of A leads the right hip of B by 0.20 s (confidence 0.91)"."""
    return f"{span(phrase.start, phrase.end)} {statement(phrase, wording)} (confidence {confidence(phrase.confidence)}{_threads(phrase)})"


def statement(phrase: Phrase, wording: Wording, *, lag: bool = True) -> str:
    """A phrase without its time and confidence: "the left hand of A leads the right hip of B by 0.20 s"; without the *lag* where that is not wanted."""
    a, b = wording.dancers
    words = ends(phrase, wording)
    source = phrase.from_dancer
    one, other = f"the {words[0]} of {wording.dancers[source]}", f"the {words[1]} of {wording.dancers[1 - source]}"
    if phrase.kind == "lead":
        by = "" if math.isnan(phrase.lag) or not lag else f" by {phrase.lag:.2f} s"
        verb = "lead" if _plural(words[0]) else "leads"
        return f"{one} {verb} {other}{by}"
    if phrase.kind == "hold":
        return _hold(phrase, one, other, wording)
    doing = {"unison": "move in unison", "mirror": "mirror each other", "opposition": "move against each other"}.get(
        phrase.kind, "are connected"
    )
    if len(phrase.bonds) > 2 and "whole body" in words:
        return f"{a} and {b} {doing} with the whole body"
    if len(phrase.bonds) > 2:
        return f"{a} and {b} {doing} with {words[0]}" if words[0] == words[1] else f"{one} and {other} {doing}"
    if words[0] == words[1]:
        return f"the {words[0] if _plural(words[0]) else plural(words[0])} of {a} and {b} {doing}"
    return f"{one} and {other} {doing}"


def label(phrase: Phrase, wording: Wording) -> str:
    """A phrase in a few words, for a marker: "A left hand leads B right hip"."""
    first, second = ends(phrase, wording)
    source = phrase.from_dancer
    one, other = f"{wording.dancers[source]} {first}", f"{wording.dancers[1 - source]} {second}"
    if phrase.kind == "hold" and not phrase.within_reach:
        return f"{one} and {other} at one distance"
    if phrase.kind in ("lead", "hold"):
        verb = phrase.kind if _plural(first) else f"{phrase.kind}s"
        return f"{one} {verb} {other}"
    how = {"unison": "in unison", "mirror": "mirrored", "opposition": "in opposition"}.get(phrase.kind, "connected")
    return f"{' and '.join(wording.dancers)} {first} {how}" if first == second else f"{one} and {other} {how}"


def ends(phrase: Phrase, wording: Wording) -> tuple[str, str]:
    """What a phrase binds, of `Phrase.from_dancer` and of the other: "left hand", "torso, arms and legs"."""
    first, second = (body_words(_main(phrase, end, wording), wording.joints, wording.parts) for end in (0, 1))
    return first, second


def span(start: float, end: float) -> str:
    """ "from 12.4 s to 15.1 s"."""
    return f"from {clock(start)} to {clock(end)}"


def confidence(value: float) -> str:
    """Two digits, and never a certainty that nobody has."""
    return f"{min(value, 0.99):.2f}"


def tension_words(moment: Tension, wording: Wording) -> str:
    """ "at 13.9 s the left hand of A and the right hand of B are stretched apart, from 0.20 m to 0.95 m, and ease to 0.39 m by 14.5 s"."""
    (dancer, source), (other, target) = moment.bond.ends
    ends = (wording.of(dancer, source), wording.of(other, target))
    if dancer == 1:
        ends = ends[1], ends[0]
    pair = " and ".join(ends)
    far = f"from {moment.before:.2f} m to {moment.longest:.2f} m"
    more = f"; {len(moment.others)} more {'pair does' if len(moment.others) == 1 else 'pairs do'} the same" if moment.others else ""
    if moment.let_go and not moment.released:
        return f"at {clock(moment.peak)} {pair} have let go of each other, {far}{more}"
    if moment.let_go:
        return f"at {clock(moment.peak)} {pair} have let go, {far}, and meet again at {moment.after:.2f} m by {clock(moment.end)}{more}"
    if not moment.released:
        return f"by {clock(moment.peak)} {pair} have drawn apart, {far}{more}"
    return f"at {clock(moment.peak)} {pair} are stretched apart, {far}, and ease to {moment.after:.2f} m by {clock(moment.end)}{more}"


def leader_words(overall: Share, wording: Wording) -> str:
    """Who leads over the whole take, with how sure that is."""
    a, b = wording.dancers
    if overall.value is None:
        return f"who leads is unsettled: there is too little leading for a number ({_stretches(overall)})"
    first = overall.value >= 0.5
    share, low, high = (overall.value, overall.low, overall.high) if first else (1 - overall.value, 1 - overall.high, 1 - overall.low)
    name = a if first else b
    figures = f"{percent(share)} of the leading is {name}'s, 95 % interval {percent(low)} to {percent(high)}"
    if overall.leader is None:
        return f"who leads is unsettled: {figures}, from {_stretches(overall)}"
    return f"{name} leads: {figures}, from {_stretches(overall)}"


def moments_of_leading(balance: Balance) -> list[tuple[int, float, float]]:
    """(dancer, start, end) of the stretches in which one leads, in seconds."""
    cuts = [0, *(k for k in range(1, len(balance.leader)) if balance.leader[k] != balance.leader[k - 1]), len(balance.leader)]
    return [
        (int(balance.leader[first]), float(balance.borders[first]), float(balance.borders[last]))
        for first, last in pairwise(cuts)
        if first < last and balance.leader[first] >= 0
    ]


def influence_words(influence: Influence, wording: Wording) -> str | None:
    """What sends most and what answers most, or None where nothing is sent."""
    sent, answered = (influence.most(v.sum(axis=0), 1) for v in (influence.sent, influence.answered))
    if not sent or not answered:
        return None
    (d, j, _), (e, k, _) = sent[0], answered[0]
    if (d, j) == (e, k):
        return f"{wording.of(d, j)} sends and answers most"
    return f"{wording.of(d, j)} sends most, {wording.of(e, k)} answers most"


def _stretches(share: Share) -> str:
    return f"evidence worth {share.stretches:.1f} independent stretches" if share.stretches >= 0.05 else "none is seen"


def _threads(phrase: Phrase) -> str:
    return f", {len(phrase.bonds)} pairs of joints" if len(phrase.bonds) > 1 else ""


def _hold(phrase: Phrase, one: str, other: str, wording: Wording) -> str:
    if not phrase.within_reach:
        return f"{one} and {other} stay at one distance"
    hands = ["hand" in _most_of(phrase, end, wording) for end in (0, 1)]
    if hands == [True, True] or (not any(hands) and _arms(phrase, wording)):
        return f"{one} and {other} hold each other"
    if any(hands):
        holder, held = (one, other) if hands[0] else (other, one)
        return f"{holder} holds {held}" if not _plural(holder.split(" of ")[0]) else f"{holder} hold {held}"
    return f"{one} and {other} stay at one distance, as if joined"


def _arms(phrase: Phrase, wording: Wording) -> bool:
    return all("arm" in _most_of(phrase, end, wording) for end in (0, 1))


def _weights(phrase: Phrase, end: int) -> dict[int, float]:
    weights: dict[int, float] = {}
    for bond in phrase.bonds:
        joint = bond.ends[end][1]
        weights[joint] = weights.get(joint, 0.0) + bond.weight
    return weights


def _most_of(phrase: Phrase, end: int, wording: Wording) -> str:
    """The body part with most weight at an end of a phrase."""
    parts: dict[str, float] = {}
    for joint, weight in _weights(phrase, end).items():
        parts[wording.parts[joint]] = parts.get(wording.parts[joint], 0.0) + weight
    return max(sorted(parts), key=lambda part: parts[part])


def _main(phrase: Phrase, end: int, wording: Wording) -> tuple[int, ...]:
    """The joints at an end of a phrase, without the body parts that hardly take part."""
    weights = _weights(phrase, end)
    parts: dict[str, float] = {}
    for joint, weight in weights.items():
        parts[wording.parts[joint]] = parts.get(wording.parts[joint], 0.0) + weight
    total = sum(parts.values())
    least = _MINOR * total if len(parts) <= 3 else 0.0
    return tuple(sorted(j for j in weights if parts[wording.parts[j]] >= least))


def plural(words: str) -> str:
    """One thing's words as those of two: "left foot" → "left feet", "pelvis" → "pelvises"."""
    before, _, last = words.rpartition(" ")
    if last in _PLURALS:
        many = _PLURALS[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        many = f"{last}es"
    elif last.endswith("y") and last[-2:-1] not in "aeiou":
        many = f"{last[:-1]}ies"
    else:
        many = last if last[-1:].isdigit() else f"{last}s"
    return f"{before} {many}".strip()


def _plural(words: str) -> bool:
    return words.endswith(("arms", "legs", "hands")) or " and " in words
