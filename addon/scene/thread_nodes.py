"""The node group that draws a duet's connections from its baked table: no Python runs while it plays.

Once a frame, in this order: each stored connection's confidence (table, between two window centres) → those above the threshold → the
strongest *Top K* → one flat arc each, turned, stretched and bowed into place by an instance transform → tubes. Work is done for as few
elements as possible: per frame where a value is the same for all, per connection next, per point of an arc last.
"""

from __future__ import annotations

from types import SimpleNamespace

import bpy

from ...duet_core.threads import PER_ROW
from .node_tools import NodeWriter, Socket, add_input
from .palette import fill_ramp
from .timing import FIRST_FRAME

GROUP = "Duet Threads"
VERSION = 1
"""Raise it whenever the group changes: a file that holds an older group keeps it for the duets made with it."""

COLOUR = "thread_colour"
"""The colour attribute that Workbench and the Solid viewport show."""

GLOW = 1.7
"""How much brighter than the ramp that colour is: what Workbench lights cannot shine by itself."""

PULSE_COLOUR = (2.4, 2.2, 1.8, 1.0)

MANY = 40
"""With more threads than this they are drawn thinner, so that a crowd stays a weave and does not become a block."""

POINTS_DRAWN = 2800
"""About how many arc points are drawn in all: few threads are smooth, many are coarser."""


def thread_group() -> bpy.types.NodeTree:
    """The node group, made if this file has none of this version."""
    for tree in bpy.data.node_groups:
        if tree.get("duet_version") == VERSION and tree.bl_idname == "GeometryNodeTree":
            return tree
    tree = bpy.data.node_groups.new(GROUP, "GeometryNodeTree")
    tree["duet_version"] = VERSION
    tree.is_modifier = True
    _add_interface(tree)
    _write_nodes(tree)
    return tree


def _add_interface(tree: bpy.types.NodeTree) -> None:
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    add_input(tree, "Geometry", "Geometry")
    show = tree.interface.new_panel("Show", description="Which connections are drawn")
    add_input(
        tree, "Threshold", "Float", default=0.5, low=0.0, high=1.0, subtype="FACTOR", panel=show,
        description="Draw connections whose confidence exceeds this",
    )  # fmt: skip
    add_input(tree, "Top K", "Int", default=40, low=0, high=100_000, panel=show, description="Draw at most so many at once, the strongest")
    add_input(
        tree, "Fade", "Float", default=0.08, low=0.0, high=0.5, subtype="FACTOR", panel=show,
        description="How far above the threshold a thread has grown to its full width, so that none pops in or out",
    )  # fmt: skip
    look = tree.interface.new_panel("Look", description="How a thread looks")
    add_input(
        tree, "Width", "Float", default=0.012, low=0.0, high=1.0, subtype="DISTANCE", panel=look,
        description="Radius of a thread of full confidence at its source; above 40 threads all are thinner",
    )  # fmt: skip
    add_input(
        tree, "Bow", "Float", default=0.22, low=0.0, high=2.0, panel=look,
        description="How far a thread bows away from the straight line, as a share of its length",
    )  # fmt: skip
    add_input(
        tree, "Taper", "Float", default=0.8, low=0.0, high=1.0, subtype="FACTOR", panel=look,
        description="How much thinner a thread is at its target than at its source",
    )  # fmt: skip
    add_input(
        tree, "Pulse", "Float", default=0.6, low=0.0, high=1.0, subtype="FACTOR", panel=look,
        description="Strength of the light that travels from source to target",
    )  # fmt: skip
    add_input(
        tree, "Pulse Seconds", "Float", default=1.6, low=0.05, high=60.0, panel=look,
        description="Seconds from one pulse of light to the next",
    )  # fmt: skip
    add_input(
        tree, "Detail", "Float", default=1.0, low=0.1, high=4.0, panel=look,
        description="Finer or coarser tubes; above 100 threads the number of points is kept in bounds all the same",
    )  # fmt: skip
    add_input(tree, "Material", "Material", panel=look, description="Material of the threads")
    data = tree.interface.new_panel("Data", description="What the threads are read from", default_closed=True)
    add_input(tree, "Joints", "Object", panel=data, description="Mesh with one vertex for each joint of each dancer")
    add_input(tree, "Table", "Object", panel=data, description="Mesh that holds the confidences")
    add_input(
        tree, "Start Frame", "Float", default=float(FIRST_FRAME), panel=data,
        description="Scene frame at which the duet's first frame plays",
    )  # fmt: skip
    add_input(tree, "First Centre", "Float", panel=data, description="Frame of the duet in the middle of the first window")
    add_input(tree, "Spacing", "Float", default=1.0, low=0.001, panel=data, description="Frames from one window to the next")
    add_input(tree, "Windows", "Int", default=0, low=0, panel=data, description="Number of windows in the table")


