"""Dancers in the scene: bones exactly at the joints, a joints mesh that follows them, bodies round them, and nobody else touched."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import bpy
import numpy as np
import pytest
from duet_connections.addon.commands import benchmark_import
from duet_connections.addon.commands.benchmark_draw import planted
from duet_connections.addon.scene import bone_shapes
from duet_connections.addon.scene.armature import all_bones, bone_names, keyed_positions
from duet_connections.addon.scene.dancers import DancerNames, build_dancers, building_dancers, show_dancers
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.scene.timing import FIRST_FRAME, scene_frame, scene_rate, set_scene_timing
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.evaluation.redressed import redressed
from duet_connections.duet_core.figures import figures
from duet_connections.duet_core.formats import read
from duet_connections.duet_core.procedural.duet import sample
from duet_connections.duet_core.skeletons import Skeleton, by_name


def collection(name: str = "Duet") -> bpy.types.Collection:
    made = bpy.data.collections.new(name)
    bpy.context.scene.collection.children.link(made)
    return made


def built(clip: Clip, duet: str = "Duet") -> DancerNames:
    names = build_dancers(clip, duet, collection(duet))
    bpy.data.objects[names.joints].hide_viewport = False  # a test reads it, as the threads' nodes do
    return names


def go_to(clip_frame: int) -> bpy.types.Depsgraph:
    bpy.context.scene.frame_set(scene_frame(clip_frame))
    return bpy.context.evaluated_depsgraph_get()


def vertices(name: str) -> np.ndarray:
    thing = bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = thing.data
    points = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", points)
    world = np.array(thing.matrix_world)
    return points.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]


def assert_at_joints(clip: Clip, names: DancerNames, frames: tuple[int, ...]) -> None:
    for frame in frames:
        go_to(frame)
        want = clip.positions[frame].reshape(-1, 3)
        known = np.isfinite(want).all(axis=1)
        bones = np.concatenate([keyed_positions(bpy.data.objects[name]) for name in names.armatures])
        assert np.abs(bones - want)[known].max() < 1e-3
        points = vertices(names.joints)
        assert points.shape == want.shape
        assert np.abs(points - want)[known].max() < 1e-3


def head_of(armature: str, bone: str) -> np.ndarray:
    thing = bpy.data.objects[armature]
    return np.array(thing.matrix_world @ thing.pose.bones[bone].head)


def test_dancers_are_built_in_steps_between_which_a_window_may_be_drawn() -> None:
    clip = sample()
    shaped, longest = figures(clip), 0.0
    steps = building_dancers(clip, "Duet", collection().name, shaped=shaped)
    while True:
        begun = time.thread_time()
        try:
            next(steps)
        except StopIteration:
            break
        longest = max(longest, time.thread_time() - begun)
    assert longest < 0.05, "seconds of the processor"


def test_bones_and_joints_mesh_stand_at_the_joints_of_the_sample() -> None:
    clip = sample()
    names = built(clip)
    assert names.armatures == ("Duet A", "Duet B") and names.bodies == ("Duet A body", "Duet B body") and names.joints == "Duet joints"
    assert_at_joints(clip, names, (0, 7, 250, clip.frames - 1))
    assert bone_names(bpy.data.objects["Duet A"]) == list(clip.skeleton.joints)


@pytest.mark.parametrize(
    ("files", "fps", "joints"),
    [
        (("ai_choreo/sample_dance.npy",), 30, 29),
        (("ai_choreo/pose_extraction_video_1.npy",), 30, 24),
        (("cmu_salsa/60_03_scaled.bvh.gz", "cmu_salsa/61_03_scaled.bvh.gz"), 60, 43),
    ],
)
def test_bones_and_joints_mesh_stand_at_the_joints_of_real_takes(real_data, files, fps, joints) -> None:
    clip = read([real_data / file for file in files], fps=fps, frames=(0, 250))
    assert len(clip.skeleton) == joints
    assert_at_joints(clip, built(clip), (0, 111, 249))


def test_left_and_right_are_not_swapped() -> None:
    clip = sample()
    names = built(clip)
    for frame in (0, 300):
        go_to(frame)
        for dancer, armature in enumerate(names.armatures):
            for side in ("left", "right"):
                joint = clip.skeleton.joints.index(f"{side}_wrist")
                np.testing.assert_allclose(head_of(armature, f"{side}_wrist"), clip.positions[frame, dancer, joint], atol=1e-3)
    for armature in names.armatures:
        bones = bpy.data.objects[armature].data.bones
        assert bones["left_wrist"].head_local.x > 0 > bones["right_wrist"].head_local.x
        assert bones["left_big_toe"].head_local.y < bones["left_ankle"].head_local.y


def test_bones_are_sorted_by_body_part() -> None:
    armature = bpy.data.objects[built(sample().sliced(0, 5)).armatures[0]].data
    parts = {group.name: {bone.name for bone in group.bones} for group in armature.collections}
    assert "left_knee" in parts["left leg"] and "right_elbow" in parts["right arm"] and "pelvis" in parts["torso"]
    assert sum(map(len, parts.values())) == 29


def test_bodies_hold_the_joints_and_bend_with_them() -> None:
    clip = sample()
    names = built(clip)
    for frame in (0, 200, 480):
        go_to(frame)
        for dancer, body in enumerate(names.bodies):
            skin = vertices(body)
            joints = clip.positions[frame, dancer]
            assert (joints > skin.min(axis=0) - 0.02).all() and (joints < skin.max(axis=0) + 0.02).all()
            for joint in ("left_knee", "right_elbow", "head", "left_ankle"):
                nearest = np.linalg.norm(skin - joints[clip.skeleton.joints.index(joint)], axis=1).min()
                assert nearest < 0.13


def test_the_joints_mesh_follows_edited_bones_and_moved_armatures() -> None:
    clip = sample().sliced(0, 5)
    names = built(clip)
    armature = bpy.data.objects[names.armatures[1]]
    armature.animation_data_clear()
    armature.pose.bones["pelvis"].location.x += 0.5
    armature.location = (0.0, 2.0, 0.0)
    bpy.context.view_layer.update()
    points = vertices(names.joints)[29:]
    np.testing.assert_allclose(points, keyed_positions(armature), atol=1e-4)
    assert abs(points[:, 1].mean() - clip.positions[:, 1, :, 1].mean()) > 1.0


def test_the_joints_are_hidden_from_view_and_render() -> None:
    names = build_dancers(sample().sliced(0, 3), "Duet", collection())
    for name in (names.joints, *(f"{armature} joints" for armature in names.armatures)):
        assert bpy.data.objects[name].hide_render and bpy.data.objects[name].hide_viewport


def test_two_duets_in_one_file_do_not_touch_each_other() -> None:
    one, two = sample().sliced(0, 20), sample().sliced(300, 330)
    first = built(one, "First")
    before = {thing.name: thing.data.name for thing in bpy.data.objects}
    second = built(two, "Second")
    assert {name: bpy.data.objects[name].data.name for name in before} == before
    assert_at_joints(one, first, (0, 19))
    assert_at_joints(two, second, (0, 19, 29))


def test_building_again_replaces_that_duet_alone_and_leaves_nothing_behind() -> None:
    one, two = sample().sliced(0, 10), sample().sliced(300, 310)
    first, other = built(one, "First"), built(two, "Other")
    counts = {kind: len(getattr(bpy.data, kind)) for kind in ("objects", "meshes", "armatures", "actions", "materials", "node_groups")}
    stranger = bpy.data.objects.new("First A friend", None)
    copy = bpy.data.objects["First A body"].copy()
    kept = bpy.data.objects["Other A"].data.name
    again = build_dancers(two, "First", bpy.data.collections["First"])
    bpy.data.objects[again.joints].hide_viewport = False
    assert again == first
    assert bpy.data.objects["Other A"].data.name == kept
    assert {stranger.name, copy.name} <= {thing.name for thing in bpy.data.objects}
    bpy.data.objects.remove(stranger)
    bpy.data.objects.remove(copy)
    bpy.data.orphans_purge(do_recursive=True)
    assert {kind: len(getattr(bpy.data, kind)) for kind in counts} == counts
    assert_at_joints(two, again, (0, 9))
    assert_at_joints(two, other, (0, 9))


def test_a_strangers_object_of_the_same_name_stays() -> None:
    stranger = bpy.data.objects.new("Duet A", None)
    names = built(sample().sliced(0, 3))
    assert bpy.data.objects["Duet A"] == stranger and names.armatures[0] != "Duet A"
    again = build_dancers(sample().sliced(0, 3), "Duet", bpy.data.collections["Duet"])
    assert again.armatures == names.armatures


def test_unknown_positions_are_bridged_and_never_stand_at_the_origin() -> None:
    clip = sample().sliced(0, 40)
    positions = clip.positions.copy()
    wrist, head = clip.skeleton.joints.index("left_wrist"), clip.skeleton.joints.index("head")
    positions[5:20, 0, wrist] = np.nan
    positions[:, 1, head] = np.nan
    gappy = Clip(positions, clip.fps, clip.skeleton)
    names = built(gappy)
    assert_at_joints(gappy, names, (0, 10, 39))
    go_to(12)
    points = vertices(names.joints).reshape(2, 29, 3)
    assert np.linalg.norm(points[0, wrist] - clip.positions[12, 0, wrist]) < 0.2
    assert np.linalg.norm(points[1, head] - points[1, clip.skeleton.joints.index("neck")]) < 0.6
    assert np.linalg.norm(points, axis=-1).min() > 0.02


@pytest.mark.parametrize(
    "skeleton",
    [
        Skeleton("markers", ("m1", "m2", "m3"), (-1, -1, -1)),
        Skeleton("two roots", ("a", "b", "c", "d"), (-1, 0, -1, 2)),
        Skeleton("odd names", ('say "hi"', "a\\b", "ü" * 60), (-1, 0, 1)),
    ],
    ids=lambda skeleton: skeleton.name,
)
def test_any_skeleton_becomes_dancers(skeleton: Skeleton) -> None:
    positions = np.cumsum(np.random.default_rng(2).normal(0, 0.05, (12, 2, len(skeleton), 3)), axis=0) + np.array([0.0, 0.0, 1.0])
    clip = Clip(positions, 30, skeleton)
    assert_at_joints(clip, built(clip), (0, 5, 11))


@pytest.mark.parametrize("name", ["coco-17", "mediapipe-33"])
def test_a_body_whose_poses_have_no_joint_in_the_trunk_stays_whole(name: str) -> None:
    """Hips that hang on shoulders turned with the arms and tore the trunk; a pelvis and a neck carry both, and are no joints of the duet."""
    whole = sample().sliced(200, 260)
    skeleton = by_name(name)
    positions = redressed(whole.positions, whole.skeleton, skeleton)
    clip = Clip(positions, whole.fps, skeleton)
    names = built(clip)
    assert_at_joints(clip, names, (0, 30, 59))
    for armature in (bpy.data.objects[a] for a in names.armatures):
        assert len(bone_names(armature)) == len(skeleton)
        assert set(all_bones(armature)) - set(bone_names(armature)) == {"pelvis", "neck"}
    for body in names.bodies:
        mesh = bpy.data.objects[body].data
        edges = np.array([edge.vertices[:] for edge in mesh.edges])
        at_rest = np.array([vertex.co for vertex in mesh.vertices])
        rest = np.linalg.norm(at_rest[edges[:, 0]] - at_rest[edges[:, 1]], axis=1)
        for frame in (0, 30, 59):
            go_to(frame)
            points = vertices(body)
            stretched = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1) / rest
            assert np.quantile(stretched, 0.99) < 2.0


def test_a_solo_has_one_dancer() -> None:
    clip = sample().sliced(0, 4)
    solo = Clip(clip.positions[:, :1], clip.fps, clip.skeleton)
    names = built(solo)
    assert len(names.armatures) == len(names.bodies) == 1
    assert_at_joints(solo, names, (0, 3))


def test_what_was_active_and_selected_is_so_afterwards() -> None:
    thing = bpy.data.objects.new("Mine", bpy.data.meshes.new("Mine"))
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    thing.select_set(True)
    built(sample().sliced(0, 3))
    assert bpy.context.view_layer.objects.active == thing and thing.select_get()
    assert bpy.context.mode == "OBJECT"
    assert [o.name for o in bpy.context.scene.collection.objects] == ["Mine"]


def test_a_collection_outside_the_view_layer_will_do() -> None:
    clip = sample().sliced(0, 3)
    made = bpy.data.collections.new("Apart")
    names = build_dancers(clip, "Duet", made)
    assert set(names.armatures) <= {thing.name for thing in made.objects}


@pytest.mark.parametrize("fps", [30.0, 29.97, 24000 / 1001, 120.0, 0.5])
def test_the_scene_runs_at_the_clips_exact_rate(fps: float) -> None:
    clip = Clip(np.zeros((7, 1, 1, 3)), fps, Skeleton("one", ("only",), (-1,)))
    scene = bpy.context.scene
    set_scene_timing(scene, clip)
    assert scene_rate(scene) == pytest.approx(fps, rel=1e-6)
    assert (scene.frame_start, scene.frame_end) == (FIRST_FRAME, FIRST_FRAME + 6)


@pytest.mark.slow
def test_import_of_a_salsa_pair_takes_a_third_of_what_blenders_own_takes(root, real_data, tmp_path) -> None:
    """In a process of its own, as for a user: what earlier tests left in this one's memory is nobody's import."""
    files = [str(real_data / "cmu_salsa" / f"{subject}_01_scaled.bvh.gz") for subject in (60, 61)]
    script = [sys.executable, str(root / "scripts" / "benchmark.py"), "import", *files, "--rounds", "5", "--out", str(tmp_path)]
    done = subprocess.run(script, capture_output=True, text=True, check=True)
    result = json.loads((tmp_path / "import.json").read_text("utf-8"))
    assert result["frames"] == 2242
    assert result["ratio"] <= benchmark_import.LIMIT, done.stdout


def test_bones_have_shapes_that_all_duets_share_and_no_render_shows() -> None:
    clip = sample().sliced(0, 3)
    first, second = built(clip, "First"), built(clip, "Second")
    bones = [bone for name in (*first.armatures, *second.armatures) for bone in bpy.data.objects[name].pose.bones]
    shapes = {bone.custom_shape.name: bone.custom_shape for bone in bones}
    assert {shape[bone_shapes.MARK].split()[0] for shape in shapes.values()} == {"limb", "trunk", "hips", "head", "hand", "finger", "foot"}
    assert len(shapes) == 7 and sum(len(shape.data.vertices) for shape in shapes.values()) < 300
    assert all(shape.hide_render and not shape.users_collection for shape in shapes.values())
    by_name = {bone.name: bone.custom_shape for bone in bones}
    assert by_name["left_wrist"] == by_name["right_wrist"] != by_name["left_elbow"]
    show_dancers("First", "BONES", shapes=False)
    assert not bpy.data.armatures["First A"].show_bone_custom_shapes and bpy.data.armatures["Second A"].show_bone_custom_shapes


def minute(trembling: float) -> Clip:
    clip = sample()
    positions = np.concatenate([clip.positions, clip.positions[::-1], clip.positions])[: round(60 * clip.fps)]
    noise = np.random.default_rng(0).normal(0, trembling, positions.shape)
    return clip.changed(positions=(positions + noise).astype(np.float32), confidence=None)


def test_a_minute_of_duet_with_its_connections_is_saved_in_15_megabytes_as_blender_saves_it(tmp_path) -> None:
    """Uncompressed; a minute of this duet has some 400 connections that are stored."""
    whole = minute(trembling=0.0)
    build_duet(whole, planted(whole, 400, stride=15, window=120))
    file = tmp_path / "minute.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=False, copy=True)
    assert file.stat().st_size <= 15e6


def test_a_minute_of_trembling_joints_with_every_connection_stored_is_saved_in_15_megabytes(tmp_path) -> None:
    """Compressed, as `render.py` saves it: each bone's length trembles too, so that nothing is constant."""
    whole = minute(trembling=5e-4)
    connections = planted(whole, 2 * len(whole.skeleton) ** 2, stride=15, window=120)
    connections.confidence[:] = np.random.default_rng(1).random(connections.confidence.shape)
    build_duet(whole, connections)
    file = tmp_path / "minute.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=True, copy=True)
    assert file.stat().st_size <= 15e6
