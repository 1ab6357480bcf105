"""Planted duets are what they claim: known influence, whole bones, and nothing in common between training and benchmark but the recipe."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.connections import KINDS
from duet_core.planted import FAMILIES, Recipe, Solo, benchmark_duets, labels, plant, solos_of, training_batch
from duet_core.planted.couplings import LEADS, answer, quick
from duet_core.procedural.dancer import dance
from duet_core.truth import compare_with_truth

KIND = {name: tuple(1.0 if k == name else 0.0 for k in KINDS[1:]) for name in KINDS[1:]}


@pytest.fixture(scope="module")
def solos() -> list[Solo]:
    return [s for seed in range(4) for s in solos_of(dance(seed, 30.0))]


def planted(solos: list[Solo], seed: int, **recipe: object):
    rng = np.random.default_rng(seed)
    return plant(solos[0], solos[1], rng, Recipe(**recipe), solos[2])  # type: ignore[arg-type]


def bone_spread(positions: np.ndarray, parents: tuple[int, ...]) -> float:
    children = [j for j, p in enumerate(parents) if p >= 0]
    lengths = np.linalg.norm(positions[:, :, children] - positions[:, :, [parents[c] for c in children]], axis=-1)
    return float(lengths.std(axis=0).max())


@pytest.mark.parametrize("kind", KINDS[1:])
def test_no_bone_is_stretched_by_what_is_planted(solos, kind):
    duet = planted(solos, 1, kinds=KIND[kind], rate=6.0)
    before = bone_spread(np.stack([s.positions for s in solos[:2]], axis=1), duet.skeleton.parents)
    assert duet.events and bone_spread(duet.positions, duet.skeleton.parents) <= before + 1e-3


def test_the_same_seed_plants_the_same_duet(solos):
    first, second = planted(solos, 3), planted(solos, 3)
    assert np.array_equal(first.positions, second.positions) and len(first.events) == len(second.events)
    assert not np.array_equal(first.positions, planted(solos, 4).positions)


def test_held_joints_keep_their_distance_for_a_second_in_every_window_that_calls_them_held(solos):
    together = 0
    for seed in range(8):
        duet = planted(solos, seed, kinds=KIND["hold"], rate=2.0)
        starts = np.arange(0, len(duet.positions) - 79, 20)
        truth = labels(duet, starts, 80).present == 1
        together += int((truth.sum(axis=(1, 2, 3)) > 2).sum())
        for window, i, j in zip(*np.nonzero(truth[:, 0]), strict=True):
            part = slice(starts[window], starts[window] + 80)
            apart = np.linalg.norm(duet.positions[part, 0, i] - duet.positions[part, 1, j], axis=-1)
            assert min(apart[k : k + 20].std() for k in range(0, 61, 2)) < 0.06
    assert together, "some holds take two limbs"


def test_a_lead_answers_at_its_lag_and_not_before(solos):
    rng = np.random.default_rng(0)
    source = quick(solos[0].positions[:, 20].astype(float), 20.0)
    made, lag = answer("linear", source, 0.4, 20.0, rng)
    v, w = (np.diff(x, axis=0) for x in (source, made))
    match = [float((v[: len(v) - k] * w[k:]).sum()) for k in range(14)]
    assert lag == 0.4 and int(np.argmax(match)) == 8


@pytest.mark.parametrize("family", LEADS)
def test_every_family_answers_with_finite_motion_of_the_sources_size(solos, family):
    rng = np.random.default_rng(5)
    source = quick(solos[0].positions[:, 21].astype(float), 20.0)
    made, lag = answer(family, source, 0.3, 20.0, rng)
    assert made.shape == source.shape and np.isfinite(made).all() and 0.3 <= lag <= 0.8
    assert 0.2 < np.sqrt((made**2).mean() / (source**2).mean()) < 3


def test_what_is_carried_through_the_skeleton_is_left_out_and_the_rest_is_false(solos):
    duet = planted(solos, 2, kinds=KIND["lead"], rate=2.0, groups=0.0, decoys=0.0)
    truth = labels(duet, np.arange(0, len(duet.positions) - 79, 20), 80)
    assert (truth.present == 1).any()
    for event in duet.events:
        (i, j) = event.pairs[0]
        outside = [k for k in range(len(duet.skeleton)) if not any(k in e.sources or k in e.targets for e in duet.events)]
        assert (truth.present[:, event.source][:, outside][:, :, outside] == 0).all()
        assert j in event.targets and i in event.sources


def test_labels_of_a_lead_are_one_way_and_of_the_other_kinds_both_ways(solos):
    for kind in KINDS[1:]:
        duet = planted(solos, 7, kinds=KIND[kind], rate=3.0, decoys=0.0)
        truth = labels(duet, np.arange(0, len(duet.positions) - 79, 10), 80)
        true = truth.present == 1
        back = true[:, ::-1].transpose(0, 1, 3, 2)
        assert true.any() and (bool((true == back).all()) is (kind != "lead"))
        assert (truth.kind[true] == KINDS.index(kind)).all() and (truth.family[true] >= 0).all()
        assert np.isfinite(truth.lag[true]).all() and np.isnan(truth.lag[~true]).all()


def test_decoys_are_planted_and_connect_nobody(solos):
    plain, decoyed = planted(solos, 9, rate=0.0, decoys=0.0), planted(solos, 9, rate=0.0, decoys=6.0)
    assert decoyed.events == () and plain.events == ()
    assert np.abs(plain.positions - decoyed.positions).max() > 0.02


def test_a_planted_duet_is_a_clip_with_its_truth(solos):
    from duet_core.inference import infer

    duet = planted(solos, 11, rate=2.0)
    clip = duet.clip()
    report = compare_with_truth(infer(clip, "crosscorr"), clip.meta["truth"])
    assert report.planted > 0 and clip.positions.shape == duet.positions.shape


def test_partners_never_come_from_one_take(solos):
    for duet in benchmark_duets(solos, 0, 6, seconds=10.0):
        first, second = (name.rsplit(":", 1)[0] for name in duet.name.split(" x "))
        assert first != second


def test_training_batches_vary_in_joints_and_share_one_skeleton_within(solos):
    counts = set()
    for step in range(6):
        batch, _ = training_batch(solos, (0, step), size=6, frames=60, joints=(10, 24))
        assert batch.positions.shape[1:] == (60, 2, len(batch.skeleton), 3) and batch.positions.dtype == np.float32
        assert batch.labels.present.shape == (len(batch.positions), 2, len(batch.skeleton), len(batch.skeleton))
        assert sum(p < 0 for p in batch.skeleton.parents) == 1
        counts.add(len(batch.skeleton))
    assert len(counts) > 1 and max(counts) <= 24


def test_a_family_left_out_of_training_is_never_planted(solos):
    leads = tuple(f for f in LEADS if f != "spring")
    recipe = Recipe(leads=leads, rate=8.0, kinds=KIND["lead"])
    batches = [training_batch(solos, (1, step), size=12, frames=60, recipe=recipe)[0] for step in range(6)]
    families = {FAMILIES[f] for batch in batches for f in np.unique(batch.labels.family) if f >= 0}
    assert families and "spring" not in families
