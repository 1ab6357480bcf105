"""Driving Blender's own window from inside: steps between which its event loop runs, events, pictures, and how long the loop did not turn.

Runs in Blender, started with ``--enable-event-simulate`` (then no real mouse or keyboard interferes). A walk is a generator: each ``yield`` gives the
window time, either seconds or a function that says when to go on.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

Walk = Generator[float | Callable[[], bool], None, None]

CALM_TURNS, CALM_SECONDS = 8, 0.05
"""The window has drawn what an event changed when the event loop has turned so often without taking longer."""


WAIT_SECONDS = 90.0
"""What does not come within this time does not come."""


class Watch:
    """How long the event loop did not turn: a timer that is due each millisecond notes the longest time between two of its calls."""

    def __init__(self) -> None:
        self.longest, self.gaps = 0.0, []
        self._last = 0.0
        self.running = False

    def start(self) -> None:
        self.longest, self.gaps, self._last, self.running = 0.0, [], time.perf_counter(), True
        bpy.app.timers.register(self._tick, persistent=True)

    def stop(self) -> dict[str, float]:
        """Milliseconds: the longest gap, and how long the 99th of a hundred is; and their number."""
        self.running = False
        ordered = sorted(self.gaps) or [0.0]
        return {
            "longest": 1e3 * ordered[-1],
            "p99": 1e3 * ordered[int(0.99 * (len(ordered) - 1))],
            "median": 1e3 * ordered[len(ordered) // 2],
            "count": len(ordered),
            "above_50": sum(gap > 0.05 for gap in ordered),
        }

    def _tick(self) -> float | None:
        now = time.perf_counter()
        self.gaps.append(now - self._last)
        self._last = now
        return 0.001 if self.running else None


class Stopwatch:
    """How long our own code holds the main thread: the longest call of each function that is watched, in milliseconds of the clock and of the processor.

    Another process that wants the processor lengthens only the first.
    """

    def __init__(self) -> None:
        self.longest: dict[str, list[float]] = {}

    def watch(self, owner: Any, name: str) -> None:
        """Time the function *name* of *owner*, a class that Blender calls (it hands over as many arguments as the function's code names) or any other."""
        given = inspect.getattr_static(owner, name)
        inner = given.__func__ if isinstance(given, classmethod) else given
        label = f"{owner.__name__}.{name}"

        def timed(*arguments: Any) -> Any:
            clock, processor = time.perf_counter(), time.thread_time()
            try:
                return inner(*arguments)
            finally:
                spent = 1e3 * (time.perf_counter() - clock), 1e3 * (time.thread_time() - processor)
                self.longest[label] = [max(pair) for pair in zip(self.longest.get(label, (0.0, 0.0)), spent, strict=True)]

        by_count: dict[int, Callable[..., Any]] = {
            1: lambda a: timed(a),
            2: lambda a, b: timed(a, b),
            3: lambda a, b, c: timed(a, b, c),
        }
        wrapped = by_count[inner.__code__.co_argcount]
        setattr(owner, name, classmethod(wrapped) if isinstance(given, classmethod) else wrapped)

    def taken(self) -> dict[str, list[float]]:
        """What was noted since it was last asked, the longest first: ``[by the clock, by the processor]``."""
        noted, self.longest = self.longest, {}
        return dict(sorted(noted.items(), key=lambda item: -item[1][0]))


class Window:
    """The one window, and what can be done in it."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.calm_turns = 0
        self.facts: dict[str, Any] = {}
        self.failures: list[str] = []
        out.mkdir(parents=True, exist_ok=True)

    @property
    def window(self) -> bpy.types.Window:
        return bpy.context.window_manager.windows[0]

    def area(self, kind: str) -> bpy.types.Area:
        return max((a for a in self.window.screen.areas if a.type == kind), key=lambda a: a.width * a.height)

    def region(self, area: str, kind: str) -> bpy.types.Region:
        return next(region for region in self.area(area).regions if region.type == kind)

    def override(self, area: str = "VIEW_3D", region: str = "WINDOW") -> Any:
        """For what a script calls as if the mouse were there."""
        return bpy.context.temp_override(window=self.window, area=self.area(area), region=self.region(area, region))

    def calm(self) -> Callable[[], bool]:
        """For a walk to yield: whether what was done just now is drawn."""
        self.calm_turns = -CALM_TURNS
        return lambda: self.calm_turns >= CALM_TURNS

    def expect(self, true: Any, what: str) -> None:
        """Note that *what* does not hold; the walk goes on."""
        if not true:
            self.failures.append(what)
            print("DOES NOT HOLD:", what, flush=True)

    # -- events ---------------------------------------------------------------------------------------------------------------------------

    def move(self, x: int, y: int) -> None:
        self.window.event_simulate(type="MOUSEMOVE", value="NOTHING", x=x, y=y)

    def press(self, key: str, x: int = 0, y: int = 0, **modifiers: bool) -> None:
        at = {"x": x, "y": y} if x or y else dict(zip("xy", self._mouse, strict=True))
        self.window.event_simulate(type=key, value="PRESS", **at, **modifiers)
        self.window.event_simulate(type=key, value="RELEASE", **at, **modifiers)

    def click(self, x: int, y: int) -> None:
        self.move(x, y)
        self._mouse = (x, y)
        self.press("LEFTMOUSE", x, y)

    def point(self, x: int, y: int) -> None:
        """Put the mouse there."""
        self._mouse = (x, y)
        self.move(x, y)

    _mouse = (400, 400)

    def into(self, area: str = "VIEW_3D", region: str = "WINDOW") -> None:
        place = self.region(area, region)
        self.point(place.x + place.width // 3, place.y + place.height // 2)

    # -- pictures -------------------------------------------------------------------------------------------------------------------------

    def upper(self, share: float) -> SimpleNamespace:
        """The upper part of the window, for a picture."""
        height = round(share * self.window.height)
        return SimpleNamespace(x=0, y=self.window.height - height, width=self.window.width, height=height)

    def picture(self, name: str, region: Any = None) -> None:
        """A picture of the window, or of one region, area or part of it, as ``name.png``; without a program that takes one, none."""
        if not shutil.which("import") or not os.environ.get("DISPLAY"):
            return
        file = self.out / f"{name}.png"
        command = ["import", "-window", "root"]
        if region is not None:
            height = self.window.height
            command += ["-crop", f"{region.width}x{region.height}+{region.x}+{height - region.y - region.height}", "+repage"]
        subprocess.run([*command, str(file)], check=False)

    def sidebar(self) -> Walk:
        """Show the sidebar's tab Duet."""
        self.area("VIEW_3D").spaces.active.show_region_ui = True
        yield self.calm()  # tabs are known when they were drawn
        self.region("VIEW_3D", "UI").active_panel_category = "Duet"
        yield self.calm()

    def browse_for(self, file: Path, picture: str) -> Walk:
        """File > Import > Duet Poses by the menu, with *file* chosen in the browser that opens; a picture of the menu is called *picture*."""
        self.into()
        with self.override():
            bpy.ops.wm.call_menu("INVOKE_DEFAULT", name="TOPBAR_MT_file_import")
        yield self.calm()
        yield from self.browse_by_last_entry(file, picture)

    def browse_by_last_entry(self, file: Path, picture: str, region: Any = None) -> Walk:
        """Take the last entry of the menu that is open, and choose *file* in the browser that it opens; the *region* with the menu becomes *picture*."""
        self.press("UP_ARROW")
        yield self.calm()
        self.picture(picture, region)
        self.press("RET")
        yield lambda: any(area.type == "FILE_BROWSER" for area in self.window.screen.areas)
        yield self.calm()
        params = self.area("FILE_BROWSER").spaces.active.params
        params.directory, params.filename = str(file.parent).encode(), file.name
        yield self.calm()

    def close_report(self) -> Walk:
        """Close what the browser popped up of the motion's quality: the mouse away from it, and Esc."""
        self.into()
        yield self.calm()
        self.point(20, 20)
        yield self.calm()
        self.press("ESC")
        yield self.calm()


def _where(steps: Any) -> str:
    """The lines at which *steps* wait."""
    lines = []
    while steps is not None and getattr(steps, "gi_frame", None) is not None:
        lines.append(f"waiting in {steps.gi_frame.f_code.co_name}, line {steps.gi_frame.f_lineno}")
        steps = steps.gi_yieldfrom
    return "\n".join(lines)


def drive(walk: Callable[[Window], Walk], window: Window, *, limit: float) -> None:
    """Run *walk* to its end, write ``facts.json`` and quit. What fails is a failure in there, with its traceback."""
    steps = walk(window)
    state: dict[str, Any] = {"wait": None, "until": time.monotonic() + limit, "next": 0.0, "last": 0.0}

    def end() -> None:
        facts = {"version": bpy.app.version_string, "facts": window.facts, "failures": window.failures}
        (window.out / "facts.json").write_text(json.dumps(facts, indent=1), "utf-8")
        sys.stdout.flush()
        os._exit(0)  # asking whether to save would wait for ever

    def step() -> float:
        now = time.monotonic()
        window.calm_turns = window.calm_turns + 1 if now - state["last"] < CALM_SECONDS else min(window.calm_turns, 0)
        state["last"] = now
        try:
            if now > state["until"]:
                raise TimeoutError(f"the walk took longer than {limit:g} s")
            if callable(state["wait"]):
                if not state["wait"]():
                    if now > state["next"] + WAIT_SECONDS:
                        raise TimeoutError("what was waited for did not come")
                    return 0.02
            elif now < state["next"]:
                return min(state["next"] - now, 0.05)
            wait = next(steps)
            state["wait"] = wait if callable(wait) else None
            state["next"] = now + (0.0 if callable(wait) else float(wait))
        except StopIteration:
            end()
        except BaseException:
            window.failures.append(f"{traceback.format_exc()}{_where(steps)}")
            traceback.print_exc()
            window.picture("failure")
            end()
        return 0.02

    bpy.app.timers.register(step, first_interval=1.0, persistent=True)
