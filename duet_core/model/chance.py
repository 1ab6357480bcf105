"""Noise that depends on what it is for and on nothing else: seed, step and window, never on who draws it or how many windows are drawn with it.

Sampled gates, dropout and jitter of a window are then the same whether its batch is learned from at once, in parts, by one process or by many, and a
run that goes on needs to know nothing of the generators that were at work before. Where no `windows` are named, torch's own generators are asked.

The numbers are counters put through the mixing functions of splitmix64 (Steele, Lea and Flood 2014) and of C. Wellons' 32-bit hash prospector
(``lowbias32``): the same on every device.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_ODD = 0x9E3779B97F4A7C15
_64 = (1 << 64) - 1


class Chance:
    """The noise of *count* windows from number *first* on, of all that *key* (seed, kind, step …) names."""

    def __init__(self, key: Sequence[int], first: int, count: int) -> None:
        state = 0
        for part in key:
            state = _mixed(((state ^ part) + _ODD) & _64)
        self.state = state
        self.first, self.count = first, count
        self.draws = 0

    def uniform(self, shape: Sequence[int], device: torch.device) -> Tensor:
        """(N·count, …) float32 within 0..1, ends excluded; row r belongs to window r modulo *count*."""
        rows = shape[0]
        if rows % self.count:
            raise ValueError(f"{rows} rows for {self.count} windows")
        blocks, each = rows // self.count, math.prod(shape[1:])
        # Two numbers for each window and each time noise is asked for: where its counters begin, and how far apart they are.
        begins, apart = torch.from_numpy(self._keys()).to(device, non_blocking=True).view(2, 1, self.count, 1)
        x = torch.arange(blocks * each, dtype=torch.int32, device=device).view(blocks, 1, each) * (apart | 1) + begins
        x ^= (x >> 16) & 0xFFFF
        x *= 0x7FEB352D
        x ^= (x >> 15) & 0x1FFFF
        x *= _signed(0x846CA68B)
        x ^= (x >> 16) & 0xFFFF
        return ((x >> 9) & 0x7FFFFF).float().mul_(2.0**-23).add_(2.0**-24).view(*shape)

    def _keys(self) -> NDArray[np.int32]:
        with np.errstate(over="ignore"):
            window = np.arange(self.first, self.first + self.count, dtype=np.uint64)
            mixed = np.uint64(self.state) + window * np.uint64(_ODD) + np.uint64(self.draws * 0xD1342543DE82EF95 & _64)
            mixed = _mixed_all(mixed)
        self.draws += 1
        return np.stack([mixed >> np.uint64(32), mixed & np.uint64(0xFFFFFFFF)]).astype(np.uint32).view(np.int32)


_at_work: list[Chance] = []


@contextmanager
def windows(key: Sequence[int], first: int, count: int) -> Iterator[None]:
    """Within, noise is that of *count* windows from number *first* on; with an empty *key* it comes from torch's own generators."""
    if not key:
        yield
        return
    _at_work.append(Chance(key, first, count))
    try:
        yield
    finally:
        _at_work.pop()


def uniform(shape: Sequence[int], device: torch.device) -> Tensor:
    """Numbers within 0..1 of this *shape*, windows first."""
    return _at_work[-1].uniform(shape, device) if _at_work else torch.rand(*shape, device=device)


def exponential(like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Exponential variables above 0, shaped like *like*; *generator* is asked where one is given."""
    if _at_work and generator is None:
        return _at_work[-1].uniform(like.shape, like.device).log_().neg_()
    return torch.empty_like(like).exponential_(generator=generator).clamp(min=1e-20)


def normal(like: Tensor) -> Tensor:
    """Normal variables, shaped like *like* (Box and Muller 1958)."""
    if not _at_work:
        return torch.randn_like(like)
    length, angle = uniform(like.shape, like.device), uniform(like.shape, like.device)
    return length.log_().mul_(-2.0).sqrt_() * angle.mul_(2.0 * math.pi).cos_()


def _mixed(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _64
    return x ^ (x >> 31)


def _mixed_all(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _signed(x: int) -> int:
    return x - (1 << 32) if x >> 31 else x
