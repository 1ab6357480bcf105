"""From a pair's hidden values to the logits of its type, kind and lag."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...connections import KINDS
from ..losses import sparse_prior
from ..posterior import EdgePosterior
from ..settings import ModelSettings


class TypeLogits(nn.Module):
    """K type logits from what a Linear layer gives for each edge; K is 2 to 5.

    ``ordinal``: one score a for each edge; type k has the logit k·a + b_k (adjacent-category logits; Agresti, *Analysis of Ordinal Categorical
    Data*, 2010, ch. 4). The odds of every stronger type against every weaker one rise with a, so the types keep their order by construction.
    ``free``: K logits, whose order only the gates' weights and the labels keep. Both start at the sparse prior.
    """

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        self.ordinal = settings.type_head == "ordinal"
        self.width = 1 if self.ordinal else settings.types
        self.offset = nn.Parameter(sparse_prior(settings.types, settings.prior_none).log())

    def forward(self, x: Tensor) -> Tensor:
        """(…, width) → (…, K)."""
        if self.ordinal:
            x = x.float() * torch.arange(len(self.offset), device=x.device, dtype=torch.float32)
        return x.float() + self.offset


class Heads(nn.Module):
    """Hidden values (B, 2, J, J, H) → `EdgePosterior` of one stretch, by one Linear layer for all three heads."""

    def __init__(self, inputs: int, settings: ModelSettings) -> None:
        super().__init__()
        self.types = TypeLogits(settings)
        self.sizes = [self.types.width, len(KINDS), settings.lags]
        self.linear = nn.Linear(inputs, sum(self.sizes))

    def forward(self, pairs: Tensor) -> EdgePosterior:
        types, kinds, lags = self.linear(pairs).split(self.sizes, dim=-1)
        return EdgePosterior(self.types(types).unsqueeze(1), kinds.float(), lags.float())
