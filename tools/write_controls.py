"""Writes the guide's page of every control, ``docs/controls.md``, from what the add-on itself says in Blender: ``python tools/write_controls.py``.

A test holds the page to it, so a tooltip is written once and is true in both places.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from duet_core.launch import load_extension  # noqa: E402

PAGE = ROOT / "docs" / "controls.md"
SETTINGS = (
    ("Connections", "DUET_PG_settings"),
    ("Output", "DUET_PG_output"),
    ("New Phrases", "DUET_PG_phrases"),
    ("Asked connections", "DUET_PG_request"),
    ("Training", "DUET_PG_training"),
    ("Preferences", "DUET_AP_preferences"),
)
"""Titles, and the classes whose properties stand under them."""


def page() -> str:
    """The page as Markdown. The extension must not be registered meanwhile."""
    load_extension()
    from duet_connections.addon import registration
    from duet_connections.addon.scene.thread_nodes import new_thread_group

    registration.register()
    try:
        return "\n".join([*_operators(registration.CLASSES), *_threads(new_thread_group()), *_settings(registration.CLASSES)]) + "\n"
    finally:
        registration.unregister()


def _operators(classes: Iterable[type]) -> Iterator[str]:
    import bpy

    yield from ("# Every control", "", "What each control says of itself in Blender, gathered by `tools/write_controls.py`.", "")
    yield from ("## Operators", "", "Each can be found by its name with F3, and called from Python as `bpy.ops.NAME()`.", "")
    for cls in (c for c in classes if issubclass(c, bpy.types.Operator)):
        name: str = cls.bl_idname  # type: ignore[attr-defined]
        group, _, own = name.partition(".")
        rna = getattr(getattr(bpy.ops, group), own).get_rna_type()
        yield from (f"### {rna.name}", "", f"`{name}`: {_plain(cls.__doc__ or rna.description)}.", "")
        yield from _table(p for p in rna.properties if not p.is_hidden and _is_ours(p))


FOREIGN = {"rna_type", "filepath", "directory", "files", "check_existing", "hide_props_region", "display_type", "sort_method", "filemode"}
"""What Blender itself says of operators that ask for a file."""


def _is_ours(prop: Any) -> bool:
    return bool(prop.description) and prop.identifier not in FOREIGN and not prop.identifier.startswith("filter_")


def _threads(tree: Any) -> Iterator[str]:
    yield from (
        "## Threads",
        "",
        "Inputs of the threads' modifier, shown in the panels *Show* and *Look*. Each can be keyed, and lives in the .blend.",
        "",
    )
    for panel in (item for item in tree.interface.items_tree if item.item_type == "PANEL"):
        inside = [s for s in panel.interface_items if s.item_type == "SOCKET"]
        yield from (f"### {panel.name}", "", f"{_plain(panel.description)}.", "", "| control | what it does |", "|---|---|")
        yield from (f"| {s.name} | {_plain(s.description)} |" for s in inside)
        yield ""


def _settings(classes: Iterable[type]) -> Iterator[str]:
    yield from ("## Settings", "")
    by_name: dict[str, Any] = {cls.__name__: cls for cls in classes}
    for title, name in SETTINGS:
        cls = by_name[name]
        own = {key for base in cls.__mro__ for key in inspect.get_annotations(base)}
        yield from (f"### {title}", "")
        yield from _table(
            p for p in cls.bl_rna.properties if p.identifier in own and not p.is_hidden and p.type not in ("POINTER", "COLLECTION")
        )


def _table(properties: Iterable[Any]) -> Iterator[str]:
    rows = [f"| {p.name} | {_plain(p.description)}{_choices(p)} |" for p in properties]
    if rows:
        yield from ("| control | what it does |", "|---|---|", *rows, "")


def _choices(prop: Any) -> str:
    """The names of what can be chosen; none for lists that depend on the machine or are long."""
    if prop.type != "ENUM" or not 1 < len(prop.enum_items) <= 8:
        return ""
    return f": {', '.join(item.name for item in prop.enum_items)}"


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
