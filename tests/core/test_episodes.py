"""Episodes: a connection's confidence over time as stretches that a sentence can speak of."""

import math

import numpy as np
import pytest

from duet_core.connections import KINDS, Connections
from duet_core.explain import episodes


def connections(confidence, kind="lead", lag=0.2, stride=15, length=120):
    """One candidate (hand of A → head of B) with *confidence* (W,); all others 0."""
    windows, edges = len(confidence), 8
    table = np.zeros((windows, edges), np.float32)
    table[:, 1] = confidence
    start = stride * np.arange(windows)
    share = np.zeros((windows, edges, 2), np.float32)
    share[..., 1], share[..., 0] = table, 1 - table
    return Connections(
        ("hand", "head"), start, start + length, table, share, ("none", "core"),
        np.full(table.shape, lag, np.float32), np.full(table.shape, KINDS.index(kind), np.int8), 30.0,
    )  # fmt: skip


def test_an_episode_spans_the_time_between_the_crossings_around_its_windows():
    (one,) = episodes(connections([0, 0, 0.7, 0.9, 0.7, 0, 0]))
    assert (one.from_dancer, one.from_joint, one.to_dancer, one.to_joint) == (0, 0, 1, 1)
    assert (one.first, one.last) == (2, 4)
    assert one.start == pytest.approx((59.5 + 15 * 1.5) / 30) and one.end == pytest.approx((59.5 + 15 * 4.5) / 30)
    assert one.confidence == pytest.approx(0.9) and one.kind == "lead" and one.lag == pytest.approx(0.2)


def test_a_dip_just_below_the_threshold_does_not_end_an_episode_and_a_deep_one_does():
    assert len(episodes(connections([0, 0.6, 0.45, 0.6, 0]))) == 1
    assert len(episodes(connections([0, 0.6, 0.2, 0.6, 0]))) == 2
    assert not episodes(connections([0, 0.45, 0.45, 0]))


def test_an_episode_at_the_ends_of_the_take_lasts_to_the_ends():
    (one,) = episodes(connections([0.9, 0.9, 0.9]))
    assert one.start == 0 and one.end == pytest.approx(150 / 30)


def test_an_undefined_lag_stays_undefined():
    (one,) = episodes(connections([0.9, 0.9], kind="hold", lag=math.nan))
    assert math.isnan(one.lag) and one.kind == "hold"
