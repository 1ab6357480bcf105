"""What the dancers' bones look like: a few small meshes that all bones of all duets share, by the part of the body. They are never rendered."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.skeletons import Skeleton
from ...duet_core.skeletons.landmarks import landmark_of

MARK = "duet_bone_shape"
"""The custom property of a shape: its kind."""

VERSION = 2

_SIDES = 6

# Each kind's outline: rings along the bone (0 at its head, 1 at its tail), each with its half width and half depth, in lengths of the bone.
_OUTLINES: dict[str, tuple[tuple[float, float, float], ...]] = {
    "limb": ((0.0, 0.0, 0.0), (0.02, 0.05, 0.05), (0.16, 0.085, 0.085), (0.55, 0.06, 0.06), (0.95, 0.035, 0.035), (1.0, 0.0, 0.0)),
    "trunk": ((0.0, 0.0, 0.0), (0.04, 0.2, 0.12), (0.5, 0.3, 0.17), (0.96, 0.2, 0.12), (1.0, 0.0, 0.0)),
    "hips": ((-0.35, 0.0, 0.0), (-0.3, 0.35, 0.25), (0.15, 0.6, 0.38), (0.7, 0.4, 0.27), (1.02, 0.34, 0.22), (1.05, 0.0, 0.0)),
    "head": ((-0.05, 0.0, 0.0), (0.05, 0.22, 0.24), (0.4, 0.4, 0.44), (0.75, 0.36, 0.4), (0.97, 0.18, 0.2), (1.02, 0.0, 0.0)),
    "hand": ((0.0, 0.0, 0.0), (0.05, 0.1, 0.06), (0.55, 0.26, 0.09), (0.95, 0.14, 0.05), (1.0, 0.0, 0.0)),
    # So thick that the fill and not the outline is seen at rest distance, and over its ends, since fingers start beside the hand's bone.
    "finger": ((-0.3, 0.0, 0.0), (-0.2, 0.24, 0.22), (0.4, 0.32, 0.3), (1.05, 0.26, 0.24), (1.15, 0.0, 0.0)),
    "foot": ((-0.1, 0.0, 0.0), (-0.06, 0.13, 0.12), (0.3, 0.16, 0.13), (0.9, 0.2, 0.06), (1.0, 0.0, 0.0)),
}


def shape_kinds(skeleton: Skeleton) -> list[str]:
    """For each joint the kind of shape that its bone has."""
    kinds = [_kind(landmark_of(name), part) for name, part in zip(skeleton.joints, skeleton.parts, strict=True)]
    crown, jaw = skeleton.index("head"), skeleton.index("jaw")
    if crown is not None and jaw is not None and skeleton.parents[crown] == jaw:
        kinds[jaw], kinds[crown] = "head", "limb"  # the skull is between the two
    return kinds


def _kind(place: str, part: str) -> str:
    if place == "pelvis":
        return "hips"
    if place == "head":
        return "head"
    if part == "torso":
        return "trunk"
    if part.endswith("hand"):
        return "hand" if place.endswith(("wrist", "hand")) else "finger"
    return "foot" if place.endswith(("ankle", "foot", "heel")) else "limb"


def bone_shape(kind: str) -> bpy.types.Object:
    """The shape of this *kind*, made if the file has none; for immediate use, keep the name. It is in no collection: what refers to it keeps it."""
    mark = f"{kind} {VERSION}"
    for thing in bpy.data.objects:
        if thing.get(MARK) == mark and thing.library is None:
            return thing
    points, faces = _spindle(np.array(_OUTLINES[kind]))
    mesh = bpy.data.meshes.new(f"Duet Bone {kind}")
    mesh.from_pydata(points.tolist(), [], faces)
    thing = bpy.data.objects.new(mesh.name, mesh)
    thing[MARK] = mark
    thing.hide_render = True
    return thing


def _spindle(outline: NDArray[np.float64]) -> tuple[NDArray[np.float64], list[tuple[int, ...]]]:
    """Points and faces around the bone's own axis (y), from the rings of *outline*: (R, 3) place along it, half width (x) and half depth (z)."""
    angle = np.arange(_SIDES) * 2 * np.pi / _SIDES
    rings = [np.column_stack([wide * np.cos(angle), np.full(_SIDES, along), deep * np.sin(angle)]) for along, wide, deep in outline[1:-1]]
    points = np.concatenate([[[0.0, outline[0, 0], 0.0]], *rings, [[0.0, outline[-1, 0], 0.0]]])
    last, beside = len(points) - 1, np.roll(np.arange(_SIDES), -1)
    faces: list[tuple[int, ...]] = []
    for side, other in enumerate(beside.tolist()):
        faces.append((0, 1 + side, 1 + other))
        for ring in range(len(rings) - 1):
            first = 1 + ring * _SIDES
            faces.append((first + side, first + _SIDES + side, first + _SIDES + other, first + other))
        faces.append((last, last - _SIDES + other, last - _SIDES + side))
    return points, faces
