"""What must hold of arms beside a partner's body: they are outside it, calmly, their bones as long as before; arms that are free stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.generation import guided
from duet_core.generation.guided import bind
from duet_core.generation.outside import ASIDE, arms_outside, body_outside, depth
from duet_core.generation.requests import Request
from duet_core.generation.stance import clearance, feet
from duet_core.procedural.dancer import dance

ARMS = [f"{side}_{place}" for side in ("left", "right") for place in ("elbow", "wrist")]


@pytest.fixture(scope="module")
def close():
    """Two dancers, 8 s, who stand so close that the arms of the second go through the first."""
    first, second = (dance(seed, 8.0) for seed in (3, 5))
    root = first.skeleton.order[0]
    x, y = (clip.positions[:, 0].astype(np.float64) for clip in (first, second))
    y[..., :2] += (x[:, root, :2] - y[:, root, :2] + [0.0, -0.42])[:, None]
    both = np.stack([x, y], axis=1).astype(np.float32)
    return first.changed(positions=both, confidence=np.ones(both.shape[:3], np.float32), meta={**first.meta, "dancers": ["A", "B"]})


def test_arms_that_go_through_a_partner_are_led_round_and_no_bone_changes(close):
    x, y = (close.positions[:, d].astype(np.float64) for d in (0, 1))
    before = depth(y, x, close.skeleton)
    led = arms_outside(y, x, close.skeleton, close.fps)
    after = depth(led, x, close.skeleton)
    assert (before > 0.01).mean() > 0.2
    assert (after > 0.01).mean() < 0.1 * (before > 0.01).mean()
    for parent, child in close.skeleton.bones:
        assert (
            np.abs(np.linalg.norm(led[:, child] - led[:, parent], axis=-1) - np.linalg.norm(y[:, child] - y[:, parent], axis=-1)).max()
            < 1e-6
        )
    moved = [close.skeleton.index(name) for name in ARMS]
    worst = [np.percentile(np.linalg.norm(np.diff(some[:, moved], 2, axis=0), axis=-1), 99) * close.fps**2 for some in (led, y)]
    assert worst[0] < worst[1] + 40


def test_arms_stay_as_they_are_where_nothing_is_in_their_way_or_nobody_asked(close):
    x, y = (close.positions[:, d].astype(np.float64) for d in (0, 1))
    far = y + np.array([3.0, 0.0, 0.0])
    assert np.array_equal(arms_outside(far, x, close.skeleton, close.fps), far)
    assert np.array_equal(arms_outside(y, x, close.skeleton, close.fps, np.zeros(len(y))), y)


def test_a_partner_who_holds_on_stays_outside_the_one_who_is_held(close):
    bound = bind(close, [Request(0, "right_shoulder", 1, "left_wrist", "hold", 0.0, 1.0, 7.0)]).clip
    deep = depth(bound.positions[:, 1], bound.positions[:, 0], close.skeleton)[45:195]
    assert (deep > 0.01).mean() < 0.05
    assert np.array_equal(bound.positions[:, 0], close.positions[:, 0])


def test_a_body_gives_way_to_the_other_s_arms_slowly_and_not_far(close):
    x, y = (close.positions[:, d].astype(np.float64) for d in (0, 1))
    way = body_outside(x, y, close.skeleton, close.fps, np.ones(len(x)))
    moved = x + np.pad(way, ((0, 0), (0, 1)))[:, None]
    before, after = (depth(y, body, close.skeleton) for body in (x, moved))
    assert np.maximum(after - 0.01, 0).sum() < 0.6 * np.maximum(before - 0.01, 0).sum()
    assert np.linalg.norm(way, axis=-1).max() <= ASIDE
    assert np.linalg.norm(np.diff(way, axis=0), axis=-1).max() * close.fps < 0.5, "metres a second"
    assert not body_outside(x, y + 3.0, close.skeleton, close.fps, np.ones(len(x))).any()
    assert not body_outside(x, y, close.skeleton, close.fps, np.zeros(len(x))).any()


def test_a_partner_who_is_bound_gives_way_upon_feet_that_stay_and_keeps_hold(close):
    asked = [Request(0, "right_shoulder", 1, "left_wrist", "hold", 0.0, 1.0, 7.0)]
    bound = bind(close, asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guided, "body_outside", lambda x, *_: np.zeros((len(x), 2)))
        still = bind(close, asked)
    new, old = (some.clip.positions.astype(np.float64) for some in (bound, still))
    deep = [np.maximum(depth(x[:, 0], x[:, 1], close.skeleton) - 0.01, 0).sum() for x in (new, old)]
    assert deep[0] < 0.8 * deep[1]
    ankles = [close.skeleton.index(f"{side}_ankle") for side in ("left", "right")]
    assert np.abs(new[:, 1, ankles] - old[:, 1, ankles]).max() < 1e-4
    wrist, shoulder = (close.skeleton.index(name) for name in ("left_wrist", "right_shoulder"))
    loose = [np.linalg.norm(x[45:195, 1, wrist] - x[45:195, 0, shoulder], axis=-1).std() for x in (new, old)]
    assert loose[0] < loose[1] + 0.01


def test_nobody_is_lifted_by_a_hand_that_holds(close):
    lifted = close.positions.copy()
    lifted[:, 0, :, 2] += 0.4  # whose hands are too high to be held by hips
    both = close.changed(positions=lifted)
    bound = bind(both, [Request(0, "right_wrist", 1, "left_hip", "hold", 0.0, 1.0, 7.0)])
    over = clearance(bound.clip.positions[:, 1].astype(np.float64), feet(close.skeleton)).min(axis=1)
    assert np.percentile(over, 95) < 0.05
    assert any("out of reach" in note for note in bound.notes)
