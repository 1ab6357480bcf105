"""What a .blend's data are at a moment, so that two moments can be held against each other: every data-block, every property, every array.

Runs inside any Blender (no pytest, no add-on needed). A digest is a flat dictionary from a place ("objects/Cube.location") to a text or to the hash of
an array; `differences` says what changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import bpy
import numpy as np

Digest = dict[str, str]

LEFT_OUT = {
    "window_managers",
    "screens",
    "workspaces",
    "brushes",
    "palettes",
    "libraries",
    "texts",
    "fonts",
    "linestyles",
    "paint_curves",
    "cache_files",
    "all_ids",
}
"""Collections of bpy.data that are the user interface's, or that undo leaves alone."""

SELDOM = {"node_groups", "materials", "worlds", "lights", "curves", "armatures"}
"""What operators seldom change, and takes half of the time."""

PASSING = {
    "active_clip", "all_objects", "asset_data", "bl_icon", "bl_idname", "bl_rna", "bound_box", "children_recursive", "color_tag",
    "colorspace_settings", "cursor", "debug_options", "depsgraph", "dimensions", "dimensions_area", "display", "execution_time",
    "frame_float", "frame_subframe", "grease_pencil_settings", "id_data", "internal_links", "is_embedded_data", "is_evaluated",
    "is_evaluated_data", "is_missing", "is_runtime_data", "is_updated", "is_updated_data", "is_valid", "keying_sets_all", "library",
    "linear_colorspace_settings", "location_absolute", "matrix_basis", "matrix_channel", "matrix_local", "matrix_world", "name_full",
    "objects_recursive", "original", "owner", "persistent_uid", "preview", "rigidbody_world", "rna_type", "select_icon",
    "sequencer_colorspace_settings", "session_uid", "show_expanded", "statistics", "tag", "tool_settings", "users", "users_collection",
    "users_scene", "vertex_paint_object", "warning_propagation",
}  # fmt: skip
"""Properties that follow from others, that only runtime has, or that belong to the window."""

PASSING_OF = {
    "Scene": {"objects", "eevee", "cycles", "view_layers", "display_settings"},
    "PoseBone": {"head", "tail", "length", "center", "vector", "matrix", "children"},
    "Bone": {"children", "collections"},
}
"""The same, of some types."""

ELSEWHERE = ("active", "parent", "bone", "from_", "to_", "action_slot", "last_")
"""Pointers to what is walked at another place: told by its name."""

MANY = 200
"""Above so many items a list of plain structs is read as arrays."""

DEEPEST = 7


def digest(*, thorough: bool = True) -> Digest:
    """Everything about the local data-blocks; without what *thorough* alone asks for (`SELDOM`)."""
    found: Digest = {}
    for kind in [prop.identifier for prop in bpy.data.bl_rna.properties]:
        blocks = getattr(bpy.data, kind)
        if kind in LEFT_OUT or (kind in SELDOM and not thorough) or not isinstance(blocks, bpy.types.bpy_prop_collection):
            continue
        for block in blocks:
            if block.library is None:
                _Walk(found, thorough).struct(block, f"{kind}/{block.name}:", 0)
    return found


def differences(before: Digest, after: Digest, most: int = 8, *, among: Callable[[str], bool] = lambda place: True) -> list[str]:
    """What is not the same, at most so many lines, and *among* certain places alone."""
    said = [
        f"{place}: {before.get(place, 'nothing')[:60]} → {after.get(place, 'nothing')[:60]}"
        for place in sorted({place for place, _ in before.items() ^ after.items()})
        if among(place)
    ]
    return said[:most] + ([f"and {len(said) - most} more"] if len(said) > most else [])


