"""Operators whose work takes long: in a thread under a window, where Blender stays usable meanwhile; at once in scripts and background mode."""

from __future__ import annotations

import time
from typing import Any

import bpy

from .. import jobs
from ..panels.common import redraw
from .reporting import guarded

PUMP_SECONDS = 0.1
REDRAW_SECONDS = 0.2
PREPARING_SECONDS = 0.01
"""Between two steps of what the main thread itself has to do."""


class Working:
    """Mixin of an operator that is one `Job`: `_begin` prepares it on the main thread, `_finish` uses its result there."""

    def _begin(self, context: bpy.types.Context) -> jobs.Job:
        raise NotImplementedError

    def _finish(self, context: bpy.types.Context, result: Any) -> None:
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """All at once: for scripts and background mode."""
        return guarded(self, lambda: self._finish(context, self._begin(context).run()))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """From a panel: the work goes into a thread, and a timer asks how far it is."""
        if bpy.app.background or context.window is None:
            return self.execute(context)

        def action() -> None:
            self._job = self._begin(context)
            self._job.start()

        if guarded(self, action) == {"CANCELLED"}:
            return {"CANCELLED"}
        manager = context.window_manager
        self._prepares, self._shown = self._job.preparing, 0.0
        self._timer = manager.event_timer_add(PREPARING_SECONDS if self._prepares else PUMP_SECONDS, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS":
            self._job.cancel()
        # What is read just now must not change meanwhile: no undo, no edit, until it is read.
        others = {"RUNNING_MODAL"} if self._job.preparing else {"PASS_THROUGH"}
        if event.type != "TIMER":
            return others
        ended = self._job.pump()
        now = time.monotonic()
        if ended or now > self._shown + REDRAW_SECONDS:
            self._shown = now
            redraw(context.window_manager)
        if not ended:
            if self._prepares and not self._job.preparing:
                self._prepares = False
                context.window_manager.event_timer_remove(self._timer)
                self._timer = context.window_manager.event_timer_add(PUMP_SECONDS, window=context.window)
            return others
        context.window_manager.event_timer_remove(self._timer)
        return guarded(self, lambda: self._finish(context, self._job.result()))

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator itself: another file is opened, or the window is closed."""
        jobs.stop()
        context.window_manager.event_timer_remove(self._timer)


def idle(cls: type[bpy.types.Operator]) -> bool:
    """For `poll`: whether no job runs; else says which."""
    job = jobs.current()
    if job is not None:
        cls.poll_message_set(f"{job.title}: wait, or cancel it first")
    return job is None
