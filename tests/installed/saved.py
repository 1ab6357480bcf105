"""A saved file: without the extension everything is seen and plays; with it again, every control works."""

from __future__ import annotations

from pathlib import Path

import addon_utils
import bpy
import numpy as np
from comings import off, on
from inside import PACKAGE, Place
from libraries import NAME, drawn, library, same_shapes


def everything_seen(place: Place) -> Path:
    """A file with all that the extension adds: threads, captions, graphs, markers, outlines, footage."""
    file = place.work / "everything.blend"
    if not file.exists():
        bpy.ops.wm.open_mainfile(filepath=str(library(place)))
        for caption in ("Subtitles", "Leading", "Kinds"):
            bpy.ops.duet.caption(caption=caption)
        bpy.ops.duet.draw_graph(number=0)
        bpy.ops.duet.add_markers()
        bpy.ops.duet.line_art()
        bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=False)
    return file


def state() -> dict[str, object]:
    """What is seen: each object's evaluated shape and place at two frames."""
    seen: dict[str, object] = {}
    for frame in (40, 90):
        bpy.context.scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        for thing in bpy.context.scene.objects:
            evaluated = thing.evaluated_get(graph)
            shown = [round(float(value), 4) for row in evaluated.matrix_world for value in row]
            if thing.type in ("MESH", "FONT") and not thing.hide_viewport:
                shown.append(len(evaluated.to_mesh().vertices))
            seen[f"{frame} {thing.name}"] = shown
    return seen


def it_plays_without_the_extension(place: Place) -> None:
    file = everything_seen(place)
    bpy.ops.wm.open_mainfile(filepath=str(file))
    home, seen = drawn(bpy.data.collections[NAME]), state()
    off()
    try:
        bpy.ops.wm.open_mainfile(filepath=str(file))
        assert not hasattr(bpy.types.Scene, "duet")
        assert not [entry for entry in bpy.app.handlers.frame_change_post if "duet" in getattr(entry, "__module__", "")]
        same_shapes(drawn(bpy.data.collections[NAME]), home)
        assert state() == seen
        # Saved once more by somebody who has not got the extension.
        bpy.ops.wm.save_as_mainfile(filepath=str(place.work / "again.blend"), compress=False)
    finally:
        on()


def with_it_again_every_control_works(place: Place) -> None:
    it_plays_without_the_extension(place) if not (place.work / "again.blend").exists() else None
    assert addon_utils.check(PACKAGE) == (True, True)
    bpy.ops.wm.open_mainfile(filepath=str(place.work / "again.blend"))
    before = drawn(bpy.data.collections[NAME])
    assert bpy.ops.duet.update() == {"FINISHED"}
    assert bpy.ops.duet.draw_connections(threshold=0.9, top_k=5) == {"FINISHED"}
    after = drawn(bpy.data.collections[NAME])
    assert all(0 < len(few) < len(many) for few, many in zip(after, before, strict=True))
    for call, arguments in {
        "remove_graphs": {},
        "remove_markers": {},
        "line_art": {},
        "caption": {"caption": "Subtitles"},
        "select_connection": {"number": 0},
        "only_selected_bones": {},
        "set_stage": {"look": "LIMBO"},
        "set_camera": {"shot": "ORBIT"},
    }.items():
        assert getattr(bpy.ops.duet, call)(**arguments) == {"FINISHED"}, call
    assert not bpy.context.scene.timeline_markers
    assert np.isfinite(drawn(bpy.data.collections[NAME])[0]).all()


PROMISES = [it_plays_without_the_extension, with_it_again_every_control_works]
