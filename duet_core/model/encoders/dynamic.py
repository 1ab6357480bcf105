"""An encoder whose posterior changes within the window: one for each short stretch, smoothed over time.

After dynamic NRI (Graber and Schwing, CVPR 2020, arXiv 2003.13965): each pair is embedded in each stretch by itself; a recurrence forth in time gives
a prior for the next stretch, from what was seen before it alone; together with a recurrence back in time it corrects that prior to the posterior,
which has seen everything. Kinds and lags are said once for the window, from the stretches where the connection is open.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...connections import KINDS
from ..canonical import canonical
from ..graph import skeleton_adjacency
from ..posterior import EdgePosterior
from ..settings import ModelSettings, options
from .base import Encoder
from .heads import TypeLogits
from .motion import MotionEmbedding, features
from .pairs import PairStage
from .recurrence import GatedRecurrence

OPTIONS = {"stretch": 8, "bins": 4, "distances": True}
"""stretch: frames of one stretch, about. bins: how finely its course is seen. distances: as in the encoder gcn."""


class DynamicEncoder(Encoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        chosen = options(settings.encoder_options, OPTIONS, "encoder dynamic")
        hidden, half = settings.hidden, max(settings.hidden // 2, 1)
        self.stretch = chosen["stretch"]
        self.motion = MotionEmbedding(hidden, chosen["bins"])
        self.stage = PairStage(hidden, settings.dropout, chosen["distances"])
        self.forth = GatedRecurrence(hidden, half)
        self.back = GatedRecurrence(hidden, half, backward=True)
        self.types = TypeLogits(settings)
        self.score = nn.Linear(2 * half, self.types.width)
        self.ahead = nn.Linear(half, self.types.width)
        self.rest = nn.Linear(2 * half, len(KINDS) + settings.lags)

    def forward(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        own = canonical(positions, parents).positions
        rate, batch = self.settings.rate, positions.shape[0]
        frames = stretches(own.shape[1], self.stretch).to(own.device)
        x = features(own, parents, rate)[:, :, :, frames]  # (B, 2, J, S, length, C)
        joints = self.motion(x.movedim(3, 1).flatten(0, 1))
        pairs = self.stage(joints, skeleton_adjacency(parents), own[:, frames].flatten(0, 1), rate)
        pairs = pairs.unflatten(0, (batch, -1)).movedim(1, 0)  # (S, B, 2, J, J, H)
        forth = self.forth(pairs)
        both = torch.cat([forth, self.back(pairs)], dim=-1)
        expected = self.ahead(torch.cat([torch.zeros_like(forth[:1]), forth[:-1]]))
        prior, types = self.types(expected), self.types(expected + self.score(both))
        weight = 1.0 - types.detach().softmax(dim=-1)[..., :1] + 1e-3
        pooled = (both * weight).sum(dim=0) / weight.sum(dim=0)
        kinds, lags = self.rest(pooled).split([len(KINDS), self.settings.lags], dim=-1)
        return EdgePosterior(types.movedim(0, 1), kinds.float(), lags.float(), prior.movedim(0, 1))


def stretches(frames: int, length: int) -> Tensor:
    """(S, L) frame numbers of S stretches evenly over *frames*, each about *length* frames; they overlap only where it does not divide evenly."""
    count = max(1, round(frames / max(length, 1)))
    each = -(-frames // count)
    starts = [s * (frames - each) // max(count - 1, 1) for s in range(count)]
    return torch.tensor(starts)[:, None] + torch.arange(each)
