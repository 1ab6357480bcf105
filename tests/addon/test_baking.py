"""Bake and export: threads as plain objects that other programs read back with their motion."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon.scene import baking, memory, threads
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.scene.memory import threads_of
from duet_connections.addon.scene.threads import input_path, set_input
from duet_connections.addon.scene.timing import scene_frame
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.connections import KINDS, Connections
from duet_connections.duet_core.formats import read
from duet_connections.duet_core.showing import Show, gates
from duet_connections.duet_core.sticks import HIDDEN, sticks
from duet_connections.duet_core.threads import stored_threads

pytestmark = pytest.mark.usefixtures("registered")

FRAMES = 40


@pytest.fixture(scope="module")
def clip(root: Path) -> Clip:
    return read(root / "samples" / "sample.duet.npz", frames=(200, 200 + FRAMES))


@pytest.fixture(scope="module")
def found(clip: Clip) -> Connections:
    """One connection all the time, a weaker one in the first half only."""
    joints = clip.skeleton.joints
    edges, count = 2 * len(joints) ** 2, len(joints)
    confidence, kind = np.zeros((2, edges), np.float32), np.zeros((2, edges), np.int8)
    always = joints.index("left_wrist") * count + joints.index("right_wrist")
    first = count * count + joints.index("head") * count + joints.index("left_elbow")
    confidence[:, always], confidence[0, first] = 0.95, 0.8
    kind[:, [always, first]] = KINDS.index("lead")
    start = np.array([0, FRAMES // 2])
    return Connections(
        joints=joints, window_start=start, window_end=start + FRAMES // 2, confidence=confidence, fps=clip.fps, types=("none", "core"),
        type_probability=np.full((2, edges, 2), 0.5, np.float32), lag=np.full((2, edges), 0.2, np.float32), kind=kind,
    )  # fmt: skip


@pytest.fixture
def duet(clip: Clip, found: Connections) -> str:
    return build_duet(clip, found).collection


def ends(thing: bpy.types.Object) -> np.ndarray:
    """(2, 3) where a stick begins and ends in the room now."""
    graph = bpy.context.evaluated_depsgraph_get()
    room = np.array(thing.evaluated_get(graph).matrix_world)
    return np.stack([room[:3, 3], room[:3, 3] + room[:3, 2]])


def test_a_baked_thread_reaches_from_joint_to_joint_at_every_frame(duet: str, clip: Clip, found: Connections) -> None:
    assert bpy.ops.duet.bake() == {"FINISHED"}
    baked = baking.baked_of(duet)
    assert baked is not None and len(baked.objects) == 2
    strongest = max(baked.objects, key=lambda thing: json.loads(thing[baking.BAKED])["peak"])
    left, right = clip.skeleton.joints.index("left_wrist"), clip.skeleton.joints.index("right_wrist")
    name = strongest.name
    for frame in range(0, FRAMES, 7):
        bpy.context.scene.frame_set(scene_frame(frame))
        expected = np.stack([clip.positions[frame, 0, left], clip.positions[frame, 1, right]])
        assert np.abs(ends(bpy.data.objects[name]) - expected).max() < 2e-3


def test_a_thread_that_does_not_show_is_too_small_to_see(duet: str) -> None:
    bpy.ops.duet.bake()
    weaker = min(baking.baked_of(duet).objects, key=lambda thing: json.loads(thing[baking.BAKED])["peak"]).name
    scene = bpy.context.scene
    scene.frame_set(scene_frame(2))
    assert bpy.data.objects[weaker].scale[0] > 0.002
    scene.frame_set(scene_frame(FRAMES - 1))
    assert max(bpy.data.objects[weaker].scale) == pytest.approx(HIDDEN)


def test_a_bake_follows_a_keyed_threshold(duet: str) -> None:
    thing = threads_of(duet)
    for frame, threshold in ((scene_frame(9), 0.5), (scene_frame(10), 0.99)):
        set_input(thing, "Threshold", threshold)
        thing.keyframe_insert(input_path(thing, "Threshold"), frame=frame)
    bpy.context.scene.frame_set(scene_frame(30))
    assert bpy.ops.duet.bake() == {"FINISHED"}
    names = [thing.name for thing in baking.baked_of(duet).objects]
    for frame, seen in ((2, True), (12, False), (30, False)):
        bpy.context.scene.frame_set(scene_frame(frame))
        assert (max(max(bpy.data.objects[name].scale) for name in names) > 2 * HIDDEN) is seen


def test_a_bake_is_bounded_and_keeps_what_shows_most(duet: str) -> None:
    bpy.ops.duet.bake(most=1, step=5)
    (thing,) = baking.baked_of(duet).objects
    assert json.loads(thing[baking.BAKED])["peak"] == pytest.approx(0.95, abs=0.01)


def test_baking_again_replaces_and_removing_leaves_nothing(duet: str) -> None:
    kinds = ("objects", "meshes", "materials", "actions", "collections", "scenes")
    before = {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}
    bpy.ops.duet.bake()
    once = {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}
    bpy.ops.duet.bake()
    assert {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds} == once
    assert bpy.ops.duet.remove_bake() == {"FINISHED"}
    assert {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds} == before
    assert not bpy.ops.duet.remove_bake.poll()


def test_a_bake_has_neither_python_nor_modifiers_and_follows_the_filters(duet: str) -> None:
    threads.set_input(memory.threads_of(duet), "Threshold", 0.9)
    bpy.ops.duet.bake()
    (thing,) = baking.baked_of(duet).objects
    assert not thing.modifiers and not thing.constraints and not thing.animation_data.drivers
    threads.set_input(memory.threads_of(duet), "Threshold", 0.99)
    with pytest.raises(RuntimeError, match="lower the threshold"):
        bpy.ops.duet.bake()


def test_two_duets_are_baked_apart(duet: str, clip: Clip, found: Connections) -> None:
    other = build_duet(clip, found).collection
    bpy.ops.duet.bake()
    assert baking.baked_of(duet) is not None and baking.baked_of(other) is None
    bpy.context.view_layer.objects.active = next(thing for thing in bpy.data.collections[other].all_objects if thing.type == "ARMATURE")
    bpy.ops.duet.bake()
    assert {thing.name for thing in baking.baked_of(duet).objects}.isdisjoint(thing.name for thing in baking.baked_of(other).objects)


def test_sticks_turn_steadily_and_straight_down_too(clip: Clip, found: Connections) -> None:
    stored = stored_threads(found)
    positions = clip.positions.copy()
    positions[10:20, 1] = positions[10:20, 0] - (0, 0, 1.5)
    positions[25, 0] = np.nan
    made = sticks(stored, positions, Show(), gates(stored, clip.skeleton.parts), width=0.02)
    assert len(made) == 2
    for stick in made:
        assert np.allclose(np.linalg.norm(stick.rotation, axis=1), 1)
        assert ((stick.rotation[1:] * stick.rotation[:-1]).sum(axis=1) >= 0).all()
        assert np.isfinite(stick.location).all() and np.isfinite(stick.scale).all()
        assert (np.diff(stick.frames) > 0).all()


def gltf(file: Path) -> dict:
    """The JSON of a GLB."""
    data = file.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    return json.loads(data[20 : 20 + length])


def test_gltf_holds_the_dancers_and_the_threads_with_their_motion(duet: str, tmp_path: Path) -> None:
    kept = bpy.context.scene.frame_current
    file = tmp_path / "duet.glb"
    assert bpy.ops.duet.export(format="GLTF", filepath=str(file)) == {"FINISHED"}
    assert baking.baked_of(duet) is None, "what was baked for the file alone goes again"
    assert bpy.context.scene.frame_current == kept
    content = gltf(file)
    nodes = [node.get("name", "") for node in content["nodes"]]
    sticks_ = [number for number, name in enumerate(nodes) if " to " in name]
    assert len(sticks_) == 2
    assert len(content["skins"]) == 2
    (animation,) = content["animations"]
    moved = {(channel["target"]["node"], channel["target"]["path"]) for channel in animation["channels"]}
    assert {(stick, path) for stick in sticks_ for path in ("translation", "rotation", "scale")} <= moved
    assert "Floor" not in " ".join(nodes)


def test_gltf_read_back_dances_and_its_threads_move(duet: str, tmp_path: Path) -> None:
    file = tmp_path / "duet.glb"
    bpy.ops.duet.export(format="GLTF", filepath=str(file))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=str(file))
    places = moving(" to ", (2, 12))
    assert len(places) == 2
    assert max(float(np.abs(there - here).max()) for here, there in places.values()) > 0.01


@pytest.mark.parametrize(
    ("form", "ending", "again"),
    [
        ("USD", ".usdc", lambda file: bpy.ops.wm.usd_import(filepath=file)),
        ("ALEMBIC", ".abc", lambda file: bpy.ops.wm.alembic_import(filepath=file, as_background_job=False)),
        ("FBX", ".fbx", lambda file: bpy.ops.import_scene.fbx(filepath=file)),
    ],
)
def test_other_formats_read_back_with_moving_threads(duet: str, tmp_path: Path, form: str, ending: str, again: object) -> None:
    file = tmp_path / f"duet{ending}"
    assert bpy.ops.duet.export(format=form, filepath=str(file)) == {"FINISHED"}
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    bpy.ops.wm.read_factory_settings(use_empty=True)
    again(str(file))
    places = moving("wrist", (2, 12))
    assert places
    assert max(float(np.abs(there - here).max()) for here, there in places.values()) > 0.01


def moving(part: str, frames: tuple[int, int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Where each mesh whose name has *part* stands at two frames."""
    found: dict[str, list[np.ndarray]] = {}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        for thing in bpy.data.objects:
            if (thing.type == "MESH" or thing.children) and part.replace(" ", "_") in thing.name.replace(" ", "_"):
                found.setdefault(thing.name, []).append(np.array(thing.evaluated_get(graph).matrix_world))
    return {name: (here, there) for name, (here, there) in found.items()}


