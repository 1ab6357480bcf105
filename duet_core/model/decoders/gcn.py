"""The plain decoder: graph convolutions over the skeleton and the gated connections, without memory but for the last L velocities."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..settings import ModelSettings, options
from .base import HEARD_CHANNELS, OWN_CHANNELS, Decoder, Seen

OPTIONS: dict[str, Any] = {}


class GcnDecoder(Decoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        options(settings.decoder_options, OPTIONS, "decoder gcn")
        hidden, past = settings.hidden, 3 * settings.lags
        self.embed = nn.Linear(OWN_CHANNELS + past, hidden)
        self.message = nn.Linear(OWN_CHANNELS + past, hidden)
        self.first = nn.Linear(3 * hidden + HEARD_CHANNELS, hidden)
        self.second = nn.Linear(2 * hidden + OWN_CHANNELS + HEARD_CHANNELS, hidden)
        self.out = nn.Linear(hidden, self.outputs)
        with torch.no_grad():
            self.out.weight *= 0.1
            self.out.bias.zero_()

    def step(self, seen: Seen, state: Any) -> tuple[Tensor, Any]:
        joint = torch.relu(self.embed(torch.cat([seen.own, seen.past], dim=-1)))
        message = torch.relu(self.message(torch.cat([seen.own.flip(1), seen.partner_past], dim=-1)))
        joint = torch.relu(self.first(torch.cat([joint, seen.skeleton @ joint, seen.gates @ message, seen.heard], dim=-1)))
        joint = torch.relu(self.second(torch.cat([joint, seen.skeleton @ joint, seen.own, seen.heard], dim=-1)))
        return self.out(joint), None
