"""Which moment of one take is which of another: two performances of one phrase differ in tempo, and seldom begin on the same frame.

Moments are told apart by what connects the limbs in them. Dynamic time warping (Sakoe and Chiba 1978, with their slope constraint P = 1: neither take may
run more than twice as fast as the other for long, nor stand still) finds the course on which these agree best; what one take has before or after the
other may stay over. Where one tempo fits as well as a course that wavers, the tempo is the truth.

How sure that is: the same search against the second take begun elsewhere (its end joined to its beginning) and danced backwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .voices import Voices

STEPS = 600
"""A longer take is first aligned in this many steps, then finely near that course: memory and time stay small for an hour."""
LEFT_OVER = 0.5
"""Cost of a window that stays over at an end; 0 is a window that agrees with its partner, 1 one that shares nothing with it."""
FAINT = 0.3
"""Where both windows say next to nothing (less than one connection at this confidence) they agree."""
FITS_AS_WELL = 0.05
"""Mean cost by which a plain course may be worse than the best one."""
SAME_LENGTH = 0.03
"""Takes whose lengths differ by less may have been danced in one tempo from the same moment on."""
SURE = 0.05
"""A course counts where at most this share of the courses that mean nothing fit as well."""
OTHERS = 20
"""Beginnings elsewhere, forwards and backwards, that a course is held against."""
_NONE, _BOTH, _SECOND, _FIRST = range(4)
"""Where a course came from: its beginning; one window on in both; two in the second; two in the first."""


@dataclass(frozen=True)
class Alignment:
    """Moments of two takes that belong together.

    Attributes:
        how: ``none`` (the same seconds), ``stretch`` (ends on ends, one tempo), ``tempo`` or ``dtw`` (found, with one tempo or a wavering one).
        first, second: (N,) seconds of either take, ascending; what lies before or after has no partner.
        ratio: seconds of the second take for a second of the first.
        ratio_error: half its 95 % interval; NaN where the ratio was not found but given.
        chance: share of meaningless courses that fit as well; NaN where none was looked for.
    """

    how: str
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    ratio: float = 1.0
    ratio_error: float = math.nan
    chance: float = math.nan

    def to_second(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The second take's moments at the first's *seconds*; NaN where there is no partner."""
        return np.interp(seconds, self.first, self.second, left=math.nan, right=math.nan)

    def to_first(self, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        """The first take's moments at the second's *seconds*; NaN where there is no partner."""
        return np.interp(seconds, self.second, self.first, left=math.nan, right=math.nan)


def same_seconds(first: float, second: float) -> Alignment:
    """The takes' own clocks, as far as both (*first* and *second* seconds long) last."""
    ends = np.array([0.0, min(first, second)])
    return Alignment("none", ends, ends)


def stretched(first: float, second: float) -> Alignment:
    """Ends on ends: *first* seconds are *second* seconds."""
    return Alignment("stretch", np.array([0.0, first]), np.array([0.0, second]), second / first)


def warped(
    first: Voices, second: Voices, times: tuple[NDArray[np.float64], NDArray[np.float64]], seconds: tuple[float, float]
) -> Alignment | None:
    """The course on which both agree best, *times* being the seconds of their windows' centres, *seconds* how long they are.

    None where there is too little to go by.

    Whether it means anything is told by its ``chance``.
    """
    features = _features(first), _features(second)
    if min(map(len, features)) < 4 or not all((f**2).sum(axis=1).max() > FAINT**2 for f in features):
        return None
    blocks = [max(1, math.ceil(len(f) / STEPS)) for f in features]
    coarse = [_averaged(f, block) for f, block in zip(features, blocks, strict=True)]
    cost = _cost(*coarse)
    rows, columns = cost.shape
    total, steps = _course(cost, np.zeros(rows, np.int64), columns)
    if steps is None or len(steps) < 0.25 * min(rows, columns):
        return None
    chance = _chance(cost, total)
    if max(blocks) > 1:
        steps = _refined(features, steps, blocks)
    at = times[0][steps[:, 0]], times[1][steps[:, 1]]
    weight = np.sqrt((features[0][steps[:, 0]] ** 2).sum(axis=1) * (features[1][steps[:, 1]] ** 2).sum(axis=1)) + FAINT**2
    ratio, offset = _line(*at, weight)
    error = _jackknifed(*at, weight)
    ratio, offset, straight = _best_line(features, times, ratio, offset)
    wavering = _line_cost(features, times, lambda t: np.interp(t, *_monotone(*at), left=math.nan, right=math.nan))
    enough = min(straight, wavering) + FITS_AS_WELL
    # The plainest explanation that fits: the takes' own clocks, then ends on ends, then any one tempo.
    plain = [same_seconds(*seconds)] if abs(seconds[1] / seconds[0] - 1) < SAME_LENGTH else []
    for simple in (*plain, stretched(*seconds)):
        if _line_cost(features, times, simple.to_second) <= enough:
            return replace(simple, chance=chance)
    if straight <= enough:
        ends = np.array([max(times[0][0], (times[1][0] - offset) / ratio), min(times[0][-1], (times[1][-1] - offset) / ratio)])
        return Alignment("tempo", *_to_the_ends(ends, offset + ratio * ends, ratio, seconds), ratio, error, chance)
    return Alignment("dtw", *_to_the_ends(*_monotone(*at), ratio, seconds), ratio, error, chance)


def _features(voices: Voices) -> NDArray[np.float32]:
    """(W, F) how surely each limb is connected to each, of whatever kind: a kind is mistaken more easily than a connection."""
    return voices.confidence[..., 1:].max(axis=-1).reshape(len(voices.confidence), -1)


def likeness(first: Voices, second: Voices, most: int) -> NDArray[np.float32]:
    """(≤ most, ≤ most) how much moments of the first take (rows) and of the second have in common, for a picture: 0 nothing, or nothing is said."""
    one, other = (_averaged(f, math.ceil(len(f) / most)) for f in (_features(first), _features(second)))
    return np.asarray(2 * (one @ other.T) / ((one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None] + FAINT**2), np.float32)


def _averaged(features: NDArray, block: int) -> NDArray[np.float32]:
    if block == 1:
        return features
    starts = np.arange(0, len(features), block)
    sizes = np.diff([*starts, len(features)])[:, None].astype(np.float32)
    return np.asarray(np.add.reduceat(features, starts) / sizes, np.float32)


def _cost(first: NDArray, second: NDArray) -> NDArray[np.float32]:
    """(I, J) 0 where two windows say the same (or both nothing), 1 where they share nothing."""
    sizes = (first**2).sum(axis=1)[:, None] + (second**2).sum(axis=1)[None]
    return np.maximum(sizes - 2 * (first @ second.T), 0) / (sizes + FAINT**2)


def _course(cost: NDArray, low: NDArray[np.int64], columns: int, keep: bool = True) -> tuple[NDArray, NDArray[np.int64] | None]:
    """The cheapest course through *cost* (I, B) or (I, N, B), whose row i begins at column ``low[i]`` of *columns*.

    Returns:
        Mean cost for each window of both takes (N,), and the (steps, 2) windows on the course, unless *keep* is False.
    """
    rows, width = cost.shape[0], cost.shape[-1]
    offsets = np.arange(width)
    never = np.full(cost.shape[1:], np.inf)
    done = [never, never]
    back = np.zeros((rows, width), np.int8) if keep else None
    best, end = np.full(cost.shape[1:-1], np.inf), (0, 0)

    def at(values: NDArray, begins: int, column: NDArray, outside: float = np.inf) -> NDArray:
        index = column - begins
        inside = (index >= 0) & (index < width)
        return np.where(inside, values[..., np.clip(index, 0, width - 1)], outside)

    for i in range(rows):
        column = low[i] + offsets
        here = np.where(column < columns, cost[i], np.inf)
        start = LEFT_OVER * (column if i == 0 else np.where(column == 0, i, np.inf)) + 2 * here
        one, two = (int(low[max(i - n, 0)]) for n in (1, 2))
        ways = [
            np.broadcast_to(start, here.shape),
            at(done[-1], one, column - 1) + 2 * here,
            at(done[-1], one, column - 2) + 2 * at(here, int(low[i]), column - 1) + here,
            at(done[-2], two, column - 1) + 2 * (at(cost[i - 1], one, column) if i else never) + here,
        ]
        stacked = np.stack(ways)
        total = stacked.min(axis=0)
        if back is not None:
            back[i] = stacked.argmin(axis=0)
        done = [done[-1], total]
        left = columns - 1 - column if i == rows - 1 else np.where(column == columns - 1, rows - 1 - i, np.inf)
        ended = np.where(left >= 0, total + LEFT_OVER * left, np.inf)
        lowest = ended.min(axis=-1)
        if back is not None and lowest < best:
            end = (i, int(column[ended.argmin()]))
        best = np.minimum(best, lowest)
    steps = None if back is None or not np.isfinite(best) else _traced(back, low, end)
    return best / (rows + columns), steps


def _traced(back: NDArray[np.int8], low: NDArray[np.int64], end: tuple[int, int]) -> NDArray[np.int64]:
    i, j = end
    steps = [(i, j)]
    while True:
        way = back[i, j - low[i]]
        if way == _NONE:
            return np.array(steps[::-1], np.int64)
        if way == _SECOND:
            steps.append((i, j - 1))
        elif way == _FIRST:
            steps.append((i - 1, j))
        i, j = i - (2 if way == _FIRST else 1), j - (2 if way == _SECOND else 1)
        steps.append((i, j))


def _chance(cost: NDArray, total: NDArray) -> float:
    """The share of courses against the second take begun elsewhere, and backwards, that cost no more than *total*; itself counted among them."""
    columns = cost.shape[1]
    forwards = np.arange(columns) + np.linspace(0.3, 0.7, OTHERS)[:, None] * columns
    backwards = -np.arange(columns) + np.linspace(0, 1, OTHERS, endpoint=False)[:, None] * columns
    others = np.concatenate([forwards, backwards]).astype(np.int64) % columns
    totals, _ = _course(cost[:, others], np.zeros(len(cost), np.int64), columns, keep=False)
    return float((1 + (totals <= total + 1e-9).sum()) / (1 + len(totals)))


def _refined(features: tuple[NDArray, NDArray], steps: NDArray[np.int64], blocks: list[int]) -> NDArray[np.int64]:
    """The course through every window, within three coarse steps of the coarse one."""
    rows, columns = map(len, features)
    middle = np.interp(np.arange(rows), *_monotone((steps[:, 0] + 0.5) * blocks[0], (steps[:, 1] + 0.5) * blocks[1]))
    reach = 3 * max(blocks)
    width = min(columns, 2 * reach + 1)
    low = np.clip(np.round(middle).astype(np.int64) - reach, 0, columns - width)
    cost = np.stack([_cost(features[0][i : i + 1], features[1][low[i] : low[i] + width])[0] for i in range(rows)])
    _, fine = _course(cost, low, columns)
    return steps * np.array(blocks) if fine is None else fine


def _monotone(first: NDArray, second: NDArray) -> tuple[NDArray, NDArray]:
    """A course with one moment of the second take for each of the first, both rising."""
    unique, where = np.unique(first, return_inverse=True)
    mean = np.bincount(where, weights=second) / np.bincount(where)
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(mean)) > 1e-9])
    return unique[rising], mean[rising]


