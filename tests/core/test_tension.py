"""Tension is distance that grows between bound joints until it eases; influence is what a joint sends and answers."""

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import KINDS, Connections
from duet_core.explain import Bond, Episode
from duet_core.explain.influence import at_landmarks, influence
from duet_core.explain.tension import tensions, turning_points
from duet_core.explain.times import borders
from duet_core.explain.words import Wording, tension_words
from duet_core.skeletons import Skeleton

FPS = 30
SKELETON = Skeleton("two", ("left_wrist", "left_thumb"), (-1, 0))


def clip(apart, other=None):
    """Two dancers whose first joints are *apart* (T,) metres, and their second ones *other*."""
    positions = np.zeros((len(apart), 2, 2, 3))
    positions[:, 1, 0, 0] = apart
    positions[:, 1, 1, 0] = apart if other is None else other
    return Clip(positions, FPS, SKELETON)


def bond(start, end, kind="mirror", joint=0):
    edge = joint * 2 + joint
    return Bond((Episode(edge, 0, joint, 1, joint, 0, 1, start, end, kind, 0.0, 0.9, 0.8),), kind)


def hill(seconds, peak, low=0.3, high=0.9, width=0.6):
    time = np.arange(round(seconds * FPS)) / FPS
    return low + (high - low) * np.exp(-0.5 * ((time - peak) / width) ** 2)


def test_a_stretch_and_its_release_are_found_with_seconds_and_metres():
    (moment,) = tensions(clip(hill(10, 5)), [bond(1, 9)])
    assert moment.peak == pytest.approx(5, abs=0.1) and moment.start < 4.5 and moment.end > 5.5
    assert moment.longest == pytest.approx(0.9, abs=0.03) and moment.before == pytest.approx(0.3, abs=0.08)
    assert moment.released and not moment.let_go and moment.ease == pytest.approx(0.6, abs=0.08)
    said = tension_words(moment, Wording(("A", "B"), SKELETON.joints, SKELETON.parts))
    assert said.startswith("at 5.0 s the left wrist of A and the left wrist of B are stretched apart, from 0.3")


def test_joints_that_are_not_bound_meanwhile_have_no_tension():
    assert not tensions(clip(hill(10, 5)), [bond(7, 9)])


def test_distance_that_stays_or_drifts_is_no_tension():
    time = np.arange(20 * FPS) / FPS
    assert not tensions(clip(np.full(300, 2.0)), [bond(0, 10)])
    assert not tensions(clip(0.5 + 0.05 * time), [bond(0, 20)])
    assert not tensions(clip(0.5 + 0.05 * np.sin(9 * time)), [bond(0, 20)])


def test_two_who_walk_apart_part_and_are_not_released():
    time = np.arange(10 * FPS) / FPS
    (moment,) = tensions(clip(0.4 + 0.5 * np.clip(time - 4, 0, 3)), [bond(2, 9)])
    assert not moment.released and moment.stretch == pytest.approx(1.5, abs=0.2)
    assert "drawn apart" in tension_words(moment, Wording(("A", "B"), SKELETON.joints, SKELETON.parts))


def test_a_hold_stretched_beyond_a_grip_is_let_go():
    (moment,) = tensions(clip(hill(10, 5, low=0.05)), [bond(1, 9, "hold")])
    assert moment.let_go
    assert "have let go" in tension_words(moment, Wording(("A", "B"), SKELETON.joints, SKELETON.parts))


def test_pairs_that_stretch_together_are_one_moment():
    (moment,) = tensions(clip(hill(10, 5), hill(10, 5.2, high=0.7)), [bond(1, 9), bond(1, 9, joint=1)])
    assert moment.bond.ends[0] == (0, 0) and len(moment.others) == 1


def test_unknown_positions_are_passed_over():
    apart = hill(10, 5)
    apart[140:150] = np.nan
    (moment,) = tensions(clip(apart), [bond(1, 9)])
    assert moment.longest > 0.85
    assert not tensions(clip(np.full(300, np.nan)), [bond(1, 9)])


def test_turning_points_are_lows_and_highs_in_turn():
    values = np.array([1.0, 0.9, 1.5, 1.45, 2.0, 1.0, 1.05, 1.0, 3.0])
    assert turning_points(values, 0.5) == [1, 4, 5, 8]
    assert turning_points(np.ones(5), 0.5) == [] and turning_points(np.array([]), 0.5) == []


def connections():
    """Two windows of 60 frames, 30 apart: the thumb of A leads the wrist of B in both; the wrists hold in the first."""
    confidence = np.zeros((2, 8), np.float32)
    kind = np.full((2, 8), KINDS.index("lead"), np.int8)
    confidence[:, 2] = 0.8
    confidence[0, [0, 4]] = 0.6
    kind[:, [0, 4]] = KINDS.index("hold")
    confidence[:, 7] = 0.05
    types = np.stack([1 - confidence, confidence], axis=-1)
    start = np.array([0, 30])
    return Connections(SKELETON.joints, start, start + 60, confidence, types, ("none", "core"), np.zeros_like(confidence), kind, FPS)


def test_windows_share_the_seconds_of_the_take_among_them():
    np.testing.assert_allclose(borders(connections()), [0.0, 1.5, 3.0])


def test_a_joint_sends_and_answers_what_its_connections_last_by_how_sure_they_are():
    found = influence(connections())
    lead, hold = KINDS.index("lead"), KINDS.index("hold")
    np.testing.assert_allclose(found.sent[lead], [[0, 2.4], [0, 0]], atol=1e-6)
    np.testing.assert_allclose(found.answered[lead], [[0, 0], [2.4, 0]], atol=1e-6)
    np.testing.assert_allclose(found.sent[hold], found.answered[hold])
    assert found.most(found.sent.sum(axis=0), 1) == [(0, 1, pytest.approx(2.4))]


def test_what_a_finger_sends_counts_for_its_hand():
    skeleton = Skeleton("hand", ("left_wrist", "lPinky1", "lPinky2", "odd"), (-1, 0, 1, -1))
    np.testing.assert_array_equal(at_landmarks(np.array([[1.0, 2.0, 4.0, 8.0]]), skeleton), [[7, 0, 0, 8]])
