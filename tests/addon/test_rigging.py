"""Armatures that people already have: read, mapped, made a duet that follows them; and our own, fit to be used by others."""

from __future__ import annotations

import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon import jobs, presets, rig_mapping
from duet_connections.addon.operators.working import Working
from duet_connections.addon.scene import memory, threads
from duet_connections.addon.scene.armature import keyed_positions
from duet_connections.addon.scene.dancers import build_dancers
from duet_connections.addon.scene.reading import Source, sampled, stepped
from duet_connections.addon.scene.timing import scene_frame
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.formats import read
from duet_connections.duet_core.inference import infer
from duet_connections.duet_core.rigs import common

pytestmark = pytest.mark.usefixtures("registered")

NAMES = {
    "mixamo": {
        "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2", "neck": "Neck", "head": "Head", "{}_collar": "{}Shoulder",
        "{}_shoulder": "{}Arm", "{}_elbow": "{}ForeArm", "{}_wrist": "{}Hand", "{}_hip": "{}UpLeg", "{}_knee": "{}Leg", "{}_ankle": "{}Foot",
        "{}_foot": "{}ToeBase", "side": ("Left", "Right"), "prefix": "mixamorig:",
    },
    "arp": {
        "pelvis": "c_root_master.x", "spine1": "c_spine_01.x", "spine2": "c_spine_02.x", "neck": "c_neck.x", "head": "c_head.x",
        "{}_collar": "c_shoulder{}", "{}_shoulder": "c_arm_fk{}", "{}_elbow": "c_forearm_fk{}", "{}_wrist": "c_hand_fk{}", "{}_hip": "c_thigh_fk{}",
        "{}_knee": "c_leg_fk{}", "{}_ankle": "c_foot_fk{}", "{}_foot": "c_toes_fk{}", "side": (".l", ".r"), "prefix": "",
    },
    "rigify": {
        "pelvis": "spine", "spine1": "spine.001", "spine2": "spine.002", "spine3": "spine.003", "neck": "spine.004", "head": "spine.006",
        "{}_collar": "shoulder{}", "{}_shoulder": "upper_arm{}", "{}_elbow": "forearm{}", "{}_wrist": "hand{}", "{}_hip": "thigh{}", "{}_knee": "shin{}",
        "{}_ankle": "foot{}", "{}_foot": "toe{}", "side": (".L", ".R"), "prefix": "DEF-",
    },
}  # fmt: skip
PARENTS = {
    "spine1": "pelvis", "spine2": "spine1", "spine3": "spine2", "neck": "spine3", "head": "neck", "collar": "spine3", "shoulder": "collar",
    "elbow": "shoulder", "wrist": "elbow", "hip": "pelvis", "knee": "hip", "ankle": "knee", "foot": "ankle",
}  # fmt: skip


@pytest.fixture(scope="module")
def clip(root: Path) -> Clip:
    """Four seconds of the sample."""
    return read(root / "samples" / "sample.duet.npz").sliced(90, 210)


def bones_of(naming: str) -> dict[str, str]:
    """landmark → bone in that naming."""
    table = NAMES[naming]
    bones = {}
    for landmark, name in table.items():
        if landmark in ("side", "prefix"):
            continue
        for side, word in zip(("left", "right"), table["side"], strict=True):
            bones[landmark.replace("{}", side)] = table["prefix"] + name.replace("{}", word)
    return bones


def rig(name: str, naming: str, clip: Clip, dancer: int, first: int = 1, deforms: bool = True) -> bpy.types.Object:
    """An armature with that naming whose loose bones dance *dancer* of *clip* from the scene frame *first* on."""
    data = bpy.data.armatures.new(name)
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    bones = {landmark: bone for landmark, bone in bones_of(naming).items() if clip.skeleton.index(landmark) is not None}
    for bone in bones.values():
        made = data.edit_bones.new(bone)
        made.head, made.tail = (0, 0, 0), (0, 0, 0.1)
        made.use_deform = deforms
    bpy.ops.object.mode_set(mode="OBJECT")
    thing.animation_data_create().action = bpy.data.actions.new(name)
    for landmark, bone in bones.items():
        places = clip.positions[:, dancer, clip.skeleton.index(landmark)]
        axes = np.array(data.bones[bone].matrix_local.to_3x3())
        for axis, values in enumerate((places @ axes).T):
            path = f'pose.bones["{bone}"].location'
            curve = thing.animation_data.action.fcurve_ensure_for_datablock(thing, path, index=axis)
            curve.keyframe_points.add(len(values))
            curve.keyframe_points.foreach_set("co", np.column_stack([np.arange(len(values)) + first, values]).astype(np.float32).ravel())
            curve.update()
    return thing


