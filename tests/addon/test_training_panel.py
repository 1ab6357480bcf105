"""Train from Blender: a real run as a child process, followed, stopped, gone on with, and its model used."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import pytest
from duet_connections.addon import methods, training
from duet_connections.addon.operators import training as operators
from duet_connections.duet_core.errors import InputError

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture
def scene(root: Path, tmp_path: Path) -> Iterator[bpy.types.Scene]:
    """A short duet, and settings so small that an epoch takes no time."""
    assert bpy.ops.duet.import_poses(filepath=str(root / "samples" / "sample.duet.npz")) == {"FINISHED"}
    (tmp_path / "tiny.toml").write_text((root / "tests" / "tiny.toml").read_text())
    settings = bpy.context.scene.duet.training
    settings.preset, settings.config, settings.folder = "OWN", str(tmp_path / "tiny.toml"), str(tmp_path / "runs")
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background lets its children ignore it
    yield bpy.context.scene
    signal.signal(signal.SIGINT, handler)
    operators.leave()
    methods._chosen.clear()


def pumped(run: training.Run, until: Callable[[], bool] | None = None, seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not run.pump():
        assert time.monotonic() < end, (run.folder / training.LOG).read_text()
        if until is not None and until():
            return
        time.sleep(0.05)


def test_a_model_is_trained_on_the_scenes_duets_followed_and_used(scene: bpy.types.Scene, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    assert bpy.ops.duet.train(python=sys.executable) == {"FINISHED"}
    run = training.current()
    assert run is not None and run.alive
    assert not bpy.ops.duet.train.poll(), "one at a time"
    assert not bpy.ops.duet.use_trained.poll()
    pumped(run)
    assert (run.state, run.error) == (training.FINISHED, ""), run.error
    assert (run.epoch, run.epochs, run.share) == (2, 2, 1.0)
    assert all(isinstance(row["train/loss"], float) for row in run.rows)
    assert [path.name for path in (run.folder / training.TAKES).iterdir()] == ["sample.duet.npz"]
    assert "sample.duet.npz" in (run.folder / training.MODEL / "config.json").read_text()
    assert bpy.ops.duet.use_trained() == {"FINISHED"}
    assert scene.duet.method == str(run.folder / "model")
    assert bpy.ops.duet.infer(method=scene.duet.method, stride=4.0, draw_them=False) == {"FINISHED"}


def test_a_run_is_stopped_saved_and_gone_on_with(scene: bpy.types.Scene) -> None:
    pytest.importorskip("torch")
    scene.duet.training.epochs = 5000
    bpy.ops.duet.train(python=sys.executable)
    run = training.current()
    assert run is not None
    pumped(run, lambda: run.epoch >= 1)
    assert run.alive and run.left is not None
    assert bpy.ops.duet.stop_training() == {"FINISHED"}
    assert run.state == training.STOPPING
    pumped(run)
    assert run.state == training.STOPPED
    done = run.epoch
    assert done >= 1
    assert bpy.ops.duet.train(python=sys.executable, resume=True) == {"FINISHED"}
    again = training.current()
    assert again is not None and again.folder == run.folder
    pumped(again, lambda: again.epoch > done)
    operators.leave()
    assert again.state == training.STOPPED, "leaving the add-on ends the process"
    assert training.current() is None


@pytest.mark.parametrize(
    ("toml", "says"),
    [("[run]\nepoch = 3\n", "did you mean run.epochs"), ("[data]\ntakes = 7\n", "data.takes"), ("nonsense", "this is not TOML")],
)
def test_what_is_wrong_with_the_settings_is_said_in_one_line(scene: bpy.types.Scene, tmp_path: Path, toml: str, says: str) -> None:
    pytest.importorskip("torch")
    (tmp_path / "tiny.toml").write_text(toml)
    try:
        bpy.ops.duet.train(python=sys.executable)
    except RuntimeError as error:
        said = str(error)
    else:
        run = training.current()
        assert run is not None
        pumped(run)
        assert run.state == training.FAILED
        said = run.error
    assert says in said
    assert "Traceback" not in said and "\n" not in said.strip()


@pytest.mark.parametrize(
    ("python", "says"), [("", "no Python is chosen"), ("/nowhere/python", "no such file"), ("/bin/true", "does not answer as a Python")]
)
def test_without_a_python_that_can_train_nothing_starts(scene: bpy.types.Scene, tmp_path: Path, python: str, says: str) -> None:
    with pytest.raises(RuntimeError, match=says):
        bpy.ops.duet.train(python=python)
    assert training.current() is None
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_child_that_dies_says_its_last_line(scene: bpy.types.Scene, tmp_path: Path) -> None:
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\necho one\necho 'train: the disc is full; free some room' >&2\nexit 2\n")
    dying.chmod(0o755)
    run = training.Run(tmp_path / "run")
    run.start(str(dying), tmp_path / "tiny.toml", [])
    pumped(run)
    assert (run.state, run.error) == (training.FAILED, "the disc is full; free some room")


def test_metrics_are_read_as_they_grow_and_a_half_written_line_waits(tmp_path: Path) -> None:
    run = training.Run(tmp_path)
    file = tmp_path / training.METRICS
    file.write_text('{"epoch": 1, "train/loss": 2.0}\n{"epoch": 2, "tra')
    run._read_metrics()
    assert [row["epoch"] for row in run.rows] == [1]
    with file.open("a") as stream:
        stream.write('in/loss": 1.0}\n')
    run._read_metrics()
    assert [row["epoch"] for row in run.rows] == [1, 2]


def test_own_takes_are_kept_beside_those_of_the_scene(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[data]\ntakes = ["a.npy", {files = ["b 1.bvh", "b\\\\2.bvh"], fps = 60.0}]\n')
    import tomllib

    key, _, value = training.with_takes(file, tmp_path / "takes").partition("=")
    assert key == "data.takes"
    assert tomllib.loads(f"x = {value}")["x"] == [
        "a.npy",
        {"files": ["b 1.bvh", "b\\2.bvh"], "fps": 60.0},
        {"files": str(tmp_path / "takes"), "use": "training"},
    ]
    with pytest.raises(InputError, match="cannot be read"):
        training.with_takes(tmp_path / "none.toml", tmp_path)


def test_a_new_run_never_writes_into_an_older_ones_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert training.free_folder(tmp_path, "mine").name == "mine-2"


def test_presets_of_the_panel_are_files_that_are_packed(root: Path) -> None:
    from duet_connections.addon.training_settings import OWN, PRESET_ITEMS

    for name, *_ in PRESET_ITEMS:
        assert name == OWN or (training.PRESETS / f"{name}.toml").is_file()
    assert '"presets"' in (root / "tools" / "build_extension.py").read_text("utf-8")
