"""What is written over the duet: title, time code, legend, and the moment's strongest connection in words.

All of it hangs before the camera like a pane of glass, lives in the .blend and plays without Python.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.clip import Clip
from ...duet_core.connections import KINDS, Connections, candidates
from ...duet_core.framing import LENS, Framing
from ...duet_core.moments import joint_words, strongest
from .captions import LEGEND_HEIGHT, LEGEND_WIDTH, Place, build_captions, recolour_kinds
from .node_tools import Socket
from .text import Colour, TextWriter, add_patch, add_text, add_written, finish, flat_material, recolour
from .thread_nodes import ramp_node
from .timing import FIRST_FRAME

BRIGHT: Colour = (0.86, 0.88, 0.92)
SOFT: Colour = (0.36, 0.39, 0.45)

DISTANCE = 1.0
"""Metres from the camera to the pane: nearer than anything that dances."""

_EDGE = 0.055
_TITLE, _BODY, _SMALL, _CLOCK = 0.044, 0.036, 0.030, 0.058
"""Sizes and the pane's border as shares of the picture's shorter side."""

_LETTER = 0.56
"""Width of a letter as a share of its size, at most on average."""

_COLOURLESS: Colour = (0.30, 0.32, 0.36)
"""Of the legend's thread that shows the direction: its shape says it, whatever colours mean. To be seen on dark and on light stages."""

_FAR_WORDS = "at one distance"
"""Of a hold whose joints are too far apart to hold each other."""

_KIND_WORDS = {"none": "", "lead": "", "hold": "held together", "unison": "in unison", "mirror": "mirrored", "opposition": "in opposition"}


@dataclass(frozen=True)
class _Pane:
    """The picture's plane before the camera: sizes in shares of the picture's shorter side, places from a corner inwards."""

    camera_name: str
    collection_name: str
    half_width: float
    half_height: float
    unit: float

    @property
    def camera(self) -> bpy.types.Object:
        return bpy.data.objects[self.camera_name]

    @property
    def collection(self) -> bpy.types.Collection:
        return bpy.data.collections[self.collection_name]

    def put(self, ob: bpy.types.Object, corner: str, across: float, up: float) -> bpy.types.Object:
        """Hang *ob* at *across*, *up* from *corner* ("bottom left" …), both counted inwards from the border."""
        x = (self.half_width - (_EDGE + across) * self.unit) * (-1 if "left" in corner else 1)
        y = (self.half_height - (_EDGE + up) * self.unit) * (-1 if "bottom" in corner else 1)
        ob.parent = self.camera
        ob.location = (x, y, -DISTANCE)
        return ob


def annotating(
    clip: Clip,
    connections: Connections | None,
    framing: Framing,
    duet: str,
    collection: str,
    *,
    camera: str,
    threshold: float,
    title: str,
    ramp: NDArray | None = None,
    start: int = FIRST_FRAME,
) -> Generator[None, None, list[str]]:
    """Write over the duet in *collection* and return the objects' names.

    Args:
        clip: for its names, frames and rate.
        connections: legend and sentence are left out where None.
        framing: the camera's, for the picture's shape.
        duet: prefix of the objects' names.
        collection: name of the one where the objects go.
        camera: the camera object's name.
        threshold: confidence from which threads are drawn.
        title: the headline.
        ramp: (N, 3) linear colours of the threads from confidence 0 to 1.
        start: the scene frame at which the clip begins.
    """
    half_width, half_height = (DISTANCE * t for t in framing.tangents)
    pane = _Pane(camera, collection, half_width, half_height, 2 * min(half_width, half_height))
    names = [ob.name for ob in _headline(pane, duet, title, connections)]
    yield
    names += [ob.name for ob in _clock(pane, duet, clip, start)]
    yield
    if connections is not None:
        names += [ob.name for ob in _legend(pane, duet, threshold, shown_ramp(duet, ramp))]
        yield
        names += yield from _sentence(pane, duet, clip, connections, threshold, start)
        yield
        place = Place(camera, collection, half_width, half_height, _EDGE * pane.unit, -DISTANCE)
        names += build_captions(duet, place, connections, clip.frames, threshold, start)
    return names


