"""Cubic pieces that pass through a value on each frame."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.posing.cubics import CLOSE, evaluate, plain, through


@pytest.mark.parametrize("frames", range(2, 12))
def test_every_frames_value_is_kept_by_a_third_of_the_keys(frames: int) -> None:
    values = np.random.default_rng(frames).normal(size=frames)
    (keys,) = through(5, [values])
    assert len(keys.at) == (frames - 1) // 3 + 1 + (frames - 1) % 3
    assert plain(keys).all()
    np.testing.assert_allclose(evaluate(keys, np.arange(5.0, 5 + frames)), values, atol=1e-12)


def test_smooth_motion_takes_fewer_keys_and_is_no_hundredth_of_a_millimetre_off() -> None:
    frames = np.arange(600)
    values = np.sin(2 * np.pi * 0.3 * frames / 30) + np.where(frames > 300, 1e-3 * np.random.default_rng(0).normal(size=600), 0.0)
    (keys,) = through(1, [values])
    gaps = np.diff(keys.at)
    assert gaps[:45].mean() > 6 and (gaps[60:-3] == 3).all()
    assert plain(keys).all()
    np.testing.assert_allclose(evaluate(keys, frames + 1.0), values, atol=CLOSE)


def test_one_value_is_one_key() -> None:
    (keys,) = through(1, [[2.0]])
    assert keys.at.tolist() == [1.0] and keys.values.tolist() == [2.0] and not keys.cubic.any()


def test_of_several_curves_each_has_keys_as_if_it_were_alone() -> None:
    frames = np.arange(200)
    curves = np.stack([np.sin(0.1 * frames), np.full(200, 0.5), np.sin(0.1 * frames) + 1e-3 * np.random.default_rng(1).normal(size=200)])
    smooth, still, trembling = through(1, curves)
    assert len(still.at) == 1 < len(smooth.at) < len(trembling.at) == 68
    for keys, curve in zip((smooth, still, trembling), curves, strict=True):
        for together, alone in zip(keys, through(1, [curve])[0], strict=True):
            np.testing.assert_allclose(together, alone, atol=1e-12)


def test_between_frames_a_smooth_course_goes_on_smoothly() -> None:
    times = np.linspace(1, 100, 1000)
    (keys,) = through(1, [np.sin(0.2 * np.arange(1, 101))])
    np.testing.assert_allclose(evaluate(keys, times), np.sin(0.2 * times), atol=5e-4)


def test_a_handle_that_somebody_moved_is_seen() -> None:
    (keys,) = through(1, [np.resize([0.0, 1.0], 10)])
    keys.right[1, 0] += 0.2
    assert plain(keys).tolist() == [True, False, True]
