"""An array on disk of which stretches are read: it can be larger than memory, and several processes can read it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class OnDisk:
    """Frames of one or all dancers of a take in a ``.npy`` file of float32 (T, D, J, 3); indexed like an array, it gives copies.

    Attributes:
        file, offset, whole: where the numbers are, from which byte, and the shape of all of them.
        start, end: the frames that are meant. dancer: the one that is meant, or None for all.
    """

    file: Path
    offset: int
    whole: tuple[int, ...]
    start: int
    end: int
    dancer: int | None = None

    @classmethod
    def open(cls, file: Path) -> OnDisk:
        """All frames in *file*. Raises ValueError or OSError where it is no such array."""
        array = np.load(file, mmap_mode="r", allow_pickle=False)
        if array.ndim != 4 or array.dtype != np.float32 or not array.flags.c_contiguous:
            raise ValueError(f"{array.dtype} {array.shape}")
        return cls(file, int(array.offset), array.shape, 0, len(array))

    @property
    def shape(self) -> tuple[int, ...]:
        rest = self.whole[1:] if self.dancer is None else self.whole[2:]
        return (self.end - self.start, *rest)

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, key: Any) -> NDArray[np.float32]:
        # Mapped anew each time: the pages that were read are given back with the map.
        mapped = np.memmap(self.file, np.float32, "r", self.offset, self.whole)
        frames = mapped[self.start : self.end]
        return np.array(frames[key] if self.dancer is None else frames[:, self.dancer][key])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray:
        return np.asarray(self[:], dtype)

    def cut(self, start: int, end: int) -> OnDisk:
        """The frames *start* to *end* (excluded) of these."""
        return replace(self, start=self.start + start, end=self.start + min(end, len(self)))

    def of_dancer(self, dancer: int) -> OnDisk:
        return replace(self, dancer=dancer)


def frames_of(positions: NDArray[np.float32], start: int, end: int) -> NDArray[np.float32]:
    """The frames *start* to *end* (excluded) of an array, without reading them where it is on disk."""
    if isinstance(positions, OnDisk):
        return cast("NDArray[np.float32]", positions.cut(start, end))
    return positions[start:end]


def dancer_of(positions: NDArray[np.float32], dancer: int) -> NDArray[np.float32]:
    """One dancer of (T, D, J, 3), without reading where it is on disk."""
    if isinstance(positions, OnDisk):
        return cast("NDArray[np.float32]", positions.of_dancer(dancer))
    return positions[:, dancer]
