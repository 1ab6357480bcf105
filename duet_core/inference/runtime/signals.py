"""What a joint does, as signals over time; as ``duet_core/model/encoders/signals.py``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bodies import Parents, above
from .layers import Convolution, Floats, sigmoid, silu
from .weights import Weights

ADULT = 0.5
STILL = 0.03
VIEWS = 5
HIDDEN = 24


def views(room: NDArray, parents: Parents, rate: float) -> tuple[Floats, NDArray]:
    """Velocities of (B, T, 2, J, 3): (B, 2, J, 3, V, T − 1), each view's mean removed and divided by its r.m.s., and (B, 2, J, V) that r.m.s. in m/s.

    Only the first are rounded to float32.
    """
    first = above(parents)
    second = first[first]
    third = first[second]
    root = np.full(len(parents), np.flatnonzero(parents < 0)[0])
    v = np.ascontiguousarray(np.diff(room, axis=1).transpose(0, 2, 3, 4, 1)) * rate  # (B, 2, J, 3, T)
    x = np.empty((*v.shape[:-1], VIEWS, v.shape[-1]), room.dtype)
    x[..., 0, :] = v
    for view, other in enumerate((root, first, second, third), start=1):
        np.subtract(v, v[:, :, other], out=x[..., view, :])
    x -= x.mean(axis=-1, keepdims=True)
    size = np.sqrt(np.square(x).sum(axis=3).mean(axis=-1) + STILL**2)  # (B, 2, J, V)
    x /= size[:, :, :, None, :, None]
    return x.astype(np.float32), size


class Signals:
    """Filters every joint's views over time."""

    def __init__(self, weights: Weights, vectors: int, scalars: int, crossed: int, kernel: int) -> None:
        self.count = 2 * vectors + 2 * crossed
        self.said = 2 * scalars + 2 * crossed
        self.level = Convolution(weights.under("level"), VIEWS, self.count, kernel, bias=False)
        self.height = Convolution(weights.under("height"), VIEWS, self.count, kernel, bias=False)
        self.first = Convolution(weights.under("first"), 2 * VIEWS + self.count, HIDDEN, 5)
        self.second = Convolution(weights.under("second"), HIDDEN, self.said + self.count, 5)

    def __call__(self, seen: Floats) -> tuple[Floats, Floats]:
        """Views (B, 2, J, 3, V, T) → vectors (2, B, heads, 3, T, J) and scalars (2, B, heads, T, J), dancers first, joints last."""
        batch, _, joints, _, _, frames = seen.shape
        nodes = seen.reshape(-1, 3, VIEWS, frames)
        vectors = np.empty((len(nodes), 3, self.count, frames), np.float32)
        vectors[:, :2] = self.level(nodes[:, :2].reshape(-1, VIEWS, frames)).reshape(len(nodes), 2, self.count, frames)
        vectors[:, 2] = self.height(nodes[:, 2])
        sizes = [np.sqrt(np.square(v).sum(axis=1) + np.float32(1e-4)) for v in (nodes, vectors)]
        said = self.second(silu(self.first(np.concatenate([sizes[0], nodes[:, 2], sizes[1]], axis=1))))
        scalars, opening = said[:, : self.said], said[:, self.said :]
        vectors *= (2 * sigmoid(opening))[:, None]
        vectors -= vectors.mean(axis=-1, keepdims=True)
        vectors /= np.sqrt(np.square(vectors).sum(axis=(1, 3), keepdims=True) + np.float32(1e-3))
        scalars = scalars - scalars.mean(axis=-1, keepdims=True)
        scalars /= np.sqrt(np.square(scalars).sum(axis=-1, keepdims=True) + np.float32(1e-3))
        return (
            np.ascontiguousarray(vectors.reshape(batch, 2, joints, 3, self.count, frames).transpose(1, 0, 4, 3, 5, 2)),
            np.ascontiguousarray(scalars.reshape(batch, 2, joints, self.said, frames).transpose(1, 0, 3, 4, 2)),
        )


def structure(room: NDArray, parents: Parents, size: NDArray) -> Floats:
    """(B, 2, J, V + 6) what else is known of a joint: its speed in each view, its height, its distance from the root, whether it is an end, its
    children, its depth, and how far it strays from its mean place."""
    joints = len(parents)
    root = int(np.flatnonzero(parents < 0)[0])
    children = np.bincount(parents[parents >= 0], minlength=joints)
    depth, at = np.zeros(joints, np.float32), parents
    while (at >= 0).any():
        depth = depth + (at >= 0)
        at = np.where(at >= 0, parents[np.maximum(at, 0)], at)
    result = np.empty((*size.shape[:3], VIEWS + 6), np.float32)
    result[..., :VIEWS] = np.log(size) + 1
    result[..., VIEWS] = room[..., 2].mean(axis=1)
    result[..., VIEWS + 1] = np.sqrt(np.square(room - room[:, :, :, root : root + 1]).sum(axis=-1)).mean(axis=1)
    result[..., VIEWS + 2] = children == 0
    result[..., VIEWS + 3] = 0.5 * children
    result[..., VIEWS + 4] = 0.2 * depth
    strayed = np.square(room - room.mean(axis=1, keepdims=True)).sum(axis=-1).mean(axis=1)
    result[..., VIEWS + 5] = np.sqrt(strayed + 1e-4)
    return result
