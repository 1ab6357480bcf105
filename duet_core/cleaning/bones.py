"""Constant bone lengths: measured once for each dancer, then every frame is moved onto them as little as possible.

A bone's length is its median over the take (limbs seen end-on, and stretched by errors, are outliers on both sides). Left and right take their common
mean where they agree.

Then, in every frame, the joints x that are nearest to the measured ones and keep all lengths: minimise Σ w_j |x_j − measured_j|² subject to |x_child
− x_parent| = length. Sending errors outwards from the root would move a hand by the sum of all errors of its arm; here each joint yields by its
share. Steps of sequential quadratic programming with Gauss–Newton's matrix solve it; their linear systems have one unknown for each bone and couple
only bones that share a joint, and eliminating bones from the limbs' ends inwards creates no new couplings (the bones round a joint are coupled all
together already). So one pass costs some hundred vector operations on whole takes. A last pass from the root outwards makes the lengths exact; it
moves joints by the small residual only.

Joints that err more weigh less: the weight is the inverse of the squared wobble of the bones around a joint, within `_WEIGHT_RANGE`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..skeletons import Skeleton
from .report import Figure, Part
from .tracks import chunks

AGREE = 0.10
"""Left and right lengths that differ by at most this share are taken as equal."""

PASSES = 6
DAMPING = 0.7
"""Share of each pass but the last: full steps overshoot where bones are off by half their length and more."""

_WEIGHT_RANGE = 25.0
_FLOOR = 0.01
"""Metres of wobble that every joint is granted when weights are made."""

_SHORTEST = 1e-4
_CHUNK = 16_384


def lengths_over_time(positions: NDArray, skeleton: Skeleton) -> NDArray[np.float32]:
    """(T, D, B) metres of every bone of `skeleton.bones`; NaN where an end is unknown."""
    frames, dancers = positions.shape[:2]
    result = np.empty((frames, dancers, len(skeleton.bones)), np.float32)
    for b, (parent, child) in enumerate(skeleton.bones):
        result[:, :, b] = np.linalg.norm(positions[:, :, child] - positions[:, :, parent], axis=-1)
    return result


def variation(lengths: NDArray) -> NDArray[np.float64]:
    """(D, B) coefficient of variation (standard deviation over mean) of bone lengths (T, D, B); NaN where never known."""
    there = ~np.isnan(lengths)
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, lengths, 0).sum(axis=0, dtype=np.float64) / count
    square = np.empty(lengths.shape[1:])
    for b in range(lengths.shape[2]):
        square[:, b] = np.where(there[..., b], (lengths[..., b] - mean[:, b]) ** 2, 0).sum(axis=0, dtype=np.float64)
    return np.where(there.any(axis=0) & (mean > _SHORTEST), np.sqrt(square / count) / np.maximum(mean, _SHORTEST), np.nan)


def fitted(lengths: NDArray, skeleton: Skeleton, *, agree: float = AGREE) -> tuple[NDArray[np.float64], list[str]]:
    """(D, B) length of each bone, by the median over (T, D, B) *lengths*, equal left and right where both agree; and which bones' sides do not agree."""
    dancers, bones = lengths.shape[1:]
    fit = np.full((dancers, bones), np.nan)
    for d in range(dancers):
        for b in range(bones):
            there = lengths[:, d, b][~np.isnan(lengths[:, d, b])]
            if there.size:
                fit[d, b] = float(np.median(there))
    index = {bone: b for b, bone in enumerate(skeleton.bones)}
    differing = []
    symmetric = fit.copy()
    for b, (parent, child) in enumerate(skeleton.bones):
        other = index.get((skeleton.mirrored[parent], skeleton.mirrored[child]))
        if other is None or other <= b:
            continue
        for d in range(dancers):
            one, two = fit[d, b], fit[d, other]
            if np.isnan(one) or np.isnan(two):
                continue
            if abs(one - two) <= agree * max(one, two):
                symmetric[d, b] = symmetric[d, other] = (one + two) / 2
            else:
                differing.append(f"{skeleton.joints[child]} of dancer {d + 1}: {one:.3f} m, other side {two:.3f} m")
    return symmetric, differing


