"""A duet of armatures that others made: nothing of them is changed, threads follow their bones."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ...duet_core.clip import Clip
from ..names import short
from .joints import attach_joints
from .memory import RIGS, free_name, remember_clip
from .reading import Source


def adopt(clip: Clip, sources: Sequence[Source], scene: bpy.types.Scene, start: int) -> str:
    """Make the armatures that *sources* name a duet that dances *clip* from the scene frame *start* on, and return its collection's name.

    The collection holds what follows the bones; armatures, camera, light and timing of *scene* stay as they are.
    """
    duet = free_name(short(" and ".join(clip.names), 40))
    collection = bpy.data.collections.new(duet)
    scene.collection.children.link(collection)
    attach_joints(f"{duet} joints", sources, duet, collection)
    for key, source in zip(RIGS, sources, strict=True):
        collection[key] = bpy.data.objects[source.armature]
    remember_clip(duet, clip, start)
    return duet
