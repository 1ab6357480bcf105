"""A command for a whole folder: pairs, failures that stop nothing, nothing done twice, interruptions."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from duet_core.batch.takes import list_takes, named
from duet_core.clip import Clip
from duet_core.connections import Connections
from duet_core.formats import duet_npz
from duet_core.processes import SideBySide, command_line
from duet_core.skeletons import by_name

FAST = ("--model", "proximity", "--quiet")


def duet(seed: int, seconds: float = 8.0) -> Clip:
    """Two dancers who sway."""
    rng = np.random.default_rng(seed)
    time_ = np.arange(int(seconds * 20)) / 20
    phase = rng.uniform(0, 6, (1, 2, 24, 3))
    waves = sum(rng.normal(size=(1, 2, 24, 3)) * 0.1 * np.sin(2 * np.pi * f * time_[:, None, None, None] + phase) for f in (0.4, 0.9))
    return Clip(waves + rng.normal(size=(1, 2, 24, 3)) * 0.3 + [0, 0, 1], 20, by_name("smpl-24"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two duets in one file each, a pair of solo files below, a damaged file, and a note."""
    takes = tmp_path / "takes"
    for seed, name in enumerate(("monday", "tuesday")):
        duet_npz.write(duet(seed), takes / f"{name}.duet.npz")
    (takes / "pair").mkdir()
    both = duet(5).positions
    for number, name in enumerate(("t1_lead.npy", "t1_follow.npy")):
        np.save(takes / "pair" / name, both[:, number])
    (takes / "cut.bvh").write_text("HIERARCHY\nROOT hip\n{\n")
    (takes / "notes.txt").write_text("two good takes")
    return takes


def batch(root: Path, folder: Path, out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts" / "infer.py"), str(folder), "--out", str(out), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8") as stream:
        return {row["take"]: row for row in csv.DictReader(stream)}


