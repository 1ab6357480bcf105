"""Files with a dance: small on disk, playing in any Blender, and edited as before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from duet_connections.addon import saving
from duet_connections.addon.scene import samples
from duet_connections.addon.scene.armature import keyed_positions
from duet_connections.addon.scene.memory import Recall, duets
from duet_connections.addon.scene.timing import scene_frame

ELSEWHERE = """
import json, sys
import bpy, numpy as np
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
scene = bpy.context.scene
found = []
for frame in json.loads(sys.argv[2]):
    scene.frame_set(int(frame), subframe=frame % 1)
    found += [(thing.matrix_world @ bone.head)[:] for thing in sorted(scene.objects, key=lambda t: t.name) if thing.type == "ARMATURE" for bone in thing.pose.bones]
np.save(sys.argv[3], found)
sys.stdout.flush()
import os
os._exit(0)
"""


@pytest.fixture
def dance(registered: None, root: Path) -> str:
    bpy.ops.duet.import_poses(filepath=str(root / "samples" / "sample.duet.npz"))
    return duets(bpy.context.scene)[0]


def keys() -> dict[tuple[str, str, int], np.ndarray]:
    return {
        (action.name, curve.data_path, curve.array_index): samples._pairs(curve.keyframe_points)
        for action in bpy.data.actions
        for _, curve in samples._curves(action)
    }


def sampled() -> int:
    return sum(len(curve.sampled_points) > 0 for action in bpy.data.actions for _, curve in samples._curves(action))


def assert_same(before: dict[Any, np.ndarray], after: dict[Any, np.ndarray]) -> None:
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[curve], after[curve]) for curve in before)


def test_saving_and_opening_leave_every_key_as_it_was(dance: str, tmp_path: Path) -> None:
    curve = next(curve for _, curve in samples._curves(bpy.data.actions[f"{dance} A"]) if len(curve.keyframe_points) > 100)
    path, index = curve.data_path, curve.array_index
    curve.keyframe_points[7].select_control_point = False
    before = keys()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "dance.blend"), compress=False)
    assert sampled() == 0 and not any(samples.SAMPLED in action for action in bpy.data.actions)
    assert_same(before, keys())
    curve = next(c for _, c in samples._curves(bpy.data.actions[f"{dance} A"]) if (c.data_path, c.array_index) == (path, index))
    assert [point.select_control_point for point in curve.keyframe_points[6:9]] == [True, False, True]
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "dance.blend"))
    assert sampled() == 0
    assert_same(before, keys())
    assert bpy.data.objects[f"{dance} A"].pose.bones["left_knee"].keyframe_insert("rotation_quaternion", frame=20)


def test_a_file_takes_a_quarter_for_each_key_and_plays_without_the_extension(dance: str, tmp_path: Path) -> None:
    large, small = tmp_path / "keys.blend", tmp_path / "samples.blend"
    for file, compact in ((small, True), (large, False)):
        if not compact:
            bpy.app.handlers.save_pre.remove(saving._before_saving)
        bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=False, copy=True)
    assert large.stat().st_size - small.stat().st_size > 0.75 * 72 * sum(map(len, keys().values()))
    frames = [scene_frame(0), scene_frame(77), scene_frame(200) + 0.25, scene_frame(5000)]
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(small), str(frames), str(tmp_path / "there.npy")], check=True, capture_output=True)
    here: list[tuple[float, ...]] = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
        for armature in (bpy.data.objects[f"{dance} {letter}"] for letter in "AB"):
            here += [tuple(armature.matrix_world @ bone.head) for bone in armature.pose.bones]
    np.testing.assert_allclose(np.load(tmp_path / "there.npy"), here, atol=1e-6)


def test_curves_that_somebody_changed_stay_keys(dance: str) -> None:
    curves = [curve for _, curve in samples._curves(bpy.data.actions[f"{dance} A"]) if len(curve.keyframe_points) > 100]
    curves[0].keyframe_points[3].interpolation = "BEZIER"
    curves[1].keyframe_points.remove(curves[1].keyframe_points[9])
    curves[2].modifiers.new("NOISE")
    curves[3].extrapolation = "LINEAR"
    curves[4].keyframe_points[5].type = "EXTREME"
    samples.to_samples()
    assert [len(curve.sampled_points) > 0 for curve in curves[:6]] == [False] * 5 + [True]


def test_motion_in_samples_is_read_and_replaced_as_motion_in_keys_is(dance: str, root: Path) -> None:
    def read() -> np.ndarray:
        recall = Recall(dance)
        assert list(recall.steps())
        return recall.clip.positions

    before = read()
    samples.to_samples()
    assert sampled() > 200
    np.testing.assert_array_equal(read(), before)
    bpy.ops.duet.import_poses(filepath=str(root / "samples" / "sample.duet.npz"))
    assert sampled() == 0 and len(duets(bpy.context.scene)) == 1
    np.testing.assert_array_equal(read(), before)


def test_a_disk_that_fails_leaves_keys(dance: str, tmp_path: Path) -> None:
    before = keys()
    with pytest.raises(RuntimeError):
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "nowhere" / "dance.blend"))
    assert_same(before, keys())


def test_switching_the_extension_on_makes_keys_of_what_is_open(dance: str) -> None:
    samples.to_samples()
    saving.unregister()
    saving.register()
    assert sampled() == 0
    assert keyed_positions(bpy.data.objects[f"{dance} A"]).shape == (29, 3)
