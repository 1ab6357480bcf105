"""How the connections that are to be drawn become tubes: one flat arc each, stretched and bowed into place between its joints, then swept.

Part of the node group of `thread_nodes`.
"""

from __future__ import annotations

from collections.abc import Generator
from types import SimpleNamespace

from ...duet_core.connections import KINDS
from ...duet_core.showing import SLACK, TAUT
from .node_tools import NodeWriter, Socket
from .palette import fill_ramp
from .table import LINK_DANCER, LINK_EDGE, LINK_FAR, LINK_LEFT, LINK_PHASE, LINK_SHARE, LINK_SOURCE, LINK_TARGET, LINK_UNKNOWN, LINK_UP
from .thread_inputs import ATTRIBUTES, COLOUR_BY, DIRECTIONS, PULSE_COLOUR, colour_input, kind_input

COLOUR = "thread_colour"
"""The colour attribute that every engine shows, and Workbench as well as the Solid viewport of themselves."""

GLOW = 1.7
"""How much brighter than it shall look that colour is: what Workbench lights cannot shine by itself. Materials take it back."""

RAMP_NODE = "Colour Ramp"
"""The node with the colours from low to high confidence, or tension."""

SLACK_PLACE = 0.3
"""Where on the ramp a slack thread is: below, colours are too dark for anything that shall be seen."""

MANY = 40
"""With more threads than this they are drawn thinner, so that a crowd stays a weave and does not become a block."""

POINTS_DRAWN = 2000
"""About how many arc points are drawn in all: few threads are smooth, many are coarser."""

CLOSE = 0.25
"""A thread bows as one that is longer by so many metres would, so that also that of two hands which hold each other rises from them."""

LONG, SLENDER = 0.6, 0.4
"""Metres from which a thread has its full width, and the share of it that one without length would have: the many between two hands that hold each other
would else be a bunch."""

_PULSE_WIDTH = 0.16
_HEAD_LENGTH, _HEAD_WIDTH = 9.0, 3.2
"""An arrow's head, as multiples of the thread's radius at its source."""


def draw_threads(w: NodeWriter, given: dict[str, Socket], what: SimpleNamespace, seconds: Socket) -> Generator[None, None, Socket]:
    """The tubes, in steps. *what* has: table, strongest (its points), joints (their mesh), drawn (how many)."""
    arc, segments, sides = _arc(w, given, what.drawn)
    yield
    copies = w.node("GeometryNodeDuplicateElements", {"domain": "SPLINE"}, {"Geometry": arc, "Amount": what.drawn})
    yield
    rank = copies.outputs["Duplicate Index"]
    curves, own = yield from _own_values(
        w, given, what, copies.outputs["Geometry"], SimpleNamespace(rank=rank, segments=segments, seconds=seconds)
    )
    yield
    # x counts along the straight line between the joints, y along the arc, z away from the line.
    x, along, z = w.separate(w.simple("GeometryNodeInputPosition"))
    yield
    of_points = yield from _along_it(w, given, own, along)
    yield
    curves, point = w.capture(curves, "POINT", **of_points)
    yield
    place = w.vector("MULTIPLY_ADD", own["bow"], z, w.vector("MULTIPLY_ADD", own["chord"], x, own["start"]))
    yield
    curves = w.node("GeometryNodeSetPosition", None, {"Geometry": curves, "Position": place}).outputs[0]
    yield
    curves = w.store(curves, "pulse", point["pulse"])
    yield
    curves = w.store(curves, COLOUR, point["colour"], "FLOAT_COLOR")
    yield
    profile = w.node("GeometryNodeCurvePrimitiveCircle", {"mode": "RADIUS"}, {"Resolution": sides, "Radius": 1.0}).outputs[0]
    sweep = {"Curve": curves, "Profile Curve": profile, "Scale": point["radius"]}
    return w.node("GeometryNodeCurveToMesh", None, sweep).outputs[0]


