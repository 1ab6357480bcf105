"""Simulated systems behave as the published ones, and what is said of them is measured rightly."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.errors import InputError
from duet_core.physics import SYSTEMS, Trajectories, energy, pairs, simulate
from duet_core.physics.baselines import METHODS
from duet_core.physics.particles import BOX, START_SPEED
from duet_core.physics.scores import Threshold, best_permutation, best_threshold, of_pairs


@pytest.fixture(scope="module")
def systems() -> dict[str, Trajectories]:
    return {name: simulate(name, 120, seed=3) for name in SYSTEMS}


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_has_the_published_shape_and_symmetric_edges_in_equal_shares(name: str, systems: dict[str, Trajectories]) -> None:
    t = systems[name]
    axes = 1 if name == "kuramoto" else 2
    assert t.positions.shape == t.velocities.shape == (120, 49, 5, axes)
    assert t.edges.shape == (120, 5, 5) and t.drive.shape == (120, 5) and t.interval == pytest.approx(0.1)
    assert np.array_equal(t.edges, t.edges.swapaxes(1, 2)) and not t.edges[:, range(5), range(5)].any()
    assert 0.44 < of_pairs(t.edges).mean() < 0.56
    assert np.isfinite(t.positions).all() and np.isfinite(t.velocities).all()


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_same_seed_gives_the_same_systems_and_another_seed_others(name: str) -> None:
    a, b, other = simulate(name, 4, 5, moments=3), simulate(name, 4, 5, moments=3), simulate(name, 4, 6, moments=3)
    assert np.array_equal(a.positions, b.positions) and np.array_equal(a.edges, b.edges)
    assert not np.array_equal(a.positions, other.positions)


@pytest.mark.parametrize("name", SYSTEMS)
def test_velocities_are_the_change_of_positions(name: str, systems: dict[str, Trajectories]) -> None:
    t = systems[name]
    x, v, step = t.positions, t.velocities, t.interval
    # Hermite's rule over an interval, where nothing sudden happens: most of the time.
    miss = x[:, 1:] - x[:, :-1] - step / 2 * (v[:, 1:] + v[:, :-1])
    assert np.median(np.abs(miss)) < 2e-3 * np.median(np.abs(v))


def test_springs_keep_their_energy(systems: dict[str, Trajectories]) -> None:
    found = energy(systems["springs"])
    assert np.abs(found - found[:, :1]).max() < 1e-6 * found.max()


def test_charges_that_do_not_come_near_each_other_keep_their_energy(systems: dict[str, Trajectories]) -> None:
    t = systems["charged"]
    first, second = pairs(5)
    closest = np.linalg.norm(t.positions[:, :, first] - t.positions[:, :, second], axis=-1).min(axis=(1, 2))
    found = energy(t)
    drift = np.abs(found - found[:, :1]).max(axis=1) / np.abs(found).max(axis=1)
    assert (closest > 0.3).sum() > 5
    assert drift[closest > 0.3].max() < 2e-3


def test_particles_start_with_the_published_speed_and_stay_in_the_box() -> None:
    t = simulate("charged", 300, seed=1, moments=99)
    assert np.abs(t.positions).max() <= BOX and np.abs(t.positions).max() > BOX - 0.1
    early = simulate("springs", 50, seed=1, moments=1)
    assert np.linalg.norm(early.velocities[:, 0], axis=-1).mean() == pytest.approx(START_SPEED, rel=0.03)


def test_a_wall_turns_a_particle_round_without_changing_its_speed() -> None:
    t = simulate("charged", 300, seed=1, moments=99)
    x, v = t.positions, t.velocities
    met = (x[:, :-1] + v[:, :-1] * t.interval > BOX) & (x[:, 1:] > BOX - 0.2)
    assert met.sum() > 10
    assert (v[:, 1:][met] < 0).mean() > 0.95


def test_a_label_of_one_means_a_spring_equal_charges_or_a_coupling(systems: dict[str, Trajectories]) -> None:
    springs = systems["springs"]
    free = springs.velocities.transpose(0, 2, 1, 3)[~springs.edges.any(axis=2)]
    assert len(free) > 10  # bodies without a spring go straight on; walls only change signs
    assert np.abs(np.diff(np.abs(free), axis=1)).max() < 1e-9
    two = simulate("charged", 200, seed=2, bodies=2, moments=10)
    apart = np.linalg.norm(two.positions[:, :, 0] - two.positions[:, :, 1], axis=-1)
    away = (((two.velocities[:, :, 0] - two.velocities[:, :, 1]) * (two.positions[:, :, 0] - two.positions[:, :, 1])).sum(-1) / apart)[
        :, :4
    ]
    inside = (np.abs(two.positions).max(axis=(1, 2, 3)) < BOX - 0.5) & (apart.min(axis=1) > 0.3)
    gains = away[:, 3] - away[:, 0]
    equal = two.edges[:, 0, 1] == 1
    assert (gains[inside & equal] > 0).all()
    oscillators = systems["kuramoto"]
    alone = ~oscillators.edges.any(axis=2)
    rates = oscillators.velocities.transpose(0, 2, 1, 3)[alone]
    assert np.allclose(rates, oscillators.drive[alone][:, None, None])


def test_charges_have_labels_that_two_signs_explain(systems: dict[str, Trajectories]) -> None:
    sign = 2 * systems["charged"].edges.astype(int) - 1
    assert (sign[:, 0, 1] * sign[:, 1, 2] * sign[:, 0, 2] == 1).all()


def test_coupled_oscillators_follow_the_published_equation(systems: dict[str, Trajectories]) -> None:
    t = systems["kuramoto"]
    phase = t.positions[..., 0]
    coupling = (t.edges[:, None] * np.sin(phase[:, :, :, None] - phase[:, :, None, :])).sum(axis=-1)
    assert np.allclose(t.velocities[..., 0], t.drive[:, None] + coupling)


def test_an_unknown_system_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="gravity"):
        simulate("gravity", 1, 0)


def test_ridge_finds_springs_perfectly_and_charges_hardly(systems: dict[str, Trajectories]) -> None:
    found = {}
    for name in ("springs", "charged"):
        t = systems[name]
        score = METHODS["ridge"](t)
        found[name] = best_threshold(score, t.edges).auroc(score, t.edges)
    assert found["springs"] > 0.999
    assert 0.55 < found["charged"] < 0.75


@pytest.mark.parametrize("method", METHODS)
def test_every_method_scores_pairs_alike_whatever_their_order(method: str, systems: dict[str, Trajectories]) -> None:
    order = np.array([3, 0, 4, 1, 2])
    for t in systems.values():
        some = t.part(slice(0, 10))
        turned = Trajectories(
            t.system,
            some.positions[:, :, order],
            some.velocities[:, :, order],
            some.drive[:, order],
            some.edges[:, order][:, :, order],
            t.interval,
        )
        score = METHODS[method](some)
        assert score.shape == (10, 5, 5) and np.isfinite(score).all()
        assert np.allclose(METHODS[method](turned), score[:, order][:, :, order], atol=1e-6 * np.abs(score).max())


def test_no_method_finds_edges_between_systems_that_have_none() -> None:
    # Bodies of different systems put together: what is found then is chance.
    t = simulate("springs", 200, seed=8)
    mixed = np.stack([t.positions[np.arange(200) - k, :, k] for k in range(5)], axis=2)
    moved = np.stack([t.velocities[np.arange(200) - k, :, k] for k in range(5)], axis=2)
    strangers = Trajectories("springs", mixed, moved, t.drive, t.edges, t.interval)
    for method in METHODS.values():
        score = method(strangers)
        assert 0.45 < Threshold(0.0, False).auroc(score, t.edges) < 0.55


def test_a_threshold_is_the_best_there_is_in_either_direction() -> None:
    rng = np.random.default_rng(0)
    edges = np.triu(rng.integers(0, 2, (50, 4, 4)), 1).astype(np.int8)
    edges += edges.swapaxes(1, 2)
    noise = rng.normal(size=edges.shape)
    score = edges + 0.8 * (noise + noise.swapaxes(1, 2))
    for sign in (1.0, -1.0):
        threshold = best_threshold(sign * score, edges)
        values = np.unique(of_pairs(sign * score))
        every = [Threshold(float(v) + e, s).accuracy(sign * score, edges) for v in values for e in (-1e-9, 1e-9) for s in (False, True)]
        assert threshold.swapped == (sign < 0)
        assert threshold.accuracy(sign * score, edges) == pytest.approx(max(every))
        assert threshold.auroc(sign * score, edges) > 0.7


def test_types_are_named_by_the_better_of_both_ways() -> None:
    edges = np.zeros((3, 3, 3), np.int8)
    edges[:, 0, 1] = edges[:, 1, 0] = 1
    for probability in (edges.astype(float), 1.0 - edges):
        named = best_permutation(probability, edges)
        assert named.accuracy(probability, edges) == 1.0
        assert named.auroc(probability, edges) == 1.0
