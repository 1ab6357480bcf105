"""Windows of duets, and the batch of a step, whole or shared out. Nothing here knows torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from ..planted import Labels
from ..planted.sets import share


@dataclass(frozen=True)
class Windows:
    """Windows of duets that share a skeleton.

    Attributes:
        positions: (B, T, 2, J, 3) float32 in metres. parents: (J,).
        labels: where the truth is known.
        key, first: what decides their noise in training: seed, kind and step, and the number of the first of them in the step's whole batch.
    """

    positions: NDArray[np.float32]
    parents: NDArray[np.int64]
    labels: Labels | None = None
    key: tuple[int, ...] = ()
    first: int = 0

    def __len__(self) -> int:
        return len(self.positions)

    def part(self, start: int, end: int) -> Windows:
        """The windows *start* to *end* (excluded) of these."""
        truth = self.labels
        if truth is not None:
            truth = Labels(*(getattr(truth, field.name)[start:end] for field in fields(Labels)))
        return replace(self, positions=self.positions[start:end], labels=truth, first=self.first + start)


@dataclass(frozen=True)
class StepBatch:
    """What one step learns from, or a share of it."""

    planted: Windows | None
    real: Windows | None

    def __len__(self) -> int:
        return len(self.planted or ()) + len(self.real or ())

    def pieces(self, count: int) -> Iterator[StepBatch]:
        """*count* shares of it, as equal as can be."""
        for number in range(count):
            yield StepBatch(*(some and some.part(*share(len(some), number, count)) for some in (self.planted, self.real)))
