"""What a model finds in a take where nothing can be: one dancer's windows with the other's of seconds before or after.

The model's calibration holds for dancers like those it was fitted on. Two people who repeat the same steps to the same beat resemble each other at
any shift, and the feet of two who stand keep their distance; what a shifted partner shows as often as the true one is no connection, however sure
the model is. Each kind is compared with its own: chance unison says nothing of hands that hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS
from .confidence import logistic

APART_SECONDS = 3.0
"""Least shift: beyond any lag that is looked for."""
WINDOWS = 40
"""Shifted windows at most: each costs as much as a true one."""
LEVELS = np.arange(-3.0, 12.0, 0.25)
"""Log odds at which shifted and true windows are compared; below the first nothing is ever shown."""
FAINT = float(logistic(LEVELS[0]))
"""The confidence at the first level."""
STRONGEST = 20
"""Candidates of a window, or leads of one direction, that make its evidence."""


def mismatched(centre_seconds: NDArray[np.float64], seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Windows of dancer 0 and of dancer 1, (V,) each, at least `APART_SECONDS` apart; none in a take that is too short for that."""
    rng = np.random.default_rng([seed, 5])
    mine, theirs = [], []
    for window in np.unique(np.linspace(0, len(centre_seconds) - 1, WINDOWS).round().astype(int)):
        far = np.flatnonzero(np.abs(centre_seconds - centre_seconds[window]) >= APART_SECONDS - 1e-6)
        if len(far):
            mine.append(int(window))
            theirs.append(int(rng.choice(far)))
    return np.array(mine, np.int64), np.array(theirs, np.int64)


@dataclass(frozen=True)
class OwnNull:
    """True and shifted windows compared, kind by kind.

    Attributes:
        true, shifted: (6, L) how many candidates of a window are of a kind (index into ``KINDS``) and exceed each of `LEVELS`, on average.
        windows: how many shifted windows there were.
        lead: (V, 2) summed confidence of the strongest leads from dancer 0 and from dancer 1 in each shifted window.
    """

    true: NDArray[np.float64]
    shifted: NDArray[np.float64]
    windows: int
    lead: NDArray[np.float64]

    @property
    def most(self) -> NDArray[np.float64]:
        """(6, L) the confidence that a candidate above each level may have: the share of such candidates that are more than shifted windows show
        (1 − tail false discovery rate, Efron 2008), never falling with the level."""
        excess = np.where(self.true > 0, 1 - self.shifted / np.maximum(self.true, 1e-9), 0.0)
        return np.maximum.accumulate(np.clip(excess, 0.0, 1.0), axis=1)

    def limited(self, confidence: NDArray[np.float32], odds: NDArray[np.float32], kind: NDArray[np.int8]) -> NDArray[np.float32]:
        """*confidence* with those *odds* and of that *kind* (all of one shape), nowhere above what the comparison leaves.

        What it leaves nothing of stays, in its order, a little above what was not compared: it is a likeness by chance, not the least likely of all.
        """
        result = confidence.copy()
        for of_kind, most in enumerate(self.most):
            # What is below the first level is smaller than any limit that matters.
            which = (kind == of_kind) & (odds > LEVELS[0])
            sure = confidence[which]
            result[which] = np.minimum(sure, np.maximum(np.interp(odds[which], LEVELS, most), FAINT * (1 + sure)))
        return result

    def shown(self, which: NDArray[np.float64]) -> NDArray[np.float64]:
        """(6,) candidates of a window above even odds, of *which* = true or shifted, kind by kind."""
        return which[:, np.searchsorted(LEVELS, 0.0)]

    def as_dict(self) -> dict[str, object]:
        """JSON-able, for the result's meta."""

        def by_kind(which: NDArray[np.float64]) -> dict[str, float]:
            return {name: round(float(value), 4) for name, value in zip(KINDS[1:], self.shown(which)[1:], strict=True)}

        return {
            "shifted_windows": self.windows,
            "least_shift_seconds": APART_SECONDS,
            "shown_true": by_kind(self.true),
            "shown_shifted": by_kind(self.shifted),
            "lead_shifted": np.round(self.lead, 4).tolist(),
        }


def above(odds: NDArray[np.float32], kind: NDArray[np.int8]) -> NDArray[np.float64]:
    """(6, L) how many of a window's candidates with *odds* and *kind* (W, …) are of each kind and exceed each of `LEVELS`, on average."""
    which = odds > LEVELS[0]
    loud, kinds = odds[which], kind[which]
    counts = [len(part) - np.searchsorted(np.sort(part), LEVELS, side="right") for part in (loud[kinds == k] for k in range(len(KINDS)))]
    return np.array(counts) / max(len(odds), 1)


def lead(confidence: NDArray[np.float32], kind: NDArray[np.int8]) -> NDArray[np.float64]:
    """(V, 2) summed *confidence* (V, 2, J, J) of the `STRONGEST` leads by *kind* (V, 2, J, J), from dancer 0 and from dancer 1."""
    leads = np.where(kind == KINDS.index("lead"), confidence, 0.0)
    return strongest(leads.reshape(*leads.shape[:2], -1))


def strongest(values: NDArray) -> NDArray[np.float64]:
    """The sum of the `STRONGEST` largest of *values* (…, N), none below 0."""
    count = min(STRONGEST, values.shape[-1])
    top = np.partition(values, values.shape[-1] - count, axis=-1)[..., -count:]
    return np.maximum(top, 0).sum(axis=-1, dtype=np.float64)
