"""What limbs say: in each window the surest connection of each kind between two limbs. Joints of one limb say much the same, and which of them speaks for
the others changes with the least noise; so what is to be compared between takes is compared by limbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS, Connections, candidates
from ..threads import FLOOR
from .phrases import limb


@dataclass(frozen=True)
class Voices:
    """Arrays (W, 2, L, L, K): entry [w, d, a, b, k] is limb a of dancer d → limb b of the other, of kind k.

    Attributes:
        confidence: float32, of the surest; 0 where none exceeds `FLOOR`.
        edge: int32, which candidate that is, −1 for none.
        lag: float32, its lag, seconds.
        limb: (J,) each joint's limb.
    """

    confidence: NDArray[np.float32]
    edge: NDArray[np.int32]
    lag: NDArray[np.float32]
    limb: NDArray[np.int64]

    def at(self, window: NDArray[np.int64], tolerance: int) -> Voices:
        """The voices at each of *window* (N,), the surest within *tolerance* windows before and after; silence where it is −1."""
        last = len(self.confidence) - 1
        near = np.clip(window[:, None] + np.arange(-tolerance, tolerance + 1), 0, last)
        best = self.confidence[near].argmax(axis=1)  # (N, 2, L, L, K)
        place = (np.take_along_axis(near, best.reshape(len(near), -1), axis=1).reshape(best.shape), *np.indices(best.shape)[1:])
        silent = (window < 0)[:, None, None, None, None]
        return Voices(
            np.where(silent, np.float32(0), self.confidence[place]),
            np.where(silent, np.int32(-1), self.edge[place]),
            np.where(silent, np.float32(np.nan), self.lag[place]),
            self.limb,
        )


def limbs(parts: Sequence[str]) -> list[str]:
    """The limbs that `Voices` number, for joints of these body *parts*: a hand belongs to its arm."""
    return sorted({limb(part) for part in parts})


def voices(connections: Connections, parts: Sequence[str]) -> Voices:
    """Of *connections*; *parts* is each joint's body part."""
    names = limbs(parts)
    of = np.array([names.index(limb(part)) for part in parts], np.int64)
    count = int(of.max(initial=0)) + 1
    shape = (connections.windows, 2, count, count, len(KINDS))
    window, edge = np.nonzero(connections.confidence > FLOOR)
    sure, kind = connections.confidence[window, edge], connections.kind[window, edge]
    dancer, source, _, target = candidates(len(connections.joints))
    # Written in the order of confidence, the surest last, so that it stays.
    order = np.argsort(sure, kind="stable")
    window, edge, sure, kind = window[order], edge[order], sure[order], kind[order]
    place = (window, dancer[edge], of[source[edge]], of[target[edge]], kind)
    confidence, which, lag = np.zeros(shape, np.float32), np.full(shape, -1, np.int32), np.full(shape, np.nan, np.float32)
    confidence[place], which[place], lag[place] = sure, edge, connections.lag[window, edge]
    return Voices(confidence, which, lag, of)
