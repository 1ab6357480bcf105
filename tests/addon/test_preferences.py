"""Preferences: more models among the methods, first looks, and what Check says."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
from duet_connections.addon import methods, preferences
from duet_connections.addon.interpreters import check_python
from duet_connections.addon.names import ROOT_PACKAGE
from duet_connections.addon.scene import memory, threads
from duet_connections.addon.scene.thread_looks import on_light_stage, thread_look_of
from duet_connections.duet_core.errors import Cancelled, InputError

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture
def own() -> Iterator[Any]:
    """The add-on's preferences, as for an add-on that is enabled."""
    addon = bpy.context.preferences.addons.new()
    addon.module = ROOT_PACKAGE
    methods.look_again()
    yield preferences.preferences()
    bpy.context.preferences.addons.remove(addon)
    methods._chosen.clear()
    methods.look_again()


@pytest.fixture
def shelf(root: Path, tmp_path: Path) -> Path:
    """A folder with one model in it."""
    shutil.copytree(root / "models" / "duet", tmp_path / "shelf" / "mine")
    return tmp_path / "shelf"


def identifiers() -> list[str]:
    methods.look_again()
    return [item[0] for item in methods.method_items()]


def test_models_in_the_folder_stand_beside_the_bundled_ones(own: Any, shelf: Path) -> None:
    before = identifiers()
    assert "duet" in before and "granger" in before
    own.model_folder = str(shelf)
    assert identifiers() == [*before, str(shelf / "mine")]
    bpy.context.scene.duet.method = str(shelf / "mine")
    assert bpy.context.scene.duet.method == str(shelf / "mine")


def test_a_folder_that_is_a_model_itself_is_one(own: Any, shelf: Path) -> None:
    own.model_folder = str(shelf / "mine")
    assert str(shelf / "mine") in identifiers()


def test_a_vanished_folder_breaks_nothing_and_is_told(own: Any, shelf: Path, root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    own.model_folder = str(shelf)
    identifiers()
    bpy.context.scene.duet.method = str(shelf / "mine")
    shutil.rmtree(shelf)
    items = {name: title for name, title, *_ in (methods.look_again(), methods.method_items(bpy.context.scene.duet))[1]}
    assert items[str(shelf / "mine")] == "Model mine (missing)"
    assert bpy.context.scene.duet.method == str(shelf / "mine")
    bpy.ops.duet.import_poses(filepath=str(root / "samples" / "sample.duet.npz"))
    bpy.context.scene.duet.method = str(shelf / "mine")
    with pytest.raises(RuntimeError, match="no method or model is called"):
        bpy.ops.duet.infer(method=str(shelf / "mine"))
    assert "matches no enum" not in capfd.readouterr().err


def test_the_choice_of_a_model_survives_saving_even_where_the_folder_is_gone(own: Any, shelf: Path, tmp_path: Path) -> None:
    own.model_folder = str(shelf)
    identifiers()
    bpy.context.scene.duet.method = str(shelf / "mine")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    shutil.rmtree(shelf)
    methods._chosen.clear()
    methods.look_again()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    assert bpy.context.scene.duet.method == str(shelf / "mine")
    bpy.context.scene.duet.method = "granger"
    assert bpy.context.scene.duet.method == "granger"


def test_asking_for_the_methods_is_cheap_enough_for_a_panel(own: Any, shelf: Path) -> None:
    own.model_folder = str(shelf)
    methods.method_items()
    start = time.perf_counter()
    for _ in range(100):
        methods.method_items()
    assert (time.perf_counter() - start) / 100 < 2e-4


def test_without_preferences_all_is_as_usual() -> None:
    assert preferences.preferences() is None
    assert preferences.model_folder() is None
    assert preferences.first_look()["top_k"] == 40
    assert bpy.context.scene.duet.method == "duet"


def test_a_new_duet_looks_as_the_preferences_say(own: Any, root: Path) -> None:
    own.threshold, own.top_k, own.width, own.look, own.stage = 0.25, 11, 0.05, "INK", "LIMBO"
    bpy.ops.duet.import_poses(filepath=str(root / "samples" / "sample.duet.npz"), dancers="BONES", bone_shapes=False)
    assert on_light_stage(bpy.context.scene)
    assert not bpy.data.armatures["sample A"].show_bone_custom_shapes and bpy.data.objects["sample A body"].hide_viewport
    (duet,) = memory.duets(bpy.context.scene)
    assert bpy.ops.duet.infer(method="crosscorr", window=4.0, stride=4.0) == {"FINISHED"}
    drawn = memory.threads_of(duet)
    assert [threads.get_input(drawn, name) for name in ("Threshold", "Top K", "Width")] == pytest.approx([0.25, 11, 0.05])
    assert thread_look_of(drawn) == "INK"
    bpy.ops.duet.thread_look(look="TRAILS")
    assert bpy.ops.duet.draw_connections() == {"FINISHED"}
    assert thread_look_of(memory.threads_of(duet)) == "TRAILS"


def test_check_says_which_models_load_and_whether_the_python_can_train(own: Any, shelf: Path) -> None:
    shutil.copytree(shelf / "mine", shelf / "broken")
    (shelf / "broken" / "model.safetensors").write_bytes(b"nothing")
    own.model_folder = str(shelf)
    assert bpy.ops.duet.check() == {"FINISHED"}
    said = {words.split(":")[0]: (works, words) for works, words in preferences.checked}
    assert said["Model duet"][0] and said["Model mine"][0]
    assert not said["Model broken"][0] and "hash" not in said
    assert said["Training"] == (True, "Training: no Python is chosen; all else works without")
    own.model_folder, own.python = str(shelf / "gone"), str(shelf / "python")
    bpy.ops.duet.check()
    assert any(not works and "missing" in words for works, words in preferences.checked)
    assert any(not works and "no such file" in words for works, words in preferences.checked)


def test_a_python_with_torch_is_told_with_its_versions() -> None:
    pytest.importorskip("torch")
    said = check_python(sys.executable)
    assert f"Python {'.'.join(map(str, sys.version_info[:3]))}" in said
    assert "torch 2." in said


@pytest.mark.skipif(sys.platform == "win32", reason="makes shell scripts")
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit 3", "exit status 3"),
        ("echo nonsense", "does not answer as a Python does"),
        ("""echo '{"python": [3, 9, 1]}'""", "Python 3.9.1; 3.11 is needed"),
        ("""echo '{"python": [3, 12, 0], "numpy": "2.0", "torch_error": "ImportError: no"}'""", "torch cannot be imported"),
        ("""echo '{"python": [3, 12, 0], "numpy": "2.0", "torch": "1.13.1+cpu", "gpu": ""}'""", "too old"),
        ("sleep 60", "did not answer within"),
    ],
)
def test_a_python_that_cannot_train_is_told_with_the_reason(tmp_path: Path, script: str, says: str) -> None:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    with pytest.raises(InputError, match=says):
        check_python(str(fake), limit=1.0)


@pytest.mark.skipif(sys.platform == "win32", reason="makes shell scripts")
def test_asking_a_python_can_be_cancelled(tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nsleep 60\n")
    fake.chmod(0o755)
    with pytest.raises(Cancelled):
        check_python(str(fake), lambda: True)
