"""A duet taken out of the file with all that is its own: objects, data, actions, materials, nodes, markers; nothing that anybody else uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import bpy

from .memory import prefix_of
from .moments import remove_markers
from .stage import OURS
from .thread_materials import SHARED

NEVER = {"scenes", "libraries", "texts", "fonts", "window_managers", "screens", "workspaces", "all_ids"}
"""What never goes with a duet, by its collection in ``bpy.data``."""


def remove_duet(duet: str) -> None:
    """Remove the collection *duet* with its objects, and whatever only they used."""
    for scene in bpy.data.scenes:
        remove_markers(duet, scene)
    collection = bpy.data.collections[duet]
    inner = [collection, *collection.children_recursive]
    own = {thing for thing in collection.all_objects if all(user in inner for user in thing.users_collection)}
    used = _used_by({*inner, *own})
    through = [scene.name for scene in bpy.data.scenes if scene.camera in own]
    for scene in bpy.data.scenes:  # a phrase from nothing in an empty scene brought its light along
        if scene.world is not None and OURS in scene.world and scene.world.name == f"{prefix_of(duet)} World":
            used.add(scene.world)
            scene.world = None
    # Materials that all threads share are made again when threads ask for them.
    used |= {material for material in bpy.data.materials if SHARED in material}
    ours = {block.session_uid for block in used}
    bpy.data.batch_remove([*own, *inner])
    # Asked for anew each time: what is removed takes other blocks along.
    while unused := [block for block in _blocks() if block.session_uid in ours and block.users == 0]:
        bpy.data.batch_remove(unused)
    for name in through:  # whoever looked through its camera looks through another one of the scene
        scene = bpy.data.scenes[name]
        scene.camera = next((thing for thing in scene.objects if thing.type == "CAMERA"), None)


def _blocks() -> Iterator[bpy.types.ID]:
    """Every data-block that may go."""
    for prop in bpy.data.bl_rna.properties:
        blocks = getattr(bpy.data, prop.identifier) if prop.type == "COLLECTION" and prop.identifier not in NEVER else ()
        yield from (block for block in blocks if block.library is None)


def _used_by(blocks: Iterable[bpy.types.ID]) -> set[bpy.types.ID]:
    """What *blocks* use, and what that uses, and so on."""
    uses: dict[bpy.types.ID, set[bpy.types.ID]] = {}
    for block, users in bpy.data.user_map().items():
        for user in users:
            uses.setdefault(user, set()).add(block)
    found: set[bpy.types.ID] = set()
    ahead = set(blocks)
    while ahead:
        block = ahead.pop()
        found.add(block)
        ahead |= uses.get(block, set()) - found
    return found
