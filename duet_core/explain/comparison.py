"""Two takes, or two models on one take, laid side by side: joints matched, moments matched, and what differs then."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..connections import DISPLAY_THRESHOLD, Connections
from ..errors import InputError
from ..inference import METHODS
from . import alignment
from .alignment import Alignment
from .balance import Share, balance
from .bodies import parts_of
from .changes import GONE, LAG_CHANGED, OTHER_KIND, OUTSIDE, SAME, TOLERANCE, TURNED, UNSURE, Asked, Change, Changes, differences, together
from .matching import Matching, match, restricted
from .similarity import Similarity, agreement, clearly_better, limbs_at, similarity
from .voices import Voices, voices
from .words import Wording, dancers_of

WAYS = ("auto", "none", "stretch", "dtw")
"""How moments are matched: by the takes' own seconds, ends on ends, or by what connects the dancers in them (dynamic time warping); ``auto`` takes the
first where both are of one take, else the last where its course means something, else the second."""


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes:
        first, second: the takes with their matched joints alone, under the first's names; the second's dancers exchanged where *swapped*.
        matching, alignment: which joint and which moment is which.
        same_take: both were inferred from one take, so that only the methods differ.
        heard: the `voices` of each. partner: (W,) the second's window at each of the first's, −1 for none.
        wording: to say things with, in the first's names.
        parts: each joint's body part.
        changes: every single one, and what stayed, by time; `phrases` has those that belong together, the weightiest first.
        shares: of what the first shows, by confidence and time: what ``stays``, ``changes`` (kind or direction), ``vanishes``, is ``unsure``; of what
            the second shows, what ``appears``.
        agreement: (K, K) see `similarity.agreement`.
        leading: who leads in each.
        exchanged: limb similarity with the dancers' roles exchanged (or, where *swapped*, not), if that is clearly better; else None.
    """

    first: Connections
    second: Connections
    matching: Matching
    alignment: Alignment
    same_take: bool
    swapped: bool
    threshold: float
    heard: tuple[Voices, Voices]
    partner: NDArray[np.int64]
    wording: Wording
    parts: tuple[str, ...]
    changes: tuple[Change, ...]
    phrases: tuple[Changes, ...]
    similarity: Similarity
    shares: dict[str, float]
    agreement: NDArray[np.float64]
    leading: tuple[Share, Share]
    exchanged: float | None


@dataclass(frozen=True)
class _Laid:
    """Two takes of the same joints, and which window is which."""

    one: Connections
    other: Connections
    heard: tuple[Voices, Voices]
    course: Alignment
    there: NDArray[np.int64]
    back: NDArray[np.int64]


def compare(
    first: Connections,
    second: Connections,
    *,
    align: str = "auto",
    swap: bool = False,
    threshold: float = DISPLAY_THRESHOLD,
    lag_changed: float = LAG_CHANGED,
) -> Comparison:
    """What differs from *first* to *second*.

    Args:
        align: of `WAYS`.
        swap: the second's dancer 1 does what the first's dancer 0 does.
        threshold: confidence above which a connection is shown.
        lag_changed: seconds by which a lag must differ to count.

    Raises:
        InputError: no joint or no moment in common, or nothing to align by.
    """
    matching = match(first.joints, second.joints)
    if not matching.pairs:
        names = [", ".join(c.joints[:2]) for c in (first, second)]
        raise InputError(
            f"the takes share no joint ({names[0]}, … and {names[1]}, …)", remedy="compare connections of bodies with named joints"
        )
    if not first.windows or not second.windows:
        raise InputError("there is no window in one of the takes", remedy="make it again with infer.py")
    parts = parts_of([first.joints[j] for j, _ in matching.pairs])
    same_take = _same_take(first, second)
    laid = _laid(first, second, matching, parts, align, swap, same_take)
    alike = similarity(laid.one, laid.other, laid.heard, laid.there, threshold)
    found, weights = [], []
    sides = (laid.one, laid.other, laid.there, laid.course.to_second), (laid.other, laid.one, laid.back, laid.course.to_first)
    for take, (own, other, partner, moved) in enumerate(sides):
        says = laid.heard[take].at(np.arange(own.windows), TOLERANCE)
        echoes = other.meta.get("method") not in METHODS
        asked = Asked(take, own, times_of(own), other, says, laid.heard[1 - take].at(partner, TOLERANCE), partner, moved, echoes)
        changes, weight = differences(asked, threshold, lag_changed)
        found += [change for change in changes if take == 0 or change.what == "appeared"]
        weights.append(weight / max(np.delete(weight, OUTSIDE).sum(), 1e-9))
    return Comparison(
        first=laid.one,
        second=laid.other,
        matching=matching,
        alignment=laid.course,
        same_take=same_take,
        swapped=swap,
        threshold=threshold,
        heard=laid.heard,
        partner=laid.there,
        wording=Wording(dancers_of(laid.one.meta), laid.one.joints, parts),
        parts=parts,
        changes=tuple(sorted(found, key=_when)),
        phrases=tuple(together(found, parts)),
        similarity=alike,
        shares={
            "stays": float(weights[0][SAME]),
            "changes": float(weights[0][[TURNED, OTHER_KIND]].sum()),
            "vanishes": float(weights[0][GONE]),
            "unsure": float(weights[0][UNSURE]),
            "appears": float(weights[1][GONE]),
        },
        agreement=agreement(laid.one, laid.other, laid.there, threshold),
        leading=(balance(laid.one, parts).overall, balance(laid.other, parts).overall),
        exchanged=None if same_take else _exchanged(first, second, matching, parts, align, laid, not swap, threshold),
    )


