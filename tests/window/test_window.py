"""A real Blender window, driven from inside: every state of the panels, and how long the window does not answer.

Runs where BLENDER_WINDOW has the command of a Blender with a window (on a virtual screen, say), such as ``xvfb-run -a -s "-screen 0 1600x900x24" blender``.
BLENDER_WINDOW_PICTURES is a folder for a picture of each state, which needs ImageMagick's ``import``.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.formats import duet_npz, read

COMMAND = shlex.split(os.environ.get("BLENDER_WINDOW", ""))
PICTURES = os.environ.get("BLENDER_WINDOW_PICTURES", "")

ANSWERS, CANCELS = 50.0, 0.5
"""Milliseconds and seconds: what may pass until the window answers while connections are found, and until they are no longer looked for."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not COMMAND, reason="no Blender with a window: BLENDER_WINDOW names none"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def walked(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the walk tells of a minute of the sample, with the extension installed from its zip."""
    folder = tmp_path_factory.mktemp("window")
    out = Path(PICTURES or folder / "out")
    sample = read(root / "samples" / "sample.duet.npz")
    thrice = (np.concatenate([values] * 3) for values in (sample.positions, sample.confidence))
    positions, confidence = thrice
    duet_npz.write(Clip(positions, sample.fps, sample.skeleton, confidence, sample.meta), folder / "minute.duet.npz")
    subprocess.run([sys.executable, str(root / "tools" / "build_extension.py"), str(folder)], check=True, capture_output=True)
    (archive,) = folder.glob("*.zip")
    script = Path(__file__).with_name("walk.py")
    subprocess.run(
        [*COMMAND, "--factory-startup", "--enable-event-simulate", "--python", str(script), "--", str(archive), str(folder / "minute.duet.npz"), str(out)],
        cwd=root, env={**os.environ, "BLENDER_USER_RESOURCES": str(folder / "resources")}, timeout=800, check=False,
    )  # fmt: skip
    facts = out / "facts.json"
    assert facts.is_file(), "the walk did not come to its end"
    return dict(json.loads(facts.read_text("utf-8")))


def test_the_whole_walk_does_what_it_should(walked: dict[str, Any]) -> None:
    assert not walked["failures"], "\n".join(walked["failures"])


def test_the_window_answers_while_connections_are_found(walked: dict[str, Any]) -> None:
    """Of the time until it answers, drawing the window's own regions is not ours: that is measured before, at rest, as often."""
    facts = walked["facts"]
    for phase in ("reading", "finding"):
        assert facts[f"gaps_{phase}"]["longest"] <= max(ANSWERS, 1.5 * facts["gaps_idle"]["longest"]), (phase, facts)


def test_no_step_of_ours_holds_the_window_for_long(walked: dict[str, Any]) -> None:
    for phase in ("finding", "drawing"):
        for name, (_, processor) in walked["facts"][f"ours_{phase}"].items():
            assert processor <= ANSWERS, (phase, name, processor)


def test_cancelling_takes_half_a_second_at_most(walked: dict[str, Any]) -> None:
    assert walked["facts"]["cancel_seconds"] <= CANCELS
