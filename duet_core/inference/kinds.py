"""What kind of connection a pair has in a window, and its lag; shared by all methods. How *likely* it is, the scores say.

hold: the distance of the two joints stays nearly constant for a second while both move. lead: the source precedes. unison, mirror,
opposition: at the same time the same motion; its reflection in the upright plane between the dancers; against each other or apart along
the line between them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS
from .features import Grid, Motion

HOLD_DISTANCE = 0.04
"""Metres: the largest standard deviation of a held distance …"""
HOLD_SPEED = 0.25
"""… while both joints are faster than this on average, in metres a second …"""
HOLD_SECONDS = 1.0
"""… for this long."""
HOLD_STEADY = 0.93
"""How steady (see `steadiness`) a hold is at least: the distance varies a fourteenth of what the joints themselves do."""
HOLD_REACH = 0.8
"""Metres: joints further apart are not held, whatever their distance does."""
AT_ONCE = 0.10
"""Seconds of lag below which a pair counts as simultaneous where its motions agree."""
AGREEMENT = 0.35
"""Signed zero-lag correlation from which two motions count as the same, mirrored or opposed."""


def kinds(motion: Motion, grid: Grid, lag: NDArray[np.float32]) -> NDArray[np.int8]:
    """(W, 2, J, J) index into `KINDS` for the pairs with *lag* (W, 2, J, J) in seconds; 0 (none) where the lag is NaN."""
    result = np.empty(lag.shape, np.int8)
    held = _held(motion, grid)
    lead = KINDS.index("lead")
    for window, start in enumerate(grid.start):
        agree, which = _agreement(motion, slice(start, start + grid.length))
        for direction in range(2):
            # The measures of a pair do not depend on which of the two is the source.
            a, w, h = (m if direction == 0 else m.T for m in (agree, which, held[window]))
            lags = np.nan_to_num(lag[window, direction], nan=0.0)
            at_once = ((lags < AT_ONCE) & (a >= AGREEMENT)) | (lags < 0.5 / motion.rate)
            result[window, direction] = np.where(h & (lags < AT_ONCE), KINDS.index("hold"), np.where(at_once, w, lead))
    result[np.isnan(lag)] = 0
    return result


def _held(motion: Motion, grid: Grid) -> NDArray[np.bool_]:
    """(W, J, J) whether joint i of dancer 0 and joint j of dancer 1 hold each other somewhere in the window."""
    return steadiness(motion, grid) > HOLD_STEADY


def steadiness(motion: Motion, grid: Grid, shift: int = 0, dancer: int = 0) -> NDArray[np.float32]:
    """(W, J, J) how steadily joint i of dancer 0 and joint j of dancer 1 keep their distance in the steadiest stretch of the window.

    1 − spread of the distance / spread of the two joints' places; 0 where the distance is not held by the measures above or they were not seen.
    Slow joints keep any distance for a second by chance, so what counts is how much further both went meanwhile. The *dancer* is first shifted by
    *shift* samples.
    """
    joints = motion.velocity.shape[2]
    stretch = min(round(HOLD_SECONDS * motion.rate), grid.length)
    place, moving = [motion.position[:, d] for d in range(2)], [np.linalg.norm(motion.velocity[:, d], axis=-1) for d in range(2)]
    seen = [motion.seen[:, d].astype(np.float64) for d in range(2)]
    for values in (place, moving, seen):
        values[dancer] = np.roll(values[dancer], shift, axis=0)
    first, second = place
    usable = np.stack([(_running(moving[d], stretch) > HOLD_SPEED) & (_running(seen[d], stretch) > 0.9) for d in range(2)], axis=1)
    went_first, went_second = _spread(first, stretch), _spread(second, stretch)
    result = np.empty((len(grid.start), joints, joints), np.float32)
    for i in range(joints):
        distance = np.linalg.norm(first[:, i, None] - second, axis=-1)
        mean = _running(distance, stretch)
        spread = np.sqrt(np.maximum(_running(distance**2, stretch) - mean**2, 0.0))
        within = (mean < HOLD_REACH) & (spread < HOLD_DISTANCE) & usable[:, 0, i, None] & usable[:, 1]
        went = np.sqrt(np.maximum(went_first[:, i, None] + went_second, 0.0))
        steady = np.where(within, np.maximum(1 - spread / np.maximum(went, 1e-6), 0.0), 0.0)
        result[:, i] = _running_max(steady, grid.length - stretch + 1)[grid.start]
    return result


def _spread(position: NDArray, length: int) -> NDArray:
    """Variance of places (N, J, 3) over *length* samples from each one on."""
    from_start = position - position[:1]
    return (_running(from_start**2, length) - _running(from_start, length) ** 2).sum(axis=-1)


def _running(values: NDArray, length: int) -> NDArray:
    """Means over *length* samples from each one on, along the first axis."""
    total = np.concatenate([np.zeros_like(values[:1]), np.cumsum(values, axis=0)])
    return (total[length:] - total[:-length]) / length


def _running_max(values: NDArray, length: int) -> NDArray:
    """Maxima over *length* samples from each one on, along the first axis, by doubling."""
    reach = 1
    while 2 * reach <= length:
        values = np.maximum(values[:-reach], values[reach:])
        reach *= 2
    rest = length - reach
    return np.maximum(values[: len(values) - rest], values[rest:])


def _agreement(motion: Motion, rows: slice) -> tuple[NDArray, NDArray]:
    """(J, J) the strongest signed zero-lag agreement of joint i of dancer 0 with joint j of dancer 1, and the kind that it means."""
    first, second = motion.velocity[rows, 0], motion.velocity[rows, 1]
    between = motion.position[rows, 1].mean(axis=1) - motion.position[rows, 0].mean(axis=1)
    line = between[:, :2] / np.maximum(np.linalg.norm(between[:, :2], axis=1, keepdims=True), 1e-6)

    def along(velocity: NDArray) -> NDArray:
        return np.einsum("tja,ta->tj", velocity[..., :2], line)

    def across(velocity: NDArray) -> NDArray:
        return velocity[..., 1] * line[:, :1] - velocity[..., 0] * line[:, 1:]

    on_line = along(first).T @ along(second)
    beside = across(first).T @ across(second) + first[..., 2].T @ second[..., 2]
    energy = np.sqrt(np.outer((first**2).sum(axis=(0, 2)), (second**2).sum(axis=(0, 2)))) + 1e-6
    unison = on_line + beside
    # The mirror turns only the motion along the line around. Where the rest agrees too it is a mirror; where the line is all there is, opposition.
    mirror = np.where(beside > -0.5 * on_line, beside - on_line, -np.inf)
    opposition = np.maximum(-on_line - beside, -on_line)
    choices = np.stack([unison, mirror, opposition]) / energy
    order = np.array([KINDS.index(name) for name in ("unison", "mirror", "opposition")])
    return choices.max(axis=0), order[choices.argmax(axis=0)]
