"""The walk through Blender's window: import by the menu, find, cancel, scrub, filter, undo, look, render, preferences. Run by ``test_window.py``.

    BLENDER --factory-startup --enable-event-simulate --python walk.py -- ZIP POSES OUT

ZIP is the extension, which is installed first; POSES a clip of a minute; into OUT go ``facts.json`` and a picture of each state of the panels.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import bpy
from harness import Stopwatch, Walk, Watch, Window, drive

ZIP, POSES, OUT = (Path(argument).resolve() for argument in sys.argv[sys.argv.index("--") + 1 :][:3])
WANTED = os.environ.get("BLENDER_WINDOW_STEPS", "").split()
"""Names of steps; where some are given, others are left out."""
EXTENSION = "bl_ext.user_default.duet_connections"


def part(name: str) -> Any:
    return importlib.import_module(f"{EXTENSION}.{name}")


def walk(w: Window) -> Walk:
    for step in STEPS:
        if not WANTED or step in (begin, import_by_menu, find) or step.__name__ in WANTED:
            yield from step(w)


def begin(w: Window) -> Walk:
    """The extension installed, an empty scene, the sidebar shown."""
    view = bpy.context.preferences.view
    view.show_splash, view.filebrowser_display_type = False, "SCREEN"
    yield w.calm()
    w.press("ESC")  # the splash, if it is there already
    yield w.calm()
    bpy.ops.extensions.package_install_files(filepath=str(ZIP), repo="user_default", enable_on_install=True)
    yield w.calm()
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    yield from w.sidebar()
    w.picture("empty", w.region("VIEW_3D", "UI"))


def import_by_menu(w: Window) -> Walk:
    """File > Import > Duet Poses, a file chosen in the browser."""
    yield from w.browse_for(POSES, "menu")
    w.picture("browser")
    begun = time.perf_counter()
    with w.override("FILE_BROWSER"):
        bpy.ops.file.execute()
    yield lambda: any(area.type == "VIEW_3D" for area in w.window.screen.areas)
    yield 0.1
    w.facts["import_seconds"] = time.perf_counter() - begun
    yield lambda: bool(part("addon.scene.memory").duets(w.window.scene))
    w.facts["duet"] = part("addon.scene.memory").duets(w.window.scene)[0]
    yield w.calm()
    yield from w.sidebar()
    w.picture("imported")  # with what the browser pops up of the motion's quality
    yield from w.close_report()


def pictures_of_panels(w: Window, name: str, panels: tuple[str, ...]) -> Walk:
    """A picture of each of *panels*, as a popover."""
    for panel in panels:
        w.into()
        yield 0.1
        with w.override():
            bpy.ops.wm.call_panel(name=panel, keep_open=True)
        yield w.calm()
        w.picture(f"{name}_{panel.removeprefix('DUET_PT_')}")
        w.point(20, 20)
        yield w.calm()
        w.press("ESC")
        yield w.calm()


def start_finding(w: Window) -> None:
    w.into()
    with w.override():
        bpy.ops.duet.infer("INVOKE_DEFAULT")


def cancel(w: Window) -> Walk:
    """Esc while it runs: it ends within half a second, and nothing has changed."""
    jobs = part("addon.jobs")
    start_finding(w)
    yield lambda: jobs.current() is not None and not jobs.current().preparing and jobs.current().share > 0.25
    w.picture("finding_sidebar", w.region("VIEW_3D", "UI"))
    asked = time.perf_counter()
    w.press("ESC")
    yield lambda: jobs.current() is None
    w.facts["cancel_seconds"] = time.perf_counter() - asked
    yield w.calm()
    w.expect(not part("addon.scene.memory").has_connections(w.facts["duet"]), "a cancelled search leaves no connections")


def find(w: Window) -> Walk:
    """Find Connections to its end, with how long the window did not answer and what of that was ours."""
    jobs, working = part("addon.jobs"), part("addon.operators.working")
    memory = part("addon.scene.memory")
    watch, ours = Watch(), Stopwatch()
    ours.watch(working.Working, "modal")
    for cls in part("addon.panels").CLASSES:
        if "draw" in vars(cls):
            ours.watch(cls, "draw")
    watch.start()
    # What drawing the sidebar costs this machine by itself, as often as a job has it drawn.
    for _ in range(15):
        part("addon.panels.common").redraw(bpy.context.window_manager)
        yield working.REDRAW_SECONDS
    w.facts["gaps_idle"] = watch.stop()
    w.facts["ours_idle"] = ours.taken()
    yield 0.1
    watch.start()
    begun = time.perf_counter()
    start_finding(w)
    yield lambda: jobs.current() is None or not jobs.current().preparing
    w.facts["gaps_reading"], w.facts["reading_seconds"] = watch.stop(), time.perf_counter() - begun
    yield 0.05
    watch.start()
    yield lambda: jobs.current() is None
    w.facts["gaps_finding"], w.facts["ours_finding"] = watch.stop(), ours.taken()
    w.facts["finding_seconds"] = time.perf_counter() - begun
    watch.start()
    yield lambda: memory.how_found(w.facts["duet"]) is not None
    w.facts["gaps_drawing"], w.facts["ours_drawing"] = watch.stop(), ours.taken()
    yield w.calm()
    w.expect(memory.threads_of(w.facts["duet"]) is not None, "what was found is drawn")
    w.picture("found")
    w.picture("found_sidebar", w.region("VIEW_3D", "UI"))


def panels(w: Window) -> Walk:
    """A picture of each panel, as a popover."""
    names = ("connections", "threads", "show", "look", "moments", "staging", "output", "training", "rigs")
    yield from pictures_of_panels(w, "found", tuple(f"DUET_PT_{name}" for name in names))


def drawn(w: Window) -> int:
    """Points of the threads' mesh as it now is."""
    thing = part("addon.scene.memory").threads_of(w.facts["duet"])
    return len(thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices)


