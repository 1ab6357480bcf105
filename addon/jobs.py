"""Long work that leaves Blender responsive: NumPy in a thread, and a pump that the main thread calls.

The work never touches ``bpy``; what it returns is used on the main thread, after `Job.pump` has said that it ended. In the user interface an operator's
timer pumps; in background mode, where nobody waits at a window, `Job.run` does the work at once; a test may do either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ..duet_core.errors import Cancelled, InputError

T = TypeVar("T")
Progress = Callable[..., None]
"""``progress(share, detail="")`` with the share done, 0..1."""
Asked = Callable[[], bool]
"""Whether the work was told to stop."""


class Job(Generic[T]):
    """One piece of work.

    Args:
        title: what a person reads while it runs.
        work: called once with ``progress(share, detail="")`` and ``cancelled() -> bool``; it raises `Cancelled` soon after ``cancelled()`` turns true.
    """

    def __init__(self, title: str, work: Callable[[Progress, Asked], T]) -> None:
        self.title = title
        self.share = 0.0
        self.detail = ""
        self._work = work
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._value: list[T] = []
        self._error: BaseException | None = None

    def start(self) -> None:
        """Begin in a thread, as the one job that runs. Raises InputError where another job still runs."""
        global _current
        if _current is not None:
            raise InputError(f"{_current.title} still runs", remedy="wait, or cancel it first")
        # A daemon: quitting Blender does not wait for it.
        self._thread = threading.Thread(target=self._do, name=self.title, daemon=True)
        _current = self
        self._thread.start()

    def run(self) -> T:
        """Do the work here and now, and return its result."""
        self._do()
        return self.result()

    def cancel(self) -> None:
        """Ask the work to stop; it does at its next step."""
        self._cancel.set()

    @property
    def cancelling(self) -> bool:
        return self._cancel.is_set()

    def pump(self) -> bool:
        """Whether the work has ended; to be called from the main thread, again and again, until it has. Then `result` is to be asked."""
        global _current
        if self._thread is None or self._thread.is_alive():
            return False
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
            self._value.append(self._work(self._report, self._cancel.is_set))
        except BaseException as error:  # it belongs to whoever asks for the result
            self._error = error

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
        if job._thread is not None:
            job._thread.join(timeout=5.0)