def steady(clip: Clip, *, agree: float = AGREE) -> tuple[Clip, Part]:
    """Every bone as long as its fit, in every frame where both its ends are known."""
    skeleton = clip.skeleton
    if not skeleton.bones:
        return clip, Part("bones", False, "bones: the skeleton has none")
    lengths = lengths_over_time(clip.positions, skeleton)
    before = variation(lengths)
    fit, differing = fitted(lengths, skeleton, agree=agree)
    weights = _weights(lengths, fit, skeleton)
    del lengths
    positions = np.empty_like(clip.positions)
    moved = np.empty(clip.positions.shape[:3], np.float32)
    for part in chunks(clip.frames, _CHUNK):
        for d in range(clip.dancers):
            positions[part, d] = project(clip.positions[part, d], skeleton, fit[d], weights[d])
            moved[part, d] = np.linalg.norm(positions[part, d] - clip.positions[part, d], axis=-1)
    after = variation(lengths_over_time(positions, skeleton))
    medians = [float(np.median(m[~np.isnan(m)])) if (~np.isnan(m)).any() else 0.0 for m in moved.reshape(clip.frames, -1).T]
    figures = {
        "variation": Figure(_mean(before) * 100, _mean(after) * 100, "%"),
        "median_move": Figure(0.0, 1000 * float(np.median(medians)), "mm"),
        "largest_median_move_of_a_joint": Figure(0.0, 1000 * max(medians), "mm"),
    }
    if not np.nanmax(moved, initial=0.0) > 1e-4:
        return clip, Part("bones", False, "bones: their lengths are constant already", {}, {}, figures)
    summary = (
        f"bones: lengths made constant (they varied by {figures['variation'].before:.1f} % on average, now {figures['variation'].after:.2f} %); "
        f"the typical joint moved by {figures['median_move'].after:.0f} mm, the most by {figures['largest_median_move_of_a_joint'].after:.0f} mm at the median"
    )
    notes = [f"left and right differ: {text}" for text in differing]
    counts = {"bones": len(skeleton.bones), "unequal_sides": len(differing)}
    return clip.changed(positions=positions, step=summary), Part("bones", True, summary, counts, {}, figures, notes)


def _mean(values: NDArray[np.float64]) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else 0.0


def _weights(lengths: NDArray, fit: NDArray[np.float64], skeleton: Skeleton) -> NDArray[np.float64]:
    """(D, J) how firmly each joint holds to its measured place; 1 is the firmest."""
    wobble = np.full(fit.shape, np.nan)
    for d in range(fit.shape[0]):
        for b in range(fit.shape[1]):
            there = lengths[:, d, b][~np.isnan(lengths[:, d, b])]
            if there.size:
                wobble[d, b] = 1.4826 * float(np.median(np.abs(there - fit[d, b])))
    # A joint is as sure as the steadiest bone that ends in it.
    joint = np.full((fit.shape[0], len(skeleton)), np.inf)
    for b, bone in enumerate(skeleton.bones):
        for end in bone:
            joint[:, end] = np.fmin(joint[:, end], wobble[:, b])
    joint[~np.isfinite(joint)] = 0.0
    weights = 1 / (joint + _FLOOR) ** 2
    weights /= weights.max(axis=1, keepdims=True)
    return np.maximum(weights, 1 / _WEIGHT_RANGE)


