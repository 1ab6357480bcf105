"""What an encoder says of every candidate connection, and the heads that say it; as ``duet_core/model/encoders/heads.py``."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ...connections import KINDS
from ...model.settings import ModelSettings
from .layers import Floats, Linear
from .weights import Weights


class Posterior(NamedTuple):
    """Logits of every candidate, as ``model.posterior.EdgePosterior``: types (B, S, 2, J, J, K), kinds (B, 2, J, J, 6), lags (B, 2, J, J, L)."""

    types: Floats
    kinds: Floats
    lags: Floats


class TypeLogits:
    """K type logits from what a `Linear` layer gives for each edge."""

    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        self.ordinal = settings.type_head == "ordinal"
        self.width = 1 if self.ordinal else settings.types
        self.offset = weights.take("offset", settings.types)

    def __call__(self, x: Floats) -> Floats:
        """(…, width) → (…, K)."""
        return (x * np.arange(len(self.offset), dtype=np.float32) if self.ordinal else x) + self.offset


class Heads:
    """Hidden values (B, 2, J, J, H) → `Posterior` of one stretch."""

    def __init__(self, weights: Weights, inputs: int, settings: ModelSettings) -> None:
        self.types = TypeLogits(weights.under("types"), settings)
        self.ends = np.cumsum([self.types.width, len(KINDS)])
        self.linear = Linear(weights.under("linear"), inputs, self.types.width + len(KINDS) + settings.lags)

    def __call__(self, pairs: Floats) -> Posterior:
        types, kinds, lags = np.split(self.linear(pairs), self.ends, axis=-1)
        return Posterior(self.types(types)[:, None], kinds, lags)
