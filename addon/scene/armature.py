"""A dancer's armature: a bone for each joint, bone collections by body part, and its keys."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.posing import Pose, bone_keys
from ...duet_core.skeletons import PARTS, Skeleton
from ..names import short
from .bone_shapes import bone_shape, shape_kinds
from .keys import own_action, write_motion
from .own import add_object
from .palette import DANCER_COLOURS
from .timing import FIRST_FRAME

if TYPE_CHECKING:  # what makes bodies is read when the first one is made
    from ...duet_core.figures import Figures

TRUNK = "trunk"
"""Custom property of bones that are no joints of the duet."""


def building_armature(
    name: str, figures: Figures, dancer: int, duet: str, collection: str, *, joints: int, start: int = FIRST_FRAME
) -> Generator[None, None, str]:
    """An armature of *duet* in *collection* that moves as *dancer* of *figures* does, from the scene frame *start* on; its name. In steps.

    Bones behind the first *joints* are the trunk's (`posing.with_trunk`) and no joints of the duet.
    """
    data = bpy.data.armatures.new(name)
    data.display_type = "STICK"
    thing = add_object(name, data, duet, bpy.data.collections[collection])
    bones = _add_bones(thing, figures, dancer, joints)
    _sort_into_collections(data, bones, figures.skeleton)
    colour_bones(thing, DANCER_COLOURS[dancer % 2], figures.skeleton)
    _shape(thing, bones, figures.skeleton)
    made = thing.name
    yield
    yield from writing_motion(made, figures.pose, dancer, figures.skeleton, start=start)
    return made


def writing_motion(armature: str, pose: Pose, dancer: int, skeleton: Skeleton, *, start: int = FIRST_FRAME) -> Generator[None, None, None]:
    """Let an armature that `building_armature` made move as *dancer* does in *pose*, from the scene frame *start* on. In steps, a bone each.

    Keys of the bones' places and turns replace those that were there; everything else that moves the armature stays (constraints, other curves).
    Bones keep their length: where a dancer's differ, the bones' locations make up for it, so that every head is at its joint.
    """
    thing = bpy.data.objects[armature]
    bones = all_bones(thing)
    heads = np.array([thing.data.bones[bone].head_local for bone in bones])
    axes = np.array([thing.data.bones[bone].matrix_local.to_3x3() for bone in bones])
    for joint, keys in bone_keys(pose, dancer, skeleton, heads, axes):
        thing, bone = bpy.data.objects[armature], bones[joint]
        action = own_action(thing, armature)
        thing.pose.bones[bone].rotation_mode = "QUATERNION"
        for path, values in (("location", keys.location), ("rotation_quaternion", keys.rotation)):
            full = f'pose.bones["{bpy.utils.escape_identifier(bone)}"].{path}'
            write_motion(action, thing, full, start, values, bone)
        yield


def bone_names(armature: bpy.types.Object) -> list[str]:
    """The bones of an armature that `building_armature` made, in the order of the skeleton's joints."""
    return _by(armature, "joint")


def all_bones(armature: bpy.types.Object) -> list[str]:
    """The same, and behind them those of the trunk that are no joints of the duet."""
    return bone_names(armature) + _by(armature, TRUNK)


def _by(armature: bpy.types.Object, key: str) -> list[str]:
    bones = sorted((bone for bone in armature.data.bones if key in bone), key=lambda bone: bone[key])
    return [bone.name for bone in bones]


def _add_bones(thing: bpy.types.Object, figures: Figures, dancer: int, joints: int) -> list[str]:
    """Add the bones at rest; returns their names in joint order (Blender may shorten a very long name)."""
    skeleton, heads, tails, z = figures.skeleton, figures.heads[dancer], figures.tails[dancer], figures.z[dancer]
    with _Editing(thing):
        bones: list[bpy.types.EditBone] = [None] * len(skeleton)
        for joint in skeleton.order:
            bone = bones[joint] = thing.data.edit_bones.new(short(skeleton.joints[joint]))
            bone.head, bone.tail = heads[joint], tails[joint]
            bone.align_roll(z[joint])
            parent = skeleton.parents[joint]
            if parent >= 0:
                bone.parent = bones[parent]
        names = [bone.name for bone in bones]
    for joint, name in enumerate(names):
        thing.data.bones[name]["joint" if joint < joints else TRUNK] = joint
    return names


def _sort_into_collections(data: bpy.types.Armature, bones: list[str], skeleton: Skeleton) -> None:
    for part in PARTS:
        members = [bone for bone, own in zip(bones, skeleton.parts, strict=True) if own == part]
        if members:
            group = data.collections.new(part.replace("_", " "))
            for bone in members:
                group.assign(data.bones[bone])


def colour_bones(armature: bpy.types.Object, colour: str, skeleton: Skeleton) -> None:
    """A dancer's *colour* (``#rrggbb``) on every bone: lighter on the left of the body, darker on the right, so that both can be told apart."""
    base = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    for bone, part in zip(bone_names(armature), skeleton.parts, strict=False):  # the trunk's come last
        shade = base + 0.35 * (1 - base) if part.startswith("left") else 0.7 * base if part.startswith("right") else base
        shown = armature.data.bones[bone].color
        shown.palette = "CUSTOM"
        shown.custom.normal = shade
        shown.custom.select = shade + 0.45 * (1 - shade)
        shown.custom.active = shade + 0.75 * (1 - shade)
    armature.data.show_bone_colors = True


def _shape(thing: bpy.types.Object, bones: list[str], skeleton: Skeleton) -> None:
    for bone, kind in zip(bones, shape_kinds(skeleton), strict=True):
        thing.pose.bones[bone].custom_shape = bone_shape(kind)


class _Editing:
    """Edit mode of one object, the only place where bones can be added; what was active and selected before returns after it.

    The object is linked to the scene for that time, since its own collection may be excluded from the view layer or hidden.
    """

    def __init__(self, thing: bpy.types.Object) -> None:
        self.thing = thing

    def __enter__(self) -> None:
        layer = bpy.context.view_layer
        self.before = layer.objects.active
        if self.before is not None and self.before.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        self.selected = [other.name for other in layer.objects if other.select_get()]
        root = bpy.context.scene.collection
        self.linked = self.thing.name not in root.objects
        if self.linked:
            root.objects.link(self.thing)
        for name in self.selected:
            layer.objects[name].select_set(False)
        layer.objects.active = self.thing
        bpy.ops.object.mode_set(mode="EDIT")

    def __exit__(self, *_: object) -> None:
        bpy.ops.object.mode_set(mode="OBJECT")
        layer = bpy.context.view_layer
        if self.linked:
            bpy.context.scene.collection.objects.unlink(self.thing)
        layer.objects.active = self.before
        for name in self.selected:
            if name in layer.objects:
                layer.objects[name].select_set(True)


def keyed_positions(armature: bpy.types.Object) -> NDArray[np.float64]:
    """(J, 3) where the heads of the bones stand in the room now, in joint order."""
    world = np.array(armature.matrix_world)
    heads = np.array([armature.pose.bones[name].head for name in bone_names(armature)])
    return heads @ world[:3, :3].T + world[:3, 3]
