"""How a baseline finds connections: windows, scores of the true and of shifted takes, confidence, kinds, all in one `Connections`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import Connections
from ..errors import Cancelled, InputError
from ..skeletons import hierarchy
from . import calibration, crosscorr, entropy, granger, kinds, null, proximity, redundancy, ridge, windows
from .features import Grid, Motion, motion_of
from .null import Null
from .side_by_side import quiet_blas

LAG_SECONDS = 0.60
"""The longest lag looked for; later answers belong to the phrase, not to the touch."""
TYPES: tuple[str, ...] = ("none", "faint", "clear", "core")
TYPE_EDGES = (0.10, 0.30)
"""Share of the target's unexplained motion that the source tells, from which a connection is clear, and core."""
SPAN_SECONDS = 120.0
"""Own-past regressions span this much, so that memory stays small for an hour of dance and a change of style is followed."""
NULL_STRIDE_SECONDS = 1.0
NULL_WINDOWS = 240
"""Windows of a shifted take at most: enough to know its tail."""
SEEN_SHARE = 0.7
"""A joint seen in less of a window than this has no connections there."""
THREADS = 2


class Method(Protocol):
    """What a method must offer; see `granger.Granger.scores`."""

    def scores(self, direction: int, shift: int, grid: Grid, span: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]: ...


HOLD_SHARPNESS = 2
"""Power of the hold's score where pairs compete: the steadiest of a hand's joints stands for the hand."""

WITH_HOLDS = frozenset({"granger"})
"""Methods whose connections are also read from held distances; cross-correlation stays the plain baseline that it is elsewhere."""

HOLD_DOUBT = 2.5
"""Log odds against a held distance; fitted so that planted duets stay calibrated and holds of hands are still found."""

BASELINES: dict[str, tuple[Callable[[Motion], Method], str]] = {
    "granger": (
        granger.Granger,
        "ridge-Granger: what a joint tells of the partner's joint beyond the partner's own past, on held-out frames; and held distances",
    ),
    "crosscorr": (crosscorr.CrossCorrelation, "lagged cross-correlation of joint speeds"),
    "entropy": (entropy.TransferEntropy, "symbolic transfer entropy of joint speeds"),
    "ridge": (ridge.RidgeGranger, "plain ridge-Granger: whether a joint's past lessens the error in the partner's joint"),
    "proximity": (proximity.Proximity, "how near two joints are; it knows no direction"),
}
"""By name: what scores the pairs of a duet's motion, and what it is, for people."""

METHODS: dict[str, str] = {name: says for name, (_, says) in BASELINES.items()}


@dataclass(frozen=True)
class Evidence:
    """What a method found before anything is made of it; arrays (W, 2, J, J), sources before targets.

    ``score`` NaN where a joint was not seen; ``lag`` in seconds. ``hold`` and its null, for methods that take account of held distances:
    velocities tell little of a slow carry, where the distance that stays tells everything.
    """

    score: NDArray[np.float32]
    lag: NDArray[np.float32]
    null: Null
    warnings: list[str]
    hold: NDArray[np.float32] | None = None
    hold_null: Null | None = None


