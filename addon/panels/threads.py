"""The threads: which connections are drawn, and how they look. Every control is an input of the duet's modifier and may be keyed here as anywhere."""

import bpy

from ...duet_core.connections import KINDS
from ...duet_core.skeletons.landmarks import PARTS
from ...duet_core.threads import TYPES
from .. import presets
from ..scene.memory import duet_of, has_connections, threads_of
from ..scene.thread_inputs import DIRECTIONS, LIGHT, ONLY_CHOSEN, SHAPE, colour_input, kind_input, part_input, type_input
from ..scene.thread_looks import THREAD_LOOKS, thread_look_of
from ..scene.thread_nodes import ramp_node
from .common import Inputs, SidebarPanel

ARROWS = ("A → B", "B → A")


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
        duet = duet_of(context.object, context.scene)
        thing = threads_of(duet) if duet else None
        layout.operator("duet.draw_connections", text="Draw Connections" if thing is None else "Draw Again", icon="CURVE_PATH")
        if thing is not None and "Colour By" not in Inputs(thing):
            layout.label(text="Drawn by an older version: draw again for all controls", icon="INFO")


class _OnThreads(SidebarPanel):
    """A part of the panel that needs threads."""

    bl_parent_id = "DUET_PT_threads"
    layout: bpy.types.UILayout

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        duet = duet_of(context.object, context.scene)
        return duet is not None and threads_of(duet) is not None

    def draw(self, context: bpy.types.Context) -> None:
        duet = duet_of(context.object, context.scene)
        thing = threads_of(duet) if duet else None
        if thing is not None:
            self._draw(self.layout, Inputs(thing), thing)

    def _draw(self, layout: bpy.types.UILayout, inputs: Inputs, thing: bpy.types.Object) -> None:
        raise NotImplementedError


class DUET_PT_show(_OnThreads, bpy.types.Panel):
    bl_idname = "DUET_PT_show"
    bl_label = "Show"

    def _draw(self, layout: bpy.types.UILayout, inputs: Inputs, thing: bpy.types.Object) -> None:
        column = _split(layout)
        for name in ("Threshold", "Top K", "Fade"):
            inputs.prop(column, name)
        row = layout.row(align=True)
        for name, text in zip(DIRECTIONS, ARROWS, strict=True):
            inputs.prop(row, name, text=text, toggle=True)
        row = layout.row(align=True)
        for name in TYPES:
            inputs.prop(row, type_input(name), text=type_input(name), toggle=True)
        row = layout.row(align=True)
        row.operator("duet.only_selected_bones", text="Only Selected", icon="RESTRICT_SELECT_OFF")
        chosen = row.row(align=True)
        chosen.active = bool(inputs.value(ONLY_CHOSEN))
        chosen.operator("duet.all_bones")
        self._kinds(layout, inputs)
        self._parts(layout, inputs)

    def _kinds(self, layout: bpy.types.UILayout, inputs: Inputs) -> None:
        header, body = layout.panel("DUET_PT_show_kinds", default_closed=False)
        header.label(text="Kinds")
        if body is None:
            return
        grid = body.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        for kind in (*KINDS[1:], KINDS[0]):
            row = grid.row(align=True)
            inputs.prop(row, kind_input(kind), text=kind_input(kind), toggle=True)
            swatch = row.row(align=True)
            swatch.ui_units_x = 1.2
            inputs.prop(swatch, colour_input(kind_input(kind)), text="")

    def _parts(self, layout: bpy.types.UILayout, inputs: Inputs) -> None:
        header, body = layout.panel("DUET_PT_show_parts", default_closed=True)
        header.label(text="Body Parts")
        if body is None:
            return
        columns = body.row()
        for end in ("From", "To"):
            column = columns.column(align=True)
            column.label(text=end)
            for part in PARTS:
                name = part_input(end, part)
                inputs.prop(column, name, text=name.removeprefix(f"{end} "), toggle=True)


class DUET_PT_look(_OnThreads, bpy.types.Panel):
    bl_idname = "DUET_PT_look"
    bl_label = "Look"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def _draw(self, layout: bpy.types.UILayout, inputs: Inputs, thing: bpy.types.Object) -> None:
        row = layout.row(align=True)
        for key, look in THREAD_LOOKS.items():
            row.operator("duet.thread_look", text=look.title, depress=thread_look_of(thing) == key).look = key
        row = layout.row(align=True)
        row.menu("DUET_MT_looks", icon="PRESET")
        row.operator("duet.save_look", text="", icon="ADD")
        column = _split(layout)
        inputs.prop(column, "Colour By")
        self._colours(layout, inputs, thing)
        column = _split(layout)
        for name in (*SHAPE, "Detail"):
            inputs.prop(column, name)
        header, body = layout.panel("DUET_PT_look_light", default_closed=True)
        header.label(text="Light")
        if body is not None:
            column = _split(body)
            for name in LIGHT:
                inputs.prop(column, name)
        layout.operator("duet.line_art", icon="OUTLINER_OB_GREASEPENCIL")

    def _colours(self, layout: bpy.types.UILayout, inputs: Inputs, thing: bpy.types.Object) -> None:
        """The colours that count now: the ramp, or one for each kind or direction."""
        by = inputs.value("Colour By")
        if by in ("Kind", "Direction"):
            names = [kind_input(kind) for kind in (*KINDS[1:], KINDS[0])] if by == "Kind" else DIRECTIONS
            column = _split(layout)
            for name in names:
                inputs.prop(column, colour_input(name), text=name)
            return
        node = ramp_node(thing.modifiers[inputs.modifier].node_group)
        if node is not None:
            layout.template_color_ramp(node, "color_ramp", expand=False)


class DUET_MT_looks(bpy.types.Menu):
    """Looks that you have kept"""

    bl_idname = "DUET_MT_looks"
    bl_label = "Own Looks"

    def draw(self, context: bpy.types.Context) -> None:
        kept = presets.names(presets.LOOKS)
        for name in kept:
            row = self.layout.row()
            row.operator("duet.use_look", text=name, icon="PRESET", translate=False).name = name
            row.operator("duet.remove_look", text="", icon="REMOVE").name = name
        if not kept:
            self.layout.label(text="None is kept yet: press +", icon="INFO")


def _split(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    column = layout.column()
    column.use_property_split = True
    return column


CLASSES = (DUET_MT_looks, DUET_PT_threads, DUET_PT_show, DUET_PT_look)
