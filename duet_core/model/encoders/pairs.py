"""From joints to pairs and back: the layers over all 2·J·J candidates at once, dense, and what is measured of a pair directly.

A pair tensor (B, 2, J, J, C) holds at [b, d, i, j] joint i of dancer d and joint j of dancer 1 − d.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .. import chance

MEASURES = 5


class GraphConvolution(nn.Module):
    """Kipf and Welling's graph convolution (2017) with self loops, dense: what PyTorch Geometric's ``DenseGCNConv`` computes, without that library."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.lin = nn.Linear(inputs, outputs, bias=False)
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.xavier_uniform_(self.lin.weight)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        """Joints (B, J, C) and their adjacency (J, J) → (B, J, outputs)."""
        looped = adjacency.clone().fill_diagonal_(1.0)
        scale = looped.sum(dim=-1).clamp(min=1).pow(-0.5)
        return torch.matmul(scale.unsqueeze(-1) * looped * scale.unsqueeze(-2), self.lin(x)) + self.bias


class SkeletonLayer(nn.Module):
    """A graph convolution over the skeleton beside the joint's own path: (B, 2, J, H) → the same."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.convolution = GraphConvolution(hidden, hidden)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        return x + torch.relu(self.convolution(x.flatten(0, 1), adjacency)).view_as(x)


class ToPairs(nn.Module):
    """A Linear layer on [source, target] of each candidate, computed once for each joint: (B, 2, J, C) → (B, 2, J, J, outputs)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.source = nn.Linear(inputs, outputs)
        self.target = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x: Tensor, values: Tensor | None = None, layer: nn.Linear | None = None) -> Tensor:
        """…, and *layer* of the pairs' own *values* (B, 2, J, J, C') added, without writing the pairs twice."""
        pairs = self.source(x).unsqueeze(3) + self.target(x).flip(1).unsqueeze(2)
        if values is None or layer is None:
            return pairs
        return torch.addmm(pairs.flatten(0, 3), values.flatten(0, 3), layer.weight.t()).view_as(pairs)


def to_joints(pairs: Tensor) -> Tensor:
    """(B, 2, J, J, C) → (B, 2, J, 2C): for each joint the mean over the candidates it is the source of, then those it is the target of."""
    return torch.cat([pairs.mean(dim=3), pairs.mean(dim=2).flip(1)], dim=-1)


@torch.no_grad()
def measures(own: Tensor, rate: float) -> Tensor:
    """(B, 2, J, J, 5) of each pair's distance over the window, from positions (B, T, 2, J, 3) in the dancers' own frames.

    Mean, standard deviation and least of the distance (body units), its change from the first half to the second, and its mean rate of change
    (body units a second). A held pair is near with hardly any deviation.
    """
    first = own[:, :, 0]
    second = own[:, :, 1] * own.new_tensor([-1.0, -1.0, 1.0])  # seen in the first dancer's frame
    squared = sum((first[:, :, :, None, axis] - second[:, :, None, :, axis]).square() for axis in range(3))
    assert isinstance(squared, Tensor)
    distance = squared.sqrt()  # (B, T, J, J)
    half = distance.shape[1] // 2
    mean = distance.mean(dim=1)
    forth = torch.stack(
        [
            mean,
            (distance - mean.unsqueeze(1)).square().mean(dim=1).sqrt(),
            distance.amin(dim=1),
            distance[:, half:].mean(dim=1) - distance[:, : max(half, 1)].mean(dim=1),
            distance.diff(dim=1).abs().mean(dim=1) * rate,
        ],
        dim=-1,
    )
    return torch.stack([forth, forth.transpose(1, 2)], dim=1)


class ChannelDropout(nn.Module):
    """Dropout of whole channels for all pairs of a window (Tompson et al. 2015, arXiv 1411.4280): neighbouring pairs say nearly the same, so that
    dropping single values would hide little, and cost more than the layers around it. Windows first, channels last; works in place."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, pairs: Tensor) -> Tensor:
        if not self.training or self.share == 0.0:
            return pairs
        shape = (pairs.shape[0], *[1] * (pairs.dim() - 2), pairs.shape[-1])
        kept = chance.uniform(shape, pairs.device) >= self.share
        return pairs.mul_(kept.to(pairs.dtype) / (1.0 - self.share))


class PairStage(nn.Module):
    """Joints → pairs → joints → graph convolution → pairs, with a skip between the pairs: (B, 2, J, H) → (B, 2, J, J, H)."""

    def __init__(self, hidden: int, dropout: float, distances: bool) -> None:
        super().__init__()
        self.before = SkeletonLayer(hidden)
        self.first = ToPairs(hidden, hidden)
        self.measured = nn.Linear(MEASURES, hidden, bias=False) if distances else None
        self.mix = nn.Linear(hidden, hidden, bias=False)
        self.normal = nn.BatchNorm1d(hidden)
        self.dropout = ChannelDropout(dropout)
        self.joint = nn.Linear(3 * hidden, hidden)
        self.after = SkeletonLayer(hidden)
        self.second = ToPairs(hidden, hidden)
        self.skip = nn.Linear(hidden, hidden, bias=False)

    def forward(self, joints: Tensor, adjacency: Tensor, own: Tensor, rate: float) -> Tensor:
        """*own* (B, T, 2, J, 3): the positions in the dancers' own frames, for what is measured of each pair."""
        joints = self.before(joints, adjacency)
        values = None if self.measured is None else measures(own, rate)
        pairs = self.mix(torch.relu_(self.first(joints, values, self.measured)))
        pairs = torch.relu_(self.dropout(self.normal(pairs.flatten(0, 3)).view_as(pairs)))
        joints = torch.relu_(self.joint(torch.cat([joints, to_joints(pairs)], dim=-1)))
        joints = self.after(joints, adjacency)
        return torch.relu_(self.second(joints, pairs, self.skip))
