"""How often connections come and go."""

from __future__ import annotations

import math

import numpy as np
import pytest

from duet_core.connections import Connections
from duet_core.evaluation.flicker import Flicker, flicker, of, shown_with
from duet_core.explain.episodes import KEPT, episodes

STEADY, OFF = np.full(61, 0.9), np.zeros(61)
SECONDS = np.arange(61.0)  # one minute


def table(*columns: np.ndarray) -> np.ndarray:
    return np.stack(columns, axis=1).astype(np.float32)


def test_what_stays_shown_or_is_never_shown_does_not_flicker() -> None:
    found = flicker(table(STEADY, OFF), SECONDS)
    assert (found.switches, found.connections, found.minutes, found.stretches) == (0, 1, 1.0, 1)
    assert found.of_each == found.of_all == 0.0
    assert found.lasting == pytest.approx(61.0)


def test_switches_are_counted_by_connection_and_for_the_whole_picture() -> None:
    blinking, once = OFF.copy(), OFF.copy()
    blinking[[10, 20, 30]] = 0.8
    once[40:] = 0.8
    found = flicker(table(blinking, once, STEADY, OFF), SECONDS)
    assert found.switches == 6 + 1
    assert found.connections == 3 and found.stretches == 3 + 1 + 1
    assert found.of_each == pytest.approx(7 / 3)
    assert found.comings == pytest.approx(5 / 3)
    assert found.of_all == pytest.approx(7.0)


def test_a_figure_is_for_a_minute_however_dense_the_windows_are() -> None:
    sparse, dense = np.zeros((31, 1), np.float32), np.zeros((301, 1), np.float32)
    sparse[10:20], dense[100:200] = 0.9, 0.9
    figures = [flicker(sparse, np.arange(31) * 1.0), flicker(dense, np.arange(301) * 0.1)]
    assert figures[0].of_each == pytest.approx(figures[1].of_each) == pytest.approx(4.0)
    assert figures[0].lasting == pytest.approx(figures[1].lasting)


def test_hysteresis_bridges_dips_as_episodes_do() -> None:
    dipping = STEADY.copy()
    dipping[[15, 30, 45]] = 0.4
    assert flicker(table(dipping), SECONDS).switches == 6
    assert flicker(table(dipping), SECONDS, kept=0.7).switches == 0
    assert flicker(table(dipping), SECONDS, kept=0.9).switches == 6


def test_with_hysteresis_shown_is_what_episodes_tell() -> None:
    rng = np.random.default_rng(4)
    walk = np.clip(0.4 + np.cumsum(rng.normal(0, 0.12, (61, 8)), axis=0) % 0.6, 0, 1).astype(np.float32)
    connections = Connections(
        ("a", "b"), np.arange(61) * 10, np.arange(61) * 10 + 40, walk, np.full((61, 8, 2), 0.5, np.float32), ("none", "core"),
        np.zeros((61, 8), np.float32), np.ones((61, 8), np.int8), 20.0,
    )  # fmt: skip
    told = np.zeros((61, 8), bool)
    for episode in episodes(connections):
        told[episode.first : episode.last + 1, episode.edge] = True
    shown = shown_with(walk, 0.5, KEPT)
    assert np.array_equal(shown, told[:, told.any(axis=0)])
    assert of(connections, kept=KEPT).switches < of(connections).switches
    assert of(connections).minutes == pytest.approx(0.5)


def test_a_take_without_connections_or_with_one_window_has_no_figure_by_connection() -> None:
    nothing = flicker(table(OFF), SECONDS)
    assert nothing.switches == 0 and nothing.of_all == 0 and math.isnan(nothing.of_each) and math.isnan(nothing.lasting)
    one = flicker(np.ones((1, 2), np.float32), np.zeros(1))
    assert one.switches == 0 and one.connections == 2 and math.isnan(one.of_each)
    assert flicker(np.full((61, 1), np.nan, np.float32), SECONDS).connections == 0


def test_takes_are_pooled_by_what_they_show() -> None:
    one, other = Flicker(6, 3, 2.0, 6.0, 5, 30.0), Flicker(4, 1, 1.0, 1.0, 3, 10.0)
    both = Flicker.together([one, other])
    assert both.switches == 10 and both.connections == 4
    assert both.of_each == pytest.approx(10 / (3 * 2.0 + 1 * 1.0))
    assert both.of_all == pytest.approx(10 / 3)
    assert both.lasting == pytest.approx(40 / 8)
