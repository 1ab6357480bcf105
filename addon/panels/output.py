"""Out of Blender: films and files."""

import bpy
from bpy.app.translations import pgettext_iface

from .. import jobs
from ..scene.memory import duet_of
from ..scene.profiles import PROFILES
from .common import SidebarPanel


class DUET_PT_output(SidebarPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_output"
    bl_parent_id = "DUET_PT_duet"
    bl_label = "Output"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return duet_of(context.object, context.scene) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings, job = context.scene.duet.output, jobs.current()
        profile = PROFILES[settings.profile]
        column = layout.column()
        column.enabled = job is None
        column.prop(settings, "profile")
        engine = column.row()
        engine.enabled = not profile.engine
        engine.prop(settings, "engine")
        for name in ("overlay_kind", "cut") if profile.transparent else ("words",):
            column.prop(settings, name)
        column.prop(settings, "folder")
        if job is None:
            row = layout.row(align=True)
            row.operator("duet.render_video", icon="RENDER_ANIMATION")
            row.operator("duet.render_video", text="", icon="RENDER_STILL").still = True
        else:
            row = layout.row(align=True)
            row.progress(
                factor=job.share,
                text="Cancelling…" if job.cancelling else f"{pgettext_iface(job.title)}  {job.detail or format(job.share, '.0%')}",
            )
            row.operator("duet.cancel", text="", icon="CANCEL")
        layout.separator()
        row = layout.row(align=True)
        row.operator("duet.bake", icon="RENDER_RESULT")
        row.operator("duet.remove_bake", text="", icon="X")
        layout.operator_menu_enum("duet.export", "format", text="Export As", icon="EXPORT")


CLASSES = (DUET_PT_output,)