def _own_values(
    w: NodeWriter, given: dict[str, Socket], what: SimpleNamespace, curves: Socket, now: SimpleNamespace
) -> Generator[None, None, tuple[Socket, dict[str, Socket]]]:
    """*curves* with what each thread has of its own: confidence, and where asked for edge, kind and tension, as named attributes, and as fields what places it:

    start (the source joint's place, lifted), chord (the way to the target joint's), bow (a vector across the chord); girth (radius at the source), shade
    (colour), head (how far along its pulse of light is), and rate and foot of its arrow's head. *now* has: rank (0 is the strongest), segments (of an arc), seconds.
    """
    position = w.simple("GeometryNodeInputPosition")
    confidence, number, kind = w.separate(w.sample(what.strongest, position, now.rank, "FLOAT_VECTOR"))
    yield
    link = what.table.link(number)
    yield
    joint = w.sample(what.joints, position, link[LINK_SOURCE], "FLOAT_VECTOR")
    chord = w.vector("SUBTRACT", w.sample(what.joints, position, link[LINK_TARGET], "FLOAT_VECTOR"), joint)
    yield
    start = _lifted(w, given, joint)
    length = w.vector("LENGTH", chord, out="Value")
    yield
    # Upwards and to the left, in the shares of the connection's fan, and of that only what is across the chord.
    left = w.vector("NORMALIZE", w.vector("CROSS_PRODUCT", (0.0, 0.0, 1.0), chord))
    wanted = w.vector("MULTIPLY_ADD", left, link[LINK_LEFT], w.combine(0.0, 0.0, link[LINK_UP]))
    across = w.vector("NORMALIZE", w.vector("SUBTRACT", wanted, w.vector("PROJECT", wanted, chord)))
    yield
    # Twice as high as it bows: the middle of an arc of unit height lies half a unit up.
    double = w.math("MULTIPLY", given["Bow"], 2.0)
    height = w.math("MULTIPLY", w.math("MULTIPLY_ADD", length, double, w.math("MULTIPLY", double, CLOSE)), link[LINK_FAR])
    # The distance between a thread's joints as a multiple of its mean over the take (`duet_core.showing.tension`).
    tension = w.math("MULTIPLY_ADD", length, link[LINK_SHARE], link[LINK_UNKNOWN])
    yield
    girth = _girth(w, given, confidence, length, now.rank, what.drawn)
    yield
    rate, foot = _arrow(w, given, girth, length, now.segments)
    yield
    head = _pulse_head(w, given, link[LINK_PHASE], now.seconds)
    yield
    shade = yield from _shade(w, given, confidence, kind, link[LINK_DANCER], tension)
    yield
    curves, own = w.capture(
        curves,
        "CURVE",
        start=(start, "VECTOR"),
        chord=(chord, "VECTOR"),
        bow=(w.vector("SCALE", across, Scale=height), "VECTOR"),
        girth=(girth, "FLOAT"),
        shade=(shade, "RGBA"),
        head=(head, "FLOAT"),
        rate=(rate, "FLOAT"),
        foot=(foot, "FLOAT"),
        confidence=(confidence, "FLOAT"),
        edge=(link[LINK_EDGE], "INT"),
        kind=(kind, "INT"),
        tension=(tension, "FLOAT"),
    )
    yield
    # Values that are captured together are computed together; then they get their names.
    more = curves = w.store(curves, "confidence", own["confidence"], "FLOAT", "CURVE")
    for name, data_type in (("edge", "INT"), ("kind", "INT8"), ("tension", "FLOAT")):
        yield
        more = w.store(more, name, own[name], data_type, "CURVE")
    yield
    return w.either("GEOMETRY", given[ATTRIBUTES], more, curves), own


def _lifted(w: NodeWriter, given: dict[str, Socket], joint: Socket) -> Socket:
    """The place of *joint*, brought nearer to the camera: joints lie in the bodies, and a thread that is to be seen lies on them."""
    camera = w.node(
        "GeometryNodeObjectInfo", {"transform_space": "RELATIVE"}, {"Object": w.simple("GeometryNodeInputActiveCamera")}
    ).outputs
    towards = w.vector("NORMALIZE", w.vector("SUBTRACT", camera["Location"], joint))
    # Where there is no camera, nothing has a size.
    lift = w.vector("SCALE", w.vector("MINIMUM", camera["Scale"], (1.0, 1.0, 1.0)), Scale=given["Lift"])
    return w.vector("MULTIPLY_ADD", towards, lift, joint)


