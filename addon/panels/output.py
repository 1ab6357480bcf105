"""Out of Blender: films and files."""

import bpy

from .. import jobs
from ..scene.profiles import PROFILES
from .common import PartPanel, job_progress, settings_layout


class DUET_PT_output(PartPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_output"
    bl_label = "Output"

    def draw(self, context: bpy.types.Context) -> None:
        layout = settings_layout(self)
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
            job_progress(layout, job)
        layout.separator()
        row = layout.row(align=True)
        row.operator("duet.bake", icon="RENDER_RESULT")
        row.operator("duet.remove_bake", text="", icon="X")
        layout.operator_menu_enum("duet.export", "format", text="Export As", icon="EXPORT")


CLASSES = (DUET_PT_output,)
