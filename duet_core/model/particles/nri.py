"""Encoder and decoder together: neural relational inference for simulated systems, trained without labels."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..gumbel import sampled_gates
from ..losses import gaussian_nll
from .decoder import Decoder
from .encoder import Encoder


@dataclass(frozen=True)
class ParticleModel:
    """What a model for one kind of system is made of.

    Attributes:
        space: "plane" for particles, "circle" for oscillators.
        hidden: width of all networks.
        substeps: steps of integration between two moments.
        silent: whether the first type of edge sends nothing, as "none" does.
        encoder: further arguments of the encoder.
    """

    space: str = "plane"
    hidden: int = 32
    substeps: int = 5
    silent: bool = False
    encoder: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class Bound(NamedTuple):
    """The objective and its parts.

    Attributes:
        loss: nats for each coordinate.
        nll: of the predictions, nats for each coordinate.
        kl: of the posterior from equal shares, nats for each edge; log 2 where it is sure.
        distance: of the posterior's probabilities from equal shares, mean; 0.5 where it is sure.
    """

    loss: Tensor
    nll: Tensor
    kl: Tensor
    distance: Tensor


class ParticleRelationalInference(nn.Module):
    """Two types of edge between any number of bodies."""

    def __init__(self, settings: ParticleModel) -> None:
        super().__init__()
        self.settings = settings
        self.encoder = Encoder(settings.space, hidden=settings.hidden, **settings.encoder)
        self.decoder = Decoder(settings.space, hidden=settings.hidden, substeps=settings.substeps, silent=settings.silent)

    def encode(self, x: Tensor, v: Tensor, drive: Tensor, interval: float) -> Tensor:
        """Logits (B, P, 2) of all pairs i < j from places and velocities (B, T, N, D)."""
        return self.encoder(x, v, drive, interval)

    def roll(self, x: Tensor, v: Tensor, drive: Tensor, gates: Tensor, steps: int, interval: float) -> tuple[Tensor, Tensor, Tensor]:
        """The decoder: see there."""
        return self.decoder(x, v, drive, gates, steps, interval)

    def bound(
        self,
        x: Tensor,
        v: Tensor,
        drive: Tensor,
        interval: float,
        *,
        steps: int,
        first: int,
        temperature: float,
        balance: float = 0.0,
        beta: float = 1.0,
        generator: torch.Generator | None = None,
    ) -> Bound:
        """How well each stretch of *steps* intervals is predicted from its first moment through sampled edges, and what the edges cost.

        The stretches follow each other from the moment *first* on; every one starts from the true state. *balance* weighs how far the types' mean
        over the batch strays from equal shares, which is their prior, *beta* the edges' cost.
        """
        logits = self.encode(x, v, drive, interval)
        gates = sampled_gates(logits, temperature, generator=generator)
        starts = torch.arange(first, x.shape[1] - steps, steps, device=x.device)
        after = starts[:, None] + torch.arange(1, steps + 1, device=x.device)
        number = len(starts)

        def each(tensor: Tensor) -> Tensor:
            return tensor.repeat_interleave(number, dim=0)

        places, velocities, doubt = self.roll(
            x[:, starts].flatten(0, 1), v[:, starts].flatten(0, 1), each(drive), each(gates), steps, interval
        )
        nll = 0.5 * (
            gaussian_nll(places, x[:, after].flatten(0, 1), doubt[..., 0])
            + gaussian_nll(velocities, v[:, after].flatten(0, 1), doubt[..., 1])
        )
        log_q = logits.log_softmax(dim=-1)
        kl = (log_q.exp() * (log_q + math.log(logits.shape[-1]))).sum(dim=-1).mean()
        edges, coordinates = logits.shape[1], 2 * number * steps * x[0, 0].numel()
        mean = log_q.exp().mean(dim=(0, 1))
        lopsided = (mean * (mean + 1e-9).log()).sum() + math.log(logits.shape[-1])
        return Bound(
            nll + beta * kl * (edges / coordinates) + balance * lopsided, nll, kl, (log_q.exp() - 1 / logits.shape[-1]).abs().mean()
        )
