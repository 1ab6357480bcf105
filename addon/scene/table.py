"""The table of confidences in the .blend: a mesh whose points are numbers, and how to read it back."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.threads import GOLDEN, PER_ROW, Threads, fan, packed, unpacked

TAGS, TYPE, GATE, CHOSEN, LINK = "tags", "type", "gate", "chosen", "link"

LINK_SOURCE, LINK_TARGET, LINK_EDGE, LINK_DANCER, LINK_UP, LINK_LEFT, LINK_FAR, LINK_PHASE, LINK_SHARE, LINK_UNKNOWN = range(10)
"""What the numbers of the matrix `LINK` are: all that one thread needs to know of itself is read by one node, because each node costs time at every frame.

The vertices of the joints' mesh it goes from and to; the candidate's number; the dancer it comes from; how it bows (`duet_core.threads.fan`: upwards,
to the left, how far); when its pulses start, as a share of their period; and for its tension one over its mean length (0 where unknown), and 1 where
that is unknown.
"""


def build_table(threads: Threads, joints: int, name: str, *, gate: NDArray[np.float32], rest: NDArray[np.float32]) -> bpy.types.Mesh:
    """A mesh that holds *threads*, of dancers with *joints* joints.

    Its points hold what changes (see `duet_core.threads.packed`). It has one edge for each stored connection, which holds what does not:
    its *gate* (E, 3) of filters, whether it is chosen (`choose`), and the matrix `LINK`, for which its mean length *rest* (E,) is wanted (see
    `duet_core.showing`). Its object is in no collection and never drawn; whoever refers to it keeps it in the file.
    """
    confidences, tags, types = packed(threads)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(confidences))
    mesh.vertices.foreach_set("co", confidences.ravel())
    mesh.edges.add(threads.edges)
    ends = np.arange(2 * threads.edges) % max(len(confidences), 1)
    mesh.edges.foreach_set("vertices", ends.astype(np.int32))
    mesh.attributes.new(LINK, "FLOAT4X4", "EDGE").data.foreach_set("value", _links(threads, joints, rest).ravel())
    mesh.attributes.new(GATE, "FLOAT_VECTOR", "EDGE").data.foreach_set("vector", gate.ravel())
    mesh.attributes.new(CHOSEN, "BOOLEAN", "EDGE").data.foreach_set("value", np.ones(threads.edges, bool))
    mesh.attributes.new(TAGS, "INT", "POINT").data.foreach_set("value", tags)
    mesh.attributes.new(TYPE, "INT8", "POINT").data.foreach_set("value", types)
    return mesh


def _links(threads: Threads, joints: int, rest: NDArray[np.float32]) -> NDArray[np.float32]:
    """(E, 16) the matrices `LINK`."""
    links = np.zeros((threads.edges, 16), np.float32)
    links[:, LINK_SOURCE] = threads.from_dancer * joints + threads.from_joint
    links[:, LINK_TARGET] = threads.to_dancer * joints + threads.to_joint
    links[:, LINK_EDGE], links[:, LINK_DANCER] = threads.edge, threads.from_dancer
    links[:, LINK_UP : LINK_FAR + 1] = fan(threads)
    links[:, LINK_PHASE] = (threads.edge * GOLDEN) % 1.0
    known = rest > 0
    links[known, LINK_SHARE] = 1.0 / rest[known]
    links[:, LINK_UNKNOWN] = ~known
    return links


def choose(mesh: bpy.types.Mesh, chosen: NDArray[np.bool_]) -> None:
    """Write which of the stored connections (E,) of the table *mesh* are chosen, for the filter by chosen bones: nodes cannot see what is selected."""
    if len(chosen):
        mesh.attributes[CHOSEN].data.foreach_set("value", np.ascontiguousarray(chosen, bool))
    mesh.update()


def write_gate(mesh: bpy.types.Mesh, gate: NDArray[np.float32]) -> None:
    """Write other gates (E, 3) into the table *mesh*."""
    if len(gate):
        mesh.attributes[GATE].data.foreach_set("vector", np.ascontiguousarray(gate, np.float32).ravel())
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
) -> tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.float32], NDArray[np.int8]]:
    """Confidence, kind, lag (seconds) and type, each (W, E), from the *mesh* that `build_table` made; an older version's table has no types."""
    confidences = np.empty((len(mesh.vertices), PER_ROW), np.float32)
    mesh.vertices.foreach_get("co", confidences.ravel())
    tags, types = np.empty(len(mesh.vertices), np.int32), np.zeros(len(mesh.vertices), np.int8)
    if len(tags):
        mesh.attributes[TAGS].data.foreach_get("value", tags)
        if TYPE in mesh.attributes:
            mesh.attributes[TYPE].data.foreach_get("value", types)
    return unpacked(confidences, tags, types, windows, edges, fps)
