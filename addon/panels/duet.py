"""The duet itself: import, and what one has."""

from textwrap import wrap

import bpy
from bpy.app.translations import pgettext_iface

from ...duet_core.errors import InputError
from ..scene.memory import RIGS, about_clip, duet_of, quality_of
from ..wording import capital, in_words, said, together
from .common import SidebarPanel

GRADES = {"clean": "CHECKMARK", "fair": "INFO", "poor": "ERROR"}
"""Icons of how good a motion is."""

LINE = 68
"""Letters in a line of a popover."""


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
            column.label(text=in_words(error.problem), icon="ERROR", translate=False)
            return
        column.label(text=duet, icon="OUTLINER_COLLECTION", translate=False)
        column.label(text=together(about["meta"]["dancers"]), icon="ARMATURE_DATA", translate=False)
        minutes, seconds = divmod(about["frames"] / about["fps"], 60)
        time = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
        said = pgettext_iface("{frames} frames, {time} at {fps} fps").format(frames=about["frames"], time=time, fps=f"{about['fps']:g}")
        column.label(text=said, icon="TIME", translate=False)
        quality = quality_of(duet)
        if quality is not None:
            icon = GRADES.get(quality["grade"], "QUESTION")
            words = {
                "clean": pgettext_iface("Quality: clean"),
                "fair": pgettext_iface("Quality: fair"),
                "poor": pgettext_iface("Quality: poor"),
            }
            layout.popover(DUET_PT_quality.bl_idname, text=words.get(quality["grade"], "Quality"), icon=icon)
        if RIGS[0] not in bpy.data.collections[duet]:
            row = layout.row(align=True)
            for how, text in (("BODIES", "Bodies"), ("BONES", "Bones"), ("BOTH", "Both")):
                row.operator("duet.show_dancers", text=text).how = how


class DUET_PT_quality(bpy.types.Panel):
    """What was found wrong with the motion when it was imported, the gravest first"""

    bl_idname = "DUET_PT_quality"
    bl_label = "Quality"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    bl_ui_units_x = 22

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        duet = duet_of(context.object, context.scene)
        quality = quality_of(duet) if duet else None
        if quality is None:
            return
        lines(layout, said("Found in the motion, the gravest first:") if quality["findings"] else in_words(quality["verdict"]))
        for finding in quality["findings"]:
            lines(layout, capital(in_words(finding)), icon="DOT")
        if quality["grade"] != "clean":
            layout.separator()
            lines(layout, said("Import again with Clean to repair what can be repaired"), icon="INFO")


def lines(layout: bpy.types.UILayout, text: str, icon: str = "NONE", most: int = LINE) -> None:
    """A label of several lines of at *most* so many letters, for Blender breaks none."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line, part in enumerate(wrap(text, most)):
        column.label(text=part, icon=icon if line == 0 else "BLANK1" if icon != "NONE" else "NONE", translate=False)


CLASSES = (DUET_PT_duet, DUET_PT_quality)
