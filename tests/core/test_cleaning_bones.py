"""Constant bone lengths: exact, near to the measured places, fair to every joint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import optimize

from duet_core.cleaning import bones
from duet_core.clip import Clip
from duet_core.formats import read
from duet_core.skeletons import Skeleton
from tests.core.defects import wobbling

CHAIN = Skeleton("chain", ("a", "b", "c", "d"), (-1, 0, 1, 2))


def test_lengths_become_exact_and_the_clip_barely_moves(root: Path) -> None:
    truth = read(root / "samples" / "sample.duet.npz")
    clip, part = bones.steady(wobbling(truth))
    variation = bones.variation(bones.lengths_over_time(clip.positions, clip.skeleton))
    assert np.nanmax(variation) < 1e-3
    assert part.figures["variation"].before > 9
    assert part.figures["variation"].after < 0.1
    assert part.figures["largest_median_move_of_a_joint"].after < 60


def test_a_clip_with_constant_bones_is_left_as_it_is(root: Path) -> None:
    clip = read(root / "samples" / "sample.duet.npz")
    steady = bones.steady(clip)[0]
    away = np.linalg.norm(steady.positions - clip.positions, axis=-1)
    assert np.median(away) < 1e-4


def test_an_error_is_shared_along_the_limb_not_sent_to_its_end() -> None:
    line = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]])
    stretched = line.copy()
    stretched[1:, 0] += 0.3  # the first bone measures 1.3
    moved = bones.project(stretched[None], CHAIN, np.ones(3))[0] - stretched
    np.testing.assert_allclose(moved[:, 0], [0.225, -0.075, -0.075, -0.075], atol=1e-4)


def test_the_projection_is_the_nearest_one_as_a_general_solver_finds_it() -> None:
    rng = np.random.default_rng(0)
    lengths = np.array([0.3, 0.25, 0.2])
    ways = rng.normal(size=(12, 3, 3))
    ways *= (lengths * (1 + 0.2 * rng.normal(size=(12, 3))) / np.linalg.norm(ways, axis=-1))[..., None]  # bones that measure 20 % wrong
    measured = np.cumsum(np.concatenate([np.zeros((12, 1, 3)), ways], axis=1), axis=1)
    found = bones.project(measured, CHAIN, lengths).astype(float)
    np.testing.assert_allclose(np.linalg.norm(np.diff(found, axis=1), axis=-1), np.tile(lengths, (12, 1)), atol=1e-5)
    for frame in range(12):

        def away(x: np.ndarray, goal: np.ndarray = measured[frame]) -> float:
            return float(((x.reshape(4, 3) - goal) ** 2).sum())

        def off(x: np.ndarray) -> np.ndarray:
            return np.linalg.norm(np.diff(x.reshape(4, 3), axis=0), axis=-1) - lengths

        best = optimize.minimize(away, measured[frame].ravel(), constraints={"type": "eq", "fun": off}, method="SLSQP")
        assert away(found[frame]) < 1.02 * best.fun + 1e-5


def test_firm_joints_move_less_than_loose_ones() -> None:
    measured = np.array([[[0.0, 0, 0], [1.3, 0, 0], [2.3, 0, 0], [3.3, 0, 0]]])
    found = bones.project(measured, CHAIN, np.ones(3), np.array([1.0, 1.0, 0.1, 0.1]))
    moved = np.abs(found - measured)[0, :, 0]
    assert 0.08 < moved[0] < 0.17  # the rest of the chain has weight 1.2 against its 1
    loose = bones.project(measured, CHAIN, np.ones(3), np.array([0.05, 1.0, 1.0, 1.0]))
    assert np.abs(loose - measured)[0, 0, 0] > 0.29


def test_unknown_joints_stay_unknown_and_do_not_move_the_others() -> None:
    measured = np.array([[[0.0, 0, 0], [1.3, 0, 0], [np.nan] * 3, [3.3, 0, 0]]])
    found = bones.project(measured, CHAIN, np.ones(3))
    assert np.isnan(found[0, 2]).all()
    np.testing.assert_allclose(found[0, [0, 1, 3], 0], [0.15, 1.15, 3.3], atol=1e-5)


def test_left_and_right_get_one_length_where_they_agree_and_are_told_where_they_do_not(root: Path) -> None:
    clip = read(root / "samples" / "sample.duet.npz")
    lengths = bones.lengths_over_time(clip.positions, clip.skeleton)
    names = [clip.skeleton.joints[child] for _, child in clip.skeleton.bones]
    left, right = names.index("left_knee"), names.index("right_knee")
    lengths[..., left] *= 1.04
    fit, differing = bones.fitted(lengths, clip.skeleton)
    np.testing.assert_allclose(fit[:, left], fit[:, right])
    assert not differing
    lengths[..., left] *= 1.4
    fit, differing = bones.fitted(lengths, clip.skeleton)
    assert (fit[:, left] > 1.3 * fit[:, right]).all()
    assert any("knee" in text for text in differing)


def test_a_skeleton_without_bones_or_a_clip_without_known_joints_is_no_error() -> None:
    lone = Skeleton("lone", ("a", "b"), (-1, -1))
    assert not bones.steady(Clip(np.zeros((5, 1, 2, 3)), 30, lone))[1].changed
    nothing = Clip(np.full((5, 2, 4, 3), np.nan), 30, CHAIN)
    assert np.isnan(bones.steady(nothing)[0].positions).all()
