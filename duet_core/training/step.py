"""One step of learning: the losses of a batch, their gradients, and the change of the weights; in parts and by several processes if need be.

Whatever the number of parts and processes, a step is that of the whole batch, to the rounding of sums.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..model.nri import NeuralRelationalInference
from .objective import WHOLE, Now, Objective, Weights
from .processes import Processes, gradients_wait
from .settings import Settings
from .windows import StepBatch


class _Losses(nn.Module):
    """The losses of a share of a step as one forward pass: that is what DistributedDataParallel watches."""

    def __init__(self, model: NeuralRelationalInference, objective: Objective, device: torch.device, autocast: Callable[[], Any]) -> None:
        super().__init__()
        self.model = model
        self.objective, self.device, self.autocast = objective, device, autocast

    def forward(self, batch: StepBatch, now: Now, weights: tuple[Weights, Weights]) -> dict[str, Tensor]:
        with self.autocast():
            return self.objective.losses(self.model, batch, now, self.device, weights)


class Step:
    """Call it with this process's share of a batch."""

    def __init__(
        self,
        settings: Settings,
        model: NeuralRelationalInference,
        objective: Objective,
        optimiser: torch.optim.Optimizer,
        device: torch.device,
        autocast: Callable[[], Any],
        processes: Processes,
    ) -> None:
        self.model, self.objective, self.optimiser, self.processes = model, objective, optimiser, processes
        self.clip = settings.optimiser.clip or math.inf
        self.parts = settings.run.accumulate
        self.losses = processes.learners(_Losses(model, objective, device, autocast))

    def __call__(self, batch: StepBatch, now: Now) -> dict[str, float]:
        """Learn; returns the parts of the whole step's loss, and ``gradient``, its length before it was clipped."""
        shares = list(self._shares(batch))
        self.optimiser.zero_grad(set_to_none=True)
        found: dict[str, Tensor] = {}
        for number, (share, weights) in enumerate(shares):
            with gradients_wait(self.losses, last=number == len(shares) - 1):
                parts = self.losses(share, now, weights)
                # Gradients are averaged over the processes, and are to be summed.
                (parts["loss"] * self.processes.count if self.processes.count > 1 else parts["loss"]).backward()
            found = {key: value.detach() + found[key] if found else value.detach() for key, value in parts.items()}
        length = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimiser.step()
        values = numbers({**found, "gradient": length})
        gradient = values.pop("gradient")
        return {**dict(zip(values, self.processes.sums(list(values.values())), strict=True)), "gradient": gradient}

    def _shares(self, batch: StepBatch) -> list[tuple[StepBatch, tuple[Weights, Weights]]]:
        """The parts that the batch is learned from in, and what part of the step each is."""
        if self.parts == 1 and self.processes.alone:
            return [(batch, (WHOLE, WHOLE))]
        pieces = list(batch.pieces(self.parts))
        amounts = np.array([[self.objective.amounts(windows) for windows in (piece.planted, piece.real)] for piece in pieces])
        whole = np.reshape(self.processes.sums(amounts.sum(axis=0).ravel().tolist()), (2, -1))
        return [(piece, (Weights.of(own[0], whole[0]), Weights.of(own[1], whole[1]))) for piece, own in zip(pieces, amounts, strict=True)]


def numbers(values: dict[str, Tensor]) -> dict[str, float]:
    """*values* as numbers, fetched at once: a GPU is waited for a single time."""
    return dict(zip(values, torch.stack([value.detach().float() for value in values.values()]).tolist(), strict=True))