def places_of(duet: str) -> Callable[[str], bool]:
    """Which places of a digest are of the duet called *duet*: its collection, all that bears its name, and the materials and nodes that it uses.

    How something that is keyed stands at this frame follows from its keys, and the frame is the scene's.
    """
    used = {block for thing in bpy.data.collections[duet].all_objects for block in _used_by(thing)}
    own = tuple(f"{'materials' if isinstance(block, bpy.types.Material) else 'node_groups'}/{block.name}:" for block in used)
    own += tuple(f"{kind}/{duet}" for kind in BEARING)
    keyed = [thing.name for thing in bpy.data.collections[duet].all_objects if thing.animation_data and thing.animation_data.action]
    moving = tuple(f"objects/{name}:.{path}" for name in keyed for path in ("location", "rotation", "scale", "pose.bones["))
    return lambda place: place.startswith(own) and not place.startswith(moving)


BEARING = ("objects", "collections", "meshes", "armatures", "actions", "materials", "node_groups", "curves", "cameras", "lights", "images")


def _used_by(thing: bpy.types.Object) -> Iterator[bpy.types.ID]:
    yield from (slot.material for slot in thing.material_slots if slot.material is not None)
    yield from (modifier.node_group for modifier in thing.modifiers if modifier.type == "NODES" and modifier.node_group is not None)


def _name(block: Any) -> str:
    return f"{type(block).__name__}/{block.name}" if isinstance(block, bpy.types.ID) else ""


class _Walk:
    """Through one data-block, each of its structs once."""

    def __init__(self, found: Digest, thorough: bool) -> None:
        self.found, self.thorough = found, thorough
        self.seen: set[tuple[str, int]] = set()

    def struct(self, thing: Any, place: str, depth: int) -> None:
        """Every property of the struct *thing*, below *place*."""
        key = type(thing).__name__, thing.as_pointer()
        if depth > DEEPEST or key in self.seen:
            return
        self.seen.add(key)
        found = self.found
        if isinstance(thing, bpy.types.FCurve) and not self.thorough:
            places = np.empty(2 * len(thing.keyframe_points), np.float32)
            thing.keyframe_points.foreach_get("co", places)
            found[f"{place} {thing.data_path} {thing.array_index}"] = _numbers(places)
            return
        _custom(thing, place, found)
        if isinstance(thing, bpy.types.Mesh):
            _mesh(thing, place, found)
            return
        for name, kind in _properties(thing):
            try:
                value = getattr(thing, name)
            except Exception:
                continue  # some properties exist for some kinds alone
            if kind == "POINTER":
                self.pointer(value, f"{place}.{name}", depth)
            elif kind == "COLLECTION":
                self.list(value, f"{place}.{name}", depth)
            elif kind == "ARRAY":
                found[f"{place}.{name}"] = _numbers(np.array(value))
            else:
                found[f"{place}.{name}"] = repr(sorted(value) if isinstance(value, set) else value)

    def pointer(self, value: Any, place: str, depth: int) -> None:
        if value is None:
            self.found[place] = "None"
        elif isinstance(value, bpy.types.ID) and not value.is_embedded_data:
            self.found[place] = _name(value)
        elif place.rsplit(".", 1)[-1].startswith(ELSEWHERE):
            self.found[place] = str(getattr(value, "name", getattr(value, "identifier", "there")))
        else:
            self.struct(value, place, depth + 1)

    def list(self, value: Any, place: str, depth: int) -> None:
        count = len(value)
        self.found[f"{place}#"] = str(count)
        if not count:
            return
        first = value[0]
        if isinstance(first, bpy.types.ID):
            self.found[place] = repr(sorted(_name(item) for item in value if item is not None))
        elif isinstance(first, bpy.types.Keyframe) or count > MANY:
            _arrays(value, first, count, place, self.found)
        else:
            for index, item in enumerate(value):
                name = getattr(item, "name", "")
                self.struct(item, f"{place}[{name if isinstance(name, str) and name else index}]", depth + 1)


_properties_of: dict[str, list[tuple[str, str]]] = {}


