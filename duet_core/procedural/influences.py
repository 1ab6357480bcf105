"""Planted influences: signals of one dancer made to depend on signals of the other, and the record of what was planted.

Everything here works on plain arrays with time first, so it can plant connections on any motion, not only on our own. A plant is a function
on signals; what is true about it is a `Truth`, written into ``clip.meta["truth"]`` with `record`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..connections import KINDS
from .curves import Array

MIRRORED = np.diag([1.0, -1.0, 1.0])
"""Reflects a body's own frame (x forward, y left): what a partner's mirror image does."""


@dataclass(frozen=True)
class Truth:
    """One true connection (kinds as in ``connections.KINDS``).

    Attributes:
        from_dancer, to_dancer: 0 or 1. from_joint, to_joint: names.
        lag_seconds: by which the source precedes the target.
        start_frame, end_frame: when it holds, end excluded; its fades reach a little beyond.
        indirect: the target (or the source) only carries or is carried by a joint of the planted pair: a wrist takes its hand along.
    """

    from_dancer: int
    from_joint: str
    to_dancer: int
    to_joint: str
    lag_seconds: float
    kind: str
    start_frame: int
    end_frame: int
    indirect: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS[1:] or self.from_dancer == self.to_dancer or self.start_frame >= self.end_frame:
            raise ValueError(f"not a connection: {self}")


def record(truths: Iterable[Truth]) -> list[dict[str, Any]]:
    """The truths as JSON-able dicts, in order of time."""
    return [asdict(t) for t in sorted(truths, key=lambda t: (t.start_frame, t.from_dancer))]


def lagged(signal: Array, frames: float) -> Array:
    """*signal* (T, …) delayed by *frames* ≥ 0, which need not be whole; before its start it stands still."""
    index = np.clip(np.arange(len(signal)) - frames, 0, None)
    low = np.floor(index).astype(int)
    share = (index - low).reshape((-1,) + (1,) * (signal.ndim - 1))
    return signal[low] * (1 - share) + signal[np.minimum(low + 1, len(signal) - 1)] * share


def centred(signal: Array, gate: Array) -> Array:
    """*signal* (T, …) less its mean where *gate* (T,) is open."""
    return signal - np.tensordot(gate, signal, 1) / max(float(gate.sum()), 1e-9)


def lead(
    target: Array, source: Array, lag: float, gate: Array, gain: float = 1.0, matrix: Array | None = None, keep: float = 0.25
) -> Array:
    """*target* (T, C) that answers *source* (T, C') after *lag* frames while *gate* (T,) is open.

    The answer is the source's movement about its own mean, through *matrix* (C, C') and *gain*; of the target's own movement about its mean
    the share *keep* remains.
    """
    answer = gain * lagged(centred(source, gate), lag)
    if matrix is not None:
        answer = answer @ np.asarray(matrix).T
    own = target - centred(target, gate) * (1.0 - keep)
    return target + gate[:, None] * (own + answer - target)


def shared(own: Array, common: Array, gate: Array) -> Array:
    """*own* (T, …) that becomes *common* while *gate* (T,) is open: unison, or mirror if *common* is the reflected movement."""
    return own + gate.reshape((-1,) + (1,) * (own.ndim - 1)) * (common - own)


def meet(first: Array, second: Array, wanted: Array, reach: Sequence[float], rounds: int = 60) -> Array:
    """(T, 3) the point nearest to *wanted* that lies within *reach* metres of both *first* and *second* (each (T, 3))."""
    point = wanted.copy()
    for _ in range(rounds):
        for root, most in ((first, reach[0]), (second, reach[1])):
            line = point - root
            distance = np.linalg.norm(line, axis=-1, keepdims=True)
            point = root + line * np.minimum(1.0, most / np.maximum(distance, 1e-9))
    return point


def lead_truths(
    source: int, joints: tuple[str, str], lag: float, span: tuple[int, int], carried: tuple[Sequence[str], Sequence[str]] = ((), ())
) -> list[Truth]:
    """The truth of a lead from dancer *source*, and of what its joints carry along (*carried*: by the source, by the target)."""
    pairs = [(i, j) for i in (joints[0], *carried[0]) for j in (joints[1], *carried[1])]
    return [Truth(source, i, 1 - source, j, lag, "lead", *span, indirect=(i, j) != joints) for i, j in pairs]


def mutual_truths(
    pairs: Iterable[tuple[str, str]], kind: str, span: tuple[int, int], direct: Iterable[tuple[str, str]] | None = None
) -> list[Truth]:
    """The truth of a zero-lag kind for *pairs* (joint of dancer 0, joint of dancer 1), both directions; all but *direct* are indirect."""
    planted = None if direct is None else set(direct)
    result = []
    for i, j in pairs:
        indirect = planted is not None and (i, j) not in planted
        result += [Truth(0, i, 1, j, 0.0, kind, *span, indirect), Truth(1, j, 0, i, 0.0, kind, *span, indirect)]
    return result
