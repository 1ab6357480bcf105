"""What stands for dancers is the same after it went through a file, and anywhere on the floor."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.figures import Figures, figures
from duet_core.formats import read


@pytest.fixture(scope="module")
def clip(root: Path) -> Clip:
    return read(root / "samples" / "sample.duet.npz").sliced(0, 30)


@pytest.fixture(scope="module")
def made(clip: Clip) -> Figures:
    return figures(clip)


def same(one: Figures, other: Figures, atol: float = 0.0) -> None:
    assert one.skeleton == other.skeleton
    assert one.pose.main_child == other.pose.main_child
    for name in ("rest", "turns", "positions", "known"):
        np.testing.assert_allclose(getattr(one.pose, name), getattr(other.pose, name), atol=atol, rtol=0)
    for name in ("heads", "tails", "z"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=atol, rtol=0)
    for body, like in zip(one.bodies, other.bodies, strict=True):
        np.testing.assert_array_equal(body.quads, like.quads)
        np.testing.assert_allclose(body.vertices, like.vertices, atol=atol, rtol=0)
        np.testing.assert_allclose(body.weights, like.weights, atol=max(atol, 0.0), rtol=0)


@pytest.mark.parametrize("shared", [False, True], ids=["a body each", "one body for both"])
def test_figures_come_back_from_a_file_as_they_were(made: Figures, tmp_path: Path, shared: bool) -> None:
    if shared:
        made = replace(made, bodies=(made.bodies[0], made.bodies[0]))
    made.save(tmp_path / "figures.npz")
    back = Figures.load(tmp_path / "figures.npz")
    same(back, made)
    assert (back.bodies[0] is back.bodies[1]) == (made.bodies[0] is made.bodies[1])


def test_figures_that_are_moved_are_those_of_a_clip_that_is_moved(clip: Clip, made: Figures) -> None:
    by = np.array([1.5, -0.5, 0.0])
    there = figures(replace(clip, positions=clip.positions + by.astype(np.float32)))
    moved = made.moved(by)
    np.testing.assert_allclose(moved.pose.positions, there.pose.positions, atol=1e-5)
    np.testing.assert_allclose(moved.pose.turns, there.pose.turns, atol=1e-3)
