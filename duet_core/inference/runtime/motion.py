"""What is seen of a joint, frame by frame, and its embedding; as ``duet_core/model/encoders/motion.py`` and ``recurrence.py``."""

from __future__ import annotations

import numpy as np

from .bodies import Parents, above
from .layers import Floats, Linear, relu, sigmoid
from .weights import Weights

CHANNELS = 12


def features(own: Floats, parents: Parents, rate: float) -> Floats:
    """(B, 2, J, T, 12) of each joint and frame, from positions (B, T, 2, J, 3) in the dancers' own frames."""
    own = own.transpose(0, 2, 3, 1, 4)
    velocity = np.zeros(own.shape, np.float32)
    velocity[:, :, :, 1:] = np.diff(own, axis=3) * np.float32(rate)
    root = own[:, :, parents < 0].mean(axis=2, keepdims=True)
    return np.concatenate([velocity, velocity - velocity[:, :, above(parents)], own - root, own], axis=-1)


class TimeConvolution:
    """A convolution along the frames of (…, T, C), zeros beyond the ends; of every *stride*-th frame."""

    def __init__(self, weights: Weights, inputs: int, outputs: int, width: int = 3, dilation: int = 1, stride: int = 1) -> None:
        self.width, self.dilation, self.stride = width, dilation, stride
        self.linear = Linear(weights.under("linear"), inputs * width, outputs)

    def __call__(self, x: Floats) -> Floats:
        frames, reach = x.shape[-2], (self.width // 2) * self.dilation
        padded = np.zeros((*x.shape[:-2], frames + 2 * reach, x.shape[-1]), np.float32)
        padded[..., reach : reach + frames, :] = x
        shifted = [padded[..., k * self.dilation : k * self.dilation + frames : self.stride, :] for k in range(self.width)]
        return self.linear(np.concatenate(shifted, axis=-1))


def into_bins(x: Floats, bins: int) -> Floats:
    """(…, T, C) → (…, bins, C): means over equal stretches of time, frames at an edge counting by their share."""
    frames = x.shape[-2]
    if frames == bins:
        return x
    edges = np.linspace(0, frames, bins + 1)
    frame = np.arange(frames)
    overlap = np.maximum(np.minimum(edges[1:, None], frame + 1) - np.maximum(edges[:-1, None], frame), 0)
    return (overlap / overlap.sum(axis=1, keepdims=True)).astype(np.float32) @ x


class MotionEmbedding:
    """(B, 2, J, T, C) → (B, 2, J, hidden)."""

    def __init__(self, weights: Weights, hidden: int, bins: int, channels: int = CHANNELS) -> None:
        self.bins = bins
        self.near = TimeConvolution(weights.under("near"), channels, hidden)
        self.far = TimeConvolution(weights.under("far"), hidden, hidden, dilation=2, stride=2)
        self.course = Linear(weights.under("course"), bins * hidden, hidden)

    def __call__(self, x: Floats) -> Floats:
        x = into_bins(relu(self.far(relu(self.near(x)))), self.bins)
        return relu(self.course(x.reshape(*x.shape[:-2], -1)))


class GatedRecurrence:
    """A GRU over the first axis: (S, …, inputs) → (S, …, hidden), the state after each entry; from the end with *backward*."""

    def __init__(self, weights: Weights, inputs: int, hidden: int, backward: bool = False) -> None:
        self.hidden, self.backward = hidden, backward
        self.enter = Linear(weights.under("enter"), inputs, 3 * hidden)
        self.keep = Linear(weights.under("keep"), hidden, 3 * hidden)

    def __call__(self, x: Floats) -> Floats:
        entered, h = self.enter(x), self.hidden
        state = np.zeros((*x.shape[1:-1], h), np.float32)
        states = np.empty((*x.shape[:-1], h), np.float32)
        order = range(len(x))
        for step in reversed(order) if self.backward else order:
            kept = self.keep(state)
            gates = sigmoid(entered[step, ..., : 2 * h] + kept[..., : 2 * h])
            reset, update = gates[..., :h], gates[..., h:]
            new = np.tanh(entered[step, ..., 2 * h :] + reset * kept[..., 2 * h :])
            state = update * state + (1 - update) * new
            states[step] = state
        return states
