"""What counts as good: the losses of one step, supervised on planted windows and self-supervised on all, weighted as the settings say.

Everything is a sum of the parts that `Objective.losses` names, so that each can be watched.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from ..connections import KINDS
from ..model import losses, nri
from ..model.decoders import Prediction
from ..model.gumbel import cosine_temperature, exponential_temperature
from ..model.posterior import EdgePosterior
from ..model.settings import ModelSettings
from ..planted import Labels
from .data import StepBatch, Windows
from .settings import ObjectiveSettings, Settings

LEAD = KINDS.index("lead")
PARTS = ("loss", "planted_loss", "type", "kind", "lag", "reconstruction", "kl", "prior_distance", "smoothness")
"""What is watched, in this order."""


class Truth(NamedTuple):
    """`planted.Labels` as tensors on the model's device."""

    present: Tensor
    kind: Tensor
    lag: Tensor
    strength: Tensor

    @classmethod
    def of(cls, labels: Labels, device: torch.device) -> Truth:
        arrays = (labels.present.astype("int64"), labels.kind.astype("int64"), labels.lag, labels.strength)
        return cls(*(torch.from_numpy(a).to(device, non_blocking=True) for a in arrays))


class Now(NamedTuple):
    """What changes over a run: the divergence's weight and the temperature of the Gumbel-Softmax."""

    beta: float
    temperature: float


