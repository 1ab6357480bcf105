"""Sentences about what differs between two takes or models."""

from __future__ import annotations

import math
from pathlib import PurePath

from ..connections import Connections
from ..saying import clock, listed, percent
from .alignment import SURE, Alignment
from .balance import Share
from .changes import CHANGES, Changes
from .comparison import Comparison
from .words import statement

ALIKE = (0.6, 0.35)
"""Limb similarities from which takes are much alike, and partly."""

_KINDS = {
    "lead": "one leads",
    "hold": "they hold each other, or keep their distance",
    "unison": "they move in unison",
    "mirror": "they mirror each other",
    "opposition": "they move against each other",
    "none": "they are connected otherwise",
}


def titles(comparison: Comparison) -> tuple[str, str]:
    """What the two are called in sentences: by their methods where both are of one take, else "the first" and "the second" (see `sources`)."""
    methods = tuple(str(c.meta.get("method") or "") for c in (comparison.first, comparison.second))
    if comparison.same_take and all(methods) and methods[0] != methods[1]:
        return methods[0], methods[1]
    return "the first", "the second"


def sources(comparison: Comparison) -> tuple[str, str]:
    """What each was made of: "sample.duet.npz by duet"."""
    both = []
    for connections in (comparison.first, comparison.second):
        files = listed([PurePath(str(name)).name for name in connections.meta.get("source") or ()]) or "an unnamed take"
        both.append(f"{files} by {method_of(connections)}")
    return both[0], both[1]


def headline(comparison: Comparison) -> str:
    """How alike they are, in one sentence."""
    one, other = titles(comparison)
    alike = comparison.similarity
    if math.isnan(alike.limbs):
        return f"neither {one} nor {other} shows a connection"
    of_all = f"of what {one} or {other} show between limbs, both show {percent(alike.limbs)}"
    chance = alike.chance[1]
    if not math.isnan(chance) and alike.limbs <= chance:
        return f"{one} and {other} are no more alike than moments put together by chance: {of_all}"
    how = "much alike" if alike.limbs >= ALIKE[0] else "partly alike" if alike.limbs >= ALIKE[1] else "little alike"
    return f"{one} and {other} are {how}: {of_all}"


def summary(comparison: Comparison) -> list[str]:
    """`circumstances`, with how alike the two are in numbers."""
    one, other = titles(comparison)
    shares, alike = comparison.shares, comparison.similarity
    first, *rest = circumstances(comparison)
    if math.isnan(alike.limbs):
        return [first, *rest]
    beside = (
        ""
        if math.isnan(alike.chance[0])
        else f" ({percent(alike.chance[0])} where they are shifted in time, at most {percent(alike.chance[1])})"
    )
    return [
        first,
        f"limb for limb they agree on {percent(alike.limbs)}{beside}, joint for joint on {percent(alike.joints)}",
        f"of what {one} shows {percent(shares['stays'])} stays, {percent(shares['vanishes'])} is gone in {other}, {percent(shares['changes'])} is there in "
        f"another kind or direction, {percent(shares['unsure'])} is open; of what {other} shows {percent(shares['appears'])} is new",
        *rest,
    ]


def circumstances(comparison: Comparison) -> list[str]:
    """Which moments and joints were laid on which, who leads, and whether the roles fit: sentences."""
    lines = [aligned(comparison.alignment, comparison.same_take, titles(comparison)), *matched(comparison), leading(comparison)]
    if comparison.exchanged is not None:
        roles = "as they are" if comparison.swapped else "exchanged (--swap)"
        lines.append(f"the takes fit clearly better with the dancers' roles {roles}: {percent(comparison.exchanged)} instead")
    return lines


