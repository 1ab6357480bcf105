"""``render.py FOLDER``: a film of every take, drawn from connections that were found before."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from duet_connections.duet_core.formats import duet_npz, read


@pytest.fixture
def takes(root, tmp_path):
    clip = read(root / "samples" / "sample.duet.npz")
    for number, name in enumerate(("one", "two")):
        duet_npz.write(clip.sliced(200 * number, 200 * number + 100), tmp_path / "takes" / f"{name}.duet.npz")
    return tmp_path / "takes"


def run(root, command, takes, out, *arguments):
    argv = [sys.executable, str(root / "scripts" / f"{command}.py"), str(takes), "--out", str(out), "--quiet", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)


def test_every_take_is_rendered_with_its_own_connections_and_kept_the_next_time(root, takes, tmp_path):
    found, out = tmp_path / "found", tmp_path / "films"
    assert run(root, "infer", takes, found, "--model", "proximity").returncode == 0
    small = ["--engine", "workbench", "--resolution", "64x64", "--no-video", "--connections", str(found)]
    done = run(root, "render", takes, out, *small, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    expected = {"connections.npz", "connections.csv", "duet.blend", "still.png", "done.json"}
    for name in ("one", "two"):
        assert {path.name for path in (out / name).iterdir()} == expected
        assert (out / name / "connections.npz").read_bytes() == (found / name / "connections.npz").read_bytes()
    stamp = (out / "one" / "still.png").stat().st_mtime_ns
    os.unlink(found / "two" / "connections.npz")
    again = run(root, "render", takes, out, *small)
    assert again.returncode == 0, again.stderr
    assert (out / "one" / "still.png").stat().st_mtime_ns == stamp
    told = (out / "summary.csv").read_text("utf-8")
    assert "one,kept" in told and "two,failed" in told and "no connections of this take" in told


def test_a_file_in_place_of_the_folder_of_connections_is_refused(root, takes, tmp_path):
    file = tmp_path / "x.npz"
    file.touch()
    done = run(root, "render", takes, tmp_path / "o", "--connections", str(file))
    assert done.returncode == 2 and "x.npz" in done.stderr and done.stderr.count("\n") == 1
