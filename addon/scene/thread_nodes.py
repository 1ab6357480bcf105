"""The node group that draws a duet's connections from its baked table: no Python runs while it plays.

Once a frame, in this order: each stored connection's confidence (table, between two window centres) and kind (table, nearest window) → those
above the threshold that pass the filters → the strongest *Top K* → tubes between the joints (`thread_tubes`). Work is done for as few elements as
possible: per frame where a value is the same for all, per connection next, per point of an arc last. `duet_core.showing` says the same in NumPy.
"""

from __future__ import annotations

from collections.abc import Generator
from types import SimpleNamespace

import bpy

from ...duet_core.connections import KINDS
from ...duet_core.skeletons.landmarks import PARTS
from ...duet_core.threads import PER_ROW, TYPES
from ..steps import finished
from .node_tools import NodeWriter, Socket
from .table import LINK, TAGS, TYPE
from .thread_inputs import COLOUR_BY, DIRECTIONS, ONLY_CHOSEN, add_interface, kind_input, part_input, type_input
from .thread_tubes import RAMP_NODE, draw_threads

GROUP = "Duet Threads"
VERSION = 4
"""Raise it whenever the group changes: a duet drawn by an older one keeps that until it is drawn again."""


def new_thread_group() -> bpy.types.NodeTree:
    """A new node group, all at once: see `thread_group`."""
    return bpy.data.node_groups[finished(thread_group())]


def thread_group() -> Generator[None, None, str]:
    """A new node group, made in steps (each node and link costs Blender some time); its name. Each duet has its own, so that an edited Color Ramp, or
    any other node, is that duet's alone.

    The nodes stand in a group of their own within it: of the outermost group Blender logs every value at every frame, a tenth of the time.
    """
    inner = bpy.data.node_groups.new(f"{GROUP} Nodes", "GeometryNodeTree")
    add_interface(inner)
    yield
    yield from _write_nodes(inner)
    tree = bpy.data.node_groups.new(GROUP, "GeometryNodeTree")
    tree.is_modifier = True
    add_interface(tree)
    w = NodeWriter(tree)
    nested = w.node("GeometryNodeGroup", {"node_tree": inner}, {})
    given = w.node("NodeGroupInput")
    for outlet, inlet in zip(given.outputs, list(nested.inputs), strict=False):  # both in the interface's order
        w.feed(inlet, outlet)
    w.feed(w.node("NodeGroupOutput").inputs[0], nested.outputs[0])
    w.arrange()
    tree["duet_version"] = VERSION
    for each in (inner, tree):  # the choices are known only once a node has them
        next(item for item in each.interface.items_tree if item.name == "Colour By").default_value = COLOUR_BY[0]
    return tree.name


def remove_thread_group(tree: bpy.types.NodeTree) -> None:
    """Remove a group that `thread_group` made, and what it stands for, unless somebody else uses them."""
    within = _nested(tree)
    for group in (tree, *within):
        if not group.users:
            bpy.data.node_groups.remove(group)


def ramp_node(tree: bpy.types.NodeTree | None) -> bpy.types.Node | None:
    """The node with the colours from low to high confidence, or tension, in the group *tree* of a duet's threads, if it has one."""
    trees = [] if tree is None else [tree, *_nested(tree)]
    return next((each.nodes[RAMP_NODE] for each in trees if RAMP_NODE in each.nodes), None)


def _nested(tree: bpy.types.NodeTree) -> list[bpy.types.NodeTree]:
    """The groups that stand within *tree*: none in one that an older version made."""
    return [node.node_tree for node in tree.nodes if node.type == "GROUP" and node.node_tree is not None]


def is_current(tree: bpy.types.NodeTree | None) -> bool:
    """Whether *tree* is the group that this version makes."""
    return tree is not None and tree.get("duet_version") == VERSION


def _write_nodes(tree: bpy.types.NodeTree) -> Generator[None, None, None]:
    w = NodeWriter(tree)
    group = w.node("NodeGroupInput")
    given = {s.name: s for s in group.outputs if s.name}
    w.feed(w.node("NodeGroupOutput").inputs[0], (yield from _threads(w, given)))
    yield
    w.arrange()


