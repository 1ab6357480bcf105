"""Finding connections: by what, in which windows, and how far it is."""

import bpy
from bpy.app.translations import pgettext_iface

from .. import jobs
from ..scene.memory import duet_of, has_connections
from .common import SidebarPanel


class DUET_PT_connections(SidebarPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_connections"
    bl_parent_id = "DUET_PT_duet"
    bl_label = "Connections"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return duet_of(context.object, context.scene) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
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
            row = layout.row(align=True)
            row.progress(factor=job.share, text="Cancelling…" if job.cancelling else f"{pgettext_iface(job.title)}  {job.share:.0%}")
            row.operator("duet.cancel", text="", icon="CANCEL")


CLASSES = (DUET_PT_connections,)
