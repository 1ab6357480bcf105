"""Proximity: the mean distance of two joints in the window. The baseline that any method must beat on real takes; it knows no direction and no lag."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .features import Grid, Motion

REACH = 0.5
"""Metres over which closeness falls to 1/e; the order of pairs does not depend on it."""


class Proximity:
    """Scores of one duet; the same calls as `granger.Granger`."""

    def __init__(self, motion: Motion) -> None:
        self._position = motion.position.astype(np.float32)

    def scores(self, direction: int, shift: int, grid: Grid, span: slice) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """exp(−mean distance / `REACH`), and lag 0; see `granger.Granger.scores`."""
        source = np.roll(self._position[:, direction], shift, axis=0)[span]
        target = self._position[span, 1 - direction]
        joints = target.shape[1]
        total = np.zeros((len(target) + 1, joints, joints))
        for joint in range(joints):
            np.cumsum(np.linalg.norm(source[:, joint, None] - target, axis=-1), axis=0, out=total[1:, joint])
        first = grid.start - (span.start or 0)
        mean = (total[first + grid.length] - total[first]) / grid.length
        return np.exp(-mean / REACH).astype(np.float32), np.zeros(mean.shape, np.float32)