def two_rigs(
    clip: Clip, first: str = "mixamo", second: str = "rigify", start: int = 1, **more: bool
) -> tuple[bpy.types.Object, bpy.types.Object]:
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = 30, start, start + clip.frames - 1
    pair = rig("Ana", first, clip, 0, start, **more), rig("Bo", second, clip, 1, start, **more)
    scene.duet.rigs.a.armature, scene.duet.rigs.b.armature = pair
    return pair


def joints_now(duet: str) -> np.ndarray:
    thing = bpy.data.objects[f"{memory.prefix_of(duet)} joints"]
    thing.hide_viewport = False
    mesh = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    points = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def known_joints(clip: Clip, duet: str) -> list[int]:
    return [clip.skeleton.index(landmark) for landmark in memory.about_clip(duet)["skeleton"].joints]


def plain(duet: str) -> list[int]:
    """The duet's joints that are bones' heads."""
    return [n for n, tail in enumerate(memory.sources_of(duet)[0].tails) if not tail]


@pytest.mark.parametrize(("first", "second"), [("mixamo", "rigify"), ("arp", "arp"), ("rigify", "arp")])
def test_choosing_armatures_of_known_namings_maps_their_bones(clip: Clip, first: str, second: str) -> None:
    two_rigs(clip.sliced(0, 3), first, second)
    rigs = bpy.context.scene.duet.rigs
    for chosen, naming in ((rigs.a, first), (rigs.b, second)):
        mapped = {landmark: place.bone for landmark, place in rig_mapping.mapping_of(chosen).places.items() if place.end == "head"}
        there = {landmark: bone for landmark, bone in bones_of(naming).items() if bone in chosen.armature.data.bones}
        assert mapped == there
    assert len(common(rig_mapping.mapping_of(rigs.a), rig_mapping.mapping_of(rigs.b))) >= 17


def test_two_armatures_become_a_duet_whose_motion_is_theirs(clip: Clip) -> None:
    two_rigs(clip, start=101)
    scene = bpy.context.scene
    scene.frame_set(133)
    names = {kind: {block.name for block in getattr(bpy.data, kind)} for kind in ("armatures", "actions", "cameras", "scenes")}
    assert bpy.ops.duet.use_armatures() == {"FINISHED"}
    (duet,) = memory.duets(scene)
    assert duet == "Ana and Bo"
    assert names == {kind: {block.name for block in getattr(bpy.data, kind)} for kind in names}
    assert (scene.frame_current, scene.frame_start, scene.render.fps) == (133, 101, 30)
    assert memory.first_frame(duet) == 101
    found = memory.recall_clip(duet)
    heads = plain(duet)
    joints = [known_joints(clip, duet)[n] for n in heads if known_joints(clip, duet)[n] is not None]
    np.testing.assert_allclose(found.positions[:, :, heads], clip.positions[:, :, joints], atol=1e-3)
    assert found.fps == 30
    assert memory.quality_of(duet) is not None


@pytest.mark.parametrize("deforms", [True, False], ids=["deforming", "controls"])
def test_threads_joints_follow_bones_of_any_kind_and_later_edits(clip: Clip, deforms: bool) -> None:
    ana, _ = two_rigs(clip, "arp", "rigify", deforms=deforms)
    bpy.ops.duet.use_armatures()
    (duet,) = memory.duets(bpy.context.scene)
    source, heads = memory.sources_of(duet)[0], plain(duet)
    count = len(source.bones)
    for frame in (0, 77):
        bpy.context.scene.frame_set(scene_frame(frame))
        joints = [known_joints(clip, duet)[n] for n in heads]
        np.testing.assert_allclose(joints_now(duet)[:count][heads], clip.positions[frame, 0][joints], atol=1e-3)
    tails = [n for n in range(count) if n not in heads]
    assert tails
    bone = ana.pose.bones[source.bones[tails[0]]]
    np.testing.assert_allclose(joints_now(duet)[tails[0]], ana.matrix_world @ bone.tail, atol=1e-4)
    ana.location.x += 2.0
    ana.scale = (0.5, 0.5, 0.5)
    wrist = ana.pose.bones["c_hand_fk.l"]
    wrist.name = "renamed"
    bpy.context.view_layer.update()
    place = next(n for n, bone in enumerate(memory.sources_of(duet)[0].bones) if bone == "renamed" and n in heads)
    np.testing.assert_allclose(joints_now(duet)[place], ana.matrix_world @ wrist.head, atol=1e-3)