def _shade(
    w: NodeWriter, given: dict[str, Socket], confidence: Socket, kind: Socket, direction: Socket, tension: Socket
) -> Generator[None, None, Socket]:
    """Each thread's colour."""
    mode = w.menu(given["Colour By"], COLOUR_BY)
    taut = w.remap(tension, SLACK, TAUT, SLACK_PLACE, 1.0)
    ramp = w.node("ShaderNodeValToRGB", None, {0: w.switch("FLOAT", mode, [taut if by == "Tension" else confidence for by in COLOUR_BY])})
    ramp.name = ramp.label = RAMP_NODE
    fill_ramp(ramp.color_ramp)
    # Of what the ramp does not show the confidence shows a little in how bright a colour is.
    bright = w.remap(confidence, 0.4, 1.0, 0.55, 1.05)
    yield
    by_kind = w.switch("RGBA", kind, [given[colour_input(kind_input(name))] for name in KINDS])
    by_direction = w.mix_colours(direction, *(given[colour_input(name)] for name in DIRECTIONS))
    yield
    shades = {
        "Kind": w.vector("SCALE", by_kind, Scale=bright),
        "Direction": w.vector("SCALE", by_direction, Scale=bright),
    }
    chosen = w.switch("RGBA", mode, [shades.get(by, ramp.outputs["Color"]) for by in COLOUR_BY])
    return w.vector("SCALE", chosen, Scale=GLOW)


def _girth(w: NodeWriter, given: dict[str, Socket], confidence: Socket, length: Socket, rank: Socket, drawn: Socket) -> Socket:
    """Each thread's radius at its source: by confidence, growing from nothing at the threshold, and at the last ranks; slender where it is short."""
    grown = w.math("SUBTRACT", confidence, given["Threshold"])
    present = w.remap(grown, 0.0, w.math("MAXIMUM", given["Fade"], 1e-5), curve="SMOOTHSTEP")
    strength = w.remap(confidence, 0.3, 1.0, 0.3, 1.0)
    tail = w.math("MAXIMUM", w.math("MULTIPLY", given["Top K"], 0.2), 1.0)
    ranked = w.math("DIVIDE", w.math("SUBTRACT", given["Top K"], rank), tail, clamp=True)
    crowd = w.math("POWER", w.math("MINIMUM", w.math("DIVIDE", float(MANY), w.math("MAXIMUM", drawn, 1.0)), 1.0), 0.38)
    slender = w.remap(length, 0.0, LONG, SLENDER, 1.0)
    width = w.math("MULTIPLY", w.math("MULTIPLY", given["Width"], slender), crowd)
    return w.math("MULTIPLY", w.math("MULTIPLY", width, w.math("MULTIPLY", strength, strength)), w.math("MULTIPLY", present, ranked))


def _pulse_head(w: NodeWriter, given: dict[str, Socket], phase: Socket, seconds: Socket) -> Socket:
    """How far along its thread a pulse of light is, as a share: from before the source to so far past the target that its tail is gone, so that it enters
    and leaves smoothly."""
    cycle = w.math("ADD", w.math("DIVIDE", seconds, given["Pulse Seconds"]), phase)
    way = w.math("ADD", given["Trail"], 1.0 + 1.5 * _PULSE_WIDTH)
    return w.math("MULTIPLY_ADD", w.math("FRACT", cycle), way, -1.25 * _PULSE_WIDTH)


def _arrow(w: NodeWriter, given: dict[str, Socket], girth: Socket, length: Socket, segments: Socket) -> tuple[Socket, Socket]:
    """One over the share of a thread that an arrow's head takes, and the head's radius where it is widest."""
    long = w.math("DIVIDE", w.math("MULTIPLY", girth, _HEAD_LENGTH), w.math("MAXIMUM", length, 1e-4))
    # So long that also a coarse arc has a point in it: towards their ends arcs have longer segments.
    share = w.math("MINIMUM", w.math("MAXIMUM", long, w.math("DIVIDE", 2.5, segments)), 0.5)
    return w.math("DIVIDE", 1.0, share), w.math("MULTIPLY", girth, w.math("MULTIPLY", given["Arrow"], _HEAD_WIDTH))


