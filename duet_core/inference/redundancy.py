"""Which pairs merely echo a stronger one: a hand that leads drags forearm and shoulder along, and each of them "tells" of the follower too.

By the definition of a connection an echo is no lie, but a picture of fifty echoes hides the one thread they come from, and where the truth is
known only that thread counts. So every pair competes with its kin: what it would score if it only followed a stronger pair, through the
coherence of its joint with that pair's, is compared with what it does score. Joints that move on their own do not compete.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .features import Grid, Motion
from .granger import own_past, residual

HALF, WIDTH = 0.60, 0.20
"""Where what a pair owes to another is this share of its score it is as likely an echo as not; fitted on planted duets."""
STEP = 0.06
"""See `carriers`: large enough that a hand speaks by its wrist, small enough that a limb still speaks for itself."""
STEP_ODDS = 0.3
"""The same as log odds (`burden`), chosen on planted duets of a take that models are not tested on."""
AS_ONE = 0.7
"""Squared correlation of two joints of a dancer from which one speaks for both."""
LEAST = 0.01
"""Scores below this compare as this: chance does not compete with chance."""


def coherence(motion: Motion, grid: Grid, span: slice) -> NDArray[np.float32]:
    """(W, 2, J, J): the squared correlation of the joints of each dancer with each other, in what their own past does not tell; 0 for itself."""
    joints = motion.velocity.shape[2]
    result = np.empty((len(grid.start), 2, joints, joints), np.float32)
    for dancer in range(2):
        velocity = motion.velocity[span, dancer]
        news = residual(velocity, own_past(velocity, motion.rate))
        for index, first in enumerate(grid.start - (span.start or 0)):
            flat = news[first : first + grid.length].transpose(0, 2, 1).reshape(-1, joints)
            product = flat.T @ flat
            energy = np.diag(product) + 1e-6
            result[index, dancer] = product**2 / np.outer(energy, energy)
    result[..., np.arange(joints), np.arange(joints)] = 0.0
    return result


def carriers(depth: NDArray[np.int64]) -> NDArray[np.float32]:
    """(J, J): what a pair's score counts for where pairs compete. A joint carries what hangs on it: of a wrist and its thumb that tell the same, the
    wrist speaks, so each of its *depth* (J,) steps from the root costs `STEP`."""
    return ((1 - STEP) ** (depth[:, None] + depth)).astype(np.float32)


def directness(score: NDArray[np.float32], kin: NDArray[np.float32], carrier: NDArray[np.float32]) -> NDArray[np.float32]:
    """(W, 2, J, J) in 0..1: how likely each pair stands for itself, given the *score* of all (W, 2, J, J), `coherence` and `carriers`."""
    result = np.empty_like(score)
    strength = np.maximum(np.nan_to_num(score, nan=0.0), LEAST) * carrier
    for window in range(len(score)):
        for direction in range(2):
            s = strength[window, direction]
            # Only a stronger pair makes an echo: of joints that move as one the strongest stays, or a cluster would silence itself.
            stronger = s[None] > s[:, None]  # [i, other source, j]
            by_source = (kin[window, direction][:, :, None] * s[None] * stronger).max(axis=1) / s
            stronger = s[:, :, None] > s[:, None, :]  # [i, other target, j]
            by_target = (s[:, :, None] * kin[window, 1 - direction][None] * stronger).max(axis=1) / s
            result[window, direction] = _alone(by_source) * _alone(by_target)
    return result


def burden(depth: NDArray[np.int64]) -> NDArray[np.float32]:
    """(J, J): log odds that a pair is behind where pairs compete, `STEP_ODDS` for each of its joints' *depth* (J,) steps from the root; see `carriers`."""
    return (STEP_ODDS * (depth[:, None] + depth)).astype(np.float32)


def echoes(strength: NDArray[np.float32], loud: NDArray[np.bool_], kin: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(W, 2, J, J) which pairs a *loud* one of more *strength* (any unit) speaks for, because their joints move almost as one (`AS_ONE`).

    For methods whose confidence is a probability already: it says how sure a connection is, not which of a hand's joints stands for the hand.
    """
    result = np.zeros(strength.shape, bool)
    close = kin > AS_ONE
    for window, direction in zip(*np.nonzero(loud.any(axis=(2, 3))), strict=True):
        s = strength[window, direction]
        speaks = np.where(loud[window, direction], s, -np.inf)
        # The strongest that moves as one with the source, and with the target; both at once are two steps, each of which is found.
        by_source = np.where(close[window, direction][:, :, None], speaks[None], -np.inf).max(axis=1)
        by_target = np.where(close[window, 1 - direction][None], speaks[:, None, :], -np.inf).max(axis=2)
        result[window, direction] = (by_source > s) | (by_target > s)
    return result


def _alone(owed: NDArray) -> NDArray:
    return (1 + np.exp(-HALF / WIDTH)) / (1 + np.exp((np.minimum(owed, 5.0) - HALF) / WIDTH))
