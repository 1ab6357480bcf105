"""Operators whose work takes long: in a thread under a window, where Blender stays usable meanwhile; at once in scripts and background mode."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import bpy

from .. import jobs
from ..panels.common import redraw
from ..wording import said
from .reporting import guarded

PUMP_SECONDS = 0.1
REDRAW_SECONDS = 0.2
PREPARING_SECONDS = 0.01
"""Between two steps of what the main thread itself has to do."""

FINISHING_SECONDS = 0.005
"""Of what is made of a result, at a time: its steps are larger than those before the work."""

Steps = Generator[Any, None, None]
"""Of the main thread's work, each some milliseconds long."""


class Working:
    """Mixin of an operator that is one `Job`: `_begin` prepares it on the main thread, `_finish` uses its result there, in steps where it takes long."""

    _in_window = False
    """Whether somebody waits at a window."""
    _finishing: Steps | None = None
    _pace: jobs.Pace

    def _begin(self, context: bpy.types.Context) -> jobs.Job:
        raise NotImplementedError

    def _finish(self, context: bpy.types.Context, result: Any) -> Steps | None:
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """All at once: for scripts and background mode."""

        def action() -> None:
            for _ in self._finish(context, self._begin(context).run()) or ():
                pass

        return guarded(self, action)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """From a panel: the work goes into a thread, and a timer asks how far it is."""
        if bpy.app.background or context.window is None:
            return self.execute(context)

        def action() -> None:
            self._in_window = True
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
        if self._finishing is not None:
            return self._finish_some(context) if event.type == "TIMER" else {"RUNNING_MODAL"}
        if event.type == "ESC" and event.value == "PRESS":
            self._job.cancel()
            self._tick(context, PREPARING_SECONDS)
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
                self._tick(context, PUMP_SECONDS)
            return others

        def finish() -> None:
            self._finishing = self._finish(context, self._job.result())

        said = guarded(self, finish)
        if said == {"CANCELLED"} or self._finishing is None:
            context.window_manager.event_timer_remove(self._timer)
            return said
        self._pace = jobs.Pace(FINISHING_SECONDS)
        self._tick(context, PREPARING_SECONDS)
        return {"RUNNING_MODAL"}

    def _finish_some(self, context: bpy.types.Context) -> set[str]:
        """Some steps of what is made of the result. Nothing else happens meanwhile, so that all of it is one thing to undo."""
        done = False

        def action() -> None:
            nonlocal done
            assert self._finishing is not None
            done = self._pace.take(self._finishing)

        said = guarded(self, action)
        if said == {"FINISHED"} and not done:
            return {"RUNNING_MODAL"}
        context.window_manager.event_timer_remove(self._timer)
        redraw(context.window_manager)
        return said

    def _tick(self, context: bpy.types.Context, seconds: float) -> None:
        """Have the timer come so often from now on."""
        manager = context.window_manager
        manager.event_timer_remove(self._timer)
        self._timer = manager.event_timer_add(seconds, window=context.window)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator itself: another file is opened, or the window is closed."""
        jobs.stop()
        context.window_manager.event_timer_remove(self._timer)


def idle(cls: type[bpy.types.Operator]) -> bool:
    """For `poll`: whether no job runs; else says which."""
    job = jobs.current()
    if job is not None:
        cls.poll_message_set(said("{work:label}: wait, or cancel it first", work=job.title))
    return job is None
