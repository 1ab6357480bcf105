"""A duet's moments in Blender's own terms: selected bones, markers on the timeline, F-curves. All of it stays in a file opened without the add-on."""

from __future__ import annotations

import json
from collections.abc import Sequence

import bpy
import numpy as np

from ...duet_core.errors import InputError
from ..names import short
from .keys import own_action, write_curve
from .memory import recall_connections, sources_of
from .moment import stored_of
from .reading import Source
from .thread_inputs import ONLY_CHOSEN
from .threads import choose_joints, curves_of, get_input, hidden_connections, hide_connections, set_input, without_hidden

MARKERS = "duet_markers"
"""The collection's custom property with the names of the markers that we set, as JSON."""

GRAPHS = "duet_graphs"
"""The connections object's custom property with the names of the properties that we keyed, as JSON."""

_ON_POSE = "select" in bpy.types.PoseBone.bl_rna.properties
"""Since 5.0 the pose has the selection, before that the armature."""


def select_connection(duet: str, thing: bpy.types.Object, number: int) -> None:
    """Select the two bones of stored connection *number*, alone, in both armatures, and make the source's the active one."""
    threads = stored_of(thing).threads
    target, source = (
        (int(dancers[number]), int(joints[number]))
        for dancers, joints in ((threads.to_dancer, threads.to_joint), (threads.from_dancer, threads.from_joint))
    )
    select_joints(sources_of(duet), (target, source))


def select_joints(sources: Sequence[Source], ends: Sequence[tuple[int, int]]) -> None:
    """Select the bones of *ends*, each (dancer, joint), alone among those of *sources*; the last one becomes the active one."""
    objects = bpy.context.view_layer.objects
    for source in sources:
        for bone in bpy.data.objects[source.armature].pose.bones:
            _set_selected(bone, False)
    if bpy.context.mode == "OBJECT":
        for other in objects:
            other.select_set(False)
    for dancer, joint in ends:
        armature = bpy.data.objects[sources[dancer].armature]
        bone = armature.pose.bones[sources[dancer].bones[joint]]
        _set_selected(bone, True)
        armature.data.bones.active = bone.bone
        if armature.name in objects and not armature.hide_select:
            armature.select_set(True)
            if bpy.context.mode == "OBJECT":
                objects.active = armature


def selected_joints(duet: str) -> list[tuple[int, int]]:
    """The (dancer, joint) whose bones are selected in the duet's armatures."""
    return [
        (dancer, joint)
        for dancer, source in enumerate(sources_of(duet))
        for joint, bone in enumerate(source.bones)
        if _is_selected(bpy.data.objects[source.armature].pose.bones.get(bone), source)
    ]


def choose_selected(duet: str, thing: bpy.types.Object) -> int:
    """Draw only the connections of the bones that are selected now, and say how many are stored of those. Raises InputError where none is selected."""
    joints = selected_joints(duet)
    if not joints:
        raise InputError("no bone of the dancers is selected", place=duet, remedy="select bones in Pose Mode, or a connection in the list")
    count = choose_joints(thing, stored_of(thing).threads, joints)
    set_input(thing, ONLY_CHOSEN, True)
    return count


def choose_all(thing: bpy.types.Object) -> None:
    """Draw the connections of all bones again."""
    choose_joints(thing, stored_of(thing).threads, [])
    set_input(thing, ONLY_CHOSEN, False)


def hide(thing: bpy.types.Object, number: int, *, both: bool) -> None:
    """Hide stored connection *number*, with *both* also the one that goes the other way."""
    threads = stored_of(thing).threads
    joints = len(stored_of(thing).joints)
    edges = [int(threads.edge[number])]
    if both:
        back = (int(threads.to_dancer[number]) * joints + int(threads.to_joint[number])) * joints + int(threads.from_joint[number])
        edges.append(back)
    hide_connections(thing, threads, [*hidden_connections(thing), *edges])


def show_hidden(thing: bpy.types.Object) -> int:
    """Show again all that `hide` hid; how many there were."""
    count = len(hidden_connections(thing))
    hide_connections(thing, stored_of(thing).threads, [])
    return count


