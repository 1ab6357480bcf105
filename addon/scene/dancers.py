"""The dancers of a clip: armatures that move, bodies, and the joints that threads are tied to."""

from __future__ import annotations

from typing import NamedTuple

import bpy
import numpy as np

from ...duet_core.clip import Clip
from ...duet_core.posing import bone_layout, pose, with_trunk
from .armature import all_bones, build_armature
from .body import build_body
from .joints import build_joints
from .memory import prefix_of
from .own import MARK, remove_objects

SHOWN = [
    ("BODIES", "Bodies", "Light bodies, in the picture and in the view"),
    ("BONES", "Bones", "Bones alone, in the view"),
    ("BOTH", "Both", "Bones in front of the bodies"),
]
"""What one may see of the dancers: identifier, title, tooltip."""


class DancerNames(NamedTuple):
    """Names of the objects that `build_dancers` made."""

    armatures: tuple[str, ...]
    bodies: tuple[str, ...]
    joints: str


def build_dancers(clip: Clip, duet: str, collection: bpy.types.Collection) -> DancerNames:
    """Build the dancers of *clip* in *collection*; those that *duet* had before are replaced, all else stays as it is.

    Each dancer becomes an armature ``"{duet} A"`` whose bones carry the joints' names, and a body ``"{duet} A body"``. The hidden mesh object
    ``"{duet} joints"`` has a vertex for each joint (number dancer · J + joint) that follows the bones, in the room.
    """
    letters = "AB"[: clip.dancers]
    old = [f"{duet} {letter}{kind}" for kind in (" body", " joints", "") for letter in "AB"]
    remove_objects(duet, (f"{duet} joints", *old))
    positions, skeleton = with_trunk(clip.positions, clip.skeleton)
    posed = pose(positions, skeleton, clip.fps)
    armatures = [
        build_armature(f"{duet} {letter}", posed, index, skeleton, duet, collection, joints=len(clip.skeleton))
        for index, letter in enumerate(letters)
    ]
    heads, tails, _ = zip(*(bone_layout(posed, index, skeleton) for index in range(clip.dancers)), strict=True)
    bodies = []
    from ...duet_core.body import mannequins

    for index, shape in enumerate(mannequins(np.array(heads), np.array(tails), skeleton)):
        armature = armatures[index]
        bodies.append(build_body(f"{duet} {letters[index]} body", shape, armature, all_bones(armature), index, duet, collection))
        bodies[-1].hide_render = not posed.known[index].any()
    joints = build_joints(f"{duet} joints", armatures, duet, collection)
    return DancerNames(tuple(a.name for a in armatures), tuple(b.name for b in bodies), joints.name)


def show_dancers(duet: str, how: str, *, shapes: bool = True) -> None:
    """Show the dancers of the collection *duet* as one of `SHOWN`: bodies in view and picture, bones in the view.

    With *shapes* bones look like parts of a body (`bone_shapes`), without like sticks.
    """
    bodies, bones = how != "BONES", how != "BODIES"
    # A list: hiding makes Blender build the collection's own anew, under the loop.
    for thing in list(bpy.data.collections[duet].all_objects):
        if MARK not in thing:
            continue
        if thing.type == "ARMATURE":
            thing.hide_viewport, thing.show_in_front = not bones, bodies and bones
            thing.data.show_bone_custom_shapes = shapes
        elif thing.type == "MESH" and thing.vertex_groups and not thing.hide_select:
            thing.hide_viewport = thing.hide_render = not bodies
    shadows = bpy.data.objects.get(f"{prefix_of(duet)} Shadows")
    if shadows is not None:
        shadows.hide_viewport = shadows.hide_render = not bodies
