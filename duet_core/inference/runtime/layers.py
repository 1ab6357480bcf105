"""The layers that networks are made of, in float32, without gradients: they run what torch has trained, with the same result but for rounding.

Arrays are batches first, channels last, unless said otherwise. Matrix products go to BLAS; what follows them works in place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .weights import Weights

Floats = NDArray[np.float32]
EPSILON = 1e-5
"""What torch adds to a variance in its normalising layers."""


class Linear:
    """x·Wᵀ + b over the last axis."""

    def __init__(self, weights: Weights, inputs: int, outputs: int, bias: bool = True) -> None:
        self.matrix = np.ascontiguousarray(weights.take("weight", outputs, inputs).T)
        self.bias = weights.take("bias", outputs) if bias else None

    def __call__(self, x: Floats) -> Floats:
        result = x.reshape(-1, x.shape[-1]) @ self.matrix
        if self.bias is not None:
            result += self.bias
        return result.reshape(*x.shape[:-1], -1)


class LayerNorm:
    """Mean 0 and variance 1 over the last axis, then a weight and a bias for each channel."""

    def __init__(self, weights: Weights, width: int) -> None:
        self.weight, self.bias = weights.take("weight", width), weights.take("bias", width)
        self.share = np.full(width, 1 / width, np.float32)

    def __call__(self, x: Floats) -> Floats:
        flat = x.reshape(-1, x.shape[-1])
        flat = flat - (flat @ self.share)[:, None]  # a product with BLAS is faster than a mean over so short an axis
        variance = np.einsum("nc,nc->n", flat, flat) * self.share[0]
        flat *= (1 / np.sqrt(variance + np.float32(EPSILON)))[:, None]
        flat *= self.weight
        flat += self.bias
        return flat.reshape(x.shape)


class Convolution:
    """A convolution along time with zeros beyond the ends: (N, channels, T) → (N, outputs, T). The kernel's length is odd."""

    def __init__(self, weights: Weights, inputs: int, outputs: int, kernel: int, bias: bool = True) -> None:
        self.matrix = weights.take("weight", outputs, inputs, kernel).reshape(outputs, inputs * kernel)
        self.bias = weights.take("bias", outputs)[:, None] if bias else None
        self.kernel = kernel

    def __call__(self, x: Floats) -> Floats:
        n, channels, frames = x.shape
        half = self.kernel // 2
        padded = np.zeros((n, channels, frames + 2 * half), np.float32)
        padded[..., half : half + frames] = x
        seen = np.lib.stride_tricks.sliding_window_view(padded, frames, axis=-1)  # (N, channels, kernel, T)
        result = self.matrix @ seen.reshape(n, channels * self.kernel, frames)
        if self.bias is not None:
            result += self.bias
        return result


def relu(x: Floats) -> Floats:
    """In place."""
    return np.maximum(x, 0, out=x)


def sigmoid(x: Floats) -> Floats:
    """By way of tanh, which cannot overflow."""
    result = np.tanh(x * np.float32(0.5))
    result += 1
    result *= np.float32(0.5)
    return result


def silu(x: Floats) -> Floats:
    """x·sigmoid(x), in place."""
    x *= sigmoid(x)
    return x


def log_softmax(x: Floats) -> Floats:
    """Over the last axis."""
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))
