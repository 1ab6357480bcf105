"""What can be set about a duet's threads: the inputs of their node group, each of which may be keyed and lives in the .blend."""

from __future__ import annotations

from typing import Any

import bpy

from ...duet_core.connections import DISPLAY_THRESHOLD, KINDS
from ...duet_core.skeletons.landmarks import PARTS
from ...duet_core.threads import TYPES
from .node_tools import add_input
from .palette import DIRECTION_COLOURS, KIND_COLOURS, PULSE, linear
from .timing import FIRST_FRAME

COLOUR_BY: tuple[str, ...] = ("Confidence", "Kind", "Direction", "Tension")
"""The choices of the input "Colour By", in the order of the numbers behind them."""

DIRECTIONS: tuple[str, ...] = ("A to B", "B to A")
"""Inputs that show connections from the first dancer, and from the second."""

ONLY_CHOSEN = "Only Chosen"
ATTRIBUTES = "Attributes"
PULSE_COLOUR = "Pulse Colour"
SHAPE = ("Width", "Bow", "Lift", "Taper", "Swell", "Arrow")
LIGHT = ("Pulse", "Pulse Seconds", "Trail", "Dim", PULSE_COLOUR)
"""Inputs that say how a thread is shaped, and how light travels along it."""


_TYPES = {
    "faint": "little of the joint's motion answers the other's",
    "clear": "some of the joint's motion answers the other's",
    "core": "much of the joint's motion answers the other's",
}


def kind_input(kind: str) -> str:
    """The input that shows or hides connections of *kind* (of `KINDS`)."""
    return "No Kind" if kind == "none" else kind.capitalize()


def type_input(name: str) -> str:
    """The input that shows or hides connections of the type *name* (of `TYPES`)."""
    return name.capitalize()


def part_input(end: str, part: str) -> str:
    """The input that shows or hides connections that start (*end* "From") or end ("To") in the body part *part* (of `PARTS`)."""
    return f"{end} {part.replace('_', ' ').title()}"


def colour_input(name: str) -> str:
    """The input with the colour of a kind or a direction, by the name of the input that shows it."""
    return f"{name} Colour"


def add_interface(tree: bpy.types.NodeTree) -> None:
    """Give the empty group *tree* its inputs and its output, in panels as the modifier shows them."""
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    add_input(tree, "Geometry", "Geometry")
    _show(_Panel(tree, "Show", "Which connections are drawn"))
    kinds = _Panel(tree, "Kinds", "Kinds of connections that are drawn", closed=True)
    for kind in KINDS[1:] + KINDS[:1]:
        said = "whose kind is unknown" if kind == "none" else f"of the kind {kind}"
        kinds.add(kind_input(kind), "Bool", True, f"Draw connections {said}")
    types = _Panel(tree, "Types", "How strong drawn connections are", closed=True)
    for name in TYPES:
        types.add(type_input(name), "Bool", True, f"Draw connections of the type {name}: {_TYPES[name]}")
    for end, doing in (("From", "start"), ("To", "end")):
        parts = _Panel(tree, end, f"Body parts in which drawn connections {doing}", closed=True)
        for part in PARTS:
            parts.add(part_input(end, part), "Bool", True, f"Draw connections that {doing} in this body part: {part.replace('_', ' ')}")
    _look(_Panel(tree, "Look", "How a thread looks"))
    colours = _Panel(
        tree, "Colours", "Colours by kind and direction; that by confidence and tension is the node group's Color Ramp", closed=True
    )
    for kind in KINDS[1:] + KINDS[:1]:
        colours.add(colour_input(kind_input(kind)), "Color", linear(KIND_COLOURS[kind]), f"Colour by kind: {kind_input(kind).lower()}")
    for direction, colour in zip(DIRECTIONS, DIRECTION_COLOURS, strict=True):
        colours.add(colour_input(direction), "Color", linear(colour), f"Colour by direction: {direction}")
    colours.add(PULSE_COLOUR, "Color", PULSE, "Colour of a pulse of light where it is brightest")
    _data(_Panel(tree, "Data", "What the threads are read from", closed=True))


