"""AdamW, the learning rate of each step, and the running mean of the weights."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .settings import OptimiserSettings


def adamw(model: nn.Module, settings: OptimiserSettings) -> torch.optim.AdamW:
    """AdamW over all parameters that learn; only matrices are decayed."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim >= 2]
    others = [p for p in model.parameters() if p.requires_grad and p.ndim < 2]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=settings.lr, betas=settings.betas)


def learning_rate(settings: OptimiserSettings, step: int, total: int, plateau: float = 1.0) -> float:
    """The rate of *step* of *total*; *plateau* is what the schedule of that name has come to."""
    high, low = settings.lr, settings.lr * settings.lowest
    rise = settings.warm_up
    if settings.schedule == "one_cycle":
        # Smith and Topin 2019 (arXiv 1708.07120): up along half a cosine, and down along another.
        rise = rise or max(1, round(0.3 * total))
        if step < rise:
            return low + (high - low) * 0.5 * (1 - math.cos(math.pi * (step + 1) / rise))
    elif step < rise:
        return high * (step + 1) / rise
    if settings.schedule == "constant":
        return high
    if settings.schedule == "plateau":
        return max(low, high * plateau)
    along = min((step - rise) / max(total - rise - 1, 1), 1.0)
    return low + (high - low) * 0.5 * (1 + math.cos(math.pi * along))


class RunningMean:
    """Exponential moving averages of a model's floating tensors (buffers too). Early on the mean is short, so that it follows from the start."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                self.values[name].lerp_(value, 1 - decay)
            else:
                self.values[name].copy_(value)


def named_moments(model: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's tensors by ``PARAMETER/WHAT``."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    found: dict[str, Tensor] = {}
    for parameter, values in optimiser.state.items():
        for what, value in values.items():
            if isinstance(value, Tensor):
                found[f"{names[id(parameter)]}/{what}"] = value
    return found


def restore_moments(model: nn.Module, optimiser: torch.optim.Optimizer, saved: dict[str, Tensor]) -> None:
    """Put back what `named_moments` gave. Raises KeyError or ValueError where it does not fit."""
    parameters = dict(model.named_parameters())
    for key, value in saved.items():
        name, what = key.rsplit("/", 1)
        parameter = parameters[name]
        if what != "step" and value.shape != parameter.shape:
            raise ValueError(f"{key} has shape {tuple(value.shape)}")
        # AdamW keeps its step count on the CPU, the moments beside the weights.
        optimiser.state[parameter][what] = value.clone() if what == "step" else value.to(parameter.device).clone()
