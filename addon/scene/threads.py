"""A duet's connections as one object in the scene, and its settings."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.connections import DISPLAY_THRESHOLD, KINDS, Connections
from ...duet_core.errors import InputError
from ...duet_core.showing import Show, gates, hiding, mean_distances
from ...duet_core.skeletons import Skeleton
from ...duet_core.skeletons.landmarks import PARTS
from ...duet_core.threads import FLOOR, MOST, TYPES, Threads, stored_threads
from ..steps import finished
from .node_tools import get_modifier_input, get_modifier_inputs, modifier_input_path, set_modifier_input
from .own import check_version, made_as
from .table import build_table, choose, read_filters, read_table, write_gate
from .thread_inputs import DIRECTIONS, ONLY_CHOSEN, kind_input, part_input, type_input
from .thread_materials import thread_material
from .thread_nodes import is_current, remove_thread_group, thread_group
from .thread_tubes import COLOUR

MODIFIER = "Duet Threads"
PROPERTY = "duet_connections"
"""The custom property with what the threads are, as JSON; it stays in a .blend without the add-on."""

CHOSEN_BONES = "duet_chosen"
"""The custom property with the joints that somebody chose, as JSON: ``[[dancer, joint], …]``."""

HIDDEN_CONNECTIONS = "duet_hidden"
"""The custom property with the numbers of the candidates that somebody hid, as JSON."""

THREADS_OF = "duet_threads_of"
"""The custom property with the prefix of the duet whose connections it draws; older files lack it."""

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
    skeleton: Skeleton | None = None,
    positions: NDArray | None = None,
) -> str:
    """All at once: `plan_threads` and `building_threads`.

    Args:
        joints_object, duet, threshold, top_k, width, start_frame: see `building_threads`.
        collection: where the object goes.
        floor, most: which connections are stored at all (see `stored_threads`); *floor* is never above *threshold*.
        skeleton: says which body part each joint is in; by default their names do.
        positions: (T, 2, J, 3) metres, of which each connection's mean length is taken; without them nothing is known of tension.
    """
    planned = plan_threads(connections, floor=min(floor, threshold), most=most, skeleton=skeleton, positions=positions)
    return finished(
        building_threads(
            planned, joints_object, duet, collection.name, threshold=threshold, top_k=top_k, width=width, start_frame=start_frame
        )
    )


@dataclass(frozen=True)
class Planned:
    """What is drawn of connections, before anything of it is in Blender.

    Attributes:
        threads: those that are stored.
        joints: of a dancer.
        floor: the confidence that a connection has at least at some time to be stored.
        gate, rest: see `table.build_table`.
        description: what the scene says of its connections, all of it JSON.
    """

    threads: Threads
    joints: int
    floor: float
    gate: NDArray[np.float32]
    rest: NDArray[np.float32]
    description: str


def plan_threads(
    connections: Connections, *, floor: float = FLOOR, most: int = MOST, skeleton: Skeleton | None = None, positions: NDArray | None = None
) -> Planned:
    """What of *connections* is drawn; see `build_threads`. Any thread may do it."""
    from ...duet_core.explain.bodies import parts_of

    threads = stored_threads(connections, floor=floor, most=most)
    return Planned(
        threads,
        len(connections.joints),
        floor,
        gates(threads, parts_of(connections.joints, skeleton)),
        np.zeros(threads.edges, np.float32) if positions is None else mean_distances(threads, positions),
        json.dumps(_description(connections, threads, skeleton), allow_nan=False),
    )


def building_threads(
    planned: Planned,
    joints_object: str,
    duet: str,
    collection: str,
    *,
    threshold: float,
    top_k: int,
    width: float,
    start_frame: float | None = None,
) -> Generator[None, None, str]:
    """Draw what is *planned* between the vertices of *joints_object* and return the name of the one object that does, ``{duet} connections``.

    Where an earlier call made that object, it stays with everything that was set, keyed or added to it since, and gets the new connections.

    Args:
        joints_object: name of the mesh object with D·J vertices, number dancer · J + joint, that follow the dancers' joints.
        duet: name of the duet.
        collection: name of the one where the object goes.
        threshold, top_k, width (metres): values of the modifier inputs of these names; keyable afterwards (`set_input`).
        start_frame: scene frame of the clip's first frame; by default where clips start (`timing.FIRST_FRAME`).
    """
    joints = made_as(joints_object, duet)
    if joints is None:
        raise InputError("the mesh that follows the joints is gone", place=joints_object, remedy="import the poses again")
    # Somebody may have renamed it.
    name = next(
        (
            thing.name
            for thing in bpy.data.collections[collection].all_objects
            if MODIFIER in thing.modifiers and thing.get(THREADS_OF, duet) == duet
        ),
        f"{duet} connections",
    )
    thing = bpy.data.objects.get(name)
    if thing is None or MODIFIER not in thing.modifiers or not is_current(thing.modifiers[MODIFIER].node_group):
        group = yield from thread_group()
        yield
        thing = bpy.data.objects.get(name)
        if thing is None:
            thing = bpy.data.objects.new(name, _seed_mesh(name))
            thing[THREADS_OF] = duet
            thing.visible_shadow = False  # light throws no shadow on the dancers, and an ink stroke stands in no room
            bpy.data.collections[collection].objects.link(thing)
        _renew_modifier(thing, bpy.data.node_groups[group])
        yield
    thing = bpy.data.objects[name]
    table = _renew_table(thing, f"{name} table", planned)
    given = {
        "Threshold": threshold,
        "Top K": top_k,
        "Width": width,
        "Joints": joints,
        "Table": table,
        "First Centre": planned.threads.first,
        "Spacing": planned.threads.spacing,
        "Windows": planned.threads.windows,
    }
    if start_frame is not None:
        given["Start Frame"] = float(start_frame)
    for key, value in given.items():
        set_input(thing, key, value)
    thing[PROPERTY] = planned.description
    choose_joints(thing, planned.threads, chosen_joints(thing))
    hide_connections(thing, planned.threads, hidden_connections(thing))
    return name


def is_whole(thing: bpy.types.Object) -> bool:
    """Whether the connections object *thing* still has what draws: its nodes, and its table."""
    return thing.modifiers[MODIFIER].node_group is not None and get_input(thing, "Table") is not None


def _renew_modifier(thing: bpy.types.Object, new: bpy.types.NodeTree) -> None:
    """Give *thing* the modifier with the *new* node group; what was set and keyed in that of an older one is carried over by the inputs' names."""
    old = thing.modifiers.get(MODIFIER)
    values, paths = {}, {}
    if old is not None and old.node_group is not None:
        values = get_modifier_inputs(old)
        paths = {modifier_input_path(old, name): name for name in values}
        group = old.node_group
        old.node_group = None
        remove_thread_group(group)
    if old is not None:
        thing.modifiers.remove(old)
    modifier = thing.modifiers.new(MODIFIER, "NODES")
    modifier.node_group = new
    set_modifier_input(modifier, "Material", thread_material())
    known = get_modifier_inputs(modifier)
    for name, value in values.items():
        if name in known and value is not None:
            set_modifier_input(modifier, name, value)
    drivers = [thing.animation_data.drivers] if thing.animation_data else []
    for curve in [curve for curves in (*curves_of(thing), *drivers) for curve in curves]:
        if paths.get(curve.data_path) in known:
            curve.data_path = modifier_input_path(modifier, paths[curve.data_path])


