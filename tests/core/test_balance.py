"""Who leads: a number where there is evidence, its interval as wide as it must be, and no number where there is too little."""

import numpy as np
import pytest

from duet_core.connections import KINDS, Connections
from duet_core.explain.balance import ENOUGH, balance, credible, how_many, independent, null_share, overall, share
from duet_core.explain.words import moments_of_leading

JOINTS = ("head", "left_wrist", "left_thumb", "right_knee")
PARTS = ("head", "left_hand", "left_hand", "right_leg")


def connections(leads, seconds=60.0, fps=10.0, window=40, stride=5):
    """Windows over *seconds* with *leads* (dancer, source, target, start, end, confidence): as sure as the window is theirs."""
    start = np.arange(0, int(seconds * fps) - window + 1, stride)
    confidence = np.zeros((len(start), 2 * len(JOINTS) ** 2), np.float32)
    for dancer, source, target, first, last, sure in leads:
        overlap = np.minimum(start + window, last * fps) - np.maximum(start, first * fps)
        edge = (dancer * len(JOINTS) + source) * len(JOINTS) + target
        confidence[:, edge] = np.maximum(confidence[:, edge], sure * np.clip(overlap / window, 0, 1))
    types = np.stack([1 - confidence, confidence], axis=-1)
    kind = np.full(confidence.shape, KINDS.index("lead"), np.int8)
    return Connections(JOINTS, start, start + window, confidence, types, ("none", "core"), np.full_like(confidence, 0.2), kind, fps)


def test_a_dancer_who_leads_throughout_leads_and_the_interval_says_so():
    found = balance(connections([(1, 0, 1, 0, 60, 0.95)]), PARTS).overall
    assert found.leader == 1 and found.value == 0 and found.high < 0.5
    assert found.stretches == pytest.approx(60 / 6, rel=0.15)


def test_few_leads_have_no_number():
    for leads in ([], [(0, 0, 1, 10, 15, 0.9)], [(0, 0, 1, 0, 60, 0.05)]):
        found = balance(connections(leads), PARTS).overall
        assert found.value is None and found.leader is None and found.stretches < ENOUGH
        assert (found.low, found.high) == (0, 1)


def test_leads_that_alternate_are_even_and_nobody_leads():
    turns = [(k % 2, 0, 1, 6 * k, 6 * k + 6, 0.9) for k in range(10)]
    found = balance(connections(turns), PARTS).overall
    assert found.value == pytest.approx(0.5, abs=0.05) and found.leader is None


def test_exchanging_the_dancers_mirrors_the_balance():
    leads = [(0, 0, 1, 0, 30, 0.9), (1, 3, 2, 25, 50, 0.7)]
    one, other = (balance(connections([(d ^ swap, *rest) for d, *rest in leads]), PARTS) for swap in (0, 1))
    assert one.overall.value == pytest.approx(1 - other.overall.value)
    assert (one.overall.low, one.overall.high) == (pytest.approx(1 - other.overall.high), pytest.approx(1 - other.overall.low))
    np.testing.assert_allclose(one.share, 1 - other.share, atol=1e-9)
    assert [(1 - d, s, e) for d, s, e in moments_of_leading(one)] == moments_of_leading(other)


def test_joints_of_one_body_part_have_one_voice_and_other_parts_their_own():
    alone = balance(connections([(0, 1, 0, 0, 60, 0.9)]), PARTS).evidence
    np.testing.assert_allclose(balance(connections([(0, 1, 0, 0, 60, 0.9), (0, 2, 0, 0, 60, 0.8)]), PARTS).evidence, alone)
    np.testing.assert_allclose(balance(connections([(0, 1, 0, 0, 60, 0.9), (0, 3, 0, 0, 60, 0.9)]), PARTS).evidence, 2 * alone)


def test_who_leads_when_is_found_where_it_happens():
    found = moments_of_leading(balance(connections([(0, 0, 1, 8, 20, 0.95), (1, 3, 2, 35, 50, 0.95)]), PARTS))
    assert [d for d, _, _ in found] == [0, 1]
    for (_, start, end), (true_start, true_end) in zip(found, ((8, 20), (35, 50)), strict=True):
        assert start == pytest.approx(true_start, abs=1.6) and end == pytest.approx(true_end, abs=1.6)


def test_a_moment_without_leads_has_no_share():
    found = balance(connections([(0, 0, 1, 0, 20, 0.95)]), PARTS)
    assert np.isnan(found.share[found.time > 30]).all() and (found.leader[found.time > 30] == -1).all()
    assert (found.share[found.time < 15] > 0.95).all()


@pytest.mark.parametrize(("lasts", "least", "most"), [(2.0, 0.95, 1.0), (4.0, 0.92, 1.0), (8.0, 0.84, 0.99)])
def test_where_nobody_leads_the_interval_covers_a_half_about_as_often_as_it_says(lasts, least, most):
    """Every *lasts* seconds a coin decides who leads; 95 % intervals over 200 takes of a minute or three."""
    rng = np.random.default_rng(1)
    covers = []
    for number in range(200):
        seconds, fps, window = (60.0, 180.0)[number % 2], 10, 40
        frames, run = int(seconds * fps), int(lasts * fps)
        who = np.repeat(rng.integers(0, 2, frames // run + 2), run)[rng.integers(run) :][:frames]
        start = np.arange(0, frames - window + 1, 5)
        led = np.stack([np.convolve(who == d, np.ones(window), "valid")[start] for d in (0, 1)], axis=1) / window
        found = overall(0.9 * led, (start + window / 2) / fps, window / fps, 0.9 * led.max(axis=1))
        if found.value is not None:
            covers.append(found.low <= 0.5 <= found.high)
    assert len(covers) > 190
    assert least <= np.mean(covers) <= most


def test_intervals_are_those_of_the_beta_distribution():
    low, high = credible(np.array([0.5, 0.8]), np.array([10.0, 20.0]), 0.95)
    # Quantiles of Beta(5.5, 5.5) and Beta(16.5, 4.5).
    np.testing.assert_allclose(low, [0.2235, 0.5921], atol=0.004)
    np.testing.assert_allclose(high, [0.7765, 0.9304], atol=0.004)


def test_windows_that_overlap_are_fewer_than_they_are():
    time = np.arange(100) * 0.5
    apart = independent(np.ones((1, 100)), time * 100, 4.0, np.ones(100))
    near = independent(np.ones((1, 100)), time, 4.0, np.ones(100))
    assert apart[0] == pytest.approx(100) and near[0] == pytest.approx(50 / 6, rel=0.1)
    assert independent(np.zeros((1, 100)), time, 4.0, np.ones(100))[0] == 0


def test_how_many_lead_is_counted_from_how_sure_each_is():
    np.testing.assert_allclose(how_many(np.array([[0.5, 0.5], [1.0, 0.2]])), [[0.25, 0.5, 0.25], [0.0, 0.8, 0.2]])
    assert np.isnan(share(np.zeros(2))) and share(np.array([1.0, 3.0])) == 0.25


def test_the_null_of_a_take_has_its_share_and_may_be_missing():
    led = null_share({"null": {"lead_shifted": [[0.9, 0.1], [0.2, 0.8]] * 10}})
    assert led is not None and led.low < 0.5 < led.high
    for nothing in ({}, {"null": {}}, {"null": {"lead_shifted": []}}, {"null": {"lead_shifted": [[0.0, 0.0]]}}, {"null": None}):
        assert null_share(nothing) is None
