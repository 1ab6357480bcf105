"""The relational inference of simulated systems finds edges without labels, for the right reasons."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from duet_core.commands import benchmark, benchmark_physics
from duet_core.errors import InputError
from duet_core.model.particles import ParticleModel, ParticleRelationalInference
from duet_core.physics import Trajectories, simulate
from duet_core.physics.scores import best_permutation
from duet_core.training import particles
from duet_core.training.particles import ParticleTraining, edge_probabilities, observed, prediction_errors, recommended, train

SPACES = {"springs": "plane", "charged": "plane", "kuramoto": "circle"}


def model_of(name: str, seed: int = 0) -> ParticleRelationalInference:
    torch.manual_seed(seed)
    return ParticleRelationalInference(ParticleModel(space=SPACES[name], substeps=2))


@pytest.mark.parametrize("name", SPACES)
def test_the_gradient_of_the_prediction_reaches_every_parameter_of_the_encoder(name: str) -> None:
    model = model_of(name)
    t = simulate(name, 4, 0)
    bound = model.bound(*observed(t), t.interval, steps=2, first=0, temperature=0.5)
    bound.nll.backward()
    without = [key for key, value in model.encoder.named_parameters() if value.grad is None or not value.grad.abs().sum() > 0]
    # On a circle no pair comes near another: there is no noise that pairs share.
    assert [key for key in without if not (name == "kuramoto" and key.startswith("pair_noise"))] == []
    assert all(torch.isfinite(value.grad).all() for value in model.parameters() if value.grad is not None)


@pytest.mark.parametrize("name", SPACES)
def test_permuting_bodies_permutes_edges(name: str) -> None:
    model = model_of(name)
    t = simulate(name, 6, 1)
    order = np.array([4, 2, 0, 1, 3])
    turned = Trajectories(
        t.system, t.positions[:, :, order], t.velocities[:, :, order], t.drive[:, order], t.edges[:, order][:, :, order], t.interval
    )
    expected = edge_probabilities(model, t)[:, order][:, :, order]
    assert np.abs(expected[:, 0, 1:] - 0.5).max() > 1e-3
    assert np.allclose(edge_probabilities(model, turned), expected, atol=1e-3)


def test_turning_a_system_changes_nothing() -> None:
    model = model_of("springs")
    t = simulate("springs", 6, 1)
    angle = 0.7
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = Trajectories(t.system, t.positions @ turn, t.velocities @ turn, t.drive, t.edges, t.interval)
    assert np.allclose(edge_probabilities(model, turned), edge_probabilities(model, t), atol=1e-3)


def test_any_number_of_bodies_is_served() -> None:
    model = model_of("springs")
    for bodies in (2, 3, 8):
        assert edge_probabilities(model, simulate("springs", 2, 0, bodies=bodies)).shape == (2, bodies, bodies)


def test_forces_have_their_counter_forces() -> None:
    model = model_of("springs")
    t = simulate("springs", 3, 2)
    x, v, drive = observed(t)
    _, velocities, _ = model.roll(x[:, 0], v[:, 0], drive, torch.rand(3, 10), 5, t.interval)
    momentum = v[:, 0].sum(dim=1)
    assert torch.allclose(velocities.sum(dim=2), momentum[:, None].expand(-1, 5, -1), atol=1e-4)
    assert (velocities - v[:, :1]).abs().max() > 1e-3


def test_the_decoder_knows_nothing_of_another_body_but_through_its_edge() -> None:
    torch.manual_seed(0)
    model = ParticleRelationalInference(ParticleModel(silent=True))
    t = simulate("springs", 3, 2)
    x, v, drive = observed(t)
    places, _, _ = model.roll(x[:, 0], v[:, 0], drive, torch.zeros(3, 10), 5, t.interval)
    straight = x[:, :1] + v[:, :1] * t.interval * torch.arange(1, 6)[:, None, None]
    assert torch.allclose(places, straight, atol=1e-5)


def test_training_never_sees_a_label() -> None:
    t = simulate("springs", 40, 0)
    lied = replace(t, edges=1 - t.edges)
    settings = ParticleTraining(iterations=3, batch=4)
    for a, b in zip(train(t, settings).model.parameters(), train(lied, settings).model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    t = simulate("springs", 40, 0)
    settings = ParticleTraining(iterations=6, batch=4, save_seconds=0.0)
    whole = train(t, settings)

    class Stop(Exception):
        pass

    def stop(iteration: int, figures: dict[str, float]) -> None:
        if iteration == 4:
            raise Stop

    with pytest.raises(Stop):
        train(t, settings, folder=tmp_path, report=stop)
    again: list[int] = []
    resumed = train(t, settings, folder=tmp_path, report=lambda iteration, figures: again.append(iteration))
    assert again == [4, 5]
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    with pytest.raises(InputError, match="another training"):
        train(t, replace(settings, rate=1e-4), folder=tmp_path)


def test_one_command_trains_measures_and_keeps_its_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_physics, "QUICK_TRAINED_ON", 12)
    monkeypatch.setattr(benchmark_physics, "QUICK_TESTED_ON", 8)
    monkeypatch.setattr(particles, "recommended", lambda name, seed, quick: ParticleTraining(iterations=2, batch=4, seed=seed))
    command = ["physics", "--out", str(tmp_path), "--quick", "--quiet", "--systems", "springs", "--seeds", "2"]
    assert benchmark.main(command) == 0
    figures = json.loads((tmp_path / "physics.json").read_text("utf-8"))
    ours = figures["systems"]["springs"]["model"]
    assert len(ours["accuracy"]["seeds"]) == 2 and ours["mse_20"]["value"] > 0
    assert set(figures["systems"]["springs"]["methods"]) >= {"granger", "crosscorr", "transfer entropy", "ridge"}
    table = (tmp_path / "physics.md").read_text("utf-8")
    assert "published" in table and "NOT held" in table
    monkeypatch.setattr(particles.ParticleRelationalInference, "bound", None)  # nothing is trained a second time
    assert benchmark.main(command) == 0
    again = json.loads((tmp_path / "physics.json").read_text("utf-8"))["systems"]["springs"]["model"]
    assert again["accuracy"] == ours["accuracy"] and again["train_seconds"] == ours["train_seconds"]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("springs", 0.97), ("charged", 0.9), ("kuramoto", 0.97)])
def test_a_short_training_without_labels_finds_the_edges(name: str, least: float) -> None:
    settings = recommended(name, quick=True)
    model = train(simulate(name, 1000, 0), settings).model
    unseen = simulate(name, 200, 99, moments=60)
    probability = edge_probabilities(model, unseen.moments(slice(0, 49)))
    assert best_permutation(probability, unseen.edges).accuracy(probability, unseen.edges) >= least
    if name == "charged":
        return  # after so short a training a close encounter still throws a prediction out, whatever the edges
    # Wrong edges predict worse: the decoder needs them.
    edges = (probability > 0.5).astype(float)
    right, wrong = (np.median(prediction_errors(model, unseen, some, 49, 10)[0][:, -1]) for some in (edges, 1 - edges))
    assert right < 0.1 * wrong
