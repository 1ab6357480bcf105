"""Cameras that move: every shot keeps in the picture what it promises, and glides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.formats import read
from duet_core.framing import Framing
from duet_core.shots import SHOTS, Shot


@pytest.fixture(scope="module")
def clip(root: Path) -> Clip:
    return read(root / "samples" / "sample.duet.npz", frames=(0, 300))


def seen(shot: Shot, clip: Clip, aspect: float) -> np.ndarray:
    """(T, D, J, 2) where each joint is in the picture."""
    frames = np.minimum(np.arange(clip.frames), len(shot.location) - 1)
    pictures = [
        Framing(shot.location[f], float(shot.yaw[f]), float(shot.pitch[f]), shot.lens, aspect).project(clip.positions[t])
        for t, f in enumerate(frames)
    ]
    return np.stack(pictures)


@pytest.mark.parametrize("aspect", [16 / 9, 9 / 16, 1.0])
@pytest.mark.parametrize("name", ["FRONT", "ORBIT", "FOLLOW"])
def test_the_whole_pair_is_in_the_picture_at_every_frame(clip: Clip, name: str, aspect: float) -> None:
    places = seen(SHOTS[name](clip, aspect), clip, aspect)
    assert np.isfinite(places).all()
    assert ((places > 0) & (places < 1)).all(axis=-1).mean() > 0.995


@pytest.mark.parametrize("name", ["FRONT", "ORBIT"])
def test_dancers_stand_above_the_words_at_the_lower_edge(clip: Clip, name: str) -> None:
    assert (seen(SHOTS[name](clip, 16 / 9), clip, 16 / 9)[..., 1] > 0.135).mean() > 0.99


@pytest.mark.parametrize(("name", "dancer"), [("SHOULDER_A", 0), ("SHOULDER_B", 1)])
def test_over_the_shoulder_one_dancer_is_before_the_other(clip: Clip, name: str, dancer: int) -> None:
    shot = SHOTS[name](clip, 16 / 9)
    places = seen(shot, clip, 16 / 9)
    near, far = (np.linalg.norm(clip.positions[:, d].mean(axis=1) - shot.location, axis=1) for d in (dancer, 1 - dancer))
    assert (near < far).mean() > 0.95
    other = places[:, 1 - dancer]
    assert ((other > 0) & (other < 1)).all(axis=-1).mean() > 0.9, "the other one is seen"
    assert np.nanmax(near) > 0.8


@pytest.mark.parametrize("name", list(SHOTS))
def test_a_camera_glides_and_its_turn_has_no_jump(clip: Clip, name: str) -> None:
    shot = SHOTS[name](clip, 16 / 9)
    if len(shot.location) == 1:
        return
    assert len(shot.location) == len(shot.yaw) == len(shot.pitch) == clip.frames
    speed = np.linalg.norm(np.diff(shot.location, axis=0), axis=1) * clip.fps
    assert speed.max() < 4.0
    assert np.abs(np.diff(shot.location, n=2, axis=0)).max() * clip.fps**2 < 6.0
    assert np.abs(np.diff(shot.yaw)).max() * clip.fps < np.radians(120)


@pytest.mark.parametrize("name", list(SHOTS))
def test_unknown_joints_a_single_frame_and_a_single_dancer_break_nothing(clip: Clip, name: str) -> None:
    positions = clip.positions.copy()
    positions[:, :, 3] = np.nan
    positions[40:80, 1] = np.nan
    for other in (replace(clip, positions=positions), clip.sliced(0, 1)):
        shot = SHOTS[name](other, 16 / 9)
        assert np.isfinite(shot.location).all() and np.isfinite(shot.yaw).all() and np.isfinite(shot.pitch).all()
