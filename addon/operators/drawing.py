"""Draw Connections: what was found, as threads between the dancers."""

# mypy: disable-error-code="valid-type"
from typing import ClassVar

import bpy
from bpy.props import FloatProperty, IntProperty

from ...duet_core.connections import DISPLAY_THRESHOLD, Connections
from .. import jobs
from ..names import CONTEXT
from ..scene.duet import TOP_K, WIDTH
from ..scene.memory import Recall, duet_of, has_connections, kept_connections, unpacked_connections
from ..scene.redraw import drawing, plan, shown_so_far
from ..scene.threads import Planned
from ..wording import said
from .polls import has_duet, the_duet
from .working import Steps, Working, idle


class DUET_OT_draw_connections(Working, bpy.types.Operator):
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
        translation_context=CONTEXT,
    )
    top_k: IntProperty(name="Top K", description="Show at most so many, the strongest, at a time", default=TOP_K, min=1, soft_max=200)
    width: FloatProperty(name="Width", description="Of the surest thread", default=WIDTH, min=0.0, soft_max=0.1, unit="LENGTH", precision=3)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not idle(cls) or not has_duet(cls, context):
            return False
        duet = duet_of(context.object, context.scene)
        if duet is None or not has_connections(duet):
            cls.poll_message_set(said("Find connections first"))
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """From the panel: what the threads show now stays as it is, unless told otherwise."""
        duet = duet_of(context.object, context.scene)
        for name, value in (shown_so_far(duet) if duet else {}).items():
            if not self.properties.is_property_set(name):
                setattr(self, name, value)
        return super().invoke(context, event)

    def _begin(self, context: bpy.types.Context) -> jobs.Job[tuple[Connections, Planned]]:
        """The motion is read back first: a thread's mean length is the motion's."""
        duet = the_duet(context)
        self._duet, self._scene, self._recall = duet, context.scene.name, Recall(duet)
        recall, kept, threshold = self._recall, kept_connections(duet), self.threshold

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> tuple[Connections, Planned]:
            connections = unpacked_connections(duet, kept)
            return connections, plan(recall.clip, connections, threshold)

        return jobs.Job("Drawing connections", work, before=recall.steps())

    def _finish(self, context: bpy.types.Context, result: tuple[Connections, Planned]) -> Steps:
        connections, planned = result
        yield from drawing(
            self._duet, self._recall.clip, connections, threshold=self.threshold, top_k=self.top_k, width=self.width,
            scene=self._scene, packed=kept_connections(self._duet), planned=planned,
        )  # fmt: skip


CLASSES = (DUET_OT_draw_connections,)
