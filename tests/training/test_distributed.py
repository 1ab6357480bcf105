"""A step learned from in parts, or by several processes, is the same step; whatever happens to one of the processes, all end, and can go on."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from duet_core.errors import InputError  # noqa: E402
from duet_core.training.batches import Batches  # noqa: E402
from duet_core.training.beginning import learning_mode, new_model  # noqa: E402
from duet_core.training.loop import train  # noqa: E402
from duet_core.training.meeting import meet  # noqa: E402
from duet_core.training.objective import Objective  # noqa: E402
from duet_core.training.optimiser import adamw  # noqa: E402
from duet_core.training.processes import Processes  # noqa: E402
from duet_core.training.settings import Settings  # noqa: E402
from duet_core.training.step import Step  # noqa: E402
from duet_core.training.together import _status  # noqa: E402
from tests.training.test_train_command import _toml  # noqa: E402
from tests.training.tiny import ROOT, TINY, found, tiny  # noqa: E402

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


def start(config: Path, folder: Path, *before: str, after: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """``train.py`` in *folder*, started by the command *before* and with the arguments *after*."""
    return subprocess.Popen(
        [sys.executable, *before, SCRIPT, str(config), "--out", str(folder), *after, "--set", *SHORT],
        env={**os.environ, "OMP_NUM_THREADS": "1", "DUET_CONNECT_SECONDS": "40"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(6000):
        if path.exists():
            return
        assert process.poll() is None, process.communicate()
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


def test_a_step_learned_from_in_parts_is_the_step_of_the_whole_batch() -> None:
    """With an encoder without batch normalisation, whose statistics would be those of a part."""
    about = ("model.encoder=volume", "planted.batch=6", "run.batch=3", "objective.jitter=0.01", "objective.distance=1.0")
    whole, parts = (learned(tiny(*about, f"run.accumulate={count}")) for count in (1, 3))
    for number, ((one, gradient), (other, summed)) in enumerate(zip(whole, parts, strict=True)):
        assert one.keys() == other.keys()
        # Adam's steps are as long where the gradient is next to nothing: only the first step begins with the same weights.
        close = 2e-6 if number == 0 else 1e-2
        for key, value in one.items():
            assert math.isclose(value, other[key], rel_tol=close, abs_tol=1e-7), (number, key)
        assert float((gradient - summed).norm() / gradient.norm()) < 10 * close
        assert math.isclose(one["loss"], other["loss"], rel_tol=TOLERANCE)


def learned(settings: Settings) -> list[tuple[dict[str, float], torch.Tensor]]:
    """The parts of the loss and the gradients of three steps."""
    model = new_model(settings)
    objective, batches = Objective(settings), Batches(settings, found())
    step = Step(settings, model, objective, adamw(model, settings.optimiser), torch.device("cpu"), contextlib.nullcontext, Processes())
    learning_mode(model)
    steps = []
    for n in range(3):
        parts = step(batches.of(n), objective.at(n))
        steps.append((parts, torch.cat([p.grad.flatten().clone() for p in model.parameters() if p.grad is not None])))
    return steps


@posix
def test_two_processes_lose_what_one_loses_and_an_interrupt_of_either_ends_both(config: Path, alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    both = start(config, folder, after=("--processes", "2", "--quiet"))
    try:
        wait_for(folder / "checkpoints" / "00000002", both)
        os.kill(_children(both.pid)[-1], signal.SIGINT)
        out, said = both.communicate(timeout=480)
    finally:
        both.terminate()
    assert both.returncode == 130, said
    assert out == ""
    assert f"--resume {folder}" in said
    assert said.count("\n") == 1, said  # the first one speaks for both
    assert not (folder / "model").exists()
    # One process goes on where two have stopped.
    assert 2 <= max(int(path.name) for path in (folder / "checkpoints").iterdir()) < 6
    train(tiny(*SHORT), found(), folder, quiet=True)
    same_losses(folder, alone)
    assert (folder / "model" / "config.json").exists()


@pytest.mark.parametrize(
    ("statuses", "together"), [([0, 0], 0), ([0, 2], 2), ([130, 130], 130), ([1, -9], 1), ([0, -9], 1), ([1, 2], 2), ([1, 130], 130)]
)
def test_processes_of_one_command_end_with_the_status_that_tells_most(statuses: list[int], together: int) -> None:
    assert _status(statuses) == together


@posix
@pytest.mark.slow
def test_when_a_process_is_killed_torchrun_starts_all_again_from_the_newest_checkpoint(config: Path, alone: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    both = start(config, folder, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "--max-restarts=4")
    try:
        wait_for(folder / "checkpoints" / "00000002", both)
        os.kill(_children(both.pid)[-1], signal.SIGKILL)
        _, said = both.communicate(timeout=480)
    finally:
        both.terminate()
    assert both.returncode == 0, said
    assert (folder / "model" / "config.json").exists()
    same_losses(folder, alone)


JOINS = """
import sys, time
from duet_core.training.processes import joined
time.sleep(float(sys.argv[1]))
with joined() as processes:
    print(processes.sums([processes.rank + 1.0]))
    if processes.first:
        time.sleep(0.5)
        print("ready", flush=True)
    before = time.monotonic()
    processes.meet()
    print("waited" if time.monotonic() - before > 0.3 else "came")
"""


def test_who_is_started_again_never_calls_at_the_address_of_one_that_has_died() -> None:
    """``torchrun`` keeps the store of addresses through its restarts; whoever comes first, each round finds its own, and waits for the others at the end."""
    store = torch.distributed.TCPStore("127.0.0.1", 0, None, True, wait_for_workers=False)
    agent = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RUN_ID": "one",
    }
    for late in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0)):
        together = [
            subprocess.Popen(
                [sys.executable, "-c", JOINS, str(seconds)],
                cwd=ROOT,
                env={**os.environ, **agent, "WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": str(rank), "DUET_CONNECT_SECONDS": "60"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank, seconds in enumerate(late)
        ]
        for rank, process in enumerate(together):
            out, said = process.communicate(timeout=120)
            assert process.returncode == 0, said
            assert out.split() == ["[3.0]", *(["waited"] if rank else ["ready", "came"])]


def test_a_process_of_an_earlier_round_is_answered_and_not_waited_for() -> None:
    store = torch.distributed.HashStore()
    store.set("duet/word/1", "the word of one that has died")
    rooms: dict[int, str] = {}

    def come(rank: int) -> None:
        room = meet(store, rank, 3)
        room.set(f"here/{rank}", str(rank))
        rooms[rank] = "".join(room.get(f"here/{other}").decode() for other in range(3))

    threads = [threading.Thread(target=come, args=(rank,), daemon=True) for rank in range(3)]
    for thread in threads:
        thread.start()
        time.sleep(0.1)
    for thread in threads:
        thread.join(30)
    assert rooms == dict.fromkeys(range(3), "012")


def _children(process: int) -> list[int]:
    """The processes that *process* started."""
    text = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, parent in map(str.split, text.splitlines()) if int(parent) == process]
