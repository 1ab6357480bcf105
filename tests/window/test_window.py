"""A real Blender window, driven from inside: every state of the panels, and how long the window does not answer.

Runs where BLENDER_WINDOW has the command of a Blender with a window (on a virtual screen, say), such as ``xvfb-run -a -s "-screen 0 1600x900x24" blender``.
BLENDER_WINDOW_PICTURES is a folder for a picture of each state, which needs ImageMagick's ``import``.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.formats import duet_npz, read
from tests.window.running import built_zip, walked

COMMAND = shlex.split(os.environ.get("BLENDER_WINDOW", ""))
PICTURES = os.environ.get("BLENDER_WINDOW_PICTURES", "")

ANSWERS, CANCELS = 50.0, 0.5
"""Milliseconds and seconds: what may pass until the window answers while connections are found, and until they are no longer looked for."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not COMMAND, reason="no Blender with a window: BLENDER_WINDOW names none"),
    pytest.mark.timeout(1500),
]


@pytest.fixture(scope="module")
def walk(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the walk tells of a minute of the sample, with the extension installed from its zip."""
    folder = tmp_path_factory.mktemp("window")
    out = Path(PICTURES or folder / "out")
    sample = read(root / "samples" / "sample.duet.npz")
    thrice = (np.concatenate([values] * 3) for values in (sample.positions, sample.confidence))
    positions, confidence = thrice
    duet_npz.write(Clip(positions, sample.fps, sample.skeleton, confidence, sample.meta), folder / "minute.duet.npz")
    arguments = [built_zip(folder), folder / "minute.duet.npz", out]
    return walked(COMMAND, "walk.py", arguments, out, folder / "resources", seconds=800)


def test_the_whole_walk_does_what_it_should(walk: dict[str, Any]) -> None:
    assert not walk["failures"], "\n".join(walk["failures"])


def test_the_window_answers_while_connections_are_found(walk: dict[str, Any]) -> None:
    """Of the time until it answers, drawing the window's own regions is not ours: that is measured before, at rest, as often."""
    facts = walk["facts"]
    for phase in ("reading", "finding"):
        assert facts[f"gaps_{phase}"]["longest"] <= max(ANSWERS, 1.5 * facts["gaps_idle"]["longest"]), (phase, facts)


def test_no_step_of_ours_holds_the_window_for_long(walk: dict[str, Any]) -> None:
    for phase in ("finding", "drawing"):
        for name, (_, processor) in walk["facts"][f"ours_{phase}"].items():
            assert processor <= ANSWERS, (phase, name, processor)


def test_cancelling_takes_half_a_second_at_most(walk: dict[str, Any]) -> None:
    assert walk["facts"]["cancel_seconds"] <= CANCELS
    assert walk["facts"]["cancel_phrase_seconds"] <= CANCELS


def test_a_newcomer_installs_in_the_preferences_window_and_sees_threads(root: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A salsa pair where real takes are at hand, else the sample; pictures for the guide are made of the sample (tools/make_pictures.py)."""
    try:
        folder = request.getfixturevalue("real_data") / "cmu_salsa"
        poses = [folder / f"{subject}_05_scaled.bvh.gz" for subject in (60, 61)]
    except pytest.skip.Exception:
        poses = [root / "samples" / "sample.duet.npz"]
    told = walked(
        COMMAND,
        "installing.py",
        [built_zip(tmp_path / "dist"), tmp_path / "out", *poses],
        tmp_path / "out",
        tmp_path / "user",
        seconds=1300,
    )
    assert not told["failures"], "\n".join(told["failures"])
    assert told["facts"]["method"] == "duet" and told["facts"]["drawn"] > 100
    assert not told["facts"]["foreign"], "something was loaded that Blender does not bring"