def _write_nodes(tree: bpy.types.NodeTree) -> None:
    w = NodeWriter(tree)
    group = w.node("NodeGroupInput")
    given = SimpleNamespace(**{s.name.replace(" ", "_").lower(): s for s in group.outputs if s.name})
    w.feed(w.node("NodeGroupOutput").inputs[0], _threads(w, given))
    w.arrange()


def _threads(w: NodeWriter, given: SimpleNamespace) -> Socket:
    clock = w.node("GeometryNodeInputSceneTime").outputs
    joints = w.node("GeometryNodeObjectInfo", {"transform_space": "RELATIVE"}, {"Object": given.joints}).outputs["Geometry"]
    table = _Table(w, given, clock["Frame"])
    strongest = _strongest(w, given, table)
    count = w.node("GeometryNodeAttributeDomainSize", {"component": "POINTCLOUD"}, {0: strongest}).outputs["Point Count"]
    drawn = w.whole("MINIMUM", count, given.top_k)
    arc, along, sides = _arc(w, given, drawn)
    copies = w.node("GeometryNodeDuplicateElements", {"domain": "SPLINE"}, {"Geometry": arc, "Amount": drawn})
    curves, own = _own_values(w, given, table, strongest, joints, copies.outputs["Geometry"], copies.outputs["Duplicate Index"], drawn)
    # The arc lies in the X–Z plane from (0,0,0) to (1,0,0): x counts along the straight line between the joints, z away from it.
    x, _, z = w.separate(w.simple("GeometryNodeInputPosition"))
    place = w.vector("MULTIPLY_ADD", own["bow"], z, w.vector("MULTIPLY_ADD", own["chord"], x, own["start"]))
    curves = w.node("GeometryNodeSetPosition", None, {"Geometry": curves, "Position": place}).outputs[0]
    tubes = _tubes(w, given, curves, own, along, sides, clock["Seconds"])
    join = w.node("GeometryNodeJoinGeometry")
    # What is joined to a mesh inherits which of its colour attributes is the active one, the one that Workbench and the Solid viewport show;
    # nodes cannot say that otherwise. The object's own mesh is a single vertex that has it. (The one linked last comes first.)
    for part in (tubes, given.geometry):
        w.tree.links.new(part, join.inputs[0])
    return join.outputs[0]


class _Table:
    """The baked table at one scene frame."""

    def __init__(self, w: NodeWriter, given: SimpleNamespace, frame: Socket) -> None:
        self.w = w
        self.mesh = w.node("GeometryNodeObjectInfo", {"transform_space": "ORIGINAL"}, {"Object": given.table}).outputs["Geometry"]
        self.edges = w.node("GeometryNodeAttributeDomainSize", {"component": "MESH"}, {0: self.mesh}).outputs["Edge Count"]
        place = w.math("DIVIDE", w.math("SUBTRACT", w.math("SUBTRACT", frame, given.start_frame), given.first_centre), given.spacing)
        self.place = w.math("MINIMUM", w.math("MAXIMUM", place, 0.0), w.math("MAXIMUM", w.math("SUBTRACT", given.windows, 1.0), 0.0))

    def confidence(self, edge: Socket) -> Socket:
        """The confidence of the stored connection *edge* (a field), linear between two windows."""
        w = self.w
        # A point of the table holds PER_ROW windows; the weights of those, and of the next point's first, are the same for all connections.
        row = w.math("FLOOR", w.math("DIVIDE", self.place, float(PER_ROW)))
        within = w.math("SUBTRACT", self.place, w.math("MULTIPLY", row, float(PER_ROW)))
        hats = [
            w.math("MAXIMUM", w.math("SUBTRACT", 1.0, w.math("ABSOLUTE", w.math("SUBTRACT", within, float(slot)))), 0.0)
            for slot in range(PER_ROW)
        ]
        over = w.math("MAXIMUM", w.math("SUBTRACT", within, PER_ROW - 1.0), 0.0)
        here = w.whole("ADD", w.whole("MULTIPLY", row, self.edges), edge)
        values = w.simple("GeometryNodeInputPosition")
        now = w.vector("DOT_PRODUCT", w.sample(self.mesh, values, here, "FLOAT_VECTOR"), w.combine(*hats), out="Value")
        after = w.sample(self.mesh, values, w.whole("ADD", here, self.edges), "FLOAT_VECTOR")
        return w.math("ADD", now, w.vector("DOT_PRODUCT", after, w.combine(over, 0.0, 0.0), out="Value"))

    def fixed(self, name: str, edge: Socket, data_type: str) -> Socket:
        """What never changes about the stored connection *edge* (a field)."""
        return self.w.sample(self.mesh, self.w.attribute(name, data_type), edge, data_type, "EDGE")

    def kind(self, edge: Socket) -> Socket:
        """The kind of the stored connection *edge* (a field) in the nearest window."""
        w = self.w
        nearest = w.math("FLOOR", w.math("ADD", self.place, 0.5))
        row = w.math("FLOOR", w.math("DIVIDE", nearest, float(PER_ROW)))
        slot = w.math("SUBTRACT", nearest, w.math("MULTIPLY", row, float(PER_ROW)))
        at = w.whole("ADD", w.whole("MULTIPLY", row, self.edges), edge)
        tags = w.sample(self.mesh, w.attribute("tags", "INT"), at, "INT")
        return w.whole("MODULO", w.whole("DIVIDE_FLOOR", tags, w.math("POWER", 1024.0, slot)), 8)


