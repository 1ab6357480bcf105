"""Promises of the sample duet: plausible bodies, honest feet, and planted connections that are really in the data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from duet_core.connections import KINDS
from duet_core.formats import duet_npz
from duet_core.procedural import influences, perform, sample, score
from duet_core.take import ReadOptions

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "sample.duet.npz"
FPS = score.FPS


@pytest.fixture(scope="module")
def performance():
    return perform()


@pytest.fixture(scope="module")
def clip(performance):
    return performance.clip


@pytest.fixture(scope="module")
def at(clip):
    """The path of one joint of one dancer, (T, 3)."""
    index = {name: j for j, name in enumerate(clip.skeleton.joints)}
    return lambda dancer, joint: clip.positions[:, dancer, index[joint]].astype(float)


@pytest.fixture(scope="module")
def inside(at):
    """The same in the dancer's own frame: from the pelvis, x forward, y left."""

    def own(dancer: int, joint: str) -> np.ndarray:
        left = at(dancer, "left_hip") - at(dancer, "right_hip")
        left[:, 2] = 0.0
        left /= np.linalg.norm(left, axis=-1, keepdims=True)
        up = np.broadcast_to([0.0, 0.0, 1.0], left.shape)
        frame = np.stack([np.cross(left, up), left, up], axis=1)
        return np.einsum("tij,tj->ti", frame, at(dancer, joint) - at(dancer, "pelvis"))

    return own


def _correlations(source: np.ndarray, target: np.ndarray, span: slice, lags: range) -> np.ndarray:
    """Correlation of the velocities at each lag, all axes together."""
    a, b = np.gradient(source, axis=0), np.gradient(target, axis=0)
    frames = np.arange(span.start, span.stop)
    result = []
    for lag in lags:
        x, y = a[frames - lag], b[frames]
        x, y = x - x.mean(0), y - y.mean(0)
        result.append((x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum()))
    return np.array(result)


def test_the_duet_is_the_same_every_time(clip):
    assert np.array_equal(sample().positions, clip.positions)


def test_the_bundled_file_is_what_the_code_makes(clip):
    take = duet_npz.read(SAMPLE, ReadOptions())
    np.testing.assert_allclose(take.positions, clip.positions, atol=1e-4)
    assert take.meta["truth"] == clip.meta["truth"]
    assert take.fps == 30.0 and take.skeleton == clip.skeleton


def test_the_command_makes_the_sample_again(tmp_path, root, clip):
    out = tmp_path / "again.duet.npz"
    subprocess.run([sys.executable, "-m", "duet_core.procedural", str(out)], cwd=root, check=True)
    np.testing.assert_allclose(duet_npz.read(out, ReadOptions()).positions, clip.positions, atol=1e-6)


def test_it_is_a_whole_duet_of_twenty_seconds(clip):
    assert clip.dancers == 2 and clip.frames == 600 and clip.duration == 20.0
    assert np.isfinite(clip.positions).all() and (clip.confidence == 1).all()


def test_bones_keep_their_length(clip):
    parents, children = np.array(clip.skeleton.bones).T
    x = clip.positions.astype(float)
    lengths = np.linalg.norm(x[:, :, parents] - x[:, :, children], axis=-1)
    assert np.ptp(lengths, axis=0).max() < 1e-4
    assert lengths.min() > 0.02


def test_the_dancers_are_adults_of_different_size(at):
    heights = [at(d, "head")[:20, 2].mean() - at(d, "left_big_toe")[:20, 2].mean() for d in (0, 1)]
    assert 1.6 < heights[0] < 1.8 and 1.48 < heights[1] < 1.7
    assert heights[0] - heights[1] > 0.06


def test_planted_feet_neither_slide_nor_sink(performance, at):
    for dancer in (0, 1):
        for side, name in enumerate(("left", "right")):
            planted = performance.planted[:, dancer, side]
            assert 0.5 < planted.mean() < 0.95
            both = planted[1:] & planted[:-1]
            for joint in ("big_toe", "foot"):
                path = at(dancer, f"{name}_{joint}")
                assert np.linalg.norm(np.diff(path, axis=0), axis=-1)[both].max() < 0.01
                assert path[:, 2].min() > -0.01
            assert at(dancer, f"{name}_big_toe")[planted, 2].max() < 0.03
        assert performance.planted[:, dancer].any(-1).all(), "somebody floats"