def aligned(alignment: Alignment, same_take: bool, names: tuple[str, str]) -> str:
    """How moments were matched, and how sure that is."""
    one, other = names
    doubt = ""
    if not math.isnan(alignment.chance):
        found = alignment.chance <= SURE
        doubt = (
            f"; of 40 courses that mean nothing {'none fits' if alignment.chance < 0.04 else f'{40 * alignment.chance:.0f} fit'} as well"
            if found
            else f"; that this is one phrase danced twice is not seen ({percent(alignment.chance)} of courses that mean nothing fit as well)"
        )
    if alignment.how == "none":
        return "both are of one take: the same seconds are compared" if same_take else f"the same seconds are compared{doubt}"
    slower = "slower" if alignment.ratio > 1 else "faster"
    tempo = f"{other} takes {alignment.ratio:.2f} s for a second of {one}, {percent(abs(alignment.ratio - 1))} {slower}"
    if abs(alignment.ratio - 1) < 0.005:
        tempo = "both have one tempo"
    if alignment.how == "stretch":
        return f"beginning is laid on beginning and end on end: {tempo}{doubt}"
    error = "" if math.isnan(alignment.ratio_error) else f" (± {alignment.ratio_error:.2f})"
    spans = " on ".join(f"{clock(float(s[0]))} to {clock(float(s[-1]))}" for s in (alignment.first, alignment.second))
    wavering = "the tempo wavers; on the whole " if alignment.how == "dtw" else ""
    return f"found by what connects the dancers, {spans}: {wavering}{tempo}{error}{doubt}"


def matched(comparison: Comparison) -> list[str]:
    """What joints could not be matched, or were by the place they stand for; nothing where names agree throughout."""
    matching = comparison.matching
    lines = []
    if matching.by_landmark:
        lines.append(
            f"the skeletons differ: {len(matching.pairs)} joints are matched, {matching.by_landmark} of them by the place of the body that they stand for"
        )
    for names, title in zip((matching.only_first, matching.only_second), titles(comparison), strict=True):
        if names:
            some = [*names[:8], *([f"{len(names) - 8} more"] if len(names) > 8 else [])]
            lines.append(f"without a counterpart and left out: {listed(some)} of {title}")
    return lines


def leading(comparison: Comparison) -> str:
    """Who leads in each."""
    said = [f"in {title} {_leader(share, comparison)}" for title, share in zip(titles(comparison), comparison.leading, strict=True)]
    return f"who leads: {', '.join(said)}"


def sentence(changes: Changes, comparison: Comparison) -> str:
    """What is different, without its time: "the left hand of A leads the right arm of B by 0.20 s; by 0.35 s in the second"."""
    _, other = titles(comparison)
    said = statement(changes.phrase, comparison.wording)
    (_, _, sure), (kind, lag, sure_then) = changes.of(0), changes.of(1)
    if changes.what == "kind":
        return f"{said}; in {other} {_KINDS[kind]}"
    if changes.what == "turned":
        return f"{said}; in {other} the lead goes the other way"
    if changes.what == "lag":
        before = changes.of(0)[1]
        return f"{statement(changes.phrase, comparison.wording, lag=False)} by {before:.2f} s, in {other} by {lag:.2f} s"
    if changes.what == "confidence":
        return f"{said}, {'surer' if sure_then > sure else 'less sure'} in {other}"
    return said


def when(changes: Changes, take: int) -> str:
    """The span of *changes* in the seconds of a take, "3.2 – 6.0 s"; "–" where it has no such moments."""
    start, end = changes.span(take)
    return "–" if math.isnan(start) or math.isnan(end) else f"{clock(start).removesuffix(' s')} – {clock(end)}"


def groups(comparison: Comparison) -> dict[str, list[Changes]]:
    """The phrases of each of `changes.CHANGES`, the weightiest first; sorts without any are left out."""
    found = {what: [c for c in comparison.phrases if c.what == what] for what in CHANGES}
    return {what: of for what, of in found.items() if of}


def heading(what: str, comparison: Comparison) -> str:
    """What one sort of change is called."""
    one, other = titles(comparison)
    return {
        "vanished": f"Only in {one}",
        "appeared": f"Only in {other}",
        "turned": "The lead goes the other way",
        "kind": "Of another kind",
        "lag": "Another lag",
        "confidence": "Surer, or less sure",
    }[what]


def _leader(share: Share, comparison: Comparison) -> str:
    if share.value is None:
        return "nobody does enough for a number"
    dancer = comparison.wording.dancers[0]
    settled = "" if share.leader is not None else ", unsettled"
    return f"{percent(share.value)} of the leading is {dancer}'s ({percent(share.low)} to {percent(share.high)}{settled})"


def method_of(connections: Connections) -> str:
    """The method and, of a model, its hash."""
    meta = connections.meta
    return f"{meta.get('method', 'not known')}{' (' + str(meta['model']) + ')' if meta.get('model') else ''}"
