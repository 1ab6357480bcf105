"""The encoder of the NRI family with graph convolutions over the skeleton: joints → pairs → joints → pairs, with a skip between the pairs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.nn.dense import DenseGCNConv

from ..canonical import canonical
from ..graph import skeleton_adjacency
from ..posterior import EdgePosterior
from ..settings import ModelSettings, options
from .base import Encoder
from .heads import Heads
from .motion import MotionEmbedding, features
from .pairs import MEASURES, ToPairs, measures, to_joints

OPTIONS = {"bins": 0, "distances": True}
"""bins: how finely the course of a window is seen (0: 16, or the window's frames if fewer). distances: pairs know their distance."""


class SkeletonLayer(nn.Module):
    """A graph convolution over the skeleton (Kipf and Welling 2017) beside the joint's own path: (B, 2, J, H) → the same."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.convolution = DenseGCNConv(hidden, hidden)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        return x + torch.relu(self.convolution(x.flatten(0, 1), adjacency)).view_as(x)


class GcnEncoder(Encoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        chosen = options(settings.encoder_options, OPTIONS, "encoder gcn")
        hidden = settings.hidden
        self.motion = MotionEmbedding(hidden, chosen["bins"] or min(16, settings.frames))
        self.before = SkeletonLayer(hidden)
        self.first = ToPairs(hidden, hidden)
        self.measured = nn.Linear(MEASURES, hidden, bias=False) if chosen["distances"] else None
        self.pair = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden, bias=False))
        self.normal = nn.BatchNorm1d(hidden)
        self.dropout = nn.Dropout(settings.dropout)
        self.joint = nn.Linear(3 * hidden, hidden)
        self.after = SkeletonLayer(hidden)
        self.second = ToPairs(hidden, hidden)
        self.skip = nn.Linear(hidden, hidden, bias=False)
        self.heads = Heads(hidden, settings)

    def forward(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        own = canonical(positions, parents).positions
        adjacency = skeleton_adjacency(parents)
        joints = self.before(self.motion(features(own, parents, self.settings.rate)), adjacency)
        pairs = self.first(joints)
        if self.measured is not None:
            pairs = pairs + self.measured(measures(own, self.settings.rate))
        pairs = self.pair(pairs)
        pairs = self.dropout(torch.relu(self.normal(pairs.view(-1, pairs.shape[-1])).view_as(pairs)))
        joints = torch.relu(self.joint(torch.cat([joints, to_joints(pairs)], dim=-1)))
        joints = self.after(joints, adjacency)
        posterior: EdgePosterior = self.heads(torch.relu(self.second(joints) + self.skip(pairs)))
        return posterior
