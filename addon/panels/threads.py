"""The threads: what they show and how they look."""

import bpy

from ..scene.memory import duet_of, has_connections, threads_of
from .common import SidebarPanel, slider

SLIDERS = ("Threshold", "Top K", "Width")
"""Inputs of the threads' modifier that have a slider here; all may be keyed there as anywhere."""


class DUET_PT_threads(SidebarPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_threads"
    bl_parent_id = "DUET_PT_duet"
    bl_label = "Threads"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        duet = duet_of(context.object, context.scene)
        return duet is not None and (has_connections(duet) or threads_of(duet) is not None)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        duet = duet_of(context.object, context.scene)
        thing = threads_of(duet) if duet else None
        if thing is not None:
            column = layout.column()
            for name in SLIDERS:
                column.prop(*slider(thing, name), text=name)
        layout.operator("duet.draw_connections", text="Draw Connections" if thing is None else "Draw Again", icon="CURVE_PATH")


CLASSES = (DUET_PT_threads,)
