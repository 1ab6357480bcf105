"""The Flamenco job type: what it compiles to, in a JavaScript engine with a stand-in for the Manager; and that what it tells Blender to do makes our pictures.

Flamenco itself was not at hand. Names and meaning of its globals and commands follow its source (``internal/manager/job_compilers``, ``internal/worker``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

quickjs = pytest.importorskip("quickjs", reason="no JavaScript engine: pip install -r requirements/test.txt")

ROOT = Path(__file__).resolve().parents[2]
JOB_TYPE = ROOT / "farm" / "flamenco" / "duet_render.js"
SETTINGS = {
    "frames": "1-10", "chunk_size": 4, "video": True, "blendfile": "/shared/it's a duet.blend", "fps": 29.97, "output_root": "/shared/out",
    "output_folder": "/shared/out/duet/{timestamp}",
}  # fmt: skip


def engine() -> Any:
    context = quickjs.Context()
    context.eval((Path(__file__).with_name("flamenco.js")).read_text("utf-8") + JOB_TYPE.read_text("utf-8"))
    return context


def compiled(**changes: Any) -> dict[str, Any]:
    context = engine()
    return json.loads(context.eval(f"compiled({json.dumps({**SETTINGS, **changes})})"))


def test_it_splits_renders_and_joins_when_all_is_rendered() -> None:
    job = compiled()
    *renders, join = job["tasks"]
    assert [task["name"] for task in renders] == ["render 1-4", "render 5-8", "render 9,10"]
    assert {task["type"] for task in renders} == {"blender"} and join["type"] == "ffmpeg"
    assert join["dependencies"] == [task["name"] for task in renders]
    assert all(not task["dependencies"] for task in renders)
    frames = [task["commands"][0]["parameters"]["args"][-1] for task in renders]
    assert frames == ["1..4", "5..8", "9,10"]
    video = join["commands"][0]
    assert video["name"] == "frames-to-video"
    assert video["parameters"]["inputGlob"] == "/shared/out/duet/2026-11-21_120000/frames/*.png"
    assert video["parameters"]["outputFile"] == "/shared/out/duet/2026-11-21_120000/it's a duet.mp4"
    assert video["parameters"]["fps"] == 29.97
    assert job["settings"]["output_folder"] == "/shared/out/duet/2026-11-21_120000"


def test_every_render_command_has_what_a_worker_asks_for() -> None:
    for task in compiled()["tasks"][:-1]:
        [command] = task["commands"]
        about = command["parameters"]
        assert command["name"] == "blender-render"
        assert (about["exe"], about["exeArgs"], about["argsBefore"]) == ("{blender}", "{blenderArgs}", [])
        assert about["blendfile"] == SETTINGS["blendfile"]
        assert all(isinstance(argument, str) for argument in about["args"])
        assert about["args"][about["args"].index("--render-output") + 1].endswith("/frames/######")


def test_without_video_nothing_is_joined() -> None:
    assert [task["type"] for task in compiled(video=False)["tasks"]] == ["blender"] * 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"frames": "one to ten"}, "invalid range"),
        ({"chunk_size": 0}, "chunk size"),
        ({"output_folder": ""}, "output_root"),
        ({"fps": 0}, "fps"),
    ],
)
def test_a_job_that_cannot_be_is_refused_when_it_is_submitted(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(quickjs.JSException, match=says):
        compiled(**changes)


def test_its_settings_are_of_types_that_flamenco_knows_and_its_expressions_are_python() -> None:
    kinds = {"bool", "int32", "float", "string"}
    settings = json.loads(engine().eval("JSON.stringify(JOB_TYPE.settings)"))
    assert {one["type"] for one in settings} <= kinds
    assert {one["key"] for one in settings} == set(SETTINGS)
    for one in settings:
        if "eval" in one:
            compile(one["eval"], one["key"], "eval")


def test_what_blender_is_told_makes_the_very_pictures_of_the_render_command_and_leaves_those_that_are_there(tmp_path: Path) -> None:
    """Blender's arguments as a worker gives them; without Blender's executable the wheel does what they say, in their order."""
    whole = tmp_path / "whole"
    render = [
        sys.executable,
        str(ROOT / "scripts" / "render.py"),
        str(ROOT / "samples" / "sample.duet.npz"),
        "--model",
        "proximity",
        "--quiet",
    ]
    small = ["--engine", "workbench", "--resolution", "96x64", "--pictures", "--frames", "0:4", "--out", str(whole)]
    subprocess.run([*render, *small], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    frames = tmp_path / "farm" / "frames"
    frames.mkdir(parents=True)
    sound = (whole / "frames" / "000002.png").read_bytes()
    (frames / "000001.png").write_bytes(sound[:-20])  # a worker died here
    (frames / "000002.png").write_bytes(sound)
    stamp = (frames / "000002.png").stat().st_mtime_ns
    job = compiled(frames="1-4", chunk_size=4, blendfile=str(whole / "duet.blend"), output_folder=str(tmp_path / "farm"))
    about = job["tasks"][0]["commands"][0]["parameters"]
    arguments = [*about["argsBefore"], about["blendfile"], *about["args"]]
    worker = """
import sys, bpy
blend, *rest = sys.argv[1:]
bpy.ops.wm.open_mainfile(filepath=blend)
said = dict(zip(rest[::2], rest[1::2]))
exec(said["--python-expr"], {"__name__": "__main__"})
scene = bpy.context.scene
scene.render.filepath = said["--render-output"]
scene.frame_start, scene.frame_end = map(int, said["--render-frame"].split(".."))
bpy.ops.render.render(animation=True)
import os; sys.stdout.flush(); os._exit(0)
"""
    subprocess.run([sys.executable, "-c", worker, *arguments], check=True, capture_output=True)
    for number in range(1, 5):
        name = f"{number:06d}.png"
        assert (frames / name).read_bytes() == (whole / "frames" / name).read_bytes(), name
    assert (frames / "000002.png").stat().st_mtime_ns == stamp
