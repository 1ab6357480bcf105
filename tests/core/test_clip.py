"""Clips: one validated shape; unknown positions are NaN with confidence 0, never a place."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.errors import InputError
from duet_core.skeletons import by_name

SKELETON = by_name("smpl-24")


def positions(frames: int = 5, dancers: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(frames, dancers, 24, 3))


def test_a_position_that_is_partly_unknown_is_wholly_unknown_with_confidence_zero() -> None:
    values = positions()
    values[2, 1, 3, 0] = np.nan
    clip = Clip(values, 30, SKELETON, np.ones((5, 2, 24)))
    assert np.isnan(clip.positions[2, 1, 3]).all()
    assert clip.confidence[2, 1, 3] == 0
    assert np.isfinite(clip.positions).sum() == values.size - 3


@pytest.mark.parametrize(
    ("values", "fps", "says"),
    [
        (positions()[:, :, :5], 30, "shape"),
        (positions()[:0], 30, "no frames"),
        (positions() * np.inf, 30, "infinite"),
        (positions(), 0, "frames a second"),
        (positions(), float("nan"), "frames a second"),
    ],
)
def test_clips_that_make_no_sense_are_refused_with_the_reason(values: np.ndarray, fps: float, says: str) -> None:
    with pytest.raises(InputError, match=says), np.errstate(invalid="ignore"):
        Clip(values, fps, SKELETON)


def test_slices_outside_the_clip_are_refused() -> None:
    clip = Clip(positions(), 30, SKELETON)
    assert clip.sliced(1, 3).frames == 2
    for start, end in ((3, 3), (-1, 2), (0, 6)):
        with pytest.raises(InputError, match="0:5"):
            clip.sliced(start, end)


def test_a_solo_is_no_duet() -> None:
    with pytest.raises(InputError, match="one dancer"):
        Clip(positions(dancers=1), 30, SKELETON).require_duet()
