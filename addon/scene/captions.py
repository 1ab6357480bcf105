"""What may be written over a duet beside the usual words: subtitles that say what binds the dancers, a strip that shows who leads over the take, and
a legend of the kinds' colours.

All hang before the camera as the other words do, and play without Python. The camera remembers which of them are wanted, so that they are written anew
with the other words.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.connections import KINDS, Connections
from .own import remove_object
from .palette import DANCER_COLOURS, KIND_COLOURS, linear
from .text import Colour, TextWriter, add_patch, add_text, add_written, finish, flat_material, recolour
from .thread_inputs import colour_input, kind_input
from .threads import get_input
from .timing import FIRST_FRAME

if TYPE_CHECKING:
    from ...duet_core.explain.balance import Balance
    from ...duet_core.explain.subtitles import Subtitle

WANTED = "duet_captions"
"""The camera's custom property with the names of the captions that are wanted, one after another with spaces between."""

CAPTION = "duet_caption"
"""The custom property of each object of a caption: the duet and the caption it belongs to."""

SUBTITLES, LEADING, KINDS_LEGEND = "Subtitles", "Leading", "Kinds"

WEIGHTIEST = 240
"""Phrases that subtitles choose from: an hour has more than anybody reads, and each makes the text's nodes larger."""

_LINE, _LETTER = 0.036, 0.52
"""Size of a letter as a share of the picture's shorter side, and its width as a share of that."""

_STRIP, _STRIP_PLACE = 0.024, 0.008
"""Height of the strip, and of its lower edge over the picture's, in shares of the picture's shorter side."""

_SMALL = 0.030
"""Size of a letter of the legend of kinds, as a share of the picture's shorter side."""

LEGEND_WIDTH, LEGEND_HEIGHT = 0.72, 0.126
"""What legends take of the lower left corner, in shares of the picture's shorter side: sentences stand at their right, in upright pictures above them."""

_GIVE_WAY = {
    SUBTITLES: ("Strongest", "Strongest How"),  # one sentence at a time
    KINDS_LEGEND: ("Legend Unsure", "Legend Confidence", "Legend Sure"),  # a thread has one colour, which means one thing
}
"""The words in whose place a caption stands."""

UNSETTLED: Colour = (0.16, 0.17, 0.20)


@dataclass(frozen=True)
class Place:
    """Where captions hang: before which camera, how large its picture is there (metres), and the margin beside them."""

    camera: str
    collection: str
    half_width: float
    half_height: float
    margin: float
    depth: float

    @property
    def unit(self) -> float:
        """The picture's shorter side."""
        return 2 * min(self.half_width, self.half_height)

    @property
    def wide(self) -> bool:
        """Whether a sentence has room at the right of the legends."""
        return self.half_width > 1.5 * self.half_height


def wanted(camera: bpy.types.Object) -> list[str]:
    """The captions that *camera* is to have."""
    return str(camera.get(WANTED, "")).split()


def build_captions(duet: str, place: Place, connections: Connections, frames: int, threshold: float, start: int = FIRST_FRAME) -> list[str]:
    """Write the captions that the camera is to have, and return the objects' names.

    Args:
        duet: prefix of the objects' names.
        frames: of the clip, which begins at the scene's frame *start*.
        threshold: the confidence above which connections are spoken of.
    """
    from ...duet_core.explain import explain
    from ...duet_core.explain.subtitles import subtitles

    camera = bpy.data.objects[place.camera]
    names = wanted(camera)
    if not names:
        return []
    told = explain(connections, threshold=threshold)
    made = []
    if SUBTITLES in names:
        chief = sorted(told.phrases, key=lambda phrase: -phrase.weight)[:WEIGHTIEST]
        made.append(_subtitles(duet, place, subtitles(chief, told.wording), frames, connections.fps, start))
    if LEADING in names:
        made += _leading(duet, place, told.balance, told.wording.dancers, frames, connections.fps, start)
    if KINDS_LEGEND in names:
        made += _kinds(duet, place)
    _make_way(duet, names)
    return made


def remove_captions(duet: str) -> None:
    """Remove every caption of *duet*, and show again what made way for them."""
    for kind in (SUBTITLES, LEADING, KINDS_LEGEND):
        for thing in [thing for thing in bpy.data.objects if thing.get(CAPTION) == f"{duet} {kind}"]:
            remove_object(thing)
    _make_way(duet, [])


