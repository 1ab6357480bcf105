"""New phrases in Blender: asked connections are kept with the duet, what is made stands beside it, and goes again without a trace."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import bpy
import numpy as np
import pytest
from duet_connections.addon import apart, jobs
from duet_connections.addon.operators import generating
from duet_connections.addon.scene import asking, memory, tries
from duet_connections.addon.scene.moments import select_joints
from duet_connections.addon.scene.removing import remove_duet
from duet_connections.addon.scene.threads import curves_of
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.connections import Connections
from duet_connections.duet_core.evaluation.tries import attempt
from duet_connections.duet_core.formats import duet_npz, read
from duet_connections.duet_core.generation.making import Order
from duet_connections.duet_core.generation.partner import one_dancer
from duet_connections.duet_core.generation.requests import Request

pytestmark = pytest.mark.usefixtures("registered")

KINDS = (
    "objects",
    "meshes",
    "armatures",
    "actions",
    "materials",
    "collections",
    "node_groups",
    "curves",
    "cameras",
    "lights",
    "worlds",
    "images",
)


@pytest.fixture(scope="session")
def take(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of the sample."""
    file = tmp_path_factory.mktemp("takes") / "take.duet.npz"
    duet_npz.write(read(root / "samples" / "sample.duet.npz").sliced(90, 210), file)
    return file


class Files(NamedTuple):
    """Saved once, since building takes most of the time: the take imported, and the same with a try; and the names of all in the first."""

    imported: Path
    tried: Path
    blocks: dict[str, set[str]]


@pytest.fixture(scope="session")
def files(take: Path, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """With settings by which something is made quickly: a bent partner, looked at by a baseline."""
    import duet_connections

    folder = tmp_path_factory.mktemp("blends")
    made = Files(folder / "imported.blend", folder / "tried.blend", {})
    bpy.ops.wm.read_factory_settings(use_empty=True)
    duet_connections.register()
    try:
        bpy.ops.duet.import_poses(filepath=str(take))
        settings = bpy.context.scene.duet
        settings.method, settings.phrases.way, settings.phrases.base = "proximity", "PARTNER_A", "keep"
        bpy.ops.wm.save_as_mainfile(filepath=str(made.imported))
        ask("take")
        made.blocks.update(blocks())
        bpy.ops.duet.generate()
        bpy.ops.wm.save_as_mainfile(filepath=str(made.tried))
    finally:
        duet_connections.unregister()
    return made


@pytest.fixture
def duet(files: Files, registered: None) -> str:
    """The take imported."""
    bpy.ops.wm.open_mainfile(filepath=str(files.imported))
    return "take"


@pytest.fixture
def made(files: Files, registered: None) -> str:
    """A try beside the take: its partner as danced, with one connection asked for."""
    bpy.ops.wm.open_mainfile(filepath=str(files.tried))
    (name,) = tries.tries(bpy.context.scene)
    return name


def ask(duet: str, kind: str = "unison", **more: float) -> None:
    asking.add_request(duet, Request(0, "left_wrist", 1, "right_wrist", kind, **{"start": 0.0, "end": 4.0, **more}))


def generate(**settings: object) -> str:
    """Make something and return the newest try's name."""
    for name, value in settings.items():
        setattr(bpy.context.scene.duet.phrases, name, value)
    before = set(tries.tries(bpy.context.scene))
    assert bpy.ops.duet.generate() == {"FINISHED"}
    (made,) = set(tries.tries(bpy.context.scene)) - before
    return made


def blocks() -> dict[str, set[str]]:
    return {kind: {block.name for block in getattr(bpy.data, kind)} for kind in KINDS}


def said(call: Callable[..., object], **arguments: object) -> str:
    """What an operator that refuses says."""
    with pytest.raises(RuntimeError) as error:
        call(**arguments)
    assert "Traceback" not in str(error.value)
    assert "A failure of Duet Connections" not in str(error.value)
    return str(error.value)


def pick(duet: str, *ends: tuple[int, str]) -> None:
    """Select these joints' bones, the last one active."""
    joints = memory.about_clip(duet)["skeleton"].joints
    select_joints(memory.sources_of(duet), [(dancer, joints.index(name)) for dancer, name in ends])


# -- asking ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", [((0, "left_wrist"), (1, "right_hip")), ((1, "head"), (0, "left_knee"))], ids=["A to B", "B to A"])
def test_two_picked_bones_become_a_connection_that_the_active_one_answers(duet: str, ends: tuple[tuple[int, str], ...]) -> None:
    scene = bpy.context.scene
    scene.frame_set(31)
    pick(duet, *ends)
    assert bpy.ops.duet.ask() == {"FINISHED"}
    (request,) = asking.requests_of(duet)
    assert (request.from_dancer, request.from_joint, request.to_joint) == (ends[0][0], ends[0][1], ends[1][1])
    assert (request.start, request.end) == (1.0, 3.0)
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 16, 46
    bpy.ops.duet.ask()
    assert [(one.start, one.end) for one in asking.requests_of(duet)] == [(1.0, 3.0), (0.5, 1.5)]


def test_bones_are_picked_in_pose_mode_and_what_is_made_in_place_shows_who_stays_once(duet: str) -> None:
    bpy.ops.duet.show_dancers(how="BOTH")
    armatures = [bpy.data.objects[source.armature] for source in memory.sources_of(duet)]
    for thing in bpy.context.view_layer.objects:
        thing.select_set(thing in armatures)
    bpy.context.view_layer.objects.active = armatures[0]
    bpy.ops.object.mode_set(mode="POSE")
    pick(duet, (1, "left_wrist"), (0, "right_wrist"))
    bpy.ops.duet.ask()
    made = generate(place="IN_PLACE", way="PARTNER_B")
    assert bpy.context.mode == "POSE", "what was selected stays so"
    assert [row.direction for row in asking.list_of(made).requests] == ["BA"]
    assert bpy.data.objects[f"{made} B body"].hide_render, "who stays the same is shown once"
    assert not bpy.data.objects[f"{made} A body"].hide_render
    original, partner = memory.recall_clip(duet), memory.recall_clip(made)
    np.testing.assert_allclose(partner.positions[:, 1], original.positions[:, 1], atol=1e-3)


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ((), "no bone"),
        (((0, "head"),), "needs two dancers"),
        (((0, "head"), (0, "left_wrist")), "needs two dancers"),
        (((0, "head"), (0, "left_wrist"), (1, "head")), "2 bones of A"),
    ],
    ids=["none", "one", "both of one dancer", "too many"],
)
def test_what_cannot_be_picked_is_told(duet: str, ends: tuple[tuple[int, str], ...], says: str) -> None:
    pick(duet, *ends)
    assert says in said(bpy.ops.duet.ask)
    assert not asking.list_of(duet).requests


