"""Bake for Export: threads as plain objects with keys, and away with them again."""

# mypy: disable-error-code="valid-type"
from typing import ClassVar

import bpy
from bpy.props import IntProperty

from ...duet_core.sticks import MOST
from ..names import CONTEXT
from ..scene.baking import bake_threads, baked_of, remove_bake
from ..scene.memory import duet_of
from ..wording import counted, said
from .polls import OnDuet, OnThreads, the_duet
from .reporting import guarded


class DUET_OT_bake(OnThreads, bpy.types.Operator):
    """Make a plain object with keys for each connection that shows, for programs that know no geometry nodes; an earlier bake is replaced"""

    bl_idname = "duet.bake"
    bl_label = "Bake for Export"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    most: IntProperty(name="At Most", description="So many objects, for the connections that show most", default=MOST, min=1, soft_max=200)
    step: IntProperty(
        name="Step", description="Frames from one key to the next", default=1, min=1, soft_max=10, translation_context=CONTEXT
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._bake(context))

    def _bake(self, context: bpy.types.Context) -> None:
        duet = the_duet(context)
        manager = context.window_manager
        manager.progress_begin(0, 100)
        try:
            name, count = bake_threads(
                duet, context.scene, most=self.most, step=self.step, progress=lambda share: manager.progress_update(100 * share)
            )
        finally:
            manager.progress_end()
        self.report({"INFO"}, counted(count, "{name}: 1 object", "{name}: {count} objects", name=name))


class DUET_OT_remove_bake(OnDuet, bpy.types.Operator):
    """Remove the baked objects; the threads themselves stay"""

    bl_idname = "duet.remove_bake"
    bl_label = "Remove Bake"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if baked_of(str(duet_of(context.object, context.scene))) is None:
            cls.poll_message_set(said("Nothing is baked"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: remove_bake(str(duet_of(context.object, context.scene))))


CLASSES = (DUET_OT_bake, DUET_OT_remove_bake)
