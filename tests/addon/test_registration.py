"""What the add-on puts into Blender, and that nothing of it stays."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import bpy
import duet_connections
import pytest


def traces() -> dict[str, list[str]]:
    """Everything in Blender where an add-on may leave something."""
    menus = [name for name in dir(bpy.types) if inspect.isclass(getattr(bpy.types, name)) and hasattr(getattr(bpy.types, name), "draw")]
    return {
        "types": sorted(name for name in dir(bpy.types) if name.upper().startswith("DUET")),
        "operators": sorted(name for name in dir(bpy.ops.duet) if not name.startswith("_")),
        "properties": sorted(
            p.identifier for t in (bpy.types.Scene, bpy.types.WindowManager) for p in t.bl_rna.properties if "duet" in p.identifier
        ),
        "menus": sorted(
            f"{name}: {entry.__module__}"
            for name in menus
            for entry in getattr(getattr(bpy.types, name).draw, "_draw_funcs", ())
            if "duet" in entry.__module__
        ),
        "handlers": sorted(
            f"{name}: {entry}"
            for name in dir(bpy.app.handlers)
            if isinstance(getattr(bpy.app.handlers, name), list)
            for entry in getattr(bpy.app.handlers, name)
            if "duet" in getattr(entry, "__module__", "")
        ),
    }


def test_the_add_on_comes_and_goes_without_a_trace_many_times() -> None:
    before = traces()
    assert not any(before.values())
    for _ in range(5):
        duet_connections.register()
        there = traces()
        assert {"import_poses", "infer", "draw_connections", "cancel"} <= set(there["operators"])
        assert there["properties"] == ["duet"]
        assert [menu.partition(":")[0] for menu in there["menus"]] == ["TOPBAR_MT_file_export", "TOPBAR_MT_file_import"]
        assert not there["handlers"]
        duet_connections.unregister()
        assert traces() == before


def test_a_registration_that_fails_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from duet_connections.addon import properties

    def fail() -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(properties, "attach", fail)
    with pytest.raises(RuntimeError, match="planted"):
        duet_connections.register()
    assert not any(traces().values())


def test_the_file_menu_offers_the_import(registered: None) -> None:
    entries = bpy.types.TOPBAR_MT_file_import.draw._draw_funcs
    assert any(entry.__module__ == "duet_connections.addon.operators.importing" for entry in entries)


def test_every_operator_and_setting_says_what_it_is_for(registered: None) -> None:
    for name in ("import_poses", "infer", "draw_connections", "cancel"):
        kind = getattr(bpy.ops.duet, name).get_rna_type()
        assert kind.description, name
    for setting in bpy.context.scene.duet.bl_rna.properties:
        if setting.identifier not in ("rna_type", "name"):
            assert setting.description, setting.identifier


def test_registering_loads_no_torch_and_takes_little_time(root: Path) -> None:
    code = (
        "import sys, time; sys.path.insert(0, '.')\n"
        "from duet_core.launch import load_extension; package = load_extension()\n"
        "import bpy; start = time.perf_counter(); package.register(); took = time.perf_counter() - start\n"
        "print([m for m in ('torch', 'scipy', 'matplotlib') if m in sys.modules], took); sys.stdout.flush()\n"
        "package.unregister(); import os; os._exit(0)"
    )
    lines = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    said = next(line for line in lines if line.startswith("["))  # 5.2 has a word before it
    loaded, took = said.rsplit(" ", 1)
    assert loaded == "[]"
    assert float(took) < 3.0


ENABLED = """
import json, os, sys, time
sys.dont_write_bytecode = False
import bpy, numpy
sys.path.insert(0, sys.argv[1])
from duet_core.launch import load_extension
load_extension()
begin = time.process_time()
import duet_connections
duet_connections.register()
print(json.dumps([time.process_time() - begin, sorted(sys.modules)]), flush=True)
os._exit(0)
"""

HEAVY = (
    "inference.learned",
    "inference.runtime",
    "cleaning.pipeline",
    "explain",
    "exports",
    "planted",
    "body",
    "generation.generator",
)
"""Of the core: what is imported only where it is used."""


def test_enabling_imports_nothing_heavy_and_takes_a_moment(root: Path) -> None:
    """0.08 s of a processor on a quiet machine, once Python has compiled the modules, where 0.1 are allowed; up to twice as much beside other work."""
    own = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", ENABLED, str(root)]
    said = [
        json.loads(subprocess.run(command, env=own, capture_output=True, text=True, check=True).stdout.splitlines()[-1]) for _ in range(3)
    ]
    assert not {f"duet_connections.duet_core.{name}" for name in HEAVY} & set(said[0][1])
    assert min(seconds for seconds, _ in said) <= 0.2
