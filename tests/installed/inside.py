"""What runs inside a Blender: the extension is installed from its zip, and one part of the tests is done with it.

By the bpy module (``python inside.py ORDER``) or by Blender itself (``blender --background --python inside.py -- ORDER``), where ORDER is a JSON object:

* ``part``: the module here whose ``PROMISES`` are held;
* ``zip``: the extension; ``root``: the repository, for samples; ``work``: an empty folder;
* ``python``: a Python with torch, or nothing;
* ``thorough``: whether to take the time that everything takes.

The Blender must have user files of its own (BLENDER_USER_RESOURCES). The last line that is printed begins with FACTS and says of each promise how it went.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

PACKAGE = "bl_ext.user_default.duet_connections"


@dataclass
class Place:
    """Where a part works, and with what."""

    zip: Path
    root: Path
    work: Path
    python: str
    thorough: bool

    def take(self, name: str, first: int = 90, last: int = 225) -> Path:
        """A short file of poses called *name*: frames of the sample. Half a dozen seconds are enough for a window or two."""
        file = self.work / "takes" / f"{name}.duet.npz"
        if not file.exists():
            clip = part("duet_core.formats").read(self.root / "samples" / "sample.duet.npz").sliced(first, last)
            file.parent.mkdir(exist_ok=True)
            part("duet_core.formats.duet_npz").write(clip, file)
        return file


def part(name: str) -> ModuleType:
    """A module of the installed extension."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def install(file: Path) -> None:
    done = bpy.ops.extensions.package_install_files(filepath=str(file), repo="user_default", enable_on_install=True)
    assert done == {"FINISHED"}, done
    assert PACKAGE in sys.modules, "it is installed, and not enabled"
    home = os.environ["BLENDER_USER_RESOURCES"]
    assert Path(str(sys.modules[PACKAGE].__file__)).is_relative_to(home), "another extension is in the way"


def empty() -> None:
    """A Blender with an empty file, and the extension enabled."""
    import addon_utils

    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils.enable(PACKAGE, default_set=True)


def refusal(call: str, *way: Any, **arguments: Any) -> str:
    """The sentence with which ``duet.call`` refuses. It is one line, without a traceback."""
    try:
        ended = getattr(bpy.ops.duet, call)(*way, **arguments)
    except RuntimeError as error:
        said = str(error).strip()
        assert "Traceback" not in said and "A failure of Duet Connections" not in said, said
        return said
    raise AssertionError(f"duet.{call} {arguments} should have refused, and ended with {ended}")


def main(order: dict[str, Any]) -> dict[str, Any]:
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    place = Place(Path(order["zip"]), Path(order["root"]), Path(order["work"]), order["python"], order["thorough"])
    install(place.zip)
    results: dict[str, str] = {}
    seconds: dict[str, float] = {}
    for promise in importlib.import_module(order["part"]).PROMISES:
        name = promise.__name__
        began = time.perf_counter()
        try:
            promise(place)
            results[name] = ""
        except BaseException:
            results[name] = traceback.format_exc()
        seconds[name] = round(time.perf_counter() - began, 2)
    return {"blender": bpy.app.version_string, "python": sys.version.split()[0], "results": results, "seconds": seconds}


if __name__ == "__main__":
    facts = main(json.loads(sys.argv[-1]))
    print("\nFACTS " + json.dumps(facts))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # the bpy module may crash while it unloads
