"""The extension, installed from its zip, on every Blender that there is: the running Python's bpy, and others that the environment names.

DUET_PYTHONS: paths of Python interpreters that have a bpy module, separated as in PATH; BLENDER: the command of a Blender (``make test-blender``). For those
everything is tried; for the running one, which each ``make test`` asks, the quicker half. What is done inside stands beside this file, in `inside`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PARTS = ("operators", "comings", "libraries", "saved", "refusals")
SECONDS = 1800

PYTHONS = [path for path in os.environ.get("DUET_PYTHONS", "").split(os.pathsep) if path]
BLENDER = shlex.split(os.environ.get("BLENDER", ""))
BLENDERS = [
    pytest.param([sys.executable], False, id="bpy"),
    *(pytest.param([path], True, id=Path(path).parent.parent.name, marks=pytest.mark.slow) for path in PYTHONS),
]
if BLENDER:
    command = [*BLENDER, "--background", "--factory-startup", "--python-exit-code", "1", "--python"]
    BLENDERS.append(pytest.param(command, True, id="blender", marks=pytest.mark.slow))


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("command", "thorough"), BLENDERS)
def test_the_installed_extension_keeps_its_promises(
    command: list[str], thorough: bool, part: str, extension_zip: Path, root: Path, tmp_path: Path
) -> None:
    results = inside(command, part, extension_zip, root, tmp_path, thorough=thorough)
    broken = {name: said for name, said in results.items() if said}
    assert not broken, "\n\n".join(f"{name}\n{said}" for name, said in broken.items())
    assert results


def inside(command: list[str], part: str, extension_zip: Path, root: Path, folder: Path, *, thorough: bool) -> dict[str, str]:
    """What each promise of *part* came to in a new Blender: nothing where it is kept, else what went wrong."""
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    trains = command == [sys.executable] and importlib.util.find_spec("torch") is not None
    order = {
        "part": part,
        "zip": str(extension_zip),
        "root": str(root),
        "work": str(work),
        "python": sys.executable if trains else "",
        "thorough": thorough,
    }
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"BLENDER_USER_RESOURCES": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    end = ["--", json.dumps(order)] if command[-1] == "--python" else [json.dumps(order)]
    done = subprocess.run(
        [*command, str(HERE / "inside.py"), *end], env=environment, cwd=root, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    told = [line.removeprefix("FACTS ") for line in done.stdout.splitlines() if line.startswith("FACTS ")]
    assert done.returncode == 0 and told, f"status {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    facts = json.loads(told[-1])
    print(f"{part}: Blender {facts['blender']}, Python {facts['python']}, {sum(facts['seconds'].values()):.0f} s", facts["seconds"])
    # A refusal is a sentence for the person; a traceback on the console is a failure of ours that somebody swallowed.
    assert "Traceback" not in done.stderr, done.stderr[-4000:]
    return facts["results"]
