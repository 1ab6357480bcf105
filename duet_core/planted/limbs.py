"""How a joint is moved: by turning the bones of its own limb, so that no bone ever changes its length, and what it takes along."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton

LIMB_BONES = 2
"""Bones that bend to bring a joint to its place: forearm and upper arm for a wrist …"""
LIMB_METRES = 0.25
"""… or more, where they are shorter than this together."""
ROUNDS = 4
"""Passes of FABRIK (Aristidou and Lasenby, Graphical Models 73, 2011); within reach two leave millimetres."""


@lru_cache(maxsize=4096)
def limb(skeleton: Skeleton, joint: int, lengths: tuple[float, ...]) -> tuple[int, ...]:
    """The chain that moves *joint*: from the joint that stays (first) to *joint* itself (last); *joint* alone where it is a root."""
    chain = [joint]
    total = 0.0
    while skeleton.parents[chain[0]] >= 0 and (len(chain) <= LIMB_BONES or total < LIMB_METRES):
        total += lengths[chain[0]]
        chain.insert(0, skeleton.parents[chain[0]])
    return tuple(chain)


@lru_cache(maxsize=4096)
def below(skeleton: Skeleton, joint: int) -> tuple[int, ...]:
    """*joint* and all that hangs on it."""
    result = [joint]
    for member in result:
        result.extend(skeleton.children[member])
    return tuple(result)


def moved_with(skeleton: Skeleton, chain: tuple[int, ...]) -> tuple[int, ...]:
    """The joints whose place changes when *chain* bends."""
    return below(skeleton, chain[1] if len(chain) > 1 else chain[0])


def bone_lengths(positions: NDArray, skeleton: Skeleton) -> tuple[float, ...]:
    """Median length in metres of the bone above each joint of (T, J, 3), 0 for roots; rounded, so that it can be a key."""
    parents = np.array([p if p >= 0 else j for j, p in enumerate(skeleton.parents)])
    lengths = np.median(np.linalg.norm(positions - positions[:, parents], axis=-1), axis=0)
    return tuple(float(x) for x in np.round(lengths, 3))


def bend(positions: NDArray, skeleton: Skeleton, chain: tuple[int, ...], displacement: NDArray) -> None:
    """Move the last joint of *chain* by *displacement* (T, 3) in *positions* (T, J, 3), in place, as far as its bones allow.

    Everything that hangs on a moved joint is carried along without turning.
    """
    if len(chain) == 1:
        positions[:, below(skeleton, chain[0])] += displacement[:, None]
        return
    points = positions[:, chain]
    lengths = np.linalg.norm(np.diff(points, axis=1), axis=-1, keepdims=True)
    goal = points[:, -1] + displacement
    place_limb(positions, skeleton, chain, reach(points, lengths, goal))


def reach(points: NDArray, lengths: NDArray, goal: NDArray) -> NDArray:
    """*points* (T, C, 3) of chains with *lengths* (T, C − 1, 1), first point fixed, last one as near to *goal* (T, 3) as it can be."""
    fixed = points[:, 0]
    points = points.copy()
    last = points.shape[1] - 1
    for _ in range(ROUNDS):
        points[:, last] = goal
        for k in range(last - 1, -1, -1):
            points[:, k] = _at(points[:, k + 1], points[:, k], lengths[:, k])
        points[:, 0] = fixed
        for k in range(last):
            points[:, k + 1] = _at(points[:, k], points[:, k + 1], lengths[:, k])
    return points


def place_limb(positions: NDArray, skeleton: Skeleton, chain: tuple[int, ...], points: NDArray) -> None:
    """Put *chain* of *positions* (T, J, 3) at *points* (T, C, 3), in place, with all that hangs on it."""
    moved = points - positions[:, chain]
    for k in range(1, len(chain)):
        onward = set(below(skeleton, chain[k + 1])) if k + 1 < len(chain) else set()
        carried = [j for j in below(skeleton, chain[k]) if j not in onward]
        positions[:, carried] += moved[:, k, None]


def _at(origin: NDArray, towards: NDArray, length: NDArray) -> NDArray:
    line = towards - origin
    return origin + line * (length / np.maximum(np.linalg.norm(line, axis=-1, keepdims=True), 1e-9))
