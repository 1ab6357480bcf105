"""A short way to write node trees in Python: expressions on sockets, a group's inputs, and a readable layout. Knows nothing of duets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import bpy

Socket: TypeAlias = bpy.types.NodeSocket
Value = Any
"""An output socket, or a constant for an input."""

Inputs = Mapping[Any, Value]
"""Values by their input's identifier or name (str) or position (int)."""


class NodeWriter:
    """Adds nodes to a tree. Every method returns the new node's (first) output socket; arguments are output sockets or constants."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def node(self, kind: str, settings: Mapping[str, Any] | None = None, inputs: Inputs | None = None) -> bpy.types.Node:
        """A node of type *kind* with *settings* as attributes; *inputs* by socket identifier, name or position."""
        node = self.tree.nodes.new(kind)
        for name, value in (settings or {}).items():
            setattr(node, name, value)
        for key, value in (inputs or {}).items():
            self.feed(_input(node, key), value)
        return node

    def feed(self, socket: Socket, value: Value) -> None:
        """Link *socket* to an output, or give it a constant."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        else:
            socket.default_value = value

    def math(self, operation: str, *values: Value, clamp: bool = False) -> Socket:
        settings = {"operation": operation, "use_clamp": clamp}
        return self.node("ShaderNodeMath", settings, dict(enumerate(values))).outputs[0]

    def whole(self, operation: str, *values: Value) -> Socket:
        """Arithmetic on integers."""
        return self.node("FunctionNodeIntegerMath", {"operation": operation}, dict(enumerate(values))).outputs[0]

    def vector(self, operation: str, *values: Value, out: str = "Vector", **inputs: Value) -> Socket:
        return self.node("ShaderNodeVectorMath", {"operation": operation}, {**dict(enumerate(values)), **inputs}).outputs[out]

    def combine(self, x: Value, y: Value, z: Value) -> Socket:
        return self.node("ShaderNodeCombineXYZ", None, {0: x, 1: y, 2: z}).outputs[0]

    def separate(self, vector: Value) -> tuple[Socket, Socket, Socket]:
        node = self.node("ShaderNodeSeparateXYZ", None, {0: vector})
        return node.outputs[0], node.outputs[1], node.outputs[2]

    def remap(self, value: Value, low: Value, high: Value, to_low: Value = 0.0, to_high: Value = 1.0, curve: str = "LINEAR") -> Socket:
        """*value* from low..high to to_low..to_high, clamped."""
        inputs = {0: value, 1: low, 2: high, 3: to_low, 4: to_high}
        return self.node("ShaderNodeMapRange", {"interpolation_type": curve, "clamp": True}, inputs).outputs[0]

    def compare(self, operation: str, a: Value, b: Value, data_type: str = "FLOAT") -> Socket:
        return first_output(self.node("FunctionNodeCompare", {"data_type": data_type, "operation": operation}, {0: a, 1: b}))

    def logic(self, operation: str, *values: Value) -> Socket:
        """Arithmetic on truth: ``AND``, ``OR``, ``NOT``."""
        return self.node("FunctionNodeBooleanMath", {"operation": operation}, dict(enumerate(values))).outputs[0]

    def switch(self, data_type: str, index: Value, values: Sequence[Value]) -> Socket:
        """The value number *index* of *values*."""
        node = self.node("GeometryNodeIndexSwitch", {"data_type": data_type})
        while len(node.index_switch_items) < len(values):
            node.index_switch_items.new()
        self.feed(node.inputs[0], index)
        for socket, value in zip(list(node.inputs)[1:], values, strict=False):
            self.feed(socket, value)
        return node.outputs[0]

    def either(self, data_type: str, choice: Value, yes: Value, no: Value) -> Socket:
        """*yes* or *no*, by the truth of *choice*; where that is one for all, nothing is computed of the other."""
        return first_output(self.node("GeometryNodeSwitch", {"input_type": data_type}, {"Switch": choice, "False": no, "True": yes}))

    def menu(self, choice: Value, names: Sequence[str]) -> Socket:
        """The number of the entry of a menu that *choice* (a menu socket, which gets these *names* by it) stands at."""
        node = self.node("GeometryNodeMenuSwitch", {"data_type": "INT"})
        for number, name in enumerate(names):  # it has two to begin with
            if number < len(node.enum_items):
                node.enum_items[number].name = name
            else:
                node.enum_items.new(name)
        self.feed(node.inputs[0], choice)
        for number, socket in enumerate([s for s in node.inputs if s.type == "INT"]):
            socket.default_value = number
        return node.outputs[0]

    def mix_colours(self, factor: Value, a: Value, b: Value) -> Socket:
        return first_output(self.node("ShaderNodeMix", {"data_type": "RGBA"}, {0: factor, 1: a, 2: b}))

    def attribute(self, name: str, data_type: str = "FLOAT") -> Socket:
        """The field of the geometry's attribute *name*."""
        return self.node("GeometryNodeInputNamedAttribute", {"data_type": data_type}, {"Name": name}).outputs["Attribute"]

    def store(self, geometry: Value, name: str, value: Value, data_type: str = "FLOAT", domain: str = "POINT") -> Socket:
        settings = {"data_type": data_type, "domain": domain}
        return self.node("GeometryNodeStoreNamedAttribute", settings, {"Geometry": geometry, "Name": name, "Value": value}).outputs[0]

    def capture(self, geometry: Value, domain: str = "POINT", **values: tuple[Value, str]) -> tuple[Socket, dict[str, Socket]]:
        """The geometry carrying *values* (each a field and its data type) without names, and those values.

        What no one uses downstream is not carried along; values captured together are computed together.
        """
        node = self.node("GeometryNodeCaptureAttribute", {"domain": domain})
        for name, (_, data_type) in values.items():
            node.capture_items.new(data_type, name)
        self.feed(node.inputs["Geometry"], geometry)
        for name, (value, _) in values.items():
            self.feed(node.inputs[name], value)
        return node.outputs["Geometry"], {name: node.outputs[name] for name in values}

    def sample(self, geometry: Value, value: Value, index: Value, data_type: str = "FLOAT", domain: str = "POINT") -> Socket:
        """*value* of *geometry*'s point (or other element) number *index*."""
        settings = {"data_type": data_type, "domain": domain, "clamp": True}
        return self.node("GeometryNodeSampleIndex", settings, {"Geometry": geometry, "Value": value, "Index": index}).outputs[0]

    def simple(self, kind: str, output: str | int = 0) -> Socket:
        """An output of a node without inputs."""
        return self.node(kind).outputs[output]

    def arrange(self, width: float = 210.0, height: float = 190.0) -> None:
        """Set the nodes in columns by their distance from the inputs, so that a person who opens the tree can follow it."""
        column: dict[str, int] = {}
        before: dict[str, set[str]] = {node.name: set() for node in self.tree.nodes}
        for link in self.tree.links:
            before[link.to_node.name].add(link.from_node.name)

        def place(name: str) -> int:
            if name not in column:
                column[name] = 1 + max((place(other) for other in before[name]), default=-1)
            return column[name]

        rows: dict[int, int] = {}
        places: list[float] = []
        for node in self.tree.nodes:
            x = place(node.name)
            places += (x * width, -rows.get(x, 0) * height)
            rows[x] = rows.get(x, 0) + 1
        self.tree.nodes.foreach_set("location", places)  # one by one, each has Blender look through the whole tree