def curves_of(thing: bpy.types.Object) -> list[bpy.types.ActionChannelbag]:
    """The collections of F-curves that move *thing*."""
    held = thing.animation_data
    if held is None or held.action is None:
        return []
    bags = [bag for layer in held.action.layers for strip in layer.strips for bag in strip.channelbags]
    return [bag.fcurves for bag in bags if bag.slot == held.action_slot]


def _renew_table(thing: bpy.types.Object, name: str, planned: Planned) -> bpy.types.Object:
    """The table's object of the connections object *thing*, with a new mesh."""
    mesh = build_table(planned.threads, planned.joints, name, gate=planned.gate, rest=planned.rest)
    table = get_input(thing, "Table")
    if table is None:
        return bpy.data.objects.new(name, mesh)
    old = table.data
    table.data = mesh
    if not old.users:
        old_name = old.name
        bpy.data.meshes.remove(old)
        mesh.name = old_name
    return table


def remove_threads(name: str) -> None:
    """Remove the connections object *name* with its table and node group, if there is one."""
    thing = bpy.data.objects.get(name)
    if thing is None:
        return
    modifier = thing.modifiers.get(MODIFIER)
    group = modifier.node_group if modifier is not None else None
    table = get_input(thing, "Table") if group is not None else None
    for found in (thing, table):
        if found is not None:
            mesh = found.data
            bpy.data.objects.remove(found)
            if mesh is not None and not mesh.users:
                bpy.data.meshes.remove(mesh)
    if group is not None:
        remove_thread_group(group)


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


def read_show(thing: bpy.types.Object) -> Show:
    """What the connections object *thing* shows at present: its filters as `duet_core.showing` wants them. An older group's lacking ones filter nothing."""
    return _show(get_modifier_inputs(thing.modifiers[MODIFIER]))


def read_shows(thing: bpy.types.Object, frames: range) -> list[Show]:
    """The same for each of the scene's *frames*: inputs that are keyed are as their F-curves have them there."""
    value = get_modifier_inputs(thing.modifiers[MODIFIER])
    paths = {input_path(thing, name): name for name in value}
    keyed = {
        paths[curve.data_path]: curve for curves in curves_of(thing) for curve in curves if curve.data_path in paths and not curve.mute
    }
    if not keyed:
        return [_show(value)] * len(frames)
    return [_show({**value, **{name: curve.evaluate(frame) for name, curve in keyed.items()}}) for frame in frames]


def _show(value: dict[str, Any]) -> Show:
    def on(name: str) -> bool:
        return bool(value.get(name, True))

    return Show(
        threshold=float(value["Threshold"]),
        top_k=int(value["Top K"]),
        directions=(on(DIRECTIONS[0]), on(DIRECTIONS[1])),
        kinds=tuple(on(kind_input(kind)) for kind in KINDS),
        types=tuple(on(type_input(name)) for name in TYPES),
        sources=tuple(on(part_input("From", part)) for part in PARTS),
        targets=tuple(on(part_input("To", part)) for part in PARTS),
        only_chosen=bool(value.get(ONLY_CHOSEN, False)),
    )


