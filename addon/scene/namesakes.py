"""Duets that bear another's names: appended beside the one they were saved from, or duplicated. Each gets names of its own, by which all else finds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import bpy

from .baking import BAKED
from .captions import CAPTION
from .memory import CLIP, free_name
from .own import MARK, NAMED
from .threads import MODIFIER, get_input, set_input

_NUMBER = re.compile(r"\.\d{3,}$")
"""What Blender adds to a name that is taken."""


def settle() -> list[str]:
    """Give each duet of this file names of its own; returns the collections' names of those that got new ones."""
    bearers: dict[str, list[str]] = {}
    for collection in bpy.data.collections:
        if CLIP in collection and collection.library is None and collection.override_library is None:
            prefix = next((str(thing[MARK]) for thing in collection.all_objects if MARK in thing), None)
            if prefix is not None:
                bearers.setdefault(prefix, []).append(collection.name)
    changed = []
    for prefix, duets in bearers.items():
        # The names are those of whose objects still have the ones that we gave.
        duets.sort(key=_renamed)
        for duet in duets[1:]:
            _rename(duet, prefix)
            changed.append(duet)
    return changed


def _renamed(duet: str) -> int:
    return sum(thing.get(NAMED, thing.name) != thing.name for thing in bpy.data.collections[duet].all_objects)


def _rename(duet: str, prefix: str) -> None:
    collection = bpy.data.collections[duet]
    new = free_name(duet if not _NUMBER.search(duet) else _NUMBER.sub("", duet))
    things = [thing for thing in collection.all_objects if MARK in thing or thing.name.startswith(f"{prefix} ")]
    given = {thing.name: str(thing.get(NAMED, _NUMBER.sub("", thing.name))) for thing in things}
    own = {name: thing for thing in things for name in (given[thing.name],)}
    for thing in things:
        _part(thing, own)
    for thing in things:
        name = given[thing.name]
        thing.name = new + name[len(prefix) :] if name.startswith(prefix) else name
        if MARK in thing:
            thing[MARK], thing[NAMED] = new, thing.name
        if CAPTION in thing:
            thing[CAPTION] = new + str(thing[CAPTION])[len(prefix) :]
    for child in collection.children_recursive:
        if child.get(BAKED) == prefix:
            child[BAKED] = new


def _part(thing: bpy.types.Object, own: dict[str, bpy.types.Object]) -> None:
    """Have *thing* follow its own duet's objects alone, where a duplicate still shares nodes or a table with what it was made from."""
    for modifier in thing.modifiers:
        if modifier.type != "NODES" or modifier.node_group is None:
            continue
        strangers = [socket.default_value for socket in _objects_in(modifier.node_group)]
        if any(_counterpart(other, own) not in (None, other) for other in strangers):
            modifier.node_group = modifier.node_group.copy()
            for socket in _objects_in(modifier.node_group):
                socket.default_value = _counterpart(socket.default_value, own) or socket.default_value
    if MODIFIER in thing.modifiers and thing.modifiers[MODIFIER].node_group is not None:
        joints, table = get_input(thing, "Joints"), get_input(thing, "Table")
        if joints is not None and _counterpart(joints, own) is not None:
            set_input(thing, "Joints", _counterpart(joints, own))
        # Its users are its threads alone.
        if table is not None and table.users > 1:
            alone = table.copy()
            alone.data = table.data.copy()
            set_input(thing, "Table", alone)


def _objects_in(tree: bpy.types.NodeTree) -> Iterator[bpy.types.NodeSocket]:
    for node in tree.nodes:
        for socket in node.inputs:
            if socket.type == "OBJECT" and socket.default_value is not None:
                yield socket


def _counterpart(other: bpy.types.Object, own: dict[str, bpy.types.Object]) -> bpy.types.Object | None:
    return own.get(str(other.get(NAMED, _NUMBER.sub("", other.name))))
