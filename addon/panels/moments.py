"""Moments: the strongest connections of this frame, who leads in it, markers and graphs."""

import math

import bpy
from bpy.app.translations import pgettext_iface

from ...duet_core.errors import InputError
from ...duet_core.truth import BOTH_WAYS
from ..names import CONTEXT
from ..scene.captioning import captions_of
from ..scene.captions import KINDS_LEGEND, LEADING, SUBTITLES
from ..scene.memory import duet_of, threads_of
from ..scene.moment import leading_now, stored_of, strongest_now
from ..scene.moments import graphs_of, markers_of
from ..scene.palette import KIND_COLOURS
from ..scene.threads import hidden_connections
from ..wording import capital, in_words
from . import icons
from .common import SidebarPanel

LISTED = 8
"""Connections in the list."""


class DUET_PT_moments(SidebarPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_moments"
    bl_parent_id = "DUET_PT_duet"
    bl_label = "Moments"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        duet = duet_of(context.object, context.scene)
        return duet is not None and threads_of(duet) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        duet = duet_of(context.object, context.scene)
        thing = threads_of(duet) if duet else None
        if duet is None or thing is None:
            return
        try:
            stored_of(thing)
        except InputError as error:
            layout.label(text=capital(in_words(error.problem)), icon="ERROR", translate=False)
            layout.label(text=capital(in_words(error.remedy or "")), icon="BLANK1", translate=False)
            return
        frame = context.scene.frame_current_final
        self._leading(layout, thing, frame)
        self._list(layout, thing, frame)
        row = layout.row(align=True)
        row.operator("duet.add_markers", icon="MARKER_HLT")
        if markers_of(duet):
            for ahead, icon in ((False, "PREV_KEYFRAME"), (True, "NEXT_KEYFRAME")):
                row.operator("screen.marker_jump", text="", icon=icon).next = ahead
            row.operator("duet.remove_markers", text="", icon="X")
        row = layout.row(align=True)
        written = captions_of(duet)
        for caption, text in ((SUBTITLES, "Subtitles"), (LEADING, "Who Leads"), (KINDS_LEGEND, "Kinds")):
            row.operator("duet.caption", text=text, depress=caption in written).caption = caption
        if graphs_of(thing):
            layout.operator("duet.remove_graphs", icon="X")

    def _leading(self, layout: bpy.types.UILayout, thing: bpy.types.Object, frame: float) -> None:
        """Who leads now, as a bar with its interval in words."""
        now = leading_now(thing, frame)
        if now is None:
            return
        a, b = stored_of(thing).dancers
        if math.isnan(now.share):
            layout.label(text="Nobody is seen to lead", icon="BLANK1")
            return
        settled = now.leader >= 0
        who = pgettext_iface("{dancer} leads").format(dancer=(a, b)[now.leader]) if settled else pgettext_iface("Who leads is unsettled")
        share = pgettext_iface("{dancer} {share} ({low} to {high})").format(
            dancer=a, share=f"{now.share:.0%}", low=f"{now.low:.0%}", high=f"{now.high:.0%}"
        )
        layout.progress(factor=now.share, text=f"{who}: {share}")

    def _list(self, layout: bpy.types.UILayout, thing: bpy.types.Object, frame: float) -> None:
        rows, shown = strongest_now(thing, frame, LISTED)
        box = layout.box().column(align=True)
        for one in rows:
            row = box.split(factor=0.8, align=True)
            names = row.row(align=True)
            names.alignment = "LEFT"
            # As short as can be: a button that is too wide for its column has its words in the middle.
            text, icon = f"{one.confidence:.2f} {one.brief}".removeprefix("0"), icons.dot(KIND_COLOURS[one.kind])
            names.operator("duet.select_connection", text=text, icon_value=icon, emboss=False).number = one.number
            actions = row.row(align=True)
            actions.alignment = "RIGHT"
            actions.operator("duet.draw_graph", text="", icon="FCURVE", emboss=False).number = one.number
            hide = actions.operator("duet.hide_connection", text="", icon="HIDE_OFF", emboss=False)
            hide.number, hide.both = one.number, one.kind in BOTH_WAYS
        if not rows:
            box.label(text="Nothing is shown at this frame")
        elif shown:
            box.label(text=pgettext_iface("{count} more").format(count=shown), translate=False)
        hidden = len(hidden_connections(thing))
        if hidden:
            layout.operator(
                "duet.show_hidden", text=f"{pgettext_iface('Show Hidden', CONTEXT)} ({hidden})", icon="HIDE_ON", translate=False
            )


CLASSES = (DUET_PT_moments,)
