"""Motion read back from armatures: from their keys it is what stepping through the frames gives, and where more than keys moves them they are stepped."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import bpy
import numpy as np
import pytest
from duet_connections.addon.scene.keyed import _values, hangs_on_keys
from duet_connections.addon.scene.keys import new_action, write_motion
from duet_connections.addon.scene.reading import Source, sampled, stepped
from duet_connections.duet_core.formats import read

FRAMES = range(-3, 41)


def drained(steps: Generator[float, None, Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def rig(modes: tuple[str, ...] = ("QUATERNION",) * 4, connected: bool = False) -> bpy.types.Object:
    """A chain of three bones and one beside it, keyed at some frames with Bezier curves."""
    random = np.random.default_rng(1)
    data = bpy.data.armatures.new("Rig")
    thing = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    last = None
    for number in range(4):
        bone = data.edit_bones.new(f'bone "{number}"')
        bone.head = random.normal(size=3) if last is None or not connected else last.tail
        bone.tail = np.array(bone.head) + random.normal(size=3)
        bone.roll = random.normal()
        bone.parent = last if number < 3 else None
        bone.use_connect = connected and bone.parent is not None
        last = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone, mode in zip(thing.pose.bones, modes, strict=True):
        bone.rotation_mode = mode
        path = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}.get(mode, "rotation_euler")
        for frame in (1, 8, 20, 33.5):
            for name, spread, middle in ((path, 1.0, 0.0), ("location", 0.3, 0.0), ("scale", 0.2, 1.0)):
                setattr(bone, name, middle + spread * random.normal(size=len(getattr(bone, name))))
                bone.keyframe_insert(name, frame=frame)
    return thing


def source(thing: bpy.types.Object) -> Source:
    return Source(thing.name, tuple(bone.name for bone in thing.data.bones), (False, True, True, False))


def curves(thing: bpy.types.Object) -> list[bpy.types.FCurve]:
    (bag,) = thing.animation_data.action.layers[0].strips[0].channelbags
    return list(bag.fcurves)


def assert_same(thing: bpy.types.Object, by_keys: bool = True) -> None:
    assert hangs_on_keys(thing.name) is by_keys
    read_back, true = drained(sampled([source(thing)], FRAMES)), drained(stepped([source(thing)], FRAMES))
    assert np.ptp(true, axis=0).max() > 0.1
    assert np.abs(read_back - true).max() < 1e-5


@pytest.mark.parametrize("modes", [("QUATERNION", "AXIS_ANGLE", "XYZ", "ZXY"), ("ZYX", "YXZ", "XZY", "YZX")])
def test_every_way_to_turn_a_bone_is_read_from_its_keys_as_from_its_frames(modes: tuple[str, ...]) -> None:
    assert_same(rig(modes))


def test_connected_bones_are_read_alike() -> None:
    assert_same(rig(connected=True))


def test_every_way_to_go_from_key_to_key_is_read_alike() -> None:
    thing = rig()
    kinds = ("CONSTANT", "LINEAR", "BEZIER", "BOUNCE")
    for number, curve in enumerate(curves(thing)):
        for point in curve.keyframe_points:
            point.interpolation = kinds[number % 4]
        curve.extrapolation = ("CONSTANT", "LINEAR")[number % 2]
        if number % 5 == 0:
            curve.modifiers.new("NOISE")
        if number % 7 == 0:
            curve.mute = True
    assert_same(thing)


def test_an_armature_that_moves_as_a_whole_is_read_alike() -> None:
    thing = rig()
    thing.rotation_mode = "XYZ"
    for frame, value in ((0, 0.0), (30, 2.0)):
        thing.location, thing.rotation_euler, thing.scale = (value, 0, 1), (value, 0.3, value), (1, 1 + value, 1)
        for name in ("location", "rotation_euler", "scale"):
            thing.keyframe_insert(name, frame=frame)
    assert_same(thing)


def test_bones_without_keys_stand_as_they_are_posed() -> None:
    thing = rig()
    (bag,) = thing.animation_data.action.layers[0].strips[0].channelbags
    for curve in [curve for curve in bag.fcurves if 'bone \\"1' in curve.data_path]:
        bag.fcurves.remove(curve)
    thing.pose.bones[1].location = (0.1, 0.2, 0.3)
    assert_same(thing)


def _constrain(thing: bpy.types.Object) -> None:
    target = bpy.data.objects.new("Target", None)
    target.location = (1, 2, 3)
    constraint = thing.pose.bones[2].constraints.new("IK")
    constraint.target = target


def _parent(thing: bpy.types.Object) -> None:
    thing.parent = bpy.data.objects.new("Parent", None)
    thing.parent.location = (1, 2, 3)
    bpy.context.scene.collection.objects.link(thing.parent)


def _drive(thing: bpy.types.Object) -> None:
    thing.pose.bones[3].driver_remove("location")
    thing.driver_add("location", 0).driver.expression = "frame / 10"


def _strip(thing: bpy.types.Object) -> None:
    track = thing.animation_data.nla_tracks.new()
    track.strips.new("Strip", 1, thing.animation_data.action)
    thing.animation_data.action = None


def _influence(thing: bpy.types.Object) -> None:
    thing.animation_data.action_influence = 0.5


def _own_scale(thing: bpy.types.Object) -> None:
    thing.data.bones[1].inherit_scale = "NONE"


def _unturned(thing: bpy.types.Object) -> None:
    thing.data.bones[1].use_inherit_rotation = False


def _delta(thing: bpy.types.Object) -> None:
    thing.delta_location = (1, 0, 0)


@pytest.mark.parametrize("change", [_constrain, _parent, _drive, _strip, _influence, _own_scale, _unturned, _delta])
def test_what_more_than_its_keys_moves_is_stepped_through(change: Callable[[bpy.types.Object], None]) -> None:
    thing = rig()
    change(thing)
    assert_same(thing, by_keys=False)


def test_an_imported_duet_is_read_from_its_keys_and_is_what_was_imported(registered: None, root: Any) -> None:
    from duet_connections.addon.scene.memory import Recall, duets

    file = root / "samples" / "sample.duet.npz"
    bpy.ops.duet.import_poses(filepath=str(file))
    recall = Recall(duets(bpy.context.scene)[0])
    scenes = len(bpy.data.scenes)
    for _ in recall.steps():
        assert len(bpy.data.scenes) == scenes  # nothing is stepped through
    assert np.nanmax(np.abs(recall.clip.positions - read(file).positions)) < 1e-4


def test_motion_is_the_same_on_every_frame_with_a_third_of_the_keys() -> None:
    """Trembling as badly as poses from video do, in Blender's own evaluation and in ours, also of what lies between frames."""
    values = np.cumsum(np.random.default_rng(3).normal(size=301)) * 0.05
    thing = bpy.data.objects.new("Mover", None)
    write_motion(new_action(thing, "Mover"), thing, "location", 1, values[None])
    (curve,) = curves(thing)
    assert len(curve.keyframe_points) == 101
    told = [curve.evaluate(frame) for frame in range(1, 302)]
    np.testing.assert_allclose(told, values, atol=2e-6)
    np.testing.assert_allclose(_values(curve, np.arange(1.0, 302.0)), told, atol=1e-6)
    curve.keyframe_points[40].co.y += 1.0  # as an animator does it
    curve.keyframe_points[60].handle_right_type = curve.keyframe_points[60].handle_left_type = "AUTO"
    curve.keyframe_points[80].interpolation = "SINE"
    curve.update()
    times = np.arange(-3.0, 310.0, 0.25)
    np.testing.assert_allclose(_values(curve, times), [curve.evaluate(time) for time in times], atol=2e-6)