def test_asked_connections_are_saved_with_the_file_and_belong_to_their_duet(duet: str, take: Path, tmp_path: Path) -> None:
    ask(duet, "lead", lag=0.35)
    asking.list_of(duet).requests[0].enabled = False
    bpy.ops.duet.import_poses(filepath=str(take), new_scene=False, update_existing=False)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    first, second = memory.duets(bpy.context.scene)
    assert not asking.list_of(second).requests
    (row,) = asking.list_of(first).requests
    assert (row.from_joint, row.kind, row.enabled, round(row.lag, 2)) == ("left_wrist", "lead", False, 0.35)
    assert asking.requests_of(first) == []


def test_found_connections_fill_the_list_once(duet: str) -> None:
    assert "press Find Connections" in said(bpy.ops.duet.ask_found, scope="TAKE")
    bpy.ops.duet.infer(method="crosscorr", draw_them=False)
    bpy.ops.duet.ask_found(scope="TAKE", most=3)
    assert len(asking.requests_of(duet)) == 3
    bpy.ops.duet.ask_found(scope="TAKE", most=3)
    assert len(asking.requests_of(duet)) == 3
    bpy.ops.duet.unask()
    bpy.ops.duet.unask(every=True)
    assert not asking.list_of(duet).requests
    bpy.ops.duet.ask_more()
    bpy.ops.duet.select_asked()
    assert set(asking.picked(duet, bpy.context)) == {(0, 20), (1, 21)}


