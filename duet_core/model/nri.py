"""The whole model: an encoder that finds connections, and a decoder that predicts the motion through them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..errors import InputError
from .decoders import DECODERS, Decoder, Prediction
from .encoders import ENCODERS
from .gumbel import expected_gates, sampled_gates
from .posterior import EdgePosterior
from .settings import ModelSettings


class Output(NamedTuple):
    """Attributes:
    posterior: what the encoder says.
    gates: (B, S, 2, J, J) in 0..1, how open each candidate was for messages.
    prediction: None without a decoder.
    """

    posterior: EdgePosterior
    gates: Tensor
    prediction: Prediction | None


class NeuralRelationalInference(nn.Module):
    """Kipf et al. 2018 (arXiv 1802.04687), for the directed connections between two dancers' joints."""

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        if settings.encoder not in ENCODERS:
            raise InputError(f"encoder {settings.encoder!r} is not built", remedy=f"choose one of: {', '.join(ENCODERS)}")
        self.settings = settings
        self.encoder = ENCODERS[settings.encoder](settings)
        self.decoder: Decoder | None = None if settings.decoder == "none" else DECODERS[settings.decoder](settings)

    def encode(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        """The posterior over all candidates of windows (B, T, 2, J, 3), metres, without gaps (`canonical.filled`); parents (J,), −1 for a root."""
        posterior: EdgePosterior = self.encoder(positions, parents)
        return posterior

    def decode(
        self,
        positions: Tensor,
        parents: Tensor,
        posterior: EdgePosterior,
        gates: Tensor,
        teacher: int | None = None,
        horizon: int | None = None,
    ) -> Prediction:
        """The prediction through given *gates* (cut some, and see what it costs), heard at the posterior's lags; see `Decoder.forward`."""
        if self.decoder is None:
            raise ValueError("the model has no decoder")
        prediction: Prediction = self.decoder(positions, parents, gates, teacher, horizon, posterior.lags)
        return prediction

    def forward(
        self,
        positions: Tensor,
        parents: Tensor,
        temperature: float | None = None,
        sample: bool = True,
        teacher: int | None = None,
        horizon: int | None = None,
        generator: torch.Generator | None = None,
    ) -> Output:
        """Encode, open the gates by sampled types (or by the expected ones without *sample*), and predict through them."""
        posterior = self.encode(positions, parents)
        temperature = self.settings.temperature if temperature is None else temperature
        gates = sampled_gates(posterior.types, temperature, generator=generator) if sample else expected_gates(posterior.types)
        if self.decoder is None:
            return Output(posterior, gates, None)
        return Output(posterior, gates, self.decode(positions, parents, posterior, gates, teacher, horizon))
