"""Rendering a duet without a window: which engine this machine can use, the settings, and the work itself in processes of its own.

The frames are rendered by separate Blender processes from the saved .blend. So rendering can be stopped at any moment, what Blender prints
stays out of the way, two processes use the cores of a machine without GPU better than one, and a crash in a driver becomes one clear error.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, Any

import bpy

from ..duet_core.cores import cores
from ..duet_core.errors import InputError
from .render_worker import set_video

ENGINES = ("workbench", "eevee", "cycles")
FULL, MODEST = (1280, 720), (960, 540)
"""Sizes of a video unless the user says otherwise: the second where fewer than four cores must draw it without a GPU."""

_SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "swrast", "software", "lavapipe", "microsoft basic render")
_WORKER = Path(__file__).with_name("render_worker.py")
_MOST_WORKERS = 4
_POLL = 0.1


def parse_resolution(text: str) -> tuple[int, int]:
    """``WxH`` as two even whole numbers. Raises ValueError with a sentence for the user."""
    width, cross, height = text.lower().replace("×", "x").partition("x")
    try:
        if not cross:
            raise ValueError
        size = int(width), int(height)
    except ValueError:
        raise ValueError(f"{text!r} is not WxH, such as 1280x720") from None
    if not all(64 <= s <= 8192 for s in size):
        raise ValueError(f"{text!r} is outside 64x64 to 8192x8192")
    if size[0] % 2 or size[1] % 2:
        even = "x".join(str(s + s % 2) for s in size)
        raise ValueError(f"{text!r} is odd, and H.264 needs even sizes: give {even}")
    return size


def pick_engine(wish: str = "auto") -> str:
    """*wish*, or for ``auto`` what this machine can use: EEVEE with a GPU, Workbench with software graphics, Cycles with none at all."""
    if wish != "auto":
        return wish
    found = graphics()
    if found is None:
        return "cycles"
    software = found["device"] == "SOFTWARE" or any(word in found["renderer"].lower() for word in _SOFTWARE)
    return "workbench" if software else "eevee"


def graphics() -> dict[str, str] | None:
    """The graphics (``renderer``, ``device``) that a Blender process without a window gets on this machine; None for none."""
    with tempfile.TemporaryDirectory(prefix="duet-") as folder:
        answer = Path(folder) / "answer.json"
        try:
            _work([{"task": "probe", "answer": str(answer)}], Path(folder), lambda: None, limit=120.0)
            return {key: str(value) for key, value in json.loads(answer.read_text("utf-8")).items()}
        except (RuntimeError, OSError, ValueError):
            return None


def default_resolution(engine: str) -> tuple[int, int]:
    """The size that this machine renders with *engine* at a few frames a second."""
    return MODEST if engine == "workbench" and (os.cpu_count() or 1) < 4 else FULL


def set_rendering(scene: bpy.types.Scene, engine: str, resolution: tuple[int, int]) -> None:
    """Give *scene* the settings of *engine* (one of `ENGINES`), so that rendering it in any Blender gives what we give."""
    render = scene.render
    render.engine = {
        "workbench": "BLENDER_WORKBENCH",
        "eevee": "BLENDER_EEVEE_NEXT" if bpy.app.version < (5, 0, 0) else "BLENDER_EEVEE",
        "cycles": "CYCLES",
    }[engine]
    render.resolution_x, render.resolution_y = resolution
    render.resolution_percentage = 100
    render.film_transparent = False
    render.use_motion_blur = False
    scene.display.render_aa = "5"
    scene.eevee.taa_render_samples = 32
    if engine == "cycles":
        scene.cycles.samples = 24
        scene.cycles.use_denoising = True
        scene.cycles.max_bounces = 3
    render.use_file_extension = True
    render.filepath = "//duet.mp4"
    set_video(scene)


def prepare(blend: Path, scene: str, profile: str, engine: str, report: Callable[[], None], *, words: bool, cut: bool) -> dict[str, Any]:
    """Give the scene called *scene* in *blend*, a copy, the settings of *profile* (`scene.profiles`) and say what it then is: ``resolution``, ``fps``, ``fps_base``.

    Raises:
        RuntimeError: the process failed; with what it said last.
    """
    answer = blend.with_suffix(".json")
    task = {"task": "prepare", "blend": str(blend), "scene": scene, "profile": profile, "engine": engine, "words": words, "cut": cut}
    _work([{**task, "answer": str(answer)}], blend.parent, report)
    return json.loads(answer.read_text("utf-8"))


def render_frames(
    blend: Path,
    frames: Sequence[int],
    folder: Path,
    progress: Callable[[float, str], None],
    *,
    engine: str,
    scene: str = "",
    transparent: bool = False,
) -> None:
    """Render *frames* (scene frames) of *blend* into *folder* as ``000001.png`` …, in several processes where that is faster.

    Args:
        progress: called with the share done, 0..1, and words; what it raises ends the work.
        scene: by default the one that was saved as the current one.
        transparent: keep what the scene's film leaves transparent.

    Raises:
        RuntimeError: a process failed; with what it said last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    workers = 1
    if engine == "workbench":  # drawn by the processor: one process leaves cores idle between its steps
        workers = max(1, min(_MOST_WORKERS, cores(), len(frames) // 8))
    task = {"task": "frames", "blend": str(blend), "folder": str(folder), "scene": scene, "transparent": transparent}
    tasks = [{**task, "frames": [int(f) for f in frames[k::workers]]} for k in range(workers)]

    wanted = {f"{int(frame):06d}.png" for frame in frames}

    def report() -> None:
        done = len(wanted.intersection(os.listdir(folder)))
        progress(done / len(frames), f"{done}/{len(frames)} frames")

    _work(tasks, folder, report)


def encode(
    folder: Path,
    target: Path,
    resolution: Sequence[int],
    rate: tuple[int, float],
    report: Callable[[], None] = lambda: None,
    *,
    kind: str = "MP4",
    transparent: bool = False,
    beside: dict[str, Any] | None = None,
) -> None:
    """Join the pictures in *folder* into the video *target* of *kind* (`render_worker.KINDS`; STILL for a picture of the first) with *rate* = (fps,
    fps_base). What stands *beside* them (`scene.footage.footage_beside`) makes it twice as wide. Raises RuntimeError."""
    task = {
        "task": "video",
        "folder": str(folder),
        "video": str(target),
        "resolution": list(resolution),
        "fps": rate[0],
        "fps_base": rate[1],
        "kind": kind,
        "transparent": transparent,
        "beside": beside,
    }
    _work([task], folder, report)
    if not target.is_file():
        raise RuntimeError("Blender wrote no video")


def _command(task: dict[str, Any]) -> list[str]:
    """How this Blender is started once more to do *task*."""
    argument = json.dumps(task)
    if bpy.app.binary_path:
        blender = [bpy.app.binary_path, "--background", "--factory-startup", "--python-exit-code", "1"]
        return [*blender, "--python", str(_WORKER), "--", argument]
    return [sys.executable, str(_WORKER), argument]


def _work(tasks: Iterable[dict[str, Any]], folder: Path, report: Callable[[], None], *, limit: float | None = None) -> None:
    """Run *tasks*, each in its own process; whatever ends this, no process is left behind."""
    started = time.monotonic()
    with ExitStack() as stack:
        running: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []

        def stop() -> None:
            for process, _ in running:
                if process.poll() is None:
                    process.kill()
            for process, _ in running:
                process.wait()

        stack.callback(stop)
        for task in tasks:
            log: IO[bytes] = stack.enter_context(tempfile.TemporaryFile(prefix="duet-"))
            # Ctrl-C in the terminal must reach this process alone; it stops the others.
            process = subprocess.Popen(
                _command(task), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=folder
            )
            running.append((process, log))
            if not bpy.app.background:
                _step_back(process.pid)
        while any(process.poll() is None for process, _ in running):
            for process, log in running:
                if process.poll() not in (None, 0):
                    raise RuntimeError(f"Blender ended with status {process.returncode} while rendering: {_tail(log)}")
            if limit is not None and time.monotonic() - started > limit:
                raise RuntimeError("Blender did not answer in time")
            report()
            time.sleep(_POLL)
        for process, log in running:
            if process.returncode:
                raise RuntimeError(f"Blender ended with status {process.returncode} while rendering: {_tail(log)}")
    report()


def _step_back(process: int) -> None:
    """Let the window that somebody works in go first."""
    if os.name == "posix":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process, 10)


def _tail(log: IO[bytes], lines: int = 8) -> str:
    log.seek(0)
    said = [
        line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip() and "EGL" not in line and "Saved:" not in line
    ]
    return "\n".join(said[-lines:]) or "(silent)"


def free_space(folder: Path, frames: int, resolution: tuple[int, int]) -> None:
    """Raise InputError where *folder* has no room for the pictures of a video (two bytes a pixel at most)."""
    need = 2 * frames * resolution[0] * resolution[1] + 50_000_000
    if shutil.disk_usage(folder).free < need:
        raise InputError(
            f"rendering needs up to {need / 1e9:.1f} GB here for a while", file=folder, remedy="free the space or choose another --out"
        )
