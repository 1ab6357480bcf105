"""Finding connections: by what, in which windows, and how far it is."""

from typing import ClassVar

import bpy

from .. import jobs
from ..scene.memory import duet_of, has_connections
from .common import PartPanel, job_progress, settings_layout


class DUET_PT_connections(PartPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_connections"
    bl_label = "Connections"
    bl_options: ClassVar[set[str]] = set()

    def draw(self, context: bpy.types.Context) -> None:
        layout = settings_layout(self)
        settings, job = context.scene.duet, jobs.current()
        column = layout.column()
        column.enabled = job is None
        for name in ("method", "window", "stride"):
            column.prop(settings, name)
        if job is None:
            action = layout.operator("duet.infer", icon="VIEWZOOM")
            action.method, action.window, action.stride = settings.method, settings.window, settings.stride
            duet = duet_of(context.object, context.scene)
            if duet is not None and has_connections(duet):
                layout.operator("duet.update", icon="FILE_REFRESH")
        else:
            job_progress(layout, job)


CLASSES = (DUET_PT_connections,)