def _strongest(w: NodeWriter, given: SimpleNamespace, table: _Table) -> Socket:
    """A point for each connection above the threshold, strongest first: its position is (confidence, number in the table, 0).

    The position is all that a point has, so that filtering and sorting move next to nothing.
    """
    index = w.simple("GeometryNodeInputIndex")
    numbers = w.combine(table.confidence(index), index, 0.0)
    points = w.node("GeometryNodePoints", None, {"Count": table.edges, "Position": numbers}).outputs[0]
    confidence = w.separate(w.simple("GeometryNodeInputPosition"))[0]
    weak = w.compare("LESS_EQUAL", confidence, given.threshold)
    points = w.node("GeometryNodeDeleteGeometry", {"domain": "POINT"}, {"Geometry": points, "Selection": weak}).outputs[0]
    # Equals are shuffled by their number, so that no direction and no joint comes first among them.
    shuffled = w.math("MULTIPLY", w.math("FRACT", w.math("MULTIPLY", w.separate(w.simple("GeometryNodeInputPosition"))[1], 0.618034)), 1e-6)
    descending = w.math("SUBTRACT", shuffled, confidence)
    return w.node("GeometryNodeSortElements", {"domain": "POINT"}, {"Geometry": points, "Sort Weight": descending}).outputs[0]


def _own_values(
    w: NodeWriter, given: SimpleNamespace, table: _Table, strongest: Socket, joints: Socket, curves: Socket, rank: Socket, drawn: Socket
) -> tuple[Socket, dict[str, Socket]]:
    """*curves* with what each thread has of its own: confidence, edge and kind as named attributes, and as fields what places it:

    start (where the source joint is), chord (from there to the target joint), bow (a vector across the chord); girth (radius at the source) and shade (colour).
    """
    position = w.simple("GeometryNodeInputPosition")
    confidence, number, _ = w.separate(w.sample(strongest, position, rank, "FLOAT_VECTOR"))

    start = w.sample(joints, position, table.fixed("source", number, "INT"), "FLOAT_VECTOR")
    chord = w.vector("SUBTRACT", w.sample(joints, position, table.fixed("target", number, "INT"), "FLOAT_VECTOR"), start)
    # Upwards and to the left, in the shares of the connection's fan, and of that only what is across the chord.
    upwards, sideways, far = w.separate(table.fixed("fan", number, "FLOAT_VECTOR"))
    left = w.vector("NORMALIZE", w.vector("CROSS_PRODUCT", (0.0, 0.0, 1.0), chord))
    wanted = w.vector("ADD", w.vector("SCALE", left, Scale=sideways), w.combine(0.0, 0.0, upwards))
    across = w.vector("NORMALIZE", w.vector("SUBTRACT", wanted, w.vector("PROJECT", wanted, chord)))
    # Twice as high as it bows: the middle of an arc of unit height lies half a unit up.
    height = w.math("MULTIPLY", w.math("MULTIPLY", w.vector("LENGTH", chord, out="Value"), given.bow), w.math("MULTIPLY", far, 2.0))
    ramp = w.node("ShaderNodeValToRGB", None, {0: confidence})
    fill_ramp(ramp.color_ramp)
    curves, own = w.capture(
        curves,
        "CURVE",
        start=(start, "VECTOR"),
        chord=(chord, "VECTOR"),
        bow=(w.vector("SCALE", across, Scale=height), "VECTOR"),
        girth=(_girth(w, given, confidence, rank, drawn), "FLOAT"),
        shade=(w.vector("SCALE", ramp.outputs["Color"], Scale=GLOW), "RGBA"),
    )
    curves = w.store(curves, "confidence", confidence, "FLOAT", "CURVE")
    curves = w.store(curves, "edge", table.fixed("edge", number, "INT"), "INT", "CURVE")
    return w.store(curves, "kind", table.kind(number), "INT8", "CURVE"), own


