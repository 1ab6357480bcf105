"""What is seen of a joint: its motion in its dancer's own frame, frame by frame, and an embedding of the whole window."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = 12


def features(own: Tensor, parents: Tensor, rate: float) -> Tensor:
    """(B, 2, J, T, 12) of each joint and frame, from positions *own* (B, T, 2, J, 3) in the dancers' own frames (`..canonical`).

    Velocity (body units a second), velocity relative to the parent joint, position relative to the own root, position relative to the pair.
    """
    own = own.permute(0, 2, 3, 1, 4)
    above = torch.where(parents < 0, torch.arange(len(parents), device=parents.device), parents)
    velocity = functional.pad(own.diff(dim=3), (0, 0, 1, 0)) * rate
    root = own[:, :, parents < 0].mean(dim=2, keepdim=True)
    return torch.cat([velocity, velocity - velocity[:, :, above], own - root, own], dim=-1)


class TimeConvolution(nn.Module):
    """A convolution along the frames of (…, T, C), zeros beyond the ends; as one matrix product, which is fast and simple to write again.

    With a *stride* n only every n-th frame is given: (…, ⌈T/n⌉, outputs).
    """

    def __init__(self, inputs: int, outputs: int, width: int = 3, dilation: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.width, self.dilation, self.stride = width, dilation, stride
        self.linear = nn.Linear(inputs * width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        frames, reach = x.shape[-2], (self.width // 2) * self.dilation
        padded = functional.pad(x, (0, 0, reach, reach))
        shifted = [padded[..., k * self.dilation : k * self.dilation + frames : self.stride, :] for k in range(self.width)]
        result: Tensor = self.linear(torch.cat(shifted, dim=-1))
        return result


def into_bins(x: Tensor, bins: int) -> Tensor:
    """(…, T, C) → (…, bins, C): means over equal stretches of time, frames at an edge counting by their share. T may be anything."""
    frames = x.shape[-2]
    if frames == bins:
        return x
    edges = torch.linspace(0, frames, bins + 1, device=x.device, dtype=torch.float32)
    frame = torch.arange(frames, device=x.device, dtype=torch.float32)
    overlap = (torch.minimum(edges[1:, None], frame + 1) - torch.maximum(edges[:-1, None], frame)).clamp(min=0)
    return (overlap / overlap.sum(dim=1, keepdim=True)).to(x.dtype) @ x


class MotionEmbedding(nn.Module):
    """(B, 2, J, T, C) → (B, 2, J, hidden): two convolutions along time (every second frame), then the window's course in a fixed number of bins."""

    def __init__(self, hidden: int, bins: int, channels: int = CHANNELS) -> None:
        super().__init__()
        self.bins = bins
        self.near = TimeConvolution(channels, hidden)
        self.far = TimeConvolution(hidden, hidden, dilation=2, stride=2)
        self.course = nn.Linear(bins * hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu_(self.near(x))
        x = torch.relu_(self.far(x))
        result: Tensor = torch.relu_(self.course(into_bins(x, self.bins).flatten(-2)))
        return result