def test_bvh_of_each_dancer_reads_back_as_the_same_dance(duet: str, clip: Clip, tmp_path: Path) -> None:
    assert bpy.ops.duet.export(format="BVH", filepath=str(tmp_path / "pair.bvh")) == {"FINISHED"}
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["pair-A.bvh", "pair-B.bvh"]
    assert len(bpy.data.scenes) == 1
    again = read(files)
    assert again.frames == FRAMES and again.fps == pytest.approx(clip.fps)
    apart = np.linalg.norm(clip.positions[:, 0] - clip.positions[:, 1], axis=-1)
    index = [again.skeleton.joints.index(name) for name in ("left_wrist", "right_ankle")]
    own = [clip.skeleton.joints.index(name) for name in ("left_wrist", "right_ankle")]
    assert np.abs(np.linalg.norm(again.positions[:, 0] - again.positions[:, 1], axis=-1)[:, index] - apart[:, own]).max() < 0.1


def test_an_export_leaves_mode_scene_bones_and_what_is_hidden_as_they_were(duet: str, tmp_path: Path) -> None:
    scene, armature = bpy.context.scene, bpy.data.objects["Duet A"]
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="POSE")
    bpy.data.objects["Duet B"].hide_viewport = True
    scene.frame_set(7)
    posed = [tuple(bone.rotation_quaternion) for bone in armature.pose.bones]
    for form in ("GLTF", "USD", "BVH"):
        assert bpy.ops.duet.export(format=form, filepath=str(tmp_path / f"x.{form}")) == {"FINISHED"}
        assert (bpy.context.mode, scene.frame_current) == ("POSE", 7), form
        assert list(bpy.data.scenes) == [bpy.context.window.scene] == [scene], form
        assert [tuple(bone.rotation_quaternion) for bone in armature.pose.bones] == posed, form
    assert bpy.data.objects["Duet B"].hide_viewport
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.view_layer.layer_collection.children[duet].exclude = True
    assert bpy.ops.duet.export(format="BVH", filepath=str(tmp_path / "y.bvh")) == {"FINISHED"}, "whatever the view shows"


