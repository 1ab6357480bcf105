"""Weighing what is told: a matrix for each connection, fitted on some gaps and judged on others, close to what is expected where little was seen.

Bayesian linear regression with a Gaussian prior. The prior's strength is counted in seconds: after so many of motion as strong as usual, what was
seen weighs as much as what was expected.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .gaps import Gap
from .hearing import DOUBT, Heard

Array = NDArray[np.float64]


class Fit:
    """Several things that are told of one target, ready to be weighed in any selection, once for each of t selections of what is learned from."""

    def __init__(self, heard: Sequence[Heard], target: Array, gap: Gap, use: Array, seconds: float) -> None:
        """
        Args:
            heard: each over the n gaps to learn from; the leading axes broadcast.
            target: (n, frames, 3) what the target differs from its own bridge.
            use: (t, n) 1 where a gap may be learned from, else 0.
            seconds: from one gap to learn from to the next.
        """
        self.heard, self.use = list(heard), use
        self.ends = np.cumsum([0, *(h.told.shape[-1] for h in heard)])
        x, y = gap.weigh @ beside(heard), gap.weigh @ target
        lead, width = x.shape[:-3], x.shape[-1]
        xx, xy = x.swapaxes(-1, -2) @ x, x.swapaxes(-1, -2) @ y
        self.xx = (use @ xx.reshape(*lead, len(target), -1)).reshape(*lead, -1, width, width)
        self.xy = (use @ xy.reshape(*lead, len(target), -1)).reshape(*lead, -1, width, 3)
        self.yy = use @ np.square(y).sum(axis=(-1, -2))
        self.power = np.einsum("...npp->...p", xx) / max(len(target), 1) / seconds

    def first(self) -> Fit:
        """The same of the first of the leading axis alone."""
        result = copy.copy(self)
        result.xx, result.xy, result.power = self.xx[:1], self.xy[:1], self.power[:1]
        return result

    def values(self, chosen: Sequence[int]) -> NDArray[np.int64]:
        """Which of all the values told the *chosen* ones tell."""
        return np.array([value for k in chosen for value in range(self.ends[k], self.ends[k + 1])], np.int64)

    def matrix(self, chosen: Sequence[int]) -> Array:
        """(…, t, p, 3) that makes displacements of the p `values` of the *chosen*, one or more."""
        keep = self.values(chosen)
        p, lead = len(keep), self.power.shape[:-1]
        variance = np.zeros((*lead, p, 3, p, 3))
        mean = np.zeros((*lead, len(self.use), p, 3))
        at = 0
        for k in chosen:
            one, inner = self.heard[k], slice(self.ends[k], self.ends[k + 1])
            width = len(one.doubt)
            usual = np.maximum(self.power[..., inner], 1e-12)
            usual[..., :3] = usual[..., :3].mean(axis=-1, keepdims=True)  # no axis of the room is told from another
            for place in range(width):
                for axis in range(3):
                    variance[..., at + place, axis, at + place, axis] = 1 / (one.doubt[place] * usual[..., place])
            if one.shape is not None:
                part = np.multiply.outer(one.shape, one.shape)
                variance[..., at : at + width, :, at : at + width, :] += part / (DOUBT["kind"] * usual[..., 0])[..., None, None, None, None]
                mean[..., at : at + width, :] = one.shape * (one.expected * self._follows(k))[..., None, None]
            at += width
        precision = np.linalg.inv(variance.reshape(*lead, 3 * p, 3 * p))
        system = np.zeros((*lead, len(self.use), p, 3, p, 3))
        for axis in range(3):
            system[..., axis, :, axis] = self.xx[..., keep[:, None], keep]
        right = self.xy[..., keep, :].reshape(*lead, -1, 3 * p, 1) + precision[..., None, :, :] @ mean.reshape(*lead, -1, 3 * p, 1)
        found = np.linalg.solve(system.reshape(*lead, -1, 3 * p, 3 * p) + precision[..., None, :, :], right)
        return np.asarray(found.reshape(*lead, -1, p, 3))

    def _follows(self, k: int) -> Array:
        """(…, t) how large the target's motion is against the source's, at most 1: a hip does not copy all of what a hand does."""
        shape = (*self.power.shape[:-1], len(self.use))
        if not self.heard[k].follows:
            return np.ones(shape)
        inner = np.arange(self.ends[k], self.ends[k + 1])
        theirs = self.xx[..., inner, inner].sum(axis=-1)
        return np.where(theirs > 0, np.minimum(1.0, np.sqrt(self.yy / np.maximum(theirs, 1e-12))), 0.0)


def beside(heard: Sequence[Heard]) -> Array:
    """All that is told side by side, (…, n, frames, p)."""
    lead = np.broadcast_shapes(*(h.told.shape[:-1] for h in heard))
    return np.concatenate([np.broadcast_to(h.told, (*lead, h.told.shape[-1])) for h in heard], axis=-1)
