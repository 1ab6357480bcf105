"""The extension comes and goes fifty times, used and unused, and leaves nothing: no class, menu, handler, key, thread, data or memory."""

from __future__ import annotations

import gc
import inspect
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import addon_utils
import bpy
from inside import PACKAGE, Place, empty, part

CYCLES = 50
GROWTH = 6.0
"""MB that the process may have grown by after the first cycles: what Blender itself and Python's allocator move about."""


def traces() -> dict[str, object]:
    """Everything in Blender and Python where an add-on may leave something."""
    types = [getattr(bpy.types, name) for name in dir(bpy.types)]
    drawn = {kind.__name__: len(getattr(kind.draw, "_draw_funcs", ())) for kind in types if inspect.isclass(kind) and hasattr(kind, "draw")}
    handlers = {name: len(value) for name in dir(bpy.app.handlers) if isinstance(value := getattr(bpy.app.handlers, name), list)}
    manager = bpy.context.window_manager
    keys = {config.name: sum(len(keymap.keymap_items) for keymap in config.keymaps) for config in manager.keyconfigs}
    kinds = [prop.identifier for prop in bpy.data.bl_rna.properties if prop.type == "COLLECTION"]
    return {
        "types": sorted(kind.__name__ for kind in types if inspect.isclass(kind)),
        "operators": sorted(dir(bpy.ops.duet)),
        "menus": drawn,
        "handlers": handlers,
        "keys": keys,
        "properties": sorted(
            p.identifier for kind in (bpy.types.Scene, bpy.types.WindowManager, bpy.types.Object) for p in kind.bl_rna.properties
        ),
        "file handlers": sorted(kind.__name__ for kind in bpy.types.FileHandler.__subclasses__() if hasattr(bpy.types, kind.__name__)),
        "manuals": len(bpy.utils._manual_map),
        "data": {kind: len(getattr(bpy.data, kind)) for kind in kinds},
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "modules": sum(name.startswith(PACKAGE) for name in sys.modules),
        "addons": sorted(bpy.context.preferences.addons.keys()),
    }


def memory() -> float:
    """MB that this process has resident; nothing where it cannot be told."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
    except OSError:
        return 0.0


def living() -> Counter[str]:
    """How many Python objects of ours there are, by type."""
    gc.collect()
    return Counter(type(thing).__name__ for thing in gc.get_objects() if str(type(thing).__module__).startswith(PACKAGE))


def off() -> None:
    addon_utils.disable(PACKAGE, default_set=True)


def on() -> None:
    assert addon_utils.enable(PACKAGE, default_set=True) is not None


def fifty_cycles_leave_nothing(place: Place) -> None:
    empty()
    off()
    on()
    off()  # the first time, modules are loaded
    before, alive = traces(), living()
    there: set[int] = set()
    for cycle in range(CYCLES):
        on()
        there.add(len(dir(bpy.ops.duet)))
        off()
        if cycle == 9:
            early = memory()
    after = traces()
    for what, value in before.items():
        assert value == after[what], f"{what} after {CYCLES} cycles: {value} → {after[what]}"
    assert len(there) == 1 and there.pop() > 30
    assert memory() - early < GROWTH, f"{memory() - early:.1f} MB more after {CYCLES} cycles than after ten"
    more = living() - alive
    assert sum(more.values()) <= 2, f"objects that stayed: {more.most_common(5)}"
    on()


def used_and_switched_off_it_leaves_the_users_data_alone(place: Place) -> None:
    empty()
    bpy.ops.duet.import_poses(filepath=str(place.take("used")))
    bpy.ops.duet.infer(method="crosscorr")
    off()
    first = {kind: value for kind, value in traces().items() if kind != "modules"}
    for _ in range(3):
        on()
        off()
    second = {kind: value for kind, value in traces().items() if kind != "modules"}
    assert first == second
    assert "used" in bpy.data.collections
    assert not dir(bpy.ops.duet)
    on()
    assert bpy.ops.duet.update() == {"FINISHED"}


def switched_off_while_it_works_it_stops(place: Place) -> None:
    empty()
    jobs = part("addon.jobs")

    def work(progress: object, cancelled: object) -> None:
        while not cancelled():  # type: ignore[operator]
            time.sleep(0.01)

    job = jobs.Job("Waiting for the end", work)
    job.start()
    assert any(thread.name == "Waiting for the end" for thread in threading.enumerate())
    off()
    assert not any(thread.name == "Waiting for the end" for thread in threading.enumerate())
    on()
    assert jobs.current() is None


PROMISES = [fifty_cycles_leave_nothing, used_and_switched_off_it_leaves_the_users_data_alone, switched_off_while_it_works_it_stops]
