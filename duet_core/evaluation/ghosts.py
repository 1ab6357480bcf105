"""Whether what a connection is worth (`ghosts`) tells true ones from false ones, and whether a model's own decoder leans on them.

On planted duets the connections that a model shows are true or false by their labels; beside each stand random pairs that are neither, judged over
the same time as if they were of the same kind. On real takes nobody knows what is true, but the same connections must be worth nothing once one
dancer is late by seconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import KINDS, Connections
from ..explain.episodes import Episode, episodes
from ..ghosts import Worth, explain
from ..ghosts.worth import BY_CHANCE, Judge
from ..inference.runtime import Decoder, Trained, gates_of
from ..metrics import auroc
from ..planted import PlantedDuet, labels, solos_of
from .intervals import over_seeds

RANDOM = 3
"""Pairs beside each true connection: one of them to the same target."""
MOST = 60
"""True connections, and false ones, of one duet that are judged: the surest. Bodies that hold each other show hundreds."""
CUT_FRAMES = 10
"""Frames that the decoder predicts freely."""
SORTS = ("true", "random", "wrong")
"""What is judged: shown and true, pairs by chance, shown and false."""


@dataclass(frozen=True)
class Case:
    """One connection judged: of which sort, its worth, and by how much the decoder's error grows where its gate is closed (a share; NaN unknown)."""

    sort: str
    worth: Worth
    cut: float = math.nan


