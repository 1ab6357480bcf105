"""``train.py`` as users call it: real processes, exit statuses, interrupts, kills and full disks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")
from duet_core.model.weights import load_model
from tests.training.tiny import ROOT, TINY

SCRIPT = str(ROOT / "scripts" / "train.py")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}
posix = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


def call(*arguments: object, cwd: Path | None = None, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run the script; with *limit* no file may grow beyond that many bytes, as on a full disk."""
    set_limit = None
    if limit is not None:
        import resource

        size = limit
        set_limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))  # noqa: E731
    return subprocess.run(
        [sys.executable, SCRIPT, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=ENVIRONMENT,
        timeout=300,
        check=False,
        preexec_fn=set_limit,
    )


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "tiny.toml"
    file.write_text("\n".join(_toml(TINY)), "utf-8")
    return file


def _toml(table: dict, place: str = "") -> list[str]:
    plain = [f"{key} = {json.dumps(value)}" for key, value in table.items() if not isinstance(value, dict) and key != "takes"]
    lines = [f"[{place}]", *plain] if place else plain
    for take in table.get("takes", ()):
        lines += [f"[[{place}.takes]]", *(f"{key} = {json.dumps(value)}" for key, value in take.items())]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _toml(value, f"{place}.{key}" if place else key)
    return lines


@pytest.fixture(scope="module")
def whole(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed, and what it said."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    done = call(config, "--out", folder)
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout + done.stderr)
    return folder


def same(folder: Path, other: Path) -> bool:
    return all((folder / name).read_bytes() == (other / name).read_bytes() for name in ("metrics.jsonl", "model/model.safetensors"))


def test_a_run_leaves_everything_that_is_promised(whole: Path) -> None:
    assert {path.name for path in whole.iterdir()} >= {
        "checkpoints",
        "curves.png",
        "metrics.jsonl",
        "model",
        "settings.json",
        "times.jsonl",
    }
    said = (whole / "said.txt").read_text()
    assert sum(line.startswith("epoch ") for line in said.splitlines()) == 4
    assert "left" in said
    assert "← best" in said or "best" in said
    _, config = load_model(whole / "model")
    assert config["extra"]["settings"]["run"]["epochs"] == 4
    assert "tiny.toml" in (whole / "model" / "README.md").read_text()


def test_a_dry_run_of_a_folder_says_what_would_happen_and_writes_nothing(config: Path, tmp_path: Path) -> None:
    takes = tmp_path / "takes"
    takes.mkdir()
    (takes / "duet.npz").write_bytes((ROOT / "samples" / "sample.duet.npz").read_bytes())
    (takes / "notes.txt").write_text("no poses")
    done = call(config, "--takes", "takes", "--fps", "25", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in (
        "hybrik-29: 29 joints",
        "parameters",
        "memory",
        "disk",
        "GB are free",
        "4 epochs of 3 steps: about",
        "nothing was written",
    ):
        assert part in done.stdout
    assert "left out: notes.txt: no known format of poses" in done.stdout
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["duet.npz", "notes.txt", "takes"]


def test_quiet_prints_nothing(config: Path, tmp_path: Path) -> None:
    done = call(config, "--quiet", "--out", "here", "--set", "run.epochs=1", "run.steps=1", "model.hidden=4", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((tmp_path / "here" / "settings.json").read_text())["model"]["hidden"] == 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "CONFIG.toml"),
        (["{config}", "--takes", "nowhere"], "nowhere: data.takes: there is no such file"),
        (["{config}", "--fps", "30"], "--fps and --skeleton are for --takes"),
        (["{whole}"], "this is a run"),
        (["missing.toml"], "missing.toml: there is no such file"),
        (["{config}", "--set", "run.epoch=3"], "did you mean run.epochs?"),
        (["{config}", "--set", "run.epochs"], "section.name=value"),
        (["{config}", "--set", "run.device=abacus"], "run.device"),
        (["{config}", "--out", "{config}"], "--out"),
        (["{config}", "--out", "{whole}"], "--resume"),
        (["--resume", "nowhere"], "no such folder"),
        (["--resume", "{whole}", "--set", "model.hidden=9"], "model.hidden"),
        (["{config}", "--resume", "{whole}", "--out", "other"], "different folders"),
        (["{config}", "--nonsense"], "--nonsense"),
    ],
)
def test_unusable_arguments_end_with_status_2_one_line_and_no_output(
    config: Path, whole: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = call(*(a.format(config=config, whole=whole) for a in arguments), "--quiet", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not any(tmp_path.rglob("*.*"))


@posix
def test_two_processes_never_train_in_one_folder(config: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start(config, folder)
    wait_for(folder / "checkpoints" / "00000000", process)
    second = call(config, "--resume", folder, "--quiet")
    process.kill()
    process.communicate(timeout=60)
    assert second.returncode == 2
    assert "another process is at its training here" in second.stderr and second.stderr.count("\n") == 1


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_saves_says_how_to_go_on_and_ends_with_130(config: Path, whole: Path, tmp_path: Path, number: signal.Signals) -> None:
    folder = tmp_path / "run"
    process = start(config, folder)
    wait_for(folder / "checkpoints" / "00000003")
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert f"--resume {folder}" in errors.splitlines()[-1]
    assert not (folder / "model").exists()
    assert call("--resume", folder).returncode == 0
    assert same(folder, whole)


@posix
def test_a_run_killed_before_its_first_checkpoint_starts_anew(config: Path, whole: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    done = call(config, "--resume", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert same(tmp_path / "run", whole)
    assert call("--resume", tmp_path).returncode == 2


@posix
def test_a_disk_that_fills_up_is_told_in_one_line_and_spoils_nothing(config: Path, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = call(config, "--out", folder, "--quiet", limit=20_000)
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert f"--resume {folder}" in done.stderr
    assert done.stderr.count("\n") == 1
    assert call(config, "--resume", folder).returncode == 0
    assert same(folder, whole)


@posix
def test_a_disk_too_small_is_refused_at_the_start_and_one_that_fills_up_later_ends_the_run_in_one_line(
    config: Path, tmp_path: Path
) -> None:
    """On a real small disk, where this machine lets a test mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        refused = call(config, "--out", disk / "run", "--quiet")
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
        assert "MB are needed and" in refused.stderr
        subprocess.run(["mount", "-o", "remount,size=40m", str(disk)], check=True)
        changes = ["--set", "run.epochs=50", "run.checkpoint_steps=1", "run.tensorboard=true"]
        process = start(config, disk / "run", "--out", str(disk / "run"), "--quiet", *changes)
        wait_for(disk / "run" / "checkpoints" / "00000002", process)
        with contextlib.suppress(OSError), (disk / "rest").open("wb", buffering=0) as rest:
            while rest.write(bytes(4096)):
                pass
        said, complaint = process.communicate(timeout=120)
        assert (process.returncode, said, complaint.count("\n")) == (2, "", 1), complaint
        assert "No space left on device" in complaint and f"--resume {disk / 'run'}" in complaint
        (disk / "rest").unlink()
        newest = max(int(path.name) for path in (disk / "run" / "checkpoints").iterdir() if path.name.isdigit())
        gone_on = call("--resume", disk / "run", "--set", f"run.epochs={newest // 3 + 1}")
        assert gone_on.returncode == 0, gone_on.stderr
        assert f"going on after step {newest} of" in gone_on.stderr
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_resumed_run_may_go_on_for_longer(whole: Path, config: Path, tmp_path: Path) -> None:
    short = ["run.epochs=2", "optimiser.schedule=constant"]
    assert call(config, "--out", tmp_path / "run", "--set", *short).returncode == 0
    done = call("--resume", tmp_path / "run", "--set", "run.epochs=3")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["epoch"] for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()] == [1, 2, 3]


def start(config: Path, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    arguments = arguments or ("--out", str(folder))
    return subprocess.Popen(
        [sys.executable, SCRIPT, str(config), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )


def wait_for(path: Path, process: subprocess.Popen[str] | None = None) -> None:
    for _ in range(3000):
        if path.exists() or (process and process.poll() is not None):
            return
        if not path.name.strip("0") and any(path.parent.glob("0*")):
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} did not appear")
