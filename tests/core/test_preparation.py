"""Preparation for models: nothing leaks, nothing is invented, memory stays bounded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duet_core.clip import Clip
from duet_core.errors import InputError
from duet_core.preparation import Augmentation, Corpus, DuetGraph, choose_joints, normalise, split_by_take, split_by_time, velocities
from duet_core.preparation.augment import rotated, warped
from duet_core.skeletons import by_name

SKELETON = by_name("hybrik-29")


def windows(count: int = 6, frames: int = 20, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, frames, 2, 29, 3)).astype(np.float32)


def clip(frames: int, seed: int) -> Clip:
    return Clip(windows(1, frames, seed)[0], 30, SKELETON, meta={"source": [f"take {seed}"]})


def test_normalising_takes_out_stage_position_and_body_size_and_can_be_undone() -> None:
    positions = windows()
    here = normalise(positions, SKELETON)
    there = normalise(positions * 1.3 + np.array([5.0, -2.0, 0.0], np.float32), SKELETON)
    np.testing.assert_allclose(here.positions, there.positions, atol=1e-4)
    np.testing.assert_allclose(here.restored(), positions, atol=1e-5)
    np.testing.assert_allclose(here.positions[:, :, :, 0, :2].mean(axis=(1, 2)), 0, atol=1e-5)


def test_velocities_are_differences_over_the_gap_a_second() -> None:
    positions = windows()
    np.testing.assert_allclose(velocities(positions, 30, 3)[:, 4], (positions[:, 7] - positions[:, 4]) * 10, rtol=1e-5)
    with pytest.raises(ValueError, match="gap"):
        velocities(positions, 30, 20)


def test_mirroring_keeps_left_on_the_left_of_a_body_that_walks_forward() -> None:
    """Reflected and renamed, left hip − right hip still points to the left of up × right."""
    positions = np.zeros((1, 4, 2, 29, 3), np.float32)
    at = SKELETON.joints.index
    positions[..., at("left_hip"), 0], positions[..., at("right_hip"), 0] = -0.1, 0.1
    positions[..., at("left_foot"), 1] = positions[..., at("right_foot"), 1] = 0.2
    positions[..., at("left_wrist"), 2] = 1.0
    changed, mirrored, _ = Augmentation(rotate=False, mirror=1.0, swap=0.0, noise=0.0, warp=0.0).applied(
        positions, SKELETON, np.random.default_rng(0)
    )
    assert mirrored.all()
    right = changed[..., at("right_hip"), :] - changed[..., at("left_hip"), :]
    assert (np.cross([0, 0, 1], right)[..., 1] > 0).all()
    assert (changed[..., at("right_wrist"), 2] == 1.0).all()
    assert (changed[..., at("left_wrist"), 2] == 0.0).all()


def test_augmentation_is_decided_by_the_seed_and_keeps_bone_lengths_without_noise() -> None:
    positions = windows()
    augmentation = Augmentation(noise=0.0, warp=0.0)
    first, *_ = augmentation.applied(positions, SKELETON, np.random.default_rng(5))
    second, *_ = augmentation.applied(positions, SKELETON, np.random.default_rng(5))
    np.testing.assert_array_equal(first, second)
    parents, children = np.array(SKELETON.bones).T

    def lengths(of: np.ndarray) -> np.ndarray:
        return np.sort(np.linalg.norm(of[..., children, :] - of[..., parents, :], axis=-1).reshape(len(of), -1), axis=1)

    np.testing.assert_allclose(lengths(first), lengths(positions), atol=1e-4)
    assert not np.allclose(first, positions)


def test_swapping_exchanges_the_dancers_and_says_so() -> None:
    positions = windows(40)
    changed, _, swapped = Augmentation(False, 0.0, 0.5, 0.0, 0.0).applied(positions, SKELETON, np.random.default_rng(1))
    assert 5 < swapped.sum() < 35
    np.testing.assert_array_equal(changed[swapped], positions[swapped][:, :, ::-1])
    np.testing.assert_array_equal(changed[~swapped], positions[~swapped])


def test_warping_keeps_the_ends_and_leaves_unknown_unknown() -> None:
    positions = windows()
    positions[:, 8] = np.nan
    changed = warped(positions, np.full(6, 0.1))
    np.testing.assert_array_equal(changed[:, [0, -1]], positions[:, [0, -1]])
    assert 1 <= np.isnan(changed[0, :, 0, 0, 0]).sum() <= 3
    np.testing.assert_array_equal(warped(positions, np.zeros(6)), positions)


def test_a_full_turn_is_no_turn() -> None:
    positions = windows()
    np.testing.assert_allclose(rotated(positions, np.full(6, 2 * np.pi)), positions, atol=1e-5)
    np.testing.assert_array_equal(rotated(positions, np.ones(6))[..., 2], positions[..., 2])


@settings(max_examples=60, deadline=None)
@given(
    frames=st.lists(st.integers(1, 4000), min_size=1, max_size=6),
    share=st.floats(0, 0.5),
    gap=st.integers(0, 200),
    seed=st.integers(0, 99),
)
def test_no_split_by_time_lets_a_window_see_both_sides(frames: list[int], share: float, gap: int, seed: int) -> None:
    training, validation = split_by_time(frames, share, gap, seed=seed)
    for segment in [*training, *validation]:
        assert 0 <= segment.start < segment.end <= frames[segment.take]
    for held in validation:
        for seen in training:
            if held.take == seen.take:
                assert seen.end + gap <= held.start or held.end + gap <= seen.start


@settings(max_examples=60, deadline=None)
@given(frames=st.lists(st.integers(1, 4000), min_size=1, max_size=9), share=st.floats(0, 0.9), seed=st.integers(0, 99))
def test_a_split_by_take_divides_whole_takes(frames: list[int], share: float, seed: int) -> None:
    training, validation = split_by_take(frames, share, seed)
    assert sorted(s.take for s in [*training, *validation]) == list(range(len(frames)))
    assert training
    assert bool(validation) == (share > 0 and len(frames) > 1)


def test_joints_are_chosen_without_replacement_and_keep_their_dancer_joined() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        joints = choose_joints(SKELETON, 6, rng)
        assert len(set(joints)) == 6
    graph = DuetGraph.of(SKELETON, (0, 18, 20))  # pelvis, elbow, wrist: shoulder and spine left out
    assert graph.skeleton_edges.T.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1], [3, 4], [4, 3], [4, 5], [5, 4]]


def test_the_graph_holds_every_bone_both_ways_and_every_directed_candidate_once() -> None:
    graph = DuetGraph.of(SKELETON)
    assert graph.edge_index.shape == (2, 4 * 28 + 1682)
    assert graph.is_skeleton.sum() == 112
    source, target = graph.candidate_edges
    assert ((source < 29) != (target < 29)).all()
    assert len({*zip(source.tolist(), target.tolist(), strict=True)}) == 1682


def test_a_corpus_gives_back_exactly_the_windows_that_lie_inside_a_segment(tmp_path: Path) -> None:
    clips = [clip(50, 1), clip(31, 2)]
    Corpus.build(tmp_path / "corpus", iter(clips))
    corpus = Corpus.open(tmp_path / "corpus")
    index = corpus.windows(20, 5)
    assert index.take.tolist() == [0] * 7 + [1] * 3
    for place, batch in enumerate(corpus.batches(index, 1)):
        expected = clips[index.take[place]].positions[index.start[place] : index.start[place] + 20]
        np.testing.assert_array_equal(batch[0], expected)


def test_a_corpus_of_two_skeletons_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    other = Clip(np.zeros((4, 2, 24, 3)), 30, by_name("smpl-24"), meta={"source": ["other"]})
    with pytest.raises(InputError, match=r"other.*differ"):
        Corpus.build(tmp_path / "mixed", [clip(9, 1), other])
    with pytest.raises(InputError, match="no takes"):
        Corpus.build(tmp_path / "none", [])
    Corpus.build(tmp_path / "cut", [clip(9, 1)])
    file = tmp_path / "cut" / "take_0000.npy"
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(InputError, match="sound corpus"):
        Corpus.open(tmp_path / "cut")


@pytest.mark.slow
def test_one_pass_over_twenty_hours_takes_less_than_four_gibibytes(root: Path, tmp_path: Path) -> None:
    program = f"""
import resource, sys
import numpy as np
sys.path.insert(0, {str(root)!r})
from duet_core.clip import Clip
from duet_core.preparation import Augmentation, Corpus, normalise
from duet_core.skeletons import by_name
skeleton = by_name("hybrik-29")
hour = np.random.default_rng(0).random((30 * 3600, 2, 29, 3), dtype=np.float32)
corpus = Corpus.build({str(tmp_path / "hours")!r}, (Clip(hour, 30, skeleton, meta={{"source": [str(n)]}}) for n in range(20)))
rng = np.random.default_rng(0)
index = corpus.windows(64, 64)
seen = 0
for batch in corpus.batches(index, 128, rng):
    seen += len(normalise(Augmentation(noise=0).applied(batch, skeleton, rng)[0], skeleton).positions)
print(seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    seen, kibibytes = map(int, done.stdout.split())
    assert seen == 20 * (108_000 // 64)
    assert kibibytes < 4 << 20
    print(f"peak {kibibytes / 1024:.0f} MiB")
