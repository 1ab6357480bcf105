"""From a posterior over types to gates on messages: straight-through Gumbel-Softmax samples, expected values, temperatures.

Jang, Gu and Poole 2017 (arXiv 1611.01144), Maddison, Mnih and Teh 2017 (arXiv 1611.00712).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from . import chance
from .posterior import type_weights


def sampled_gates(logits: Tensor, temperature: float, *, hard: bool = True, generator: torch.Generator | None = None) -> Tensor:
    """(…, K) type logits → (…) gates in 0..1: the weight of a sampled type.

    With *hard* the value is that of one type, exactly 0 for none, and the gradient that of the relaxed sample (straight-through).
    """
    logits = logits.float()
    weights = type_weights(logits.shape[-1]).to(logits.device)
    # −log of an exponential variable is a Gumbel variable.
    noise = -chance.exponential(logits, generator).log()
    noisy = logits.detach() + noise if hard else None
    soft = (((logits + noise) / temperature).softmax(dim=-1) * weights).sum(dim=-1)
    if noisy is None:
        return soft
    return noisy.argmax(dim=-1).to(soft.dtype) / (logits.shape[-1] - 1) + (soft - soft.detach())


def expected_gates(logits: Tensor) -> Tensor:
    """(…, K) type logits → (…) the expected weight, without noise."""
    logits = logits.float()
    return (logits.softmax(dim=-1) * type_weights(logits.shape[-1]).to(logits.device)).sum(dim=-1)


def exponential_temperature(step: int, steps: int, start: float = 1.0, end: float = 0.3) -> float:
    """Falls from *start* at step 0 to *end* at *steps* by an equal factor each step, and stays there."""
    return start * (end / start) ** (min(max(step, 0), steps) / max(steps, 1))


def cosine_temperature(step: int, steps: int, start: float = 1.0, end: float = 0.3) -> float:
    """Falls from *start* to *end* along half a cosine over *steps*, and stays there."""
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * min(max(step, 0), steps) / max(steps, 1)))
