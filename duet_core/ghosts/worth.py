"""What each connection is worth: how much worse its target is drawn without it, in gaps that nothing was fitted on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, Connections
from ..errors import Cancelled
from ..explain.episodes import Episode, episodes
from ..inference.features import motion_of
from .fitting import Fit, beside
from .gaps import Gap, gap_of
from .hearing import Heard, Stage

GAP_SECONDS = (0.4, 1.0)
"""Least and largest length of a gap …"""
GAP_SHARE = 0.25
"""… which is this share of the time that a connection lasts, `MARGIN` included."""
MARGIN = 0.5
"""Seconds before and after an episode that belong to it: it begins where half a window speaks for it."""
LEARN_EVERY, JUDGE_EVERY = 0.1, 0.5
"""Seconds between gaps that are learned from; and gap lengths between those that are judged."""
MOST = 4
"""Connections to one target that are weighed together: the one in question and the surest others."""
SHIFTS, LEAST_SHIFT = 15, 4.0
"""Copies of the source shifted in time, and the least seconds of a shift, in either direction."""
BY_CHANCE = 0.1
"""Share of them."""
UNKNOWN = (math.nan,) * 7


@dataclass(frozen=True)
class Worth:
    """What is lost where one connection is cut. All errors are r.m.s. distances in metres between the hidden joint and its ghost.

    Attributes:
        episode: the connection while it lasts.
        worth: the share of the ghost's squared error that comes with cutting it, all others kept: 0 is nothing, near 1 all but all; below 0 where
            the ghost is better without it. NaN where it is too short, or the joints were not seen.
        alone: the same where no other connection is known.
        chance: the share of copies of it, its source shifted in time by seconds, that are worth as much (at least 1 of copies + 1); NaN where
            the take is too short for shifts.
        error_with: with all connections. error_without: with all but this one. error_own: with none.
        gap: seconds that were hidden at a time. gaps: how many such.
    """

    episode: Episode
    worth: float
    alone: float
    chance: float
    error_with: float
    error_without: float
    error_own: float
    gap: float
    gaps: int


def worth_of(
    clip: Clip,
    connections: Connections,
    threshold: float = DISPLAY_THRESHOLD,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Mapping[tuple[int, int], Worth]:
    """`explain`, by the candidate and the first window of each episode."""
    return {(w.episode.edge, w.episode.first): w for w in explain(clip, connections, threshold, progress=progress, cancelled=cancelled)}


def beyond_chance(worth: Mapping[tuple[int, int], Worth]) -> dict[tuple[int, int], float]:
    """What to tell of each that could be judged: its worth, or 0 where more than `BY_CHANCE` of shifted copies are worth as much."""
    known = {key: w for key, w in worth.items() if not math.isnan(w.worth)}
    return {key: max(0.0, w.worth) if not w.chance > BY_CHANCE else 0.0 for key, w in known.items()}


def explain(
    clip: Clip,
    connections: Connections,
    threshold: float = DISPLAY_THRESHOLD,
    *,
    among: Sequence[Episode] | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Worth]:
    """The worth of every connection that exceeds *threshold*, by the time it begins (`explain.episodes`); or of those *among* which there is nothing else.

    Raises:
        InputError: no duet.
        Cancelled: *cancelled* said so.
    """
    judge = Judge(clip, episodes(connections, threshold) if among is None else among)
    found = []
    for number, episode in enumerate(judge.episodes):
        if cancelled and cancelled():
            raise Cancelled
        found.append(judge(episode))
        if progress:
            progress((number + 1) / len(judge.episodes))
    return found


def length_of(samples: int, rate: float) -> int:
    """Of gaps within a stretch of *samples* at *rate*, in samples."""
    least, most = GAP_SECONDS
    return max(round(min(max(GAP_SHARE * samples / rate, least), most) * rate), 1)


class Judge:
    """A duet and its connections."""

    def __init__(self, clip: Clip, episodes: Sequence[Episode]) -> None:
        clip.require_duet()
        motion = motion_of(clip)
        self.stage, self.rate, self.samples = Stage(motion, clip.skeleton), motion.rate, len(motion)
        self.episodes = list(episodes)
        self.to: dict[tuple[int, int], list[Episode]] = {}
        for episode in self.episodes:
            self.to.setdefault((episode.to_dancer, episode.to_joint), []).append(episode)

    def __call__(self, episode: Episode, others: bool = True) -> Worth:
        """The worth of *episode*, beside the *others* to the same target."""
        placed = self._placed(episode)
        if placed is None:
            return Worth(episode, *UNKNOWN, gaps=0)
        gap, learn, judged = placed
        to = episode.to_dancer, episode.to_joint
        use = (np.abs(np.subtract.outer(judged, learn)) >= gap.frames + gap.edge).astype(np.float64)
        late = np.array([0, *self._shifts()])
        alongside = self._beside(episode) if others else []

        def told(starts: NDArray[np.int64]) -> tuple[list[Heard], list[Heard], list[Heard]]:
            """By the own body, by other connections, by this one."""
            stage = self.stage
            rest = [heard for e in alongside for heard in stage.hear(e, gap, starts)]
            return stage.own(*to, gap, starts), rest, stage.hear(episode, gap, starts, late)

        limb = self.stage.limb(*to)
        parts = told(learn)
        fit = Fit([*chain(*parts)], gap.of(limb, learn), gap, use, LEARN_EVERY)
        values, target = beside([*chain(*told(judged))]), gap.of(limb, judged)
        ends = np.cumsum([len(part) for part in parts])
        ours, rest, every = (list(range(end)) for end in ends)
        mine = every[len(rest) :]

        def lost(of: Fit, told: NDArray[np.float64], chosen: list[int]) -> NDArray[np.float64]:
            """(K,) the squared error where only the *chosen* are heard."""
            left = target - told[..., of.values(chosen)] @ of.matrix(chosen) if chosen else target[None]
            return np.asarray(np.square(left).sum(axis=(-1, -2, -3)))

        # Of the shifted copies only what all are worth together with the others is asked.
        whole, once = lost(fit, values, every), fit.first()
        without, nothing, single = (float(lost(once, values[:1], chosen)[0]) for chosen in (rest, ours, [*ours, *mine]))
        worth = 1 - whole / max(without, 1e-12)
        chance = float(1 + (worth[1:] >= worth[0]).sum()) / len(worth) if len(worth) > 1 else math.nan
        frames = len(judged) * gap.frames
        return Worth(
            episode,
            float(worth[0]),
            1 - single / max(nothing, 1e-12),
            chance,
            error_with=math.sqrt(float(whole[0]) / frames),
            error_without=math.sqrt(without / frames),
            error_own=math.sqrt(nothing / frames),
            gap=gap.frames / self.rate,
            gaps=len(judged),
        )

    def _placed(self, episode: Episode) -> tuple[Gap, NDArray[np.int64], NDArray[np.int64]] | None:
        """The gap, and the first known samples of those to learn from and of those to judge; None where there is no room for two."""
        first = max(round((episode.start - MARGIN) * self.rate), 0)
        last = min(round((episode.end + MARGIN) * self.rate), self.samples)
        gap = gap_of(length_of(last - first, self.rate), self.rate)
        starts = np.arange(max(first - gap.edge, 0), min(last + gap.edge, self.samples) - gap.span + 1)
        if not len(starts):
            return None
        here = slice(int(starts[0]), int(starts[-1]) + gap.span)
        source, target = (episode.from_dancer, episode.from_joint), (episode.to_dancer, episode.to_joint)
        unseen = np.concatenate([[0], np.cumsum(~(self.stage.seen(*source, here) & self.stage.seen(*target, here)))])
        learn = starts[:: max(round(LEARN_EVERY * self.rate), 1)]
        judged = starts[:: max(round(JUDGE_EVERY * gap.frames), 1)]
        learn, judged = (at[unseen[at - here.start + gap.span] == unseen[at - here.start]] for at in (learn, judged))
        return (gap, learn, judged) if len(judged) > 1 and judged[-1] - judged[0] >= gap.frames + gap.edge else None

    def _beside(self, episode: Episode) -> list[Episode]:
        """The surest others to the same target that last through at least half of *episode*."""
        every = [
            e
            for e in self.to.get((episode.to_dancer, episode.to_joint), [])
            if e is not episode
            and e.edge != episode.edge
            and min(e.end, episode.end) - max(e.start, episode.start) >= 0.5 * episode.seconds
        ]
        return sorted(every, key=lambda e: -e.confidence)[: MOST - 1]

    def _shifts(self) -> NDArray[np.int64]:
        """Samples, evenly from the least shift forwards to the least shift backwards; none where the take is too short."""
        least = round(LEAST_SHIFT * self.rate)
        room = self.samples - 2 * least
        return np.round(np.linspace(least, self.samples - least, SHIFTS)).astype(np.int64) if room > least else np.zeros(0, np.int64)
