"""A film drawn in parts, by processes that may be killed: the same pictures as in one go, and nothing drawn twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from duet_connections.addon.commands.render import main
from duet_connections.addon.pictures import Pictures, is_whole
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.connections import Connections
from duet_connections.duet_core.formats import duet_npz, read
from duet_connections.duet_core.launch import run

FRAMES = 12
SMALL = ["--engine", "workbench", "--resolution", "96x64", "--quiet", "--pictures"]


@pytest.fixture(scope="module")
def take(root, tmp_path_factory) -> tuple[str, ...]:
    """A short take and its connections, as arguments."""
    folder = tmp_path_factory.mktemp("take")
    clip: Clip = read(root / "samples" / "sample.duet.npz", frames=(100, 100 + FRAMES))
    duet_npz.write(clip, folder / "short.duet.npz")
    edges = 2 * len(clip.skeleton) ** 2
    confidence = np.zeros((2, edges), np.float32)
    confidence[0, 5], confidence[1, 900], confidence[1, 1200] = 0.9, 0.7, 0.95
    kind = (confidence > 0).astype(np.int8)
    Connections(
        joints=clip.skeleton.joints, window_start=np.array([0, 6]), window_end=np.array([12, FRAMES]), confidence=confidence, fps=clip.fps,
        types=("none", "core"), type_probability=np.full((2, edges, 2), 0.5, np.float32), lag=np.full((2, edges), 0.2, np.float32), kind=kind,
    ).save(folder / "found.npz")  # fmt: skip
    return str(folder / "short.duet.npz"), "--connections", str(folder / "found.npz")


@pytest.fixture(scope="module")
def whole(take, tmp_path_factory) -> dict[str, bytes]:
    """The film made in one go."""
    out = tmp_path_factory.mktemp("whole")
    assert main([*take, "--out", str(out), *SMALL]) == 0
    return film(out)


def film(out: Path) -> dict[str, bytes]:
    """What can be seen of a film: its pictures, still and video."""
    files = [*sorted((out / "frames").glob("*.png")), out / "still.png", out / "duet.mp4"]
    return {file.name: file.read_bytes() for file in files if file.exists()}


def test_two_parts_join_to_the_very_pictures_and_video_of_the_whole(take, whole, tmp_path):
    """One is made in a folder of its own and copied, as machines without a common disk do."""
    out, other = tmp_path / "a", tmp_path / "b"
    assert main([*take, "--out", str(out), "--frames", "0:5", *SMALL]) == 0
    assert main([*take, "--out", str(other), "--frames", "5:", *SMALL]) == 0
    assert not (out / "duet.mp4").exists()
    for picture in (other / "frames").glob("*.png"):
        os.replace(picture, out / "frames" / picture.name)
    there = {file: file.stat().st_mtime_ns for file in (out / "frames").glob("*.png")}
    assert len(there) == FRAMES
    assert main([*take, "--out", str(out), *SMALL]) == 0
    assert film(out) == whole
    assert len(whole) == FRAMES + 2
    assert {file: file.stat().st_mtime_ns for file in there} == there, "a picture that was there was drawn again"


def test_a_picture_that_is_cut_short_or_of_another_size_is_drawn_again(take, whole, tmp_path):
    assert main([*take, "--out", str(tmp_path), "--frames", "0:3", *SMALL]) == 0
    picture = tmp_path / "frames" / "000002.png"
    picture.write_bytes(whole["000002.png"][:-5])
    assert Pictures(tmp_path, (96, 64)).missing([1, 2, 3, 4]) == [2, 4]
    assert not is_whole(tmp_path / "frames" / "000001.png", (64, 96))
    assert main([*take, "--out", str(tmp_path), "--frames", "0:3", *SMALL]) == 0
    assert picture.read_bytes() == whole["000002.png"]


def test_parts_of_another_film_are_refused_until_one_starts_over(take, tmp_path, capsys):
    out = ["--out", str(tmp_path), "--frames", "0:1"]
    assert run("duet_connections", "render", [*take, *out, *SMALL]) == 0
    before = film(tmp_path)
    for changes, says in (
        (("--threshold", "0.8"), "threshold (0.5, not 0.8)"),
        (("--resolution", "128x64"), "resolution"),
        (("--engine", "cycles"), "engine"),
    ):
        assert run("duet_connections", "render", [*take, *out, *SMALL, *changes]) == 2
        said = capsys.readouterr().err.strip()
        assert says in said and "--again" in said and "\n" not in said
    assert film(tmp_path) == before
    assert main([*take, *out, *SMALL, "--threshold", "0.8", "--again"]) == 0
    assert json.loads((tmp_path / "frames" / "job.json").read_text())["threshold"] == 0.8


def test_frames_outside_the_take_are_refused(take, tmp_path, capsys):
    assert run("duet_connections", "render", [*take, "--out", str(tmp_path / "o"), "--frames", "10:30", *SMALL]) == 2
    assert "0:12" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def heeds_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(root: Path, take: tuple[str, ...], out: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, str(root / "scripts" / "render.py"), *take, "--out", str(out), *SMALL],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_interrupts,
    )


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_an_interrupt_keeps_what_is_drawn_and_says_how_to_go_on(root, take, tmp_path):
    process = started(root, take, tmp_path)
    deadline = time.monotonic() + 60
    while not (tmp_path / "frames" / "000001.png").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "pictures are in" in said and "the same command goes on" in said and "Traceback" not in said
    assert (tmp_path / "frames" / "000001.png").exists() and not list(tmp_path.glob(".duet-*"))


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_killed_again_and_again_it_comes_to_the_same_film(root, take, whole, tmp_path):
    """``kill -9`` at random moments: while Blender loads, the scene is built, pictures are drawn, the video is encoded. DUET_KILLS: how often."""
    kills = int(os.environ.get("DUET_KILLS", 1))
    chance = random.Random(kills)
    begun = time.monotonic()
    assert started(root, take, tmp_path / "clock").wait() == 0
    length = time.monotonic() - begun
    out = tmp_path / "out"
    killed = 0
    while killed < kills:
        process = started(root, take, out)
        wait = chance.uniform(0.05, 0.95) * length
        try:
            assert process.wait(wait) == 0, process.stderr.read()
            for picture in chance.sample(
                sorted((out / "frames").glob("*.png")), FRAMES // 2
            ):  # done too soon: there must be something left to do
                picture.unlink()
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        process.communicate()
    last = started(root, take, out)
    _, said = last.communicate(timeout=120)
    assert last.returncode == 0, said
    assert film(out) == whole
    assert not list(out.glob(".duet-*")) and not list(out.glob(".new-*"))
