"""What happens as a file is saved and opened: the dancers' motion goes into it as samples, a quarter of the size, and comes out as keys (`scene.samples`)."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from .preferences import compact_files
from .scene.samples import Kept, to_keys, to_samples

_kept: list[Kept] = []
"""What the keys were like, while a file is being written."""


def _before_saving(*_: Any) -> None:
    if compact_files():
        _kept.append(to_samples())


def _after_saving(*_: Any) -> None:
    to_keys(_kept.pop() if _kept else None)
    _kept.clear()


def _after_opening(*_: Any) -> None:
    _kept.clear()
    to_keys()


HANDLERS = tuple(
    (name, persistent(handler))  # stays when another file is opened
    for name, handler in (
        ("save_pre", _before_saving),
        ("save_post", _after_saving),
        ("save_post_fail", _after_saving),
        ("load_post", _after_opening),
        ("blend_import_post", _after_opening),
    )
)


def register() -> None:
    for name, handler in HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)
    if isinstance(
        getattr(bpy.data, "actions", None), bpy.types.bpy_prop_collection
    ):  # not while Blender starts: then a file is opened after it
        to_keys()


def unregister() -> None:
    for name, handler in HANDLERS:
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:
            handlers.remove(handler)
