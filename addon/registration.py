"""Everything that the add-on puts into Blender, and its removal. What is registered here leaves no trace when it goes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import bpy

from . import command_line, jobs, operators, panels, preferences, properties, translations
from .manual import manual_map
from .operators import exporting, importing, inferring, training
from .panels import icons
from .scene import moment

CLASSES: tuple[type, ...] = (*preferences.CLASSES, *properties.CLASSES, *operators.CLASSES, *panels.CLASSES)
"""In the order in which they need each other."""

_command: list[Any] = []


def register() -> None:
    """Put the add-on into Blender. Where one part fails, the parts before it are taken out again."""
    done: list[type] = []
    try:
        for cls in CLASSES:
            bpy.utils.register_class(cls)
            done.append(cls)
        properties.attach()
        bpy.types.TOPBAR_MT_file_import.append(importing.draw_menu)
        bpy.types.TOPBAR_MT_file_export.append(exporting.draw_menu)
        translations.register()
        bpy.utils.register_manual_map(manual_map)
        _command.append(bpy.utils.register_cli_command(command_line.NAME, command_line.run))
    except Exception:
        _remove(done)
        raise


def unregister() -> None:
    """Take the add-on out of Blender."""
    _remove(list(CLASSES))


def _remove(classes: list[type]) -> None:
    jobs.stop()
    inferring.leave()
    training.leave()
    icons.remove()
    moment.forget()
    while _command:
        bpy.utils.unregister_cli_command(_command.pop())
    bpy.types.TOPBAR_MT_file_import.remove(importing.draw_menu)
    bpy.types.TOPBAR_MT_file_export.remove(exporting.draw_menu)
    with suppress(ValueError):  # registration failed before it
        bpy.utils.unregister_manual_map(manual_map)
    translations.unregister()
    properties.detach()
    for cls in reversed(classes):
        bpy.utils.unregister_class(cls)
