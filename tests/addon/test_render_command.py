"""The main job from its command line: what it writes, and that it writes nothing when it cannot."""

import json
import os
import signal
import subprocess
import sys
import time

import bpy
import numpy as np
import pytest
from duet_connections.addon import rendering
from duet_connections.addon.commands.render import OUTPUTS, main
from duet_connections.duet_core.connections import Connections
from duet_connections.duet_core.errors import InputError
from duet_connections.duet_core.formats import read
from duet_connections.duet_core.launch import run

FRAMES = 100
SMALL = ["--engine", "workbench", "--resolution", "128x72", "--quiet"]


@pytest.fixture(scope="module")
def sample(root):
    return root / "samples" / "sample.duet.npz"


@pytest.fixture(scope="module")
def few(sample, tmp_path_factory):
    """Connections of the sample's first frames: a lead, a hold, and windows in which nothing is shown."""
    joints = read(sample).skeleton.joints
    edges = 2 * len(joints) ** 2
    confidence = np.zeros((3, edges), np.float32)
    confidence[0, 5], confidence[1, 900] = 0.9, 0.7
    kind = np.zeros((3, edges), np.int8)
    kind[0, 5], kind[1, 900] = 1, 2
    start = np.array([0, 30, 60])
    path = tmp_path_factory.mktemp("few") / "few.npz"
    Connections(
        joints=joints, window_start=start, window_end=start + 30, confidence=confidence, fps=30.0, types=("none", "core"),
        type_probability=np.full((3, edges, 2), 0.5, np.float32), lag=np.full((3, edges), 0.2, np.float32), kind=kind,
    ).save(path)  # fmt: skip
    return path


@pytest.fixture(scope="module")
def made(sample, few, tmp_path_factory):
    """The folder that the command filled with a short video; it is named relative to the working folder, as users do."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main([str(sample), "--frames", f"0:{FRAMES}", "--connections", str(few), "--out", "new/folder", *SMALL]) == 0
    return folder / "new" / "folder"


def test_it_writes_the_five_outputs_and_nothing_else(made):
    assert sorted(p.name for p in made.iterdir()) == sorted(OUTPUTS)


def test_the_video_is_h264_that_every_player_shows(made):
    data = (made / "duet.mp4").read_bytes()
    assert data[4:8] == b"ftyp" and b"avc1" in data
    clip = bpy.data.movieclips.load(str(made / "duet.mp4"))
    assert tuple(clip.size) == (128, 72)
    assert clip.frame_duration == FRAMES
    assert clip.fps == pytest.approx(30.0)
    bpy.data.movieclips.remove(clip)


def test_the_still_shows_the_dancers(made):
    picture = bpy.data.images.load(str(made / "still.png"))
    assert tuple(picture.size) == (128, 72)
    pixels = np.array(picture.pixels[:]).reshape(72, 128, 4)[..., :3]
    assert pixels.std() > 0.02
    bpy.data.images.remove(picture)


def test_the_blend_opens_complete_in_a_blender_without_the_add_on(made):
    script = """
import bpy, json, sys
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
scene = bpy.context.scene
print(json.dumps({
    "frames": [scene.frame_start, scene.frame_end], "camera": scene.camera.name, "path": scene.render.filepath,
    "outside": [i.filepath for i in bpy.data.images if i.filepath] + [l.filepath for l in bpy.data.libraries],
    "scripted": [d.data_path for o in bpy.data.objects if o.animation_data for d in o.animation_data.drivers],
    "handlers": len(bpy.app.handlers.frame_change_pre) + len(bpy.app.handlers.frame_change_post),
}))
"""
    said = subprocess.run([sys.executable, "-c", script, str(made / "duet.blend")], capture_output=True, text=True, check=True).stdout
    found = json.loads(said.strip().splitlines()[-1])
    assert found["frames"] == [1, FRAMES]
    assert found["camera"] and found["path"] == "//duet.mp4"
    assert found["outside"] == [] and found["scripted"] == [] and found["handlers"] == 0


def test_without_video_only_the_still_is_rendered(sample, few, tmp_path):
    assert main([str(sample), "--frames", f"0:{FRAMES}", "--connections", str(few), "--out", str(tmp_path), "--no-video", *SMALL]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(set(OUTPUTS) - {"duet.mp4"})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--resolution", "641x360"], "642x360"),
        (["--resolution", "wide"], "WxH"),
        (["--resolution", "10x10"], "outside"),
        (["--top-k", "0"], "above 0"),
        (["--threshold", "1.5"], "confidence"),
        (["--engine", "povray"], "povray"),
        (["--frames", "9000:9001"], "frames"),
        (["--connections", "nowhere.npz"], "nowhere.npz"),
    ],
)
def test_unusable_arguments_end_with_status_2_and_leave_no_folder(sample, tmp_path, capsys, arguments, says):
    out = tmp_path / "out"
    assert run("duet_connections", "render", [str(sample), "--out", str(out), *arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert says in said and "\n" not in said and "Traceback" not in said
    assert not out.exists()


def test_connections_of_another_duet_are_refused(sample, few, tmp_path, capsys):
    assert (
        run("duet_connections", "render", [str(sample), "--frames", "0:40", "--connections", str(few), "--out", str(tmp_path / "o")]) == 2
    )
    assert "few.npz" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def heeds_interrupts() -> None:
    """A shell that runs the tests in the background lets them, and all that they start, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_an_interrupt_ends_with_status_130_and_leaves_nothing(root, sample, few, tmp_path):
    out = tmp_path / "out"
    arguments = [str(sample), "--connections", str(few), "--out", str(out), "--engine", "workbench", "--resolution", "640x360"]
    process = subprocess.Popen(
        [sys.executable, str(root / "scripts" / "render.py"), *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heeds_interrupts,
    )
    deadline = time.monotonic() + 60
    while not list(out.glob(".duet-*/frames/*.png")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted" in said and "Traceback" not in said
    assert not out.exists() or list(out.iterdir()) == []


def test_a_failing_render_says_what_blender_said(tmp_path):
    broken = tmp_path / "broken.blend"
    broken.write_bytes(b"no blend")
    with pytest.raises(RuntimeError, match="while rendering"):
        rendering.render_frames(broken, [1], tmp_path / "frames", lambda share, detail: None, engine="workbench")


def test_the_engine_asked_for_is_the_one_used():
    for engine in rendering.ENGINES:
        rendering.set_rendering(bpy.context.scene, engine, (64, 64))
        assert engine in bpy.context.scene.render.engine.lower()


def test_auto_takes_what_the_machine_can_do():
    found = rendering.graphics()
    engine = rendering.pick_engine("auto")
    if found is None:
        assert engine == "cycles"
    elif found["device"] == "SOFTWARE":
        assert engine == "workbench"
    else:
        assert engine in ("workbench", "eevee")


def test_a_disc_without_room_is_told_before_the_work(tmp_path):
    with pytest.raises(InputError, match="GB"):
        rendering.free_space(tmp_path, 10**9, (8192, 8192))
