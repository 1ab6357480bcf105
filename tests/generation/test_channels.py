"""What must hold of motion written as channels: it comes back, and no bone ever stretches."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.generation import channels
from duet_core.procedural.dancer import dance


@pytest.fixture(scope="module")
def dancer():
    return dance(3, 6.0)


def lengths(positions, skeleton):
    return np.stack([np.linalg.norm(positions[..., c, :] - positions[..., p, :], axis=-1) for p, c in skeleton.bones], axis=-1)


def test_motion_written_as_channels_comes_back_to_a_millimetre(dancer):
    x, skeleton = dancer.positions[:, 0], dancer.skeleton
    written = channels.written(x, skeleton, dancer.fps)
    assert written.shape == (len(x), channels.count(skeleton))
    back = channels.danced(written, skeleton, channels.lengths_of(x, skeleton))
    assert np.abs(back - x).max() < 1e-3


def test_a_window_does_not_depend_on_place_and_heading_and_returns_to_its_own(dancer):
    x, skeleton = dancer.positions[:, 0].astype(np.float64), dancer.skeleton
    c, s = np.cos(2.1), np.sin(2.1)
    moved = x @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T + np.array([3.0, -2.0, 0.0])
    seen, placing = channels.windows_of(channels.written(x, skeleton, 30)[:, None], 64, np.array([0, 50]))
    again, _ = channels.windows_of(channels.written(moved, skeleton, 30)[:, None], 64, np.array([0, 50]))
    assert np.abs(seen - again).max() < 1e-4
    room = channels.danced(channels.placed(seen, placing), skeleton, channels.lengths_of(x, skeleton))
    assert np.abs(room[1, :, 0] - x[50:114]).max() < 1e-3


def test_whatever_the_channels_say_bones_keep_their_lengths(dancer):
    skeleton = dancer.skeleton
    own = channels.lengths_of(dancer.positions[:, 0], skeleton)
    wild = np.random.default_rng(0).standard_normal((5, 40, channels.count(skeleton))) * 3
    found = lengths(channels.danced(wild, skeleton, own), skeleton)
    assert np.abs(found - own[[c for _, c in skeleton.bones]]).max() < 1e-9


def test_a_phrase_mirrored_twice_is_itself_and_once_is_its_reflection(dancer):
    x, skeleton = dancer.positions[:, 0], dancer.skeleton
    seen, _ = channels.windows_of(channels.written(x, skeleton, 30)[:, None], 64, np.array([20]))
    own = channels.lengths_of(x, skeleton)
    once = channels.mirrored(seen, skeleton)
    assert np.allclose(channels.mirrored(once, skeleton), seen)
    reflected = channels.danced(seen, skeleton, own)[..., list(skeleton.mirrored), :] * np.array([1, -1, 1])
    assert np.abs(channels.danced(once, skeleton, own) - reflected).max() < 1e-6


def test_resampling_keeps_what_is_sampled_and_lies_close_in_between(dancer):
    x, skeleton = dancer.positions[:, 0], dancer.skeleton
    written = channels.written(x, skeleton, 30)
    assert np.allclose(channels.resampled(written, len(written), 0.0, 1.0), written)
    half = channels.resampled(written[::2], 2 * len(written[::2]) - 1, 0.0, 0.5)
    own = channels.lengths_of(x, skeleton)
    apart = np.linalg.norm(channels.danced(half, skeleton, own) - x[: len(half)], axis=-1)
    assert apart.max() < 0.03
    assert apart.mean() < 0.001


def test_a_bone_that_loses_its_direction_is_led_over_and_what_moves_soundly_stays(dancer):
    x, skeleton = dancer.positions[:, 0], dancer.skeleton
    written = channels.written(x, skeleton, 30)
    assert np.allclose(channels.led_over_flips(written, 30.0), written)
    flipped = written.copy()
    flipped[60:, :3] *= -1.0
    way = channels.unit(channels.led_over_flips(flipped, 30.0)[:, :-4].reshape(len(x), -1, 3))
    turn = np.degrees(np.arccos(np.clip((way[1:, 0] * way[:-1, 0]).sum(axis=-1), -1, 1)))
    assert turn.max() < 45
    assert np.allclose(way[:40], channels.unit(written[:40, :-4].reshape(40, -1, 3)))