def first_output(node: bpy.types.Node) -> Socket:
    """The first output in use."""
    return next(socket for socket in node.outputs if socket.enabled)


def _input(node: bpy.types.Node, key: str | int) -> Socket:
    if isinstance(key, int):  # among those in use: which others a node has, and what they are called, differs between Blender's versions
        return [socket for socket in node.inputs if socket.enabled][key]
    for socket in node.inputs:
        if socket.identifier == key:
            return socket
    return node.inputs[key]


def add_input(
    tree: bpy.types.NodeTree,
    name: str,
    kind: str,
    *,
    default: Any = None,
    description: str = "",
    low: float | None = None,
    high: float | None = None,
    subtype: str | None = None,
    panel: Any = None,
) -> None:
    """Add the input *name* to the group *tree*, with its tooltip and range.

    *kind* is ``Float``, ``Int``, ``Bool``, ``Menu``, ``Color``, ``Object``, ``Material`` or ``Geometry``.
    """
    item = tree.interface.new_socket(name, in_out="INPUT", socket_type=f"NodeSocket{kind}", parent=panel)
    item.description = description
    if subtype:
        item.subtype = subtype
    if low is not None:
        item.min_value = low
    if high is not None:
        item.max_value = high
    if default is not None:
        item.default_value = default


_identifiers: dict[tuple[int, int], dict[str, str]] = {}
"""What `input_identifiers` found, by the tree and its number of inputs: panels ask some fifty times for each drawing."""


def input_identifiers(tree: bpy.types.NodeTree) -> dict[str, str]:
    """Each group input's identifier (the key in a modifier) by its name. Not to be changed."""
    key = tree.session_uid, len(tree.interface.items_tree)
    found = _identifiers.get(key)
    if found is None:
        if len(_identifiers) > 64:
            _identifiers.clear()
        found = _identifiers[key] = {
            item.name: item.identifier
            for item in tree.interface.items_tree
            if item.item_type == "SOCKET" and item.in_out == "INPUT" and item.socket_type != "NodeSocketGeometry"
        }
    return found


def set_modifier_input(modifier: bpy.types.NodesModifier, name: str, value: Any) -> None:
    """Set the input called *name* of a geometry nodes *modifier*, a menu by its entry's name; tag its object afterwards for the depsgraph to notice."""
    identifier = input_identifiers(modifier.node_group)[name]
    if hasattr(modifier, "properties"):  # since 5.2
        getattr(modifier.properties.inputs, identifier).value = value
    elif isinstance(value, str):
        entries = modifier.id_properties_ui(identifier).as_dict()["items"]
        modifier[identifier] = next(entry[-1] for entry in entries if entry[0] == value)
    else:
        modifier[identifier] = value


def get_modifier_inputs(modifier: bpy.types.NodesModifier) -> dict[str, Any]:
    """Every input's present value by its name: a menu's as its entry's name, a colour's as a tuple."""
    identifiers = input_identifiers(modifier.node_group)
    return {name: _plain(modifier.path_resolve(_within(modifier, identifier))) for name, identifier in identifiers.items()}


def get_modifier_input(modifier: bpy.types.NodesModifier, name: str) -> Any:
    """The present value of the input called *name*: a menu's as its entry's name, a colour's as a tuple."""
    return _plain(modifier.path_resolve(_within(modifier, input_identifiers(modifier.node_group)[name])))


def _plain(value: Any) -> Any:
    """*value* without what would die with the modifier: an array is a view into it."""
    return tuple(value) if isinstance(value, bpy.types.bpy_prop_array) else value


def modifier_input_path(modifier: bpy.types.NodesModifier, name: str) -> str:
    """The data path, from the object, of the input called *name*: for keys, and for a panel."""
    within = _within(modifier, input_identifiers(modifier.node_group)[name])
    return f'modifiers["{modifier.name}"]{within if within.startswith("[") else "." + within}'


def _within(modifier: bpy.types.NodesModifier, identifier: str) -> str:
    return f"properties.inputs.{identifier}.value" if hasattr(modifier, "properties") else f'["{identifier}"]'
