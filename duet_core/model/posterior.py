"""What an encoder says about every candidate connection: logits over its ordered types, its kinds and its lags."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


def type_weights(types: int) -> Tensor:
    """(K,) how strongly each type lets messages pass: k/(K − 1). Fixed, so that none … core is an order and none sends nothing."""
    return torch.arange(types, dtype=torch.float32) / (types - 1)


class EdgePosterior(NamedTuple):
    """Logits of every candidate: [b, …, d, i, j] is joint i of dancer d → joint j of dancer 1 − d, ordered as `connections.candidates`.

    Attributes:
        types: (B, S, 2, J, J, K) for each of S stretches of the window (1 where it is judged as a whole).
        kinds: (B, 2, J, J, 6) over `connections.KINDS`, or None.
        lags: (B, 2, J, J, L), bin l being l/rate seconds, or None.
        prior: (B, S, 2, J, J, K) logits of a prior that depends on the motion so far, or None for the fixed sparse prior.
    """

    types: Tensor
    kinds: Tensor | None = None
    lags: Tensor | None = None
    prior: Tensor | None = None

    def probabilities(self) -> Tensor:
        """(B, S, 2, J, J, K) sums to 1 over K."""
        return self.types.float().softmax(dim=-1)

    def confidence(self) -> Tensor:
        """(B, S, 2, J, J) the probability of any type but none."""
        return 1.0 - self.probabilities()[..., 0]