def test_connections_of_such_a_duet_are_found_and_drawn_at_the_right_frames(clip: Clip) -> None:
    two_rigs(clip, start=50)
    bpy.ops.duet.use_armatures()
    (duet,) = memory.duets(bpy.context.scene)
    assert bpy.ops.duet.infer(method="crosscorr") == {"FINISHED"}
    kept, again = memory.recall_connections(duet), infer(memory.recall_clip(duet), "crosscorr")
    assert np.abs(kept.confidence - again.confidence).max() < 1e-3
    drawn = memory.threads_of(duet)
    assert drawn is not None
    assert threads.get_input(drawn, "Start Frame") == 50
    assert memory.duet_of(bpy.data.objects["Bo"], bpy.context.scene) == duet


def test_an_armature_moved_by_constraints_alone_is_read_too(clip: Clip) -> None:
    ana, bo = two_rigs(clip.sliced(0, 30))
    target = bpy.data.objects.new("target", None)
    bpy.context.scene.collection.objects.link(target)
    target.location = (0.0, 0.0, 3.0)
    follow = bo.pose.bones["DEF-spine.006"].constraints.new("COPY_LOCATION")
    follow.target = target
    (head,) = [place.bone for landmark, place in rig_mapping.mapping_of(bpy.context.scene.duet.rigs.b).places.items() if landmark == "head"]
    steps = sampled([Source(bo.name, (head,), (False,))], range(1, 6))
    while True:
        try:
            next(steps)
        except StopIteration as end:
            np.testing.assert_allclose(end.value[:, 0, 0], np.tile([0.0, 0.0, 3.0], (5, 1)), atol=1e-5)
            break
    assert ana.name in bpy.data.objects


def said(**arguments: object) -> str:
    with pytest.raises(RuntimeError) as error:
        bpy.ops.duet.use_armatures(**arguments)
    assert "Traceback" not in str(error.value)
    return str(error.value)


def test_what_cannot_dance_is_told_in_one_sentence(clip: Clip) -> None:
    assert "Choose two armatures" in said()
    ana, bo = two_rigs(clip.sliced(0, 3))
    rigs = bpy.context.scene.duet.rigs
    rigs.b.armature = ana
    assert "choose two" in said()
    rigs.b.armature = bo
    rigs.b.joints.clear()
    assert "in common" in said()
    bpy.ops.duet.map_bones(dancer="b")
    bpy.context.scene.collection.objects.unlink(bo)
    assert "not in the scene" in said()


def test_a_duet_whose_armature_is_removed_says_so(clip: Clip) -> None:
    _, bo = two_rigs(clip.sliced(0, 30))
    bpy.ops.duet.use_armatures()
    (duet,) = memory.duets(bpy.context.scene)
    bpy.data.objects.remove(bo)
    with pytest.raises(RuntimeError, match="gone"):
        bpy.ops.duet.infer(method="crosscorr")
    assert memory.about_clip(duet)["frames"] == 30