def busiest(w: Window) -> int:
    """The scene frame with the most threads, of some."""
    most, best = -1, 1
    for frame in range(30, w.window.scene.frame_end, 120):
        w.window.scene.frame_set(frame)
        count = drawn(w)
        if count > most:
            most, best = count, frame
    return best


def scrub(w: Window) -> Walk:
    """Frames change, and the threads with them."""
    counts = []
    watch = Watch()
    watch.start()
    for frame in range(30, w.window.scene.frame_end, 240):
        w.window.scene.frame_set(frame)
        yield w.calm()
        counts.append(drawn(w))
    w.facts["gaps_scrubbing"] = watch.stop()
    w.expect(len(set(counts)) > 1, f"threads change with the frame: {counts}")
    w.window.scene.frame_set(busiest(w))
    yield w.calm()


def filters(w: Window) -> Walk:
    threads, memory = part("addon.scene.threads"), part("addon.scene.memory")
    before = drawn(w)
    w.expect(before > 1, "something is drawn at the busiest frame")

    def thing() -> bpy.types.Object:
        return memory.threads_of(w.facts["duet"])

    threshold = threads.get_input(thing(), "Threshold")
    for name, value, smaller in (
        ("Threshold", 0.999, True),
        ("Threshold", threshold, False),
        ("A to B", False, True),
        ("A to B", True, False),
    ):
        threads.set_input(thing(), name, value)
        yield w.calm()
        w.expect((drawn(w) < before) == smaller, f"{name} at {value} draws {drawn(w)} of {before} points")
    w.into()
    with w.override():
        bpy.ops.duet.select_connection(number=0, jump="STAY")
    yield w.calm()
    w.into()
    with w.override():
        bpy.ops.duet.only_selected_bones()
    yield w.calm()
    w.picture("filtered_sidebar", w.region("VIEW_3D", "UI"))
    with w.override():
        bpy.ops.duet.all_bones()
    yield w.calm()
    w.expect(drawn(w) == before, "all bones show all connections again")


