"""Losses, schedules and the optimiser: what they are to do, on small tensors."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from duet_core.model.nri import NeuralRelationalInference  # noqa: E402
from duet_core.model.posterior import EdgePosterior  # noqa: E402
from duet_core.training.batches import Batches  # noqa: E402
from duet_core.training.objective import LEAD, Objective, Truth, type_targets  # noqa: E402
from duet_core.training.optimiser import RunningMean, adamw, learning_rate  # noqa: E402
from duet_core.training.settings import OptimiserSettings  # noqa: E402
from duet_core.training.windows import StepBatch  # noqa: E402
from tests.training.tiny import found, tiny  # noqa: E402

CPU = torch.device("cpu")


def truth(joints: int = 3) -> Truth:
    """One true lead 0 → 1 of dancer 0 with a lag of 0.275 s, one pair left out, else nothing."""
    shape = (1, 2, joints, joints)
    present, kind = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    lag, strength = torch.full(shape, math.nan), torch.zeros(shape)
    present[0, 0, 0, 1], kind[0, 0, 0, 1], lag[0, 0, 0, 1], strength[0, 0, 0, 1] = 1, LEAD, 0.275, 0.9
    present[0, 1, 2, 2] = -1
    return Truth(present, kind, lag, strength)


def posterior(joints: int = 3) -> EdgePosterior:
    generator = torch.Generator().manual_seed(0)
    new = lambda *shape: torch.randn(*shape, generator=generator).requires_grad_()  # noqa: E731
    return EdgePosterior(new(1, 1, 2, joints, joints, 3), new(1, 2, joints, joints, 6), new(1, 2, joints, joints, 12))


def test_what_is_left_out_of_the_truth_counts_for_nothing() -> None:
    says = posterior()
    Objective(tiny()).supervised(says, truth())["planted_loss"].backward()
    types, kinds, lags = (t.grad for t in (says.types, says.kinds, says.lags))
    assert not types[0, 0, 1, 2, 2].any()
    assert int(types.abs().sum(-1).gt(0).sum()) == 2 * 9 - 1
    assert [tuple(i) for i in kinds.abs().sum(-1).nonzero().tolist()] == [(0, 0, 0, 1)]
    assert [tuple(i) for i in lags.abs().sum(-1).nonzero().tolist()] == [(0, 0, 0, 1)]


def test_the_supervised_loss_is_least_at_the_truth() -> None:
    objective, right = Objective(tiny()), truth()
    types = torch.zeros(1, 1, 2, 3, 3, 3)
    types.scatter_(-1, type_targets(right, 3)[:, None, ..., None], 30.0)
    kinds = torch.zeros(1, 2, 3, 3, 6).scatter_(-1, right.kind.unsqueeze(-1), 30.0)
    lags = torch.full((1, 2, 3, 3, 12), -30.0)
    lags[..., 5:7] = 0.0  # 0.275 s lie between the bins 5 and 6 of 0.05 s
    parts = objective.supervised(EdgePosterior(types, kinds, lags), right)
    assert float(parts["type"]) < 1e-6
    assert float(parts["kind"]) < 1e-6
    assert float(parts["lag"]) == pytest.approx(math.log(2), abs=1e-5)  # half of it in either bin


def test_stronger_connections_are_of_a_later_type() -> None:
    strengths = torch.tensor([0.1, 0.3, 0.35, 0.6, 0.7, 1.0]).reshape(1, 1, 1, 6)
    present = torch.ones_like(strengths, dtype=torch.long)
    right = Truth(present, present, strengths, strengths)
    assert type_targets(right, 4).flatten().tolist() == [1, 1, 2, 2, 3, 3]
    assert type_targets(right, 2).flatten().tolist() == [1] * 6
    assert type_targets(right._replace(present=0 * present), 4).flatten().tolist() == [0] * 6


def test_a_posterior_of_several_stretches_is_judged_by_its_mean() -> None:
    says = posterior()
    objective = Objective(tiny())
    once = objective.supervised(says, truth())["type"]
    thrice = objective.supervised(says._replace(types=says.types.expand(-1, 3, -1, -1, -1, -1)), truth())["type"]
    assert torch.allclose(once, thrice)


def test_the_reconstruction_loss_alone_reaches_every_parameter_of_the_encoder() -> None:
    """Heads of kinds are not part of the prediction; everything that makes types and lags is."""
    settings = tiny("objective.planted=0", "objective.beta=0", "model.dropout=0.0")
    torch.manual_seed(0)
    model = NeuralRelationalInference(settings.model)
    objective = Objective(settings)
    for step in range(3):
        batch = Batches(settings, found()).of(step)
        objective.losses(model, batch, objective.at(0), CPU)["loss"].backward()
    still = [name for name, p in model.encoder.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert all("kind" in name for name in still), still


def test_losses_of_parts_of_a_batch_add_up() -> None:
    settings = tiny("model.dropout=0.0", "objective.on_planted=false")
    torch.manual_seed(0)
    model, objective, batch = NeuralRelationalInference(settings.model), Objective(settings), Batches(settings, found()).of(0)
    now = objective.at(10)

    def loss(part: StepBatch) -> dict[str, torch.Tensor]:
        torch.manual_seed(3)
        return objective.losses(model, part, now, CPU)

    both, planted, real = loss(batch), loss(StepBatch(batch.planted, None)), loss(StepBatch(None, batch.real))
    assert "reconstruction" not in planted
    assert "planted_loss" not in real
    assert float(both["loss"].detach()) == pytest.approx(float((planted["loss"] + real["loss"]).detach()), rel=1e-5)


def test_beta_and_temperature_follow_their_schedules() -> None:
    warm = Objective(tiny("objective.beta=0.5", "objective.beta_steps=4"))
    assert [warm.at(step).beta for step in (0, 2, 4, 9)] == [0, 0.25, 0.5, 0.5]
    cyclical = Objective(tiny("objective.beta_schedule=cyclical", "objective.beta_steps=4"))
    assert [cyclical.at(step).beta for step in (0, 1, 2, 3, 4)] == [0, 0.5, 1, 1, 0]
    temperatures = [warm.at(step).temperature for step in (0, 6, 12, 50)]
    assert temperatures[0] == 1.0
    assert temperatures[-1] == temperatures[-2] == pytest.approx(0.5)
    assert temperatures == sorted(temperatures, reverse=True)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle", "plateau"])
def test_learning_rates_rise_first_and_stay_within_their_bounds(schedule: str) -> None:
    about = OptimiserSettings(lr=1e-2, lowest=0.1, schedule=schedule, warm_up=10)
    rates = np.array([learning_rate(about, step, 100) for step in range(100)])
    assert rates[0] < rates[5] < rates[9] == pytest.approx(1e-2)
    assert rates.max() == pytest.approx(1e-2)
    if schedule in ("cosine", "one_cycle"):
        assert (np.diff(rates[10:]) <= 0).all()
        assert rates[-1] == pytest.approx(1e-3)
    assert learning_rate(about, 50, 100, plateau=0.25) == pytest.approx({"plateau": 2.5e-3}.get(schedule, rates[50]))


def test_only_matrices_are_decayed_and_gradients_are_clipped() -> None:
    model = NeuralRelationalInference(tiny().model)
    groups = adamw(model, OptimiserSettings(weight_decay=0.3)).param_groups
    assert [group["weight_decay"] for group in groups] == [0.3, 0.0]
    assert all(p.ndim >= 2 for p in groups[0]["params"])
    assert all(p.ndim < 2 for p in groups[1]["params"])
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))


def test_the_running_mean_follows_at_once_and_then_lags() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(layer.weight, 1.0)
    mean = RunningMean(layer, 0.99)
    torch.nn.init.constant_(layer.weight, 2.0)
    mean.update(layer, 0)
    assert float(mean.values["weight"]) == pytest.approx(1.9)
    before = float(mean.values["weight"])
    torch.nn.init.constant_(layer.weight, 3.0)
    mean.update(layer, 10_000)
    assert float(mean.values["weight"]) == pytest.approx(before + 0.01 * (3 - before))
