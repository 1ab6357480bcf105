"""Threads as straight sticks with keys, for programs that know neither our nodes nor curves: which sticks there are, and where each is at each frame.

The sticks stand for what is shown (`showing`), bounded in number; a stick that is not shown is too small to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .showing import Show, shown_at
from .threads import Threads

MOST = 60
"""Sticks at most, unless told otherwise: other programs keep each as an object of its own."""

HIDDEN = 1e-4
"""The size of a stick that is not shown: not 0, of which programs cannot tell the rotation."""


@dataclass(frozen=True)
class Stick:
    """One connection's stick, which reaches from (0, 0, 0) to (0, 0, 1) with radius 1 before it is placed.

    Attributes:
        edge: which stored connection it is (index into `Threads`).
        peak: its highest confidence while it is shown.
        frames: (N,) frames of the clip with a key; ascending.
        location: (N, 3) metres, the source.
        rotation: (N, 4) unit quaternions (w, x, y, z) that turn z towards the target; successive ones are near each other.
        scale: (N, 3) radius, radius, length in metres; `HIDDEN` where it is not shown.
    """

    edge: int
    peak: float
    frames: NDArray[np.int64]
    location: NDArray[np.float64]
    rotation: NDArray[np.float64]
    scale: NDArray[np.float64]


def sticks(
    threads: Threads,
    positions: NDArray,
    show: Show | Sequence[Show],
    gate: NDArray[np.float32],
    chosen: NDArray[np.bool_] | None = None,
    *,
    width: float,
    fade: float = 0.08,
    most: int = MOST,
    step: int = 1,
) -> list[Stick]:
    """The sticks of what *show* shows, those that are shown most first.

    Args:
        show: the filters, or those of each frame.
        positions: (T, 2, J, 3) metres; a connection with an unknown end is not shown.
        gate, chosen: see `showing`.
        width: metres, radius of a stick of confidence 1.
        fade: how far above the threshold a stick has grown to its full width.
        most: at most so many sticks, those with the greatest confidence summed over the frames in which they show.
        step: a key every so many frames while a stick is shown.
    """
    frames = len(positions)
    shows = [show] * frames if isinstance(show, Show) else list(show)
    threshold = np.array([one.threshold for one in shows])
    shown: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
    weight = np.zeros(threads.edges)
    for frame in range(frames):
        shown.append(shown_at(threads, frame, shows[frame], gate, chosen))
        np.add.at(weight, *shown[-1])
    found = np.flatnonzero(weight > 0)
    found = found[np.argsort(-weight[found], kind="stable")][:most]
    sure = np.zeros((frames, len(found)))
    column = np.full(threads.edges, -1)
    column[found] = np.arange(len(found))
    for frame, (edges, confidence) in enumerate(shown):
        kept = column[edges] >= 0
        sure[frame, column[edges[kept]]] = confidence[kept]
    places = np.asarray(positions, np.float64)
    made = []
    for number, edge in enumerate(found):
        source, target = (places[:, dancer[edge], joint[edge]] for dancer, joint in _ends(threads))
        made.append(_stick(int(edge), sure[:, number], source, target, threshold, width, fade, step))
    return [stick for stick in made if stick is not None]


def _ends(threads: Threads) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    return (threads.from_dancer, threads.from_joint), (threads.to_dancer, threads.to_joint)


def _stick(
    edge: int, sure: NDArray, source: NDArray, target: NDArray, threshold: NDArray, width: float, fade: float, step: int
) -> Stick | None:
    between = target - source
    length = np.sqrt((between**2).sum(axis=1))
    known = length > 1e-6  # NaN compares false
    shown = (sure > 0) & known
    if not shown.any():
        return None
    keyed = _keyed(shown, step)
    there = np.flatnonzero(shown)
    some = there[np.minimum(np.searchsorted(there, keyed), len(there) - 1)]
    near = np.where(known[keyed], keyed, some)
    grown = np.clip((sure[near] - threshold[near]) / max(fade, 1e-9), 0.15, 1.0)
    radius = width * sure[near] * grown
    scale = np.stack([radius, radius, length[near]], axis=1)
    scale[~shown[keyed]] = HIDDEN
    return Stick(edge, float(sure[shown].max()), keyed, source[near], _turned(between[near] / length[near, None]), scale)


def _keyed(shown: NDArray[np.bool_], step: int) -> NDArray[np.int64]:
    """The frames that need a key: every *step* of a stretch in which it is shown, its ends, and the hidden frames beside them."""
    wanted = np.zeros(len(shown), bool)
    wanted[[0, -1]] = True
    edges = np.flatnonzero(np.diff(shown.astype(np.int8)))
    wanted[edges] = wanted[edges + 1] = True
    wanted[np.flatnonzero(shown)[::step]] = True
    return np.flatnonzero(wanted)


def _turned(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4) quaternions that turn z to the unit vectors *direction* (N, 3) by the shortest way, each on the side of the one before."""
    x, y, z = direction.T
    whole = np.stack([1 + z, -y, x, np.zeros_like(z)], axis=1)
    whole[np.abs(whole).max(axis=1) < 1e-6] = (0.0, 1.0, 0.0, 0.0)  # straight down
    whole /= np.sqrt((whole**2).sum(axis=1))[:, None]
    sign = np.sign((whole[1:] * whole[:-1]).sum(axis=1))
    whole[1:] *= np.cumprod(np.where(sign == 0, 1.0, sign))[:, None]
    return whole