def _threads(w: NodeWriter, given: dict[str, Socket]) -> Generator[None, None, Socket]:
    clock = w.node("GeometryNodeInputSceneTime").outputs
    joints = w.node("GeometryNodeObjectInfo", {"transform_space": "RELATIVE"}, {"Object": given["Joints"]}).outputs["Geometry"]
    yield
    table = Table(w, given, clock["Frame"])
    yield
    strongest = yield from _strongest(w, given, table)
    yield
    count = w.node("GeometryNodeAttributeDomainSize", {"component": "POINTCLOUD"}, {0: strongest}).outputs["Point Count"]
    what = SimpleNamespace(table=table, strongest=strongest, joints=joints, drawn=w.whole("MINIMUM", count, given["Top K"]))
    yield
    tubes = yield from draw_threads(w, given, what, clock["Seconds"])
    yield
    join = w.node("GeometryNodeJoinGeometry")
    # What is joined to a mesh inherits which of its colour attributes is the active one, the one that Workbench and the Solid viewport show;
    # nodes cannot say that otherwise. The object's own mesh is a single vertex that has it. (The one linked last comes first.)
    for part in (tubes, given["Geometry"]):
        w.tree.links.new(part, join.inputs[0])
    return join.outputs[0]


class Table:
    """The baked table at one scene frame."""

    def __init__(self, w: NodeWriter, given: dict[str, Socket], frame: Socket) -> None:
        self.w = w
        self.mesh = w.node("GeometryNodeObjectInfo", {"transform_space": "ORIGINAL"}, {"Object": given["Table"]}).outputs["Geometry"]
        self.edges = w.node("GeometryNodeAttributeDomainSize", {"component": "MESH"}, {0: self.mesh}).outputs["Edge Count"]
        since = w.math("SUBTRACT", w.math("SUBTRACT", frame, given["Start Frame"]), given["First Centre"])
        last = w.math("MAXIMUM", w.math("SUBTRACT", given["Windows"], 1.0), 0.0)
        self.place = w.math("MINIMUM", w.math("MAXIMUM", w.math("DIVIDE", since, given["Spacing"]), 0.0), last)

    def confidence(self, edge: Socket) -> Socket:
        """The confidence of the stored connection *edge* (a field), linear between two windows."""
        w = self.w
        # A point of the table holds PER_ROW windows; the weights of those, and of the next point's first, are the same for all connections.
        row = w.math("FLOOR", w.math("DIVIDE", self.place, float(PER_ROW)))
        within = w.math("SUBTRACT", self.place, w.math("MULTIPLY", row, float(PER_ROW)))
        apart = w.vector("ABSOLUTE", w.vector("SUBTRACT", within, (0.0, 1.0, 2.0)))
        hats = w.vector("MAXIMUM", w.vector("SUBTRACT", (1.0, 1.0, 1.0), apart), (0.0, 0.0, 0.0))
        over = w.math("MAXIMUM", w.math("SUBTRACT", within, PER_ROW - 1.0), 0.0)
        here = w.whole("ADD", w.whole("MULTIPLY", row, self.edges), edge)
        values = w.simple("GeometryNodeInputPosition")
        now = w.vector("DOT_PRODUCT", w.sample(self.mesh, values, here, "FLOAT_VECTOR"), hats, out="Value")
        after = w.sample(self.mesh, values, w.whole("ADD", here, self.edges), "FLOAT_VECTOR")
        return w.math("ADD", now, w.vector("DOT_PRODUCT", after, w.combine(over, 0.0, 0.0), out="Value"))

    def link(self, edge: Socket) -> list[Socket]:
        """The numbers of the matrix `table.LINK` of the stored connection *edge* (a field)."""
        return list(self.w.node("FunctionNodeSeparateMatrix", None, {0: self.fixed(LINK, edge, "FLOAT4X4")}).outputs)

    def fixed(self, name: str, edge: Socket, data_type: str) -> Socket:
        """What never changes about the stored connection *edge* (a field)."""
        return self.w.sample(self.mesh, self.w.attribute(name, data_type), edge, data_type, "EDGE")

    def nearest(self, edge: Socket) -> tuple[Socket, Socket]:
        """The kind and the type (an index into `TYPES`) of the stored connection *edge* (a field) in the nearest window."""
        w = self.w
        nearest = w.math("FLOOR", w.math("ADD", self.place, 0.5))
        row = w.math("FLOOR", w.math("DIVIDE", nearest, float(PER_ROW)))
        slot = w.math("SUBTRACT", nearest, w.math("MULTIPLY", row, float(PER_ROW)))
        at = w.whole("ADD", w.whole("MULTIPLY", row, self.edges), edge)

        def part(name: str, bits: int, most: int) -> Socket:
            packed = w.sample(self.mesh, w.attribute(name, "INT"), at, "INT")
            return w.whole("MODULO", w.whole("DIVIDE_FLOOR", packed, w.math("POWER", float(2**bits), slot)), most)

        return part(TAGS, 10, 8), part(TYPE, 2, 4)