def planted(
    sets: Sequence[Sequence[PlantedDuet]],
    infer: Callable[[Clip], Connections],
    cut: Callable[[Clip, Sequence[Episode]], Sequence[float]] | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Figures over *sets* of duets, one for each seed; see `figures`. *cut* is `decoder_cuts` of a model that has a decoder."""
    done, total, seeds = 0, sum(map(len, sets)), []
    for number, duets in enumerate(sets):
        rng = np.random.default_rng([number, 11])
        cases: list[Case] = []
        for duet in duets:
            cases += judged(duet, infer(duet.clip()), rng, cut)
            done += 1
            if progress:
                progress(done / total)
        seeds.append(figures(cases))
    return joined(seeds)


def judged(
    duet: PlantedDuet,
    connections: Connections,
    rng: np.random.Generator,
    cut: Callable[[Clip, Sequence[Episode]], Sequence[float]] | None = None,
) -> list[Case]:
    """Every connection shown of *duet* that is true or false for certain, and random pairs beside the true ones."""
    clip, shown = duet.clip(), episodes(connections)
    sorts: dict[str, list[Episode]] = {sort: [] for sort in SORTS}
    for episode in sorted(shown, key=lambda e: -e.confidence):
        present = _present(duet, episode)
        truth = int(present[episode.from_dancer, episode.from_joint, episode.to_joint])
        sort = {1: "true", 0: "wrong"}.get(truth)
        if sort is None or len(sorts[sort]) >= MOST:
            continue
        sorts[sort].append(episode)
        if sort == "true":
            sorts["random"] += _random(duet, episode, present, shown, rng)
    judge = Judge(clip, shown)
    result = []
    for sort, chosen in sorts.items():
        cuts = cut(clip, chosen) if cut and chosen else [math.nan] * len(chosen)
        result += [Case(sort, judge(episode), share) for episode, share in zip(chosen, cuts, strict=True)]
    return result


def _present(duet: PlantedDuet, episode: Episode) -> NDArray[np.int8]:
    """(2, J, J) what is true while *episode* lasts: 1, 0, or −1 where nobody can say."""
    first = min(round(episode.start * duet.rate), len(duet.positions) - 2)
    length = max(min(round(episode.end * duet.rate), len(duet.positions)) - first, 2)
    return labels(duet, np.array([first]), length).present[0]


def _random(
    duet: PlantedDuet, episode: Episode, present: NDArray[np.int8], shown: Sequence[Episode], rng: np.random.Generator
) -> list[Episode]:
    """Pairs that are false and never shown, in the direction of *episode*: one to the same target, the others to any."""
    taken = {(e.from_joint, e.to_joint) for e in shown if e.from_dancer == episode.from_dancer}
    free = np.argwhere(present[episode.from_dancer] == 0)
    free = np.array([pair for pair in free.tolist() if tuple(pair) not in taken], np.int64).reshape(-1, 2)
    same = free[free[:, 1] == episode.to_joint]
    joints = len(duet.skeleton)
    chosen = [*rng.permutation(same)[:1], *rng.permutation(free)[: RANDOM - 1]]
    edge = episode.from_dancer * joints * joints
    return [replace(episode, from_joint=int(i), to_joint=int(j), edge=int(edge + i * joints + j)) for i, j in chosen]


def figures(cases: Sequence[Case]) -> dict[str, Any]:
    """One seed's figures: over all kinds under ``all``, and by kind; for each, `_one`."""
    return {
        name: _one([case for case in cases if name == "all" or case.worth.episode.kind == name]) for name in ("all", *KINDS[1:])
    }  # fmt: skip


def _one(cases: Sequence[Case]) -> dict[str, float]:
    """AUROC of true ones against random pairs and against what is wrongly shown, medians by sort, shares beyond chance, errors in metres.

    One that could not be judged counts as worth nothing.
    """
    of = {sort: [case for case in cases if case.sort == sort] for sort in SORTS}
    worth = {sort: np.nan_to_num([case.worth.worth for case in part]) for sort, part in of.items()}
    found: dict[str, float] = {f"count_{sort}": float(len(part)) for sort, part in of.items()}
    for against in ("random", "wrong"):
        found[f"auroc_{against}"] = _auroc(worth["true"], worth[against])
        found[f"auroc_cut_{against}"] = _auroc(*(np.nan_to_num([c.cut for c in of[s] if not math.isnan(c.cut)]) for s in ("true", against)))
    for sort, part in of.items():
        known = [case.worth for case in part if not math.isnan(case.worth.worth)]
        cuts = [case.cut for case in part if not math.isnan(case.cut)]
        found[f"worth_{sort}"] = float(np.median(worth[sort])) if part else math.nan
        found[f"alone_{sort}"] = float(np.median([w.alone for w in known])) if known else math.nan
        found[f"beyond_{sort}"] = float(np.mean([w.chance <= BY_CHANCE for w in known])) if known else math.nan
        found[f"cut_{sort}"] = float(np.median(cuts)) if cuts else math.nan
        for name in ("error_with", "error_without", "error_own"):
            found[f"{name}_{sort}"] = float(np.sqrt(np.mean([getattr(w, name) ** 2 for w in known]))) if known else math.nan
    return found


def _auroc(true: NDArray, false: NDArray) -> float:
    scores = np.concatenate([true, false])
    return auroc(scores, np.repeat(np.array([1, 0], np.int8), [len(true), len(false)])) if len(true) and len(false) else math.nan


def joined(seeds: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, Any]:
    """The figures of several seeds with their intervals."""
    return {
        kind: {name: over_seeds([seed[kind][name] for seed in seeds]).as_dict() for name in seeds[0][kind]} for kind in seeds[0]
    }  # fmt: skip


def real(clip: Clip, connections: Connections, late: Sequence[float]) -> dict[str, Any]:
    """What is shown of a real take is worth by kind, and what the same connections are worth where dancer 1 is *late* by so many seconds."""
    shown = explain(clip, connections)
    result: dict[str, Any] = {"true": by_kind(shown), "shifted": []}
    for seconds in late:
        moved = np.roll(clip.positions[:, 1], round(seconds * clip.fps), axis=0)
        shifted = clip.changed(positions=np.stack([clip.positions[:, 0], moved], axis=1))
        result["shifted"].append({"seconds": seconds, **by_kind(explain(shifted, connections))})
    return result


def by_kind(worths: Sequence[Worth]) -> dict[str, dict[str, float | None]]:
    """For all kinds and each that is there: how many, median worth and alone, share beyond chance, r.m.s. errors in metres."""
    result: dict[str, dict[str, float | None]] = {}
    for kind in ("all", *KINDS[1:]):
        part = [w for w in worths if kind in ("all", w.episode.kind) and not math.isnan(w.worth)]
        if not part:
            continue
        chances = [w.chance for w in part if not math.isnan(w.chance)]
        result[kind] = {
            "count": len(part),
            "worth": float(np.median([w.worth for w in part])),
            "alone": float(np.median([w.alone for w in part])),
            "beyond": float(np.mean(np.array(chances) <= BY_CHANCE)) if chances else None,
            **{n: float(np.sqrt(np.mean([getattr(w, n) ** 2 for w in part]))) for n in ("error_with", "error_without", "error_own")},
        }
    return result


def decoder_cuts(clip: Clip, chosen: Sequence[Episode], encoder: Trained, decoder: Decoder) -> list[float]:
    """By which share the decoder's squared error at the target grows where the gate of one connection is closed, for each of *chosen*.

    The source's dancer is shown all the time, the target's runs freely for the last `CUT_FRAMES` of each window that lies within the connection's
    time, at least one. NaN where the skeleton is not the model's own.
    """
    settings = encoder.settings
    motion = np.stack([solo.positions for solo in solos_of(clip, settings.rate)], axis=1)
    parents = np.array(clip.skeleton.parents, np.int64)
    frames = min(settings.frames, len(motion))
    teacher = frames - CUT_FRAMES
    told: dict[tuple[int, tuple[int, ...]], tuple[Any, ...]] = {}
    result = []
    for episode in chosen:
        first, last = (round(t * settings.rate) for t in (episode.start, episode.end))
        ends = np.arange(min(first + 2 * CUT_FRAMES, len(motion)), max(last, first + 2 * CUT_FRAMES) + 1, CUT_FRAMES)
        starts = tuple(int(s) for s in np.unique(np.clip(ends, frames, len(motion)) - frames))[:8]
        key = (episode.from_dancer, starts)
        if key not in told:
            windows = motion[np.array(starts)[:, None] + np.arange(frames)]
            posterior = encoder.encode(windows, parents)
            gates = gates_of(posterior)
            plain = decoder(windows, parents, gates, teacher, lags=posterior.lags, shown=episode.from_dancer)
            told[key] = windows, posterior, gates, plain
        windows, posterior, gates, plain = told[key]
        closed = gates.copy()
        closed[:, :, episode.from_dancer, episode.from_joint, episode.to_joint] = 0.0
        without = decoder(windows, parents, closed, teacher, lags=posterior.lags, shown=episode.from_dancer)
        to = (slice(None), slice(teacher - 1, None), episode.to_dancer, episode.to_joint)
        truth = windows[:, 1:][to]
        with_it, cut = (float(np.square(p.positions[to] - truth).sum()) for p in (plain, without))
        result.append(cut / max(with_it, 1e-12) - 1)
    return result
