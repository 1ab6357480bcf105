"""What a person does with the add-on: import, find, draw, and what is said where that cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from duet_connections.addon import jobs
from duet_connections.addon.scene import memory, moment, threads
from duet_connections.addon.scene.timing import scene_frame
from duet_connections.duet_core.connections import KINDS, Connections
from duet_connections.duet_core.formats import duet_npz, read
from duet_connections.duet_core.inference import infer

pytestmark = pytest.mark.usefixtures("registered")


@pytest.fixture(scope="session")
def short_take(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of the sample, with one joint unknown for a while."""
    clip = read(root / "samples" / "sample.duet.npz").sliced(90, 270)
    positions = clip.positions.copy()
    positions[50:60, 1, 20] = np.nan
    file = tmp_path_factory.mktemp("takes") / "short take.duet.npz"
    duet_npz.write(replace(clip, positions=positions), file)
    return file


@pytest.fixture
def imported(short_take: Path) -> str:
    assert bpy.ops.duet.import_poses(filepath=str(short_take)) == {"FINISHED"}
    (duet,) = memory.duets(bpy.context.scene)
    return duet


def said(call: Callable[..., object], **arguments: object) -> str:
    """What an operator that fails says."""
    with pytest.raises(RuntimeError) as error:
        call(**arguments)
    return str(error.value)


def test_importing_brings_dancers_of_the_files_length_and_rate_into_the_scene(imported: str) -> None:
    scene = bpy.context.scene
    assert imported == "short take"
    assert (scene.frame_start, scene.frame_end) == (scene_frame(0), scene_frame(179))
    assert scene.render.fps / scene.render.fps_base == pytest.approx(30)
    assert sum(thing.type == "ARMATURE" for thing in bpy.data.collections[imported].all_objects) == 2


def test_two_files_with_one_dancer_each_are_imported_together(short_take: Path, tmp_path: Path) -> None:
    clip = read(short_take)
    for dancer, name in enumerate("ab"):
        one = replace(
            clip,
            positions=clip.positions[:, [dancer]],
            confidence=clip.confidence[:, [dancer]],
            meta={**clip.meta, "dancers": [clip.names[dancer]]},
        )
        duet_npz.write(one, tmp_path / f"{name}.duet.npz")
    files = [{"name": "a.duet.npz"}, {"name": "b.duet.npz"}]
    assert bpy.ops.duet.import_poses(directory=str(tmp_path), files=files, filepath=str(tmp_path / "a.duet.npz")) == {"FINISHED"}
    assert memory.duets(bpy.context.scene) == ["a and b"]


def test_a_frame_rate_given_by_the_user_overrides_the_files(short_take: Path) -> None:
    bpy.ops.duet.import_poses(filepath=str(short_take), override_fps=True, fps=25.0)
    scene = bpy.context.scene
    assert scene.render.fps / scene.render.fps_base == pytest.approx(25)


def test_a_scene_that_holds_something_keeps_its_camera_rate_and_length(short_take: Path) -> None:
    before = bpy.context.scene
    camera = bpy.data.objects.new("mine", bpy.data.cameras.new("mine"))
    before.collection.objects.link(camera)
    before.camera, before.frame_end, before.render.fps = camera, 77, 12
    kept = before.name
    bpy.ops.duet.import_poses(filepath=str(short_take))
    assert bpy.context.scene.name == "short take"
    before = bpy.data.scenes[kept]
    assert (before.camera.name, before.frame_end, before.render.fps) == ("mine", 77, 12)


def test_an_import_into_the_present_scene_is_one_where_asked(short_take: Path) -> None:
    scene = bpy.context.scene
    scene.collection.objects.link(bpy.data.objects.new("mine", None))
    bpy.ops.duet.import_poses(filepath=str(short_take), new_scene=False)
    assert len(bpy.data.scenes) == 1
    assert memory.duets(scene) == ["short take"]


def test_a_second_import_of_the_same_file_stands_beside_the_first_where_asked(imported: str, short_take: Path) -> None:
    bpy.ops.duet.import_poses(filepath=str(short_take), new_scene=False, update_existing=False)
    assert len(memory.duets(bpy.context.scene)) == 2
    second = bpy.data.collections[memory.duets(bpy.context.scene)[1]]
    chosen = next(thing for thing in second.all_objects if thing.type == "ARMATURE")
    assert memory.duet_of(chosen, bpy.context.scene) == second.name
    assert memory.duet_of(None, bpy.context.scene) == imported


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda file: None, "there is no such file"),
        (lambda file: file.write_bytes(b""), "empty"),
        (lambda file: file.write_bytes(b"\x93NUMPY nonsense"), "take.npy"),
        (lambda file: np.save(file, np.zeros((7, 29, 3))), "take.npy"),
    ],
    ids=["missing", "empty", "damaged", "odd rows"],
)
def test_what_cannot_be_imported_is_reported_in_one_sentence_and_leaves_nothing(
    tmp_path: Path, make: Callable[[Path], object], expected: str
) -> None:
    file = tmp_path / "take.npy"
    make(file)
    message = said(bpy.ops.duet.import_poses, filepath=str(file))
    assert expected in message
    assert ";" in message
    assert "Traceback" not in message
    assert not bpy.data.objects
    assert not bpy.data.collections


