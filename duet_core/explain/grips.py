"""When a hold really begins and ends: windows of seconds blur it, the distance between the two joints does not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from .episodes import Episode

SECOND = 1.0
STEADY = 0.05
"""Metres: the standard deviation within a second below which a distance is held (science: hands that hold keep within 4 cm; estimated ones tremble)."""
REACH = 0.5
"""Metres beyond which two joints that keep their distance do not hold each other: from a wrist to what its hand holds it is far less."""
LEAST = 0.8
"""Seconds below which a steady stretch is chance."""


def gripped(episodes: Iterable[Episode], clip: Clip) -> list[Episode]:
    """*episodes* with every hold cut down to the stretches in which its joints keep their distance, and that distance; one that never does stays as long
    as it was found."""
    result: list[Episode] = []
    for episode in episodes:
        stretches = list(_held(episode, clip)) if episode.kind == "hold" else []
        cut = [replace(episode, start=start, end=end) for start, end in stretches] or [episode]
        result += [replace(one, apart=_known_median(_distance(one, clip))) if one.kind == "hold" else one for one in cut]
    return sorted(result, key=lambda e: (e.start, -e.confidence, e.edge))


def _held(episode: Episode, clip: Clip) -> Iterator[tuple[float, float]]:
    """Seconds, begin and end, of the stretches of *episode* in which the distance is steady."""
    first = max(0, round(episode.start * clip.fps))
    distance = _distance(episode, clip)
    span = round(SECOND * clip.fps)
    if len(distance) < span:
        return
    steady = np.zeros(len(distance) + 2, bool)  # an end on either side, so that every stretch has both
    for begin in np.flatnonzero(_spread(distance, span) < STEADY):
        steady[begin + 1 : begin + 1 + span] = True
    for begin, end in np.flatnonzero(steady[1:] != steady[:-1]).reshape(-1, 2):
        if (end - begin) / clip.fps >= LEAST:
            yield (first + begin) / clip.fps, (first + end) / clip.fps


def _distance(episode: Episode, clip: Clip) -> NDArray[np.float64]:
    """Metres between the joints of *episode*, at each of its frames."""
    first, last = max(0, round(episode.start * clip.fps)), min(clip.frames, round(episode.end * clip.fps))
    ends = (clip.positions[first:last, d, j] for d, j in ((episode.from_dancer, episode.from_joint), (episode.to_dancer, episode.to_joint)))
    return np.linalg.norm(np.subtract(*ends).astype(np.float64), axis=-1)


def _known_median(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else math.nan


def _spread(values: NDArray[np.float64], span: int) -> NDArray[np.float64]:
    """(T − span + 1,) standard deviation of *values* (T,) over each *span* entries; unknown ones (NaN) make it infinite."""
    known = np.nan_to_num(values - np.nanmean(values)) if np.isfinite(values).any() else np.zeros_like(values)
    sums, squares, gaps = (np.concatenate([[0.0], np.cumsum(v)]) for v in (known, known**2, np.isnan(values)))
    mean, square, missing = ((v[span:] - v[:-span]) / span for v in (sums, squares, gaps))
    return np.where(missing > 0, np.inf, np.sqrt(np.maximum(square - mean**2, 0)))