def test_connections_are_proposed_for_who_is_made_and_where_the_timeline_is_previewed(duet: str) -> None:
    scene = bpy.context.scene
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 31, 121
    bpy.ops.duet.ask_proposed(most=2, seed=1)
    first = asking.requests_of(duet)
    assert {request.to_dancer for request in first} == {1}, "a partner for A: B answers"
    assert all(row.first >= 31 and row.last <= 121 for row in asking.list_of(duet).requests)
    bpy.ops.duet.unask(every=True)
    bpy.ops.duet.ask_proposed(most=2, seed=1)
    assert asking.requests_of(duet) == first
    scene.frame_preview_start, scene.frame_preview_end = 901, 961
    assert "outside the duet" in said(bpy.ops.duet.ask_proposed, most=2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"first": 60, "last": 30}, "it ends at frame 30, before it starts at 60"),
        ({"first": -90, "last": -30}, "before the duet begins"),
        ({"to_joint": "tail"}, "there is no joint 'tail'"),
        ({"to_joint": ""}, "there is no joint"),
    ],
    ids=["end before start", "before the take", "no such joint", "no joint"],
)
def test_what_cannot_be_had_is_told_with_its_place_and_nothing_is_made(duet: str, change: dict[str, object], says: str) -> None:
    ask(duet)
    for name, value in change.items():
        setattr(asking.list_of(duet).requests[0], name, value)
    message = said(bpy.ops.duet.generate)
    assert says in message
    assert "asked connection 1" in message
    assert memory.duets(bpy.context.scene) == [duet]


# -- what is made ---------------------------------------------------------------------------------------------------------------------------


def test_a_partner_stands_beside_the_duet_which_stays_as_it_is(made: str, files: Files, take: Path) -> None:
    assert all(files.blocks[kind] <= blocks()[kind] for kind in KINDS)
    duet, before = "take", read(take)
    np.testing.assert_allclose(memory.recall_clip(duet).positions, before.positions, atol=1e-3)
    partner = memory.recall_clip(made)
    moved = partner.positions[:, 0] - before.positions[:, 0]
    assert np.ptp(moved, axis=(0, 1)).max() < 1e-3, "A dances as before"
    assert np.nanmin(partner.positions[..., 0]) > np.nanmax(before.positions[..., 0])
    assert memory.about_clip(made)["meta"]["dancers"] == ["A", "B (new)"]
    (row,) = asking.list_of(made).requests
    assert row.confidence >= 0, "what was asked was looked for"
    assert memory.threads_of(made) is not None
    assert memory.how_found(made)["method"] == "proximity"
    bodies = [bpy.data.objects[f"{made} {letter} body"] for letter in "AB"]
    shades = [tuple(round(c, 3) for c in bpy.data.objects[f"{duet} {letter} body"].color) for letter in "AB"]
    assert tuple(round(c, 3) for c in bodies[0].color) == shades[0], "who stays has the colour of the duet"
    assert tuple(round(c, 3) for c in bodies[1].color) not in shades


def test_several_tries_change_only_the_preview_range_and_stand_in_a_row(duet: str) -> None:
    scene, settings = bpy.context.scene, bpy.context.scene.duet.phrases
    assert "no preview range" in said(generate, way="VARY", only_range=True)
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 41, 81
    settings.tries, settings.seed = 2, 4
    assert bpy.ops.duet.generate() == {"FINISHED"}
    two = tries.tries(scene)
    assert [tries.about(name)["order"]["seed"] for name in two] == [4, 5]
    first, one, other = (memory.recall_clip(name).positions for name in (duet, *two))
    assert np.nanmin(other[..., 0]) > np.nanmax(one[..., 0]) > np.nanmin(one[..., 0]) > np.nanmax(first[..., 0])
    changed = [np.abs(x - first - (x - first)[:1].mean(axis=(0, 1, 2))).max(axis=(1, 2, 3)) for x in (one, other)]
    for far in changed:
        assert max(far[:40].max(), far[82:].max()) < 1e-3
        assert far[50:70].max() > 0.02
    assert bpy.ops.duet.discard_try(every=True) == {"FINISHED"}
    assert memory.duets(scene) == [duet]


def test_a_continuation_of_a_duet_that_begins_later_is_in_time_and_lengthens_the_scene(duet: str) -> None:
    clip = memory.recall_clip(duet)
    points = (
        point
        for thing in bpy.data.collections[duet].all_objects
        for curves in curves_of(thing)
        for curve in curves
        for point in curve.keyframe_points
    )
    for point in points:
        point.co_ui[0] += 50
    memory.remember_clip(duet, clip, 51)
    made = generate(way="CONTINUE", seconds=1.0, place="IN_PLACE")
    assert memory.first_frame(made) == 51
    assert {curve.range()[0] for thing in bpy.data.collections[made].all_objects for curves in curves_of(thing) for curve in curves} == {
        51.0
    }
    assert memory.about_clip(made)["frames"] == 150
    assert bpy.context.scene.frame_end == 200
    np.testing.assert_allclose(memory.recall_clip(made).positions[:100], clip.positions[:100], atol=1e-3)
    bpy.ops.duet.discard_try()
    assert bpy.context.scene.frame_end == 170, "as long as the duet that is left"


