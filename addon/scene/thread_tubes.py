"""How the connections that are to be drawn become tubes: one flat arc each, stretched and bowed into place between its joints, then swept.

Part of the node group of `thread_nodes`.
"""

from __future__ import annotations

from types import SimpleNamespace

from ...duet_core.connections import KINDS
from ...duet_core.showing import SLACK, TAUT
from .node_tools import NodeWriter, Socket
from .palette import fill_ramp
from .thread_inputs import COLOUR_BY, DIRECTIONS, colour_input, kind_input

COLOUR = "thread_colour"
"""The colour attribute that every engine shows, and Workbench as well as the Solid viewport of themselves."""

GLOW = 1.7
"""How much brighter than it shall look that colour is: what Workbench lights cannot shine by itself. Materials take it back."""

PULSE_COLOUR = (2.4, 2.2, 1.8, 1.0)

RAMP_NODE = "Colour Ramp"
"""The node with the colours from low to high confidence, or tension."""

SLACK_PLACE = 0.3
"""Where on the ramp a slack thread is: below, colours are too dark for anything that shall be seen."""

MANY = 40
"""With more threads than this they are drawn thinner, so that a crowd stays a weave and does not become a block."""

POINTS_DRAWN = 2000
"""About how many arc points are drawn in all: few threads are smooth, many are coarser."""

_PULSE_WIDTH = 0.16
_HEAD_LENGTH, _HEAD_WIDTH = 9.0, 3.2
"""An arrow's head, as multiples of the thread's radius at its source."""


def draw_threads(w: NodeWriter, given: dict[str, Socket], what: SimpleNamespace, seconds: Socket) -> Socket:
    """The tubes. *what* has: table, strongest (its points), joints (their mesh), drawn (how many)."""
    arc, along, segments, sides = _arc(w, given, what.drawn)
    copies = w.node("GeometryNodeDuplicateElements", {"domain": "SPLINE"}, {"Geometry": arc, "Amount": what.drawn})
    curves, own = _own_values(w, given, what, copies.outputs["Geometry"], copies.outputs["Duplicate Index"])
    # The arc lies in the X–Z plane from (0,0,0) to (1,0,0): x counts along the straight line between the joints, z away from it.
    x, _, z = w.separate(w.simple("GeometryNodeInputPosition"))
    place = w.vector("MULTIPLY_ADD", own["bow"], z, w.vector("MULTIPLY_ADD", own["chord"], x, own["start"]))
    curves = w.node("GeometryNodeSetPosition", None, {"Geometry": curves, "Position": place}).outputs[0]
    return _tubes(w, given, curves, own, along, segments, sides, seconds)


def _own_values(
    w: NodeWriter, given: dict[str, Socket], what: SimpleNamespace, curves: Socket, rank: Socket
) -> tuple[Socket, dict[str, Socket]]:
    """*curves* with what each thread has of its own: confidence, edge, kind and tension as named attributes, and as fields what places it:

    start (where the source joint is), chord (from there to the target joint), bow (a vector across the chord); girth (radius at the source) and shade (colour).
    """
    table, joints = what.table, what.joints
    position = w.simple("GeometryNodeInputPosition")
    confidence, number, kind = w.separate(w.sample(what.strongest, position, rank, "FLOAT_VECTOR"))

    start = w.sample(joints, position, table.fixed("source", number, "INT"), "FLOAT_VECTOR")
    chord = w.vector("SUBTRACT", w.sample(joints, position, table.fixed("target", number, "INT"), "FLOAT_VECTOR"), start)
    length = w.vector("LENGTH", chord, out="Value")
    # Upwards and to the left, in the shares of the connection's fan, and of that only what is across the chord.
    upwards, sideways, far = w.separate(table.fixed("fan", number, "FLOAT_VECTOR"))
    left = w.vector("NORMALIZE", w.vector("CROSS_PRODUCT", (0.0, 0.0, 1.0), chord))
    wanted = w.vector("ADD", w.vector("SCALE", left, Scale=sideways), w.combine(0.0, 0.0, upwards))
    across = w.vector("NORMALIZE", w.vector("SUBTRACT", wanted, w.vector("PROJECT", wanted, chord)))
    # Twice as high as it bows: the middle of an arc of unit height lies half a unit up.
    height = w.math("MULTIPLY", w.math("MULTIPLY", length, given["Bow"]), w.math("MULTIPLY", far, 2.0))
    tension = _tension(w, length, table.fixed("rest", number, "FLOAT"))
    direction = w.separate(table.fixed("gate", number, "FLOAT_VECTOR"))[2]
    curves, own = w.capture(
        curves,
        "CURVE",
        start=(start, "VECTOR"),
        chord=(chord, "VECTOR"),
        bow=(w.vector("SCALE", across, Scale=height), "VECTOR"),
        girth=(_girth(w, given, confidence, rank, what.drawn), "FLOAT"),
        shade=(_shade(w, given, confidence, kind, direction, tension), "RGBA"),
        length=(length, "FLOAT"),
        confidence=(confidence, "FLOAT"),
        edge=(table.fixed("edge", number, "INT"), "INT"),
        kind=(kind, "INT"),
        tension=(tension, "FLOAT"),
    )
    # Values that are captured together are computed together; then they get their names.
    for name, data_type in (("confidence", "FLOAT"), ("edge", "INT"), ("kind", "INT8"), ("tension", "FLOAT")):
        curves = w.store(curves, name, own[name], data_type, "CURVE")
    return curves, own


