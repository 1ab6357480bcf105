"""How a newcomer gets there: the extension installed in the preferences window, a pair imported, found, drawn, seen. Run by ``test_window.py``.

    BLENDER --factory-startup --enable-event-simulate --python installing.py -- ZIP OUT POSES [POSES2]

Two POSES are takes of one dancer each at 60 frames a second. Into OUT go ``facts.json`` and the pictures that the guide shows of the four steps.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy
from harness import Walk, Window, drive

ZIP, OUT, *POSES = (Path(argument).resolve() for argument in sys.argv[sys.argv.index("--") + 1 :])
EXTENSION = "bl_ext.user_default.duet_connections"


def part(name: str) -> Any:
    return importlib.import_module(f"{EXTENSION}.{name}")


def walk(w: Window) -> Walk:
    view = bpy.context.preferences.view
    bpy.context.preferences.system.use_region_overlap = False  # both dancers are seen beside the sidebar
    view.show_splash, view.filebrowser_display_type, view.ui_scale = False, "SCREEN", 1.25  # read in pictures that are made smaller
    yield w.calm()
    w.press("ESC")
    yield w.calm()
    yield from install_from_disk(w)
    yield from first_duet(w)


def install_from_disk(w: Window) -> Walk:
    """Preferences > Get Extensions > Install from Disk, by the menu and the file browser; then the list of add-ons."""
    area = w.area("VIEW_3D")
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "EXTENSIONS"
    yield w.calm()
    page = w.region("PREFERENCES", "WINDOW")
    w.click(page.x + page.width - 21, page.y + page.height - 21)  # the small arrow at the upper right
    yield w.calm()
    yield from w.browse_by_last_entry(ZIP, "install-menu", w.upper(0.45))
    w.picture("install-file", w.area("FILE_BROWSER"))
    with w.override("FILE_BROWSER"):
        bpy.ops.file.execute()
    yield lambda: EXTENSION in bpy.context.preferences.addons
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "duet"
    yield w.calm()
    w.click(page.x + 28, page.y + page.height - 64)  # the arrow before its name
    yield w.calm()
    w.picture("installed", area)
    area.type = "VIEW_3D"
    yield w.calm()


def first_duet(w: Window) -> Walk:
    """The pair imported by the menu, found by the bundled model with nothing but what Blender brings, drawn, and each panel looked at."""
    w.picture("before-menu")
    yield from import_by_menu(w)
    memory, jobs = part("addon.scene.memory"), part("addon.jobs")
    duet = memory.duets(w.window.scene)[0]
    w.into()
    with w.override():
        bpy.ops.duet.infer("INVOKE_DEFAULT")
    yield lambda: jobs.current() is None or (not jobs.current().preparing and jobs.current().share > 0.3)
    w.picture("sidebar-finding", w.region("VIEW_3D", "UI"))
    while jobs.current() is not None:  # however busy the machine is
        yield 0.5
    yield lambda: memory.threads_of(duet) is not None
    yield w.calm()
    thing = memory.threads_of(duet)

    def drawn() -> int:
        return len(thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices)

    counts: dict[int, int] = {}
    for frame in range(w.window.scene.frame_start + 30, w.window.scene.frame_end, 90):
        w.window.scene.frame_set(frame)
        counts[frame] = drawn()
    w.window.scene.frame_set(max(counts, key=lambda frame: counts[frame]))
    w.area("VIEW_3D").spaces.active.show_gizmo = False  # it lies over the picture's own words
    with w.override():
        bpy.ops.view3d.view_center_camera()
    yield w.calm()
    w.picture("first-duet")
    w.picture("sidebar-found", w.region("VIEW_3D", "UI"))
    w.facts |= {
        "drawn": max(counts.values()),
        "method": memory.how_found(duet)["method"],
        "foreign": sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "scipy", "matplotlib", "duet_core", "addon"}),
    }
    w.expect(max(counts.values()) > 0, "threads are drawn")
    yield from panels(w)


def import_by_menu(w: Window) -> Walk:
    """File > Import > Duet Poses, the files chosen in the browser."""
    yield from w.browse_for(POSES[0], "import-menu")
    w.area("FILE_BROWSER").spaces.active.show_region_tool_props = True
    yield w.calm()
    w.picture("import-file", w.area("FILE_BROWSER"))
    w.picture("import-options", w.region("FILE_BROWSER", "TOOL_PROPS"))
    if len(POSES) == 1:
        with w.override("FILE_BROWSER"):
            bpy.ops.file.execute()
    else:  # several files are chosen with the mouse; here they are named
        with w.override("FILE_BROWSER"):
            bpy.ops.file.cancel()
        yield lambda: any(area.type == "VIEW_3D" for area in w.window.screen.areas)
        yield w.calm()
        files = [{"name": file.name} for file in POSES]
        with w.override():
            bpy.ops.duet.import_poses("EXEC_DEFAULT", directory=str(POSES[0].parent), files=files, override_fps=True, fps=60.0)
    yield lambda: any(area.type == "VIEW_3D" for area in w.window.screen.areas)
    yield lambda: bool(part("addon.scene.memory").duets(w.window.scene))
    yield w.calm()
    yield from w.sidebar()
    yield from w.close_report()


def panels(w: Window) -> Walk:
    """Each panel as a popover; "around" is the same without one, so that a panel can be cut out."""
    w.area("VIEW_3D").spaces.active.show_region_ui = False
    with w.override():
        bpy.ops.duet.ask_found(scope="TAKE", most=3)
    yield w.calm()
    w.point(20, 20)
    yield w.calm()
    w.picture("around")
    for name in ("show", "look", "moments", "phrases", "staging", "output", "training", "rigs"):
        place = w.region("VIEW_3D", "WINDOW")
        w.point(place.x + place.width // 2, place.y + round(0.96 * place.height))
        yield w.calm()
        with w.override():
            bpy.ops.wm.call_panel(name=f"DUET_PT_{name}", keep_open=True)
        yield w.calm()
        w.picture(f"panel-{name}")
        w.point(20, 20)
        yield w.calm()
        w.press("ESC")
        yield w.calm()
    w.area("VIEW_3D").spaces.active.overlay.show_overlays = False
    for look in ("TRAILS", "INK", "THREADS"):
        with w.override():
            bpy.ops.duet.thread_look(look=look)
        yield w.calm()
        w.picture(f"look-{look.lower()}", w.region("VIEW_3D", "WINDOW"))


drive(walk, Window(OUT), limit=1200)
