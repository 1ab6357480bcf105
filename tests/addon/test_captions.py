"""Captions: sentences, who leads, the kinds' colours; switched on and off, kept when the words are written anew, and seen without Python."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from duet_connections.addon.scene.captioning import captions_of
from duet_connections.addon.scene.captions import KINDS_LEGEND, LEADING, SUBTITLES
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.scene.redraw import write_words
from duet_connections.addon.scene.timing import scene_frame
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.connections import Connections
from duet_connections.duet_core.explain import explain
from duet_connections.duet_core.explain.subtitles import subtitles
from duet_connections.duet_core.inference import infer
from duet_connections.duet_core.procedural.duet import sample

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture(scope="module")
def clip() -> Clip:
    return sample().sliced(90, 330)


@pytest.fixture(scope="module")
def found(clip: Clip) -> Connections:
    return infer(clip, "crosscorr")


@pytest.fixture
def duet(clip: Clip, found: Connections) -> str:
    return build_duet(clip, found, name="Pair", threshold=0.3).collection


def letters(name: str, frame: int) -> int:
    """Vertices of what is written at the clip's *frame*."""
    bpy.context.scene.frame_set(scene_frame(frame))
    return len(bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices)


@pytest.mark.parametrize("caption", [SUBTITLES, LEADING, KINDS_LEGEND])
def test_a_caption_comes_and_goes_without_a_trace(duet: str, caption: str) -> None:
    before = sorted(thing.name for thing in bpy.data.objects), len(bpy.data.node_groups), len(bpy.data.meshes)
    assert bpy.ops.duet.caption(caption=caption) == {"FINISHED"}
    assert captions_of(duet) == [caption] and len(bpy.data.objects) > len(before[0])
    assert bpy.ops.duet.caption(caption=caption) == {"FINISHED"}
    assert captions_of(duet) == []
    assert (sorted(thing.name for thing in bpy.data.objects), len(bpy.data.node_groups), len(bpy.data.meshes)) == before


def test_subtitles_say_each_sentence_in_its_time_and_nothing_between(duet: str, found: Connections) -> None:
    bpy.ops.duet.caption(caption=SUBTITLES)
    told = explain(found, threshold=0.3)
    said = subtitles(told.phrases, told.wording)
    assert said
    spoken = np.zeros(240, bool)
    for one in said:
        spoken[round(one.start * 30) : round(one.end * 30)] = True
        assert letters("Pair Subtitles", round((one.start + one.end) * 15)) > 20
    for frame in np.flatnonzero(~spoken)[::25]:
        assert letters("Pair Subtitles", int(frame)) == 0
    assert bpy.data.objects["Pair Strongest"].hide_render
    bpy.ops.duet.caption(caption=SUBTITLES)
    assert not bpy.data.objects["Pair Strongest"].hide_render


def test_the_strip_goes_from_edge_to_edge_with_the_take(duet: str) -> None:
    bpy.ops.duet.caption(caption=LEADING)

    def now(frame: int) -> float:
        bpy.context.scene.frame_set(scene_frame(frame))
        mesh = bpy.data.objects["Pair Leading Now"].evaluated_get(bpy.context.evaluated_depsgraph_get()).data
        return float(np.mean([vertex.co.x for vertex in mesh.vertices]))

    strip = [vertex.co.x for vertex in bpy.data.objects["Pair Leading"].data.vertices]
    assert now(0) == pytest.approx(min(strip), abs=1e-4) and now(239) == pytest.approx(max(strip), abs=1e-4)
    assert now(120) == pytest.approx(max(strip) / 2, rel=0.02)


@pytest.mark.parametrize("size", [(1280, 720), (540, 960)])
def test_no_words_stand_on_a_dancer_or_on_other_words(clip: Clip, found: Connections, size: tuple[int, int]) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    made = build_duet(clip, found, name="Pair", threshold=0.3)
    for caption in (SUBTITLES, LEADING, KINDS_LEGEND):
        bpy.ops.duet.caption(caption=caption)
    for frame in range(scene_frame(0), scene_frame(240), 24):
        scene.frame_set(frame)
        bodies = np.concatenate([_in_the_picture(scene, bpy.data.objects[name]) for name in made.bodies])
        words = {thing.name: _in_the_picture(scene, thing) for thing in scene.camera.children if not thing.hide_render}
        boxes = {name: (points.min(axis=0), points.max(axis=0)) for name, points in words.items() if len(points)}
        for number, (name, (low, high)) in enumerate(boxes.items()):
            assert not ((bodies > low) & (bodies < high)).all(axis=1).any(), f"{name} stands on a dancer at {frame}"
            for other, (bottom, top) in list(boxes.items())[number + 1 :]:
                parts = name.startswith("Pair Leading") and other.startswith("Pair Leading")
                assert parts or (high < bottom).any() or (top < low).any(), f"{name} stands on {other} at {frame}"


def _in_the_picture(scene: bpy.types.Scene, thing: bpy.types.Object) -> np.ndarray:
    """(N, 2) the points of *thing* in the plane one metre before the camera."""
    done = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = done.to_mesh()
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    done.to_mesh_clear()
    seen = np.array(scene.camera.matrix_world.inverted() @ done.matrix_world)
    x, y, z = (points @ seen[:3, :3].T + seen[:3, 3]).T
    return np.column_stack([x, y]) / -z[:, None]


def test_the_legend_of_kinds_takes_the_place_of_that_of_confidence_and_its_colours_follow_the_threads(duet: str) -> None:
    bpy.ops.duet.caption(caption=KINDS_LEGEND)
    assert bpy.data.objects["Pair Legend Confidence"].hide_render

    def dot() -> np.ndarray:
        return np.array(bpy.data.objects["Pair Kinds opposition dot"].data.color_attributes[0].data[0].color[:3])

    dark = dot()
    bpy.ops.duet.set_stage(look="LIMBO")
    assert dark.min() > 0.5 > 0.2 > dot().max()
    bpy.ops.duet.caption(caption=KINDS_LEGEND)
    assert not bpy.data.objects["Pair Legend Confidence"].hide_render


def test_captions_stay_when_the_words_are_written_anew(duet: str, clip: Clip, found: Connections) -> None:
    for caption in (SUBTITLES, LEADING, KINDS_LEGEND):
        bpy.ops.duet.caption(caption=caption)
    before = sorted(thing.name for thing in bpy.data.objects)
    write_words(duet, clip, found, bpy.context.scene, threshold=0.3)
    assert sorted(thing.name for thing in bpy.data.objects) == before
    assert captions_of(duet) == [SUBTITLES, LEADING, KINDS_LEGEND]