def _tension(w: NodeWriter, length: Socket, rest: Socket) -> Socket:
    """The distance between a thread's joints as a multiple of its mean over the take (`duet_core.showing.tension`)."""
    known = w.compare("GREATER_THAN", rest, 0.0)
    return w.math("ADD", w.math("DIVIDE", length, rest), w.math("SUBTRACT", 1.0, known))  # a division by zero gives zero


def _shade(w: NodeWriter, given: dict[str, Socket], confidence: Socket, kind: Socket, direction: Socket, tension: Socket) -> Socket:
    """Each thread's colour."""
    mode = w.menu(given["Colour By"], COLOUR_BY)
    taut = w.remap(tension, SLACK, TAUT, SLACK_PLACE, 1.0)
    ramp = w.node("ShaderNodeValToRGB", None, {0: w.switch("FLOAT", mode, [taut if by == "Tension" else confidence for by in COLOUR_BY])})
    ramp.name = ramp.label = RAMP_NODE
    fill_ramp(ramp.color_ramp)
    # Of what the ramp does not show the confidence shows a little in how bright a colour is.
    bright = w.remap(confidence, 0.4, 1.0, 0.55, 1.05)
    by_kind = w.switch("RGBA", kind, [given[colour_input(kind_input(name))] for name in KINDS])
    by_direction = w.mix_colours(direction, *(given[colour_input(name)] for name in DIRECTIONS))
    shades = {
        "Kind": w.vector("SCALE", by_kind, Scale=bright),
        "Direction": w.vector("SCALE", by_direction, Scale=bright),
    }
    chosen = w.switch("RGBA", mode, [shades.get(by, ramp.outputs["Color"]) for by in COLOUR_BY])
    return w.vector("SCALE", chosen, Scale=GLOW)


def _girth(w: NodeWriter, given: dict[str, Socket], confidence: Socket, rank: Socket, drawn: Socket) -> Socket:
    """Each thread's radius at its source: by confidence, growing from nothing at the threshold, and at the last ranks."""
    grown = w.math("SUBTRACT", confidence, given["Threshold"])
    present = w.remap(grown, 0.0, w.math("MAXIMUM", given["Fade"], 1e-5), curve="SMOOTHSTEP")
    strength = w.remap(confidence, 0.3, 1.0, 0.3, 1.0)
    tail = w.math("MAXIMUM", w.math("MULTIPLY", given["Top K"], 0.2), 1.0)
    ranked = w.math("DIVIDE", w.math("SUBTRACT", given["Top K"], rank), tail, clamp=True)
    crowd = w.math("POWER", w.math("MINIMUM", w.math("DIVIDE", float(MANY), w.math("MAXIMUM", drawn, 1.0)), 1.0), 0.38)
    width = w.math("MULTIPLY", given["Width"], crowd)
    return w.math("MULTIPLY", w.math("MULTIPLY", width, w.math("MULTIPLY", strength, strength)), w.math("MULTIPLY", present, ranked))


def _arc(w: NodeWriter, given: dict[str, Socket], drawn: Socket) -> tuple[Socket, Socket, Socket, Socket]:
    """One arc of unit length and height, tapering; the share along it; and the number of its segments and of a tube's sides: fewer the more are *drawn*."""
    budget = w.math("DIVIDE", w.math("MULTIPLY", given["Detail"], float(POINTS_DRAWN)), w.math("MAXIMUM", drawn, 1.0))
    segments = w.math("MINIMUM", w.math("MAXIMUM", budget, 5.0), w.math("MULTIPLY", given["Detail"], 28.0))
    sides = w.remap(budget, 10.0, 60.0, 3.0, 7.0)
    arc = w.node(
        "GeometryNodeCurveQuadraticBezier",
        None,
        {"Resolution": segments, "Start": (0.0, 0.0, 0.0), "Middle": (0.42, 0.0, 1.0), "End": (1.0, 0.0, 0.0)},
    ).outputs[0]
    arc, captured = w.capture(arc, along=(w.simple("GeometryNodeSplineParameter", "Factor"), "FLOAT"))
    along = captured["along"]
    thinner = w.math("SUBTRACT", 1.0, w.math("MULTIPLY", along, given["Taper"]))
    # Swelling: nothing is left at the ends, and the middle is half as thick again.
    belly = w.math("MULTIPLY", w.math("SINE", w.math("MULTIPLY", along, 3.14159265)), 1.5)
    swollen = w.math("MULTIPLY_ADD", given["Swell"], w.math("SUBTRACT", belly, 1.0), 1.0)
    radius = w.math("MULTIPLY", thinner, w.math("MAXIMUM", swollen, 0.04))
    arc = w.node("GeometryNodeSetCurveRadius", None, {"Curve": arc, "Radius": radius}).outputs[0]
    arc = w.node("GeometryNodeSetMaterial", None, {"Geometry": arc, "Material": given["Material"]}).outputs[0]
    return arc, along, segments, sides


