"""The smallest encoder: one pass from joints to pairs, each pair for itself, without any graph convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..canonical import canonical
from ..posterior import EdgePosterior
from ..settings import ModelSettings, options
from .base import Encoder
from .heads import Heads
from .motion import MotionEmbedding, features
from .pairs import MEASURES, ChannelDropout, ToPairs, measures

OPTIONS = {"bins": 0, "distances": True}
"""As those of the encoder gcn."""


class CompactEncoder(Encoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        chosen = options(settings.encoder_options, OPTIONS, "encoder compact")
        hidden = settings.hidden
        self.motion = MotionEmbedding(hidden, chosen["bins"] or min(16, (settings.frames + 1) // 2))
        self.first = ToPairs(hidden, hidden)
        self.measured = nn.Linear(MEASURES, hidden, bias=False) if chosen["distances"] else None
        self.dropout = ChannelDropout(settings.dropout)
        self.second = nn.Linear(hidden, hidden)
        self.heads = Heads(hidden, settings)

    def forward(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        own = canonical(positions, parents).positions
        rate = self.settings.rate
        values = None if self.measured is None else measures(own, rate)
        pairs = self.dropout(self.first(self.motion(features(own, parents, rate)), values, self.measured))
        posterior: EdgePosterior = self.heads(torch.relu_(self.second(torch.relu_(pairs))))
        return posterior