def undo(w: Window) -> Walk:
    memory = part("addon.scene.memory")
    w.into()
    if bpy.context.mode != "OBJECT":  # selecting a connection went to its bones
        with w.override():
            bpy.ops.object.mode_set(mode="OBJECT")
    with w.override():
        bpy.ops.duet.set_stage("EXEC_DEFAULT", True, look="LIMBO")  # with an undo step, as from a panel
    yield w.calm()
    w.picture("limbo")
    looks = part("addon.scene.stage_looks")
    for again, stage in ((False, "STUDIO"), (True, "LIMBO")):
        w.press("Z", ctrl=True, shift=again)
        yield w.calm()
        w.expect(looks.look_of(w.facts["duet"]) is looks.LOOKS[stage], f"Ctrl Z and Shift Ctrl Z change the stage: {stage}")
        w.expect(memory.threads_of(w.facts["duet"]) is not None, "undo and redo of a stage leave the threads")
    begun = 0
    while memory.has_connections(w.facts["duet"]) and begun < 12:
        with w.override():
            bpy.ops.ed.undo()
        begun += 1
        yield w.calm()
    w.expect(memory.threads_of(w.facts["duet"]) is None, "undo takes the threads away that Find Connections drew")
    w.picture("undone")
    for _ in range(begun):
        with w.override():
            bpy.ops.ed.redo()
        yield w.calm()
    w.expect(memory.threads_of(w.facts["duet"]) is not None and drawn(w) > 0, "redo brings them back")
    with w.override():
        bpy.ops.duet.set_stage(look="STUDIO")
    yield w.calm()


def looks(w: Window) -> Walk:
    w.area("VIEW_3D").spaces.active.region_3d.view_perspective = "CAMERA"
    w.area("VIEW_3D").spaces.active.show_region_ui = False
    w.window.scene.frame_set(busiest(w))
    for look in ("TRAILS", "INK", "THREADS"):
        with w.override():
            result = bpy.ops.duet.thread_look(look=look)
        w.expect(result == {"FINISHED"}, f"the look {look}")
        yield w.calm()
        w.picture(f"look_{look.lower()}", w.region("VIEW_3D", "WINDOW"))
    yield from w.sidebar()


def moments(w: Window) -> Walk:
    scene = w.window.scene
    w.into()
    with w.override():
        bpy.ops.duet.add_markers()
    yield w.calm()
    w.expect(len(scene.timeline_markers) > 0, "the strongest moments are marked")
    with w.override():
        bpy.ops.duet.select_connection(number=0, jump="TAKE")
    yield w.calm()
    for caption in ("Subtitles", "Leading", "Kinds"):
        with w.override():
            bpy.ops.duet.caption(caption=caption)
        yield w.calm()
    yield w.calm()
    w.picture("captions")
    w.picture("moments_sidebar", w.region("VIEW_3D", "UI"))


