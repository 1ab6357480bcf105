"""What a duet's collection remembers in the .blend, so that connections can be found and drawn again: about its clip, and its connections.

The motion itself is not kept a second time: it is read back from the armatures, with whatever an animator has changed. Custom properties stay in a
file that is opened and saved without the add-on.
"""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.clip import Clip
from ...duet_core.connections import Connections
from ...duet_core.errors import InputError
from ...duet_core.quality import Quality
from ...duet_core.skeletons import Skeleton
from .armature import bone_names
from .own import MARK
from .threads import MODIFIER
from .timing import scene_frame

CLIP = "duet_clip"
"""JSON: format version, skeleton, rate, frames, the clip's meta."""

CONFIDENCE = "duet_confidence"
"""Text (base64) of zlib of uint8 (T, D, J): how sure the source was of each position, in 255ths; 0 where it was unknown."""

FOUND = "duet_found"
"""Text (base64) of a ``connections.npz``: Blender 5.0 cuts a property of bytes at its first zero when it is set again."""

FILES = "duet_files"
"""JSON: whole paths of the files that the motion came from, by which a later import finds the duet again."""

QUALITY = "duet_quality"
"""JSON: what `duet_core.quality` said of the motion: grade, verdict, findings (the gravest first)."""

VERSION = 1

LARGEST = 32_000_000
"""Letters that the kept connections may have: more would make each undo step and each saved file slow."""


def duets(scene: bpy.types.Scene) -> list[str]:
    """Names of the collections of *scene* that hold a duet we can read back."""
    return [collection.name for collection in scene.collection.children_recursive if CLIP in collection]


def duet_of(thing: bpy.types.Object | None, scene: bpy.types.Scene) -> str | None:
    """Name of the duet's collection that *thing* belongs to, or of the first in *scene*; None where there is no duet."""
    names = duets(scene)
    if thing is not None:
        for name in names:
            if thing.name in bpy.data.collections[name].all_objects:
                return name
    return names[0] if names else None


def prefix_of(duet: str) -> str:
    """What the names of the duet's objects begin with; a renamed collection does not change it."""
    for thing in _collection(duet).all_objects:
        if thing.type == "ARMATURE" and MARK in thing:
            return str(thing[MARK])
    raise _gone(duet)


def threads_of(duet: str) -> bpy.types.Object | None:
    """The object that draws the duet's connections, if they are drawn. Not to be kept."""
    for thing in bpy.data.collections[duet].all_objects:
        if MODIFIER in thing.modifiers:
            return thing
    return None


def remember_clip(duet: str, clip: Clip) -> None:
    """Keep what the armatures do not tell of *clip*."""
    collection = bpy.data.collections[duet]
    about = {"version": VERSION, "skeleton": clip.skeleton.to_json(), "fps": clip.fps, "frames": clip.frames, "meta": dict(clip.meta)}
    collection[CLIP] = json.dumps(about, default=str)
    # A position that is known stays known, however unsure.
    known = np.isfinite(clip.positions).all(axis=-1)
    sure = np.where(known, np.clip(np.rint(clip.confidence * 255), 1, 255), 0).astype(np.uint8)
    collection[CONFIDENCE] = _text(zlib.compress(sure.tobytes(), 6))


def remember_source(duet: str, files: Sequence[Path]) -> None:
    """Keep which *files* the duet came from."""
    bpy.data.collections[duet][FILES] = _file_names(files)


def duet_from(files: Sequence[Path], scene: bpy.types.Scene) -> tuple[str, str] | None:
    """The duet that came from just these *files*, and the name of a scene that shows it; *scene* is asked first. None where there is none."""
    wanted = _file_names(files)
    for place in (scene, *bpy.data.scenes):
        for name in duets(place):
            collection = bpy.data.collections[name]
            if collection.get(FILES) == wanted and collection.library is None:
                return name, place.name
    return None


def _file_names(files: Sequence[Path]) -> str:
    return json.dumps([str(Path(file).resolve()) for file in files])


def remember_quality(duet: str, quality: Quality) -> None:
    """Keep what was found of the motion's quality."""
    about = {"grade": quality.grade, "verdict": quality.verdict, "findings": quality.findings}
    bpy.data.collections[duet][QUALITY] = json.dumps(about)


def quality_of(duet: str) -> dict[str, Any] | None:
    """``grade``, ``verdict`` and ``findings`` of the motion when it was imported; None where nobody measured it."""
    try:
        return dict(json.loads(_collection(duet)[QUALITY]))
    except (KeyError, ValueError, TypeError):
        return None


def about_clip(duet: str) -> dict:
    """The kept facts of the clip: ``skeleton`` (a `Skeleton`), ``fps``, ``frames``, ``meta``."""
    try:
        about = json.loads(_collection(duet)[CLIP])
        return {**about, "skeleton": Skeleton.from_json(about["skeleton"])}
    except (KeyError, ValueError, TypeError):
        raise _gone(duet) from None