class Objective:
    def __init__(self, settings: Settings) -> None:
        self.settings: ObjectiveSettings = settings.objective
        self.model: ModelSettings = settings.model
        self.total_steps = settings.total_steps
        self.prior = losses.sparse_prior(settings.model.types, settings.model.prior_none)
        self.teacher = max(2, round(settings.objective.teacher_seconds * settings.model.rate))

    def at(self, step: int) -> Now:
        """β and temperature at *step*."""
        about = self.settings
        beta = about.beta
        if about.beta_schedule == "warm_up":
            beta = losses.warm_up(step, about.beta_steps, about.beta)
        elif about.beta_schedule == "cyclical":
            beta = losses.cyclical(step, about.beta_steps, about.beta)
        falls = exponential_temperature if about.temperature_schedule == "exponential" else cosine_temperature
        return Now(beta, falls(step, about.temperature_steps or self.total_steps, *about.temperature))

    def losses(self, model: nri.NeuralRelationalInference, batch: StepBatch, now: Now, device: torch.device) -> dict[str, Tensor]:
        """The parts named in `PARTS`, as far as *batch* has them; ``loss`` is what is to be minimised."""
        about = self.settings
        found: dict[str, list[Tensor]] = {}
        total = torch.zeros((), device=device)
        for windows in (batch.planted, batch.real):
            if windows is None:
                continue
            predicts = about.reconstruction > 0 and (windows.labels is None or about.on_planted)
            posterior, prediction, positions = self.seen(model, windows, now, device, predicts)
            if windows.labels is not None and about.planted > 0:
                parts = self.supervised(posterior, Truth.of(windows.labels, device))
                for name, value in parts.items():
                    found.setdefault(name, []).append(value)
                total = total + about.planted * parts["planted_loss"]
            kl = losses.kl_of_edges(posterior, self.prior)
            found.setdefault("kl", []).append(kl.detach().mean())
            found.setdefault("prior_distance", []).append(self.prior_distance(posterior).mean())
            if prediction is not None:
                error = self.reconstruction(prediction, positions)
                found.setdefault("reconstruction", []).append(error)
                total = total + about.reconstruction * (error + now.beta * losses.kl_loss(kl, about.free_bits))
            if about.smoothness:
                change = losses.smoothness(posterior)
                found.setdefault("smoothness", []).append(change)
                total = total + about.smoothness * change
        parts = {name: torch.stack(values).mean() for name, values in found.items()}
        return {"loss": total, **parts}

    def seen(
        self, model: nri.NeuralRelationalInference, windows: Windows, now: Now | None, device: torch.device, predicts: bool
    ) -> tuple[EdgePosterior, Prediction | None, Tensor]:
        """Posterior, prediction and positions of *windows*; gates are sampled at the temperature of *now*, or expected ones without."""
        positions = torch.from_numpy(windows.positions).to(device, non_blocking=True)
        parents = torch.from_numpy(windows.parents).to(device, non_blocking=True)
        if not predicts:
            return model.encode(positions, parents), None, positions
        temperature = None if now is None else now.temperature
        given = positions if now is None or not self.settings.jitter else positions + jitter(positions, self.settings.jitter)
        output = model(given, parents, temperature, sample=now is not None, teacher=self.teacher, horizon=self.settings.horizon or None)
        return output.posterior, output.prediction, positions

    def supervised(self, posterior: EdgePosterior, truth: Truth) -> dict[str, Tensor]:
        """Losses in nats for each true connection: types over all candidates that are not left out, kinds and lags over true ones."""
        about = self.settings
        # A posterior of several stretches says of the window what it says on average.
        log_types = posterior.types.float().log_softmax(dim=-1)
        log_types = log_types.logsumexp(dim=1) - math.log(log_types.shape[1])
        true = truth.present == 1
        count = true.sum().clamp(min=1)
        surprise = -log_types.gather(-1, type_targets(truth, self.model.types).unsqueeze(-1)).squeeze(-1)
        parts = {"type": torch.where(truth.present >= 0, surprise, 0.0).sum() / count}
        total = about.type * parts["type"]
        if posterior.kinds is not None and about.kind:
            entropy = functional.cross_entropy(posterior.kinds.float().flatten(0, -2), truth.kind.flatten(), reduction="none")
            parts["kind"] = torch.where(true.flatten(), entropy, 0.0).sum() / count
            total = total + about.kind * parts["kind"]
        if posterior.lags is not None and about.lag:
            parts["lag"] = self._lag(posterior.lags, truth)
            total = total + about.lag * parts["lag"]
        return {"planted_loss": total, **parts}

    def _lag(self, logits: Tensor, truth: Truth) -> Tensor:
        """Of true leads: the divergence from a distribution on the two bins around the true lag."""
        bins = logits.shape[-1]
        place = (truth.lag * self.model.rate).nan_to_num(-1.0)
        known = (truth.present == 1) & (truth.kind == LEAD) & (place >= 0) & (place <= bins - 1)
        place = torch.where(known, place, 0.0)
        below = place.floor().long().clamp(0, bins - 1)
        share = place - below
        log_p = logits.float().log_softmax(dim=-1)
        at = lambda index: log_p.gather(-1, index.unsqueeze(-1)).squeeze(-1)  # noqa: E731
        surprise = -((1 - share) * at(below) + share * at((below + 1).clamp(max=bins - 1)))
        return torch.where(known, surprise, 0.0).sum() / known.sum().clamp(min=1)

    def reconstruction(self, prediction: Prediction, positions: Tensor) -> Tensor:
        """Nats for each coordinate, or squared centimetres, over all frames but the first; and the weighted mean distance."""
        predicted, target = prediction.positions.float(), positions[:, 1:]
        if self.settings.likelihood == "mse":
            error = 1e4 * losses.squared_error(predicted, target)
        else:
            fixed = 2 * math.log(self.settings.deviation)
            error = losses.gaussian_nll(predicted, target, fixed if prediction.log_variance is None else prediction.log_variance)
        if self.settings.distance:
            error = error + self.settings.distance * (predicted - target).norm(dim=-1).mean()
        return error

    @torch.no_grad()
    def prior_distance(self, posterior: EdgePosterior) -> Tensor:
        """(B, S, 2, J, J) largest difference between the probability of a type and its prior: 0 everywhere is a collapsed posterior."""
        return (posterior.probabilities() - self.prior.to(posterior.types.device)).abs().amax(dim=-1)


def jitter(positions: Tensor, most: float) -> Tensor:
    """Noise for (B, T, 2, J, 3) like that of poses estimated from video: each window of its own size up to *most* metres, partly smooth in time."""
    noise = torch.randn_like(positions)
    noise = 0.6 * noise + 0.5 * (noise.roll(1, dims=1) + noise.roll(-1, dims=1))
    return noise * most * torch.rand(len(positions), 1, 1, 1, 1, device=positions.device)


def type_targets(truth: Truth, types: int) -> Tensor:
    """(B, 2, J, J) index of the ordered type: 0 for none, else by the share of the target's motion that is the source's, in equal steps."""
    rank = (truth.strength * (types - 1)).ceil().clamp(1, types - 1).long()
    return torch.where(truth.present == 1, rank, 0)
