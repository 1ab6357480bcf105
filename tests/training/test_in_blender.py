"""Training in a real Blender with torch in its Python, in the ways that the documents name; and a film drawn by what was trained there.

BLENDER is the command of a Blender, as in tests/packaging; without one these tests are skipped. What a Blender calculates must be what this Python does.
"""

from __future__ import annotations

import json
import math
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")
from tests.training.test_killed import SETTINGS
from tests.training.tiny import ROOT

BLENDER = shlex.split(os.environ.get("BLENDER", ""))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not BLENDER, reason="no Blender is given (BLENDER)")]
TOLERANCE = 1e-3
"""Relative, between two versions of torch."""
BACKGROUND = ["--background", "--factory-startup", "--python-use-system-env", "--python-exit-code", "1", "--python"]


def blender(*arguments: object, home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **({"BLENDER_USER_RESOURCES": str(home)} if home else {})}
    return subprocess.run(
        [*BLENDER, *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def with_torch() -> None:
    if "torch is here" not in blender("--background", "--factory-startup", "--python-expr", "import torch; print('torch is here')").stdout:
        pytest.skip("that Blender's Python has no torch")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("settings") / "tiny.toml"
    file.write_text(SETTINGS, "utf-8")
    return file


@pytest.fixture(scope="module")
def rows(config: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """What this Python comes to."""
    folder = tmp_path_factory.mktemp("here") / "run"
    subprocess.run([sys.executable, "scripts/train.py", config, "--out", folder, "--quiet"], cwd=ROOT, check=True, timeout=300)
    return metrics(folder)


def metrics(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text("utf-8").splitlines()]


def agree(found: list[dict], expected: list[dict]) -> bool:
    return [row["step"] for row in found] == [row["step"] for row in expected] and all(
        math.isclose(row["train/loss"], other["train/loss"], rel_tol=TOLERANCE) for row, other in zip(found, expected, strict=True)
    )


@pytest.fixture(scope="module")
def trained(config: Path, rows: list[dict], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("there") / "run"
    done = blender(*BACKGROUND, "scripts/train.py", "--", config, "--out", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert agree(metrics(folder), rows)
    return folder


def test_what_was_trained_in_blender_draws_an_annotated_film_there(trained: Path, tmp_path: Path) -> None:
    done = blender(
        *BACKGROUND, "scripts/render.py", "--", "samples/sample.duet.npz", "--model", trained / "model", "--out", tmp_path / "film",
        "--frames", "0:95", "--resolution", "160x90", "--quiet",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert {path.name for path in (tmp_path / "film").iterdir()} >= {"duet.blend", "duet.mp4", "still.png", "connections.npz"}


def test_ctrl_c_in_blender_saves_and_the_run_goes_on_anywhere(config: Path, rows: list[dict], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = subprocess.Popen(
        [*BLENDER, *BACKGROUND, "scripts/train.py", "--", str(config), "--out", str(folder)],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    while process.poll() is None and not (folder / "checkpoints" / "00000003").exists():
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert f"go on with: train.py --resume {folder}" in said and "Traceback" not in said
    subprocess.run([sys.executable, "scripts/train.py", "--resume", folder, "--quiet"], cwd=ROOT, check=True, timeout=300)
    assert agree(metrics(folder), rows)


def test_the_installed_extension_trains_by_blenders_own_command(config: Path, rows: list[dict], tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "tools/build_extension.py", str(tmp_path / "dist")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if built.returncode:
        pytest.skip(f"no zip: {(built.stderr or built.stdout).strip()[-200:]}")
    (zipped,) = (tmp_path / "dist").iterdir()
    home = tmp_path / "home"
    home.mkdir()
    install = (
        f"import bpy; bpy.ops.extensions.package_install_files(filepath={str(zipped)!r}, repo='user_default', enable_on_install=True); "
        "bpy.ops.wm.save_userpref()"
    )
    done = blender("--background", "--python-exit-code", "1", "--python-expr", install, home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    done = blender("--command", "duet", "train", config, "--out", tmp_path / "run", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert agree(metrics(tmp_path / "run"), rows)
    done = blender("--command", "duet", "train", "--resume", tmp_path / "nowhere", home=home)
    assert done.returncode == 2 and "no such folder" in done.stderr
