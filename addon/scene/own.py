"""Which data-blocks of a file are ours, and how a duet's old ones make way for its new ones."""

from __future__ import annotations

import bpy

from ...duet_core.errors import InputError

MARK, NAMED = "duet", "duet_object"
"""Custom properties of objects that we made: the duet they belong to, and the name they got. A copy that somebody made has another name."""


def add_object(name: str, data: bpy.types.ID | None, duet: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A new object of *duet* in *collection*. Its name gets a number where a stranger's object has the name already."""
    thing = bpy.data.objects.new(name, data)
    thing[MARK], thing[NAMED] = duet, thing.name
    collection.objects.link(thing)
    return thing


def made_as(name: str, duet: str) -> bpy.types.Object | None:
    """The object of *duet* that was made under *name*, whatever somebody has called it since. Not to be kept."""
    found = bpy.data.objects.get(name)
    if found is None:
        found = next((thing for thing in bpy.data.objects if thing.get(MARK) == duet and thing.get(NAMED) == name), None)
    return found


def remove_objects(duet: str, names: tuple[str, ...]) -> None:
    """Remove the objects of *duet* that were made under *names*, with the data and actions that nobody else uses."""
    for thing in list(bpy.data.objects):
        ours = thing.get(MARK) == duet and thing.get(NAMED) == thing.name
        if ours and (thing.name in names or thing.name.rpartition(".")[0] in names):
            remove_object(thing)


def remove_object(thing: bpy.types.Object) -> None:
    """Remove *thing*, and its data, materials and action where nobody else uses them."""
    data = thing.data
    actions = [owner.animation_data.action for owner in (thing, data) if owner is not None and owner.animation_data]
    materials = [slot.material for slot in thing.material_slots if slot.material]
    nodes = [modifier.node_group for modifier in thing.modifiers if modifier.type == "NODES" and modifier.node_group]
    bpy.data.objects.remove(thing)
    bpy.data.batch_remove([x for x in (data, *actions) if x is not None and x.users == 0])
    bpy.data.batch_remove([x for x in {*materials, *nodes} if x.users == 0])


def check_version(found: int, known: int, place: str) -> None:
    """Raise InputError where *found*, the version in which a file keeps something, is later than *known*, the last one that this extension reads."""
    if found > known:
        raise InputError("this was made by a later version of Duet Connections", place=place, remedy="update the extension")
