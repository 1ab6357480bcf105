"""Other Pythons: what one has for training, asked of itself in a process of its own. Nothing here touches ``bpy``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..duet_core.errors import Cancelled, InputError

LEAST_PYTHON, LEAST_TORCH = (3, 11), (2, 4)
"""What training needs at least."""

LIMIT = 120.0
"""Seconds until a Python that does not answer is given up: the first import of torch from a slow disk takes long."""

_POLL = 0.1
_ASK = """
import json, sys
found = {"python": list(sys.version_info[:3])}
for name in ("numpy", "torch"):
    try:
        module = __import__(name)
        found[name] = str(module.__version__)
    except Exception as error:
        found[name + "_error"] = f"{type(error).__name__}: {error}"
if "torch" in found:
    import torch
    found["gpu"] = torch.cuda.get_device_name(0) if torch.cuda.is_available() else ""
print("\\n" + json.dumps(found))
"""


def environment() -> dict[str, str]:
    """The surroundings for another Python: without what Blender set for its own."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")} | {"PYTHONUNBUFFERED": "1"}


def hidden() -> int:
    """For `subprocess`: on Windows no console window opens, and the process can be asked to stop alone; elsewhere nothing."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def check_python(path: str, cancelled: Callable[[], bool] = lambda: False, *, limit: float = LIMIT) -> str:
    """What the Python at *path* has for training, in words.

    Raises:
        InputError: no Python, too old, without torch, or silent for *limit* seconds.
        Cancelled: *cancelled* said so.
    """
    remedy = "choose a Python with torch (requirements/train.txt) in the preferences"
    if not path:
        raise InputError("no Python is chosen", place="Python for Training", remedy=remedy)
    if not Path(path).is_file():
        raise InputError("there is no such file", file=path, remedy=remedy)
    found = _asked(path, cancelled, limit, remedy)
    version = ".".join(map(str, found["python"]))
    if tuple(found["python"][:2]) < LEAST_PYTHON:
        raise InputError(f"this is Python {version}; {'.'.join(map(str, LEAST_PYTHON))} is needed", file=path, remedy=remedy)
    for name in ("numpy", "torch"):
        if name not in found:
            raise InputError(
                f"{name} cannot be imported ({found[f'{name}_error']})", file=path, remedy=f"run: {path} -m pip install {name}"
            )
    torch = found["torch"]
    if _numbers(torch) < LEAST_TORCH:
        raise InputError(f"torch {torch} is too old", file=path, remedy=f"run: {path} -m pip install --upgrade torch")
    return f"Python {version}, torch {torch}, {found['gpu'] or 'no graphics card'}"


def _asked(path: str, cancelled: Callable[[], bool], limit: float, remedy: str) -> dict:
    try:
        # -I: nothing of the current folder or of the user's own settings.
        process = subprocess.Popen(
            [path, "-I", "-c", _ASK], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(),
            creationflags=hidden(), start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise InputError(f"it cannot be started ({error.strerror})", file=path, remedy=remedy) from None
    waited = 0.0
    try:
        while True:
            try:
                said, _ = process.communicate(timeout=_POLL)
                break
            except subprocess.TimeoutExpired:
                waited += _POLL
                if cancelled():
                    raise Cancelled from None
                if waited >= limit:
                    raise InputError(f"it did not answer within {limit:g} s", file=path, remedy=remedy) from None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()  # whatever it started may hold the other end
    try:
        found = json.loads(said.decode("utf-8", "replace").strip().splitlines()[-1])
        return {**found, "python": [int(number) for number in found["python"]]}
    except (ValueError, IndexError, KeyError, TypeError):
        raise InputError(f"it does not answer as a Python does (exit status {process.returncode})", file=path, remedy=remedy) from None


def _numbers(version: str) -> tuple[int, int]:
    parts = version.split("+")[0].split(".")
    try:
        return int(parts[0]), int(parts[1])
    except (ValueError, IndexError):
        return 0, 0