def test_a_defect_of_ours_leaves_no_half_built_scene(short_take: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from duet_connections.addon.operators import importing

    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError("planted")

    bpy.context.scene.collection.objects.link(bpy.data.objects.new("mine", None))
    before = bpy.context.scene.name
    monkeypatch.setattr(importing, "build_duet", broken)
    message = said(bpy.ops.duet.import_poses, filepath=str(short_take))
    assert "planted" in message
    assert "Traceback" not in message
    assert [scene.name for scene in bpy.data.scenes] == [before]


def test_what_a_later_version_made_is_left_alone(imported: str, found: Connections) -> None:
    memory.remember_connections(imported, found)
    assert bpy.ops.duet.draw_connections() == {"FINISHED"}
    thing = memory.threads_of(imported)
    for owner, name in ((thing, threads.PROPERTY), (bpy.data.collections[imported], memory.CLIP)):
        kept = json.loads(owner[name])
        owner[name] = later = json.dumps({"version": kept["version"] + 1, "what": "nobody knows yet"})
        moment.forget()  # as when a file is opened
        operator = bpy.ops.duet.select_connection if owner == thing else bpy.ops.duet.draw_connections
        assert "later version of Duet Connections" in said(operator)
        assert owner[name] == later and memory.threads_of(imported) == thing


def test_the_motion_is_read_back_from_the_armatures_to_a_millimetre(imported: str, short_take: Path) -> None:
    clip, source = memory.recall_clip(imported), read(short_take)
    assert clip.fps == source.fps
    assert clip.skeleton == source.skeleton
    assert clip.names == source.names
    assert np.array_equal(np.isnan(clip.positions), np.isnan(source.positions))
    assert np.nanmax(np.abs(clip.positions - source.positions)) < 1e-3
    assert np.abs(clip.confidence - source.confidence).max() <= 1 / 255


def test_reading_back_leaves_scene_frame_and_objects_as_they_are(imported: str) -> None:
    scene = bpy.context.scene
    scene.frame_set(33)
    hidden = bpy.data.objects[f"{imported} A"]
    hidden.hide_viewport = True
    names = {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in ("scenes", "objects", "collections", "actions")}
    clip = memory.recall_clip(imported)
    assert np.nanstd(clip.positions[:, 0], axis=0).max() > 0.05, "a hidden dancer moves too"
    assert hidden.hide_viewport
    assert scene.frame_current == 33
    assert names == {kind: sorted(block.name for block in getattr(bpy.data, kind)) for kind in names}


def test_an_animators_edit_is_part_of_the_motion_that_is_read_back(imported: str, short_take: Path) -> None:
    bpy.data.objects[f"{imported} B"].location.x += 0.5
    moved = memory.recall_clip(imported).positions - read(short_take).positions
    assert np.nanmax(np.abs(moved[:, 0])) < 1e-3
    assert np.allclose(np.nanmean(moved[:, 1], axis=(0, 1)), [0.5, 0, 0], atol=1e-3)


@pytest.fixture(scope="session")
def found(short_take: Path) -> Connections:
    return infer(read(short_take), "crosscorr")


def test_finding_connections_draws_what_inference_finds_in_the_file(imported: str, found: Connections) -> None:
    assert bpy.ops.duet.infer(method="crosscorr") == {"FINISHED"}
    kept = memory.recall_connections(imported)
    assert np.array_equal(kept.window_start, found.window_start)
    assert np.abs(kept.confidence - found.confidence).max() < 0.02
    assert np.mean(kept.kind == found.kind) > 0.99
    drawn = memory.threads_of(imported)
    assert drawn is not None
    assert threads.get_input(drawn, "Threshold") == pytest.approx(0.5)


def test_window_and_stride_are_times(imported: str) -> None:
    bpy.ops.duet.infer(method="crosscorr", window=3.0, stride=1.0)
    kept = memory.recall_connections(imported)
    assert set(kept.window_end - kept.window_start) == {90}
    assert set(np.diff(kept.window_start)) == {30}


def test_finding_without_drawing_leaves_the_scene_alone_until_drawing_is_asked(imported: str) -> None:
    bpy.ops.duet.infer(method="crosscorr", draw_them=False)
    assert memory.threads_of(imported) is None
    assert bpy.ops.duet.draw_connections(threshold=0.2, top_k=7, width=0.02) == {"FINISHED"}
    drawn = memory.threads_of(imported)
    values = [threads.get_input(drawn, name) for name in ("Threshold", "Top K", "Width")]
    assert values == pytest.approx([0.2, 7, 0.02])


def test_finding_and_drawing_again_replaces_and_keeps_what_the_sliders_show(imported: str) -> None:
    bpy.ops.duet.infer(method="crosscorr")
    threads.set_input(memory.threads_of(imported), "Threshold", 0.31)
    before = sorted(thing.name for thing in bpy.data.objects)
    bpy.ops.duet.infer(method="crosscorr")
    assert sorted(thing.name for thing in bpy.data.objects) == before
    assert threads.get_input(memory.threads_of(imported), "Threshold") == pytest.approx(0.31)


def test_the_kept_connections_survive_saving_and_differ_from_the_exact_ones_by_rounding_alone(
    imported: str, found: Connections, tmp_path: Path
) -> None:
    memory.remember_connections(imported, found)
    memory.remember_connections(imported, found)  # a second time: an older one is there
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "kept.blend"))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "kept.blend"))
    kept = memory.recall_connections(imported)
    assert np.abs(kept.confidence - found.confidence).max() <= 0.0005
    assert np.abs(kept.type_probability.sum(axis=-1) - 1).max() < 1e-6
    assert kept.type_probability.min() >= 0
    assert np.array_equal(kept.kind, found.kind)
    assert np.nanmax(np.abs(kept.lag - found.lag)) <= 0.0005
    assert kept.types == found.types
    assert len(KINDS) == 6
    assert memory.recall_clip(imported).frames == 180