def project(
    measured: NDArray, skeleton: Skeleton, lengths: NDArray[np.float64], weights: NDArray[np.float64] | None = None, *, passes: int = PASSES
) -> NDArray[np.float32]:
    """Positions (T, J, 3) nearest to *measured* whose bones have *lengths* (B,); NaN stays, and a bone with an unknown end is not asked.

    Args:
        weights: (J,) how firmly each joint holds to its place; None for all alike.
    """
    order = {joint: at for at, joint in enumerate(skeleton.order)}
    bones = sorted(range(len(skeleton.bones)), key=lambda b: -order[skeleton.bones[b][1]])  # limbs' ends first
    pairs = [skeleton.bones[b] for b in bones]
    length = np.asarray(lengths, dtype=np.float64)[bones]
    inverse = 1 / (np.ones(len(skeleton)) if weights is None else np.asarray(weights, dtype=np.float64))
    goal = np.ascontiguousarray(np.moveaxis(measured, 0, -1), dtype=np.float64)  # (J, 3, T): every operation runs along time
    unknown = np.isnan(goal).any(axis=1)
    goal = np.where(unknown[:, None], 0.0, goal)
    parents, children = np.array([p for p, _ in pairs]), np.array([c for _, c in pairs])
    absent = unknown[parents] | unknown[children] | np.isnan(length)[:, None]
    usable = np.nan_to_num(length, nan=0.0)[:, None]
    coupled = _couplings(pairs)
    x = goal.copy()
    for turn in range(passes):
        way = x[children] - x[parents]
        size = np.sqrt(np.einsum("bkt,bkt->bt", way, way))
        way /= np.maximum(size, _SHORTEST)[:, None]
        way[np.broadcast_to(absent[:, None], way.shape)] = 0.0
        off = goal - x
        wanted = (usable - size) - np.einsum("bkt,bkt->bt", way, off[children] - off[parents])
        wanted[absent] = 0.0
        push = _solved(way, wanted, pairs, inverse, coupled)
        old, x = x, goal.copy()
        for b, (parent, child) in enumerate(pairs):
            step = push[b] * way[b]
            x[child] += inverse[child] * step
            x[parent] -= inverse[parent] * step
        if turn + 1 < passes:
            x = old + DAMPING * (x - old)
    _settle(x, skeleton, pairs, usable[:, 0], absent)
    x[np.broadcast_to(unknown[:, None], x.shape)] = np.nan
    return np.moveaxis(x, -1, 0).astype(np.float32)


def _couplings(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """For each bone the later ones (nearer to the root, or its sisters) that share its parent joint; those alone are left when it is eliminated."""
    return [[c for c in range(b + 1, len(pairs)) if set(pairs[b]) & set(pairs[c])] for b in range(len(pairs))]


def _solved(way: NDArray, wanted: NDArray, pairs: list[tuple[int, int]], inverse: NDArray, coupled: list[list[int]]) -> NDArray[np.float64]:
    """(B, T) forces along the bones, by symmetric elimination over bones, for all frames at once."""
    frames = wanted.shape[1]
    bones = len(pairs)
    diagonal = [np.full(frames, inverse[p] + inverse[c]) for p, c in pairs]
    beside: dict[tuple[int, int], NDArray[np.float64]] = {}
    for b, others in enumerate(coupled):
        for c in others:
            shared = (set(pairs[b]) & set(pairs[c])).pop()
            sign = (1.0 if pairs[b][1] == shared else -1.0) * (1.0 if pairs[c][1] == shared else -1.0)
            beside[b, c] = sign * inverse[shared] * np.einsum("kt,kt->t", way[b], way[c])
    right = wanted.copy()
    factors: dict[tuple[int, int], NDArray[np.float64]] = {}
    for b in range(bones):
        others = coupled[b]
        for at, c in enumerate(others):
            factor = factors[b, c] = beside[b, c] / diagonal[b]
            diagonal[c] = np.maximum(diagonal[c] - factor * beside[b, c], 1e-9)
            right[c] -= factor * right[b]
            for e in others[at + 1 :]:
                beside[c, e] = beside[c, e] - factor * beside[b, e]
    result = np.empty_like(right)
    for b in reversed(range(bones)):
        result[b] = right[b] / diagonal[b]
        for c in coupled[b]:
            result[b] -= factors[b, c] * result[c]
    return result


def _settle(x: NDArray[np.float64], skeleton: Skeleton, pairs: list[tuple[int, int]], lengths: NDArray, absent: NDArray[np.bool_]) -> None:
    """Make the lengths exact from the root outwards, in place; what hangs on a joint moves along with it."""
    shift = np.zeros_like(x)
    for b in reversed(range(len(pairs))):
        parent, child = pairs[b]
        way = x[child] - x[parent]
        size = np.maximum(np.sqrt((way * way).sum(axis=0)), _SHORTEST)
        stretched = shift[parent] + (lengths[b] / size - 1) * way
        shift[child] = np.where(absent[b], 0.0, stretched)
    x += shift
