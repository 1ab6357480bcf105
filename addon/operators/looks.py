"""How threads and dancers look: presets of the threads, lines drawn around the dancers, captions."""

# mypy: disable-error-code="valid-type"
from collections.abc import Callable
from typing import ClassVar

import bpy
from bpy.app.translations import pgettext_tip
from bpy.props import EnumProperty, FloatProperty, StringProperty

from .. import presets
from ..names import CONTEXT
from ..scene.annotations import recolour_legend
from ..scene.captioning import toggle_caption
from ..scene.captions import KINDS_LEGEND, LEADING, SUBTITLES
from ..scene.line_art import add_lines, lines_of, remove_lines
from ..scene.memory import duet_of, has_connections, prefix_of
from ..scene.thread_looks import LOOK_ITEMS, THREAD_LOOKS, give_kept_look, kept_look, on_light_stage, set_thread_look
from ..scene.threads import get_input
from ..wording import said
from .polls import OnDuet, OnThreads, has_duet, the_duet
from .reporting import guarded


class DUET_OT_thread_look(OnThreads, bpy.types.Operator):
    """Give the threads this look: shape, light, material and colours. Width and filters stay as they are"""

    bl_idname = "duet.thread_look"
    bl_label = "Look of Threads"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    look: EnumProperty(name="Look", description="The look to give", items=LOOK_ITEMS, translation_context=CONTEXT)

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return str(pgettext_tip(THREAD_LOOKS[properties.look].says))

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str, thing: bpy.types.Object) -> None:
            set_thread_look(thing, self.look, light=on_light_stage(context.scene))
            recolour_legend(prefix_of(duet), float(get_input(thing, "Threshold")))

        return self._on(context, action)


class _OfOwn(OnThreads):
    """What works with looks that the user keeps."""

    name: StringProperty(name="Name", description="What the look is called", default="My Look")


class DUET_OT_save_look(_OfOwn, bpy.types.Operator):
    """Keep the look of these threads (shape, light, colours, material; no filters) for other duets and files"""

    bl_idname = "duet.save_look"
    bl_label = "Save Look"
    report: Callable[[set[str], str], None]

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str, thing: bpy.types.Object) -> None:
            self.report({"INFO"}, said("Saved as {file}", file=presets.save(presets.LOOKS, self.name, kept_look(thing))))

        return self._on(context, action)


class DUET_OT_use_look(_OfOwn, bpy.types.Operator):
    """Give the threads this look of yours. Filters stay as they are"""

    bl_idname = "duet.use_look"
    bl_label = "Use Look"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str, thing: bpy.types.Object) -> None:
            give_kept_look(thing, presets.load(presets.LOOKS, self.name)[0])
            recolour_legend(prefix_of(duet), float(get_input(thing, "Threshold")))

        return self._on(context, action)


class DUET_OT_remove_look(bpy.types.Operator):
    """Delete a look of yours; threads that have it keep it"""

    bl_idname = "duet.remove_look"
    bl_label = "Delete Look"

    name: StringProperty(name="Name", description="What the look is called")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: presets.remove(presets.LOOKS, self.name))


class DUET_OT_line_art(OnDuet, bpy.types.Operator):
    """Draw the dancers' outlines as strokes of Grease Pencil, or remove them again. Blender finds the lines anew in each frame, which slows playback"""

    bl_idname = "duet.line_art"
    bl_label = "Outline Dancers"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    width: FloatProperty(name="Width", description="Of the lines", default=0.012, min=0.0, soft_max=0.05, unit="LENGTH", precision=3)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action() -> None:
            duet = the_duet(context)
            prefix = prefix_of(duet)
            if lines_of(prefix) is not None:
                remove_lines(prefix)
                return
            add_lines(
                prefix,
                bpy.data.collections[duet],
                width=self.width,
                light=on_light_stage(context.scene),
                frame=context.scene.frame_start,
            )

        return guarded(self, action)


class DUET_OT_caption(bpy.types.Operator):
    """Write a caption over the picture, or remove it again. It lives in the file and plays without this extension"""

    bl_idname = "duet.caption"
    bl_label = "Caption"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    caption: EnumProperty(
        name="Caption",
        description="What to write or remove",
        items=[
            (SUBTITLES, "Subtitles", "Say in sentences what binds the dancers, while it lasts, in place of the strongest connection"),
            (
                LEADING,
                "Who Leads",
                "Show along the picture's lower edge who leads over the take: up is the first dancer, a wide band is unsure",
            ),
            (KINDS_LEGEND, "Kinds", "Say which colour is which kind, as they are now: for threads that have their colours by kind"),
        ],
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        duet = duet_of(context.object, context.scene)
        if duet is None or not has_connections(duet):
            cls.poll_message_set(said("Find connections first"))
            return False
        return has_duet(cls, context)

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        says = {key: text for key, _, text in cls.__annotations__["caption"].keywords["items"]}
        return str(pgettext_tip(says[properties.caption]))

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action() -> None:
            duet = the_duet(context)
            toggle_caption(duet, context.scene, self.caption)

        return guarded(self, action)


CLASSES = (DUET_OT_caption, DUET_OT_thread_look, DUET_OT_save_look, DUET_OT_use_look, DUET_OT_remove_look, DUET_OT_line_art)
