"""The zero-phase low-pass: SciPy's filtfilt without SciPy, gaps respected, a cutoff that fits the take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import signal

from duet_core.cleaning import smoothing
from duet_core.clip import Clip
from duet_core.formats import read
from duet_core.skeletons import Skeleton
from tests.core.defects import jittered

POINTS = Skeleton("points", ("a", "b", "c"), (-1, 0, 1))


def walk(frames: int = 400, seed: int = 0) -> np.ndarray:
    """(T, 2, 3, 3) random smooth-ish paths."""
    return np.cumsum(np.random.default_rng(seed).normal(0, 0.01, (frames, 2, 3, 3)), axis=0)


@pytest.mark.parametrize(("cutoff", "fps"), [(2.0, 30.0), (6.0, 30.0), (8.0, 30.0), (8.0, 60.0), (8.0, 240.0), (13.0, 30.0)])
def test_the_low_pass_equals_scipys_filtfilt(cutoff: float, fps: float) -> None:
    values = walk().reshape(400, -1)
    b, a = signal.butter(2, cutoff, fs=fps)
    np.testing.assert_allclose(smoothing.zero_phase(values, cutoff, fps), signal.filtfilt(b, a, values, axis=0), atol=1e-11)


def test_the_low_pass_equals_filtfilt_on_every_stretch_between_long_gaps() -> None:
    positions = walk().astype(np.float32)
    positions[150:220, 0, 1] = np.nan
    positions[:40, 1, 2] = np.nan
    positions[-30:, 1, 0] = np.nan
    clip, part = smoothing.smooth(Clip(positions, 30, POINTS), cutoff=6)
    b, a = signal.butter(2, 6, fs=30)
    for piece in (np.s_[:150, 0, 1], np.s_[220:, 0, 1], np.s_[40:, 1, 2], np.s_[:-30, 1, 0], np.s_[:, 0, 0]):
        expected = signal.filtfilt(b, a, positions[piece].astype(float), axis=0)
        np.testing.assert_allclose(clip.positions[piece], expected, atol=1e-3)
    np.testing.assert_array_equal(np.isnan(clip.positions), np.isnan(positions))
    assert part.changed
    assert clip.meta["steps"] == [part.summary]


def test_nothing_is_delayed_and_slow_motion_is_kept() -> None:
    time = np.arange(300) / 30
    positions = np.zeros((300, 1, 3, 3))
    positions[..., 0] = np.sin(2 * np.pi * 1.5 * time)[:, None, None]
    smooth = smoothing.smooth(Clip(positions, 30, POINTS), cutoff=8)[0].positions
    np.testing.assert_allclose(smooth[15:-15], positions[15:-15], atol=0.002)


@pytest.mark.parametrize("frames", [1, 2, 3, 5, 9])
def test_takes_shorter_than_the_padding_do_not_fail(frames: int) -> None:
    clip, _ = smoothing.smooth(Clip(walk(frames), 30, POINTS))
    assert np.isfinite(clip.positions).all()


def test_a_rate_too_low_for_the_cutoff_is_left_alone() -> None:
    clip = Clip(walk(), 12, POINTS)
    same, part = smoothing.smooth(clip, cutoff=8)
    assert not part.changed
    assert same is clip


def test_the_cutoff_is_high_on_a_clean_take_and_low_on_a_noisy_one(root: Path) -> None:
    clip = read(root / "samples" / "sample.duet.npz")
    assert smoothing.choose_cutoff(clip) == smoothing.CUTOFF
    assert smoothing.choose_cutoff(jittered(clip)) <= 5
    assert smoothing.estimated_noise(clip) < 0.001
    assert smoothing.estimated_noise(jittered(clip)) == pytest.approx(0.02, rel=0.1)


def test_the_default_keeps_real_accents(real_data: Path) -> None:
    """What the low-pass takes off a wrist in the mocap takes is a few millimetres."""
    folder = real_data / "cmu_salsa"
    clip = read([folder / "60_12_scaled.bvh.gz", folder / "61_12_scaled.bvh.gz"], fps=60)
    smooth, _ = smoothing.smooth(clip)
    wrist = clip.skeleton.index("left_wrist")
    moved = np.linalg.norm(smooth.positions[60:, :, wrist] - clip.positions[60:, :, wrist], axis=-1)
    assert np.quantile(moved, 0.5) < 0.003
    assert np.quantile(moved, 0.99) < 0.02
