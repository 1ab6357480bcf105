"""The dancers of a clip: armatures that move, bodies, and the joints that threads are tied to."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple

import bpy

from ...duet_core.clip import Clip
from ..steps import finished
from .armature import all_bones, building_armature
from .body import build_body
from .joints import build_joints
from .memory import prefix_of
from .own import MARK, remove_objects
from .timing import FIRST_FRAME

if TYPE_CHECKING:  # what makes bodies is read when the first one is made
    from ...duet_core.figures import Figures

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
    """All at once what `building_dancers` does in steps."""
    return finished(building_dancers(clip, duet, collection.name))


def building_dancers(
    clip: Clip, duet: str, collection: str, *, shaped: Figures | None = None, start: int = FIRST_FRAME
) -> Generator[None, None, DancerNames]:
    """Build the dancers of *clip* in *collection*; those that *duet* had before are replaced, all else stays as it is. In steps.

    Each dancer becomes an armature ``"{duet} A"`` whose bones carry the joints' names, and a body ``"{duet} A body"``. The hidden mesh object
    ``"{duet} joints"`` has a vertex for each joint (number dancer · J + joint) that follows the bones, in the room.

    Args:
        shaped: `figures` of *clip*, where that is made already; it takes long and needs no Blender.
        start: the scene frame at which they begin.
    """
    letters = "AB"[: clip.dancers]
    if shaped is None:
        from ...duet_core.figures import figures

        shaped = figures(clip)
    old = [f"{duet} {letter}{kind}" for kind in (" body", " joints", "") for letter in "AB"]
    remove_objects(duet, (f"{duet} joints", *old))
    armatures = []
    for index, letter in enumerate(letters):
        made = yield from building_armature(f"{duet} {letter}", shaped, index, duet, collection, joints=len(clip.skeleton), start=start)
        armatures.append(made)
    bodies = []
    for index, shape in enumerate(shaped.bodies):
        armature = bpy.data.objects[armatures[index]]
        body = build_body(
            f"{duet} {letters[index]} body", shape, armature, all_bones(armature), index, duet, bpy.data.collections[collection]
        )
        body.hide_render = not shaped.pose.known[index].any()
        bodies.append(body.name)
        yield
    joints = build_joints(f"{duet} joints", [bpy.data.objects[name] for name in armatures], duet, bpy.data.collections[collection]).name
    yield
    return DancerNames(tuple(armatures), tuple(bodies), joints)


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