def _line(first: NDArray, second: NDArray, weight: NDArray) -> tuple[float, float]:
    """Slope and offset of the weighted least squares of *second* over *first*."""
    share = weight / weight.sum()
    x, y = first - (share * first).sum(), second - (share * second).sum()
    slope = float((share * x * y).sum() / max(float((share * x * x).sum()), 1e-12))
    slope = min(max(slope, 0.5), 2.0)
    return slope, float((share * second).sum() - slope * (share * first).sum())


def _jackknifed(first: NDArray, second: NDArray, weight: NDArray, parts: int = 8) -> float:
    """Half the 95 % interval of `_line`'s slope, by leaving out one of *parts* stretches at a time (neighbouring steps are not independent)."""
    part = np.arange(len(first)) * parts // len(first)
    slopes = np.array([_line(first[part != p], second[part != p], weight[part != p])[0] for p in range(parts)])
    return float(2.36 * np.sqrt((parts - 1) / parts * ((slopes - slopes.mean()) ** 2).sum()))  # Student's t with 7 degrees of freedom


def _best_line(
    features: tuple[NDArray, NDArray], times: tuple[NDArray, NDArray], ratio: float, offset: float
) -> tuple[float, float, float]:
    """The line near a given one on which both takes agree best: ratio, offset, mean cost."""
    middle = float(times[0].mean())

    def cost(slope: float, at: float) -> float:
        return _line_cost(features, times, lambda t: at + slope * (t - middle))

    at = offset + ratio * middle
    best = (cost(ratio, at), ratio, at)
    for spread, shift in ((0.06, 2.0), (0.02, 0.5), (0.006, 0.15)):
        _, ratio, at = best
        steps = np.linspace(-1, 1, 7)
        near = [(float(ratio * (1 + spread * r)), float(at + shift * a)) for r in steps for a in steps]
        best = min(best, min((cost(slope, moment), slope, moment) for slope, moment in near))
    return best[1], best[2] - best[1] * middle, best[0]


