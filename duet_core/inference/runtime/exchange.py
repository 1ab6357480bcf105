"""Pairs that hear of each other: along both skeletons, across each joint's row and column, and of the same pair in the other direction.

As ``duet_core/model/encoders/exchange.py``. A pair array is (2B, J, J, H): first the B windows from dancer 0 to 1, then those from 1 to 0.
"""

from __future__ import annotations

import numpy as np

from .bodies import Parents
from .layers import Floats, LayerNorm, Linear, silu
from .weights import Weights

HEARD = ("here", "reverse", "source_up", "source_down", "target_up", "target_down")


class Neighbours:
    """Who hears whom within a skeleton."""

    def __init__(self, parents: Parents) -> None:
        joints = len(parents)
        self.children = np.flatnonzero(parents >= 0)
        self.parents = parents[self.children]
        self.roots = np.flatnonzero(parents < 0)
        up = np.zeros((joints, joints), np.float32)
        up[self.children, self.parents] = 1.0
        self.down = np.ascontiguousarray(up.T / np.maximum(up.sum(axis=0), 1)[:, None])
        around = up + up.T + np.eye(joints, dtype=np.float32)
        self.around = around / around.sum(axis=1, keepdims=True)


class Exchange:
    """Pairs → joints → graph convolution over the skeleton → pairs, and pairs → neighbouring pairs, added to what the pair was."""

    def __init__(self, weights: Weights, hidden: int) -> None:
        self.normal = LayerNorm(weights.under("normal"), hidden)
        layers = [Linear(weights.under(name), hidden, hidden, bias=name == "here") for name in HEARD]
        # What a pair hears lies side by side, so that one product weighs and adds it all.
        self.heard = np.concatenate([layer.matrix for layer in layers])
        assert layers[0].bias is not None
        self.bias = layers[0].bias
        self.joint = Linear(weights.under("joint"), 4 * hidden, 2 * hidden)
        self.convolution = Linear(weights.under("convolution"), 2 * hidden, 2 * hidden)
        self.out = Linear(weights.under("out"), hidden, hidden)

    def __call__(self, pairs: Floats, near: Neighbours) -> Floats:
        n, joints, _, width = pairs.shape
        z = self.normal(pairs)
        rows, columns = (np.concatenate([z.mean(axis=axis), z.max(axis=axis)], axis=-1) for axis in (2, 1))
        # A joint knows what it says in this direction and what it hears in the other.
        turned_columns, turned_rows = np.roll(columns, n // 2, axis=0), np.roll(rows, n // 2, axis=0)
        context = np.stack(
            [np.concatenate([rows, turned_columns], axis=-1), np.concatenate([turned_rows, columns], axis=-1)], axis=1
        )  # (2B, source | target, J, 4H)
        context = silu(self.joint(context))
        context += silu(self.convolution(near.around @ context))
        heard = np.empty((joints, joints, len(HEARD), width), np.float32)
        result = np.empty_like(pairs)
        source, target = context[:, 0, :, None, :width] + self.bias, context[:, 1, None, :, width:]
        for k in range(n):
            own, other = z[k], z[(k + n // 2) % n]
            heard[:, :, 0] = own
            heard[:, :, 1] = other.swapaxes(0, 1)
            heard[near.children, :, 2] = own[near.parents]
            heard[near.roots, :, 2] = 0.0
            heard[:, :, 3] = (near.down @ own.reshape(joints, -1)).reshape(own.shape)
            heard[:, near.children, 4] = own[:, near.parents]
            heard[:, near.roots, 4] = 0.0
            heard[:, :, 5] = near.down @ own
            mixed = (heard.reshape(joints * joints, -1) @ self.heard).reshape(own.shape)
            mixed += source[k]
            mixed += target[k]
            np.add(pairs[k], self.out(silu(mixed)), out=result[k])
        return result
