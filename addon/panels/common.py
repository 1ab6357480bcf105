"""What panels of the sidebar share: where they stand, how far a job is, the inputs of the threads, and having them drawn again."""

from typing import Any, ClassVar

import bpy
from bpy.app.translations import pgettext_iface

from .. import jobs
from ..names import CONTEXT, TAB
from ..scene.memory import duet_of
from ..scene.node_tools import get_modifier_input, input_identifiers
from ..scene.threads import MODIFIER
from ..wording import in_words


class SidebarPanel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB
    bl_translation_context = CONTEXT


class PartPanel(SidebarPanel):
    """A part of the duet's panel, closed at first; it is there where there is a duet."""

    bl_parent_id = "DUET_PT_duet"
    bl_options: ClassVar[set[str]] = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return duet_of(context.object, context.scene) is not None


def settings_layout(panel: bpy.types.Panel) -> bpy.types.UILayout:
    """The layout of *panel*, with names beside values and without dots for keys."""
    layout = panel.layout
    layout.use_property_split = True
    layout.use_property_decorate = False
    return layout


def job_progress(layout: bpy.types.UILayout, job: jobs.Job[Any]) -> None:
    """How far *job* is, and a button to cancel it."""
    row = layout.row(align=True)
    row.progress(
        factor=job.share,
        text="Cancelling…" if job.cancelling else f"{pgettext_iface(job.title)}  {in_words(job.detail) or format(job.share, '.0%')}",
    )
    row.operator("duet.cancel", text="", icon="CANCEL")


class Inputs:
    """The inputs of a duet's threads, for one drawing of a panel: their identifiers are asked for once, since asking takes time."""

    def __init__(self, thing: bpy.types.Object) -> None:
        self.modifier = MODIFIER
        self._modifier = thing.modifiers[MODIFIER]
        self._identifiers = input_identifiers(self._modifier.node_group)

    def __contains__(self, name: str) -> bool:
        return name in self._identifiers

    def prop(self, layout: bpy.types.UILayout, name: str, text: str | None = None, toggle: bool = False) -> None:
        """Lay out the input called *name*; one that an older version's group lacks is left out."""
        identifier = self._identifiers.get(name)
        if identifier is None:
            return
        words = name if text is None else text
        said = pgettext_iface(words, CONTEXT) if words else ""
        if hasattr(self._modifier, "properties"):  # since 5.2
            layout.prop(
                getattr(self._modifier.properties.inputs, identifier), "value", text=said, translate=False, toggle=1 if toggle else -1
            )
        else:
            layout.prop(self._modifier, f'["{identifier}"]', text=said, translate=False, toggle=1 if toggle else -1)

    def value(self, name: str) -> Any:
        """The present value of the input called *name*, a menu's as its entry's name; None where there is none."""
        return get_modifier_input(self._modifier, name) if name in self._identifiers else None


def redraw(manager: bpy.types.WindowManager) -> None:
    """Have every sidebar drawn again, as a job goes on; not the views beside them, which may take long."""
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
