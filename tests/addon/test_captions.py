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


def test_captions_stay_when_the_words_are_written_anew(duet: str, clip: Clip, found: Connections) -> None:
    for caption in (SUBTITLES, LEADING, KINDS_LEGEND):
        bpy.ops.duet.caption(caption=caption)
    before = sorted(thing.name for thing in bpy.data.objects)
    write_words(duet, clip, found, bpy.context.scene, threshold=0.3)
    assert sorted(thing.name for thing in bpy.data.objects) == before
    assert captions_of(duet) == [SUBTITLES, LEADING, KINDS_LEGEND]
