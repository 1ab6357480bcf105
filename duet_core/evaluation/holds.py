"""Held hands need no label: where two hands keep their distance for a second while both move, a connection between those arms should be among the strongest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..inference.features import motion_of
from ..skeletons import Skeleton
from .methods import Found

SECONDS = 1.0
STEADY = 0.04
"""Metres: the largest standard deviation of the hands' distance within that second …"""
SPEED = 0.25
"""… while each hand is faster than this on average, in metres a second."""
NEAR = 0.40
"""Metres between the wrists, on average, below which the hold is also counted among the near ones: held hands, not arms that swing alike."""
STRONGEST = 10
SIDES = ("left", "right")


@dataclass(frozen=True)
class Holds:
    """Seconds of holding: for each the frame at its middle and the hands.

    Attributes:
        middle: (N,) frame of the clip.
        hand: (N, 2) 0 left or 1 right, of dancer 0 and of dancer 1.
        distance: (N,) metres between the wrists, mean over the second.
    """

    middle: NDArray[np.float64]
    hand: NDArray[np.int64]
    distance: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.middle)


def hand_holds(clip: Clip) -> Holds:
    """All seconds (one from each sample at 20 Hz on) in which a hand of one dancer holds one of the other by the measures above."""
    motion = motion_of(clip)
    wrists = [wrist(clip.skeleton, side) for side in SIDES]
    length = round(SECONDS * motion.rate)
    middles, hands, distances = [], [], []
    for first in range(2):
        for second in range(2):
            i, j = wrists[first], wrists[second]
            if i is None or j is None or len(motion) < length:
                continue
            apart = np.linalg.norm(motion.position[:, 0, i] - motion.position[:, 1, j], axis=-1)
            windows = np.lib.stride_tricks.sliding_window_view(apart, length)
            moving = np.ones(len(windows), bool)
            for dancer, joint in ((0, i), (1, j)):
                speed = np.linalg.norm(motion.velocity[:, dancer, joint], axis=-1)
                moving &= np.lib.stride_tricks.sliding_window_view(speed, length).mean(axis=1) > SPEED
                moving &= np.lib.stride_tricks.sliding_window_view(motion.seen[:, dancer, joint], length).all(axis=1)
            start = np.flatnonzero(moving & (windows.std(axis=1) < STEADY))
            middles.append((start + (length - 1) / 2) * clip.fps / motion.rate)
            hands.append(np.tile([first, second], (len(start), 1)))
            distances.append(windows[start].mean(axis=1))
    if not middles:
        return Holds(np.zeros(0), np.zeros((0, 2), np.int64), np.zeros(0))
    return Holds(np.concatenate(middles), np.concatenate(hands), np.concatenate(distances))


def wrist(skeleton: Skeleton, side: str) -> int | None:
    """The joint that stands for the hand: the wrist, or what comes next."""
    return next((j for place in ("wrist", "hand", "middle_finger", "thumb") if (j := skeleton.index(f"{side}_{place}")) is not None), None)


def forearm(skeleton: Skeleton, side: str) -> NDArray[np.bool_]:
    """(J,) the elbow and all of the hand of one *side*."""
    return np.array([p == f"{side}_hand" or m == f"{side}_elbow" for p, m in zip(skeleton.parts, skeleton.landmarks, strict=True)])


def recalled(holds: Holds, skeleton: Skeleton, result: Found) -> dict[str, NDArray[np.bool_]]:
    """For each ranking (N,) whether a connection between the two forearms is among the ten strongest of the window whose middle is nearest."""
    window = np.abs(result.connections.centres[:, None] - holds.middle).argmin(axis=0) if len(holds) else np.zeros(0, np.int64)
    arms = [forearm(skeleton, side) for side in SIDES]
    between = np.zeros((2, 2, 2, len(skeleton), len(skeleton)), bool)
    for first in range(2):
        for second in range(2):
            between[first, second, 0] = arms[first][:, None] & arms[second]
            between[first, second, 1] = arms[second][:, None] & arms[first]
    return {name: _among(values, window, holds.hand, between) for name, values in result.rankings.items()}


def _among(values: NDArray, window: NDArray, hand: NDArray, between: NDArray[np.bool_]) -> NDArray[np.bool_]:
    flat = values.reshape(len(values), -1)
    count = min(STRONGEST, flat.shape[1])
    top = np.argpartition(-flat, count - 1, axis=1)[:, :count]
    pairs = between.reshape(2, 2, -1)
    return np.array([pairs[a, b, top[w]].any() for w, (a, b) in zip(window, hand, strict=True)], bool)


def recall(hits: Mapping[str, NDArray[np.bool_]], holds: Holds) -> dict[str, tuple[int, ...]]:
    """For each ranking counts, found and all: of seconds in which some hands hold each other (found: a connection between such hands), of hands that
    hold each other in a second, and of the near ones among these."""
    near = holds.distance < NEAR
    moments, moment = np.unique(holds.middle, return_inverse=True)
    result: dict[str, tuple[int, ...]] = {}
    for name, hit in hits.items():
        seconds = int((np.bincount(moment, weights=hit, minlength=len(moments)) > 0).sum()) if len(moments) else 0
        result[name] = (seconds, len(moments), int(hit.sum()), len(hit), int((hit & near).sum()), int(near.sum()))
    return result