def new_phrases(w: Window) -> Walk:
    """A connection is asked for by two bones and a partner made: cancelled by Esc, made, shown, undone and done again, discarded."""
    asking, jobs, memory, tries = (part(f"addon.{name}") for name in ("scene.asking", "jobs", "scene.memory", "scene.tries"))
    scene, duet = w.window.scene, w.facts["duet"]

    def generate() -> None:
        w.into()
        with w.override():
            bpy.ops.duet.generate("INVOKE_DEFAULT")

    joints = memory.about_clip(duet)["skeleton"].joints
    scene.frame_set(30)
    with w.override():
        part("addon.scene.moments").select_joints(
            memory.sources_of(duet), [(0, joints.index("left_wrist")), (1, joints.index("right_wrist"))]
        )
        bpy.ops.duet.ask("EXEC_DEFAULT", True)
    scene.duet.phrases.base = "vary"
    asking.list_of(duet).requests[0].last = 300
    generate()
    yield lambda: jobs.current() is not None and not jobs.current().preparing
    w.picture("making_phrase")
    asked = time.perf_counter()
    w.press("ESC")
    yield lambda: jobs.current() is None
    w.facts["cancel_phrase_seconds"] = time.perf_counter() - asked
    yield w.calm()
    w.expect(memory.duets(scene) == [duet], "a cancelled phrase leaves nothing")
    watch, ours = Watch(), Stopwatch()
    ours.watch(part("addon.operators.working").Working, "modal")
    generate()
    yield lambda: jobs.current() is None
    watch.start()
    yield lambda: bool(tries.tries(scene)) and memory.how_found(tries.tries(scene)[0]) is not None
    w.facts["gaps_building"], w.facts["ours_building"] = watch.stop(), ours.taken()
    yield w.calm()
    made = tries.tries(scene)[0]
    w.expect(sum(tries.found_again(made)) > 0, "what was asked is looked for")
    with w.override():
        bpy.ops.duet.select_try("EXEC_DEFAULT", True, name=made)
    yield w.calm()
    yield from pictures_of_panels(w, "made", ("DUET_PT_phrases",))
    for again, there in ((False, [duet, made]), (False, [duet]), (True, [duet, made])):
        w.into()
        w.press("Z", ctrl=True, shift=again)
        yield w.calm()
        w.expect(memory.duets(w.window.scene) == there, f"undo and redo of a phrase: {memory.duets(w.window.scene)}")
    with w.override():
        bpy.ops.duet.discard_try("EXEC_DEFAULT", True)
    yield w.calm()
    w.expect(memory.duets(w.window.scene) == [duet], "a discarded try is gone")


def draw_again(w: Window) -> Walk:
    jobs = part("addon.jobs")
    watch = Watch()
    watch.start()
    w.into()
    with w.override():
        bpy.ops.duet.draw_connections("INVOKE_DEFAULT")
    yield lambda: jobs.current() is None
    yield w.calm()
    w.facts["gaps_drawing_again"] = watch.stop()
    w.expect(drawn(w) > 0, "drawn again")


def render(w: Window) -> Walk:
    """A film of some frames, beside the window."""
    jobs, scene = part("addon.jobs"), w.window.scene
    scene.frame_start, scene.frame_end = 31, 38
    scene.duet.output.profile, scene.duet.output.folder = "PREVIEW", str(OUT)
    watch = Watch()
    watch.start()
    begun = time.perf_counter()
    w.into()
    with w.override():
        bpy.ops.duet.render_video("INVOKE_DEFAULT")
    w.facts["copy_seconds"] = time.perf_counter() - begun
    yield 0.6
    w.facts["gaps_copying"] = watch.stop()
    watch.start()
    w.picture("rendering_sidebar", w.region("VIEW_3D", "UI"))
    yield lambda: jobs.current() is None
    w.facts["gaps_rendering"] = watch.stop()
    yield w.calm()
    w.expect(list(OUT.glob("*.mp4")), "a film is written")


def preferences(w: Window) -> Walk:
    w.into()
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "duet"
    area = w.area("VIEW_3D")
    area.type = "PREFERENCES"
    yield w.calm()
    with w.override("PREFERENCES"):
        bpy.ops.preferences.addon_expand(module=EXTENSION)
    yield w.calm()
    with w.override("PREFERENCES"):
        bpy.ops.duet.check("INVOKE_DEFAULT")
    yield lambda: part("addon.jobs").current() is None
    yield w.calm()
    w.picture("preferences")
    area.type = "VIEW_3D"
    yield w.calm()


STEPS = (begin, import_by_menu, cancel, find, scrub, filters, undo, looks, moments, new_phrases, draw_again, render, preferences, panels)
"""Panels come last: a popover that stays open takes the keys of what comes after it."""

drive(walk, Window(OUT), limit=660)
