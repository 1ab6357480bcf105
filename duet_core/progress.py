"""Progress on the terminal: one line with a bar, the share done and the time left. Quiet where nobody watches."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TextIO

_WIDTH = 28


class Progress:
    """A progress bar as a context manager: call it with the share done, 0..1.

    On a terminal the line is redrawn at most ten times a second; elsewhere (a log file) one line is printed at each tenth. Nothing is printed when *quiet*.
    """

    def __init__(self, title: str, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self.title = title
        self.quiet = quiet
        self.stream = stream or sys.stderr
        self.redraws = self.stream.isatty()
        self.started = time.monotonic()
        self.last_time = 0.0
        self.last_tenth = -1

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.quiet:
            return
        if kind is None:
            self._print(1.0, last=True)
        elif self.redraws:
            self.stream.write("\n")

    def __call__(self, share: float, detail: str = "") -> None:
        if self.quiet:
            return
        share = min(max(share, 0.0), 1.0)
        now = time.monotonic()
        if self.redraws:
            if now - self.last_time < 0.1:
                return
        elif int(share * 10) == self.last_tenth or share >= 1.0:
            return
        self.last_time, self.last_tenth = now, int(share * 10)
        self._print(share, detail)

    def _print(self, share: float, detail: str = "", *, last: bool = False) -> None:
        spent = time.monotonic() - self.started
        left = f"{clock(spent)} in all" if last else f"{clock(spent / share - spent)} left" if share > 0.01 and spent > 1 else ""
        bar = "█" * round(share * _WIDTH) + "·" * (_WIDTH - round(share * _WIDTH))
        line = f"{self.title:<12} {bar} {share:4.0%}  {left}  {detail}".rstrip()
        try:
            self.stream.write(f"\r\x1b[K{line}" + ("\n" if last else "") if self.redraws else line + "\n")
        except UnicodeEncodeError:
            self.stream.write(line.encode("ascii", "replace").decode() + "\n")
        self.stream.flush()


def clock(seconds: float) -> str:
    """Minutes and seconds, such as 4:05."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d}"