def test_a_mapping_is_edited_kept_as_a_preset_and_saved_with_the_file(clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "folder", lambda kind: tmp_path / "presets" / kind)
    two_rigs(clip.sliced(0, 3))
    rigs = bpy.context.scene.duet.rigs
    rigs.a.joints["left_wrist"].bone = "mixamorig:LeftForeArm"
    rigs.a.joints["left_wrist"].tail = True
    assert bpy.ops.duet.save_mapping(dancer="a", name="My Mixamo") == {"FINISHED"}
    assert presets.names("rigs") == ["My_Mixamo"]
    bpy.ops.duet.map_bones(dancer="a")
    assert rigs.a.joints["left_wrist"].bone == "mixamorig:LeftHand"
    bpy.ops.duet.map_bones(dancer="a", naming="My_Mixamo", preset=True)
    assert (rigs.a.joints["left_wrist"].bone, rigs.a.joints["left_wrist"].tail) == ("mixamorig:LeftForeArm", True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    kept = bpy.context.scene.duet.rigs.a
    assert kept.armature.name == "Ana"
    assert (kept.joints["left_wrist"].bone, kept.naming) == ("mixamorig:LeftForeArm", "My Mixamo")
    bpy.ops.duet.remove_mapping(name="My_Mixamo")
    assert presets.names("rigs") == []


def test_reading_happens_in_small_steps_that_can_be_cancelled_and_leave_nothing(clip: Clip) -> None:
    two_rigs(clip)
    scenes = len(bpy.data.scenes)
    operator = type("Operator", (Working,), {})
    assert operator._begin is Working._begin
    reading = stepped([Source("Ana", ("mixamorig:Hips",), (False,))], range(1, 4001))
    job = jobs.Job("Reading", lambda progress, cancelled: None, before=reading)
    job.start()
    longest = 0.0
    for _ in range(2):
        begun = time.perf_counter()
        assert not job.pump()
        longest = max(longest, time.perf_counter() - begun)
    assert job.preparing
    assert 0 < job.share < jobs.PREPARING_SHARE
    job.cancel()
    assert job.pump()
    assert len(bpy.data.scenes) == scenes
    assert jobs.current() is None


def test_the_dancers_bones_wear_their_colour_and_lie_in_collections_of_the_body(clip: Clip) -> None:
    bpy.context.scene.collection.children.link(bpy.data.collections.new("Duet"))
    names = build_dancers(clip.sliced(0, 3), "Duet", bpy.data.collections["Duet"])
    first, second = (bpy.data.objects[name].data for name in names.armatures)
    for armature in (first, second):
        assert all(bone.color.palette == "CUSTOM" for bone in armature.bones)
        assert all(any(bone.name in group.bones for group in armature.collections) for bone in armature.bones)
    assert tuple(first.bones["pelvis"].color.custom.normal) != tuple(second.bones["pelvis"].color.custom.normal)
    assert sum(first.bones["left_knee"].color.custom.normal) > sum(first.bones["right_knee"].color.custom.normal)


def test_bodies_and_bones_are_shown_by_turns(clip: Clip, tmp_path: Path) -> None:
    from duet_connections.duet_core.formats import duet_npz

    file = tmp_path / "take.duet.npz"
    duet_npz.write(clip.sliced(0, 5), file)
    bpy.ops.duet.import_poses(filepath=str(file))
    armature, body, joints = (bpy.data.objects[f"take {what}"] for what in ("A", "A body", "A joints"))
    bpy.ops.duet.show_dancers(how="BONES")
    assert body.hide_render and body.hide_viewport and not armature.hide_viewport and joints.hide_viewport
    bpy.ops.duet.show_dancers(how="BODIES")
    assert armature.hide_viewport and not body.hide_render and not body.hide_viewport and joints.hide_viewport
    bpy.ops.duet.show_dancers(how="BOTH")
    assert armature.show_in_front and not armature.hide_viewport and not body.hide_viewport


def arm_directions(thing: bpy.types.Object, bones: dict[str, str]) -> dict[str, np.ndarray]:
    pairs = [
        (f"{side}_{a}", f"{side}_{b}")
        for side in ("left", "right")
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    ]
    result = {}
    for near, far in pairs:
        along = np.array(thing.pose.bones[bones[far]].head - thing.pose.bones[bones[near]].head)
        result[near] = along / np.linalg.norm(along)
    return result


def test_the_rest_pose_is_a_standing_body_with_arms_sloping_down_whatever_the_first_frame_was(clip: Clip) -> None:
    bpy.context.scene.collection.children.link(bpy.data.collections.new("Duet"))
    rests = []
    for start in (0, 60):
        names = build_dancers(clip.sliced(start, start + 40), "Duet", bpy.data.collections["Duet"])
        bones = bpy.data.objects[names.armatures[0]].data.bones
        rests.append({bone.name: np.array(bone.head_local) for bone in bones})
    rest = rests[0]
    arm = rest["left_elbow"] - rest["left_shoulder"]
    assert np.degrees(np.arctan2(-arm[2], arm[0])) == pytest.approx(38, abs=1)
    leg = rest["left_knee"] - rest["left_hip"]
    assert np.degrees(np.arctan2(leg[0], -leg[2])) == pytest.approx(6, abs=1)
    assert rest["left_big_toe"][1] < rest["left_ankle"][1] and rest["head"][2] > rest["pelvis"][2]
    for name, place in rest.items():
        assert np.linalg.norm(place - rests[1][name]) < 0.06, name


def test_a_rig_of_other_proportions_follows_by_copying_rotations(clip: Clip) -> None:
    """The usual retarget: a rig that rests in the same pose, with other lengths and other rolls, copies the turns of our bones."""
    bpy.context.scene.collection.children.link(bpy.data.collections.new("Duet"))
    source = bpy.data.objects[build_dancers(clip, "Duet", bpy.data.collections["Duet"]).armatures[0]]
    data = bpy.data.armatures.new("Hero")
    hero = bpy.data.objects.new("Hero", data)
    bpy.context.scene.collection.objects.link(hero)
    bpy.context.view_layer.objects.active = hero
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in source.data.bones:
        made = data.edit_bones.new(bone.name)
        stretch = 1.4 if "elbow" in bone.name or "shoulder" in bone.name else 1.1
        base = data.edit_bones[bone.parent.name] if bone.parent else None
        from_parent = np.array(bone.head_local - bone.parent.head_local) if bone.parent else np.array(bone.head_local)
        factor = 1.4 if bone.parent and ("elbow" in bone.parent.name or "shoulder" in bone.parent.name) else 1.1
        made.head = (np.array(base.head) if base else 0) + factor * from_parent
        made.tail = np.array(made.head) + stretch * np.array(bone.tail_local - bone.head_local)
        made.roll = 0.7
        made.parent = base
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in hero.pose.bones:
        follow = bone.constraints.new("COPY_ROTATION")
        follow.target, follow.subtarget = source, bone.name
        follow.target_space, follow.owner_space = "LOCAL_OWNER_ORIENT", "LOCAL"
    same = {name: name for name in (f"{s}_{p}" for s in ("left", "right") for p in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))}
    worst = []
    for frame in (0, 40, 80, 119):
        bpy.context.scene.frame_set(scene_frame(frame))
        want, have = arm_directions(source, same), arm_directions(hero, same)
        worst += [np.degrees(np.arccos(np.clip(want[name] @ have[name], -1, 1))) for name in want]
        joints = keyed_positions(source)
        assert np.abs(joints - clip.positions[frame, 0]).max() < 1e-3
    assert np.median(worst) < 1.0
    assert max(worst) < 5.0


