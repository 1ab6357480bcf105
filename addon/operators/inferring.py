"""Find Connections: inference on the active duet, in the background of the user interface."""

# mypy: disable-error-code="valid-type"
from collections.abc import Callable
from typing import ClassVar

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty

from ...duet_core.connections import DISPLAY_THRESHOLD
from ...duet_core.errors import InputError
from ...duet_core.inference import METHODS, infer
from ...duet_core.inference.update import Kept
from ...duet_core.inference.windows import STRIDE_SECONDS, WINDOW_SECONDS
from .. import apart, jobs
from ..methods import method_items
from ..names import CONTEXT
from ..scene.memory import (
    Recall,
    about_clip,
    duet_of,
    has_connections,
    how_found,
    packed_connections,
    remember_connections,
    remember_how,
    threads_of,
)
from ..scene.redraw import drawing, plan, shown_so_far
from ..scene.threads import Planned
from ..wording import counted, in_words, said
from .polls import has_duet, the_duet
from .working import Steps, Working, idle

KEPT = Kept()
"""What models said of windows in this session: after an edit only what it touched is asked again. A process of its own (`apart`) keeps its own."""

Told = tuple[apart.Found, Planned]


def leave() -> None:
    """Forget it, and end the process: for when the add-on goes."""
    KEPT.clear()
    apart.leave()


def _ready(cls: type[bpy.types.Operator], context: bpy.types.Context) -> bool:
    """For `poll`: whether there is a duet and nothing else runs; else says why not."""
    return idle(cls) and has_duet(cls, context)


class _Finding(Working):
    """What finding and updating share."""

    draw_them = True
    report: Callable[[set[str], str], None]
    """The operator's."""

    def _job_of(self, context: bpy.types.Context, method: str, window: int | None, stride: int | None) -> jobs.Job[Told]:
        # Names: what they stand for may be gone, or another, when the work has ended.
        duet = the_duet(context)
        self._duet, self._scene, self._recall = duet, context.scene.name, Recall(duet)
        self._how = method, window, stride
        recall, in_window = self._recall, self._in_window
        threshold = shown_so_far(duet)["threshold"]

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> Told:
            found = look(progress, cancelled)
            return found, plan(recall.clip, found.connections, threshold)

        def look(progress: jobs.Progress, cancelled: jobs.Asked) -> apart.Found:
            if in_window:
                try:
                    return apart.find(recall.clip, method, window, stride, progress, cancelled)
                except apart.CannotStart as error:
                    print(f"Connections are found inside Blender: {error}")
            found = infer(recall.clip, method, window=window, stride=stride, kept=KEPT, progress=progress, cancelled=cancelled)
            return apart.Found(found, packed_connections(found), KEPT.asked, KEPT.known)

        return jobs.Job("Finding connections", work, before=recall.steps())

    def _finish(self, context: bpy.types.Context, result: Told) -> Steps:
        """Draw or keep what was found, and say it."""
        found, planned = result
        connections = found.connections
        if self._scene not in bpy.data.scenes or self._duet not in bpy.data.collections:
            raise InputError("the duet was removed meanwhile", place=self._duet, remedy="import the poses again")
        if self.draw_them:
            shown = shown_so_far(self._duet)
            yield from drawing(self._duet, self._recall.clip, connections, **shown, scene=self._scene, packed=found.packed, planned=planned)
        else:
            remember_connections(self._duet, connections, found.packed)
        remember_how(self._duet, *self._how)
        for warning in connections.meta["warnings"]:
            self.report({"WARNING"}, in_words(warning))
        exceeding = int(connections.shown().any(axis=0).sum())
        windows = counted(connections.windows, "1 window", "{count} windows")
        one, many = "1 connection exceeds {threshold}, in {windows}", "{count} connections exceed {threshold}, in {windows}"
        self.report({"INFO"}, counted(exceeding, one, many, threshold=f"{DISPLAY_THRESHOLD:g}", windows=windows))


class DUET_OT_infer(_Finding, bpy.types.Operator):
    """Find which joints of one dancer answer which joints of the other, in the motion as it now is"""

    bl_idname = "duet.infer"
    bl_label = "Find Connections"
    # No REGISTER: the redo panel would repeat many seconds of work, with Blender frozen, for each touch of a slider.
    bl_options: ClassVar[set[str]] = {"UNDO"}

    method: EnumProperty(name="Method", description="How connections are found", items=method_items, translation_context=CONTEXT)
    window: FloatProperty(name="Window", default=WINDOW_SECONDS, min=0.1, max=600.0, unit="TIME_ABSOLUTE")
    stride: FloatProperty(name="Stride", default=STRIDE_SECONDS, min=0.01, max=600.0, unit="TIME_ABSOLUTE")
    draw_them: BoolProperty(name="Draw", description="Draw the connections at once", default=True)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _ready(cls, context)

    def _begin(self, context: bpy.types.Context) -> jobs.Job[Told]:
        """The motion is read back first, which only the main thread may."""
        fps = float(about_clip(the_duet(context))["fps"])
        return self._job_of(context, self.method, self._frames("window", WINDOW_SECONDS, fps), self._frames("stride", STRIDE_SECONDS, fps))

    def _frames(self, name: str, default: float, fps: float) -> int | None:
        """The time *name* in frames; None, which lets inference adapt it to a short take, where nobody changed it."""
        seconds = getattr(self, name)
        return None if abs(seconds - default) < 1e-6 else max(1, round(seconds * fps))


class DUET_OT_update(_Finding, bpy.types.Operator):
    """Find connections again in the same way after the motion was edited; only the windows that an edit touched are looked at anew"""

    bl_idname = "duet.update"
    bl_label = "Update"
    bl_options: ClassVar[set[str]] = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not _ready(cls, context):
            return False
        duet = duet_of(context.object, context.scene)
        if duet is None or not has_connections(duet):
            cls.poll_message_set(said("Find connections first"))
            return False
        return True

    def _begin(self, context: bpy.types.Context) -> jobs.Job[Told]:
        duet = the_duet(context)
        how = how_found(duet)
        if how is None:
            raise InputError("nobody has kept how these connections were found", place=duet, remedy="press Find Connections")
        self.draw_them = threads_of(duet) is not None
        return self._job_of(context, how["method"], how["window"], how["stride"])

    def _finish(self, context: bpy.types.Context, result: Told) -> Steps:
        yield from super()._finish(context, result)
        # Baselines keep nothing: they look at the whole take each time.
        if self._how[0] not in METHODS:
            asked, known = result[0].asked, result[0].known
            self.report({"INFO"}, said("{asked} of {windows} windows looked at anew", asked=asked, windows=asked + known))


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


CLASSES = (DUET_OT_infer, DUET_OT_update, DUET_OT_cancel)
