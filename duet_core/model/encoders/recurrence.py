"""A gated recurrent layer along one axis of a dense tensor, written with matrix products alone: the same in every number format and easy to port."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GatedRecurrence(nn.Module):
    """A GRU (Cho et al. 2014) over the first axis: (S, …, inputs) → (S, …, hidden), the state after each entry; from the end with *backward*."""

    def __init__(self, inputs: int, hidden: int, backward: bool = False) -> None:
        super().__init__()
        self.hidden, self.backward = hidden, backward
        self.enter = nn.Linear(inputs, 3 * hidden)
        self.keep = nn.Linear(hidden, 3 * hidden)

    def forward(self, x: Tensor) -> Tensor:
        entered = self.enter(x)
        state = entered.new_zeros((*entered.shape[1:-1], self.hidden))
        states = []
        for step in reversed(entered.unbind(0)) if self.backward else entered.unbind(0):
            reset, update, new = step.chunk(3, dim=-1)
            kept_reset, kept_update, kept_new = self.keep(state).chunk(3, dim=-1)
            update = torch.sigmoid(update + kept_update)
            state = update * state + (1.0 - update) * torch.tanh(new + torch.sigmoid(reset + kept_reset) * kept_new)
            states.append(state)
        return torch.stack(states[::-1] if self.backward else states)
