"""Holds last as long as the joints keep their distance, not as long as the windows that show them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.explain.episodes import Episode
from duet_core.explain.grips import gripped
from duet_core.skeletons import by_name

SKELETON = by_name("hybrik-29")
HAND = SKELETON.joints.index("left_wrist")


def clip(held: list[tuple[float, float]], seconds: float = 12.0, fps: float = 30.0) -> Clip:
    """Two hands that wander, but for the *held* seconds, in which the second one goes where the first one goes."""
    rng = np.random.default_rng(3)
    frames = round(seconds * fps)
    time = np.arange(frames) / fps
    positions = np.zeros((frames, 2, len(SKELETON), 3), np.float32) + rng.normal(0, 1, (2, len(SKELETON), 3)).astype(np.float32)
    way = 0.4 * np.stack([np.sin(2 * time), np.cos(1.7 * time), 0.3 * np.sin(2.6 * time)], axis=-1)
    free = np.ones(frames)
    for start, end in held:
        free[(time >= start) & (time < end)] = 0
    positions[:, 0, HAND] = way
    positions[:, 1, HAND] = way + [0.1, 0, 0] + free[:, None] * 0.5 * np.stack([np.sin(3.1 * time), np.cos(2.3 * time), 0 * time], axis=-1)
    return Clip(positions, fps, SKELETON, meta={"source": ["made"]})


def episode(kind: str = "hold", start: float = 1.0, end: float = 11.0) -> Episode:
    return Episode(0, 0, HAND, 1, HAND, 0, 5, start, end, kind, 0.0, 0.9, 0.8)


def test_a_hold_is_cut_to_the_time_in_which_the_distance_is_steady():
    (one,) = gripped([episode()], clip([(4.0, 7.0)]))
    assert one.start == pytest.approx(4.0, abs=0.35) and one.end == pytest.approx(7.0, abs=0.35)


def test_a_hold_that_is_let_go_and_taken_again_is_two():
    first, second = gripped([episode()], clip([(2.0, 4.5), (7.0, 9.5)]))
    assert first.end < 5.2 and second.start > 6.3


def test_what_is_no_hold_or_is_never_steady_stays_as_it_was_found():
    assert gripped([episode("unison")], clip([(4.0, 7.0)])) == [episode("unison")]
    (never,) = gripped([episode()], clip([]))
    assert replace(never, apart=math.nan) == episode()


def test_a_hold_knows_how_far_apart_its_joints_are():
    (one,) = gripped([episode()], clip([(4.0, 7.0)]))
    assert one.apart == pytest.approx(0.1, abs=0.05)
    assert math.isnan(gripped([episode("unison")], clip([(4.0, 7.0)]))[0].apart)


def test_unknown_positions_are_not_steady():
    gone = clip([(4.0, 9.0)])
    gone.positions[150:180, 1, HAND] = np.nan
    first, second = gripped([episode()], gone)
    assert first.end <= 150 / 30 + 1e-6 and second.start >= 180 / 30 - 1e-6