def caption_place(camera: str, collection: bpy.types.Collection, aspect: float) -> Place:
    """Where captions hang before *camera* in a picture of this *aspect*, beside the words that `annotating` wrote."""
    half_width, half_height = (DISTANCE * t for t in Framing(np.zeros(3), 0.0, 0.0, LENS, aspect).tangents)
    depths = [child.location.z for child in bpy.data.objects[camera].children if child.name.endswith(" Title")]
    return Place(
        camera, collection.name, half_width, half_height, _EDGE * 2 * min(half_width, half_height), depths[0] if depths else -DISTANCE
    )


def _headline(pane: _Pane, duet: str, title: str, connections: Connections | None) -> list[bpy.types.Object]:
    across = 2 * pane.half_width / pane.unit - 2 * _EDGE - 0.32
    size = min(_TITLE, across / (_LETTER * max(1, len(title))))
    made = [add_text(f"{duet} Title", title, pane.collection, size=size * pane.unit, colour=BRIGHT)]
    pane.put(made[0], "top left", 0, 0.72 * _TITLE)
    if connections is not None:
        method = str(connections.meta.get("title") or connections.meta.get("method") or connections.meta.get("model") or "")
        if method:
            made.append(add_text(f"{duet} Method", f"found by {method}", pane.collection, size=_SMALL * pane.unit, colour=SOFT))
            pane.put(made[1], "top left", 0, 0.72 * _TITLE + 1.4 * _SMALL)
    return made


def _clock(pane: _Pane, duet: str, clip: Clip, start: int) -> list[bpy.types.Object]:
    """The time as minutes, seconds and tenths, and the clip's frame below it."""
    ob, write, _ = add_written(f"{duet} Time Code", pane.collection, colour=BRIGHT)
    frame = write.math("SUBTRACT", write.simple("GeometryNodeInputSceneTime", "Frame"), float(start))
    # A small part of a frame more, so that 0.1 s × 30 is tenth 1 and not 0.9999.
    tenths = write.math("FLOOR", write.math("MULTIPLY_ADD", write.math("MAXIMUM", frame, 0.0), 10.0 / clip.fps, 1e-3))
    minutes = write.math("FLOOR", write.math("DIVIDE", tenths, 600.0))
    seconds = write.math("FLOOR", write.math("DIVIDE", write.math("MODULO", tenths, 600.0), 10.0))
    text = write.format("{m:02.0f}:{s:02.0f}.{t:.0f}", m=minutes, s=seconds, t=write.math("MODULO", tenths, 10.0))
    finish(write, write.letters(text, _CLOCK * pane.unit, "RIGHT", flat_material(BRIGHT)))
    pane.put(ob, "top right", 0, 0.72 * _CLOCK)

    count, write, _ = add_written(f"{duet} Frame Count", pane.collection, colour=SOFT)
    frame = write.math("SUBTRACT", write.simple("GeometryNodeInputSceneTime", "Frame"), float(start))
    text = write.format(f"frame {{f:.0f}} of {clip.frames}", f=write.math("FLOOR", frame))
    finish(write, write.letters(text, _SMALL * pane.unit, "RIGHT", flat_material(SOFT)))
    pane.put(count, "top right", 0, 0.72 * _CLOCK + 1.4 * _SMALL)
    return [ob, count]


def _legend(pane: _Pane, duet: str, threshold: float, ramp: NDArray | None) -> list[bpy.types.Object]:
    """A thread that swells with the confidence it stands for, and one that thins from the joint that acts to the one that answers."""
    ramp = np.array([[0.1, 0.1, 0.1], [0.9, 0.9, 0.9]]) if ramp is None else np.asarray(ramp, dtype=np.float64)[:, :3]
    unit, small = pane.unit, _SMALL * pane.unit
    length, thick, row = 0.30 * unit, 0.012 * unit, 1.75 * _SMALL
    made = []

    def line(key: str, points: NDArray, colours: NDArray, across: float, up: float) -> None:
        count = len(points) // 2
        faces = [(2 * i, 2 * i + 2, 2 * i + 3, 2 * i + 1) for i in range(count - 1)]
        made.append(
            pane.put(
                add_patch(f"{duet} Legend {key}", points, faces, np.repeat(colours, 2, axis=0), pane.collection), "bottom left", across, up
            )
        )

    def word(key: str, words: str, across: float, up: float, align: str = "LEFT", colour: Colour = SOFT) -> None:
        text = add_text(f"{duet} Legend {key}", words, pane.collection, size=small, colour=colour, align=align)
        made.append(pane.put(text, "bottom left", across, up))

    steps = np.linspace(0, 1, 33)
    shades = _shades(ramp, threshold, len(steps))
    half = thick * (0.25 + 0.75 * steps) / 2
    word("Unsure", f"{threshold:.2f}", 0, 0)
    start = 2.4 * _SMALL
    line("Confidence", _ribbon(steps * length, half), shades, start, 0.32 * _SMALL)
    word("Sure", "1.00  confidence", start + 0.30 + 0.5 * _SMALL, 0)

    half = thick * (1 - 0.85 * steps) / 2
    line("Direction", _ribbon(steps * length, half), np.tile(_COLOURLESS, (len(half), 1)), start, row + 0.32 * _SMALL)
    word("Leads", "from", 0, row)
    word("Answers", "to", start + 0.30 + 0.5 * _SMALL, row)
    return made


