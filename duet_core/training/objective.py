"""What counts as good: the losses of one step, supervised on planted windows and self-supervised on all, weighted as the settings say.

Everything is a sum of the parts that `Objective.losses` names, so that each can be watched.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ..connections import KINDS
from ..model import chance, losses, nri
from ..model.decoders import Prediction
from ..model.gumbel import cosine_temperature, exponential_temperature
from ..model.posterior import EdgePosterior
from ..model.settings import ModelSettings
from ..planted import Labels
from .settings import ObjectiveSettings, Settings
from .windows import StepBatch, Windows

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


class Weights(NamedTuple):
    """What part a share of a step is of the whole, 0..1, for each thing that a loss is the mean over: the means of all shares then add up to the step's.

    windows; true: connections; leads: those whose lag has a bin; known: coordinates to predict.
    """

    windows: float = 1.0
    true: float = 1.0
    leads: float = 1.0
    known: float = 1.0

    @classmethod
    def of(cls, amounts: NDArray, whole: NDArray) -> Weights:
        """Of the `Objective.amounts` of a share and of the step. A mean over none divides by one, so that none counts as one."""
        return cls(*(np.maximum(amounts, 1.0) / np.maximum(whole, 1.0)).tolist())


WHOLE = Weights()


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

    def losses(
        self,
        model: nri.NeuralRelationalInference,
        batch: StepBatch,
        now: Now,
        device: torch.device,
        weights: tuple[Weights, Weights] = (WHOLE, WHOLE),
    ) -> dict[str, Tensor]:
        """The parts named in `PARTS`, as far as *batch* has them; ``loss`` is what is to be minimised.

        With *weights* (of planted and of real windows) *batch* is a share of a step: the parts of all shares, and their gradients, add up to the step's.
        """
        about = self.settings
        found: dict[str, list[Tensor]] = {}
        total = torch.zeros((), device=device)
        for windows, weight in zip((batch.planted, batch.real), weights, strict=True):
            if windows is None:
                continue
            predicts = about.reconstruction > 0 and (windows.labels is None or about.on_planted)
            posterior, prediction, positions = self.seen(model, windows, now, device, predicts)
            if windows.labels is not None and about.planted > 0:
                parts = self.supervised(posterior, Truth.of(windows.labels, device), weight)
                for name, value in parts.items():
                    found.setdefault(name, []).append(value)
                total = total + about.planted * parts["planted_loss"]
            kl = losses.kl_of_edges(posterior, self.prior)
            found.setdefault("kl", []).append(kl.detach().mean() * weight.windows)
            found.setdefault("prior_distance", []).append(self.prior_distance(posterior).mean() * weight.windows)
            if prediction is not None:
                error = self.reconstruction(prediction, positions, weight)
                found.setdefault("reconstruction", []).append(error)
                divergence = losses.kl_loss(kl, about.free_bits) * weight.windows
                total = total + about.reconstruction * (error + now.beta * divergence)
            if about.smoothness:
                change = losses.smoothness(posterior) * weight.windows
                found.setdefault("smoothness", []).append(change)
                total = total + about.smoothness * change
        parts = {name: torch.stack(values).mean() for name, values in found.items()}
        return {"loss": total, **parts}

    def amounts(self, windows: Windows | None) -> NDArray[np.float64]:
        """(4,) what `Weights` are parts of: windows, true connections, true leads whose lag has a bin, and known coordinates to predict."""
        if windows is None:
            return np.zeros(4)
        true = leads = 0
        if windows.labels is not None:
            present, place = windows.labels.present == 1, windows.labels.lag * self.model.rate
            true = int(present.sum())
            leads = int((present & (windows.labels.kind == LEAD) & (place >= 0) & (place <= self.model.lags - 1)).sum())
        return np.array([len(windows), true, leads, np.isfinite(windows.positions[:, 1:]).sum()], np.float64)

    def seen(
        self, model: nri.NeuralRelationalInference, windows: Windows, now: Now | None, device: torch.device, predicts: bool
    ) -> tuple[EdgePosterior, Prediction | None, Tensor]:
        """Posterior, prediction and positions of *windows*; gates are sampled at the temperature of *now*, or expected ones without."""
        positions = torch.from_numpy(windows.positions).to(device, non_blocking=True)
        parents = torch.from_numpy(windows.parents).to(device, non_blocking=True)
        with chance.windows(windows.key, windows.first, len(windows)):
            if not predicts:
                return model.encode(positions, parents), None, positions
            temperature = None if now is None else now.temperature
            given = positions if now is None or not self.settings.jitter else positions + jitter(positions, self.settings.jitter)
            output = model(given, parents, temperature, sample=now is not None, teacher=self.teacher, horizon=self.settings.horizon or None)
        return output.posterior, output.prediction, positions

    def supervised(self, posterior: EdgePosterior, truth: Truth, weight: Weights = WHOLE) -> dict[str, Tensor]:
        """Losses in nats for each true connection: types over all candidates that are not left out, kinds and lags over true ones."""
        about = self.settings
        # A posterior of several stretches says of the window what it says on average.
        log_types = posterior.types.float().log_softmax(dim=-1)
        log_types = log_types.logsumexp(dim=1) - math.log(log_types.shape[1])
        true = truth.present == 1
        count = true.sum().clamp(min=1)
        surprise = -log_types.gather(-1, type_targets(truth, self.model.types).unsqueeze(-1)).squeeze(-1)
        parts = {"type": torch.where(truth.present >= 0, surprise, 0.0).sum() / count * weight.true}
        total = about.type * parts["type"]
        if posterior.kinds is not None and about.kind:
            entropy = functional.cross_entropy(posterior.kinds.float().flatten(0, -2), truth.kind.flatten(), reduction="none")
            parts["kind"] = torch.where(true.flatten(), entropy, 0.0).sum() / count * weight.true
            total = total + about.kind * parts["kind"]
        if posterior.lags is not None and about.lag:
            parts["lag"] = self._lag(posterior.lags, truth) * weight.leads
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

    def reconstruction(self, prediction: Prediction, positions: Tensor, weight: Weights = WHOLE) -> Tensor:
        """Nats for each coordinate, or squared centimetres, over all frames but the first; and the weighted mean distance."""
        predicted, target = prediction.positions.float(), positions[:, 1:]
        if self.settings.likelihood == "mse":
            error = 1e4 * losses.squared_error(predicted, target)
        else:
            fixed = 2 * math.log(self.settings.deviation)
            error = losses.gaussian_nll(predicted, target, fixed if prediction.log_variance is None else prediction.log_variance)
        error = error * weight.known
        if self.settings.distance:
            error = error + self.settings.distance * weight.windows * (predicted - target).norm(dim=-1).mean()
        return error

    @torch.no_grad()
    def prior_distance(self, posterior: EdgePosterior) -> Tensor:
        """(B, S, 2, J, J) largest difference between the probability of a type and its prior: 0 everywhere is a collapsed posterior."""
        return (posterior.probabilities() - self.prior.to(posterior.types.device)).abs().amax(dim=-1)


def jitter(positions: Tensor, most: float) -> Tensor:
    """Noise for (B, T, 2, J, 3) like that of poses estimated from video: each window of its own size up to *most* metres, partly smooth in time."""
    noise = chance.normal(positions)
    noise = 0.6 * noise + 0.5 * (noise.roll(1, dims=1) + noise.roll(-1, dims=1))
    return noise * most * chance.uniform((len(positions), 1, 1, 1, 1), positions.device)


def type_targets(truth: Truth, types: int) -> Tensor:
    """(B, 2, J, J) index of the ordered type: 0 for none, else by the share of the target's motion that is the source's, in equal steps."""
    rank = (truth.strength * (types - 1)).ceil().clamp(1, types - 1).long()
    return torch.where(truth.present == 1, rank, 0)