def _line_cost(
    features: tuple[NDArray, NDArray], times: tuple[NDArray, NDArray], course: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> float:
    """Mean cost of the windows on a *course* from the first take's seconds to the second's, and of what stays over of the take it covers better."""
    first, second = features
    every = max(1, len(first) // 400)
    first, moments = first[::every], course(times[0][::every])
    inside = (moments >= times[1][0]) & (moments <= times[1][-1])
    if not inside.any():
        return LEFT_OVER
    place = np.interp(moments[inside], times[1], np.arange(len(second)))
    low = np.minimum(place.astype(int), len(second) - 2)
    share = (place - low)[:, None].astype(np.float32)
    other = second[low] * (1 - share) + second[low + 1] * share
    sizes = (first[inside] ** 2).sum(axis=1) + (other**2).sum(axis=1)
    cost = (np.maximum(sizes - 2 * (first[inside] * other).sum(axis=1), 0) / (sizes + FAINT**2)).mean()
    over = 1 - inside.mean(), 1 - np.ptp(moments[inside]) / max(times[1][-1] - times[1][0], 1e-9)
    return float(cost / 2 + LEFT_OVER * max(min(over), 0.0))


def _to_the_ends(first: NDArray, second: NDArray, ratio: float, seconds: tuple[float, float]) -> tuple[NDArray, NDArray]:
    """A course between windows' centres carried on at one tempo to where the shorter take begins and ends."""
    before = max(0.0, min(first[0], second[0] / ratio))
    after = max(0.0, min(seconds[0] - first[-1], (seconds[1] - second[-1]) / ratio))

    def carried(course: NDArray, tempo: float) -> NDArray:
        return np.concatenate([[course[0] - tempo * before], course, [course[-1] + tempo * after]])

    return carried(first, 1.0), carried(second, ratio)
