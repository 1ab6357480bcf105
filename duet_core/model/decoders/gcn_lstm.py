"""A recurrent decoder whose cells' gates are graph convolutions over the skeleton and over the gated connections."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..settings import ModelSettings, options
from .base import HEARD_CHANNELS, OWN_CHANNELS, Decoder, Seen

OPTIONS: dict[str, Any] = {"message": 0}
"""message: width of what a joint sends (0: half of hidden)."""


class GcnLstmCell(nn.Module):
    """An LSTM cell (Hochreiter and Schmidhuber 1997) on a graph.

    Each of its four gates is the sum of a Linear of the joint's input and state, a graph convolution of the states over the skeleton, and a Linear
    of what is heard through the connections (already a weighted mean: `messages`). Written as one matrix product; the same as four
    `torch_geometric.nn.DenseGraphConv` layers that share their own path, and differentiable in every weight of the adjacency.
    """

    def __init__(self, inputs: int, heard: int, hidden: int) -> None:
        super().__init__()
        self.gates = nn.Linear(inputs + 2 * hidden + heard, 4 * hidden)
        with torch.no_grad():
            self.gates.bias[hidden : 2 * hidden] += 1.0  # remember at first

    def forward(self, x: Tensor, heard: Tensor, skeleton: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """x (B, 2, J, inputs), heard (B, 2, J, heard), skeleton (J, J), state (h, c) each (B, 2, J, hidden) → the next (h, c)."""
        h, c = state
        gates = self.gates(torch.cat([x, h, skeleton @ h, heard], dim=-1))
        enter, keep, leave = torch.sigmoid(gates[..., : 3 * h.shape[-1]]).chunk(3, dim=-1)
        c = keep * c + enter * torch.tanh(gates[..., 3 * h.shape[-1] :])
        return leave * torch.tanh(c), c


class GcnLstmDecoder(Decoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        chosen = options(settings.decoder_options, OPTIONS, "decoder gcn_lstm")
        hidden = settings.hidden
        said = chosen["message"] or max(hidden // 2, 1)
        self.message = nn.Linear(hidden + 3 * settings.lags, said)
        self.cell = GcnLstmCell(OWN_CHANNELS, said + HEARD_CHANNELS, hidden)
        self.before_out = nn.Linear(hidden + said + OWN_CHANNELS + HEARD_CHANNELS, hidden)
        self.out = nn.Linear(hidden, self.outputs)
        with torch.no_grad():
            self.out.weight *= 0.1
            self.out.bias.zero_()

    def step(self, seen: Seen, state: Any) -> tuple[Tensor, Any]:
        if state is None:
            nothing = seen.own.new_zeros((*seen.own.shape[:-1], self.settings.hidden))
            state = (nothing, nothing)
        message = torch.relu(self.message(torch.cat([state[0].flip(1), seen.partner_past], dim=-1)))
        heard = torch.cat([seen.gates @ message, seen.heard], dim=-1)
        state = self.cell(seen.own, heard, seen.skeleton, state)
        change = self.out(torch.relu(self.before_out(torch.cat([state[0], seen.own, heard], dim=-1))))
        return change, state