def recolour_kinds(duet: str) -> None:
    """Give the legend of kinds of *duet*, where there is one, the colours that its threads have now."""
    for kind in KINDS[1:]:
        dot = bpy.data.objects.get(f"{duet} {KINDS_LEGEND} {kind} dot")
        if dot is not None and dot.type == "MESH":
            recolour(dot, np.tile(_kind_colour(duet, kind), (len(dot.data.vertices), 1)))


def _make_way(duet: str, captions: list[str]) -> None:
    """Hide the words in whose place these *captions* stand, and show all others."""
    for caption, words in _GIVE_WAY.items():
        for word in words:
            other = bpy.data.objects.get(f"{duet} {word}")
            if other is not None:
                other.hide_render = other.hide_viewport = caption in captions


def _hang(thing: bpy.types.Object, caption: str, place: Place, x: float, y: float, nearer: float = 0.0) -> str:
    thing[CAPTION] = caption
    thing.parent = bpy.data.objects[place.camera]
    thing.location = (x, y, place.depth + nearer)
    return thing.name


def _bright(duet: str) -> Colour:
    """The colour of the headline, which a stage may have changed."""
    title = bpy.data.objects.get(f"{duet} Title")
    materials = [slot.material for slot in title.material_slots if slot.material] if title is not None else []
    for material in materials:
        for node in material.node_tree.nodes:
            if node.type == "EMISSION":
                red, green, blue, _ = node.inputs["Color"].default_value
                return red, green, blue
    return 0.86, 0.88, 0.92


def _subtitles(duet: str, place: Place, said: list[Subtitle], frames: int, fps: float, start: int) -> str:
    """One text of which a table with one point per frame says which line it is."""
    line = np.zeros(max(frames, 1), np.int32)
    for number, one in enumerate(said, 1):
        line[round(one.start * fps) : round(one.end * fps)] = number
    name, colour = f"{duet} {SUBTITLES}", _bright(duet)
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(line))
    mesh.attributes.new("line", "INT", "POINT").data.foreach_set("value", line)
    thing, write, table = add_written(name, bpy.data.collections[place.collection], colour=colour, mesh=mesh)
    size = _LINE * place.unit
    room = 2 * (place.half_width - place.margin) - (LEGEND_WIDTH * place.unit if place.wide else 0.0)
    letters = int(room / (_LETTER * size))
    texts = ["", *("\n".join(textwrap.wrap(one.text, letters)) for one in said)]
    now = write.sample(table, write.attribute("line", "INT"), _frame(write, start), "INT")
    finish(write, write.letters(write.pick(now, texts), size, "RIGHT" if place.wide else "CENTER", flat_material(colour)))
    lower = place.margin - place.half_height
    if place.wide:
        return _hang(thing, name, place, place.half_width - place.margin, lower)
    return _hang(thing, name, place, 0.0, lower + LEGEND_HEIGHT * place.unit)


def _frame(write: TextWriter, start: int) -> bpy.types.NodeSocket:
    return write.math("SUBTRACT", write.simple("GeometryNodeInputSceneTime", "Frame"), float(start))


