"""The table of confidences in the .blend: a mesh whose points are numbers, and how to read it back."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.threads import PER_ROW, Threads, fan, packed, unpacked

TAGS, GATE, CHOSEN = "tags", "gate", "chosen"


def build_table(threads: Threads, joints: int, name: str, *, gate: NDArray[np.float32], rest: NDArray[np.float32]) -> bpy.types.Mesh:
    """A mesh that holds *threads*, of dancers with *joints* joints.

    Its points hold what changes (see `duet_core.threads.packed`). It has one edge for each stored connection, which holds what does not:
    the candidate's number, the vertices of the joints' mesh it goes from and to, how it bows, its *gate* (E, 3) of filters and its mean length *rest*
    (E,) (see `duet_core.showing`), and whether it is chosen (`choose`). Its object is in no collection and never drawn; whoever refers to it keeps it in
    the file.
    """
    confidences, tags = packed(threads)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(confidences))
    mesh.vertices.foreach_set("co", confidences.ravel())
    mesh.edges.add(threads.edges)
    ends = np.arange(2 * threads.edges) % max(len(confidences), 1)
    mesh.edges.foreach_set("vertices", ends.astype(np.int32))
    fixed = {
        "edge": threads.edge,
        "source": threads.from_dancer * joints + threads.from_joint,
        "target": threads.to_dancer * joints + threads.to_joint,
    }
    for key, values in fixed.items():
        mesh.attributes.new(key, "INT", "EDGE").data.foreach_set("value", values.astype(np.int32))
    for key, vectors in (("fan", fan(threads)), (GATE, gate)):
        mesh.attributes.new(key, "FLOAT_VECTOR", "EDGE").data.foreach_set("vector", vectors.ravel())
    mesh.attributes.new("rest", "FLOAT", "EDGE").data.foreach_set("value", rest)
    mesh.attributes.new(CHOSEN, "BOOLEAN", "EDGE").data.foreach_set("value", np.ones(threads.edges, bool))
    mesh.attributes.new(TAGS, "INT", "POINT").data.foreach_set("value", tags)
    return mesh


def choose(mesh: bpy.types.Mesh, chosen: NDArray[np.bool_]) -> None:
    """Write which of the stored connections (E,) of the table *mesh* are chosen, for the filter by chosen bones: nodes cannot see what is selected."""
    if len(chosen):
        mesh.attributes[CHOSEN].data.foreach_set("value", np.ascontiguousarray(chosen, bool))
    mesh.update()


def read_filters(mesh: bpy.types.Mesh) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The gates (E, 3) and which connections are chosen (E,), as `build_table` and `choose` wrote them."""
    gate, chosen = np.ones((len(mesh.edges), 3), np.float32), np.ones(len(mesh.edges), bool)
    if len(chosen):
        mesh.attributes[GATE].data.foreach_get("vector", gate.ravel())
        mesh.attributes[CHOSEN].data.foreach_get("value", chosen)
    return gate, chosen


def read_table(
    mesh: bpy.types.Mesh, windows: int, edges: int, fps: float
) -> tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.float32]]:
    """Confidence, kind and lag (seconds), each (W, E), from the *mesh* that `build_table` made."""
    confidences = np.empty((len(mesh.vertices), PER_ROW), np.float32)
    mesh.vertices.foreach_get("co", confidences.ravel())
    tags = np.empty(len(mesh.vertices), np.int32)
    if len(tags):
        mesh.attributes[TAGS].data.foreach_get("value", tags)
    return unpacked(confidences, tags, windows, edges, fps)