def seconds_of(connections: Connections) -> float:
    """How long the take is."""
    return float(connections.window_end.max(initial=0)) / connections.fps


def _same_take(first: Connections, second: Connections) -> bool:
    """Whether both were inferred from the same frames of the same files, as far as they tell."""
    sources = [c.meta.get("source") for c in (first, second)]
    within = max(float(np.median(c.window_end - c.window_start)) / c.fps for c in (first, second))
    return (
        bool(sources[0]) and sources[0] == sources[1] and first.fps == second.fps and abs(seconds_of(first) - seconds_of(second)) < within
    )


def _laid(
    first: Connections, second: Connections, matching: Matching, parts: Sequence[str], align: str, swap: bool, same_take: bool
) -> _Laid:
    names = [first.joints[j] for j, _ in matching.pairs]
    one = restricted(first, [j for j, _ in matching.pairs], names)
    other = restricted(second, [j for _, j in matching.pairs], names, swapped=swap)
    heard = voices(one, parts), voices(other, parts)
    course = _aligned(one, other, heard, align, same_take)
    there, back = _partners(one, other, course.to_second), _partners(other, one, course.to_first)
    if not ((there >= 0).any() and (back >= 0).any()):
        raise InputError("the takes have no moment in common", place="--align", remedy="choose another of none, stretch, dtw")
    return _Laid(one, other, heard, course, there, back)


def _aligned(one: Connections, other: Connections, heard: tuple[Voices, Voices], align: str, same_take: bool) -> Alignment:
    seconds = seconds_of(one), seconds_of(other)
    if align == "none" or (align == "auto" and same_take):
        return alignment.same_seconds(*seconds)
    if align == "stretch":
        return alignment.stretched(*seconds)
    found = alignment.warped(heard[0], heard[1], (times_of(one), times_of(other)), seconds)
    if align == "dtw":
        if found is None:
            raise InputError("too little is shown to align the takes by", place="--align dtw", remedy="use --align stretch or none")
        return found
    if found is None or found.chance > alignment.SURE:
        # Nothing says that these are one phrase: ends on ends is as good as anything.
        return replace(alignment.stretched(*seconds), chance=1.0 if found is None else found.chance)
    return found


def times_of(connections: Connections) -> NDArray[np.float64]:
    """(W,) seconds of the windows' centres."""
    return (connections.centres + 0.5) / connections.fps


def _partners(own: Connections, other: Connections, moved: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> NDArray[np.int64]:
    """(W,) for each window of *own* the *other*'s whose centre is nearest where it is *moved* to; −1 where the other has no such moment."""
    moments, centres = moved(times_of(own)), times_of(other)
    index = np.searchsorted((centres[1:] + centres[:-1]) / 2, np.nan_to_num(moments))
    reach = float(np.median(other.window_end - other.window_start)) / other.fps / 2
    return np.where(np.isfinite(moments) & (np.abs(centres[index] - moments) <= reach), index, -1).astype(np.int64)


def _exchanged(
    first: Connections, second: Connections, matching: Matching, parts: Sequence[str], align: str, laid: _Laid, swap: bool, threshold: float
) -> float | None:
    """Limb similarity with the roles the other way round than they were *laid*, where that is clearly better and more than chance."""
    try:
        turned = _laid(first, second, matching, parts, align, swap, False)
    except InputError:
        return None
    alike = similarity(turned.one, turned.other, turned.heard, turned.there, threshold)
    better = clearly_better(limbs_at(laid.heard, laid.there), limbs_at(turned.heard, turned.there), threshold)
    return alike.limbs if better and alike.limbs > alike.chance[1] else None


def _when(change: Change) -> tuple[float, float, tuple[int, ...]]:
    start = change.first[0] if not math.isnan(change.first[0]) else math.inf
    return start, -change.sure, change.bond.edges
