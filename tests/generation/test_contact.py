"""What must hold of feet after the repair: they neither slide, float nor sink, and no bone changes its length."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.generation import arms, channels, contact, stance
from duet_core.procedural.dancer import dance


@pytest.fixture(scope="module")
def dancer():
    return dance(7, 8.0)


def slide(x, skeleton, fps):
    """Metres a second at which feet that are down move over the floor."""
    speeds = []
    for foot in stance.feet(skeleton):
        clear = (x[:, foot.points, 2] - foot.rest).min(axis=1)
        speed = np.linalg.norm(np.diff(x[:, foot.pin, :2], axis=0), axis=-1) * fps
        speeds.append(speed[clear[1:] < 0.015])
    return float(np.concatenate(speeds).mean())


def spoilt(clip):
    """The dance with feet that slide, float and sink."""
    rng = np.random.default_rng(0)
    written = channels.written(clip.positions[:, 0], clip.skeleton, clip.fps)
    time = np.arange(len(written)) / clip.fps
    for n in range(written.shape[1] - 4):
        written[:, n] += 0.05 * np.sin(2 * np.pi * rng.uniform(0.3, 1.2) * time + rng.uniform(0, 6))
    written[:, -2] += 0.05 * np.sin(time) - 0.03
    return channels.danced(written, clip.skeleton, channels.lengths_of(clip.positions[:, 0], clip.skeleton))


def test_feet_that_slide_and_sink_stand_again_and_bones_keep_their_lengths(dancer):
    x = spoilt(dancer)
    mended, repair = contact.grounded(x, dancer.skeleton, dancer.fps)
    assert slide(mended, dancer.skeleton, dancer.fps) < 0.4 * slide(x, dancer.skeleton, dancer.fps)
    lowest = min(float((mended[:, foot.points, 2] - foot.rest).min()) for foot in stance.feet(dancer.skeleton))
    assert lowest > -0.02
    own = channels.lengths_of(x, dancer.skeleton)
    for joint, parent in enumerate(dancer.skeleton.parents):
        if parent >= 0:
            assert np.abs(np.linalg.norm(mended[:, joint] - mended[:, parent], axis=-1) - own[joint]).max() < 1e-6
    assert 0 < repair.carried <= 1


def test_what_stands_well_is_hardly_touched(dancer):
    x = dancer.positions[:, 0].astype(np.float64)
    mended, _ = contact.grounded(x, dancer.skeleton, dancer.fps)
    assert np.median(np.linalg.norm(mended - x, axis=-1)) < 0.015


def test_a_body_that_drifts_over_the_floor_goes_where_its_feet_carry_it(dancer):
    x = dancer.positions[:, 0].astype(np.float64)
    drift = 0.4 * np.sin(np.arange(len(x)) / dancer.fps)[:, None] * np.array([1.0, 0.5])
    drifting = x.copy()
    drifting[..., :2] += drift[:, None]
    mended, _ = contact.grounded(drifting, dancer.skeleton, dancer.fps, returns=np.inf)
    root = dancer.skeleton.order[0]
    gone = (mended - x)[:, root, :2]
    assert np.linalg.norm(gone - gone.mean(axis=0), axis=-1).max() < 0.1
    assert slide(mended, dancer.skeleton, dancer.fps) < 0.1 * slide(drifting, dancer.skeleton, dancer.fps)


def test_of_two_feet_those_carry_that_stand(dancer):
    x = dancer.positions[:, 0].astype(np.float64)
    both = stance.feet(dancer.skeleton)
    carries = stance.carrying(x, both, dancer.fps)
    assert carries.any(axis=1).all()
    for foot, on in zip(both, carries.T, strict=True):
        speed = np.linalg.norm(np.gradient(x[:, foot.pin, :2], 1 / dancer.fps, axis=0), axis=-1)
        assert speed[on].mean() < 0.1 < speed[~on].mean()
        assert min(end - start for start, end in stance.runs(on)) >= 3


def test_the_repair_brings_no_jerk(dancer):
    x = spoilt(dancer)
    mended, _ = contact.grounded(x, dancer.skeleton, dancer.fps)

    def fastest(motion):
        return np.linalg.norm(np.diff(motion, 2, axis=0), axis=-1).max()

    assert fastest(mended) < fastest(x) + 0.02


def test_a_jump_stays_a_jump(dancer):
    x = dancer.positions[:120, 0].astype(np.float64)
    up = np.zeros(120)
    up[50:65] = 0.3 * np.sin(np.pi * np.arange(15) / 14)
    mended, _ = contact.grounded(x + up[:, None, None] * np.array([0, 0, 1]), dancer.skeleton, 30.0)
    root = dancer.skeleton.order[0]
    assert mended[57, root, 2] - mended[40, root, 2] > 0.2


def test_an_arm_that_is_put_into_the_trunk_is_brought_out_and_one_beside_it_stays(dancer):
    x, skeleton = dancer.positions[:, 0].astype(np.float64), dancer.skeleton
    assert np.array_equal(arms.beside_the_trunk(x, skeleton, dancer.fps), x)
    low, high, *arm = (skeleton.index(name) for name in ("pelvis", "neck", "left_shoulder", "left_elbow", "left_wrist"))
    put = x.copy()
    deep = 0.6 * x[:, low] + 0.4 * x[:, high] - x[:, arm[2]]
    contact.limbs.place_limb(put, skeleton, tuple(arm), contact.two_bones(put[:, arm], put[:, arm[2]] + deep))
    mended = arms.beside_the_trunk(put, skeleton, dancer.fps)
    apart = np.linalg.norm(mended[:, arm[1:]] - arms.from_axis(mended[:, arm[1:]], mended[:, low], mended[:, high]), axis=-1)
    assert np.percentile(apart, 5) > 0.05
    for k in (1, 2):
        size, before = (np.linalg.norm(y[:, arm[k]] - y[:, arm[k - 1]], axis=-1) for y in (mended, put))
        assert np.abs(size - before).max() < 1e-9


def test_two_bones_reach_their_goal_within_reach_and_point_at_it_beyond():
    points = np.array([[[0, 0, 1.0], [0.05, 0, 0.5], [0, 0, 0.05]]])
    for goal in ([0.2, 0.1, 0.2], [0, 0, -2.0]):
        solved = contact.two_bones(points, np.array([goal]), np.array([[1.0, 0, 0]]))
        assert np.allclose(np.linalg.norm(np.diff(solved, axis=1), axis=-1), np.linalg.norm(np.diff(points, axis=1), axis=-1))
        if goal[2] > 0:
            assert np.allclose(solved[0, 2], goal)