def test_everything_stays_on_a_small_stage(clip):
    low, high = clip.positions.min((0, 1, 2)), clip.positions.max((0, 1, 2))
    assert (low[:2] > [-2.25, -1.75]).all() and (high[:2] < [2.25, 1.75]).all() and high[2] < 2.4


def test_the_dancers_never_walk_through_each_other(clip, at):
    assert np.linalg.norm((at(0, "pelvis") - at(1, "pelvis"))[:, :2], axis=-1).min() > 0.45
    for dancer in (0, 1):
        low, high = at(1 - dancer, "pelvis"), at(1 - dancer, "neck")
        line = high - low
        for joint in clip.skeleton.joints:
            point = at(dancer, joint)
            along = np.clip(((point - low) * line).sum(-1) / (line**2).sum(-1), 0, 1)[:, None]
            assert np.linalg.norm(point - low - along * line, axis=-1).min() > 0.12, joint


def test_left_is_left_and_toes_point_forward(at):
    up = np.array([0.0, 0.0, 1.0])
    for dancer in (0, 1):
        right = at(dancer, "right_hip") - at(dancer, "left_hip")
        forward = np.cross(up, right)
        for side in ("left", "right"):
            foot = at(dancer, f"{side}_big_toe") - at(dancer, f"{side}_ankle")
            assert ((foot * forward).sum(-1) > 0).mean() > 0.97
        assert ((at(dancer, "right_shoulder") - at(dancer, "left_shoulder")) * right).sum(-1).min() > 0


def test_knees_bend_forward_and_elbows_do_not_overstretch(at):
    up = np.array([0.0, 0.0, 1.0])
    for dancer in (0, 1):
        forward = np.cross(up, at(dancer, "right_hip") - at(dancer, "left_hip"))
        forward /= np.linalg.norm(forward, axis=-1, keepdims=True)
        for side in ("left", "right"):
            hip, knee, ankle = (at(dancer, f"{side}_{j}") for j in ("hip", "knee", "ankle"))
            toes = at(dancer, f"{side}_big_toe") - ankle
            toes /= np.linalg.norm(toes, axis=-1, keepdims=True)
            bend = knee - 0.5 * (hip + ankle)
            assert (bend * (forward + toes)).sum(-1).min() > -0.01
            shoulder, elbow, wrist = (at(dancer, f"{side}_{j}") for j in ("shoulder", "elbow", "wrist"))
            upper, fore = elbow - shoulder, wrist - elbow
            cosine = (upper * fore).sum(-1) / np.linalg.norm(upper, axis=-1) / np.linalg.norm(fore, axis=-1)
            flexion = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
            assert flexion.min() > 3 and flexion.max() < 150


def test_movement_is_smooth_and_of_human_speed(clip):
    x = clip.positions.astype(float)
    speed = np.linalg.norm(np.diff(x, axis=0), axis=-1) * FPS
    acceleration = np.linalg.norm(np.diff(x, 2, axis=0), axis=-1) * FPS**2
    joints = clip.skeleton.joints
    hands = [j for j, name in enumerate(joints) if "wrist" in name]
    trunk = [j for j, name in enumerate(joints) if name in ("pelvis", "spine1", "spine2", "spine3", "neck", "head")]
    assert np.percentile(speed[:, :, hands], 99) < 4.0 and speed[:, :, hands].max() < 5.0
    assert speed[:, :, hands].mean() > 0.5, "nobody dances"
    assert speed.max() < 7.0 and speed[:, :, trunk].max() < 2.0
    assert acceleration[:, :, trunk].max() < 25.0 and acceleration.max() < 100.0


def test_they_travel_turn_approach_and_part(at):
    apart = np.linalg.norm((at(0, "pelvis") - at(1, "pelvis"))[:, :2], axis=-1)
    assert apart.min() < 0.8 and apart.max() > 2.0
    for dancer in (0, 1):
        path = at(dancer, "pelvis")[:, :2]
        assert np.linalg.norm(np.diff(path, axis=0), axis=-1).sum() > 4.0
        right = at(dancer, "right_hip") - at(dancer, "left_hip")
        assert np.ptp(np.unwrap(np.arctan2(right[:, 1], right[:, 0]))) > 2 * np.pi
    between = (at(1, "pelvis") - at(0, "pelvis"))[:, :2]
    assert np.ptp(np.unwrap(np.arctan2(between[:, 1], between[:, 0]))) > np.pi


