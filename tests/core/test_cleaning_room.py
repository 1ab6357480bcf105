"""Axes, handedness, units, floor and rate: found from the bodies, undone exactly."""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from duet_core.cleaning import axes, floor, resample, units
from duet_core.clip import Clip
from duet_core.formats import read
from duet_core.skeletons import Skeleton
from tests.core.defects import error, tilted

POINTS = Skeleton("points", ("a", "b", "c"), (-1, 0, 1))


@pytest.fixture(scope="module")
def duet(root: Path) -> Clip:
    return read(root / "samples" / "sample.duet.npz")


def test_every_turned_or_mirrored_axis_order_comes_back_upright_and_unmirrored(duet: Clip) -> None:
    """All 48 ways to permute and flip axes; the result equals the truth up to a turn about the vertical."""
    short = duet.sliced(0, 200)
    bodies = short.positions - short.positions.mean(axis=(0, 1, 2))
    for order in permutations(range(3)):
        for signs in product((1, -1), repeat=3):
            wrong = Clip(short.positions[..., order] * np.array(signs, np.float32), 30, short.skeleton)
            right = axes.right(wrong)[0].positions
            right = right - right.mean(axis=(0, 1, 2))
            np.testing.assert_allclose(right[..., 2], bodies[..., 2], atol=1e-4)
            flat, truth = (x[..., :2].reshape(-1, 2).astype(float) @ [1, 1j] for x in (right, bodies))
            turn = np.vdot(truth, flat)
            np.testing.assert_allclose(flat, truth * turn / abs(turn), atol=1e-3)


def test_a_right_clip_is_returned_untouched(duet: Clip) -> None:
    for step in (axes.right, units.to_metres, floor.level):
        same, part = step(duet)
        assert same is duet, part.summary
        assert not part.changed


def test_a_solo_of_bare_points_is_not_judged() -> None:
    clip = Clip(np.random.default_rng(0).normal(size=(50, 1, 3, 3)), 30, POINTS)
    assert axes.find(clip).up_axis is None
    assert axes.find(clip).mirrored is None
    same, part = axes.right(clip)
    assert same is clip
    assert part.notes
    assert "unknown" in units.to_metres(clip)[1].summary
    assert floor.level(clip)[0] is clip


@pytest.mark.parametrize(("scale", "says"), [(1000, "millimetres"), (100, "centimetres"), (39.37, "inches"), (3.7, "1 unit taken as")])
def test_units_are_told_by_the_legs_and_the_assumption_is_stated(duet: Clip, scale: float, says: str) -> None:
    metres, part = units.to_metres(duet.changed(positions=duet.positions * scale))
    assert says in part.summary
    assert part.notes
    ratio = np.linalg.norm(metres.positions[0, 0, 0]) / np.linalg.norm(duet.positions[0, 0, 0])
    assert ratio == pytest.approx(1, abs=0.05 if says[0] == "1" else 1e-4)


def test_without_legs_the_arms_tell(duet: Clip) -> None:
    arms = [j for j, name in enumerate(duet.skeleton.joints) if name.split("_")[-1] in ("shoulder", "elbow", "wrist")]
    skeleton = Skeleton("arms", tuple(duet.skeleton.joints[j] for j in arms), tuple(-1 for _ in arms))
    clip = Clip(duet.positions[:, :, arms] * 1000, 30, skeleton)
    np.testing.assert_allclose(units.to_metres(clip)[0].positions, duet.positions[:, :, arms], rtol=1e-5)


def test_a_leaning_room_is_levelled(duet: Clip) -> None:
    leaning = tilted(duet)
    level, part = floor.level(leaning)
    assert part.figures["tilt"].before == pytest.approx(6, abs=0.5)
    assert error(leaning, duet)["rms"] > 0.3
    heights = level.positions[..., 2] - duet.positions[..., 2]
    assert np.abs(heights).max() < 0.02


def test_where_depth_is_not_in_the_data_no_tilt_is_invented_across_it(duet: Clip) -> None:
    """Dancers on one line say nothing about the floor's tilt across that line."""
    on_a_line = duet.positions.copy()
    on_a_line[..., 1] -= on_a_line[:, :, :1, 1]
    found = floor.find(duet.changed(positions=on_a_line))
    assert found is not None
    assert abs(found.normal[1]) < 0.01


@pytest.mark.parametrize("fps", [25.0, 29.97, 60.0, 120.0])
def test_resampling_keeps_time_and_motion_and_gaps(fps: float) -> None:
    time = np.arange(91) / 30
    path = np.stack([np.sin(2 * time), np.cos(2 * time), time], axis=1)
    positions = np.repeat(path[:, None, None], 3, axis=2)
    positions[30:45, 0, 1] = np.nan
    clip, _ = resample.to_rate(Clip(positions, 30, POINTS), fps)
    assert clip.fps == fps
    new = np.arange(clip.frames) / fps
    assert 3 - 1 / fps < new[-1] <= 3 + 1e-6
    expected = np.stack([np.sin(2 * new), np.cos(2 * new), new], axis=1)
    np.testing.assert_allclose(clip.positions[:, 0, 0], expected, atol=5e-4)
    unknown = np.isnan(clip.positions[:, 0, 1, 0])
    np.testing.assert_array_equal(unknown, (new > 29 / 30 + 1e-4) & (new < 45 / 30 - 1e-4))


def test_resampling_there_and_back_gives_the_same(duet: Clip) -> None:
    there = resample.to_rate(duet, 120)[0]
    back = resample.to_rate(there, 30)[0]
    np.testing.assert_allclose(back.positions, duet.positions, atol=1e-5)


def test_real_bodies_stand_up_unmirrored_in_metres_whatever_their_file(real_data: Path) -> None:
    salsa = real_data / "cmu_salsa"
    for files in ([real_data / "ai_choreo" / "sample_dance.npy"], [salsa / "60_02_scaled.bvh.gz", salsa / "61_02_scaled.bvh.gz"]):
        clip = read(files)
        bearing = axes.find(clip)
        assert bearing.up_axis == "+z"
        assert bearing.mirrored is False
        assert not units.to_metres(clip)[1].changed
        mirrored = clip.changed(positions=clip.positions * np.array([-1, 1, 1], np.float32))
        assert axes.find(mirrored).mirrored is True
