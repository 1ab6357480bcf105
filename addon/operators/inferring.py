"""Find Connections: inference on the active duet, in the background of the user interface."""

# mypy: disable-error-code="valid-type"
from typing import ClassVar

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ...duet_core.connections import DISPLAY_THRESHOLD, Connections
from ...duet_core.errors import InputError
from ...duet_core.inference.models import connect
from ...duet_core.inference.windows import STRIDE_SECONDS, WINDOW_SECONDS
from .. import jobs
from ..methods import method_items
from ..scene.memory import Recall, about_clip, duet_of, remember_connections
from ..scene.redraw import draw_connections, shown_so_far
from .working import Working, idle


class DUET_OT_infer(Working, bpy.types.Operator):
    """Find which joints of one dancer answer which joints of the other, in the motion as it now is"""

    bl_idname = "duet.infer"
    bl_label = "Find Connections"
    # No REGISTER: the redo panel would repeat many seconds of work, with Blender frozen, for each touch of a slider.
    bl_options: ClassVar[set[str]] = {"UNDO"}

    method: EnumProperty(name="Method", description="How connections are found", items=method_items)
    window: FloatProperty(name="Window", default=WINDOW_SECONDS, min=0.1, max=600.0, unit="TIME_ABSOLUTE")
    stride: FloatProperty(name="Stride", default=STRIDE_SECONDS, min=0.01, max=600.0, unit="TIME_ABSOLUTE")
    draw_them: BoolProperty(name="Draw", description="Draw the connections at once", default=True)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not idle(cls):
            return False
        if duet_of(context.object, context.scene) is None:
            cls.poll_message_set("Import a duet first")
            return False
        return True

    def _begin(self, context: bpy.types.Context) -> jobs.Job[Connections]:
        """The motion is read back first, which only the main thread may."""
        duet = duet_of(context.object, context.scene)
        if duet is None:
            raise InputError("there is no duet in this scene", remedy="import one with File > Import > Duet")
        # Names: what they stand for may be gone, or another, when the work has ended.
        self._duet, self._scene, self._recall = duet, context.scene.name, Recall(duet)
        recall, fps = self._recall, float(about_clip(duet)["fps"])
        method, window, stride = self.method, self._frames("window", WINDOW_SECONDS, fps), self._frames("stride", STRIDE_SECONDS, fps)

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> Connections:
            return connect(recall.clip, method, window=window, stride=stride, progress=progress, cancelled=cancelled)

        return jobs.Job("Finding connections", work, before=recall.steps())

    def _frames(self, name: str, default: float, fps: float) -> int | None:
        """The time *name* in frames; None, which lets inference adapt it to a short take, where nobody changed it."""
        seconds = getattr(self, name)
        return None if abs(seconds - default) < 1e-6 else max(1, round(seconds * fps))

    def _finish(self, context: bpy.types.Context, connections: Connections) -> None:
        scene = bpy.data.scenes.get(self._scene)
        if scene is None or self._duet not in bpy.data.collections:
            raise InputError("the duet was removed meanwhile", place=self._duet, remedy="import the poses again")
        if self.draw_them:
            draw_connections(self._duet, self._recall.clip, connections, **shown_so_far(self._duet), scene=scene)
        else:
            remember_connections(self._duet, connections)
        for warning in connections.meta["warnings"]:
            self.report({"WARNING"}, warning)
        shown = connections.shown()
        self.report({"INFO"}, f"{int(shown.any(axis=0).sum())} connections exceed {DISPLAY_THRESHOLD:g}, in {connections.windows} windows")


class DUET_OT_cancel(bpy.types.Operator):
    """Stop the work that runs; nothing will be changed"""

    bl_idname = "duet.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return jobs.current() is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        job = jobs.current()
        if job is not None:
            job.cancel()
        return {"FINISHED"}


CLASSES = (DUET_OT_infer, DUET_OT_cancel)
