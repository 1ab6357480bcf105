"""Which data-blocks of a file are ours, and how a duet's old ones make way for its new ones."""

from __future__ import annotations

import bpy

MARK = "duet_connections"
"""Custom property of objects that we made; its value is the name of the duet they belong to."""


def add_object(name: str, data: bpy.types.ID | None, duet: str, collection: bpy.types.Collection) -> bpy.types.Object:
    """A new object of *duet* in *collection*. Its name may get a number where a stranger's object has the name already."""
    thing = bpy.data.objects.new(name, data)
    thing[MARK] = duet
    collection.objects.link(thing)
    return thing


def remove_objects(duet: str, prefix_free_names: tuple[str, ...]) -> None:
    """Remove the objects of *duet* so named, with the data and actions that nobody else uses."""
    for name in prefix_free_names:
        thing = bpy.data.objects.get(name)
        if thing is not None and thing.get(MARK) == duet:
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
