"""What surrounds the dance and how it is watched: stages, cameras, footage."""

import bpy

from .common import PartPanel


class DUET_PT_staging(PartPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_staging"
    bl_label = "Stage and Camera"

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.operator_menu_enum("duet.set_stage", "look", text="Stage", icon="LIGHT_AREA")
        column.operator_menu_enum("duet.set_camera", "shot", text="Camera", icon="OUTLINER_OB_CAMERA")
        row = self.layout.row(align=True)
        row.operator("duet.show_footage", text="Footage…", icon="FILE_MOVIE")
        row.operator("duet.remove_footage", text="", icon="X")


CLASSES = (DUET_PT_staging,)