def _arc(w: NodeWriter, given: dict[str, Socket], drawn: Socket) -> tuple[Socket, Socket, Socket]:
    """One arc of unit length and height, and the number of its segments and of a tube's sides: fewer the more are *drawn*.

    The arc lies above the diagonal from (0,0,0) to (1,1,0), so that its points' y says how far along it they are; nothing else needs that.
    """
    budget = w.math("DIVIDE", w.math("MULTIPLY", given["Detail"], float(POINTS_DRAWN)), w.math("MAXIMUM", drawn, 1.0))
    segments = w.math("MINIMUM", w.math("MAXIMUM", budget, 5.0), w.math("MULTIPLY", given["Detail"], 28.0))
    sides = w.remap(budget, 10.0, 60.0, 3.0, 7.0)
    ends = {"Start": (0.0, 0.0, 0.0), "Middle": (0.42, 0.5, 1.0), "End": (1.0, 1.0, 0.0)}
    arc = w.node("GeometryNodeCurveQuadraticBezier", None, {"Resolution": segments, **ends}).outputs[0]
    arc = w.node("GeometryNodeSetMaterial", None, {"Geometry": arc, "Material": given["Material"]}).outputs[0]
    return arc, segments, sides


def _along_it(
    w: NodeWriter, given: dict[str, Socket], own: dict[str, Socket], along: Socket
) -> Generator[None, None, dict[str, tuple[Socket, str]]]:
    """What each point of a thread has, by its share *along* it: pulse, colour and radius."""
    ahead = w.math("SUBTRACT", along, own["head"])
    behind = w.math("DIVIDE", ahead, w.math("MULTIPLY", w.math("MAXIMUM", given["Trail"], 0.01), -1.0))
    apart = w.math("MAXIMUM", w.math("DIVIDE", ahead, _PULSE_WIDTH), behind)
    lit = w.math("MULTIPLY", w.remap(apart, 0.0, 1.0, 1.0, 0.0, curve="SMOOTHSTEP"), given["Pulse"])
    # Where no pulse passes a dimmed thread is darker, and thinner.
    yield
    left = w.math("MULTIPLY_ADD", given["Dim"], w.math("SUBTRACT", lit, 1.0), 1.0)
    shade = w.vector("SCALE", own["shade"], Scale=left)
    white = w.math("POWER", lit, 4.0)  # the head of a pulse, not its tail
    yield
    thinner = w.math("MULTIPLY_ADD", along, w.math("MULTIPLY", given["Taper"], -1.0), 1.0)
    # Swelling: nothing is left at the ends, and the middle is half as thick again.
    belly = w.math("MULTIPLY_ADD", w.math("SINE", w.math("MULTIPLY", along, 3.14159265)), 1.5, -1.0)
    swollen = w.math("MAXIMUM", w.math("MULTIPLY_ADD", given["Swell"], belly, 1.0), 0.04)
    yield
    radius = w.math("MULTIPLY", w.math("MULTIPLY", own["girth"], thinner), w.math("MULTIPLY_ADD", lit, 0.5, 1.0))
    radius = w.math("MULTIPLY", radius, w.math("MULTIPLY_ADD", left, 0.6, 0.4))
    radius = w.either("FLOAT", w.compare("GREATER_THAN", given["Swell"], 0.0), w.math("MULTIPLY", radius, swollen), radius)
    yield
    # An arrow's head: nothing before it, widest at its foot, a tip at the target.
    tip = w.math("MULTIPLY", w.math("SUBTRACT", 1.0, along), own["rate"])
    yield
    pointed = w.math("MULTIPLY", w.math("MULTIPLY", own["foot"], tip), w.compare("LESS_EQUAL", tip, 1.0))
    radius = w.either("FLOAT", w.compare("GREATER_THAN", given["Arrow"], 0.0), w.math("MAXIMUM", radius, pointed), radius)
    return {"pulse": (lit, "FLOAT"), "colour": (w.mix_colours(white, shade, given[PULSE_COLOUR]), "RGBA"), "radius": (radius, "FLOAT")}
