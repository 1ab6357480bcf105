"""Gap filling: smooth, without overshoot, round with the body; long gaps stay unknown."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.cleaning import gaps
from duet_core.clip import Clip
from duet_core.skeletons import Skeleton, by_name

POINTS = Skeleton("points", ("a", "b", "c"), (-1, 0, 1))


def one(path: np.ndarray, fps: float = 30) -> Clip:
    """A solo of three points that all take *path* (T, 3)."""
    return Clip(np.repeat(path[:, None, None], 3, axis=2), fps, POINTS)


def hidden(clip: Clip, start: int, end: int, joint: int | slice = slice(None)) -> Clip:
    positions = clip.positions.copy()
    positions[start:end, 0, joint] = np.nan
    return Clip(positions, clip.fps, clip.skeleton, meta=clip.meta)


def test_a_short_gap_in_smooth_motion_is_filled_closely_and_marked_as_less_sure() -> None:
    time = np.arange(90) / 30
    clip = one(np.stack([np.sin(3 * time), np.cos(3 * time), time], axis=1))
    filled, part = gaps.fill(hidden(clip, 40, 48))
    np.testing.assert_allclose(filled.positions, clip.positions, atol=0.02)  # at 3.2 m/s round a circle of 1 m
    assert (filled.confidence[40:48] == gaps.CONFIDENCE).all()
    assert part.counts["filled"] == 24
    assert part.counts["left"] == 0


def test_gaps_longer_than_the_limit_and_at_the_ends_stay_unknown_and_never_become_zero() -> None:
    clip = one(np.ones((90, 3)))
    holes = hidden(hidden(hidden(clip, 0, 5), 85, 90), 30, 60)
    filled, part = gaps.fill(holes, longest=0.5)
    np.testing.assert_array_equal(np.isnan(filled.positions), np.isnan(holes.positions))
    assert not part.changed
    again, _ = gaps.fill(holes, longest=1.0)
    np.testing.assert_array_equal(again.positions[30:60], 1.0)


def test_a_fill_never_overshoots_what_is_beside_it() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        path = np.cumsum(rng.normal(0, 0.05, (40, 3)), axis=0)
        filled = gaps.fill(hidden(one(path), 15, 25))[0].positions[14:26, 0, 0].astype(float)
        chord = filled[-1] - filled[0]
        along = (filled - filled[0]) @ chord / (chord @ chord)
        assert along.min() > -1e-5
        assert along.max() < 1 + 1e-5
        assert (np.diff(along) > -1e-5).all()


def test_a_stop_beside_the_gap_stays_a_stop() -> None:
    path = np.zeros((40, 3))
    path[20:, 0] = 1.0
    filled = gaps.fill(hidden(one(path), 15, 25))[0].positions[:, 0, 0, 0]
    assert filled.min() >= 0
    assert filled.max() <= 1


def test_turning_the_room_turns_the_fill() -> None:
    rng = np.random.default_rng(1)
    path = np.cumsum(rng.normal(0, 0.05, (40, 3)), axis=0)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    plain = gaps.fill(hidden(one(path), 15, 25))[0].positions
    turned = gaps.fill(hidden(one(path @ turn.T), 15, 25))[0].positions
    np.testing.assert_allclose(plain @ turn.T, turned, atol=1e-5)


@pytest.mark.parametrize("whole_body", [False, True])
def test_what_is_lost_while_the_dancer_turns_travels_round_with_the_body(whole_body: bool) -> None:
    skeleton = by_name("hybrik-29")
    rng = np.random.default_rng(0)
    body = rng.normal(0, 0.1, (29, 3))
    places = {"left_hip": (-0.1, 0, 0.9), "right_hip": (0.1, 0, 0.9), "left_shoulder": (-0.2, 0, 1.4), "right_shoulder": (0.2, 0, 1.4)}
    for name, place in places.items():
        body[skeleton.joints.index(name)] = place
    wrist = skeleton.joints.index("left_wrist")
    body[wrist] = (-0.7, 0.1, 1.4)
    angle = np.arange(60) * np.radians(10)  # a full turn in 1.2 s
    turn = np.zeros((60, 3, 3))
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
    turn[:, 1, 0], turn[:, 0, 1], turn[:, 2, 2] = np.sin(angle), -np.sin(angle), 1
    clip = Clip(np.einsum("tij,kj->tki", turn, body)[:, None], 30, skeleton)
    filled, _ = gaps.fill(hidden(clip, 20, 33, slice(None) if whole_body else wrist))
    np.testing.assert_allclose(filled.positions, clip.positions, atol=0.01)
