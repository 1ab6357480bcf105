"""Adjacencies: the skeleton's, which is always open, and the gated one between the dancers."""

from __future__ import annotations

import torch
from torch import Tensor


def skeleton_adjacency(parents: Tensor) -> Tensor:
    """(J, J) float32: 1 between each joint and its parent, both ways; nothing on the diagonal."""
    joints = len(parents)
    adjacency = parents.new_zeros(joints, joints, dtype=torch.get_default_dtype())
    children = torch.nonzero(parents >= 0)[:, 0]
    adjacency[children, parents[children]] = 1.0
    adjacency[parents[children], children] = 1.0
    return adjacency


def received(gates: Tensor) -> Tensor:
    """Gates (…, 2, J, J) [d, from, to] → (…, 2, J, J) [dancer who receives, joint that receives, joint that sends]."""
    return gates.flip(-3).transpose(-1, -2)
