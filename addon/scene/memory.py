"""What a duet's collection remembers in the .blend, so that connections can be found and drawn again: about its clip, and its connections.

The motion itself is not kept a second time: it is read back from the armatures, with whatever an animator has changed. Custom properties stay in a
file that is opened and saved without the add-on.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import tempfile
import zlib
from collections.abc import Generator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np

from ...duet_core.clip import Clip
from ...duet_core.connections import Connections
from ...duet_core.errors import InputError
from ...duet_core.skeletons import Skeleton
from .armature import bone_names
from .joints import JOINTS, RIG, TAILS
from .own import MARK, NAMED, check_version
from .reading import Source, sampled
from .threads import MODIFIER, is_whole
from .timing import scene_frame

if TYPE_CHECKING:
    from ...duet_core.quality import Quality

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

RIGS = ("duet_rig_a", "duet_rig_b")
"""Pointers to the armatures of others that dance the duet: so that selecting one selects the duet."""

GUEST = "duet_guest"
"""True where the duet stands in a scene that keeps its own time, to which its motion was fitted."""

HOW = "duet_how"
"""JSON: by which method, window and stride the connections were found."""

_IS_JOINTS = re.compile(rf"{JOINTS}(\.\d+)?$")

VERSION = 1

LARGEST = 32_000_000
"""Letters that the kept connections may have: more would make each undo step and each saved file slow."""


def duets(scene: bpy.types.Scene) -> list[str]:
    """Names of the collections of *scene* that hold a duet we can read back. A linked one is not among them while another bears its name."""
    found = [collection for collection in scene.collection.children_recursive if CLIP in collection]
    return list(dict.fromkeys(collection.name for collection in found if bpy.data.collections[collection.name] == collection))


def free_name(name: str) -> str:
    """*name*, with a number where a collection has it already, or where an object's name could be one of the duet's, as of "salsa" beside "salsa A"."""
    shown = [thing.name for thing in bpy.data.objects if thing.users_collection]
    number, free = 1, name
    while free in bpy.data.collections or any(other == free or other.startswith(f"{free} ") for other in shown):
        number += 1
        free = f"{name} {number}"
    return free


def duet_of(thing: bpy.types.Object | None, scene: bpy.types.Scene) -> str | None:
    """Name of the duet's collection that *thing* belongs to or is an armature of, or of the first in *scene*; None where there is no duet."""
    names = duets(scene)
    if thing is not None and len(names) > 1:
        for name in names:
            if bpy.data.collections[name].all_objects.get(thing.name) == thing:
                return name
        for name in names:
            if thing in [bpy.data.collections[name].get(key) for key in RIGS]:
                return name
        for name in names:  # moved to a collection of somebody's own
            if MARK in thing and any(other.get(MARK) == thing[MARK] for other in bpy.data.collections[name].objects):
                return name
    return names[0] if names else None


def prefix_of(duet: str) -> str:
    """What the names of the duet's objects begin with; a renamed collection does not change it."""
    ours = [thing for thing in _collection(duet).all_objects if MARK in thing]
    for thing in sorted(ours, key=lambda thing: thing.type != "ARMATURE"):
        return str(thing[MARK])
    raise _gone(duet)


def threads_of(duet: str) -> bpy.types.Object | None:
    """The object that draws the duet's connections, if they are drawn, with its nodes and its table. Not to be kept."""
    for thing in bpy.data.collections[duet].all_objects:
        if MODIFIER in thing.modifiers and is_whole(thing):
            return thing
    return None


def remember_clip(duet: str, clip: Clip, start: int | None = None) -> None:
    """Keep what the armatures do not tell of *clip*, which begins at the scene frame *start* (by default where clips begin)."""
    collection = bpy.data.collections[duet]
    about = {"version": VERSION, "skeleton": clip.skeleton.to_json(), "fps": clip.fps, "frames": clip.frames, "meta": dict(clip.meta)}
    if start is not None:
        about["start"] = start
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


def forget_emptied(files: Sequence[Path]) -> None:
    """Remove the collections of duets from just these *files* of which somebody has deleted every object: there is nothing left to update."""
    wanted = _file_names(files)
    for collection in [each for each in bpy.data.collections if each.get(FILES) == wanted and each.library is None]:
        if not collection.all_objects:
            bpy.data.collections.remove(collection)


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
    """The kept facts of the clip: ``skeleton`` (a `Skeleton`), ``fps``, ``frames``, ``meta``. Raises InputError where they are gone, or of a later version."""
    try:
        about = _read_about(_collection(duet)[CLIP])
    except (KeyError, ValueError, TypeError):
        raise _gone(duet) from None
    check_version(about["version"], VERSION, duet)
    return {**about, "meta": dict(about["meta"])}


@lru_cache(maxsize=8)
def _read_about(text: str) -> dict[str, Any]:
    """What `CLIP` says: read once, since the panel asks at each drawing."""
    about = json.loads(text)
    version = int(about.get("version", 0))
    if version > VERSION:  # whatever else it holds
        return {"version": version}
    list(about["meta"]["dancers"])
    known = {
        "version": version,
        "skeleton": Skeleton.from_json(about["skeleton"]),
        "fps": float(about["fps"]),
        "frames": int(about["frames"]),
    }
    return {**about, **known, "meta": dict(about["meta"])}


def recall_clip(duet: str) -> Clip:
    """The duet's clip as its armatures now dance it; what the source did not know stays unknown. See `Recall`, which does not do it all at once."""
    recall = Recall(duet)
    for _ in recall.steps():
        pass
    return recall.clip


