"""How much each joint sends and answers over a take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS, Connections
from ..skeletons import Skeleton
from ..threads import FLOOR
from .times import borders

_CHUNK = 256


@dataclass(frozen=True)
class Influence:
    """Confidence summed over connections and over the seconds they last, by joint.

    Attributes:
        joints: J names.
        sent: (K, 2, J) for each kind of `KINDS`: what joint j of each dancer sends. A hold, unison, mirror or opposition runs both ways and counts so.
        answered: (K, 2, J) what it answers.
    """

    joints: tuple[str, ...]
    sent: NDArray[np.float64]
    answered: NDArray[np.float64]

    def most(self, which: NDArray[np.float64], count: int, least: float = 0.0) -> list[tuple[int, int, float]]:
        """The *count* (dancer, joint, value) with most of (2, J) *which*, strongest first, of those above *least*."""
        order = np.argsort(-which, axis=None, kind="stable")[:count]
        pairs = [(int(k) // which.shape[1], int(k) % which.shape[1]) for k in order]
        return [(d, j, float(which[d, j])) for d, j in pairs if which[d, j] > least]


def influence(connections: Connections) -> Influence:
    """What each joint sends and answers in *connections*; confidences below `FLOOR`, which nothing draws, are left out."""
    joints = len(connections.joints)
    seconds = np.diff(borders(connections))
    sent, answered = np.zeros((len(KINDS), 2, joints)), np.zeros((len(KINDS), 2, joints))
    for start in range(0, connections.windows, _CHUNK):
        some = slice(start, start + _CHUNK)
        confidence = np.where(connections.confidence[some] > FLOOR, connections.confidence[some], 0.0) * seconds[some, None]
        kinds = connections.kind[some]
        for kind in range(len(KINDS)):
            grid = np.where(kinds == kind, confidence, 0.0).sum(axis=0, dtype=np.float64).reshape(2, joints, joints)
            sent[kind] += grid.sum(axis=2)
            answered[kind] += grid.sum(axis=1)[::-1]
    return Influence(connections.joints, sent, answered)


def at_landmarks(values: NDArray[np.float64], skeleton: Skeleton) -> NDArray[np.float64]:
    """(…, J) *values*, each at the joint of a landmark: those of a joint that is none count for the nearest one above it (a finger for its hand)."""
    result = np.zeros_like(values)
    for joint in range(len(skeleton)):
        at = joint
        while skeleton.parents[at] >= 0 and not skeleton.landmarks[at]:
            at = skeleton.parents[at]
        result[..., at if skeleton.landmarks[at] else joint] += values[..., joint]
    return result
