"""What the losses measure, on cases one can reckon by hand."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
from duet_core.model import losses  # noqa: E402
from duet_core.model.posterior import EdgePosterior  # noqa: E402


@pytest.mark.parametrize("types", (2, 3, 4, 5))
def test_the_sparse_prior_sums_to_one_and_falls_towards_core(types: int) -> None:
    prior = losses.sparse_prior(types, 0.9)
    assert prior.sum().item() == pytest.approx(1.0) and prior[0].item() == pytest.approx(0.9)
    assert (prior.diff() < 0).all()


def test_the_divergence_is_nats_for_each_edge() -> None:
    prior = torch.tensor([0.9, 0.1])
    logits = torch.tensor([[0.5, 0.5], [0.9, 0.1]]).log().reshape(1, 1, 2, 1, 1, 2)
    kl = losses.kl_of_edges(EdgePosterior(logits), prior).flatten()
    assert kl[0].item() == pytest.approx(0.5 * math.log(0.5 / 0.9) + 0.5 * math.log(0.5 / 0.1))
    assert kl[1].item() == pytest.approx(0.0, abs=1e-6)
    assert losses.kl_loss(kl.reshape(1, 1, 2, 1, 1)).item() == pytest.approx(kl.mean().item())


def test_free_bits_leave_nothing_to_gain_below_them() -> None:
    kl = torch.full((3, 1, 2, 4, 4), 0.01, requires_grad=True)
    loss = losses.kl_loss(kl, free=0.02)
    assert loss.item() == pytest.approx(0.02)
    loss.backward()
    assert kl.grad.abs().sum() == 0


def test_a_prior_of_its_own_is_held_against_the_sparse_one() -> None:
    prior = torch.tensor([0.9, 0.1])
    same = torch.tensor([0.5, 0.5]).log().reshape(1, 1, 1, 1, 1, 2)
    kl = losses.kl_of_edges(EdgePosterior(same, prior=same), prior)
    assert kl.item() == pytest.approx(losses.kl_of_edges(EdgePosterior(same), prior).item())


def test_errors_leave_out_what_is_unknown() -> None:
    target = torch.tensor([[0.0, 0.0, 0.0], [float("nan")] * 3])
    prediction = torch.tensor([[0.3, 0.0, 0.0], [9.0, 9.0, 9.0]], requires_grad=True)
    assert losses.squared_error(prediction, target).item() == pytest.approx(0.03)
    nll = losses.gaussian_nll(prediction, target, math.log(0.01))
    assert nll.item() == pytest.approx(0.5 * (0.03 / 0.01 + math.log(0.01) + math.log(2 * math.pi)), rel=1e-5)
    nll.backward()
    assert torch.isfinite(prediction.grad).all() and prediction.grad[1].abs().sum() == 0


def test_the_likelihood_is_best_at_the_true_variance() -> None:
    error = torch.randn(20_000, 3, generator=torch.Generator().manual_seed(0)) * 0.02
    nll = [losses.gaussian_nll(error, torch.zeros_like(error), torch.full((20_000,), math.log(s * s))).item() for s in (0.01, 0.02, 0.04)]
    assert nll[1] == min(nll)


def test_the_displacement_is_taken_after_the_frames_named() -> None:
    target = torch.zeros(2, 10, 2, 3, 3)
    prediction = target.clone()
    prediction[:, 4, ..., 0] = 0.5
    assert losses.displacement_error(prediction, target).tolist() == [0.0, 0.5, 0.0]


def test_weights_of_the_divergence_rise_once_or_in_cycles() -> None:
    assert [losses.warm_up(s, 10) for s in (0, 5, 10, 50)] == [0.0, 0.5, 1.0, 1.0]
    assert [losses.cyclical(s, 10) for s in (0, 5, 9, 10, 12)] == [0.0, 1.0, 1.0, 0.0, 0.4]


def test_smoothness_is_nothing_for_one_stretch_and_counts_changes() -> None:
    still = torch.zeros(1, 1, 2, 3, 3, 2)
    assert losses.smoothness(EdgePosterior(still)).item() == 0
    assert losses.smoothness(EdgePosterior(torch.randn(1, 4, 2, 3, 3, 2))).item() > 0