class _Panel:
    """A panel of the interface of *tree*."""

    def __init__(self, tree: bpy.types.NodeTree, name: str, description: str, *, closed: bool = False) -> None:
        self.tree = tree
        self.panel = tree.interface.new_panel(name, description=description, default_closed=closed)

    def add(self, name: str, kind: str, default: Any = None, description: str = "", **more: Any) -> None:
        add_input(self.tree, name, kind, default=default, description=description, panel=self.panel, **more)

    def share(self, name: str, default: float, description: str, high: float = 1.0) -> None:
        self.add(name, "Float", default, description, low=0.0, high=high, subtype="FACTOR")


def _show(panel: _Panel) -> None:
    panel.share("Threshold", DISPLAY_THRESHOLD, "Draw connections whose confidence exceeds this")
    panel.add("Top K", "Int", 40, "Draw at most so many at once, the strongest", low=0, high=100_000)
    panel.share("Fade", 0.08, "How far above the threshold a thread has grown to its full width, so that none pops in or out", high=0.5)
    for direction, (one, other) in zip(DIRECTIONS, (("A", "B"), ("B", "A")), strict=True):
        panel.add(direction, "Bool", True, f"Draw connections from joints of {one} to joints of {other}")
    panel.add(ONLY_CHOSEN, "Bool", False, "Draw only the connections that Only Selected Bones chose")


def _look(panel: _Panel) -> None:
    panel.add("Colour By", "Menu", None, "What a thread's colour says")
    panel.add(
        "Width", "Float", 0.012, "Radius of a thread of full confidence at its source; above 40 threads all are thinner",
        low=0.0, high=1.0, subtype="DISTANCE",
    )  # fmt: skip
    panel.add(
        "Bow",
        "Float",
        0.19,
        "How far a thread bows away from the straight line, as a share of its length and a little more",
        low=0.0,
        high=2.0,
    )
    panel.add(
        "Lift", "Float", 0.07, "How much nearer to the camera than its joints a thread runs, so that it lies on the bodies and not in them",
        low=0.0, high=1.0, subtype="DISTANCE",
    )  # fmt: skip
    panel.share("Taper", 0.8, "How much thinner a thread is at its target than at its source")
    panel.share("Swell", 0.0, "How much thicker a thread is in its middle than at its ends, like the stroke of a brush")
    panel.share("Arrow", 0.0, "Size of an arrow's head at the target")
    panel.share("Pulse", 0.75, "Strength of the light that travels from source to target")
    panel.add("Pulse Seconds", "Float", 1.6, "Seconds from one pulse of light to the next", low=0.05, high=60.0)
    panel.share("Trail", 0.16, "Length of the tail behind a pulse of light, as a share of the thread")
    panel.share("Dim", 0.0, "How much darker and thinner a thread is where no pulse passes")
    panel.add(
        "Detail", "Float", 1.0, "Finer or coarser tubes; above 100 threads the number of points is kept in bounds all the same", low=0.1, high=4.0
    )  # fmt: skip
    panel.add("Material", "Material", None, "Material of the threads")


def _data(panel: _Panel) -> None:
    panel.add("Joints", "Object", None, "Mesh with one vertex for each joint of each dancer")
    panel.add("Table", "Object", None, "Mesh that holds the confidences")
    panel.add("Start Frame", "Float", float(FIRST_FRAME), "Scene frame at which the duet's first frame plays")
    panel.add("First Centre", "Float", 0.0, "Frame of the duet in the middle of the first window")
    panel.add("Spacing", "Float", 1.0, "Frames from one window to the next", low=0.001)
    panel.add(
        ATTRIBUTES, "Bool", False, "Also write each thread's number, kind and tension on its tube, for materials and nodes of your own"
    )
    panel.add("Windows", "Int", 0, "Number of windows in the table", low=0)
