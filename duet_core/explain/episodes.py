"""A connection's confidence over the windows as stretches in which it lasts: what sentences, timelines and tables speak of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..connections import DISPLAY_THRESHOLD, KINDS, Connections, candidates

KEPT = 0.7
"""An episode begins where the confidence exceeds the threshold and lasts until it falls below this share of it: a dip at the edge is no end."""


@dataclass(frozen=True)
class Episode:
    """One directed connection from its beginning to its end.

    Attributes:
        edge: the candidate (order of `connections.candidates`).
        from_dancer, from_joint, to_dancer, to_joint: its ends, as indices.
        first, last: the windows it lasts through, both included.
        start, end: seconds of the clip, between the centres of windows where the confidence crosses.
        kind: of `KINDS`, the one most confidence speaks for.
        lag: seconds, mean weighted by confidence; NaN where undefined.
        confidence: the highest.
        mean: the mean over its windows.
        apart: of a hold the metres between its joints, the median over its time; NaN where nobody measured.
    """

    edge: int
    from_dancer: int
    from_joint: int
    to_dancer: int
    to_joint: int
    first: int
    last: int
    start: float
    end: float
    kind: str
    lag: float
    confidence: float
    mean: float
    apart: float = math.nan

    @property
    def seconds(self) -> float:
        return self.end - self.start


def episodes(connections: Connections, threshold: float = DISPLAY_THRESHOLD) -> list[Episode]:
    """Every stretch in which a connection exceeds *threshold*, by the time it begins, then the surest first.

    A window speaks for the time around its centre; before the first and after the last centre the first and the last window do.
    """
    of = candidates(len(connections.joints))
    found: list[Episode] = []
    for edge in np.flatnonzero((connections.confidence > threshold).any(axis=0)):
        for first, last in stretches(connections.confidence[:, edge], threshold):
            found.append(_episode(connections, int(edge), of, first, last, threshold))
    return sorted(found, key=lambda e: (e.start, -e.confidence, e.edge))


def stretches(confidence: NDArray[np.float32], threshold: float) -> list[tuple[int, int]]:
    """(first, last) windows, both included, in which (W,) stays above `KEPT` of *threshold* after it was above it somewhere."""
    kept = np.concatenate([[False], np.nan_to_num(confidence) > KEPT * threshold, [False]])
    edges = np.flatnonzero(kept[1:] != kept[:-1]).reshape(-1, 2)
    return [(int(a), int(b) - 1) for a, b in edges if (confidence[a:b] > threshold).any()]


def _episode(connections: Connections, edge: int, of: tuple[NDArray, ...], first: int, last: int, threshold: float) -> Episode:
    from_dancer, from_joint, to_dancer, to_joint = (int(values[edge]) for values in of)
    part = slice(first, last + 1)
    confidence = connections.confidence[part, edge].astype(np.float64)
    kinds = connections.kind[part, edge]
    votes = np.bincount(kinds, weights=confidence, minlength=len(KINDS))
    kind = int(votes[1:].argmax()) + 1 if votes[1:].any() else 0
    lags = np.where(kinds == kind, connections.lag[part, edge], np.nan)
    known = np.isfinite(lags)
    lag = float((lags[known] * confidence[known]).sum() / confidence[known].sum()) if known.any() else math.nan
    return Episode(
        edge, from_dancer, from_joint, to_dancer, to_joint, first, last,
        _crossing(connections, edge, first, -1, threshold) / connections.fps,
        _crossing(connections, edge, last, 1, threshold) / connections.fps,
        KINDS[kind], lag, float(confidence.max()), float(confidence.mean()),
    )  # fmt: skip


def _crossing(connections: Connections, edge: int, window: int, step: int, threshold: float) -> float:
    """The frame, from *window* on in the direction *step*, at which the confidence falls below what keeps an episode alive."""
    beyond = window + step
    if not 0 <= beyond < connections.windows:
        return float(connections.window_start[window] if step < 0 else connections.window_end[window])
    inside, outside = (float(np.nan_to_num(connections.confidence[w, edge])) for w in (window, beyond))
    share = (inside - KEPT * threshold) / max(inside - outside, 1e-9)
    centres = connections.centres
    return float(centres[window] + share * (centres[beyond] - centres[window]))
