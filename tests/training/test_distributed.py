"""A step learned from in parts, or by several processes, is the same step; whatever happens to one of the processes, all end, and can go on."""

from __future__ import annotations

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
from duet_core.errors import InputError
from duet_core.training.batches import Batches
from duet_core.training.loop import train
from tests.training.test_train_command import _toml
from tests.training.tiny import ROOT, TINY, found, tiny

SCRIPT = str(ROOT / "scripts" / "train.py")
SHORT = ("run.epochs=2", "run.checkpoint_steps=1")
TOLERANCE = 1e-5
"""Relative difference of the mean loss of an epoch; sums of float32 in another order differ by about a millionth."""
posix = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


def rows(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def same_losses(first: Path, second: Path) -> None:
    a, b = rows(first), rows(second)
    assert len(a) == len(b) > 0
    for one, other in zip(a, b, strict=True):
        assert math.isclose(one["train/gradient"], other["train/gradient"], rel_tol=1e-3)
        for key in ("train/loss", "train/planted_loss", "train/reconstruction", "validation/loss"):
            assert math.isclose(one[key], other[key], rel_tol=TOLERANCE), (key, one[key], other[key])


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "tiny.toml"
    file.write_text("\n".join(_toml(TINY)), "utf-8")
    return file


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run by one process."""
    folder = tmp_path_factory.mktemp("runs") / "alone"
    train(tiny(*SHORT), found(), folder, quiet=True)
    return folder


def start(config: Path, folder: Path, *changes: str, count: int = 2) -> list[subprocess.Popen[str]]:
    """Processes that find each other as those of torchrun do, started without it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    group = {**os.environ, "OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    command = [sys.executable, SCRIPT, str(config), "--out", str(folder), "--set", *SHORT, *changes]
    return [
        subprocess.Popen(
            command, env={**group, "RANK": str(n), "LOCAL_RANK": str(n)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for n in range(count)
    ]


def ended(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    try:
        return [(process.returncode, out, err) for process in processes for out, err in [process.communicate(timeout=240)]]
    finally:
        for process in processes:
            process.kill()


def wait_for(path: Path, processes: list[subprocess.Popen[str]]) -> None:
    for _ in range(6000):
        if path.exists():
            return
        assert all(process.poll() is None for process in processes), "ended too early"
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")


@pytest.mark.parametrize("count", [2, 3])
def test_all_shares_of_a_batch_are_the_batch_that_one_process_makes(count: int) -> None:
    settings = tiny("planted.batch=7", "run.batch=11")
    whole = Batches(settings, found())
    shares = [Batches(settings, found(), rank, count) for rank in range(count)]
    for step in (0, 3):
        batch, parts = whole.of(step), [share.of(step) for share in shares]
        for kind in ("planted", "real"):
            one, several = getattr(batch, kind), [getattr(part, kind) for part in parts]
            np.testing.assert_array_equal(np.concatenate([w.positions for w in several]), one.positions)
            assert [w.first for w in several] == np.cumsum([0, *map(len, several[:-1])]).tolist()
            assert max(map(len, several)) - min(map(len, several)) <= 1
        np.testing.assert_array_equal(np.concatenate([part.planted.labels.present for part in parts]), batch.planted.labels.present)


def test_more_shares_than_windows_are_refused() -> None:
    with pytest.raises(InputError, match=r"run\.batch.*2 windows.*among 3"):
        Batches(tiny(), found(), 0, 3)
    with pytest.raises(InputError, match=r"planted\.batch"):
        Batches(tiny("run.batch=64", "planted.joints=[20, 24]", "run.accumulate=4"), found())


@pytest.mark.parametrize("encoder", ["volume", "compact"])
def test_a_step_learned_from_in_parts_is_the_step_of_the_whole_batch(tmp_path: Path, encoder: str) -> None:
    """Encoders without batch normalisation, whose statistics are those of a part."""
    about = (
        f"model.encoder={encoder}",
        "run.epochs=1",
        "planted.batch=6",
        "run.batch=3",
        "objective.jitter=0.01",
        "objective.distance=1.0",
    )
    train(tiny(*about), found(), tmp_path / "whole", quiet=True)
    train(tiny(*about, "run.accumulate=3"), found(), tmp_path / "parts", quiet=True)
    same_losses(tmp_path / "whole", tmp_path / "parts")


@posix
def test_two_processes_lose_what_one_loses_and_an_interrupt_of_either_ends_both(config: Path, alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    pair = start(config, folder)
    wait_for(folder / "checkpoints" / "00000002", pair)
    pair[1].send_signal(signal.SIGINT)
    (status, _, complaint), (other, nothing, silent) = ended(pair)
    assert (status, other) == (130, 130), (complaint, silent)
    assert f"--resume {folder}" in complaint
    assert (nothing, silent) == ("", "")  # the first one speaks for both
    assert not (folder / "model").exists()
    # One process goes on where two have stopped.
    reached = max(int(path.name) for path in (folder / "checkpoints").iterdir())
    assert 2 <= reached < 6
    train(tiny(*SHORT), found(), folder, quiet=True)
    same_losses(folder, alone)
    assert (folder / "model" / "config.json").exists()


@posix
@pytest.mark.slow
def test_when_a_process_is_killed_torchrun_starts_all_again_from_the_newest_checkpoint(config: Path, alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=2"]
    whole = subprocess.Popen(
        [*command, SCRIPT, str(config), "--out", str(folder), "--set", *SHORT],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(folder / "checkpoints" / "00000002", [whole])
        os.kill(_children(whole.pid)[-1], signal.SIGKILL)
        _, said = whole.communicate(timeout=240)
    finally:
        whole.terminate()
    assert whole.returncode == 0, said
    assert "has lost another one" in said
    assert (folder / "model" / "config.json").exists()
    same_losses(folder, alone)


def _children(process: int) -> list[int]:
    """The processes that *process* started."""
    text = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, parent in map(str.split, text.splitlines()) if int(parent) == process]