def test_connections_as_tables_and_graphs(duet: str, found: Connections, tmp_path: Path) -> None:
    for form, name in (("NPZ", "c.npz"), ("CSV", "c.csv"), ("GRAPHML", "c.graphml"), ("EPISODES", "e.csv")):
        assert bpy.ops.duet.export(format=form, filepath=str(tmp_path / name)) == {"FINISHED"}
    again = Connections.load(tmp_path / "c.npz")
    assert np.abs(again.confidence - found.confidence).max() < 1e-3
    assert len((tmp_path / "c.csv").read_text().splitlines()) == 4, "a head, and three windows in which one shows"
    assert "<graphml" in (tmp_path / "c.graphml").read_text()
    assert len((tmp_path / "e.csv").read_text().splitlines()) == 3


def test_an_export_that_cannot_be_written_says_so_and_leaves_selection_and_bake_as_they_were(duet: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    chosen = bpy.data.objects["Duet Name A"]
    chosen.hide_select = False
    bpy.context.view_layer.objects.active = chosen
    chosen.select_set(True)
    with pytest.raises(RuntimeError) as error:
        bpy.ops.duet.export(format="GLTF", filepath=str(tmp_path / "file" / "x.glb"))
    assert "cannot write here" in str(error.value)
    assert bpy.context.view_layer.objects.active.name == "Duet Name A"
    assert [thing.name for thing in bpy.context.view_layer.objects if thing.select_get()] == ["Duet Name A"]
    assert baking.baked_of(duet) is None