def _set_selected(bone: bpy.types.PoseBone, on: bool) -> None:
    if _ON_POSE:
        bone.select = on
    else:
        bone.bone.select = on


def _is_selected(bone: bpy.types.PoseBone | None, source: Source) -> bool:
    return bone is not None and bool(bone.select if _ON_POSE else bone.bone.select)


def add_markers(duet: str, thing: bpy.types.Object, scene: bpy.types.Scene, most: int) -> list[str]:
    """Set markers for the *most* strongest moments in place of those that we set before; their names."""
    from ...duet_core.explain import explain
    from ...duet_core.explain.phrases import strongest
    from ...duet_core.explain.words import label

    remove_markers(duet, scene)
    connections = without_hidden(thing, recall_connections(duet))
    told = explain(connections, threshold=float(get_input(thing, "Threshold")))
    names = []
    for phrase in strongest(told.phrases, most):
        edges = list(phrase.edges)
        within = [w for w, c in enumerate(connections.centres) if phrase.start <= (c + 0.5) / connections.fps <= phrase.end]
        windows = within or [int(np.abs(connections.centres / connections.fps - (phrase.start + phrase.end) / 2).argmin())]
        best = windows[int(connections.confidence[np.ix_(windows, edges)].max(axis=1).argmax())]
        frame = round(float(connections.centres[best]) + float(get_input(thing, "Start Frame")))
        marker = scene.timeline_markers.new(short(label(phrase, told.wording)), frame=frame)
        names.append(marker.name)
    bpy.data.collections[duet][MARKERS] = json.dumps(names)
    return names


def remove_markers(duet: str, scene: bpy.types.Scene) -> int:
    """Remove the markers that `add_markers` set, wherever they were moved meanwhile; how many there were."""
    removed = 0
    for name in markers_of(duet):
        marker = scene.timeline_markers.get(name)
        if marker is not None:
            scene.timeline_markers.remove(marker)
            removed += 1
    if MARKERS in bpy.data.collections[duet]:
        del bpy.data.collections[duet][MARKERS]
    return removed


def markers_of(duet: str) -> list[str]:
    """Names of the markers that we set for the duet."""
    return _names(bpy.data.collections[duet], MARKERS)


def draw_graph(thing: bpy.types.Object, number: int) -> str:
    """Key the confidence of stored connection *number* over time as a custom property of *thing*, for the Graph Editor, and return the property's name."""
    stored = stored_of(thing)
    threads, name = stored.threads, short(stored.name(number))
    frames = float(get_input(thing, "Start Frame")) + threads.first + threads.spacing * np.arange(threads.windows)
    thing[name] = 0.0
    thing.id_properties_ui(name).update(min=0.0, max=1.0, description="Confidence that this connection is real")
    path = f'["{bpy.utils.escape_identifier(name)}"]'
    write_curve(own_action(thing, f"{thing.name} graphs"), thing, path, 0, frames, threads.confidence[:, number], "Connections")
    thing[GRAPHS] = json.dumps(list(dict.fromkeys([*graphs_of(thing), name])))
    thing.update_tag()
    return name


def remove_graphs(thing: bpy.types.Object) -> int:
    """Remove what `draw_graph` keyed; how many there were."""
    names = graphs_of(thing)
    paths = {f'["{bpy.utils.escape_identifier(name)}"]' for name in names}
    for curves in curves_of(thing):
        for curve in [curve for curve in curves if curve.data_path in paths]:
            curves.remove(curve)
    for name in [*names, GRAPHS]:
        if name in thing:
            del thing[name]
    return len(names)


def graphs_of(thing: bpy.types.Object) -> list[str]:
    """Names of the properties with a graph."""
    return _names(thing, GRAPHS)


def _names(owner: bpy.types.ID, key: str) -> list[str]:
    try:
        return [str(name) for name in json.loads(owner.get(key, "[]"))]
    except (TypeError, ValueError):
        return []
