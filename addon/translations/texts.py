"""Every text of ours that Blender shows and can translate, read from the registered classes and from what panels say."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import bpy

from ...duet_core.skeletons.landmarks import PARTS
from ..methods import BUNDLED
from ..names import ANY, OPERATOR
from ..scene.thread_inputs import COLOUR_BY, add_interface, part_input
from ..training import PREPARING

NAMED = re.compile(r"\d+ joints, beginning with ")
"""What describes skeletons: their names, and those of joints, are the same in every language."""

BLENDERS = {prop.description for prop in bpy.types.PropertyGroup.bl_rna.properties}
"""What Blender says of the properties that every group has."""

ASKING = ("pgettext_iface",)
"""Functions by which our code asks for a text in the user's language."""

ADDON = __name__.rpartition(".translations.")[0]
"""The package of our own classes."""

Key = tuple[str, str]
"""Context and English text."""


def texts(classes: Iterable[type]) -> set[Key]:
    """The texts of *classes*, which are registered: labels, descriptions, properties with their choices, and literal words in their modules."""
    classes = list(classes)
    found = {key for cls in classes for key in _of_class(cls)}
    # What classes share, such as why something is grey, stands in the modules of their bases.
    modules = {Path(_file(base)) for cls in classes for base in cls.__mro__ if base.__module__.startswith(ADDON) and _file(base)}
    found |= {(ANY, title) for title in PREPARING} | set(_of_inputs())
    found |= {(ANY, text) for _, name, says, _ in BUNDLED for text in (name, says)}  # a list that a function makes
    return found | {key for module in modules for key in _spoken(module)}


def _of_inputs() -> Iterator[Key]:
    """The inputs of the threads' modifier, with their panels and what our own panels call them."""
    tree = bpy.data.node_groups.new("Texts", "GeometryNodeTree")
    try:
        add_interface(tree)
        yield from ((ANY, text) for item in tree.interface.items_tree for text in (item.name, item.description) if text)
    finally:
        bpy.data.node_groups.remove(tree)
    yield from ((ANY, name) for name in COLOUR_BY)
    yield from ((ANY, part_input("", part).strip()) for part in PARTS)


def _file(cls: type) -> str:
    return str(getattr(sys.modules.get(cls.__module__), "__file__", "") or "")


def _of_class(cls: type) -> Iterator[Key]:
    rna = cls.bl_rna  # type: ignore[attr-defined]
    is_operator = issubclass(cls, bpy.types.Operator)
    if is_operator or issubclass(cls, (bpy.types.Panel, bpy.types.Menu, bpy.types.FileHandler)):
        yield (OPERATOR if is_operator else ANY), str(getattr(cls, "bl_label", "") or rna.name)
        said = str(getattr(cls, "bl_description", "") or (cls.__doc__ or "" if is_operator else ""))
        if said and is_operator:
            yield ANY, " ".join(said.split())
    if is_operator:
        group, _, name = str(getattr(cls, "bl_idname", "")).partition(".")
        rna = getattr(getattr(bpy.ops, group), name).get_rna_type()
    if issubclass(cls, bpy.types.Panel):
        return
    own = {name for base in cls.__mro__ if base.__module__ == cls.__module__ for name in inspect.get_annotations(base)}
    for prop in rna.properties:
        if prop.identifier not in own or prop.identifier.startswith("bl_") or prop.is_hidden:
            continue
        # A name that is the identifier nobody gave; what is said of a group's own name is Blender's.
        yield from ((ANY, text) for text in (prop.name, prop.description) if text and text not in (prop.identifier, *BLENDERS))
        if prop.type == "ENUM":
            items = [item for item in prop.enum_items if not NAMED.match(item.description)]
            yield from ((ANY, text) for item in items for text in (item.name, item.description) if text)


def _spoken(module: Path) -> Iterator[Key]:
    """Words that a panel gives a button or a label as ``text=``, titles of jobs, and what is asked for in the user's language."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKING and _literal(node.args[0]):
            yield ANY, _literal(node.args[0])
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "Job" and node.args and _literal(node.args[0]):
            yield ANY, _literal(node.args[0])
        for word in node.keywords:
            if word.arg in ("text", "heading"):
                ways = _ways(word.value)
                context = OPERATOR if node.func.attr.startswith("operator") else ANY
                yield from ((context, _literal(way)) for way in ways if _literal(way))


def _ways(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    return node.values if isinstance(node, ast.BoolOp) else [node]


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