def test_a_phrase_from_nothing_needs_no_duet_and_goes_without_a_trace() -> None:
    scene = bpy.context.scene
    scene.duet.method = "proximity"
    before, world = blocks(), scene.world
    made = generate(way="NEW", seconds=3.5)
    assert made == "New Phrase"
    assert memory.about_clip(made)["fps"] == scene.render.fps
    assert scene.camera is not None
    assert bpy.ops.duet.discard_try() == {"FINISHED"}
    assert blocks() == before
    assert scene.world == world


def test_a_dancer_dances_what_lies_between_it_and_its_partner(duet: str) -> None:
    before = memory.recall_clip(duet)
    made = generate(way="BETWEEN", whom="B", share=0.25, seed=5)
    clip, about = memory.recall_clip(made), tries.about(made)
    order = Order.from_dict(about["order"])
    assert (order.way, order.dancer, order.share, about["other"]) == ("interpolate", 1, 0.25, None)
    assert clip.names == ("A", "B (new)")
    moved = clip.positions[:, 0] - before.positions[: clip.frames, 0]
    assert np.ptp(moved, axis=(0, 1)).max() < 1e-3, "A dances as before"
    assert "choose one under With" in said(generate, whom="BOTH")
    assert "no second duet called 'nobody'" in said(generate, other="nobody")


def test_two_duets_are_mixed_and_what_was_mixed_in_is_known_again(duet: str, take: Path) -> None:
    bpy.ops.duet.import_poses(filepath=str(take), new_scene=False, update_existing=False)
    other = next(name for name in memory.duets(bpy.context.scene) if name != duet)
    bpy.context.view_layer.objects.active = bpy.data.objects[memory.sources_of(duet)[0].armature]
    settings = bpy.context.scene.duet.phrases
    settings.other, settings.whom, settings.other_dancer = other, "A", "B"
    assert generating._mixed_with(settings, bpy.context.scene, duet) == (other, 1)
    made = generate(way="BETWEEN", whom="BOTH", throughout=False)
    order = Order.from_dict(tries.about(made)["order"])
    assert (order.dancer, order.share, tries.mixed_in(made, bpy.context.scene)) == (None, None, (other, None))
    assert bpy.ops.duet.another(name=made) == {"FINISHED"}
    assert tries.mixed_in(made, bpy.context.scene) == (other, None)
    remove_duet(other)
    assert "mixed in is gone" in said(bpy.ops.duet.another, name=made)


# -- keep, discard, another -----------------------------------------------------------------------------------------------------------------


def test_a_try_is_a_duet_like_any_other_and_discarding_leaves_no_trace_of_what_was_done_with_it(made: str, files: Files) -> None:
    bpy.ops.duet.select_try(name=made)
    assert memory.duet_of(bpy.context.object, bpy.context.scene) == made
    bpy.ops.duet.infer(method="crosscorr")
    assert memory.how_found(made)["method"] == "crosscorr"
    bpy.ops.duet.set_camera(shot="FRONT")
    assert bpy.context.scene.camera.name == f"{made} Camera"
    bpy.ops.duet.thread_look(look="INK")
    bpy.ops.duet.draw_graph(number=0)
    bpy.ops.duet.add_markers(most=3)
    bpy.ops.duet.bake(most=2, step=20)
    assert bpy.ops.duet.discard_try() == {"FINISHED"}
    assert {kind: names ^ files.blocks[kind] for kind, names in blocks().items() if names != files.blocks[kind]} == {}
    assert not bpy.context.scene.timeline_markers
    assert bpy.context.scene.camera.name == "take Camera"
    assert len(asking.list_of("take").requests) == 1


def test_what_is_kept_is_no_try_any_more(made: str) -> None:
    assert bpy.ops.duet.keep_try() == {"FINISHED"}, "the only try needs no name"
    assert tries.tries(bpy.context.scene) == []
    assert memory.duets(bpy.context.scene) == ["take", made]
    for call in (bpy.ops.duet.keep_try, bpy.ops.duet.discard_try, bpy.ops.duet.another):
        assert "is no try" in said(call)
    assert memory.duets(bpy.context.scene) == ["take", made]


