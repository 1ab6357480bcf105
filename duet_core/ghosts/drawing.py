"""Drawing hidden joints again: a ghost of a dancer, for as long as wanted, from all that is known before, after and of the partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, Connections
from ..errors import InputError
from ..explain.episodes import Episode, episodes
from ..inference.features import motion_of
from ..planted import limbs
from ..skeletons import Skeleton
from .fitting import Fit, beside
from .gaps import Gap, gap_of
from .hearing import Heard, Stage
from .worth import LEARN_EVERY, MARGIN, MOST, length_of

LONGEST = 30.0
"""Seconds that may be hidden: what is long gone from either edge is not remembered."""


@dataclass(frozen=True)
class Ghost:
    """Joints that were hidden, drawn again.

    Attributes:
        dancer, joints: whose they are, and which (J', indices).
        start: the first frame of the clip.
        positions: (F, J', 3) metres, float32: with the connections. own: (F, J', 3) without any.
        truth: (F, J', 3) where the joints were; NaN where that is not known.
        heard: the connections that took part.
    """

    dancer: int
    joints: tuple[int, ...]
    start: int
    positions: NDArray[np.float32]
    own: NDArray[np.float32]
    truth: NDArray[np.float32]
    heard: tuple[Episode, ...]

    @property
    def error(self) -> NDArray[np.float32]:
        """(F, J') metres from the truth. `own_error` is that without connections."""
        return np.asarray(np.linalg.norm(self.positions - self.truth, axis=-1))

    @property
    def own_error(self) -> NDArray[np.float32]:
        """(F, J') metres from the truth, without connections."""
        return np.asarray(np.linalg.norm(self.own - self.truth, axis=-1))


def ghost(
    clip: Clip,
    connections: Connections | Sequence[Episode],
    dancer: int,
    joints: Sequence[int],
    frames: tuple[int, int],
    threshold: float = DISPLAY_THRESHOLD,
) -> Ghost:
    """Hide *joints* of *dancer* in *frames* (end excluded) and draw them from what else is known.

    All of a limb should be hidden together: a wrist between a known elbow and a known hand is no riddle. Nothing that is hidden is looked at.

    Args:
        connections: those to be heard, above *threshold*; leave some out (as a list of episodes) to see what is lost.

    Raises:
        InputError: no duet, no such dancer or joint, or frames that leave no fifth of a second of the clip on either side or are too many.
    """
    clip.require_duet()
    _require(clip, dancer, joints, frames)
    hidden = tuple(dict.fromkeys(int(j) for j in joints))
    positions = clip.positions.copy()
    positions[frames[0] : frames[1], dancer, list(hidden)] = np.nan
    motion = motion_of(clip.changed(positions=positions))
    stage = Stage(motion, clip.skeleton)
    stage.hide(dancer, hidden)
    first, last = (int(np.floor(frames[0] / clip.fps * motion.rate)), int(np.ceil((frames[1] - 1) / clip.fps * motion.rate)) + 1)
    gap = gap_of(last - first, motion.rate)
    start = first - gap.edge
    if start < 0 or last + gap.edge > len(motion):
        raise InputError(
            f"frames {frames[0]}:{frames[1]} reach an end of the clip",
            remedy=f"leave {gap.edge / motion.rate:.2g} s before and after what is hidden",
        )
    known = connections if not isinstance(connections, Connections) else episodes(connections, threshold)
    begin, end = first / motion.rate, last / motion.rate
    place = {joint: stage.place(dancer, joint)[first:last] - gap.of(stage.limb(dancer, joint), np.array([start]))[0] for joint in hidden}
    own = stage.motion.position[first:last, dancer].copy()
    for joint in hidden:
        own[:, joint] = place[joint] + _told(stage, [], (dancer, joint), gap, start)
    # Bones are as long as they are where they are known: no arm is stretched.
    outside = np.r_[:first, last : len(motion)]
    lengths = _lengths(motion.position[outside, dancer], clip.skeleton)
    _with_bones(own, clip.skeleton, hidden, lengths)
    drawn = own.copy()
    heard: list[Episode] = []
    for joint in (j for j in clip.skeleton.order if j in hidden):
        mine = _during(known, dancer, joint, begin, end)
        if mine:
            heard += mine
            goal = place[joint] + _told(stage, mine, (dancer, joint), gap, start)
            limbs.bend(drawn, clip.skeleton, _chain(clip.skeleton, joint, hidden), goal - drawn[:, joint])
    at = np.arange(*frames) / clip.fps * motion.rate
    placed = [_between(motion.position[:, dancer, hidden], tracks[:, hidden], first, at) for tracks in (drawn, own)]
    truth = clip.positions[frames[0] : frames[1], dancer][:, list(hidden)]
    return Ghost(dancer, hidden, frames[0], placed[0], placed[1], truth, tuple(heard))


def _told(stage: Stage, heard: Sequence[Episode], to: tuple[int, int], gap: Gap, start: int) -> NDArray[np.float64]:
    """(frames, 3) how far from its own bridge the target is, as far as the own body and those *heard* tell."""
    samples, rate = len(stage.motion), stage.motion.rate
    begin, end = start / rate, (start + gap.span) / rate
    spans = [(e.start, e.end) for e in heard] or [(begin - 2.0, end + 2.0)]
    first = max(round((min(a for a, _ in spans) - MARGIN) * rate), 0)
    last = min(round((max(b for _, b in spans) + MARGIN) * rate), samples)
    # Learned from gaps of the usual length, wherever all of their samples are known; the others say how much there is to be told.
    usual = gap_of(length_of(last - first, rate), rate)
    first, last = max(min(first, start) - usual.edge, 0), min(max(last, start + gap.span) + usual.edge, samples)
    starts = np.arange(first, last - usual.span + 1, max(round(LEARN_EVERY * rate), 1))
    seen = stage.seen(*to)
    for episode in heard:
        seen = seen & stage.seen(episode.from_dancer, episode.from_joint)
    seen[start + gap.edge : start + gap.edge + gap.frames] = False
    unseen = np.concatenate([[0], np.cumsum(~seen)])
    use = (unseen[starts + usual.span] == unseen[starts]).astype(np.float64)[None]

    def told(with_gap: Gap, starts: NDArray[np.int64]) -> list[Heard]:
        return [*stage.own(*to, with_gap, starts), *(h for e in heard for h in stage.hear(e, with_gap, starts))]

    parts = told(usual, starts)
    if not parts or not len(starts):
        return np.zeros((gap.frames, 3))
    fit = Fit(parts, usual.of(stage.limb(*to), starts), usual, use, LEARN_EVERY)
    values = beside(told(gap, np.array([start])))
    return np.asarray((values @ fit.matrix(range(len(parts)))).reshape(gap.frames, 3))


def _during(known: Sequence[Episode], dancer: int, joint: int, begin: float, end: float) -> list[Episode]:
    """The surest connections to the joint that last through half of the seconds from *begin* to *end*, each candidate once."""
    found: dict[int, Episode] = {}
    for e in known:
        lasts = min(e.end + MARGIN, end) - max(e.start - MARGIN, begin) >= 0.5 * (end - begin)
        surer = e.edge not in found or e.confidence > found[e.edge].confidence
        if lasts and surer and (e.to_dancer, e.to_joint) == (dancer, joint):
            found[e.edge] = e
    return sorted(found.values(), key=lambda e: -e.confidence)[:MOST]


def _lengths(known: NDArray[np.float64], skeleton: Skeleton) -> NDArray[np.float64]:
    """(J,) median metres of the bone above each joint of (N, J, 3); 0 for roots."""
    above = np.array([p if p >= 0 else j for j, p in enumerate(skeleton.parents)])
    return np.asarray(np.median(np.linalg.norm(known - known[:, above], axis=-1), axis=0))


def _with_bones(tracks: NDArray[np.float64], skeleton: Skeleton, hidden: Sequence[int], lengths: NDArray[np.float64]) -> None:
    """Give the bones above the *hidden* joints of (F, J, 3) their *lengths* (J,), in place, from the root on."""
    for joint in skeleton.order:
        parent = skeleton.parents[joint]
        if joint in hidden and parent >= 0:
            bone = tracks[:, joint] - tracks[:, parent]
            tracks[:, joint] = tracks[:, parent] + bone * (lengths[joint] / np.maximum(np.linalg.norm(bone, axis=-1, keepdims=True), 1e-6))


def _chain(skeleton: Skeleton, joint: int, hidden: Sequence[int]) -> tuple[int, ...]:
    """What bends to bring *joint* to its place: from the last known joint above it to itself."""
    chain = [joint]
    while chain[0] in hidden and skeleton.parents[chain[0]] >= 0:
        chain.insert(0, skeleton.parents[chain[0]])
    return tuple(chain)


def _between(known: NDArray[np.float64], drawn: NDArray[np.float64], first: int, at: NDArray[np.float64]) -> NDArray[np.float32]:
    """(F, J', 3) at the samples *at* of *known* (N, J', 3) with *drawn* from sample *first* on, by the cubic of Catmull and Rom, which has no kinks."""
    tracks = known.copy()
    tracks[first : first + len(drawn)] = drawn
    low = np.clip(np.floor(at).astype(np.int64), 0, len(tracks) - 1)
    t = (at - low)[:, None, None]
    a, b, c, d = (tracks[np.clip(low + k, 0, len(tracks) - 1)] for k in (-1, 0, 1, 2))
    return np.asarray(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))), np.float32)


def _require(clip: Clip, dancer: int, joints: Sequence[int], frames: tuple[int, int]) -> None:
    if dancer not in (0, 1):
        raise InputError(f"there is no dancer {dancer}", remedy="give 0 or 1")
    if not len(joints) or any(not 0 <= j < len(clip.skeleton) for j in joints):
        raise InputError(f"joints {list(joints)} cannot be hidden", remedy=f"give one or more of 0 to {len(clip.skeleton) - 1}")
    if not 0 <= frames[0] < frames[1] <= clip.frames or frames[1] - frames[0] > LONGEST * clip.fps:
        raise InputError(f"frames {frames[0]}:{frames[1]} cannot be hidden", remedy=f"choose at most {LONGEST:g} s within 0:{clip.frames}")