def _properties(thing: Any) -> list[tuple[str, str]]:
    """The names of the properties that count, each with its kind."""
    kind = thing.bl_rna.identifier
    if kind not in _properties_of:
        left_out = PASSING | PASSING_OF.get(kind, set())
        _properties_of[kind] = [
            (prop.identifier, "ARRAY" if prop.type in ("BOOLEAN", "INT", "FLOAT") and prop.is_array else prop.type)
            for prop in thing.bl_rna.properties
            if prop.identifier not in left_out and not prop.identifier.startswith(("bl_", "is_active"))
        ]
    return _properties_of[kind]


def _arrays(value: Any, first: Any, count: int, place: str, found: Digest) -> None:
    for prop in first.bl_rna.properties:
        if prop.type not in ("BOOLEAN", "INT", "FLOAT", "ENUM") or prop.identifier in PASSING or prop.identifier.startswith("select"):
            continue
        if prop.type == "ENUM":
            continue
        length = prop.array_length if prop.is_array else 1
        read = np.empty(count * max(length, 1), {"BOOLEAN": bool, "INT": np.int32, "FLOAT": np.float32}[prop.type])
        try:
            value.foreach_get(prop.identifier, read)
        except (RuntimeError, TypeError, AttributeError):
            continue
        found[f"{place}[*].{prop.identifier}"] = _numbers(read)


FIELDS = {
    "FLOAT": ("value", 1, np.float32), "INT": ("value", 1, np.int32), "INT8": ("value", 1, np.int8), "BOOLEAN": ("value", 1, bool),
    "FLOAT_VECTOR": ("vector", 3, np.float32), "FLOAT2": ("vector", 2, np.float32), "FLOAT_COLOR": ("color", 4, np.float32),
    "BYTE_COLOR": ("color", 4, np.float32), "INT32_2D": ("value", 2, np.int32), "INT16_2D": ("value", 2, np.int16),
    "QUATERNION": ("value", 4, np.float32), "FLOAT4X4": ("value", 16, np.float32),
}  # fmt: skip


def _mesh(mesh: bpy.types.Mesh, place: str, found: Digest) -> None:
    """Vertices, faces and all else that a mesh holds are its attributes."""
    found[f"{place}.counts"] = f"{len(mesh.vertices)} {len(mesh.edges)} {len(mesh.polygons)}"
    found[f"{place}.materials"] = repr([_name(material) for material in mesh.materials])
    for attribute in mesh.attributes:
        if attribute.name.startswith(".select") or attribute.data_type not in FIELDS:
            continue
        field, width, kind = FIELDS[attribute.data_type]
        read = np.empty(len(attribute.data) * width, kind)
        attribute.data.foreach_get(field, read)
        found[f"{place}.{attribute.name}"] = f"{attribute.domain} {_numbers(read)}"


def _custom(thing: Any, place: str, found: Digest) -> None:
    """Custom properties. Those of property groups are their registered ones, which are walked anyway and come into being when they are read."""
    if not isinstance(thing, bpy.types.ID | bpy.types.PoseBone | bpy.types.Bone | bpy.types.NodesModifier):
        return
    try:
        keys = list(thing.keys())
    except TypeError:  # since 5.2 a modifier's inputs are registered properties
        return
    for key in keys:
        if key not in thing.bl_rna.properties and not key.startswith("cycles"):
            found[f'{place}["{key}"]'] = _plain(thing[key])


def _plain(value: Any) -> str:
    if isinstance(value, bpy.types.ID):
        return _name(value)
    if hasattr(value, "to_dict"):
        return repr({key: _plain(item) for key, item in value.items()})
    if hasattr(value, "to_list"):
        return repr(value.to_list())
    if isinstance(value, str) and len(value) > 60:
        return hashlib.sha1(value.encode()).hexdigest()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return repr([_plain(item) for item in value])
    return repr(value)


def _numbers(values: np.ndarray) -> str:
    if values.dtype.kind == "f":
        values = values + 0.0  # minus nothing is nothing
    if values.size <= 4:
        return repr(values.tolist())
    return hashlib.sha1(np.ascontiguousarray(values).tobytes()).hexdigest()
