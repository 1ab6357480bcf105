"""An encoder that reads each joint's motion frame by frame, both ways in time, before joints are paired."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..canonical import canonical
from ..graph import skeleton_adjacency
from ..posterior import EdgePosterior
from ..settings import ModelSettings, options
from .base import Encoder
from .heads import Heads
from .motion import CHANNELS, features
from .pairs import PairStage
from .recurrence import GatedRecurrence

OPTIONS = {"distances": True}
"""As that of the encoder gcn."""


class RecurrentEncoder(Encoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        chosen = options(settings.encoder_options, OPTIONS, "encoder recurrent")
        hidden = settings.hidden
        self.forth = GatedRecurrence(CHANNELS, hidden)
        self.back = GatedRecurrence(CHANNELS, hidden, backward=True)
        self.whole = nn.Linear(4 * hidden, hidden)
        self.stage = PairStage(hidden, settings.dropout, chosen["distances"])
        self.heads = Heads(hidden, settings)

    def forward(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        own = canonical(positions, parents).positions
        rate = self.settings.rate
        x = features(own, parents, rate).movedim(3, 0)
        forth, back = self.forth(x), self.back(x)
        joints = torch.relu(self.whole(torch.cat([forth[-1], back[0], forth.mean(dim=0), back.mean(dim=0)], dim=-1)))
        posterior: EdgePosterior = self.heads(self.stage(joints, skeleton_adjacency(parents), own, rate))
        return posterior