class Recall:
    """The duet's clip as its armatures now dance it, read step by step: `steps` to its end, then `clip`.

    Raises:
        InputError: an armature or one of its bones is gone.
    """

    def __init__(self, duet: str) -> None:
        self._about = about_clip(duet)
        self._sources = sources_of(duet)
        frames, joints = int(self._about["frames"]), len(self._about["skeleton"])
        try:
            kept = np.frombuffer(zlib.decompress(base64.b64decode(_collection(duet)[CONFIDENCE])), np.uint8)
            self._sure = kept.reshape(frames, len(self._sources), joints)
        except (KeyError, ValueError, TypeError, zlib.error):
            raise _gone(duet) from None
        self._start = first_frame(duet)

    def steps(self) -> Generator[float, None, None]:
        """Read frame by frame, yielding the share done."""
        frames = len(self._sure)
        positions = yield from sampled(self._sources, range(self._start, self._start + frames))
        positions[self._sure == 0] = np.nan
        about = self._about
        self.clip = Clip(positions, float(about["fps"]), about["skeleton"], self._sure.astype(np.float32) / 255, about["meta"])


def packed_connections(connections: Connections) -> str:
    """*connections* as `remember_connections` keeps them, with values to about 1/1000 (a quarter of the exact ones' size). Any thread may do it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "connections.npz"
        connections.rounded().save(file)
        return _text(file.read_bytes())


def remember_connections(duet: str, connections: Connections, packed: str | None = None) -> None:
    """Keep *connections* in the file, every candidate of every window, as *packed* (`packed_connections`) where that is made already.

    What an hour of dance would add (over `LARGEST`) is not kept; what is drawn stays, and can be found again.
    """
    text = packed_connections(connections) if packed is None else packed
    collection = _collection(duet)
    if len(text) <= LARGEST:
        collection[FOUND] = text
    elif FOUND in collection:
        del collection[FOUND]


def recall_connections(duet: str) -> Connections:
    """The connections that the duet remembers. Raises InputError where there are none."""
    return unpacked_connections(duet, kept_connections(duet))


def kept_connections(duet: str) -> str:
    """The text that keeps the connections (`packed_connections`). Raises InputError where there are none."""
    kept = _collection(duet).get(FOUND)
    if not isinstance(kept, str):
        raise InputError("no connections have been found yet", place=duet, remedy="press Find Connections first")
    return kept


def unpacked_connections(duet: str, kept: str) -> Connections:
    """What `packed_connections` packed for *duet*; any thread may do it. Raises InputError where it is damaged."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "connections.npz"
        try:
            file.write_bytes(base64.b64decode(kept, validate=True))
            return Connections.load(file)
        except (binascii.Error, InputError):
            raise InputError("the kept connections are damaged", place=duet, remedy="press Find Connections again") from None


def forget_connections(duet: str) -> None:
    """Keep no connections any more, nor how they were found."""
    collection = _collection(duet)
    for key in (FOUND, HOW):
        if key in collection:
            del collection[key]


def remember_how(duet: str, method: str, window: int | None, stride: int | None) -> None:
    """Keep how the connections were found: *method* as `infer` wants it, *window* and *stride* in frames or None."""
    _collection(duet)[HOW] = json.dumps({"method": method, "window": window, "stride": stride})


def how_found(duet: str) -> dict[str, Any] | None:
    """``method``, ``window`` and ``stride`` by which the duet's connections were found; None where nobody has kept that."""
    try:
        how = json.loads(_collection(duet)[HOW])
        return {key: how[key] for key in ("method", "window", "stride")}
    except (KeyError, ValueError, TypeError):
        return None


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
    return [source.armature for source in sources_of(duet)]


def sources_of(duet: str) -> list[Source]:
    """Where the dancers' joints are read, in the dancers' order: our own armatures, or those that somebody chose.

    Raises:
        InputError: an armature or one of its bones is gone.
    """
    about = about_clip(duet)
    joints, dancers = len(about["skeleton"]), len(about["meta"]["dancers"])
    chosen = chosen_rigs(duet)
    if chosen:
        return chosen
    # Those that the joints' meshes follow: whatever they are called now, whichever collection they are in, and whoever made copies of them.
    parts = [thing for thing in _collection(duet).all_objects if _IS_JOINTS.search(str(thing.get(NAMED, "")))]
    by_made_name = sorted(parts, key=lambda thing: str(thing[NAMED]))
    found = [thing.parent for thing in by_made_name if thing.parent is not None and thing.parent.type == "ARMATURE"]
    if len(found) != dancers:
        raise _gone(duet)
    for thing in found:
        if sum("joint" in bone for bone in thing.data.bones) != joints:
            raise InputError("bones were added or removed", place=thing.name, remedy="import the poses again")
    return [Source(thing.name, tuple(bone_names(thing)), (False,) * joints) for thing in found]


def chosen_rigs(duet: str) -> list[Source]:
    """The armatures of others that dance the duet, in the dancers' order; empty for a duet whose armatures are ours. Raises InputError."""
    parts = sorted((thing for thing in _collection(duet).all_objects if RIG in thing), key=lambda thing: int(thing[RIG]))
    sources = []
    for part in parts:
        hooks = [modifier for modifier in part.modifiers if modifier.type == "HOOK"]
        armature = hooks[0].object if hooks else None
        if armature is None or armature.type != "ARMATURE":
            raise InputError("an armature that was chosen is gone", place=duet, remedy="choose the armatures again")
        sources.append(Source(armature.name, tuple(hook.subtarget for hook in hooks), tuple(bool(tail) for tail in part[TAILS])))
    return sources


def first_frame(duet: str) -> int:
    """The scene frame at which the duet's clip begins."""
    return int(about_clip(duet).get("start", scene_frame(0)))
