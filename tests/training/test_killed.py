"""``kill -9`` at any moment of training: every run goes on, and ends with the very bytes of a run that nobody disturbed.

Three kills by default; DUET_KILLS names another number (25 takes some minutes), DUET_SEED other moments.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
from duet_core.training.names import CHECKPOINTS, METRICS, MODEL
from tests.training.tiny import ROOT

KILLS, SEED = int(os.environ.get("DUET_KILLS", "3")), int(os.environ.get("DUET_SEED", "7"))
SCRIPT = str(ROOT / "scripts" / "train.py")
SETTINGS = f"""
[data]
procedural = 4
procedural_seconds = 12.0
takes = [{{ files = "{(ROOT / "samples" / "sample.duet.npz").as_posix()}", use = "split" }}]
stride_seconds = 2.0
[planted]
batch = 2
joints = [6, 8]
validation_duets = 1
validation_seconds = 6.0
recipe = {{ rate = 6.0, seconds = [2.0, 8.0] }}
[model]
encoder = "gcn"
hidden = 4
types = 2
frames = 24
lags = 6
dropout = 0.1
[objective]
teacher_seconds = 0.3
horizon = 4
jitter = 0.01
[optimiser]
ema = 0.9
[run]
epochs = 3
steps = 5
batch = 1
threads = 1
device = "cpu"
checkpoint_steps = 1
still_every = 2
"""
STEPS = 15
pytestmark = pytest.mark.skipif(os.name == "nt", reason="kills as POSIX systems do")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("settings") / "tiny.toml"
    file.write_text(SETTINGS, "utf-8")
    return file


@pytest.fixture(scope="module")
def whole(config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A run that nobody disturbed, and the seconds it took."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    began = time.monotonic()
    process = start(config, folder)
    assert process.wait(timeout=300) == 0, said(folder)
    return folder, time.monotonic() - began


def start(config: Path, folder: Path) -> subprocess.Popen[bytes]:
    """The run in *folder*, begun or gone on with; what it says is added to a file beside the folder."""
    where = "--resume" if folder.exists() else "--out"
    with folder.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, SCRIPT, str(config), where, str(folder)], stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )


def said(folder: Path) -> str:
    return folder.with_suffix(".log").read_text("utf-8", "replace")


def result(folder: Path) -> dict[str, bytes]:
    """All that seed and settings decide: metrics, model, pictures and the last checkpoint."""
    last = f"{CHECKPOINTS}/{STEPS:08d}"
    names = ("metrics.jsonl", "settings.json", "curves.png", "stills/epoch-00002.png", "stills/epoch-00003.png", "model/model.safetensors",
             "model/config.json", f"{last}/tensors.safetensors", f"{last}/state.json")  # fmt: skip
    return {name: (folder / name).read_bytes() for name in names}


def half_written(folder: Path) -> list[str]:
    """What is there under a name that is not final."""
    return [str(path.relative_to(folder)) for path in folder.rglob(".*") if path.name != ".lock"]


def seen(place: Path, mark: str) -> bool:
    """Whether something in *place* has a name that begins with *mark*."""
    try:
        return any(entry.name.startswith(mark) for entry in os.scandir(place))
    except OSError:
        return False


def moment(rng: random.Random, folder: Path, seconds: float) -> tuple[str, Callable[[float], bool]]:
    """What a kill is aimed at, and whether that has come so many seconds after the start of a run that takes *seconds*."""
    at, early, step = rng.uniform(0.0, seconds), rng.uniform(0.0, 0.25 * seconds), rng.randrange(STEPS)
    checkpoints = folder / CHECKPOINTS
    return rng.choice(
        [
            ("at any time", lambda spent: spent >= at),
            ("at any time", lambda spent: spent >= at),
            ("before it trains", lambda spent: spent >= early),
            (f"while checkpoint {step} is written", lambda _: seen(checkpoints, f".{step:08d}-")),
            (f"when checkpoint {step} is there", lambda _: seen(checkpoints, f"{step:08d}")),
            ("while metrics are written", lambda _: seen(folder, ".metrics-")),
            ("while the curves are drawn", lambda _: seen(folder, ".curves-")),
            ("while the model is written", lambda _: seen(folder / MODEL, ".")),
        ]
    )


def test_a_run_that_is_killed_at_any_moment_goes_on_to_the_same_result(config: Path, whole: tuple[Path, float], tmp_path: Path) -> None:
    undisturbed, seconds = whole
    expected = result(undisturbed)
    assert not half_written(undisturbed)
    rng = random.Random(SEED)
    kills = runs = 0
    hit: list[str] = []
    while kills < KILLS:
        runs += 1
        folder = tmp_path / str(runs) / "run"
        folder.parent.mkdir()
        while True:
            what, now = moment(rng, folder, seconds)
            process = start(config, folder)
            began = time.monotonic()
            while kills < KILLS and process.poll() is None and not now(time.monotonic() - began):
                time.sleep(0.0005)
            if kills >= KILLS or process.poll() is not None:
                break
            process.kill()
            process.wait(timeout=60)
            kills += 1
            left = half_written(folder)
            hit.append(f"{what}: {', '.join(left) or 'nothing'} half-written")
            nothing_is_lost(folder)
        assert process.wait(timeout=300) == 0, said(folder)
        assert result(folder) == expected, f"{hit}\n{said(folder)}"
        assert not half_written(folder), hit
        assert "damaged" not in said(folder) and "Traceback" not in said(folder)
    print(f"\n{kills} kills, {runs} runs:", *hit, sep="\n  ")


def nothing_is_lost(folder: Path) -> None:
    """With a checkpoint after each step the newest one is at most a step behind what the run had told."""
    try:
        rows = (folder / METRICS).read_text("utf-8").splitlines()
    except OSError:
        return
    told = [json.loads(row)["step"] for row in rows if row.endswith("}")]
    saved = [int(path.name) for path in (folder / CHECKPOINTS).iterdir() if path.name.isdigit()]
    assert max(saved) >= max(told, default=0) - 1


def test_the_same_arguments_give_the_same_bytes_twice(config: Path, whole: tuple[Path, float], tmp_path: Path) -> None:
    assert start(config, tmp_path / "run").wait(timeout=300) == 0, said(tmp_path / "run")
    assert result(tmp_path / "run") == result(whole[0])