def _girth(w: NodeWriter, given: SimpleNamespace, confidence: Socket, rank: Socket, drawn: Socket) -> Socket:
    """Each thread's radius at its source: by confidence, growing from nothing at the threshold, and at the last ranks."""
    grown = w.math("SUBTRACT", confidence, given.threshold)
    present = w.remap(grown, 0.0, w.math("MAXIMUM", given.fade, 1e-5), curve="SMOOTHSTEP")
    strength = w.remap(confidence, 0.3, 1.0, 0.3, 1.0)
    tail = w.math("MAXIMUM", w.math("MULTIPLY", given.top_k, 0.2), 1.0)
    ranked = w.math("DIVIDE", w.math("SUBTRACT", given.top_k, rank), tail, clamp=True)
    crowd = w.math("POWER", w.math("MINIMUM", w.math("DIVIDE", float(MANY), w.math("MAXIMUM", drawn, 1.0)), 1.0), 0.38)
    width = w.math("MULTIPLY", given.width, crowd)
    return w.math("MULTIPLY", w.math("MULTIPLY", width, w.math("MULTIPLY", strength, strength)), w.math("MULTIPLY", present, ranked))


def _arc(w: NodeWriter, given: SimpleNamespace, drawn: Socket) -> tuple[Socket, Socket, Socket]:
    """One arc of unit length and height, tapering, and the number of sides of a tube; both coarser the more are *drawn*."""
    budget = w.math("DIVIDE", w.math("MULTIPLY", given.detail, float(POINTS_DRAWN)), w.math("MAXIMUM", drawn, 1.0))
    segments = w.math("MINIMUM", w.math("MAXIMUM", budget, 5.0), w.math("MULTIPLY", given.detail, 28.0))
    sides = w.remap(budget, 10.0, 60.0, 3.0, 7.0)
    arc = w.node(
        "GeometryNodeCurveQuadraticBezier",
        None,
        {"Resolution": segments, "Start": (0.0, 0.0, 0.0), "Middle": (0.42, 0.0, 1.0), "End": (1.0, 0.0, 0.0)},
    ).outputs[0]
    arc, captured = w.capture(arc, along=(w.simple("GeometryNodeSplineParameter", "Factor"), "FLOAT"))
    thinner = w.math("SUBTRACT", 1.0, w.math("MULTIPLY", captured["along"], given.taper))
    arc = w.node("GeometryNodeSetCurveRadius", None, {"Curve": arc, "Radius": thinner}).outputs[0]
    arc = w.node("GeometryNodeSetMaterial", None, {"Geometry": arc, "Material": given.material}).outputs[0]
    return arc, captured["along"], sides


def _tubes(
    w: NodeWriter, given: SimpleNamespace, curves: Socket, own: dict[str, Socket], along: Socket, sides: Socket, seconds: Socket
) -> Socket:
    phase = w.math("FRACT", w.math("MULTIPLY", w.attribute("edge", "INT"), 0.618034))
    cycle = w.math("ADD", w.math("DIVIDE", seconds, given.pulse_seconds), phase)
    # The pulse runs from before the source to past the target, so that it enters and leaves smoothly.
    head = w.math("SUBTRACT", w.math("MULTIPLY", w.math("FRACT", cycle), 1.4), 0.2)
    apart = w.math("ABSOLUTE", w.math("SUBTRACT", head, along))
    pulse = w.math("MULTIPLY", w.remap(apart, 0.0, 0.16, 1.0, 0.0, curve="SMOOTHSTEP"), given.pulse)
    curves = w.store(curves, "pulse", pulse)
    lit = w.attribute("pulse")
    colour = w.mix_colours(w.math("MULTIPLY", lit, 0.8), own["shade"], PULSE_COLOUR)
    curves = w.store(curves, COLOUR, colour, "FLOAT_COLOR")
    radius = w.simple("GeometryNodeInputRadius")
    radius = w.math("MULTIPLY", w.math("MULTIPLY", radius, own["girth"]), w.math("ADD", w.math("MULTIPLY", lit, 0.5), 1.0))
    profile = w.node("GeometryNodeCurvePrimitiveCircle", {"mode": "RADIUS"}, {"Resolution": sides, "Radius": 1.0}).outputs[0]
    sweep = {"Curve": curves, "Profile Curve": profile, "Scale": radius}
    return w.node("GeometryNodeCurveToMesh", None, sweep).outputs[0]
