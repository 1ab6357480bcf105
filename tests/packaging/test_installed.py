"""The extension as a user has it: installed from its zip into a Blender of its own, used, switched off.

Most is done with the running Python's bpy module; what needs Blender's own command line, where BLENDER names a Blender.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

BEGIN = """
import json, os, sys
import bpy
import addon_utils
PACKAGE = "bl_ext.user_default.duet_connections"
def leave(**facts):
    print("FACTS " + json.dumps(facts)); sys.stdout.flush(); sys.stderr.flush(); os._exit(0)
def ours():
    types = [name for name in dir(bpy.types) if name.startswith("DUET_")]
    menu = [e.__module__ for e in bpy.types.TOPBAR_MT_file_import.draw._draw_funcs if "duet" in e.__module__]
    handlers = [n for n in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, n), list)
                for e in getattr(bpy.app.handlers, n) if "duet" in getattr(e, "__module__", "")]
    return [*types, *dir(bpy.ops.duet), *menu, *handlers, *(["scene.duet"] if hasattr(bpy.types.Scene, "duet") else [])]
"""


BLENDER = shlex.split(os.environ.get("BLENDER", ""))


@pytest.fixture(scope="module")
def home(extension_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of Blender's user files in which the extension is installed."""
    home = tmp_path_factory.mktemp("blender")
    facts = inside(
        home,
        f"""
before = ours()
done = bpy.ops.extensions.package_install_files(filepath={str(extension_zip)!r}, repo="user_default", enable_on_install=True)
leave(done=list(done), before=before, after=ours(), module=sys.modules[PACKAGE].__file__)
""",
    )
    assert facts["done"] == ["FINISHED"]
    assert facts["before"] == []
    assert "import_poses" in facts["after"]
    assert Path(facts["module"]).is_relative_to(home)
    return home


def inside(home: Path, code: str, **variables: str) -> dict:
    """Run *code* in a new Blender whose user files are in *home*; it ends with ``leave(...)``, whose facts are returned."""
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(home), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], cwd=home, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    facts = [line for line in done.stdout.splitlines() if line.startswith("FACTS ")]
    assert done.returncode == 0, done.stdout + done.stderr
    assert facts, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return json.loads(facts[-1].removeprefix("FACTS "))


def test_the_installed_extension_imports_finds_and_draws_from_its_own_folder(home: Path, root: Path) -> None:
    facts = inside(
        home,
        f"""
addon_utils.enable(PACKAGE, default_set=True)
bpy.ops.wm.read_factory_settings(use_empty=True)
addon_utils.enable(PACKAGE, default_set=True)
done = [list(bpy.ops.duet.import_poses(filepath={str(root / "samples" / "sample.duet.npz")!r})),
        list(bpy.ops.duet.infer(method="crosscorr", draw_them=False)), list(bpy.ops.duet.draw_connections(threshold=0.3))]
bpy.context.scene.frame_set(200)
graph = bpy.context.evaluated_depsgraph_get()
drawn = next(o for o in bpy.data.objects if "Duet Threads" in o.modifiers)
leave(done=done, vertices=len(drawn.evaluated_get(graph).to_mesh().vertices), dancers=sum(o.type == "ARMATURE" for o in bpy.data.objects),
      torch="torch" in sys.modules, outside=sorted(m for m in sys.modules if m.split(".")[0] in ("duet_core", "addon", "duet_connections")))
""",
    )
    assert facts["done"] == [["FINISHED"]] * 3
    assert facts["dancers"] == 2
    assert facts["vertices"] > 0
    assert not facts["torch"]
    assert facts["outside"] == []


def test_the_command_line_of_the_extension_does_what_the_script_does(home: Path, root: Path, tmp_path: Path) -> None:
    sample = root / "samples" / "sample.duet.npz"
    facts = inside(
        home,
        f"""
addon_utils.enable(PACKAGE, default_set=True)
import importlib
run = importlib.import_module(PACKAGE + ".addon.command_line").run
status = [run(["infer", {str(sample)!r}, "--model", "crosscorr", "--out", {str(tmp_path / "extension")!r}, "--quiet"]),
          run([]), run(["nonsense"]), run(["infer", "none.npy", "--out", {str(tmp_path / "none")!r}]), run(["infer", "--help"]), run(["--help"])]
leave(status=status)
""",
    )
    assert facts["status"] == [0, 2, 2, 2, 0, 0]
    assert not (tmp_path / "none").exists()
    script = [
        sys.executable,
        str(root / "scripts" / "infer.py"),
        str(sample),
        "--model",
        "crosscorr",
        "--out",
        str(tmp_path / "script"),
        "--quiet",
    ]
    subprocess.run(script, check=True)
    csv = [(tmp_path / way / "connections.csv").read_text("utf-8") for way in ("extension", "script")]
    assert csv[0] == csv[1]
    assert csv[0].count("\n") > 1


