"""When operators can be called, and what is said where they cannot: conditions that several of them share."""

from collections.abc import Callable
from typing import Any, ClassVar

import bpy

from ..scene.memory import duet_of, threads_of


def has_duet(cls: Any, context: bpy.types.Context) -> bool:
    """Whether there is a duet to work on; else the operator *cls* says why it is grey."""
    if duet_of(context.object, context.scene) is None:
        cls.poll_message_set("Import a duet first")
        return False
    return True


class OnDuet:
    """What works on a duet."""

    poll_message_set: ClassVar[Callable[[str], None]]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_duet(cls, context)


class OnThreads:
    """What works on the connections that are drawn."""

    poll_message_set: ClassVar[Callable[[str], None]]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        duet = duet_of(context.object, context.scene)
        if duet is None or threads_of(duet) is None:
            cls.poll_message_set("Draw connections first")
            return False
        return True
