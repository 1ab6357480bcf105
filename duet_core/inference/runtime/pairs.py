"""From joints to pairs and back; as ``duet_core/model/encoders/pairs.py``. A pair array is (B, 2, J, J, C): [b, d, i, j] is joint i of d → joint j of 1 − d."""

from __future__ import annotations

import numpy as np

from .bodies import AROUND
from .layers import EPSILON, Floats, Linear, relu
from .weights import Weights

MEASURES = 5


class SkeletonLayer:
    """A graph convolution over the skeleton beside the joint's own path: D^-½ (A + I) D^-½ x Wᵀ + b, through a ReLU, added to x."""

    def __init__(self, weights: Weights, hidden: int) -> None:
        convolution = weights.under("convolution")
        self.linear = Linear(convolution.under("lin"), hidden, hidden, bias=False)
        self.bias = convolution.take("bias", hidden)

    def __call__(self, x: Floats, adjacency: Floats) -> Floats:
        with_self = adjacency.copy()
        np.fill_diagonal(with_self, 1.0)
        share = 1 / np.sqrt(np.maximum(with_self.sum(axis=-1), 1))
        return x + relu((share[:, None] * with_self * share) @ self.linear(x) + self.bias)


class ToPairs:
    """A Linear layer on [source, target] of each candidate, computed once for each joint: (B, 2, J, C) → (B, 2, J, J, outputs)."""

    def __init__(self, weights: Weights, inputs: int, outputs: int) -> None:
        self.source = Linear(weights.under("source"), inputs, outputs)
        self.target = Linear(weights.under("target"), inputs, outputs, bias=False)

    def __call__(self, x: Floats, more: Floats | None = None) -> Floats:
        """…, with *more* added."""
        pairs = self.source(x)[:, :, :, None] + self.target(x)[:, ::-1, None]
        if more is not None:
            pairs += more
        return pairs


def measures(own: Floats, rate: float) -> Floats:
    """(B, 2, J, J, 5) of each pair's distance over the window, from positions (B, T, 2, J, 3) in the dancers' own frames."""
    batch, frames, _, joints, _ = own.shape
    half = frames // 2
    result = np.empty((batch, 2, joints, joints, MEASURES), np.float32)
    for b in range(batch):
        first, second = (np.ascontiguousarray(side.transpose(2, 0, 1)) for side in (own[b, :, 0], own[b, :, 1] * AROUND))
        distance = np.zeros((frames, joints, joints), np.float32)
        for axis in range(3):
            apart = first[axis, :, :, None] - second[axis, :, None, :]
            distance += np.square(apart, out=apart)
        np.sqrt(distance, out=distance)
        mean = distance.mean(axis=0)
        result[b, 0, ..., 0] = mean
        result[b, 0, ..., 1] = np.sqrt(np.square(distance - mean).mean(axis=0))
        result[b, 0, ..., 2] = distance.min(axis=0)
        result[b, 0, ..., 3] = distance[half:].mean(axis=0) - distance[: max(half, 1)].mean(axis=0)
        result[b, 0, ..., 4] = np.abs(np.diff(distance, axis=0)).mean(axis=0) * np.float32(rate)
    result[:, 1] = result[:, 0].swapaxes(1, 2)
    return result


class PairStage:
    """Joints → pairs → joints → graph convolution → pairs, with a skip between the pairs: (B, 2, J, H) → (B, 2, J, J, H)."""

    def __init__(self, weights: Weights, hidden: int, distances: bool) -> None:
        self.before = SkeletonLayer(weights.under("before"), hidden)
        self.first = ToPairs(weights.under("first"), hidden, hidden)
        self.measured = Linear(weights.under("measured"), MEASURES, hidden, bias=False) if distances else None
        self.mix = Linear(weights.under("mix"), hidden, hidden, bias=False)
        # Batch normalisation with what it learned of all batches is one factor and one addend for each channel: part of the layer before.
        normal = weights.under("normal")
        weight, bias, mean, variance = (normal.take(name, hidden) for name in ("weight", "bias", "running_mean", "running_var"))
        normal.take("num_batches_tracked")
        factor = weight / np.sqrt(variance.astype(np.float64) + EPSILON)
        self.mix.matrix = (self.mix.matrix * factor).astype(np.float32)
        self.mix.bias = (bias - mean * factor).astype(np.float32)
        self.joint = Linear(weights.under("joint"), 3 * hidden, hidden)
        self.after = SkeletonLayer(weights.under("after"), hidden)
        self.second = ToPairs(weights.under("second"), hidden, hidden)
        self.skip = Linear(weights.under("skip"), hidden, hidden, bias=False)

    def __call__(self, joints: Floats, adjacency: Floats, own: Floats, rate: float) -> Floats:
        """*own* (B, T, 2, J, 3): the positions in the dancers' own frames."""
        joints = self.before(joints, adjacency)
        more = None if self.measured is None else self.measured(measures(own, rate))
        pairs = relu(self.mix(relu(self.first(joints, more))))
        joints = relu(self.joint(np.concatenate([joints, pairs.mean(axis=3), pairs.mean(axis=2)[:, ::-1]], axis=-1)))
        joints = self.after(joints, adjacency)
        return relu(self.second(joints, self.skip(pairs)))
