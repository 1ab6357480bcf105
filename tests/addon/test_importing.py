"""Import: many files at once, options, what was found wrong, and importing the same files again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon.operators.importing import DUET_FH_poses, DUET_OT_import_poses
from duet_connections.addon.scene import memory
from duet_connections.addon.scene.threads import get_input
from duet_connections.addon.scene.timing import scene_frame, scene_rate
from duet_connections.addon.wording import in_words
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.formats import duet_npz, read
from duet_connections.duet_core.inference import infer
from duet_connections.duet_core.quality import measure

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture(scope="module")
def clip(root: Path) -> Clip:
    """Four seconds of the sample."""
    return read(root / "samples" / "sample.duet.npz").sliced(90, 210)


def written(clip: Clip, folder: Path, name: str) -> Path:
    file = folder / f"{name}.duet.npz"
    duet_npz.write(clip, file)
    return file


def solo(clip: Clip, dancer: int) -> Clip:
    return replace(
        clip,
        positions=clip.positions[:, [dancer]],
        confidence=clip.confidence[:, [dancer]],
        meta={**clip.meta, "dancers": [clip.names[dancer]], "truth": []},
    )


def import_files(*files: Path, **options: object) -> None:
    names = [{"name": file.name} for file in files]
    arguments = {"directory": str(files[0].parent), "files": names, "filepath": str(files[0]), **options}
    assert bpy.ops.duet.import_poses(**arguments) == {"FINISHED"}


def every_duet() -> list[str]:
    return [name for scene in bpy.data.scenes for name in memory.duets(scene)]


def test_many_files_become_pairs_each_in_a_scene_of_its_own(clip: Clip, tmp_path: Path) -> None:
    files = [written(solo(clip.sliced(10 * take, 60), dancer), tmp_path, f"{60 + dancer}_0{take}") for take in (1, 2) for dancer in (0, 1)]
    import_files(*files)
    assert sorted(every_duet()) == ["60 01 and 61 01", "60 02 and 61 02"]
    ends = {scene.name: scene.frame_end for scene in bpy.data.scenes if memory.duets(scene)}
    assert sorted(ends.values()) == [scene_frame(39), scene_frame(49)]


def test_two_files_with_both_dancers_each_are_two_duets(clip: Clip, tmp_path: Path) -> None:
    import_files(*(written(clip.sliced(0, frames), tmp_path, name) for name, frames in (("monday", 20), ("tuesday", 30))), new_scene=False)
    assert memory.duets(bpy.context.scene) == ["monday", "tuesday"]


def test_frames_of_openpose_that_are_picked_in_the_browser_are_one_take(tmp_path: Path) -> None:
    folder = tmp_path / "camera one"
    folder.mkdir()
    random = np.random.default_rng(4)
    body = random.uniform(0, 200, (2, 25, 2)) + np.array([[[100, 100]], [[500, 100]]])
    files = [folder / f"take_{frame:012d}_keypoints.json" for frame in range(12)]
    for frame, file in enumerate(files):
        points = np.concatenate([body + frame, np.full((2, 25, 1), 0.9)], axis=-1).reshape(2, -1).round(2)
        file.write_text(json.dumps({"people": [{"person_id": [-1], "pose_keypoints_2d": row.tolist()} for row in points]}))
    for picked in (files, files[:1]):
        import_files(*picked)
        assert every_duet() == ["camera one"]
        assert memory.about_clip("camera one")["frames"] == 12


def test_of_several_files_those_that_cannot_be_read_are_left_out_and_named(clip: Clip, tmp_path: Path, capfd) -> None:
    broken = tmp_path / "broken.npy"
    broken.write_bytes(b"\x93NUMPY nonsense")
    import_files(written(clip.sliced(0, 20), tmp_path, "sound one"), broken, written(clip.sliced(0, 20), tmp_path, "also good"))
    assert sorted(every_duet()) == ["also good", "sound one"]
    assert "broken.npy" in "".join(capfd.readouterr())


def test_a_second_duet_in_a_scene_leaves_the_firsts_rate_camera_and_light(clip: Clip, tmp_path: Path, capfd) -> None:
    import_files(written(clip.sliced(0, 20), tmp_path, "one"))
    scene = bpy.context.scene
    before = scene.camera.name, scene.world.name, scene_rate(scene)
    import_files(written(clip.sliced(0, 50), tmp_path, "two"), new_scene=False, override_fps=True, fps=60.0)
    assert (scene.camera.name, scene.world.name, scene_rate(scene)) == before
    assert scene.frame_end == scene_frame(49)
    assert "0.5 times its speed" in "".join(capfd.readouterr())


def test_the_beginning_is_skipped_by_time(clip: Clip, tmp_path: Path) -> None:
    file = written(clip, tmp_path, "take")
    import_files(file, skip=1.5)
    kept = memory.recall_clip("take")
    assert kept.frames == clip.frames - 45
    np.testing.assert_allclose(kept.positions[0], clip.positions[45], atol=1e-3)
    with pytest.raises(RuntimeError, match="skip less"):
        bpy.ops.duet.import_poses(filepath=str(file), skip=9.0)


def test_cleaning_repairs_what_the_quality_report_found(clip: Clip, tmp_path: Path) -> None:
    positions = clip.positions.copy()
    positions[40:42, 0, 21] += 0.8
    file = written(replace(clip, positions=positions), tmp_path, "take")
    import_files(file)
    raw = memory.quality_of("take")
    assert raw is not None
    assert raw["findings"] == measure(read(file)).findings
    assert any("jump" in finding for finding in raw["findings"])
    import_files(file, clean=True)
    cleaned = memory.quality_of("take")
    assert cleaned is not None
    assert not any("jump" in finding for finding in cleaned["findings"])
    assert every_duet() == ["take"]
    assert any(step.startswith("jumps:") for step in memory.about_clip("take")["meta"]["steps"])


def test_dancers_without_places_are_set_apart_and_others_stay(clip: Clip, tmp_path: Path, real_data: Path) -> None:
    placeless = real_data / "ai_choreo" / "pose_extraction_video_1.npy"
    assert bpy.ops.duet.import_poses(filepath=str(placeless), set_distance=True, distance=1.4) == {"FINISHED"}
    (duet,) = every_duet()
    pelvis = memory.recall_clip(duet).positions[0, :, 0]
    assert abs(pelvis[0, 0] - pelvis[1, 0]) == pytest.approx(1.4, abs=0.01)
    import_files(written(clip.sliced(0, 10), tmp_path, "placed"), set_distance=True, distance=5.0)
    np.testing.assert_allclose(memory.recall_clip("placed").positions[0], clip.positions[0], atol=1e-3)


def test_an_array_that_names_no_joints_takes_the_skeleton_that_is_chosen(clip: Clip, tmp_path: Path) -> None:
    file = tmp_path / "array.npy"
    np.save(file, clip.positions[:30, :, :17])
    assert bpy.ops.duet.import_poses(filepath=str(file), skeleton="unnamed", override_fps=True, fps=30.0) == {"FINISHED"}
    assert memory.about_clip("array")["skeleton"].joints[0] == "joint_00"


def state(duet: str) -> dict[str, list[str]]:
    return {
        "objects": sorted(thing.name for thing in bpy.data.collections[duet].all_objects),
        "materials": sorted(material.name for material in bpy.data.materials),
        "actions": sorted(action.name for action in bpy.data.actions),
        "meshes": sorted(mesh.name for mesh in bpy.data.meshes),
    }


def test_importing_the_same_files_again_replaces_the_motion_and_nothing_else(clip: Clip, tmp_path: Path) -> None:
    other = written(clip.sliced(60, 90), tmp_path, "other")
    file = written(clip.sliced(0, 40), tmp_path, "take")
    import_files(other)
    import_files(file)
    scene = next(scene for scene in bpy.data.scenes if "take" in memory.duets(scene))
    body = bpy.data.objects["take A body"]
    mine = bpy.data.materials.new("velvet")
    body.material_slots[0].material = mine
    friend = bpy.data.objects.new("take A friend", None)
    bpy.data.collections["take"].objects.link(friend)
    bpy.data.objects["take Camera"].location.x = 7.0
    armature = bpy.data.objects["take B"]
    armature.pose.bones["head"].constraints.new("LIMIT_ROTATION").name = "calm"
    before = state("take")
    moved = clip.positions[:30] + np.float32([0.3, 0.0, 0.0])
    duet_npz.write(replace(clip.sliced(0, 30), positions=moved), file)
    import_files(file)
    assert sorted(every_duet()) == ["other", "take"]
    after = state("take")
    assert {key: after[key] for key in ("actions", "meshes")} == {key: before[key] for key in ("actions", "meshes")}
    assert after["objects"] == before["objects"]
    assert body.material_slots[0].material == mine
    assert bpy.data.objects["take Camera"].location.x == 7.0
    assert armature.pose.bones["head"].constraints[0].name == "calm"
    np.testing.assert_allclose(memory.recall_clip("take").positions, moved, atol=1e-3)
    assert scene.frame_end == scene_frame(29)
    np.testing.assert_allclose(memory.recall_clip("other").positions, clip.positions[60:90], atol=1e-3)


def test_a_scene_whose_length_somebody_chose_keeps_it_when_the_motion_is_replaced(clip: Clip, tmp_path: Path) -> None:
    file = written(clip.sliced(0, 40), tmp_path, "take")
    import_files(file)
    bpy.context.scene.frame_end = 500
    import_files(file, skip=0.5)
    assert bpy.context.scene.frame_end == 500


def test_connections_stay_with_motion_of_the_same_length_and_go_with_another(clip: Clip, tmp_path: Path) -> None:
    file = written(clip, tmp_path, "take")
    import_files(file)
    memory.remember_connections("take", infer(clip, "crosscorr"))
    bpy.ops.duet.draw_connections()
    import_files(file, clean=True)
    assert memory.has_connections("take")
    assert memory.threads_of("take") is not None
    import_files(file, skip=0.5)
    assert not memory.has_connections("take")
    assert memory.threads_of("take") is None


def test_another_skeleton_under_the_same_name_gives_new_dancers_with_the_old_looks(clip: Clip, tmp_path: Path, root: Path) -> None:
    file = written(clip.sliced(0, 20), tmp_path, "take")
    import_files(file)
    mine = bpy.data.materials.new("velvet")
    bpy.data.objects["take B body"].material_slots[0].material = mine
    from duet_connections.duet_core.solos import reduced

    fewer = list(range(25))
    small = Clip(clip.positions[:20, :, fewer], clip.fps, reduced(clip.skeleton, fewer))
    duet_npz.write(small, file)
    import_files(file)
    assert every_duet() == ["take"]
    assert memory.recall_clip("take").positions.shape == (20, 2, 25, 3)
    assert bpy.data.objects["take B body"].material_slots[0].material == mine
    assert not mine.use_extra_user
    shadows = bpy.data.objects["take Shadows"].evaluated_get(bpy.context.evaluated_depsgraph_get())
    assert len(shadows.data.vertices) == sum(len(bpy.data.objects[f"take {letter} body"].data.vertices) for letter in "AB")


def test_a_dancer_whom_somebody_deleted_comes_back_with_the_same_files_and_is_tied_again(clip: Clip, tmp_path: Path) -> None:
    file = written(clip.sliced(0, 96), tmp_path, "take")
    import_files(file)
    bpy.ops.duet.infer(method="proximity")
    threads = memory.threads_of("take").name
    bpy.data.objects.remove(bpy.data.objects["take B"])
    with pytest.raises(RuntimeError, match="import the poses again"):
        bpy.ops.duet.update()
    import_files(file)
    assert every_duet() == ["take"] and memory.threads_of("take").name == threads
    assert memory.armatures_of("take") == ["take A", "take B"]
    assert get_input(memory.threads_of("take"), "Joints") == bpy.data.objects["take joints"]
    assert bpy.ops.duet.update() == {"FINISHED"}
    for thing in list(bpy.data.collections["take"].all_objects):
        bpy.data.objects.remove(thing)
    import_files(file)
    assert every_duet() == ["take"], "what was emptied gives way"


def test_dancers_may_be_copied_and_sorted_into_collections_of_ones_own(clip: Clip, tmp_path: Path) -> None:
    import_files(written(clip.sliced(0, 96), tmp_path, "take"))
    import_files(written(clip.sliced(0, 96), tmp_path, "other"), new_scene=False)
    mine = bpy.data.collections.new("characters")
    bpy.context.scene.collection.children.link(mine)
    for name in ("take A", "take B body"):
        mine.objects.link(bpy.data.objects[name])
        bpy.data.collections["take"].objects.unlink(bpy.data.objects[name])
    copied = bpy.data.objects["take B"].copy()
    bpy.data.collections["take"].objects.link(copied)
    assert memory.armatures_of("take") == ["take A", "take B"]
    assert memory.duet_of(bpy.data.objects["take A"], bpy.context.scene) == "take"
    assert memory.duet_of(bpy.data.objects["other A"], bpy.context.scene) == "other"
    bpy.context.view_layer.objects.active = bpy.data.objects["take A"]
    assert bpy.ops.duet.infer(method="proximity") == {"FINISHED"}
    assert memory.has_connections("take") and not memory.has_connections("other")


def test_a_shot_keeps_its_time_camera_and_light_and_the_dance_plays_in_it_at_its_true_speed(clip: Clip, tmp_path: Path) -> None:
    scene = bpy.context.scene
    scene.render.fps, scene.frame_start, scene.frame_end = 24, 1001, 1300
    scene.frame_set(1012)
    mine = bpy.data.objects.new("mine", bpy.data.cameras.new("mine"))
    scene.collection.objects.link(mine)
    scene.camera = mine
    file = written(clip, tmp_path, "take")
    arguments = {"new_scene": False, "keep_scene": True, "start": 1021}
    import_files(file, **arguments)
    kept = (scene.render.fps, scene.frame_start, scene.frame_end, scene.frame_current, scene.camera, scene.world)
    assert kept == (24, 1001, 1300, 1012, mine, None)
    assert not [thing for thing in bpy.data.objects if thing.type == "LIGHT"]
    assert memory.first_frame("take") == 1021
    there = memory.recall_clip("take")
    assert there.fps == 24 and there.frames == 96
    np.testing.assert_allclose(there.positions[::4], clip.positions[:120:5], atol=0.02)  # each sixth of a second
    assert bpy.ops.duet.infer(method="proximity") == {"FINISHED"}
    assert get_input(memory.threads_of("take"), "Start Frame") == 1021
    import_files(file, new_scene=False)
    assert (memory.about_clip("take")["fps"], memory.first_frame("take"), scene.frame_end) == (24, 1021, 1300), "also when it is updated"
    np.testing.assert_allclose(memory.recall_clip("take").positions, there.positions, atol=1e-3)


def test_a_dance_that_begins_later_is_in_time_with_its_words(clip: Clip, tmp_path: Path) -> None:
    import_files(written(clip, tmp_path, "take"), start=101)
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end, scene.frame_current) == (101, 220, 101)
    np.testing.assert_allclose(memory.recall_clip("take").positions, clip.positions, atol=1e-3)
    bpy.ops.duet.infer(method="proximity")
    for name in ("take Time Code", "take Frame Count", "take Strongest"):
        nodes = bpy.data.objects[name].modifiers[0].node_group.nodes
        begins = [n.inputs[1].default_value for n in nodes if n.type == "MATH" and n.operation == "SUBTRACT" and n.inputs[0].is_linked]
        assert 101.0 in begins, name


def test_a_file_of_the_same_name_elsewhere_is_another_duet(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    import_files(written(clip.sliced(0, 20), tmp_path, "take"), new_scene=False)
    import_files(written(clip.sliced(0, 20), tmp_path / "b", "take"), new_scene=False)
    assert memory.duets(bpy.context.scene) == ["take", "take 2"]


def test_dropped_files_of_unmistakable_endings_come_to_us() -> None:
    endings = DUET_FH_poses.bl_file_extensions.split(";")
    assert {".npy", ".npz", ".trc", ".c3d", ".bvh"} == set(endings)
    for other in bpy.types.FileHandler.__subclasses__():
        if other is not DUET_FH_poses:
            assert not set(other.bl_file_extensions.split(";")) & (set(endings) - {".bvh"}), other


def test_options_are_kept_as_presets_without_the_files() -> None:
    assert "PRESET" in DUET_OT_import_poses.bl_options
    properties = bpy.ops.duet.import_poses.get_rna_type().properties
    for name in ("files", "directory", "filepath"):
        assert properties[name].is_skip_preset, name
    for name in ("fps", "skip", "clean", "skeleton", "new_scene"):
        assert not properties[name].is_skip_preset, name
    assert all(
        p.description for p in properties if p.identifier not in ("rna_type", "files", "directory", "filter_glob", "hide_props_region")
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda folder: np.save(folder / "x.npy", np.random.default_rng(0).normal(size=(20, 2, 17, 3))),
        lambda folder: np.save(folder / "x.npy", np.random.default_rng(0).normal(size=(20, 2, 99, 3))),
    ],
)
def test_messages_name_no_options_of_the_command_line(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path)
    try:
        bpy.ops.duet.import_poses(filepath=str(tmp_path / "x.npy"))
    except RuntimeError as error:
        assert " --" not in str(error)


def test_every_remedy_of_the_readers_is_told_in_the_add_ons_words(root: Path) -> None:
    for file in [*(root / "duet_core" / "formats").glob("*.py"), root / "duet_core" / "take.py", root / "duet_core" / "clip.py"]:
        for line in file.read_text("utf-8").splitlines():
            if (
                '"' in line
                and "--" in line
                and not line.lstrip().startswith(("#", '"""', "``"))
                and ("remedy" in line or "warnings" in line)
            ):
                assert "--" not in in_words(line), line


def snapshot() -> dict[str, list[str]]:
    kinds = ("objects", "meshes", "armatures", "collections", "actions", "scenes", "materials", "node_groups", "worlds", "cameras")
    return {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in kinds}


def test_undo_and_redo_bring_back_what_was_before_an_import_and_an_update(clip: Clip, tmp_path: Path) -> None:
    file = written(clip.sliced(0, 60), tmp_path, "take")
    states = []
    bpy.ops.ed.undo_push(message="nothing yet")
    for options in (None, {}, {"skip": 1.0}):
        if options is not None:
            import_files(file, **options)
            bpy.ops.ed.undo_push(message="import")
        states.append((snapshot(), memory.recall_clip("take").positions if "take" in bpy.data.collections else None))
    for step, state in ((bpy.ops.ed.undo, 1), (bpy.ops.ed.redo, 2), (bpy.ops.ed.undo, 1), (bpy.ops.ed.undo, 0)):
        step()
        names, positions = states[state]
        assert snapshot() == names
        if positions is not None:
            np.testing.assert_array_equal(memory.recall_clip("take").positions, positions)
