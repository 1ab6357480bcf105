"""What a moment of a duet is about: its strongest connection, frame by frame, and the frame that shows most. Pure, from `Connections` alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .connections import DISPLAY_THRESHOLD, Connections
from .skeletons.landmarks import landmark_of, split_side

PATIENCE = 0.05
"""A new connection takes over only where it is stronger than the one at hand by this much confidence; else words would flicker."""

AT_ONCE = 1000
"""Frames whose connections are compared together, so that memory stays small."""

_FINGERS = {
    "thumb": "thumb", "index": "index finger", "mid": "middle finger", "middle": "middle finger", "ring": "ring finger",
    "pinky": "little finger", "little": "little finger",
}  # fmt: skip
"""Last words of a finger's joints, which tools number."""

_SPINE = {"spine1": "lower back", "spine2": "back", "spine3": "chest"}
"""What a dancer calls the places that tools number."""


@dataclass(frozen=True)
class Strongest:
    """The strongest connection of each of T frames.

    Attributes:
        edge: (T,) index of the candidate (order of `connections.candidates`), −1 where none is drawn.
        window: (T,) the nearest window, which says its kind and lag.
    """

    edge: NDArray[np.int64]
    window: NDArray[np.int64]


def window_of_frames(connections: Connections, frames: int) -> NDArray[np.int64]:
    """(T,) for each frame the window whose centre is nearest."""
    centres = connections.centres
    order = np.argsort(centres, kind="stable")
    between = (centres[order][1:] + centres[order][:-1]) / 2
    return order[np.searchsorted(between, np.arange(frames), side="right")]


def strongest(connections: Connections, frames: int, threshold: float = DISPLAY_THRESHOLD) -> Strongest:
    """The strongest connection of each frame of a clip of *frames* frames, staying with one while it is nearly the strongest."""
    if connections.windows == 0:
        return Strongest(np.full(frames, -1), np.zeros(frames, dtype=np.int64))
    chosen = np.full(connections.windows, -1, dtype=np.int64)
    held = -1
    for window in np.argsort(connections.centres, kind="stable"):
        confidence = connections.confidence[window]
        best = int(np.argmax(confidence))
        if not confidence[best] > threshold:
            held = -1
        elif held < 0 or not confidence[held] > threshold or confidence[best] > confidence[held] + PATIENCE:
            held = best
        chosen[window] = held
    windows = window_of_frames(connections, frames)
    return Strongest(_as_drawn(connections, chosen, windows, threshold), windows)


def _as_drawn(connections: Connections, chosen: NDArray[np.int64], windows: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """(T,) the connection *chosen* in the nearest of *windows*; where that is not drawn (confidence is interpolated between windows) the one that then is
    the strongest, −1 where none exceeds the *threshold*."""
    first, second, share = connections.windows_at(np.arange(len(windows)))
    edge = chosen[windows]
    now = (1 - share) * connections.confidence[first, edge] + share * connections.confidence[second, edge]
    doubtful = np.flatnonzero(np.where(edge >= 0, ~(now > threshold), (chosen[first] >= 0) | (chosen[second] >= 0)))
    for some in np.split(doubtful, range(AT_ONCE, len(doubtful), AT_ONCE)):
        then = connections.confidence_at(some)
        best = then.argmax(axis=1)
        edge[some] = np.where(then[np.arange(len(some)), best] > threshold, best, -1)
    return edge


def fullest_frame(connections: Connections, frames: int, threshold: float = DISPLAY_THRESHOLD, top_k: int = 40) -> int:
    """The clip's frame whose shown connections are the most and strongest: the frame for a still. The middle where nothing is ever shown."""
    if connections.windows == 0 or frames == 0:
        return frames // 2
    count = min(top_k, connections.edges) or connections.edges
    top = np.partition(connections.confidence, connections.edges - count, axis=1)[:, connections.edges - count :]
    weight = np.where(top > threshold, top, 0.0).sum(axis=1)
    if not weight.any():
        return frames // 2
    return int(np.clip(round(float(connections.centres[int(np.argmax(weight))])), 0, frames - 1))


def joint_words(name: str) -> str:
    """A joint's name as one says it: ``left_big_toe``, ``LeftBigToe`` and ``mixamorig:LeftForeArm`` become "left big toe" and "left elbow"."""
    landmark = landmark_of(name)
    if landmark:
        return _SPINE.get(landmark) or landmark.replace("_", " ")
    side, rest = split_side(name.rsplit(":", 1)[-1])
    words = [word.lower() for word in re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-. ]+", " ", rest).split()]
    finger = _FINGERS.get(words[-1].rstrip("0123456789")) if side and words else None
    return " ".join([*([side] if side else []), *([finger] if finger else words)]) or name