def shown_ramp(duet: str, otherwise: NDArray | None = None) -> NDArray | None:
    """(101, 3) linear colours that the threads of *duet* have from confidence 0 to 1; *otherwise* where they are not drawn."""
    thing = bpy.data.objects.get(f"{duet} connections")
    groups = (
        [modifier.node_group for modifier in thing.modifiers if modifier.type == "NODES" and modifier.node_group]
        if thing is not None
        else []
    )
    nodes = [node for node in map(ramp_node, groups) if node is not None]
    return np.array([nodes[0].color_ramp.evaluate(at)[:3] for at in np.linspace(0, 1, 101)]) if nodes else otherwise


def recolour_legend(duet: str, threshold: float) -> None:
    """Give the legends of *duet* the colours that its threads have now."""
    ramp = shown_ramp(duet)
    patch = bpy.data.objects.get(f"{duet} Legend Confidence")
    if ramp is not None and patch is not None and patch.type == "MESH":
        recolour(patch, np.repeat(_shades(ramp, threshold, len(patch.data.vertices) // 2), 2, axis=0))
    recolour_kinds(duet)


def _shades(ramp: NDArray, threshold: float, steps: int) -> NDArray[np.float64]:
    """(steps, 3) the colours of *ramp* from the threshold to certainty."""
    return np.column_stack([np.interp(np.linspace(threshold, 1, steps), np.linspace(0, 1, len(ramp)), channel) for channel in ramp.T])


def _ribbon(along: NDArray, half: NDArray) -> NDArray:
    """(2N, 2) points of a flat line *along* x, *half* its width to each side."""
    return np.stack((np.stack((along, -half), axis=1), np.stack((along, half), axis=1)), axis=1).reshape(-1, 2)


def _far(clip: Clip, connections: Connections, edge: NDArray[np.int64], window: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(T,) whether the joints of each frame's connection *edge* are too far apart, in its *window*, to hold each other."""
    from ...duet_core.explain.grips import REACH

    from_dancer, from_joint, to_dancer, to_joint = candidates(len(connections.joints))
    far = np.zeros(len(edge), bool)
    if not connections.windows:
        return far
    for e, w in np.unique(np.column_stack([edge, window]), axis=0).tolist():
        place = clip.positions[connections.window_start[w] : connections.window_end[w]]
        apart = np.linalg.norm(place[:, to_dancer[e], to_joint[e]] - place[:, from_dancer[e], from_joint[e]], axis=-1)
        known = apart[np.isfinite(apart)]
        far[(edge == e) & (window == w)] = len(known) > 0 and float(np.median(known)) > REACH
    return far


def _strongest_table(name: str, clip: Clip, connections: Connections, threshold: float) -> tuple[bpy.types.Mesh, NDArray[np.int64]]:
    """A mesh *name* with a point for each frame, and the connections (as candidates' numbers) that are the strongest of some frame.

    Its attributes tell the nodes what to say: from, to (dancer · J + joint), form (0 nothing, 1 with its lag, 2 without), kind (one more than there are: a
    hold out of reach), lag (seconds) and confidence.
    """
    now = strongest(connections, clip.frames, threshold)
    from_dancer, from_joint, to_dancer, to_joint = candidates(len(connections.joints))
    known = now.edge >= 0
    edge, joints = np.maximum(now.edge, 0), len(connections.joints)
    order = np.argsort(connections.centres)
    confidence = np.zeros(clip.frames)
    for one in np.unique(edge[known]):
        at = known & (edge == one)
        confidence[at] = np.interp(np.flatnonzero(at), connections.centres[order], connections.confidence[order, one])
    kind = np.where(known, connections.kind[now.window, edge], 0) if connections.windows else np.zeros(clip.frames, dtype=int)
    lag = connections.lag[now.window, edge] if connections.windows else np.full(clip.frames, np.nan)
    kind = np.where((kind == KINDS.index("hold")) & _far(clip, connections, edge, now.window), len(KINDS), kind)
    timed = known & np.isfinite(lag) & (np.isin(kind, (KINDS.index("none"), KINDS.index("lead"))))

    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(clip.frames)
    for key, kind_of, values in (
        ("from", "INT", from_dancer[edge] * joints + from_joint[edge]),
        ("to", "INT", to_dancer[edge] * joints + to_joint[edge]),
        ("form", "INT", np.where(known, np.where(timed, 1, 2), 0)),
        ("kind", "INT", kind),
        ("lag", "FLOAT", np.nan_to_num(lag)),
        ("confidence", "FLOAT", confidence),
    ):
        attribute = mesh.attributes.new(key, kind_of, "POINT")
        attribute.data.foreach_set("value", np.ascontiguousarray(values, dtype=np.int32 if kind_of == "INT" else np.float32))
    return mesh, np.unique(edge[known])


def _sentence(
    pane: _Pane, duet: str, clip: Clip, connections: Connections, threshold: float, start: int
) -> Generator[None, None, list[str]]:
    """The strongest connection of the moment in words, in two lines. Returns the objects' names."""
    mesh, ever = _strongest_table(f"{duet} Strongest", clip, connections, threshold)
    said = [f"{joint_words(joint)} of {name}" for name in clip.names for joint in connections.joints]
    from_dancer, from_joint, to_dancer, to_joint = (ends[ever] for ends in candidates(len(connections.joints)))
    ends = zip(from_dancer * len(connections.joints) + from_joint, to_dancer * len(connections.joints) + to_joint, strict=True)
    longest = max((len(said[one]) + len(said[other]) for one, other in ends), default=0) + 5
    beside = pane.half_width / pane.half_height > 1.5
    across = 2 * pane.half_width / pane.unit - 2 * _EDGE - (LEGEND_WIDTH if beside else 0)
    size = min(_BODY, across / (_LETTER * longest))
    lines = []
    mesh_name = mesh.name
    for key, colour, height, up in (("Strongest", BRIGHT, size, 1.75 * _SMALL), ("Strongest How", SOFT, _SMALL, 0.0)):
        yield
        ob, write, table = add_written(f"{duet} {key}", pane.collection, colour=colour, mesh=bpy.data.meshes[mesh_name])
        index = write.math("SUBTRACT", write.simple("GeometryNodeInputSceneTime", "Frame"), float(start))

        def now_of(name: str, data_type: str, write: TextWriter = write, table: Socket = table, index: Socket = index) -> Socket:
            return write.sample(table, write.attribute(name, data_type), index, data_type)

        if key == "Strongest":
            both = {"a": write.pick(now_of("from", "INT"), said), "b": write.pick(now_of("to", "INT"), said)}
            forms = [write.format("{a}  →  {b}", **both), write.format("{a}  –  {b}", **both)]
        else:
            share = now_of("confidence", "FLOAT")
            words = write.pick(
                now_of("kind", "INT"), [f"{said}   ·   " if said else "" for said in (*(_KIND_WORDS[k] for k in KINDS), _FAR_WORDS)]
            )
            forms = [
                write.format("{t:.2f} s later   ·   {c:.2f}", t=now_of("lag", "FLOAT"), c=share),
                write.format("{w}{c:.2f}", w=words, c=share),
            ]
        silent = "" if key == "Strongest" else f"nothing above {threshold:.2f}"
        text = write.pick(now_of("form", "INT"), [silent, *forms])
        finish(write, write.letters(text, height * pane.unit, "RIGHT", flat_material(colour)))
        lines.append(pane.put(ob, "bottom right", 0, up if beside else up + LEGEND_HEIGHT).name)
    return lines
