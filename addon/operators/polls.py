"""When operators can be called, on which duet, and what is said where they cannot: conditions that several of them share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import bpy

from ...duet_core.errors import InputError
from ..scene.memory import duet_of, threads_of
from ..wording import said
from .reporting import guarded


def kept_elsewhere(duet: str) -> str:
    """Why nothing of the duet can be changed in this file, in the user's language; empty where all can."""
    collection = bpy.data.collections[duet]
    if collection.library is not None:
        file = Path(collection.library.filepath).name
        return said("This duet is linked from {file}: append it, or change it there", file=file)
    if collection.override_library is not None:
        return said("This duet is a library override: make it local first")
    return ""


def the_duet(context: bpy.types.Context) -> str:
    """The duet that an operator works on. Raises InputError where the scene has none."""
    duet = duet_of(context.object, context.scene)
    if duet is None:
        raise InputError("there is no duet in this scene", remedy="import one with File > Import > Duet Poses")
    return duet


def the_threads(context: bpy.types.Context) -> tuple[str, bpy.types.Object]:
    """The duet that an operator works on, and its threads. Raises InputError where none are drawn."""
    duet = duet_of(context.object, context.scene)
    thing = threads_of(duet) if duet else None
    if duet is None or thing is None:
        raise InputError("no connections are drawn", remedy="press Draw Connections first")
    return duet, thing


def has_duet(cls: Any, context: bpy.types.Context, *, reads_only: bool = False) -> bool:
    """Whether there is a duet to work on, which is this file's own unless it is only read; else the operator *cls* says why it is grey."""
    duet = duet_of(context.object, context.scene)
    if duet is None:
        cls.poll_message_set(said("Import a duet first"))
        return False
    elsewhere = "" if reads_only else kept_elsewhere(duet)
    if elsewhere:
        cls.poll_message_set(elsewhere)
    return not elsewhere


class OnDuet:
    """What works on a duet, and changes it unless it *reads_only*."""

    poll_message_set: ClassVar[Callable[[str], None]]
    reads_only: ClassVar[bool] = False

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_duet(cls, context, reads_only=cls.reads_only)


class OnThreads:
    """What works on the connections that are drawn."""

    poll_message_set: ClassVar[Callable[[str], None]]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        duet = duet_of(context.object, context.scene)
        if duet is None or threads_of(duet) is None:
            cls.poll_message_set(said("Draw connections first"))
            return False
        return has_duet(cls, context)

    def _on(self, context: bpy.types.Context, action: Callable[[str, bpy.types.Object], object]) -> set[str]:
        """Ask for the duet and its threads once more, since a script need not poll, and do *action* with them."""
        return guarded(self, lambda: action(*the_threads(context)))