def test_every_take_is_done_failures_are_listed_and_nothing_is_done_twice(root: Path, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = batch(root, folder, out, "--model", "proximity", "--jobs", "2", "--fps", "20")
    assert done.returncode == 0, done.stderr
    found = rows(out)
    assert {name: row["status"] for name, row in found.items()} == {
        "cut": "failed", "monday": "done", "pair/t1_follow_and_t1_lead": "done", "tuesday": "done",
    }  # fmt: skip
    assert "cut.bvh" in found["cut"]["problem"] and "cut.bvh" in done.stdout and "notes.txt" in done.stdout
    assert Connections.load(out / "pair" / "t1_follow_and_t1_lead" / "connections.npz").edges == 2 * 24 * 24
    assert not list(out.rglob(".*")), "nothing half done is left"

    stamps = {file: file.stat().st_mtime_ns for file in out.rglob("connections.npz")}
    duet_npz.write(duet(9), folder / "tuesday.duet.npz")  # another dance under the old name
    again = batch(root, folder, out, "--model", "proximity", "--jobs", "1", "--fps", "20")
    assert again.returncode == 0, again.stderr
    assert [rows(out)[name]["status"] for name in ("monday", "pair/t1_follow_and_t1_lead", "tuesday")] == ["kept", "kept", "done"]
    changed = {file.parent.name for file, stamp in stamps.items() if file.stat().st_mtime_ns != stamp}
    assert changed == {"tuesday"}
    assert {key: value for key, value in rows(out)["monday"].items() if key != "status"} == {
        key: value for key, value in found["monday"].items() if key != "status"
    }


def test_other_settings_or_a_lost_file_make_a_take_anew(root: Path, tmp_path: Path) -> None:
    takes, out = tmp_path / "takes", tmp_path / "out"
    duet_npz.write(duet(1), takes / "monday.duet.npz")

    def status(*arguments: str) -> str:
        assert batch(root, takes, out, *FAST, *arguments).returncode == 0
        return rows(out)["monday"]["status"]

    assert (status(), status()) == ("done", "kept")
    (out / "monday" / "connections.csv").unlink()
    assert status() == "done"
    assert status("--window", "60") == "done"
    assert status("--window", "60", "--again") == "done"


def test_a_folder_of_which_nothing_can_be_used_ends_with_status_2_and_one_line(root: Path, tmp_path: Path) -> None:
    (tmp_path / "takes").mkdir()
    empty = batch(root, tmp_path / "takes", tmp_path / "out", *FAST)
    assert (empty.returncode, empty.stderr.count("\n")) == (2, 1) and "no takes" in empty.stderr
    assert not (tmp_path / "out").exists()
    (tmp_path / "takes" / "cut.bvh").write_text("HIERARCHY")
    broken = batch(root, tmp_path / "takes", tmp_path / "out", *FAST)
    assert (broken.returncode, broken.stderr.count("\n")) == (2, 1) and "cut.bvh" in broken.stderr
    wrong = batch(root, tmp_path / "takes", tmp_path / "out", "--model", "nonsense")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1) and "nonsense" in wrong.stderr


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_an_interrupt_ends_with_130_leaves_nothing_half_done_and_the_same_command_goes_on(root: Path, tmp_path: Path) -> None:
    takes, out = tmp_path / "takes", tmp_path / "out"
    duet_npz.write(duet(0), takes / "monday.duet.npz")
    rng = np.random.default_rng(0)
    np.save(takes / "zlong.npy", rng.normal(size=(40_000, 29, 3)).cumsum(axis=0) * 0.01)
    command = [sys.executable, str(root / "scripts" / "infer.py"), str(takes), "--out", str(out), "--quiet", "--jobs", "1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    deadline = time.monotonic() + 90
    while not (out / ".zlong.part").is_dir() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "1 of 2 takes are done" in said and said.count("\n") == 1
    assert not (out / "zlong").exists()
    os.unlink(takes / "zlong.npy")
    assert batch(root, takes, out, "--quiet").returncode == 0
    assert {row["status"] for row in rows(out).values()} == {"kept"}
    assert len(list(out.rglob("connections.npz"))) == 1


def test_each_take_has_a_name_of_its_own(tmp_path: Path) -> None:
    files = [
        (tmp_path / "a.npy",),
        (tmp_path / "a.trc",),
        (tmp_path / "b" / "a.npy",),
        (tmp_path / "60_01.bvh.gz", tmp_path / "61_01.bvh.gz"),
    ]
    assert [one.name for one in named(tmp_path, files)] == ["a.npy", "a.trc", "b/a", "60_01_and_61_01"]


def test_two_files_alone_in_a_folder_are_two_takes_where_each_holds_both_dancers(tmp_path: Path) -> None:
    for seed, name in enumerate(("monday", "tuesday")):
        duet_npz.write(duet(seed), tmp_path / f"{name}.duet.npz")
    both = duet(5).positions
    for number, name in enumerate(("ana.npy", "bo.npy")):
        (tmp_path / "solo").mkdir(exist_ok=True)
        np.save(tmp_path / "solo" / name, both[:, number])
    assert [one.name for one in list_takes(tmp_path)[0]] == ["monday", "tuesday", "solo/ana_and_bo"]


def test_results_within_the_folder_of_takes_are_no_takes(folder: Path) -> None:
    before = list_takes(folder, [folder / "out"])
    duet_npz.write(duet(1), folder / "out" / "result.duet.npz")
    assert list_takes(folder, [folder / "out"]) == before
    assert len(list_takes(folder)[0]) == len(before[0]) + 1


def test_processes_side_by_side_are_no_more_than_asked_for_and_none_outlives_the_block() -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    with SideBySide(2, dict(os.environ)) as some:
        some.start("a", sleeper)
        some.start("b", [sys.executable, "-c", "import sys; sys.exit('wrong')"])
        assert not some.room
        [(key, ended)] = list(some.ended())
        assert (key, ended.status, ended.said) == ("b", 1, "wrong\n")
        process = some._running["a"].process
    assert process.poll() is not None


def test_a_command_is_started_by_this_very_python(root: Path) -> None:
    assert command_line("infer", ["x"]) == [sys.executable, str(root / "scripts" / "infer.py"), "x"]
