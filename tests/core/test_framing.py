"""The camera's place: whole dances in the picture, seen from the telling side."""

import math

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.formats import read
from duet_core.framing import QUANTILE, Margins, best_yaw, facing_direction, frame_dance
from duet_core.skeletons import Skeleton

SHAPES = {"wide": 16 / 9, "square": 1.0, "upright": 9 / 16}
BODY = Skeleton("four", ("left_hip", "right_hip", "left_shoulder", "right_shoulder"), (-1, 0, 0, 1))


def pair(apart, facing=(0.0, -1.0), frames=50) -> Clip:
    """Two dancers that stand *apart* (2,) metres from each other and face *facing*."""
    left = np.array([-facing[1], facing[0]])  # of someone who faces that way
    body = np.array([[*(0.2 * left), 1.0], [*(-0.2 * left), 1.0], [*(0.25 * left), 1.5], [*(-0.25 * left), 1.5]])
    offset = np.array([*apart, 0.0]) / 2
    positions = np.broadcast_to(np.stack((body - offset, body + offset)), (frames, 2, 4, 3))
    return Clip(positions, 30.0, BODY)


def takes(root, real_data):
    salsa = [real_data / "cmu_salsa" / f"6{i}_01_scaled.bvh.gz" for i in (0, 1)]
    yield "sample", read(root / "samples" / "sample.duet.npz")
    yield "sample_dance", read(real_data / "ai_choreo" / "sample_dance.npy")
    yield "salsa", read(salsa, fps=60)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_joint_of_real_dances_is_in_the_picture(root, real_data, shape):
    margins = Margins()
    for name, clip in takes(root, real_data):
        framing = frame_dance(clip, SHAPES[shape], margins=margins)
        seen = framing.project(clip.positions)
        inside = ((seen > 0) & (seen < 1)).all(axis=-1)
        assert inside.mean() > QUANTILE, name
        bottom = np.quantile(seen[..., 1], 1 - QUANTILE)
        assert bottom > margins.bottom, name
        spread = np.nanmax(seen, axis=(0, 1, 2)) - np.nanmin(seen, axis=(0, 1, 2))
        assert spread.max() > 0.6, f"{name}: the dancers are lost in the picture"


def test_the_camera_stands_over_hip_height_and_looks_a_little_down(root):
    framing = frame_dance(read(root / "samples" / "sample.duet.npz"))
    assert 1.2 < framing.location[2] < 4.0
    assert -math.radians(15) < framing.pitch < 0


@pytest.mark.parametrize("degrees", range(0, 360, 30))
def test_the_dancers_separation_runs_across_the_picture(degrees):
    direction = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    framing = frame_dance(pair(3 * direction))
    seen = framing.project(framing_points := np.array([[*(-1.5 * direction), 1.2], [*(1.5 * direction), 1.2]]))
    assert framing_points.shape == (2, 3)
    assert abs(seen[0, 0] - seen[1, 0]) > 0.4
    assert abs(seen[0, 1] - seen[1, 1]) < 0.05


@pytest.mark.parametrize("facing", [(0.0, -1.0), (0.0, 1.0)])
def test_the_dancers_are_seen_from_the_front(facing):
    clip = pair((3.0, 0.0), facing)
    assert facing_direction(clip) == pytest.approx(facing)
    yaw = best_yaw(clip)
    ahead = np.array([-math.sin(yaw), math.cos(yaw)])
    assert ahead @ np.array(facing) < -0.9


def test_a_tracking_error_does_not_move_the_camera_away():
    clip = pair((2.0, 0.0), frames=1000)
    wild = clip.positions.copy()
    wild[500, 0] += np.array([40.0, 0.0, 25.0])
    calm, jumpy = frame_dance(clip), frame_dance(clip.changed(positions=wild))
    assert np.allclose(calm.location, jumpy.location, atol=0.05)


def test_unknown_positions_do_not_matter():
    clip = pair((2.0, 0.0))
    holes = clip.positions.copy()
    holes[3:20, 1, 2] = np.nan
    assert np.allclose(frame_dance(clip).location, frame_dance(clip.changed(positions=holes, confidence=None)).location, atol=0.02)


def test_a_dance_nobody_saw_still_gets_a_camera():
    clip = pair((2.0, 0.0))
    framing = frame_dance(clip.changed(positions=np.full_like(clip.positions, np.nan), confidence=None))
    assert np.isfinite(framing.location).all()


def test_projection_agrees_with_the_angles_of_the_lens():
    framing = frame_dance(pair((2.0, 0.0)))
    right, up, ahead = framing.axes
    half_width, half_height = framing.tangents
    corner = framing.location + 5 * (ahead + half_width * right + half_height * up)
    assert framing.project(corner) == pytest.approx((1.0, 1.0))
    assert framing.project(framing.location + ahead) == pytest.approx((0.5, 0.5))
    assert np.isnan(framing.project(framing.location - ahead)).all()