def examine(
    clip: Clip,
    method: str,
    *,
    window: int | None = None,
    stride: int | None = None,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Connections, Evidence]:
    """The connections of *clip* by one of `METHODS`, and the evidence that its confidences were made from, whose order of pairs no calibration has flattened.

    Arguments and errors as those of `models.infer`.
    """
    clip.require_duet()
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}", place="method", remedy=f"choose one of: {', '.join(METHODS)}")
    placed = windows.place(clip.frames, clip.fps, window, stride)
    motion = motion_of(clip)
    grid = grid_of(motion, placed.start, placed.length, clip.fps)
    evidence = gather(motion, grid, BASELINES[method][0](motion), seed, progress, cancelled, holds=method in WITH_HOLDS)
    seen = np.isfinite(evidence.score)
    centres = (placed.start + placed.end) / 2 / clip.fps

    def competing(score: NDArray[np.float32]) -> NDArray[np.float32]:
        # Pairs compete with what they tell for a while: joints of one hand tell almost the same, and the best of a single window
        # changes from window to window, so that none of them would last.
        return calibration.lasting(score, seen, centres).astype(np.float32)

    probability, held = np.zeros_like(evidence.score), np.zeros_like(evidence.score)
    score, carrier = competing(evidence.score), redundancy.carriers(hierarchy(clip.skeleton, motion.position).depth)
    hold = None if evidence.hold is None else competing(evidence.hold**HOLD_SHARPNESS)
    for span, part in _spans(motion, grid):
        kin = redundancy.coherence(motion, Grid(grid.start[part], grid.length, grid.lags), span)
        probability[part] = redundancy.directness(score[part], kin, carrier)
        if hold is not None:
            held[part] = redundancy.directness(hold[part], kin, carrier)
    probability *= null.confidence(evidence.score, evidence.null)
    if evidence.hold is not None and evidence.hold_null is not None:
        held = _doubted(held * null.confidence(evidence.hold, evidence.hold_null))
        probability += (1 - probability) * held
    probability = calibration.calibrated(probability, seen, centres)
    kind = kinds.kinds(motion, grid, evidence.lag)
    shape = (len(placed), -1)
    flat = probability.reshape(shape)
    found = Connections(
        joints=clip.skeleton.joints,
        window_start=placed.start,
        window_end=placed.end,
        confidence=flat,
        type_probability=_types(flat, evidence.score.reshape(shape)),
        types=TYPES,
        lag=evidence.lag.reshape(shape),
        kind=kind.reshape(shape),
        fps=clip.fps,
        meta={
            "method": method,
            "settings": {"window": placed.length, "stride": placed.stride, "shifts": len(evidence.null.score)},
            "seed": seed,
            "source": clip.meta["source"],
            "dancers": clip.meta["dancers"],
            "warnings": [*placed.warnings, *evidence.warnings],
        },
    )
    return found, evidence


