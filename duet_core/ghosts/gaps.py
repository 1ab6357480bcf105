"""Bridging a gap from what is known at its edges: the same linear rule for whoever is hidden and for whoever is heard.

Positions are taken for a Gaussian process around an unknown mean, with a Matérn covariance of order 5/2 (Rasmussen and Williams, *Gaussian
Processes for Machine Learning*, 2006, 4.2): paths whose acceleration is continuous. Of salsa takes that no figure is given for, one second of
a joint is bridged with an error a seventh smaller than by a cubic through places and velocities, and no worse than by a regression that was
fitted to those takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

EDGE_SECONDS = 0.2
"""What is looked at before and after a gap; more tells no more."""
TIME_SCALE = 0.35
"""Seconds, of the covariance."""
NOISE = 1e-4
"""Share of the variance that is measuring noise."""
JITTER = 0.1
"""Of the mean variance within a gap; added where frames of a gap are weighed, so that quick detail does not count for all."""


@dataclass(frozen=True)
class Gap:
    """A gap of *frames* samples between *edge* known ones on either side.

    Attributes:
        rest: (frames, 2·edge + frames) what differs from the bridge, of all the samples from the first known to the last.
        weigh: (frames, frames) makes of such differences values whose variances are alike.
    """

    frames: int
    edge: int
    rest: NDArray[np.float64]
    weigh: NDArray[np.float64]

    @property
    def span(self) -> int:
        return self.frames + 2 * self.edge

    def of(self, track: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, frames, 3) what (N, 3) differs from its bridge over gaps whose first known samples are *starts* (n,)."""
        return np.swapaxes(self.windows(track, starts) @ self.rest.T, -1, -2)

    def windows(self, track: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 3, span) the samples of (N, 3) from *starts* on."""
        return np.asarray(np.lib.stride_tricks.sliding_window_view(track, self.span, axis=0)[starts])


@lru_cache(maxsize=64)
def gap_of(frames: int, rate: float) -> Gap:
    """A gap of *frames* samples at *rate* samples a second."""
    edge = max(2, round(EDGE_SECONDS * rate))
    known = np.concatenate([np.arange(edge), np.arange(edge + frames, 2 * edge + frames)])
    hidden = np.arange(edge, edge + frames)
    apart = np.abs(np.subtract.outer(np.arange(frames + 2 * edge), np.arange(frames + 2 * edge))) * (np.sqrt(5) / rate / TIME_SCALE)
    covariance = (1 + apart + apart**2 / 3) * np.exp(-apart)
    one = np.ones((2 * edge, 1))
    system = np.block([[covariance[np.ix_(known, known)] + NOISE * np.eye(2 * edge), one], [one.T, np.zeros((1, 1))]])
    right = np.concatenate([covariance[np.ix_(known, hidden)], np.ones((1, frames))])
    rest = np.zeros((frames, frames + 2 * edge))
    rest[:, known] = -np.linalg.solve(system, right)[:-1].T
    rest[:, hidden] += np.eye(frames)
    within = rest @ covariance @ rest.T
    values, vectors = np.linalg.eigh(within + JITTER * np.trace(within) / frames * np.eye(frames))
    return Gap(frames, edge, rest, (vectors * np.sqrt(values.mean() / values)) @ vectors.T)