def _tubes(
    w: NodeWriter,
    given: dict[str, Socket],
    curves: Socket,
    own: dict[str, Socket],
    along: Socket,
    segments: Socket,
    sides: Socket,
    seconds: Socket,
) -> Socket:
    phase = w.math("FRACT", w.math("MULTIPLY", own["edge"], 0.618034))
    cycle = w.math("ADD", w.math("DIVIDE", seconds, given["Pulse Seconds"]), phase)
    # The pulse runs from before the source to so far past the target that its tail is gone, so that it enters and leaves smoothly.
    way = w.math("ADD", given["Trail"], 1.0 + 1.5 * _PULSE_WIDTH)
    head = w.math("SUBTRACT", w.math("MULTIPLY", w.math("FRACT", cycle), way), 1.25 * _PULSE_WIDTH)
    ahead = w.math("SUBTRACT", along, head)
    behind = w.math("DIVIDE", ahead, w.math("MULTIPLY", w.math("MAXIMUM", given["Trail"], 0.01), -1.0))
    apart = w.math("MAXIMUM", w.math("DIVIDE", ahead, _PULSE_WIDTH), behind)
    pulse = w.math("MULTIPLY", w.remap(apart, 0.0, 1.0, 1.0, 0.0, curve="SMOOTHSTEP"), given["Pulse"])
    curves = w.store(curves, "pulse", pulse)
    lit = w.attribute("pulse")
    # Where no pulse passes a dimmed thread is darker, and thinner.
    left = w.math("SUBTRACT", 1.0, w.math("MULTIPLY", given["Dim"], w.math("SUBTRACT", 1.0, lit)))
    shade = w.vector("SCALE", own["shade"], Scale=left)
    white = w.math("POWER", lit, 3.0)  # the head of a pulse, not its tail
    curves = w.store(curves, COLOUR, w.mix_colours(white, shade, PULSE_COLOUR), "FLOAT_COLOR")
    radius = w.math(
        "MULTIPLY", w.math("MULTIPLY", w.simple("GeometryNodeInputRadius"), own["girth"]), w.math("MULTIPLY_ADD", lit, 0.5, 1.0)
    )
    radius = w.math("MULTIPLY", radius, w.math("MULTIPLY_ADD", left, 0.6, 0.4))
    radius = w.math("MAXIMUM", radius, _arrow_head(w, given, own, along, segments))
    profile = w.node("GeometryNodeCurvePrimitiveCircle", {"mode": "RADIUS"}, {"Resolution": sides, "Radius": 1.0}).outputs[0]
    sweep = {"Curve": curves, "Profile Curve": profile, "Scale": radius}
    return w.node("GeometryNodeCurveToMesh", None, sweep).outputs[0]


def _arrow_head(w: NodeWriter, given: dict[str, Socket], own: dict[str, Socket], along: Socket, segments: Socket) -> Socket:
    """The radius of an arrow's head at a point of a thread: nothing before it, widest at its foot, a tip at the target."""
    long = w.math("MULTIPLY", own["girth"], _HEAD_LENGTH)
    # So long that also a coarse arc has a point in it: towards their ends arcs have longer segments.
    share = w.math("MAXIMUM", w.math("DIVIDE", long, w.math("MAXIMUM", own["length"], 1e-4)), w.math("DIVIDE", 2.5, segments))
    left = w.math("DIVIDE", w.math("SUBTRACT", 1.0, along), w.math("MINIMUM", share, 0.5))
    inside = w.compare("LESS_EQUAL", left, 1.0)
    wide = w.math("MULTIPLY", w.math("MULTIPLY", own["girth"], given["Arrow"]), _HEAD_WIDTH)
    return w.math("MULTIPLY", w.math("MULTIPLY", wide, left), inside)
