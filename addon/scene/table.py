"""The table of confidences in the .blend: a mesh whose points are numbers, and how to read it back."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.threads import PER_ROW, Threads, fan, packed, unpacked

TAGS = "tags"


def build_table(threads: Threads, joints: int, name: str) -> bpy.types.Object:
    """A mesh object, in no collection, that holds *threads*, of dancers with *joints* joints.

    Its points hold what changes (see `duet_core.threads.packed`). It has one edge for each stored connection, which holds what does not:
    the candidate's number, the vertices of the joints' mesh it goes from and to, and how it bows. Whoever refers to it keeps it in the
    file; it is never drawn.
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
    mesh.attributes.new("fan", "FLOAT_VECTOR", "EDGE").data.foreach_set("vector", fan(threads).ravel())
    mesh.attributes.new(TAGS, "INT", "POINT").data.foreach_set("value", tags)
    return bpy.data.objects.new(name, mesh)


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
