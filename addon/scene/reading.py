"""Motion read back from armatures, with whatever an animator has changed, in steps small enough that a window stays alive between them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.errors import InputError
from .keyed import ends, hangs_on_keys


@dataclass(frozen=True)
class Source:
    """Where a dancer's joints are: ends of bones of the armature object called *armature*; the tail where *tails* says so, else the head."""

    armature: str
    bones: tuple[str, ...]
    tails: tuple[bool, ...]


def sampled(sources: Sequence[Source], frames: range) -> Generator[float, None, NDArray[np.float32]]:
    """Read the motion at the scene frames *frames*, yield the share done step by step, and return (T, D, J, 3) where the joints are in the room.

    From the keys, where the armatures hang on nothing else; else frame by frame.

    Raises:
        InputError: a bone is gone.
    """
    for source in sources:
        there = {bone.name for bone in bpy.data.objects[source.armature].pose.bones}
        missing = [bone for bone in source.bones if bone not in there]
        if missing:
            raise InputError(f"the bone {missing[0]!r} is gone", place=source.armature, remedy="choose the armatures again")
    if not all(hangs_on_keys(source.armature) for source in sources):
        return (yield from stepped(sources, frames))
    positions: list[NDArray[np.float32]] = []
    for source in sources:
        steps = ends(source.armature, source.bones, source.tails, frames)
        positions.append((yield from _shares(steps, len(positions), len(sources))))
    return np.stack(positions, axis=1)


def _shares(steps: Generator[float, None, NDArray[np.float32]], done: int, parts: int) -> Generator[float, None, NDArray[np.float32]]:
    """*steps* as the part number *done* of *parts*."""
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        yield (done + share) / parts


def stepped(sources: Sequence[Source], frames: range) -> Generator[float, None, NDArray[np.float32]]:
    """What `sampled` gives, by going through the frames, for armatures that anything may move.

    This happens in a scene of its own: the user's scene and its frame stay as they are, and bodies, threads and words cost nothing meanwhile. What
    moves the armatures (constraints, drivers, targets) is evaluated with them. However this ends, the scene is gone afterwards.
    """
    order, tailed = [], []
    for source in sources:
        place = {bone.name: index for index, bone in enumerate(bpy.data.objects[source.armature].pose.bones)}
        order.append(np.array([place[bone] for bone in source.bones]))
        tailed.append(np.array(source.tails))
    things = [bpy.data.objects[source.armature] for source in sources]
    positions = np.empty((len(frames), len(sources), len(order[0]), 3), np.float32)
    ends = [np.empty((len(thing.pose.bones), 3), np.float32) for thing in things]
    # What is hidden is not evaluated.
    hidden = {thing.name: thing.hide_viewport for thing in things}
    aside = bpy.data.scenes.new("Duet sampling").name
    try:
        for name in hidden:
            bpy.data.objects[name].hide_viewport = False
            bpy.data.scenes[aside].collection.objects.link(bpy.data.objects[name])
        for index, frame in enumerate(frames):
            scene = bpy.data.scenes[aside]
            scene.frame_set(frame)
            graph = scene.view_layers[0].depsgraph
            for dancer, source in enumerate(sources):
                evaluated = bpy.data.objects[source.armature].evaluated_get(graph)
                bones = evaluated.pose.bones
                bones.foreach_get("head", ends[dancer].ravel())
                local = ends[dancer][order[dancer]]
                if tailed[dancer].any():
                    bones.foreach_get("tail", ends[dancer].ravel())
                    local[tailed[dancer]] = ends[dancer][order[dancer][tailed[dancer]]]
                room = np.array(evaluated.matrix_world, np.float32)
                positions[index, dancer] = local @ room[:3, :3].T + room[:3, 3]
            yield (index + 1) / len(frames)
    finally:
        if aside in bpy.data.scenes:
            bpy.data.scenes.remove(bpy.data.scenes[aside])
        for name, was in hidden.items():
            if name in bpy.data.objects:
                bpy.data.objects[name].hide_viewport = was
    return positions