def test_another_takes_its_place_with_the_next_seed_and_its_own_list(made: str) -> None:
    first = memory.recall_clip(made).positions
    asking.list_of(made).requests[0].kind = "opposition"
    assert bpy.ops.duet.another(name=made) == {"FINISHED"}
    assert tries.tries(bpy.context.scene) == [made]
    assert tries.about(made)["order"]["seed"] == 1
    assert np.abs(memory.recall_clip(made).positions[:, 1] - first[:, 1]).max() > 0.02
    assert [row.kind for row in asking.list_of(made).requests] == ["opposition"]
    assert bpy.data.objects.get(f"{made} A.001") is None
    remove_duet("take")
    assert "is gone" in said(bpy.ops.duet.another, name=made)


def test_a_discarded_try_comes_back_whole_by_undo(made: str) -> None:
    """Undo of what is made is held in ``tests/installed``."""
    bpy.ops.ed.undo_push(message="before")
    before, asked = blocks(), asking.list_of(made).requests[0].confidence
    assert bpy.ops.duet.discard_try("EXEC_DEFAULT", True) == {"FINISHED"}
    bpy.ops.ed.undo()
    assert blocks() == before
    assert asking.list_of(made).requests[0].confidence == asked
    bpy.ops.ed.redo()
    assert tries.tries(bpy.context.scene) == []


# -- what goes wrong ------------------------------------------------------------------------------------------------------------------------


def test_a_generator_that_is_missing_is_told(duet: str, tmp_path: Path) -> None:
    assert "no generator" in said(generate, generator=str(tmp_path / "nothing"))
    assert memory.duets(bpy.context.scene) == [duet]


def test_without_a_duet_only_a_phrase_from_nothing_can_be_made() -> None:
    assert "Import a duet first" in said(generate, way="VARY")
    assert "Import a duet first" in said(bpy.ops.duet.ask)


def test_a_skeleton_that_the_generator_does_not_know_is_told(root: Path, tmp_path: Path) -> None:
    clip = read(root / "samples" / "sample.duet.npz").sliced(90, 150)
    names = tuple(f"m{number}" for number in range(len(clip.skeleton)))
    duet_npz.write(replace(clip, skeleton=replace(clip.skeleton, joints=names)), tmp_path / "markers.duet.npz")
    bpy.ops.duet.import_poses(filepath=str(tmp_path / "markers.duet.npz"))
    message = said(generate, way="VARY")
    assert "rename its joints" in message
    assert len(memory.duets(bpy.context.scene)) == 1


def test_a_second_start_is_refused_while_one_runs_and_a_cancelled_one_changes_nothing(duet: str) -> None:
    operator = type("Operator", (generating._Generating,), {"_in_window": False, "report": lambda *_: None})()
    before = blocks()
    job = operator._job_of(bpy.context, duet, [Order("vary")], [], "phrases", "BESIDE")
    job.start()
    try:
        assert not bpy.ops.duet.generate.poll()
        assert not bpy.ops.duet.another.poll()
    finally:
        jobs.stop()
    assert blocks() == before
    assert memory.duets(bpy.context.scene) == [duet]


# -- apart ----------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def gone() -> Iterator[None]:
    yield
    apart.leave()


@pytest.mark.usefixtures("gone")
def test_what_is_made_apart_is_what_is_made_here(take: Path) -> None:
    clip, shares = read(take), []
    order, asked = Order("partner", 1, base="vary", within=(0.5, 3.5)), [Request(1, "head", 0, "left_wrist", "lead", 0.2, 0.0, math.inf)]
    there = apart.make(
        order, clip, asked, lambda share, detail="": shares.append(share), lambda: False, model="phrases", method="proximity", fps=None
    )
    here = attempt(order, clip, asked, method="proximity")
    assert isinstance(there.made.clip, Clip)
    assert np.abs(there.made.clip.positions - here.clip.positions).max() < 1e-3
    assert there.made.asked == here.asked
    assert there.made.notes == here.notes
    assert [answer.kind for answer in there.made.answers] == [answer.kind for answer in here.answers]
    assert isinstance(there.made.found, Connections)
    assert there.packed
    assert list(there.made.clip.names) == ["A (new)", "B"]
    with pytest.raises(generating.InputError, match="no generator"):
        apart.make(order, clip, asked, lambda share: None, lambda: False, model="nothing", method="proximity", fps=None)
    short = clip.sliced(0, 60)
    mixed = apart.make(
        Order("interpolate", 0, share=1.0), short, [], lambda share, detail="": None, lambda: False, other=one_dancer(short, 0), model="phrases",
        method="proximity", fps=None,
    )  # fmt: skip
    own, partner = (np.abs(mixed.made.clip.positions[:, 0] - short.positions[:, d]).mean() for d in range(2))
    assert own < 0.5 * partner, "what was given is mixed in, not the partner"
