"""Draw Connections: what was found, as threads between the dancers."""

# mypy: disable-error-code="valid-type"
from typing import ClassVar

import bpy
from bpy.props import FloatProperty, IntProperty

from ...duet_core.connections import DISPLAY_THRESHOLD
from ...duet_core.errors import InputError
from ..scene.duet import TOP_K, WIDTH
from ..scene.memory import duet_of, has_connections, recall_clip, recall_connections
from ..scene.redraw import draw_connections, shown_so_far
from .reporting import guarded


class DUET_OT_draw_connections(bpy.types.Operator):
    """Draw the connections that were found, tied to the dancers' joints; threads that were drawn before are replaced"""

    bl_idname = "duet.draw_connections"
    bl_label = "Draw Connections"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    threshold: FloatProperty(
        name="Threshold",
        description="Show connections above this confidence",
        default=DISPLAY_THRESHOLD,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )
    top_k: IntProperty(name="Top K", description="Show at most so many, the strongest, at a time", default=TOP_K, min=1, soft_max=200)
    width: FloatProperty(name="Width", description="Of the surest thread", default=WIDTH, min=0.0, soft_max=0.1, unit="LENGTH", precision=3)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        duet = duet_of(context.object, context.scene)
        if duet is None:
            cls.poll_message_set("Import a duet first")
        elif not has_connections(duet):
            cls.poll_message_set("Find connections first")
        else:
            return True
        return False

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """From the panel: what the threads show now stays as it is, unless told otherwise."""
        duet = duet_of(context.object, context.scene)
        for name, value in (shown_so_far(duet) if duet else {}).items():
            if not self.properties.is_property_set(name):
                setattr(self, name, value)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._draw(context))

    def _draw(self, context: bpy.types.Context) -> None:
        duet = duet_of(context.object, context.scene)
        if duet is None:
            raise InputError("there is no duet in this scene", remedy="import one with File > Import > Duet")
        connections = recall_connections(duet)
        draw_connections(
            duet, recall_clip(duet), connections, threshold=self.threshold, top_k=self.top_k, width=self.width, scene=context.scene
        )


CLASSES = (DUET_OT_draw_connections,)
