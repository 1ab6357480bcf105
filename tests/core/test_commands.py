"""Command lines as users call them: real processes, exit statuses, one clear line, whole output or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import Connections
from duet_core.formats import duet_npz
from duet_core.skeletons import by_name


def run(root: Path, command: str, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "scripts" / f"{command}.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def duet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ten-second duet of smooth random motion."""
    rng = np.random.default_rng(3)
    seconds = np.arange(300) / 30
    waves = sum(
        rng.normal(size=(1, 2, 24, 3)) * 0.1 * np.sin(2 * np.pi * f * seconds[:, None, None, None] + rng.uniform(0, 6, (1, 2, 24, 3)))
        for f in (0.3, 0.7, 1.3)
    )
    file = tmp_path_factory.mktemp("duet") / "ten.duet.npz"
    duet_npz.write(Clip(waves + rng.normal(size=(1, 2, 24, 3)) * 0.3 + [0, 0, 1], 30, by_name("smpl-24")), file)
    return file


def test_infer_writes_connections_that_load_and_the_same_twice(root: Path, duet: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        done = run(root, "infer", duet, "--out", tmp_path / name, "--seed", 4)
        assert done.returncode == 0, done.stderr
        assert "candidates" in done.stdout
    first, second = (Connections.load(tmp_path / name / "connections.npz") for name in ("a", "b"))
    np.testing.assert_array_equal(first.confidence, second.confidence)
    assert first.edges == 2 * 24 * 24
    assert first.fps == 30
    assert first.meta["source"] == ["ten.duet.npz"]
    assert (tmp_path / "a" / "connections.csv").read_bytes() == (tmp_path / "b" / "connections.csv").read_bytes()


def test_infer_tells_what_it_found_and_writes_it_as_a_page(root: Path, tmp_path: Path) -> None:
    done = run(root, "infer", root / "samples" / "sample.duet.npz", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "A and B" in done.stdout and "(confidence 0." in done.stdout and "report.html" in done.stdout
    assert done.stdout.count("  - From ") in range(3, 9)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert page.startswith("<!doctype html>") and page.endswith("</html>\n")


def test_quiet_prints_nothing_and_any_working_folder_will_do(root: Path, duet: Path, tmp_path: Path) -> None:
    done = run(root, "infer", duet, "--out", "here", "--quiet", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "here" / "connections.npz").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--help"),
        (["missing.npy"], "missing.npy: there is no such file"),
        (["{duet}", "{duet}", "{duet}"], "3 pose files"),
        (["{duet}", "--window", "0"], "'0'"),
        (["{duet}", "--window", "9999"], "window"),
        (["{duet}", "--fps", "-3"], "'-3'"),
        (["{duet}", "--frames", "7"], "A:B"),
        (["{duet}", "--frames", "200:900"], "0:300"),
        (["{duet}", "--model", "nonsense"], "nonsense"),
        (["{duet}", "--no-such-option"], "--no-such-option"),
    ],
)
def test_unusable_arguments_end_with_status_2_one_line_and_no_output(
    root: Path, duet: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = run(root, "infer", *(a.format(duet=duet) for a in arguments), "--out", tmp_path / "out")
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(root: Path, duet: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run(root, "infer", duet, "--out", tmp_path / "file" / "out")
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_infer_loads_neither_blender_nor_torch_nor_scipy(root: Path, duet: Path, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r}); from duet_core.launch import load_extension, run; load_extension();"
        f"assert run('duet_connections', 'infer', [{str(duet)!r}, '--out', {str(tmp_path)!r}, '--quiet']) == 0;"
        "print(sorted({'bpy', 'torch', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def heeds_interrupts() -> None:
    """A shell that runs the tests in the background lets them, and all that they start, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_an_interrupt_ends_with_status_130_and_leaves_nothing(root: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "long.npy", rng.normal(size=(40_000, 29, 3)).cumsum(axis=0) * 0.01)
    script = [sys.executable, str(root / "scripts" / "infer.py"), str(tmp_path / "long.npy"), "--out", str(tmp_path / "out")]
    process = subprocess.Popen(script, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=heeds_interrupts)
    # The folder is made just before the work begins; how long loading takes depends on the machine.
    begun = time.monotonic() + 90
    while not (tmp_path / "out").is_dir() and time.monotonic() < begun:
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert not list((tmp_path / "out").iterdir())
