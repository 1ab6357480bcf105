"""The duet itself: import, and what one has."""

import bpy

from ...duet_core.errors import InputError
from ..scene.memory import about_clip, duet_of
from .common import SidebarPanel


class DUET_PT_duet(SidebarPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_duet"
    bl_label = "Duet"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        duet = duet_of(context.object, context.scene)
        layout.operator("duet.import_poses", text="Import Poses…", icon="IMPORT")
        if duet is None:
            return
        column = layout.column(align=True)
        try:
            about = about_clip(duet)
        except InputError as error:
            column.label(text=error.problem, icon="ERROR")
            return
        column.label(text=duet, icon="OUTLINER_COLLECTION")
        column.label(text=" and ".join(about["meta"]["dancers"]), icon="ARMATURE_DATA")
        minutes, seconds = divmod(about["frames"] / about["fps"], 60)
        time = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
        column.label(text=f"{about['frames']} frames, {time} at {about['fps']:g} fps", icon="TIME")


CLASSES = (DUET_PT_duet,)
