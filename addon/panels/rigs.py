"""Existing armatures as dancers: which two, and which of their bones stand for which places of the body."""

import bpy

from ...duet_core.rigs import SCHEMES
from .. import jobs, presets
from .common import SidebarPanel, job_progress, settings_layout


class DUET_UL_rig_joints(bpy.types.UIList):
    bl_idname = "DUET_UL_rig_joints"

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:  # type: ignore[no-untyped-def]
        split = layout.split(factor=0.42, align=True)
        split.label(text=item.name.replace("_", " ").capitalize())
        row = split.row(align=True)
        if data.armature is not None:
            row.prop_search(item, "bone", data.armature.data, "bones", text="", icon="BONE_DATA")
        row.prop(item, "tail", text="", icon="TRACKING_FORWARDS_SINGLE", toggle=True)


class DUET_MT_namings(bpy.types.Menu):
    """Known namings, and presets of yours"""

    bl_idname = "DUET_MT_namings"
    bl_label = "Namings"

    def draw(self, context: bpy.types.Context) -> None:
        layout, dancer = self.layout, context.scene.duet.rigs.shown
        for name in ("", *(scheme.name for scheme in SCHEMES)):
            action = layout.operator("duet.map_bones", text=name or "Whatever Fits Best", icon="NONE" if name else "VIEWZOOM")
            action.dancer, action.naming, action.preset = dancer, name, False
        own = presets.names(presets.RIGS)
        if own:
            layout.separator()
        for name in own:
            row = layout.row()
            action = row.operator("duet.map_bones", text=name, icon="PRESET", translate=False)
            action.dancer, action.naming, action.preset = dancer, name, True
            row.operator("duet.remove_mapping", text="", icon="REMOVE").name = name


class DUET_PT_rigs(SidebarPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_rigs"
    bl_parent_id = "DUET_PT_duet"
    bl_label = "Existing Armatures"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012
    bl_order = 90

    def draw(self, context: bpy.types.Context) -> None:
        layout = settings_layout(self)
        rigs, job = context.scene.duet.rigs, jobs.current()
        layout.prop(rigs.a, "armature", text="A")
        layout.prop(rigs.b, "armature", text="B")
        rig = getattr(rigs, rigs.shown)
        if rig.armature is not None:
            row = layout.row(align=True)
            row.use_property_split = False
            row.prop(rigs, "shown", expand=True)
            row.menu("DUET_MT_namings", text=rig.naming or "Namings")
            row.operator("duet.save_mapping", text="", icon="ADD").dancer = rigs.shown
            layout.template_list(DUET_UL_rig_joints.bl_idname, "", rig, "joints", rig, "active", rows=6)
        if job is None:
            layout.operator("duet.use_armatures", icon="ARMATURE_DATA")
        else:
            job_progress(layout, job)


CLASSES = (DUET_UL_rig_joints, DUET_MT_namings, DUET_PT_rigs)
