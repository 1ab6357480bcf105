"""Long work that leaves Blender responsive: NumPy in a thread, and a pump that the main thread calls.

The work never touches ``bpy``; what it returns is used on the main thread, after `Job.pump` has said that it ended. In the user interface an operator's
timer pumps; in background mode, where nobody waits at a window, `Job.run` does the work at once; a test may do either.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

from ..duet_core.errors import Cancelled, InputError

PREPARING_SECONDS = (0.012, 0.25)
"""Of the main thread at a time: a person does not notice the first. Where that was taken `PATIENCE` times already, and drawing the window in between takes
longer (as without a graphics card, where each step of a scene has it drawn), as long as it takes, up to the second: or it would take many times its time."""
PATIENCE = 40
PREPARING_SHARE = 0.2
"""Of the progress, for what comes before the work."""

T = TypeVar("T")
Progress = Callable[..., None]
"""``progress(share, detail="")`` with the share done, 0..1."""
Asked = Callable[[], bool]
"""Whether the work was told to stop."""


class Pace:
    """The main thread's work in steps: as many are taken at a time as fit into *seconds* (of the last one a part)."""

    def __init__(self, seconds: float = PREPARING_SECONDS[0]) -> None:
        self._seconds = seconds
        self._paused = 0.0
        self._taken = 0

    def take(self, steps: Generator[Any, None, None], told: Callable[[Any], None] = lambda share: None) -> bool:
        """Take some of *steps*, with each one's value *told*, and say whether that was the last."""
        now = time.perf_counter()
        self._taken += 1
        elsewhere = now - self._paused if self._taken > PATIENCE else 0.0
        until = now + min(max(elsewhere, self._seconds), PREPARING_SECONDS[1])
        try:
            while True:
                told(next(steps))
                if time.perf_counter() > until:
                    self._paused = time.perf_counter()
                    return False
        except StopIteration:
            return True


class Job(Generic[T]):
    """One piece of work.

    Args:
        title: what a person reads while it runs.
        work: called once with ``progress(share, detail="")`` and ``cancelled() -> bool``; it raises `Cancelled` soon after ``cancelled()`` turns true.
        before: what only the main thread may do before the work begins, in small steps that each yield the share done; `pump` takes some at a time.
    """

    def __init__(self, title: str, work: Callable[[Progress, Asked], T], before: Generator[float, None, None] | None = None) -> None:
        self.title = title
        self._before, self._prepared = before, before is not None
        self.share = 0.0
        self.detail = ""
        self._work = work
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._value: list[T] = []
        self._error: BaseException | None = None
        self._pace = Pace()

    def start(self) -> None:
        """Begin in a thread, as the one job that runs. Raises InputError where another job still runs."""
        global _current
        if _current is not None:
            raise InputError(f"{_current.title} still runs", remedy="wait, or cancel it first")
        _current = self
        if self._before is None:
            self._begin_thread()

    def _begin_thread(self) -> None:
        # A daemon: quitting Blender does not wait for it.
        self._thread = threading.Thread(target=self._do, name=self.title, daemon=True)
        self._thread.start()

    def run(self) -> T:
        """Do the work here and now, and return its result."""
        for _ in self._before or ():
            pass
        self._before = None
        self._do()
        return self.result()

    def cancel(self) -> None:
        """Ask the work to stop; it does at its next step."""
        self._cancel.set()

    @property
    def cancelling(self) -> bool:
        return self._cancel.is_set()

    def leave(self) -> None:
        """Give up what comes before the work, with all that it set up."""
        if self._before is not None:
            self._before.close()
            self._before = None

    @property
    def preparing(self) -> bool:
        """Whether the main thread's part is not done yet: until then nothing else may change what it reads."""
        return self._before is not None

    def pump(self) -> bool:
        """Whether the work has ended; to be called from the main thread, again and again, until it has. Then `result` is to be asked."""
        global _current
        if self._before is not None:
            self._prepare()
            return False if self._error is None and not self.cancelling else self._end()
        if self._thread is None or self._thread.is_alive():
            return False
        return self._end()

    def _prepare(self) -> None:
        """Some steps of what comes before the work; the thread begins after the last."""
        assert self._before is not None
        try:
            if self.cancelling:
                return
            if self._pace.take(self._before, told=self._tell_preparing):
                self._before = None
                self._begin_thread()
        except Exception as error:  # it belongs to whoever asks for the result
            self._error = error

    def _tell_preparing(self, share: float) -> None:
        self._report(PREPARING_SHARE * share)

    def _end(self) -> bool:
        global _current
        self.leave()
        if _current is self:
            _current = None
        return True

    def result(self) -> T:
        """What the work returned. Raises what it raised; `Cancelled` also where it came to its end after being told to stop."""
        if self._error is not None:
            raise self._error
        if self.cancelling:
            raise Cancelled
        return self._value[0]

    def _do(self) -> None:
        try:
            self._value.append(self._work(self._tell, self._cancel.is_set))
        except BaseException as error:  # it belongs to whoever asks for the result
            self._error = error

    def _tell(self, share: float, detail: str = "") -> None:
        """Progress of the work itself, after what came before it."""
        begun = PREPARING_SHARE if self._prepared else 0.0
        self._report(begun + (1 - begun) * share, detail)

    def _report(self, share: float, detail: str = "") -> None:
        self.share, self.detail = min(max(float(share), 0.0), 1.0), detail


_current: Job | None = None


def current() -> Job | None:
    """The job that runs now, if any."""
    return _current


def stop() -> None:
    """Cancel the job that runs, and wait a little for it: for when the add-on leaves, or another file is opened."""
    global _current
    job, _current = _current, None
    if job is not None:
        job.cancel()
        job.leave()
        if job._thread is not None:
            job._thread.join(timeout=5.0)
