"""Where help is: the README that comes with the add-on, for the button in the preferences and for Blender's own "Online Manual" on right click."""

from __future__ import annotations

from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def manual_map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """Blender's form: the beginning of all addresses, and what follows it for each name of Python; a file on this machine for all of ours."""
    return README.as_uri(), (("bpy.ops.duet.*", ""), ("bpy.types.duet*", ""))