def chosen_joints(thing: bpy.types.Object) -> list[tuple[int, int]]:
    """The (dancer, joint) that the connections object *thing* was told to show alone, whether or not it does now; none for all."""
    try:
        return [(int(dancer), int(joint)) for dancer, joint in json.loads(thing.get(CHOSEN_BONES, "[]"))]
    except (TypeError, ValueError):
        return []


def choose_joints(thing: bpy.types.Object, threads: Threads, joints: list[tuple[int, int]]) -> int:
    """Choose the connections (of the stored *threads*) that start or end in one of *joints*, all where there are none; how many that are."""
    chosen = np.zeros(threads.edges, bool)
    for dancer, joint in joints:
        chosen |= (threads.from_dancer == dancer) & (threads.from_joint == joint)
        chosen |= (threads.to_dancer == dancer) & (threads.to_joint == joint)
    if not joints:
        chosen[:] = True
        if CHOSEN_BONES in thing:
            del thing[CHOSEN_BONES]
    else:
        thing[CHOSEN_BONES] = json.dumps(joints)
    table = get_input(thing, "Table")
    choose(table.data, chosen)
    table.update_tag()
    return int(chosen.sum())


def hidden_connections(thing: bpy.types.Object) -> list[int]:
    """The candidates' numbers that the connections object *thing* does not show, whatever the filters say."""
    try:
        return sorted({int(edge) for edge in json.loads(thing.get(HIDDEN_CONNECTIONS, "[]"))})
    except (TypeError, ValueError):
        return []


def hide_connections(thing: bpy.types.Object, threads: Threads, edges: Sequence[int]) -> None:
    """Hide the candidates *edges*, and no others, from now on, of which the stored ones are *threads*."""
    hidden = sorted(set(edges))
    if hidden:
        thing[HIDDEN_CONNECTIONS] = json.dumps(hidden)
    elif HIDDEN_CONNECTIONS in thing:
        del thing[HIDDEN_CONNECTIONS]
    table = get_input(thing, "Table")
    write_gate(table.data, hiding(read_filters(table.data)[0], np.isin(threads.edge, hidden)))
    table.update_tag()


def without_hidden(thing: bpy.types.Object | None, connections: Connections) -> Connections:
    """*connections* as *thing* may show them: those that somebody hid have no confidence."""
    hidden = hidden_connections(thing) if thing is not None else []
    hidden = [edge for edge in hidden if 0 <= edge < connections.edges]
    if not hidden:
        return connections
    confidence = connections.confidence.copy()
    confidence[:, hidden] = 0.0
    return replace(connections, confidence=confidence)


def read_gates(thing: bpy.types.Object) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The gates (E, 3) and the chosen ones (E,) of the stored connections of *thing*."""
    return read_filters(get_input(thing, "Table").data)


def read_threads(thing: bpy.types.Object) -> tuple[dict[str, Any], Threads]:
    """What the connections object *thing* was made of: its description (the custom property) and the stored connections.

    Raises:
        InputError: either was damaged, or is of a later version.
    """
    try:
        return _read_threads(thing)
    except InputError:
        raise
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, RuntimeError):
        raise InputError("what is drawn is damaged", place=thing.name, remedy="press Draw Again") from None


def _read_threads(thing: bpy.types.Object) -> tuple[dict[str, Any], Threads]:
    about = json.loads(thing[PROPERTY])
    check_version(about["version"], PROPERTY_VERSION, thing.name)
    stored = about["stored"]
    edge = np.array(stored["edge"], np.int64)
    joints = len(about["joints"])
    confidence, kind, lag, types = read_table(get_input(thing, "Table").data, stored["windows"], len(edge), about["fps"])
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
        type=types,
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


def _description(connections: Connections, threads: Threads, skeleton: Skeleton | None) -> dict[str, Any]:
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
        "balance": _balance(connections, skeleton),
        "stored": {
            "edge": threads.edge.tolist(),
            "first": threads.first,
            "spacing": threads.spacing,
            "windows": threads.windows,
        },
    }


def _balance(connections: Connections, skeleton: Skeleton | None) -> dict[str, Any]:
    """Who leads (`duet_core.explain.balance`): for each window its seconds, the first dancer's share with its interval, and who leads; and of the take."""
    from ...duet_core.explain.balance import balance
    from ...duet_core.explain.bodies import parts_of

    found = balance(connections, parts_of(connections.joints, skeleton))

    def plain(values: NDArray) -> list[float | None]:
        return [None if np.isnan(value) else round(float(value), 3) for value in values]

    overall = found.overall
    return {
        "time": [round(float(time), 3) for time in found.time],
        "share": plain(found.share),
        "low": plain(found.low),
        "high": plain(found.high),
        "leader": found.leader.tolist(),
        "overall": [overall.value, overall.low, overall.high, overall.leader],
    }
