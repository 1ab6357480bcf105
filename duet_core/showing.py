"""Which of a scene's stored connections are drawn at a frame, and their tension: the arithmetic of the scene's nodes, in NumPy.

The nodes are what draws; this says what they must draw, for lists in a panel and for tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .connections import DISPLAY_THRESHOLD, KINDS
from .skeletons.landmarks import PARTS
from .threads import TYPES, Threads, confidence_at

SLACK, TAUT = 0.6, 1.4
"""Tension, the distance between two joints as a multiple of its own mean, from which on a thread has the ramp's slack end, and its taut end."""

HIDDEN = 64.0
"""Added to a gate's first number where somebody hid the connection: no body part has such a number, so it passes no filter."""

FRAMES_AT_ONCE = 64
MOST_FRAMES = 2000
"""Frames, evenly spread, from which the mean distance is taken: more would not change it."""


@dataclass(frozen=True)
class Show:
    """What is shown; by default everything above the usual threshold.

    Attributes:
        threshold: the confidence that a connection must exceed.
        top_k: at most so many at once, the strongest.
        directions: whether connections from dancer 0, and from dancer 1, are shown.
        kinds, types: for each of `KINDS`, of `TYPES` whether it is.
        sources, targets: for each of `PARTS` whether connections that start, that end in it are.
        only_chosen: only connections that are `chosen`.
    """

    threshold: float = DISPLAY_THRESHOLD
    top_k: int = 100_000
    directions: tuple[bool, bool] = (True, True)
    kinds: tuple[bool, ...] = (True,) * len(KINDS)
    types: tuple[bool, ...] = (True,) * len(TYPES)
    sources: tuple[bool, ...] = (True,) * len(PARTS)
    targets: tuple[bool, ...] = (True,) * len(PARTS)
    only_chosen: bool = False


def gates(threads: Threads, parts: Sequence[str]) -> NDArray[np.float32]:
    """(E, 3) float32, what the filters ask about a stored connection: the number of its source's part and of its target's part in `PARTS`, and the
    dancer it comes from. *parts* is each joint's body part."""
    number = np.array([PARTS.index(part) for part in parts], np.int64)
    return np.stack([number[threads.from_joint], number[threads.to_joint], threads.from_dancer], axis=-1).astype(np.float32)


def hiding(gate: NDArray[np.float32], hidden: NDArray[np.bool_]) -> NDArray[np.float32]:
    """*gate* (E, 3) that lets none of the *hidden* (E,) connections pass, and all others as before anybody hid any."""
    made = gate.copy()
    made[:, 0] = gate[:, 0] % HIDDEN + HIDDEN * hidden
    return made


def kind_at(threads: Threads, frame: float) -> NDArray[np.int8]:
    """(E,) the kind of each stored connection in the window nearest to the clip's *frame*."""
    return _nearest(threads, threads.kind, frame)


def type_at(threads: Threads, frame: float) -> NDArray[np.int8]:
    """(E,) the type of each, an index into `TYPES`, in the same window."""
    return _nearest(threads, threads.type, frame)


def _nearest(threads: Threads, values: NDArray[np.int8], frame: float) -> NDArray[np.int8]:
    if not threads.windows:
        return np.zeros(threads.edges, np.int8)
    place = np.clip((frame - threads.first) / threads.spacing, 0, threads.windows - 1)
    return values[int(np.floor(place + 0.5))]


def passing(gate: NDArray[np.float32], show: Show, chosen: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """(E,) which stored connections pass the filters of *show* that do not change in time; *gate* is what `gates` returned."""
    start, end, dancer = gate.astype(np.int64).T
    seen = start < HIDDEN
    passes = seen & np.array(show.sources)[np.where(seen, start, 0)] & np.array(show.targets)[end] & np.array(show.directions)[dancer]
    return passes & chosen if show.only_chosen and chosen is not None else passes


def shown_at(
    threads: Threads, frame: float, show: Show, gate: NDArray[np.float32], chosen: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Which stored connections are drawn at the clip's *frame*, strongest first, and how sure they are.

    Args:
        gate: (E, 3) what `gates` returned.
        chosen: (E,) which connections somebody chose; all where not given.
    """
    confidence = confidence_at(threads, frame)
    passes = (confidence > show.threshold) & passing(gate, show, chosen)
    if not all(show.kinds):
        passes &= np.array(show.kinds)[kind_at(threads, frame)]
    if not all(show.types):
        passes &= np.array(show.types)[type_at(threads, frame)]
    found = np.flatnonzero(passes)
    # Equals are shuffled by their number, so that no direction and no joint comes first among them.
    order = np.argsort(1e-6 * ((found * 0.618034) % 1.0) - confidence[found])[: max(show.top_k, 0)]
    return found[order], confidence[found[order]]


def mean_distances(threads: Threads, positions: NDArray) -> NDArray[np.float32]:
    """(E,) metres between the two joints of each stored connection, the mean over (T, 2, J, 3) *positions*; 0 where nothing is known."""
    steps = max(1, -(-len(positions) // MOST_FRAMES))
    total, known = np.zeros(threads.edges), np.zeros(threads.edges)
    seen = positions[::steps].astype(np.float64)
    for begin in range(0, len(seen), FRAMES_AT_ONCE):
        part = seen[begin : begin + FRAMES_AT_ONCE]
        apart = part[:, threads.to_dancer, threads.to_joint] - part[:, threads.from_dancer, threads.from_joint]
        distance = np.sqrt((apart**2).sum(axis=-1))
        known += np.isfinite(distance).sum(axis=0)
        total += np.nan_to_num(distance, nan=0.0).sum(axis=0)
    return (total / np.maximum(known, 1)).astype(np.float32)


def tension(distance: NDArray[np.float64], mean: NDArray[np.float32]) -> NDArray[np.float64]:
    """(E,) *distance* as a multiple of its own *mean*, both metres: 1 is as usual, more is stretched; 1 where the mean is unknown."""
    return np.where(mean > 0, distance / np.where(mean > 0, mean, 1.0), 1.0)


def peak_frame(threads: Threads, number: int, frame: float, threshold: float) -> float:
    """The clip's frame at which stored connection *number* is surest: within the stretch above *threshold* that *frame* lies in, else in the take."""
    if not threads.windows:
        return frame
    confidence = threads.confidence[:, number]
    here = int(np.clip(round((frame - threads.first) / threads.spacing), 0, threads.windows - 1))
    first, last = 0, threads.windows
    if confidence[here] > threshold:
        below = np.flatnonzero(~(confidence > threshold))
        first = int(below[below < here].max(initial=-1)) + 1
        last = int(below[below > here].min(initial=threads.windows))
    return threads.first + threads.spacing * (first + int(np.argmax(confidence[first:last])))