def test_operators_wait_for_what_they_need(imported: str) -> None:
    assert not bpy.ops.duet.draw_connections.poll()
    assert bpy.ops.duet.infer.poll()
    assert not bpy.ops.duet.cancel.poll()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    assert not bpy.ops.duet.infer.poll()
    assert "Import a duet first" in said(bpy.ops.duet.infer)


def test_no_second_search_starts_while_one_runs(imported: str) -> None:
    job = jobs.Job("Waiting", lambda progress, cancelled: [None for _ in iter(cancelled, True)])
    job.start()
    try:
        assert not bpy.ops.duet.infer.poll()
        assert bpy.ops.duet.cancel() == {"FINISHED"}
        assert job.cancelling
    finally:
        jobs.stop()
    assert bpy.ops.duet.infer.poll()


def test_a_duet_that_lost_a_dancer_says_so(imported: str) -> None:
    bpy.data.objects.remove(bpy.data.objects[f"{imported} A"])
    assert "removed" in said(bpy.ops.duet.infer, method="crosscorr")


def test_a_window_longer_than_the_take_is_told_with_what_fits(imported: str) -> None:
    message = said(bpy.ops.duet.infer, method="crosscorr", window=60.0)
    assert "window" in message
    assert memory.threads_of(imported) is None


def test_the_settings_in_the_panel_are_those_of_the_scene(imported: str) -> None:
    settings = bpy.context.scene.duet
    assert settings.method == "duet"
    assert (settings.window, settings.stride) == pytest.approx((4.0, 0.5))


def test_a_renamed_collection_is_still_the_duet(imported: str) -> None:
    bpy.data.collections[imported].name = "Pas de deux"
    assert bpy.ops.duet.infer(method="crosscorr") == {"FINISHED"}
    assert memory.threads_of("Pas de deux") is not None


def test_what_a_collection_remembers_is_plain_json_and_text(imported: str) -> None:
    collection = bpy.data.collections[imported]
    assert json.loads(collection[memory.CLIP])["version"] == memory.VERSION
    assert all(isinstance(collection[key], str) for key in collection.keys() if key.startswith("duet"))  # noqa: SIM118


def test_after_an_edit_update_looks_only_at_what_it_touched_and_finds_what_a_full_search_finds(root: Path) -> None:
    from duet_connections.addon.operators.inferring import KEPT

    KEPT.clear()
    bpy.ops.duet.import_poses(filepath=str(root / "samples" / "sample.duet.npz"))
    (duet,) = memory.duets(bpy.context.scene)
    assert not bpy.ops.duet.update.poll()
    bpy.ops.duet.infer(method="duet", window=5.0)
    everything, first = KEPT.asked, memory.recall_connections(duet)
    assert bpy.ops.duet.update() == {"FINISHED"}
    assert KEPT.asked == 0
    armature = bpy.data.objects[f"{duet} A"]
    path = 'pose.bones["left_shoulder"].rotation_quaternion'
    curve = armature.animation_data.action.fcurve_ensure_for_datablock(armature, path, index=2)
    for point in list(curve.keyframe_points)[20:40]:
        point.co.y += 0.4
    curve.update()
    threads.set_input(memory.threads_of(duet), "Threshold", 0.3)
    assert bpy.ops.duet.update() == {"FINISHED"}
    assert 0 < KEPT.asked < 0.5 * everything
    updated = memory.recall_connections(duet)
    assert threads.get_input(memory.threads_of(duet), "Threshold") == pytest.approx(0.3)
    KEPT.clear()
    bpy.ops.duet.infer(method="duet", window=5.0)
    assert np.abs(memory.recall_connections(duet).confidence - updated.confidence).max() < 1e-4
    assert np.abs(first.confidence - updated.confidence).max() > 0.01
    assert set(updated.window_end - updated.window_start) == {150}


def test_update_of_a_baseline_looks_at_the_whole_take(imported: str) -> None:
    bpy.ops.duet.infer(method="crosscorr")
    before = memory.recall_connections(imported)
    bpy.data.objects[f"{imported} B"].location.x += 0.5
    assert bpy.ops.duet.update() == {"FINISHED"}
    assert memory.recall_connections(imported).meta["method"] == before.meta["method"] == "crosscorr"
