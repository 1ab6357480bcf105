"""Simulated systems as arrays: what every simulation of this package returns, and what the learner and the baselines read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trajectories:
    """S systems of N bodies, seen at T moments.

    Attributes:
        system: "springs", "charged" or "kuramoto".
        positions: (S, T, N, D) float64: place in the box, or with D = 1 the unwrapped phase in radians.
        velocities: (S, T, N, D) float64: change of the positions a second, at the same moments.
        drive: (S, N) float64: what a body does by itself (an oscillator's own frequency in radians a second; 0 for particles).
        edges: (S, N, N) int8: the label of each pair, symmetric, 0 on the diagonal. 1 means: joined by a spring; charges that repel; coupled.
        interval: seconds between two moments.
    """

    system: str
    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]
    drive: NDArray[np.float64]
    edges: NDArray[np.int8]
    interval: float

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def bodies(self) -> int:
        return self.positions.shape[2]

    def part(self, which: slice | NDArray[np.int64]) -> Trajectories:
        """Some of the systems."""
        return Trajectories(self.system, self.positions[which], self.velocities[which], self.drive[which], self.edges[which], self.interval)

    def moments(self, which: slice) -> Trajectories:
        """Some of the moments of all systems."""
        return Trajectories(self.system, self.positions[:, which], self.velocities[:, which], self.drive, self.edges, self.interval)


def joined(parts: list[Trajectories]) -> Trajectories:
    """The systems of all *parts* (of one kind and length), in order."""
    first = parts[0]
    return Trajectories(
        first.system,
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.velocities for part in parts]),
        np.concatenate([part.drive for part in parts]),
        np.concatenate([part.edges for part in parts]),
        first.interval,
    )


def pairs(bodies: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The unordered pairs i < j of *bodies* bodies, as two index arrays."""
    first, second = np.triu_indices(bodies, 1)
    return first.astype(np.int64), second.astype(np.int64)
