"""The sidebar of the 3D viewport, tab Duet: what one has, what can be done with it, and how far it is."""

import bpy

from ..duet_core.errors import InputError
from . import jobs
from .names import TAB
from .scene.memory import about_clip, duet_of, has_connections, threads_of
from .scene.threads import input_path

SLIDERS = ("Threshold", "Top K", "Width")
"""Inputs of the threads' modifier that have a slider here; all may be keyed there as anywhere."""


class _Panel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB


class DUET_PT_duet(_Panel, bpy.types.Panel):
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


class DUET_PT_connections(_Panel, bpy.types.Panel):
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
        else:
            row = layout.row(align=True)
            row.progress(factor=job.share, text="Cancelling…" if job.cancelling else f"{job.title}  {job.share:.0%}")
            row.operator("duet.cancel", text="", icon="CANCEL")


class DUET_PT_threads(_Panel, bpy.types.Panel):
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
                column.prop(*_slider(thing, name), text=name)
        layout.operator("duet.draw_connections", text="Draw Connections" if thing is None else "Draw Again", icon="CURVE_PATH")


def _slider(thing: bpy.types.Object, name: str) -> tuple[bpy.types.bpy_struct, str]:
    """The owner and the property, as a layout wants them, of the threads' input *name*."""
    path = input_path(thing, name)
    cut = path.rindex("[") if path.endswith("]") else path.rindex(".")
    return thing.path_resolve(path[:cut]), path[cut:].lstrip(".")


def redraw(manager: bpy.types.WindowManager) -> None:
    """Have every sidebar drawn again, as a job goes on."""
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


CLASSES = (DUET_PT_duet, DUET_PT_connections, DUET_PT_threads)
