"""What a model learns from: how well it predicts, and how far its posterior strays from a sparse prior, in nats for each edge."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from .posterior import EdgePosterior


def sparse_prior(types: int, none: float = 0.9) -> Tensor:
    """(K,) prior probabilities: *none* for no connection, the rest falling by half from each type to the next stronger one."""
    rest = 0.5 ** torch.arange(types - 1, dtype=torch.float32)
    return torch.cat([torch.tensor([none]), rest / rest.sum() * (1.0 - none)])


def kl_of_edges(posterior: EdgePosterior, prior: Tensor) -> Tensor:
    """(B, S, 2, J, J) Kullback–Leibler divergence, nats, of each edge's posterior from *prior* (K,).

    A posterior with a prior of its own diverges from that, and that from *prior*: both are counted, or nothing would keep the edges sparse.
    """
    log_q, log_sparse = posterior.types.float().log_softmax(dim=-1), prior.to(posterior.types.device).log()
    if posterior.prior is None:
        return _kl(log_q, log_sparse)
    log_p = posterior.prior.float().log_softmax(dim=-1)
    return _kl(log_q, log_p) + _kl(log_p, log_sparse)


def _kl(log_q: Tensor, log_p: Tensor) -> Tensor:
    return (log_q.exp() * (log_q - log_p)).sum(dim=-1)


def kl_loss(kl: Tensor, free: float = 0.0) -> Tensor:
    """Mean divergence of the edges, nats for each edge; below *free* nats in a window's mean there is nothing to gain (free bits)."""
    return kl.flatten(1).mean(dim=1).clamp(min=free).mean()


def squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared distance over the axes, m²: predictions and targets (…, 3). Unknown targets (NaN) count for nothing."""
    known = torch.isfinite(target)
    error = torch.where(known, prediction - target.nan_to_num(), 0.0).square()
    return error.sum() / known.sum().clamp(min=1)


def gaussian_nll(prediction: Tensor, target: Tensor, log_variance: Tensor | float) -> Tensor:
    """Mean negative log-likelihood, nats for each coordinate, of *target* (…, 3) under a round Gaussian around *prediction*.

    Args:
        log_variance: log of the variance in m², (…) for each position, or one number (the NRI paper's 5e-5 on springs is ``math.log(5e-5)``).
    """
    known = torch.isfinite(target)
    error = torch.where(known, prediction - target.nan_to_num(), 0.0).square()
    if isinstance(log_variance, Tensor):
        log_variance = log_variance.float().unsqueeze(-1)
        nll = 0.5 * (error * torch.exp(-log_variance) + log_variance + math.log(2 * math.pi))
    else:
        nll = 0.5 * (error * math.exp(-log_variance) + log_variance + math.log(2 * math.pi))
    return torch.where(known, nll, 0.0).sum() / known.sum().clamp(min=1)


def displacement_error(prediction: Tensor, target: Tensor, frames: tuple[int, ...] = (1, 5, 10)) -> Tensor:
    """(len(frames),) mean distance in metres between (B, T, …, 3) after 1, 5, 10 frames, the first frame of both being frame 1."""
    distance = (prediction - target).norm(dim=-1)
    return torch.stack([distance[:, n - 1].nanmean() for n in frames])


def smoothness(posterior: EdgePosterior) -> Tensor:
    """Mean squared change of the types' probabilities from one stretch of the window to the next; 0 for a posterior of one stretch."""
    probabilities = posterior.probabilities()
    if probabilities.shape[1] < 2:
        return probabilities.new_zeros(())
    return functional.mse_loss(probabilities[:, 1:], probabilities[:, :-1])


def warm_up(step: int, steps: int, most: float = 1.0) -> float:
    """β rising in a straight line from 0 to *most* over *steps*, then staying."""
    return most * min(max(step, 0) / max(steps, 1), 1.0)


def cyclical(step: int, period: int, most: float = 1.0, rise: float = 0.5) -> float:
    """β rising from 0 to *most* within the first *rise* of each *period*, then staying until the next (Fu et al. 2019, arXiv 1903.10145)."""
    return most * min((max(step, 0) % max(period, 1)) / max(period, 1) / max(rise, 1e-9), 1.0)
