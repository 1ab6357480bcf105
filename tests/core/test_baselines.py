"""Transfer entropy, plain ridge and proximity find what they are made for; what every method owes is tested in test_inference."""

from __future__ import annotations

import time

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.inference import examine, infer
from duet_core.inference.entropy import PATTERNS, TransferEntropy, _pattern
from duet_core.inference.features import Grid, motion_of
from duet_core.inference.proximity import REACH, Proximity
from duet_core.inference.ridge import RidgeGranger
from duet_core.skeletons import Skeleton

FPS, JOINTS, FRAMES = 20.0, 6, 600
SKELETON = Skeleton("six", tuple(f"joint{k}" for k in range(JOINTS)), (-1, 0, 0, 0, 0, 0))


def smooth(rng: np.random.Generator, *shape: int) -> np.ndarray:
    noise = rng.standard_normal((FRAMES + 10, *shape))
    kernel = np.hanning(7)
    return sum(w * noise[k : k + FRAMES] for k, w in enumerate(kernel))


def following(lag: float, turned: bool = False, seed: int = 0) -> Clip:
    """Joint 4 of dancer 1 follows joint 2 of dancer 0 by *lag* seconds."""
    velocity = smooth(np.random.default_rng(seed), 2, JOINTS, 3)
    answer = np.roll(velocity[:, 0, 2], round(lag * FPS), axis=0)
    velocity[:, 1, 4] = answer[:, [1, 0, 2]] * [-1, 1, 1] if turned else answer
    places = np.array([[[0.0, 0, 1]], [[1.0, 0, 1]]]) + np.arange(JOINTS)[:, None] * 0.2
    return Clip((np.cumsum(velocity, axis=0) / FPS + places).astype(np.float32), FPS, SKELETON)


def asked(clip: Clip, scorer: type, direction: int, shift: int = 0):
    motion = motion_of(clip)
    grid = Grid(np.arange(0, FRAMES - 80, 40), 80, np.arange(13))
    return scorer(motion).scores(direction, shift, grid, slice(0, len(motion)))


@pytest.mark.parametrize("scorer", [TransferEntropy, RidgeGranger])
@pytest.mark.parametrize("lag", [0.2, 0.4])
def test_a_lead_scores_above_all_other_pairs_with_its_lag(scorer: type, lag: float) -> None:
    score, found = asked(following(lag, turned=True), scorer, 0)
    others = score.copy()
    others[:, 2, 4] = -1
    assert np.mean(score[:, 2, 4] > others.max(axis=(1, 2))) > 0.9
    assert np.abs(np.median(found[:, 2, 4]) / FPS - lag) <= 0.05 + 1e-9
    assert np.median(score[:, 2, 4]) > 2 * np.median(asked(following(lag, turned=True), scorer, 1)[0][:, 4, 2])


@pytest.mark.parametrize("scorer", [TransferEntropy, RidgeGranger])
def test_a_partner_shifted_by_seconds_tells_nothing(scorer: type) -> None:
    true, shifted = (asked(following(0.3), scorer, 0, shift)[0] for shift in (0, 137))
    assert np.median(shifted[:, 2, 4]) < 0.5 * np.median(true[:, 2, 4])


def test_symbols_are_the_six_orders_of_three_values() -> None:
    orders = [(1, 2, 3), (1, 3, 2), (2, 1, 3), (2, 3, 1), (3, 1, 2), (3, 2, 1)]
    assert sorted(int(_pattern(*(np.array([float(v)]) for v in order))[0]) for order in orders) == list(range(PATTERNS))


def test_transfer_entropy_is_the_plain_sum_over_probabilities() -> None:
    clip = following(0.2)
    motion = motion_of(clip)
    method = TransferEntropy(motion)
    grid = Grid(np.array([100]), 80, np.array([0, 2, 4]))
    score, _ = method.scores(0, 0, grid, slice(0, len(motion)))
    rows = np.arange(100, 180)
    best = []
    for back in (0, 2, 4)[:: max(1, round(0.1 * motion.rate))]:
        x, y = method._symbol[rows - back, 0, 2], method._next[rows, 1, 4]
        entropies = {}
        for name, code in {"xy": y * PATTERNS + x, "xp": (y // 3) * PATTERNS + x, "y": y, "p": y // 3}.items():
            counts = np.unique(code, return_counts=True)[1]
            share = counts / counts.sum()
            # Miller and Madow's correction: half a nat for each cell beyond the first.
            entropies[name] = -(share * np.log(share)).sum() + (len(counts) - 1) / (2 * len(rows))
        left_open = entropies["y"] - entropies["p"]
        best.append((left_open - (entropies["xy"] - entropies["xp"])) / left_open)
    assert score[0, 2, 4] == pytest.approx(max(best), abs=1e-4)


def test_proximity_is_the_mean_distance_and_the_same_both_ways() -> None:
    clip = following(0.2)
    motion = motion_of(clip)
    (there, lag), (back, _) = (asked(clip, Proximity, direction) for direction in (0, 1))
    np.testing.assert_allclose(there, back.swapaxes(1, 2), rtol=1e-5)
    distance = np.linalg.norm(motion.position[40:120, 0, 1] - motion.position[40:120, 1, 3], axis=-1).mean()
    assert there[1, 1, 3] == pytest.approx(np.exp(-distance / REACH), rel=1e-4)
    assert (lag == 0).all()


def test_the_evidence_behind_the_confidences_is_given_beside_them() -> None:
    clip = following(0.3)
    found, evidence = examine(clip, "ridge")
    np.testing.assert_array_equal(found.confidence, infer(clip, "ridge").confidence)
    assert evidence.score.shape == (found.windows, 2, JOINTS, JOINTS)
    assert evidence.null.surprise(evidence.score)[:, 0, 2, 4].mean() > 5


@pytest.mark.slow
def test_transfer_entropy_of_two_whole_bodies_takes_seconds() -> None:
    rng = np.random.default_rng(0)
    skeleton = Skeleton("many", tuple(f"j{k}" for k in range(29)), (-1, *[0] * 28))
    clip = Clip(np.cumsum(smooth(rng, 2, 29, 3), axis=0).astype(np.float32) / FPS, FPS, skeleton)
    start = time.perf_counter()
    infer(clip, "entropy")
    assert time.perf_counter() - start < 20
