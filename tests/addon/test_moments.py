"""Moments in Blender's own terms: what the panel lists is what is drawn; selections, markers and graphs are as promised, and only ours are removed."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from duet_connections.addon.commands.benchmark_draw import planted
from duet_connections.addon.operators.moments import DUET_OT_select_connection
from duet_connections.addon.panels import icons
from duet_connections.addon.panels.common import Inputs
from duet_connections.addon.scene import moment, moments
from duet_connections.addon.scene.captioning import captions_of
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.scene.memory import about_clip, duet_of, quality_of, recall_connections, sources_of, threads_of
from duet_connections.addon.scene.threads import get_input, hidden_connections, read_threads, set_input
from duet_connections.addon.scene.timing import scene_frame
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.connections import KINDS, Connections
from duet_connections.duet_core.inference import infer
from duet_connections.duet_core.procedural.duet import sample
from duet_connections.duet_core.threads import confidence_at

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture(scope="module")
def clip() -> Clip:
    return sample().sliced(90, 270)


@pytest.fixture(scope="module")
def found(clip: Clip) -> Connections:
    return infer(clip, "crosscorr")


@pytest.fixture
def duet(clip: Clip, found: Connections) -> str:
    return build_duet(clip, found, name="Pair", threshold=0.2).collection


@pytest.fixture
def thing(duet: str) -> bpy.types.Object:
    drawn = threads_of(duet)
    assert drawn is not None
    return drawn


def test_the_list_is_what_is_drawn_strongest_first(duet: str, thing: bpy.types.Object) -> None:
    set_input(thing, "B to A", False)
    _, stored = read_threads(thing)
    for frame in (1, 60.5, 150):
        rows, more = moment.strongest_now(thing, frame, 5)
        confidence = confidence_at(stored, frame - 1)
        passes = np.flatnonzero((confidence > 0.2) & (stored.from_dancer == 0))
        assert len(rows) + more == min(len(passes), 40)
        assert [row.confidence for row in rows] == pytest.approx(sorted(confidence[passes], reverse=True)[:5])
    assert rows


def test_a_mutual_kind_is_one_row_though_both_directions_are_drawn(clip: Clip) -> None:
    crowd = planted(clip, 1682)
    crowd.kind[:] = KINDS.index("hold")
    build_duet(clip, crowd, name="Holding", top_k=1682)
    rows, more = moment.strongest_now(threads_of("Holding"), 60, 10_000)
    assert (len(rows), more) == (841, 0)
    assert len({row.name for row in rows}) == 841 and all(" – " in row.name for row in rows)


def test_a_narrow_list_says_sides_in_a_letter_and_its_tooltip_the_whole_name(clip: Clip) -> None:
    crowd = planted(clip, 1682)
    for kind, brief, name in (
        ("lead", "A L wrist → L elbow", "A left wrist → B left elbow"),
        ("hold", "L wrist – L elbow", "A left wrist – B left elbow"),
    ):
        crowd.kind[:] = KINDS.index(kind)
        made = build_duet(clip, crowd, name=kind, top_k=1682).collection
        rows, _ = moment.strongest_now(threads_of(made), 60, 10_000)
        (row,) = [row for row in rows if row.name == name]
        assert row.brief == brief
        assert {row.brief for row in rows if row.name == "A left wrist – B left wrist"} == ({"L wrist, both"} if kind == "hold" else set())
        bpy.context.view_layer.objects.active = threads_of(made)
        asked = SimpleNamespace(number=row.number)
        assert DUET_OT_select_connection.description(bpy.context, asked).startswith(f"{name}\nSelect the two bones")


def test_what_all_panels_ask_of_a_duet_costs_less_than_a_millisecond_with_every_candidate_shown(clip: Clip) -> None:
    build_duet(clip, planted(clip, 1682), name="Crowd", top_k=1682)
    thing = threads_of("Crowd")
    times = []
    for frame in range(1, 60):
        began = time.perf_counter()
        moment.strongest_now(thing, frame, 8)
        moment.leading_now(thing, frame)
        inputs = Inputs(thing)
        [inputs.value(name) for name in ("Threshold", "Colour By", "Only Chosen")]
        about_clip("Crowd"), quality_of("Crowd"), captions_of("Crowd"), moments.markers_of("Crowd"), moments.graphs_of(thing)
        for _ in range(12):  # each panel, and whether it is drawn
            threads_of(duet_of(None, bpy.context.scene))
        times.append(time.perf_counter() - began)
    assert np.quantile(times, 0.1) < 1e-3


def test_a_click_selects_both_bones_alone_and_goes_to_the_peak(duet: str, thing: bpy.types.Object) -> None:
    _, stored = read_threads(thing)
    sources = sources_of(duet)
    number = int(confidence_at(stored, 60).argmax())
    for mode in ("OBJECT", "POSE"):
        bpy.context.view_layer.objects.active = bpy.data.objects[sources[0].armature]
        bpy.ops.object.mode_set(mode=mode)
        bpy.context.scene.frame_set(scene_frame(60))
        assert bpy.ops.duet.select_connection(number=number) == {"FINISHED"}
        assert moments.selected_joints(duet) == sorted(
            [
                (int(stored.from_dancer[number]), int(stored.from_joint[number])),
                (int(stored.to_dancer[number]), int(stored.to_joint[number])),
            ]
        )
        at = bpy.context.scene.frame_current - scene_frame(0)
        assert confidence_at(stored, at)[number] >= confidence_at(stored, 60)[number] - 1e-6
        bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.duet.select_connection(number=number, jump="TAKE")
    at = bpy.context.scene.frame_current - scene_frame(0)
    assert confidence_at(stored, at)[number] == pytest.approx(stored.confidence[:, number].max(), abs=0.02)
    with pytest.raises(RuntimeError, match="there is no connection"):
        bpy.ops.duet.select_connection(number=10**6)


def drawn(thing: bpy.types.Object) -> set[int]:
    """The candidates whose tubes there are now."""
    set_input(thing, "Attributes", True)
    mesh = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    edges = np.empty(len(mesh.vertices), np.int32)
    mesh.attributes["edge"].data.foreach_get("value", edges)
    return set(np.unique(edges[1:]).tolist())


def test_what_is_hidden_is_neither_drawn_nor_listed_nor_said_until_it_is_shown_again(
    duet: str, thing: bpy.types.Object, clip: Clip
) -> None:
    set_input(thing, "Top K", 10_000)
    bpy.context.scene.frame_set(scene_frame(60))
    rows = moment.strongest_now(thing, scene_frame(60), 100)[0]
    stored = moment.stored_of(thing).threads
    edge, before = int(stored.edge[rows[0].number]), drawn(thing)
    assert bpy.ops.duet.hide_connection(number=rows[0].number) == {"FINISHED"}
    assert moment.strongest_now(thing, scene_frame(60), 100)[0] == rows[1:]
    assert drawn(thing) == before - {edge}
    assert recall_connections(duet).confidence[:, edge].max() > 0.2, "what was found stays"
    table, joints = bpy.data.objects["Pair Strongest"].data, len(clip.skeleton)
    spoken = np.empty((2, len(table.vertices)), np.int32)
    for name, values in zip(("from", "to"), spoken, strict=True):
        table.attributes[name].data.foreach_get("value", values)
    ends = (stored.from_dancer, stored.from_joint), (stored.to_dancer, stored.to_joint)
    one, other = (int(dancer[rows[0].number]) * joints + int(joint[rows[0].number]) for dancer, joint in ends)
    assert (one, other) not in set(zip(*spoken.tolist(), strict=True)), "the sentence says it no more"
    assert bpy.ops.duet.draw_connections() == {"FINISHED"}
    assert edge not in drawn(threads_of(duet)), "also when it is drawn again"
    assert bpy.ops.duet.show_hidden() == {"FINISHED"}
    assert edge in drawn(threads_of(duet))
    assert moment.strongest_now(threads_of(duet), scene_frame(60), 1)[0][0].name == rows[0].name


def test_of_a_mutual_kind_both_directions_are_hidden(duet: str, thing: bpy.types.Object) -> None:
    stored, joints = moment.stored_of(thing).threads, len(moment.stored_of(thing).joints)
    bpy.ops.duet.hide_connection(number=0, both=True)
    one, back = hidden_connections(thing)
    assert {one, back} & {int(stored.edge[0])}
    assert (one // joints % joints, one % joints) == (back % joints, back // joints % joints)


def test_only_the_selected_bones_connections_are_drawn_until_all_are_again(duet: str, thing: bpy.types.Object) -> None:
    with pytest.raises(RuntimeError, match="no bone of the dancers is selected"):
        bpy.ops.duet.only_selected_bones()
    everything = moment.strongest_now(thing, 60, 100)[0]
    bpy.ops.duet.select_connection(number=everything[0].number, jump="STAY")
    ends = set(moments.selected_joints(duet))
    assert bpy.ops.duet.only_selected_bones() == {"FINISHED"}
    few = moment.strongest_now(thing, 60, 100)[0]
    stored = moment.stored_of(thing).threads
    assert 0 < len(few) < len(everything)
    for row in few:
        one = (stored.from_dancer[row.number], stored.from_joint[row.number])
        other = (stored.to_dancer[row.number], stored.to_joint[row.number])
        assert ends & {one, other}
    assert bpy.ops.duet.all_bones() == {"FINISHED"}
    assert moment.strongest_now(thing, 60, 100)[0] == everything


def test_markers_say_what_happens_and_only_ours_are_removed(duet: str, thing: bpy.types.Object) -> None:
    markers = bpy.context.scene.timeline_markers
    markers.new("mine", frame=5)
    assert bpy.ops.duet.add_markers(most=4) == {"FINISHED"}
    ours = [marker for marker in markers if marker.name != "mine"]
    assert 0 < len(ours) <= 4
    assert any(word in ours[0].name for word in ("leads", "lead ", "hold", "unison", "mirrored", "opposition", "connected"))
    assert all(scene_frame(0) <= marker.frame <= scene_frame(179) for marker in ours)
    ours[0].frame += 7  # a person may move it, it is ours all the same
    bpy.ops.duet.add_markers(most=2)
    assert len(markers) <= 3
    assert bpy.ops.duet.remove_markers() == {"FINISHED"}
    assert [marker.name for marker in markers] == ["mine"]


def test_a_graph_is_the_confidence_over_time_and_goes_without_a_trace(duet: str, thing: bpy.types.Object) -> None:
    thing.keyframe_insert("location", frame=3)
    rows, _ = moment.strongest_now(thing, 60, 3)
    before = sorted(thing.keys())
    for row in rows[:2]:
        assert bpy.ops.duet.draw_graph(number=row.number) == {"FINISHED"}
    stored = moment.stored_of(thing).threads
    for frame in (10, 60, 150):
        bpy.context.scene.frame_set(scene_frame(frame))
        for row in rows[:2]:
            assert thing[row.name] == pytest.approx(confidence_at(stored, frame)[row.number], abs=1e-4)
    assert moments.graphs_of(thing) == [row.name for row in rows[:2]]
    assert bpy.ops.duet.remove_graphs() == {"FINISHED"}
    assert sorted(thing.keys()) == before
    curves = [curve.data_path for bag in thing.animation_data.action.layers[0].strips[0].channelbags for curve in bag.fcurves]
    assert set(curves) == {"location"}


def test_undo_takes_a_choice_of_bones_and_markers_back(duet: str, thing: bpy.types.Object) -> None:
    name, everything = thing.name, moment.strongest_now(thing, 60, 100)[0]
    bpy.ops.duet.select_connection(number=everything[0].number, jump="STAY")
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.duet.only_selected_bones()
    bpy.ops.duet.add_markers(most=3)
    bpy.ops.ed.undo_push(message="after")
    bpy.ops.ed.undo()
    thing = bpy.data.objects[name]
    assert not get_input(thing, "Only Chosen") and not bpy.context.scene.timeline_markers
    assert moment.strongest_now(thing, 60, 100)[0] == everything
    bpy.ops.ed.redo()
    assert get_input(bpy.data.objects[name], "Only Chosen") and bpy.context.scene.timeline_markers


def test_who_leads_is_kept_with_the_threads(duet: str, thing: bpy.types.Object, found: Connections) -> None:
    kept = json.loads(thing["duet_connections"])["balance"]
    assert len(kept["time"]) == len(kept["share"]) == found.windows
    now = moment.leading_now(thing, 60)
    assert now is not None and now.leader in (-1, 0, 1)


def test_icons_are_made_once_for_each_colour_and_freed() -> None:
    assert icons.dot("#f0309f") == icons.dot("#f0309f")  # in background mode all are 0
    icons.remove()
    icons.remove()