def recall_clip(duet: str, progress: Callable[[float], None] | None = None) -> Clip:
    """The duet's clip as its armatures now dance it; what the source did not know stays unknown.

    The armatures are stepped through all frames in a scene of their own: the user's scene and its frame stay as they are, and bodies, threads and
    words cost nothing meanwhile.

    Raises:
        InputError: an armature or one of its bones is gone.
    """
    about = about_clip(duet)
    skeleton: Skeleton = about["skeleton"]
    frames, dancers = int(about["frames"]), len(about["meta"]["dancers"])
    armatures = _armatures(duet, skeleton, dancers)
    positions = _stepped(armatures, frames, progress)
    sure = np.frombuffer(zlib.decompress(base64.b64decode(_collection(duet)[CONFIDENCE])), np.uint8).reshape(frames, dancers, len(skeleton))
    positions[sure == 0] = np.nan
    return Clip(positions, float(about["fps"]), skeleton, sure.astype(np.float32) / 255, about["meta"])


def remember_connections(duet: str, connections: Connections) -> None:
    """Keep *connections* in the file, every candidate of every window, with values to about 1/1000 (a quarter of the exact ones' size).

    What an hour of dance would add (over `LARGEST`) is not kept; what is drawn stays, and can be found again.
    """
    share = np.rint(connections.type_probability * 256) / 256
    share[..., 0] = 1 - share[..., 1:].sum(axis=-1)
    rounded = replace(
        connections,
        confidence=(np.rint(connections.confidence * 1024) / 1024).astype(np.float32),
        type_probability=share.astype(np.float32),
        lag=(np.rint(connections.lag * 1024) / 1024).astype(np.float32),
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "connections.npz"
        rounded.save(file)
        text = _text(file.read_bytes())
    collection = _collection(duet)
    if len(text) <= LARGEST:
        collection[FOUND] = text
    elif FOUND in collection:
        del collection[FOUND]


def recall_connections(duet: str) -> Connections:
    """The connections that the duet remembers. Raises InputError where there are none."""
    kept = _collection(duet).get(FOUND)
    if not isinstance(kept, str):
        raise InputError("no connections have been found yet", place=duet, remedy="press Find Connections first")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "connections.npz"
        try:
            file.write_bytes(base64.b64decode(kept, validate=True))
            return Connections.load(file)
        except (binascii.Error, InputError):
            raise InputError("the kept connections are damaged", place=duet, remedy="press Find Connections again") from None


def forget_connections(duet: str) -> None:
    """Keep no connections any more."""
    collection = _collection(duet)
    if FOUND in collection:
        del collection[FOUND]


def has_connections(duet: str) -> bool:
    return FOUND in bpy.data.collections[duet]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _collection(duet: str) -> bpy.types.Collection:
    collection = bpy.data.collections.get(duet)
    if collection is None:
        raise _gone(duet)
    return collection


def _gone(duet: str) -> InputError:
    return InputError("this duet has been removed in part or whole", place=duet, remedy="import the poses again")


def armatures_of(duet: str) -> list[str]:
    """Names of the dancers' armatures, in the dancers' order. Raises InputError where one or one of its bones is gone."""
    about = about_clip(duet)
    return _armatures(duet, about["skeleton"], len(about["meta"]["dancers"]))


def _armatures(duet: str, skeleton: Skeleton, dancers: int) -> list[str]:
    found = [thing for thing in _collection(duet).all_objects if thing.type == "ARMATURE" and MARK in thing]
    if len(found) != dancers:
        raise _gone(duet)
    for thing in found:
        if sum("joint" in bone for bone in thing.data.bones) != len(skeleton):
            raise InputError("bones were added or removed", place=thing.name, remedy="import the poses again")
    return sorted(thing.name for thing in found)


def _stepped(armatures: list[str], frames: int, progress: Callable[[float], None] | None) -> NDArray[np.float32]:
    """(T, D, J, 3) the heads of the armatures' bones in the room."""
    things = [bpy.data.objects[name] for name in armatures]
    order = []
    for thing in things:
        place = {bone.name: index for index, bone in enumerate(thing.pose.bones)}
        order.append([place[name] for name in bone_names(thing)])
    positions = np.empty((frames, len(things), len(order[0]), 3), np.float32)
    heads = [np.empty((len(thing.pose.bones), 3), np.float32) for thing in things]
    # What is hidden is not evaluated.
    hidden = [thing.hide_viewport for thing in things]
    aside = bpy.data.scenes.new("Duet sampling")
    try:
        for thing in things:
            thing.hide_viewport = False
            aside.collection.objects.link(thing)
        for frame in range(frames):
            aside.frame_set(scene_frame(frame))
            graph = aside.view_layers[0].depsgraph
            for dancer, thing in enumerate(things):
                evaluated = thing.evaluated_get(graph)
                evaluated.pose.bones.foreach_get("head", heads[dancer].ravel())
                room = np.array(evaluated.matrix_world, np.float32)
                positions[frame, dancer] = (heads[dancer] @ room[:3, :3].T + room[:3, 3])[order[dancer]]
            if progress is not None and frame % 50 == 0:
                progress(frame / frames)
    finally:
        bpy.data.scenes.remove(aside)
        for thing, was in zip(things, hidden, strict=True):
            thing.hide_viewport = was
    return positions
