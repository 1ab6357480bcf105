"""New phrases: which connections are asked for, what is made, and what becomes of it."""

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface

from ...duet_core.connections import DISPLAY_THRESHOLD
from ...duet_core.errors import InputError
from .. import jobs
from ..names import CONTEXT
from ..scene import asking, tries
from ..scene.memory import duet_of, has_connections
from ..scene.palette import KIND_COLOURS
from ..wording import capital, in_words
from . import icons
from .common import SidebarPanel, job_progress, settings_layout
from .duet import lines

LINE = 36
"""Letters in a line of a note, in a sidebar as wide as it is at first."""

OWN = {
    "CONTINUE": ("seconds",),
    "NEW": ("seconds",),
    "VARY": ("whom", "amount"),
    "BETWEEN": ("whom",),
    "PARTNER_A": ("base",),
    "PARTNER_B": ("base",),
}
"""What each way of making has to say besides what all have."""


class DUET_UL_asked(bpy.types.UIList):
    bl_idname = "DUET_UL_asked"

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:  # type: ignore[no-untyped-def]
        row = layout.row(align=True)
        row.use_property_split = False
        row.prop(item, "enabled", text="")
        split = row.split(factor=0.86 if item.confidence >= 0 else 1.0, align=True)
        named = split.row(align=True)
        named.active = item.enabled
        named.label(text=asking.label_of(item, _names(data.id_data.name)), icon_value=icons.dot(KIND_COLOURS[item.kind]), translate=False)
        if item.confidence >= 0:
            again = item.confidence > DISPLAY_THRESHOLD and item.found_kind == item.kind
            split.label(icon="CHECKMARK" if again else "ERROR")


def _names(duet: str) -> tuple[str, str]:
    try:
        return asking.dancers_here(duet)
    except InputError:
        return "A", "B"


class DUET_PT_phrases(SidebarPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_phrases"
    bl_parent_id = "DUET_PT_duet"
    bl_label = "New Phrases"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, context: bpy.types.Context) -> None:
        layout = settings_layout(self)
        duet = duet_of(context.object, context.scene)
        if duet is not None:
            _asked(layout, duet)
        _making(layout, context)
        _tries(layout, context, duet)


def _asked(layout: bpy.types.UILayout, duet: str) -> None:
    """The connections that are asked for, and the chosen one of them."""
    header, body = layout.panel("DUET_PT_phrases_asked", default_closed=False)
    header.label(text="Asked Connections")
    if body is None:
        return
    kept = asking.list_of(duet)
    body.operator("duet.ask", icon="LINKED")
    row = body.row()
    row.template_list(DUET_UL_asked.bl_idname, "", kept, "requests", kept, "active", rows=3)
    column = row.column(align=True)
    column.operator("duet.ask_more", text="", icon="ADD")
    column.operator("duet.unask", text="", icon="REMOVE")
    column.operator("duet.select_asked", text="", icon="RESTRICT_SELECT_OFF")
    row = body.row(align=True)
    found = row.row(align=True)
    found.enabled = has_connections(duet)
    found.operator_menu_enum("duet.ask_found", "scope", text="From Found", icon="VIEWZOOM")
    row.operator("duet.ask_proposed", icon="SHADERFX")
    if not 0 <= kept.active < len(kept.requests):
        return
    chosen = kept.requests[kept.active]
    column = body.column()
    for name in ("direction", "from_joint", "to_joint", "kind"):
        column.prop(chosen, name)
    if chosen.kind == "lead":
        column.prop(chosen, "lag")
    column.prop(chosen, "strength")
    frames = column.column(align=True)
    frames.prop(chosen, "first")
    frames.prop(chosen, "last")
    if chosen.confidence >= 0:
        _answer(body, chosen)


def _answer(layout: bpy.types.UILayout, chosen: Any) -> None:
    """What was found of the chosen connection in what was made."""
    kind, sure = pgettext_iface(chosen.found_kind.capitalize(), CONTEXT), f"{chosen.confidence:.2f}"
    if chosen.confidence <= DISPLAY_THRESHOLD:
        layout.label(text=pgettext_iface("Hardly found: confidence {confidence}").format(confidence=sure), icon="ERROR", translate=False)
    elif chosen.found_kind != chosen.kind:
        said = pgettext_iface("Found as {kind}: confidence {confidence}").format(kind=kind, confidence=sure)
        layout.label(text=said, icon="ERROR", translate=False)
    else:
        layout.label(text=pgettext_iface("Found again: confidence {confidence}").format(confidence=sure), icon="CHECKMARK", translate=False)


def _making(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """What is made, and how."""
    settings, job = context.scene.duet.phrases, jobs.current()
    header, body = layout.panel("DUET_PT_phrases_making", default_closed=False)
    header.label(text="Generate")
    if body is None:
        return
    column = body.column()
    column.enabled = job is None
    column.prop(settings, "way")
    for name in OWN[settings.way]:
        column.prop(settings, name)
    partner, between = settings.way.startswith("PARTNER"), settings.way == "BETWEEN"
    if between:
        column.prop(settings, "other", placeholder="" if settings.whom == "BOTH" else pgettext_iface("Partner"))
        if settings.other and settings.whom != "BOTH":
            column.prop(settings, "other_dancer")
        column.prop(settings, "throughout")
        share = column.row()
        share.active = settings.throughout
        share.prop(settings, "share")
    if partner and settings.base == "vary":
        column.prop(settings, "amount")
    if not (between or (partner and settings.base == "keep")):
        column.prop(settings, "temperature")
        column.prop(settings, "seed")
        column.prop(settings, "tries")
    if settings.way == "VARY" or (partner and settings.base != "new"):
        column.prop(settings, "only_range")
    column.prop(settings, "place")
    column.prop(settings, "generator")
    if job is None:
        body.operator("duet.generate", icon="OUTLINER_OB_ARMATURE")
    else:
        job_progress(body, job)


def _tries(layout: bpy.types.UILayout, context: bpy.types.Context, duet: str | None) -> None:
    """What was made and not kept yet; of the one at hand also what could not be had."""
    there = tries.tries(context.scene)
    if not there:
        return
    header, body = layout.panel("DUET_PT_phrases_tries", default_closed=False)
    header.label(text="Tries")
    if len(there) > 1:
        header.operator("duet.discard_try", text="", icon="TRASH", emboss=False).every = True
    if body is None:
        return
    for name in there:
        made = tries.about(name) or {}
        box = body.box().column(align=True)
        row = box.row(align=True)
        found, asked = tries.found_again(name)
        split = row.split(factor=0.74 if asked else 1.0, align=True)
        named = split.row(align=True)
        named.alignment = "LEFT"
        order = made.get("order")
        seed = f"  #{order['seed']}" if order and order["way"] != "interpolate" else ""
        shown = name == duet
        named.operator(
            "duet.select_try", text=f"{name}{seed}", icon="ZOOM_SELECTED", emboss=shown, depress=shown, translate=False
        ).name = name
        if asked:
            split.label(text=f"{found}/{asked}", icon="CHECKMARK" if found == asked else "ERROR", translate=False)
        row = box.row(align=True)
        for operator in ("duet.keep_try", "duet.another", "duet.discard_try"):
            row.operator(operator).name = name
        rows, names = asking.list_of(name).requests, _names(name)
        for number in tries.missed(name):
            box.label(text=f"{rows[number].confidence:.2f}  {asking.label_of(rows[number], names)}", icon="ERROR", translate=False)
        for note in made.get("notes", ()):
            lines(box, capital(in_words(note)), icon="INFO", most=LINE)


CLASSES = (DUET_UL_asked, DUET_PT_phrases)