def _leading(duet: str, place: Place, balance: Balance, dancers: tuple[str, str], frames: int, fps: float, start: int) -> list[str]:
    """The take from left to right: up is the first dancer's, down the second's; a band where the share surely lies, in the colour of who leads."""
    seconds = max(frames / fps, 1e-6)
    width, height = 2 * (place.half_width - place.margin), _STRIP * place.unit
    points: list[tuple[float, float]] = []
    colours: list[Colour] = []

    def bar(left: float, right: float, low: float, high: float, colour: Colour) -> None:
        points.extend(((left, low), (right, low), (right, high), (left, high)))
        colours.extend([colour] * 4)

    thin = 0.035
    bar(0.0, width, (0.5 - thin / 2) * height, (0.5 + thin / 2) * height, UNSETTLED)
    shades = [linear(colour)[:3] for colour in DANCER_COLOURS]
    edges = np.clip(balance.borders / seconds, 0, 1) * width
    for left, right, share, low, high, leader in zip(
        edges[:-1], edges[1:], balance.share, balance.low, balance.high, balance.leader, strict=True
    ):
        if np.isnan(share):
            continue
        colour = shades[leader] if leader >= 0 else UNSETTLED
        low, high = min(low, share - 2 * thin), max(high, share + 2 * thin)
        bar(left, right, low * height, high * height, _times(0.45, colour) if leader >= 0 else colour)
        bar(left, right, (share - 1.5 * thin) * height, (share + 1.5 * thin) * height, _times(1.5, colour))
    faces = [(4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 3) for k in range(len(points) // 4)]
    collection = bpy.data.collections[place.collection]
    strip = add_patch(f"{duet} {LEADING}", np.array(points), faces, colours, collection)
    strip.data.vertices.foreach_set("co", _depths(points).ravel())
    x, y = -place.half_width + place.margin, -place.half_height + _STRIP_PLACE * place.unit
    name = f"{duet} {LEADING}"
    made = [_hang(strip, name, place, x, y)]

    bright = _bright(duet)
    head = bpy.data.meshes.new(f"{duet} {LEADING} Now")
    half, over = 0.0016 * place.unit, 0.25 * height
    head.from_pydata([(-half, -over, 0), (half, -over, 0), (half, height + over, 0), (-half, height + over, 0)], [], [(0, 1, 2, 3)])
    thing, write, geometry = add_written(f"{duet} {LEADING} Now", collection, colour=bright, mesh=head)
    share = write.math("DIVIDE", _frame(write, start), float(max(frames - 1, 1)), clamp=True)
    place_now = write.combine(write.math("MULTIPLY", share, width), 0.0, 0.0)
    moved = write.node("GeometryNodeTransform", None, {"Geometry": geometry, "Translation": place_now}).outputs[0]
    finish(write, write.node("GeometryNodeSetMaterial", None, {"Geometry": moved, "Material": flat_material(bright)}).outputs[0])
    made.append(_hang(thing, name, place, x, y, nearer=2e-4))
    size = 0.75 * height
    for dancer, above in ((0, height - 0.6 * size), (1, -0.1 * size)):
        letter = add_text(f"{name} {dancer}", dancers[dancer][:1], collection, size=size, colour=_times(1.5, shades[dancer]), align="RIGHT")
        made.append(_hang(letter, name, place, x - 0.4 * size, y + above))
    return made


def _kinds(duet: str, place: Place) -> list[str]:
    """The kinds' names, each beside a dot in the colour that its threads have, where they have it by kind."""
    collection, size = bpy.data.collections[place.collection], _SMALL * place.unit
    name, made = f"{duet} {KINDS_LEGEND}", []
    x, y = place.margin - place.half_width, place.margin - place.half_height
    around = np.linspace(0, 2 * np.pi, 17)[:-1]
    circle = 0.32 * size * np.column_stack([np.cos(around), np.sin(around)])
    for kind in KINDS[1:]:
        dot = add_patch(f"{name} {kind} dot", circle, [range(len(circle))], [_kind_colour(duet, kind)] * len(circle), collection)
        made.append(_hang(dot, name, place, x + 0.32 * size, y + 0.32 * size))
        word = add_text(f"{name} {kind}", kind, collection, size=size, colour=_bright(duet))
        made.append(_hang(word, name, place, x + 0.9 * size, y))
        x += (1.6 + 0.5 * len(kind)) * size
    return made


def _kind_colour(duet: str, kind: str) -> Colour:
    thing = bpy.data.objects.get(f"{duet} connections")
    red, green, blue, *_ = get_input(thing, colour_input(kind_input(kind))) if thing is not None else linear(KIND_COLOURS[kind])
    return red, green, blue


def _times(factor: float, colour: Colour) -> Colour:
    red, green, blue = colour
    return factor * red, factor * green, factor * blue


def _depths(points: list[tuple[float, float]]) -> NDArray[np.float32]:
    """(N, 3) the points, each bar a little nearer than the one before it, so that none flickers through another."""
    flat = np.array(points)
    depth = 1e-4 * (np.arange(len(flat)) // 4) / max(len(flat) // 4, 1)
    return np.column_stack([flat, depth]).astype(np.float32)