@pytest.mark.slow
def test_a_rig_that_rigify_generates_dances(clip: Clip) -> None:
    import addon_utils

    addon_utils.enable("rigify", default_set=True)
    if not hasattr(bpy.types, "OBJECT_OT_armature_basic_human_metarig_add"):
        pytest.skip("this Blender has no Rigify")
    rigs = []
    for offset in (0.0, 1.5):
        bpy.ops.object.armature_basic_human_metarig_add()  # without the face, which takes minutes
        bpy.ops.pose.rigify_generate()
        made = bpy.context.object
        made.location.x = offset
        hand = made.pose.bones["hand_ik.L"]
        for frame, height in ((1, 0.0), (30, 0.4), (60, 0.0)):
            hand.location.z = height
            hand.keyframe_insert("location", frame=frame)
        rigs.append(made)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 1, 60, 24
    scene.duet.rigs.a.armature, scene.duet.rigs.b.armature = rigs
    assert scene.duet.rigs.a.naming == "Rigify, deforming bones"
    assert bpy.ops.duet.use_armatures() == {"FINISHED"}
    (duet,) = memory.duets(scene)
    found = memory.recall_clip(duet)
    wrist, ankle = found.skeleton.index("left_wrist"), found.skeleton.index("left_ankle")
    assert np.ptp(found.positions[:, 0, wrist, :], axis=0).max() > 0.3
    assert np.ptp(found.positions[:, 0, ankle, :], axis=0).max() < 1e-3
    scene.frame_set(30)
    np.testing.assert_allclose(joints_now(duet)[: len(found.skeleton)], found.positions[29, 0], atol=2e-3)
