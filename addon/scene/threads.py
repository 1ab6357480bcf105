"""A duet's connections as one object in the scene, and its settings."""

from __future__ import annotations

import json
from typing import Any

import bpy
import numpy as np

from ...duet_core.connections import DISPLAY_THRESHOLD, KINDS, Connections
from ...duet_core.threads import FLOOR, MOST, Threads, stored_threads
from .node_tools import get_modifier_input, modifier_input_path, set_modifier_input
from .table import build_table, read_table
from .thread_materials import thread_material
from .thread_nodes import COLOUR, thread_group

MODIFIER = "Duet Threads"
PROPERTY = "duet_connections"
"""The custom property with what the threads are, as JSON; it stays in a .blend without the add-on."""

PROPERTY_VERSION = 1


def build_threads(
    connections: Connections,
    joints_object: str,
    duet: str,
    collection: bpy.types.Collection,
    *,
    threshold: float = DISPLAY_THRESHOLD,
    top_k: int = 40,
    width: float = 0.012,
    floor: float = FLOOR,
    most: int = MOST,
    start_frame: float | None = None,
) -> str:
    """Draw *connections* between the vertices of *joints_object* and return the name of the one object that does, ``{duet} connections``.

    Args:
        joints_object: name of the mesh object with D·J vertices, number dancer · J + joint, that follow the dancers' joints.
        duet: name of the duet; an object of an earlier call for it is replaced.
        collection: where the object goes.
        threshold, top_k, width (metres): first values of the modifier inputs of these names; keyable afterwards (`set_input`).
        floor, most: which connections are stored at all (see `stored_threads`); *floor* is never above *threshold*.
        start_frame: scene frame of the clip's first frame; by default where clips start (`timing.FIRST_FRAME`).
    """
    name = f"{duet} connections"
    remove_threads(name)
    threads = stored_threads(connections, floor=min(floor, threshold), most=most)
    thing = bpy.data.objects.new(name, _seed_mesh(name))
    collection.objects.link(thing)
    table = build_table(threads, len(connections.joints), f"{duet} connections table")
    modifier = thing.modifiers.new(MODIFIER, "NODES")
    modifier.node_group = thread_group()
    given = {
        "Threshold": threshold,
        "Top K": top_k,
        "Width": width,
        "Joints": bpy.data.objects[joints_object],
        "Table": table,
        "Material": thread_material(),
        "First Centre": threads.first,
        "Spacing": threads.spacing,
        "Windows": threads.windows,
    }
    if start_frame is not None:
        given["Start Frame"] = float(start_frame)
    for key, value in given.items():
        set_input(thing, key, value)
    thing[PROPERTY] = json.dumps(_description(connections, threads), allow_nan=False)
    return thing.name


def remove_threads(name: str) -> None:
    """Remove the connections object *name* with its table, if there is one."""
    thing = bpy.data.objects.get(name)
    if thing is None:
        return
    table = get_input(thing, "Table") if MODIFIER in thing.modifiers else None
    for found in (thing, table):
        if found is not None:
            mesh = found.data
            bpy.data.objects.remove(found)
            if mesh is not None and not mesh.users:
                bpy.data.meshes.remove(mesh)


def set_input(thing: bpy.types.Object, name: str, value: Any) -> None:
    """Set the threads' modifier input *name* (``Threshold``, ``Top K``, ``Width``, ``Bow``, …) of the connections object *thing*."""
    set_modifier_input(thing.modifiers[MODIFIER], name, value)
    thing.update_tag()


def get_input(thing: bpy.types.Object, name: str) -> Any:
    """The present value of the threads' modifier input *name*."""
    return get_modifier_input(thing.modifiers[MODIFIER], name)


def input_path(thing: bpy.types.Object, name: str) -> str:
    """The data path of the input *name*, for keys and for properties in a panel."""
    return modifier_input_path(thing.modifiers[MODIFIER], name)


def read_threads(thing: bpy.types.Object) -> tuple[dict[str, Any], Threads]:
    """What the connections object *thing* was made of: its description (the custom property) and the stored connections."""
    about = json.loads(thing[PROPERTY])
    stored = about["stored"]
    edge = np.array(stored["edge"], np.int64)
    joints = len(about["joints"])
    confidence, kind, lag = read_table(get_input(thing, "Table").data, stored["windows"], len(edge), about["fps"])
    from_dancer = edge // (joints * joints)
    return about, Threads(
        edge=edge,
        from_dancer=from_dancer,
        from_joint=edge // joints % joints,
        to_dancer=1 - from_dancer,
        to_joint=edge % joints,
        first=stored["first"],
        spacing=stored["spacing"],
        confidence=confidence,
        kind=kind,
        lag=lag,
        fps=about["fps"],
    )


def _seed_mesh(name: str) -> bpy.types.Mesh:
    """A single vertex whose mesh says which colour attribute is shown (see `thread_nodes`); nothing of it is drawn."""
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(1)
    mesh.materials.append(thread_material())  # the same as the tubes': so that joining them needs no index per face
    mesh.color_attributes.new(COLOUR, "FLOAT_COLOR", "POINT")
    mesh.color_attributes.active_color = mesh.color_attributes[COLOUR]
    return mesh


def _description(connections: Connections, threads: Threads) -> dict[str, Any]:
    """What the scene says of its connections, all of it JSON."""
    return {
        "version": PROPERTY_VERSION,
        "fps": connections.fps,
        "joints": list(connections.joints),
        "kinds": list(KINDS),
        "types": list(connections.types),
        "window_start": connections.window_start.tolist(),
        "window_end": connections.window_end.tolist(),
        "meta": json.loads(json.dumps(dict(connections.meta), default=str)),
        "stored": {
            "edge": threads.edge.tolist(),
            "first": threads.first,
            "spacing": threads.spacing,
            "windows": threads.windows,
        },
    }