@pytest.mark.parametrize(
    ("source", "from_joint", "to_joint", "lag", "matrix", "passage"),
    [
        (0, "left_wrist", "right_wrist", 6, influences.MIRRORED, score.ANSWER),
        (1, "spine3", "head", 9, np.eye(3), score.ECHO),
        (1, "spine3", "right_wrist", 9, np.eye(3), score.ECHO),
    ],
)
def test_an_answer_comes_at_its_lag_and_is_strong(inside, source, from_joint, to_joint, lag, matrix, passage):
    span = slice(round(passage.start * FPS), round(passage.end * FPS))
    found = _correlations(inside(source, from_joint) @ matrix.T, inside(1 - source, to_joint), span, range(-15, 16))
    assert abs(int(np.argmax(found)) - 15 - lag) <= 1
    assert found.max() > 0.6
    backwards = found[:13].max()
    assert found.max() > backwards + 0.25, "the lag or the direction is ambiguous"


def test_outside_the_passages_the_dancers_are_strangers(inside):
    span = slice(36, 66)
    for joint in ("left_wrist", "right_wrist", "head"):
        for other in ("left_wrist", "right_wrist", "head"):
            assert np.abs(_correlations(inside(0, joint), inside(1, other), span, range(1))).max() < 0.75


def test_unison_and_mirror_are_alike_at_once(inside):
    for joint in ("left_wrist", "right_wrist", "spine3", "left_knee"):
        found = _correlations(inside(0, joint), inside(1, joint), slice(220, 278), range(-6, 7))
        assert np.argmax(found) == 6 and found[6] > 0.9, joint
    for joint, other in (("left_wrist", "right_wrist"), ("right_wrist", "left_wrist"), ("right_knee", "left_knee")):
        found = _correlations(inside(0, joint) @ influences.MIRRORED, inside(1, other), slice(545, 594), range(-5, 6))
        assert np.argmax(found) == 5 and found[5] > 0.9, joint


def test_held_hands_keep_their_distance_while_both_move(at):
    start, end = round(score.HOLD.start * FPS) + 8, round(score.HOLD.end * FPS) - 8
    a, b = at(0, "left_wrist")[start:end], at(1, "right_wrist")[start:end]
    assert np.ptp(np.linalg.norm(a - b, axis=-1)) < 0.002
    for hand in (a, b):
        assert np.linalg.norm(np.diff(hand, axis=0), axis=-1).mean() * FPS > 0.25


def test_opposition_pulls_apart_and_lets_go(at):
    start, end = round(score.PULL.start * FPS), round(score.PULL.end * FPS)
    for joint in ("pelvis", "spine3", "head"):
        a, b = at(0, joint), at(1, joint)
        axis = (at(1, "pelvis") - at(0, "pelvis")) * [1, 1, 0]
        axis /= np.linalg.norm(axis, axis=-1, keepdims=True)
        va, vb = ((np.gradient(p, axis=0) * axis).sum(-1)[start:end] for p in (a, b))
        assert np.corrcoef(va, vb)[0, 1] < -0.7, joint


def test_the_truth_is_well_formed(clip):
    truth = clip.meta["truth"]
    assert {t["kind"] for t in truth} == set(KINDS[1:])
    seen = set()
    for t in truth:
        assert {t["from_dancer"], t["to_dancer"]} == {0, 1}
        assert t["from_joint"] in clip.skeleton.joints and t["to_joint"] in clip.skeleton.joints
        assert 0 <= t["start_frame"] < t["end_frame"] <= clip.frames
        assert (t["lag_seconds"] > 0) == (t["kind"] == "lead")
        key = tuple(t[k] for k in ("from_dancer", "from_joint", "to_dancer", "to_joint", "kind", "start_frame"))
        assert key not in seen, f"listed twice: {key}"
        seen.add(key)
    for t in truth:
        if t["kind"] != "lead":
            assert (t["to_dancer"], t["to_joint"], t["from_dancer"], t["from_joint"], t["kind"], t["start_frame"]) in seen


def test_a_lead_planted_on_any_signal_is_found_at_its_lag():
    rng = np.random.default_rng(3)
    source, target = (np.cumsum(rng.normal(size=(200, 3)), 0) for _ in range(2))
    answer = influences.lead(target, source, 4.5, np.ones(200), keep=0.0)
    np.testing.assert_allclose(np.diff(answer[10:], axis=0), np.diff(0.5 * (source[5:-5] + source[6:-4]), axis=0), atol=1e-9)


def test_a_truth_that_binds_a_dancer_to_themselves_is_refused():
    with pytest.raises(ValueError):
        influences.Truth(0, "head", 0, "head", 0.1, "lead", 0, 10)