def test_using_the_extension_writes_nothing_but_what_is_asked_for(home: Path, root: Path, tmp_path: Path) -> None:
    """Neither into its own folder, nor beside the poses, nor into the working folder or the user's home."""
    folder = home / "extensions" / "user_default" / "duet_connections"
    assert folder.is_dir()
    poses, work, house = tmp_path / "poses" / "duet.npz", tmp_path / "work", tmp_path / "home"
    for place in (poses.parent, work, house):
        place.mkdir()
    poses.write_bytes((root / "samples" / "sample.duet.npz").read_bytes())

    def state() -> dict[str, int]:
        return {str(f.relative_to(folder)): f.stat().st_mtime_ns for f in folder.rglob("*") if f.is_file() and f.suffix != ".pyc"}

    before = state()
    facts = inside(
        home,
        f"""
os.chdir({str(work)!r})
addon_utils.enable(PACKAGE, default_set=True)
bpy.ops.duet.import_poses(filepath={str(poses)!r})
leave(done=list(bpy.ops.duet.infer(method="crosscorr")))
""",
        HOME=str(house),
    )
    assert facts["done"] == ["FINISHED"]
    assert state() == before
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    thumbnails = {name for name in there if name.startswith("home/.cache")}  # Blender's own, made as it starts
    assert there - thumbnails == {"home", "poses", "poses/duet.npz", "work"}


@pytest.mark.slow
@pytest.mark.timeout(2400)
@pytest.mark.skipif(not BLENDER, reason="no Blender is given (BLENDER)")
def test_blenders_own_command_line_installs_finds_and_draws(
    extension_zip: Path, root: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Into empty user folders, with no package but what Blender brings; of a salsa pair where real takes are at hand, else of the sample."""
    try:
        folder = request.getfixturevalue("real_data") / "cmu_salsa"
        poses = [str(folder / f"{subject}_05_scaled.bvh.gz") for subject in (60, 61)]
    except pytest.skip.Exception:
        poses = [str(root / "samples" / "sample.duet.npz")]

    def blender(*arguments: str) -> str:
        environment = {**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "user")}
        done = subprocess.run([*BLENDER, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
        return done.stdout

    (tmp_path / "user").mkdir()
    blender("--command", "extension", "install-file", "--repo", "user_default", "--enable", str(extension_zip))
    fps = ["--fps", "60"] if len(poses) == 2 else []
    blender("--command", "duet", "infer", *poses, *fps, "--out", str(tmp_path / "found"), "--quiet")
    assert (tmp_path / "found" / "connections.csv").read_text("utf-8").count("\n") > 10
    scene = tmp_path / "scene.py"
    scene.write_text(
        f"""
import bpy, sys
files = [{{"name": name}} for name in {[Path(pose).name for pose in poses]!r}]
bpy.ops.duet.import_poses(directory={str(Path(poses[0]).parent)!r}, files=files, override_fps={bool(fps)}, fps=60)
bpy.ops.duet.infer(method="duet", draw_them=True)
scene = next(scene for scene in bpy.data.scenes if any("Duet Threads" in o.modifiers for o in scene.objects))
bpy.context.window.scene = scene
thing = next(o for o in scene.objects if "Duet Threads" in o.modifiers)
most = 0
for frame in range(1, scene.frame_end, 60):
    scene.frame_set(frame)
    most = max(most, len(thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh().vertices))
print("DRAWN", most, *({{name.partition(".")[0] for name in sys.modules}} & {{"torch", "scipy", "duet_core"}}))
""",
        "utf-8",
    )
    said = blender("--background", "--python-exit-code", "1", "--python", str(scene))
    drawn = next(line.split() for line in said.splitlines() if line.startswith("DRAWN "))
    assert int(drawn[1]) > 100
    assert not drawn[2:], "something was loaded that Blender does not bring"
