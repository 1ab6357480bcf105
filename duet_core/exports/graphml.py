"""Connections as a directed graph between the joints of two dancers, in GraphML (Brandes et al. 2002, http://graphml.graphdrawing.org): what networkx,
Gephi, yEd, igraph and Cytoscape read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

from ..clip import Clip
from ..connections import Connections
from .tables import ENDS, Joints, Row, certain_seconds

_TYPES = {bool: "boolean", int: "int", float: "double", str: "string"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML file may have, however they are written."""


def made(connections: Connections, rows: Sequence[Row], clip: Clip | None = None) -> bytes:
    """The graph with all joints as nodes and *rows* (of `tables.episode_rows` or `tables.connection_rows`) as edges.

    With episodes, parallel edges are one connection at several times. An edge's ``weight`` is its certain seconds, so that tools which add up
    parallel edges arrive at the take's. What is undefined is left out.
    """
    graph = _Graph()
    joints = Joints.of(connections, clip)
    for dancer, name in enumerate(joints.dancers):
        for joint, landmark, part in zip(joints.names, joints.landmarks, joints.parts, strict=True):
            about = {"label": f"{name} {joint}", "dancer": dancer, "name": name, "joint": joint, "landmark": landmark, "part": part}
            graph.add("node", about, id=_node(dancer, joint))
    for number, row in enumerate(rows):
        about = {name: value for name, value in row.items() if name not in ENDS and value == value}
        ends = {f: _node(row[f"{end}_dancer"], row[f"{end}_joint"]) for f, end in (("source", "from"), ("target", "to"))}
        graph.add("edge", {**about, "weight": round(certain_seconds(row), 4)}, id=f"e{number}", **ends)
    meta = connections.meta
    graph.about(
        {
            "source": " + ".join(map(str, meta.get("source", []))),
            "method": str(meta.get("method", "")),
            "fps": connections.fps,
            "seconds": float(connections.window_end.max(initial=0) / connections.fps),
        }
    )
    return graph.as_bytes()


def _node(dancer: int, joint: str) -> str:
    return f"{dancer}/{joint}"


class _Graph:
    """The document while it grows: each attribute is declared once, with the type of its first value."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], str] = {}
        self.root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
        self.graph = ET.Element("graph", edgedefault="directed")

    def add(self, what: str, values: dict[str, Any], **attributes: str) -> None:
        element = ET.SubElement(self.graph, what, {name: _clean(value) for name, value in attributes.items()})
        for name, value in values.items():
            element.append(self._data(what, name, value))

    def about(self, values: dict[str, Any]) -> None:
        """What holds of the whole graph."""
        for place, (name, value) in enumerate(values.items()):
            self.graph.insert(place, self._data("graph", name, value))

    def _data(self, what: str, name: str, value: Any) -> ET.Element:
        key = self.keys.get((what, name))
        if key is None:
            key = self.keys[what, name] = f"d{len(self.keys)}"
            about = {"id": key, "for": what, "attr.name": name, "attr.type": _TYPES[type(value)]}
            ET.SubElement(self.root, "key", about)
        data = ET.Element("data", key=key)
        data.text = _clean(repr(value) if isinstance(value, float) else str(value))
        return data

    def as_bytes(self) -> bytes:
        self.root.append(self.graph)
        ET.indent(self.root, " ")
        return ET.tostring(self.root, "utf-8", xml_declaration=True) + b"\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
