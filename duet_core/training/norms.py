"""Batch normalisation over all processes of a run."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist


class SharedNorm(nn.BatchNorm1d):
    """Batch normalisation whose statistics in training are those of all processes' values: (N, C) → the same.

    torch's own SyncBatchNorm needs GPUs; this one works wherever the processes can talk.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.momentum is None or self.running_mean is None or self.running_var is None:
            return super().forward(x)
        values = x.float()
        sums = _sum(torch.cat([values.sum(dim=0), values.new_tensor([float(len(x))])]))
        count = sums[-1].detach()
        mean = sums[:-1] / count
        centred = values - mean
        variance = _sum(centred.square().sum(dim=0)) / count
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        normal = centred * torch.rsqrt(variance + self.eps)
        return (normal * self.weight + self.bias).to(x.dtype)


def share_norms(model: nn.Module) -> None:
    """Let every batch normalisation of *model* be a `SharedNorm`, with the weights that it has."""
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.BatchNorm1d:
                shared = SharedNorm(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                for old, new in zip(child.parameters(), shared.parameters(), strict=True):
                    new.requires_grad_(old.requires_grad)
                setattr(parent, name, shared)


class _Sum(torch.autograd.Function):
    """The sum over all processes; a gradient of it is the sum of all their gradients."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        dist.all_reduce(total)
        return total


def _sum(x: Tensor) -> Tensor:
    total: Tensor = _Sum.apply(x)
    return total