def scores_of(
    clip: Clip, method: str, change: Callable[[Motion], Motion], *, window: int | None = None, stride: int | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores and lags in seconds (W, 2, J, J) by *method* of the motion that *change* makes of the clip's, in the windows of `examine`; no null, no holds.

    Scores are NaN where a joint was not seen. For benchmarks, which ask how well a method could do with another view of the motion.
    """
    placed = windows.place(clip.frames, clip.fps, window, stride)
    motion = change(motion_of(clip))
    grid = grid_of(motion, placed.start, placed.length, clip.fps)
    scorer = BASELINES[method][0](motion)
    joints = motion.velocity.shape[2]
    score = np.empty((len(placed), 2, joints, joints), np.float32)
    lag = np.empty_like(score)
    for span, part in _spans(motion, grid):
        for direction in range(2):
            score[part, direction], samples = scorer.scores(direction, 0, Grid(grid.start[part], grid.length, grid.lags), span)
            lag[part, direction] = samples / motion.rate
    unknown = ~_pairs(_seen(motion.seen, grid))
    score[unknown] = lag[unknown] = np.nan
    return score, lag


def gather(
    motion: Motion,
    grid: Grid,
    method: Method,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    holds: bool = False,
) -> Evidence:
    """Scores of the take and of its shifted copies, by all cores."""
    shifts, warnings = null.draw_shifts(len(motion), motion.rate, np.random.default_rng(seed))
    every = max(NULL_STRIDE_SECONDS * motion.rate, (len(motion) - grid.length) / NULL_WINDOWS)
    sparse_start = np.unique(np.round(np.arange(0, len(motion) - grid.length + 1, every)).astype(np.int64))
    sparse = Grid(sparse_start, grid.length, grid.lags)
    joints = motion.velocity.shape[2]
    score = np.empty((len(grid.start), 2, joints, joints), np.float32)
    lag = np.empty_like(score)
    shifted = np.empty((len(shifts), len(sparse.start), 2, joints, joints), np.float32)

    def true_take(direction: int, span: slice, part: slice) -> None:
        found, samples = method.scores(direction, 0, Grid(grid.start[part], grid.length, grid.lags), span)
        score[part, direction], lag[part, direction] = found, samples / motion.rate

    def shifted_take(index: int, direction: int, span: slice, part: slice) -> None:
        found, _ = method.scores(direction, int(shifts[index]), Grid(sparse.start[part], grid.length, grid.lags), span)
        shifted[index, part, direction] = found

    hold, hold_shifted = np.empty_like(score), np.empty_like(shifted)

    def distances(index: int | None) -> None:
        if index is None:
            steady = kinds.steadiness(motion, grid)
            hold[:] = _hold_score(steady, steady)
        else:
            # As with every score the source is shifted, or swapping the dancers would change what chance is.
            hold_shifted[index] = _hold_score(*(kinds.steadiness(motion, sparse, int(shifts[index]), source) for source in range(2)))

    jobs: list[tuple[Callable[..., None], tuple]] = []
    if holds:
        jobs += [(distances, (index,)) for index in (None, *range(len(shifts)))]
    for direction in range(2):
        jobs += [(true_take, (direction, *where)) for where in _spans(motion, grid)]
        jobs += [(shifted_take, (s, direction, *where)) for s in range(len(shifts)) for where in _spans(motion, sparse)]
    _work(jobs, progress, cancelled)

    seen = _seen(motion.seen, grid)
    unknown = ~_pairs(seen)
    score[unknown] = lag[unknown] = np.nan
    hold[unknown] = np.nan
    sparse_seen = _seen(motion.seen, sparse)
    for index, shift in enumerate(shifts):
        rolled = _seen(np.roll(motion.seen, int(shift), axis=0), sparse)
        unknown = ~_pairs(rolled, sparse_seen)
        shifted[index][unknown] = hold_shifted[index][unknown] = np.nan
    evidence = Evidence(score, lag, Null(shifted), warnings)
    return replace(evidence, hold=hold, hold_null=Null(hold_shifted)) if holds else evidence


def _work(
    jobs: list[tuple[Callable[..., None], tuple]], progress: Callable[[float], None] | None, cancelled: Callable[[], bool] | None
) -> None:
    """Run all *jobs*; report and ask from this thread, since the caller's functions may not be safe in another."""
    with quiet_blas():
        pool = ThreadPoolExecutor(THREADS)
        try:
            pending = {pool.submit(job, *arguments) for job, arguments in jobs}
            while pending:
                if cancelled and cancelled():
                    raise Cancelled
                done, pending = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                if progress:
                    progress(1 - len(pending) / len(jobs))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _doubted(held: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probability that a held distance is a hold: the null knows chance, but not that two bodies beside each other keep many distances."""
    odds = held / np.maximum(1 - held, 1e-6) * np.exp(-HOLD_DOUBT)
    return odds / (1 + odds)


def _hold_score(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """(W, 2, J, J) scores, 1 at a steadiness of 0.99, from the steadiness (W, J, J), dancer 0 before 1, for either source."""
    steady = np.stack([first, second.swapaxes(1, 2)], axis=1)
    return (-np.log(np.maximum(1 - steady, 1e-3)) / -np.log(0.01)).astype(np.float32)


def grid_of(motion: Motion, start: NDArray[np.int64], length: int, fps: float) -> Grid:
    samples = min(round(length / fps * motion.rate), len(motion))
    first = np.minimum(np.round(start / fps * motion.rate).astype(np.int64), len(motion) - samples)
    return Grid(first, samples, np.arange(round(LAG_SECONDS * motion.rate) + 1))


def _spans(motion: Motion, grid: Grid) -> list[tuple[slice, slice]]:
    """(samples, windows): parts of the take for each of which the own past is regressed once, and the windows in it."""
    parts = max(1, round(len(motion) / motion.rate / SPAN_SECONDS))
    if parts == 1:
        return [(slice(0, len(motion)), slice(0, len(grid.start)))]
    edges = np.searchsorted(grid.start, np.linspace(0, grid.start[-1] + 1, parts + 1))
    return [
        (slice(int(grid.start[a]), int(grid.start[b - 1]) + grid.length), slice(int(a), int(b)))
        for a, b in itertools.pairwise(edges)
        if b > a
    ]


def _seen(seen: NDArray[np.bool_], grid: Grid) -> NDArray[np.bool_]:
    """(W, 2, J) which joints were seen in enough of each window."""
    total = np.concatenate([np.zeros((1, *seen.shape[1:])), np.cumsum(seen, axis=0)])
    return (total[grid.start + grid.length] - total[grid.start]) / grid.length >= SEEN_SHARE


def _pairs(source: NDArray[np.bool_], target: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """(W, 2, J, J) from which joints of sources (W, 2, J) and targets are usable."""
    target = source if target is None else target
    return source[..., :, None] & target[:, ::-1, None, :]


def _types(confidence: NDArray[np.float32], score: NDArray[np.float32]) -> NDArray[np.float32]:
    """(W, E, K): the confidence goes to the band that the share told falls into, the rest to none."""
    result = np.zeros((*confidence.shape, len(TYPES)), np.float32)
    result[..., 0] = 1 - confidence
    band = 1 + np.searchsorted(TYPE_EDGES, np.nan_to_num(score, nan=0.0), side="right")
    np.put_along_axis(result, band[..., None], confidence[..., None], axis=-1)
    return result
