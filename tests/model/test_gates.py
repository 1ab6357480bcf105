"""Gates: what a sampled or an expected type lets through, and how the gradient comes back."""

from __future__ import annotations

import itertools

import pytest

torch = pytest.importorskip("torch")
from duet_core.model.gumbel import cosine_temperature, expected_gates, exponential_temperature, sampled_gates  # noqa: E402
from duet_core.model.posterior import type_weights  # noqa: E402


@pytest.mark.parametrize("types", (2, 3, 4, 5))
def test_none_sends_nothing_and_core_sends_all(types: int) -> None:
    weights = type_weights(types)
    assert weights[0] == 0 and weights[-1] == 1 and (weights.diff() > 0).all()
    logits = torch.full((2, types), -60.0)
    logits[0, 0], logits[1, -1] = 60.0, 60.0
    for gates in (expected_gates(logits), sampled_gates(logits, 0.5)):
        assert gates[0].item() == pytest.approx(0.0, abs=1e-6) and gates[1].item() == pytest.approx(1.0)


def test_samples_are_types_drawn_as_often_as_the_posterior_says() -> None:
    probability = torch.tensor([0.6, 0.3, 0.1])
    generator = torch.Generator().manual_seed(0)
    gates = sampled_gates(probability.log().expand(40_000, 3), 0.5, generator=generator)
    values, counts = gates.unique(return_counts=True)
    assert values.tolist() == [0.0, 0.5, 1.0]
    assert torch.allclose(counts / 40_000, probability, atol=0.01)


def test_the_gradient_passes_straight_through_a_sample() -> None:
    logits = torch.zeros(500, 3, requires_grad=True)
    sampled_gates(logits, 0.7, generator=torch.Generator().manual_seed(0)).sum().backward()
    assert (logits.grad.abs().sum(dim=1) > 0).all()
    assert logits.grad.sum(dim=0)[2] > 0 > logits.grad.sum(dim=0)[0]  # more core opens gates, more none closes them


def test_a_low_temperature_makes_the_relaxed_sample_hard() -> None:
    logits = torch.randn(400, 4, generator=torch.Generator().manual_seed(1))
    apart = []
    for temperature in (2.0, 0.05):
        soft, hard = (sampled_gates(logits, temperature, hard=h, generator=torch.Generator().manual_seed(2)) for h in (False, True))
        apart.append((soft - hard).abs().mean().item())
    assert apart[1] < 0.05 < apart[0]


def test_temperatures_fall_from_start_to_end_and_stay() -> None:
    for schedule in (exponential_temperature, cosine_temperature):
        values = [schedule(step, 100, 1.0, 0.3) for step in range(0, 201, 10)]
        assert values[0] == pytest.approx(1.0) and values[-1] == pytest.approx(0.3)
        assert all(a >= b for a, b in itertools.pairwise(values))