def _strongest(w: NodeWriter, given: dict[str, Socket], table: Table) -> Generator[None, None, Socket]:
    """A point for each connection that is to be drawn, strongest first: its position is (confidence, number in the table, kind).

    The position is all that a point has, so that filtering and sorting move next to nothing.
    """
    index = w.simple("GeometryNodeInputIndex")
    kind, strength = table.nearest(index)
    yield
    passes = yield from _passes(w, given, table, index)
    yield
    passes = w.logic("AND", passes, w.switch("BOOLEAN", kind, [given[kind_input(name)] for name in KINDS]))
    yield
    wanted = [given[type_input(name)] for name in TYPES]
    every = w.logic("AND", w.logic("AND", wanted[0], wanted[1]), wanted[2])
    passes = w.logic("AND", passes, w.either("BOOLEAN", every, True, w.switch("BOOLEAN", strength, wanted)))
    yield
    # What does not pass counts as never there.
    numbers = w.combine(w.math("MULTIPLY", table.confidence(index), passes), index, kind)
    points = w.node("GeometryNodePoints", None, {"Count": table.edges, "Position": numbers}).outputs[0]
    yield
    confidence, number, _ = w.separate(w.simple("GeometryNodeInputPosition"))
    weak = w.compare("LESS_EQUAL", confidence, given["Threshold"])
    points = w.node("GeometryNodeDeleteGeometry", {"domain": "POINT"}, {"Geometry": points, "Selection": weak}).outputs[0]
    # Equals are shuffled by their number, so that no direction and no joint comes first among them.
    shuffled = w.math("MULTIPLY", w.math("FRACT", w.math("MULTIPLY", number, 0.618034)), 1e-6)
    descending = w.math("SUBTRACT", shuffled, confidence)
    return w.node("GeometryNodeSortElements", {"domain": "POINT"}, {"Geometry": points, "Sort Weight": descending}).outputs[0]


def _passes(w: NodeWriter, given: dict[str, Socket], table: Table, edge: Socket) -> Generator[None, None, Socket]:
    """Whether the stored connection *edge* (a field) passes what does not change about it: body parts, direction, whether it is chosen."""
    start, end, dancer = w.separate(table.fixed("gate", edge, "FLOAT_VECTOR"))
    fits = w.switch("BOOLEAN", dancer, [given[name] for name in DIRECTIONS])
    for number, which in ((start, "From"), (end, "To")):
        yield
        fits = w.logic("AND", fits, w.switch("BOOLEAN", number, [given[part_input(which, part)] for part in PARTS]))
    # Where nothing was chosen, or nobody asks, everything is.
    return w.logic("AND", fits, w.logic("IMPLY", given[ONLY_CHOSEN], table.fixed("chosen", edge, "BOOLEAN")))
