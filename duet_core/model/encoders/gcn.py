"""The encoder of the NRI family with graph convolutions over the skeleton: joints → pairs → joints → pairs, with a skip between the pairs."""

from __future__ import annotations

from torch import Tensor

from ..canonical import canonical
from ..graph import skeleton_adjacency
from ..posterior import EdgePosterior
from ..settings import ModelSettings, options
from .base import Encoder
from .heads import Heads
from .motion import MotionEmbedding, features
from .pairs import PairStage

OPTIONS = {"bins": 0, "distances": True}
"""bins: how finely the course of a window is seen (0: 16, or half the window's frames if fewer). distances: pairs know their distance."""


class GcnEncoder(Encoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        chosen = options(settings.encoder_options, OPTIONS, "encoder gcn")
        self.motion = MotionEmbedding(settings.hidden, chosen["bins"] or min(16, (settings.frames + 1) // 2))
        self.stage = PairStage(settings.hidden, settings.dropout, chosen["distances"])
        self.heads = Heads(settings.hidden, settings)

    def forward(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        own = canonical(positions, parents).positions
        rate = self.settings.rate
        joints = self.motion(features(own, parents, rate))
        posterior: EdgePosterior = self.heads(self.stage(joints, skeleton_adjacency(parents), own, rate))
        return posterior
