"""Figures of a model on windows it has not learned from: found connections against planted truth, prediction against doing nothing, collapse."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import metrics
from ..connections import KINDS
from ..model import losses
from ..model.nri import NeuralRelationalInference
from ..planted import Labels
from .data import Validation
from .objective import LEAD, Objective, Truth
from .processes import Processes
from .windows import Windows

FRAMES = (1, 5, 10)
"""After how many frames of free running a prediction is measured."""
_AT_ONCE = 32


@torch.no_grad()
def validate(
    model: NeuralRelationalInference,
    objective: Objective,
    windows: Validation,
    device: torch.device,
    autocast: Any,
    processes: Processes | None = None,
) -> dict[str, float]:
    """Every figure by name; NaN where there is nothing to measure. Several *processes* share the windows, and all get the same figures.

    ``auroc``, ``auprc``, ``direction``, ``lag_error`` (s, median), ``kind_accuracy``, ``ece`` (of all candidates) and
    ``ece_shown`` (of those above 0.1: the rest, nearly all false and near 0, drowns them), ``planted_loss`` and its parts on planted windows;
    ``reconstruction`` and ``error_N``, ``persistence_N``, ``velocity_N`` (metres after N frames) on real ones, or on planted ones where there are
    none; ``kl`` (nats for each edge), ``prior_distance`` (mean) and ``prior_distance_most`` on all; ``loss`` as in training.
    """
    was_training = model.training
    model.eval()
    predicts = objective.settings.reconstruction > 0
    on_planted = predicts and (not windows.real or objective.settings.on_planted)
    processes = processes or Processes()
    chunks = [*at_once(windows.planted), *at_once(windows.real)]
    seen: list[tuple[_Sums, _Answer | None]] = []
    for part in chunks[processes.rank :: processes.count]:
        sums, answer = _Sums(), None
        with autocast():
            predicted = on_planted if part.labels is not None else predicts
            posterior, prediction, positions = objective.seen(model, part, None, device, predicted)
        if part.labels is not None:
            # These are means over true connections, so that many of them count for more.
            true = max(int((part.labels.present == 1).sum()), 1)
            sums.add(objective.supervised(posterior, Truth.of(part.labels, device)), true)
            answer = _Answer.of(posterior, part.labels, objective.model.rate)
        kl = losses.kl_of_edges(posterior, objective.prior)
        distance = objective.prior_distance(posterior)
        sums.add({"kl": kl.mean(), "prior_distance": distance.mean()}, len(part))
        sums.most("prior_distance_most", distance.max())
        if prediction is not None:
            name = "reconstruction" if part.labels is None or not windows.real else "reconstruction_planted"
            sums.add({name: objective.reconstruction(prediction, positions)}, len(part))
            if name == "reconstruction":
                sums.add(_errors(prediction.positions.float(), positions, objective), len(part))
        seen.append((sums, answer))
    model.train(was_training)
    by_process = processes.gathered(seen)
    in_order = [by_process[number % processes.count][number // processes.count] for number in range(len(chunks))]
    whole = _Sums.together([sums for sums, _ in in_order])
    # Two machines may round otherwise, and all processes are to decide the same.
    return processes.of_the_first(_figures(whole, [answer for _, answer in in_order if answer], objective, predicts))


def _figures(sums: _Sums, answers: list[_Answer], objective: Objective, predicts: bool) -> dict[str, float]:
    figures = {**sums.means(), **_planted_figures(answers)}
    about = objective.settings
    loss = about.planted * figures.get("planted_loss", 0.0)
    if predicts and "reconstruction" in figures:
        loss += about.reconstruction * (figures["reconstruction"] + about.beta * max(figures["kl"], about.free_bits))
    return {"loss": loss, **figures}


def _errors(predicted: Tensor, positions: Tensor, objective: Objective) -> dict[str, Tensor]:
    """Mean distances in metres after `FRAMES` frames of free running: of the prediction, of standing still, and of going on at the last velocity."""
    teacher = objective.teacher
    free = min(positions.shape[1] - teacher, objective.settings.horizon or positions.shape[1])
    steps = tuple(n for n in FRAMES if n <= free)
    truth = positions[:, teacher:]
    last, before = positions[:, teacher - 1 : teacher], positions[:, teacher - 2 : teacher - 1]
    ahead = torch.arange(1, truth.shape[1] + 1, device=positions.device).view(1, -1, 1, 1, 1)
    guesses = {"error": predicted[:, teacher - 1 :], "persistence": last.expand_as(truth), "velocity": last + ahead * (last - before)}
    return {
        f"{name}_{n}": value
        for name, guess in guesses.items()
        for n, value in zip(steps, losses.displacement_error(guess, truth, steps), strict=True)
    }


class _Answer:
    """What a model says of some planted windows, and the truth; arrays (W, 2, J, J)."""

    def __init__(self, confidence: NDArray, kind: NDArray | None, lag: NDArray | None, truth: Labels) -> None:
        self.confidence, self.kind, self.lag, self.truth = confidence, kind, lag, truth

    @classmethod
    def of(cls, posterior: Any, truth: Labels, rate: float) -> _Answer:
        kind = lag = None
        if posterior.kinds is not None:
            # A true connection is of some kind: "none" is not asked.
            kind = posterior.kinds.float()[..., 1:].argmax(dim=-1).add(1).cpu().numpy()
        if posterior.lags is not None:
            lag = posterior.lags.argmax(dim=-1).float().div(rate).cpu().numpy()
        return cls(posterior.confidence().mean(dim=1).cpu().numpy(), kind, lag, truth)


def _planted_figures(answers: list[_Answer]) -> dict[str, float]:
    if not answers:
        return {}
    confidence = np.concatenate([a.confidence.ravel() for a in answers])
    present = np.concatenate([a.truth.present.ravel() for a in answers])
    told = metrics.reliability(confidence, present)
    figures = {
        "auroc": metrics.auroc(confidence, present),
        "auprc": metrics.average_precision(confidence, present),
        "ece": told.error,
        "ece_shown": told.above(0.1).error,
    }
    right = leads = 0.0
    kinds: list[NDArray] = []
    lags: list[NDArray] = []
    for answer in answers:
        true = answer.truth.present == 1
        lead = true & (answer.truth.kind == LEAD) & ~(metrics.reverse(answer.truth.present) == 1)
        if lead.any():
            right += metrics.direction_accuracy(answer.confidence, lead) * lead.sum()
            leads += lead.sum()
        if answer.kind is not None:
            kinds.append(np.stack([answer.kind[true], answer.truth.kind[true].astype(np.int64)]))
        if answer.lag is not None:
            lags.append(np.stack([answer.lag[lead], answer.truth.lag[lead]]))
    figures["direction"] = right / leads if leads else math.nan
    if kinds:
        found, truth = np.concatenate(kinds, axis=1)
        figures["kind_accuracy"] = metrics.accuracy(found, truth)
        for index, name in enumerate(KINDS[1:], start=1):
            figures[f"kind_accuracy_{name}"] = metrics.accuracy(found[truth == index], truth[truth == index])
    if lags:
        figures["lag_error"] = metrics.lag_error(*np.concatenate(lags, axis=1)).median
    return figures


class _Sums:
    """Weighted means, and largest values."""

    def __init__(self) -> None:
        self.totals: dict[str, list[float]] = {}
        self.highest: dict[str, float] = {}

    def add(self, values: dict[str, Tensor], weight: int) -> None:
        for name, value in values.items():
            total = self.totals.setdefault(name, [0.0, 0.0])
            total[0] += float(value) * weight
            total[1] += weight

    def most(self, name: str, value: Tensor) -> None:
        self.highest[name] = max(self.highest.get(name, -math.inf), float(value))

    @classmethod
    def together(cls, parts: Sequence[_Sums]) -> _Sums:
        """The sums over all *parts*, in their order."""
        whole = cls()
        for part in parts:
            for name, (value, weight) in part.totals.items():
                total = whole.totals.setdefault(name, [0.0, 0.0])
                total[0] += value
                total[1] += weight
            for name, value in part.highest.items():
                whole.highest[name] = max(whole.highest.get(name, -math.inf), value)
        return whole

    def means(self) -> dict[str, float]:
        return {**{name: total / weight for name, (total, weight) in self.totals.items()}, **self.highest}


def at_once(some: tuple[Windows, ...]) -> Iterator[Windows]:
    """*some* in pieces of as many windows as are validated at once."""
    for windows in some:
        for first in range(0, len(windows), _AT_ONCE):
            yield windows.part(first, first + _AT_ONCE)
