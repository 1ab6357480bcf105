"""Pairs that hear of each other: along both skeletons, across each joint's row and column, and of the same pair in the other direction.

A pair tensor here is (2B, J, J, H): source joints before target joints, first the B windows from dancer 0 to 1, then those from 1 to 0.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .pairs import ChannelDropout


def turned_round(pairs: Tensor) -> Tensor:
    """The same pairs in the other direction."""
    n, joints, _, width = pairs.shape
    return pairs.reshape(2, n // 2, joints, joints, width).flip(0).transpose(2, 3).reshape(n, joints, joints, width)


def turned_joints(values: Tensor) -> Tensor:
    """(2B, J, H) of the other direction's half."""
    return values.reshape(2, values.shape[0] // 2, *values.shape[1:]).flip(0).reshape(values.shape)


class Exchange(nn.Module):
    """Pairs → joints → graph convolution over the skeleton → pairs, and pairs → neighbouring pairs, added to what the pair was (a skip)."""

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.normal = nn.LayerNorm(hidden)
        self.here = nn.Linear(hidden, hidden)
        self.reverse, self.source_up, self.source_down, self.target_up, self.target_down = (
            nn.Linear(hidden, hidden, bias=False) for _ in range(5)
        )
        self.joint = nn.Linear(4 * hidden, 2 * hidden)
        self.convolution = nn.Linear(2 * hidden, 2 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.dropout = ChannelDropout(dropout)

    def forward(self, pairs: Tensor, up: Tensor, down: Tensor, around: Tensor) -> Tensor:
        """*up*, *down* (J, J): from each joint's parent, and the mean of its children; *around*: mean of the joint and its neighbours."""
        n, joints, _, width = pairs.shape
        z = self.normal(pairs).to(pairs.dtype)
        beside = torch.matmul(up, self.source_up(z).reshape(n, joints, -1)) + torch.matmul(down, self.source_down(z).reshape(n, joints, -1))
        above = torch.matmul(up, self.target_up(z).reshape(-1, joints, width)) + torch.matmul(
            down, self.target_down(z).reshape(-1, joints, width)
        )
        rows, columns = (torch.cat([z.mean(axis), z.amax(axis)], dim=-1) for axis in (2, 1))
        # A joint knows what it says in this direction and what it hears in the other.
        context = torch.stack(
            [torch.cat([rows, turned_joints(columns)], dim=-1), torch.cat([turned_joints(rows), columns], dim=-1)], dim=1
        )  # (2B, source | target, J, 4H)
        context = functional.silu(self.joint(context))
        context = context + functional.silu(self.convolution(torch.matmul(around, context.to(around.dtype))))
        source, target = context.unbind(1)
        mixed = self.here(z) + turned_round(self.reverse(z)) + beside.reshape(z.shape) + above.reshape(z.shape)
        mixed = mixed + source[..., :width].unsqueeze(2) + target[..., width:].unsqueeze(1)
        change = self.out(functional.silu(mixed))
        return pairs + self.dropout(change)
