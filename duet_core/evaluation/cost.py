"""What work costs in a process of its own: seconds, and the most memory that it held. Nothing else is in that process, so nothing else is counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError

ROOT = Path(__file__).resolve().parents[2]
"""Where the scripts lie, and from where this package can be imported."""
_MEGA = 1024 if sys.platform != "darwin" else 1024**2
"""Units of ru_maxrss in a MiB: kilobytes on Linux, bytes on macOS."""


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of processors, MiB held at most (None where the system does not say), and the last line that the process wrote."""

    seconds: float
    work: float | None
    memory: float | None
    said: str

    def facts(self) -> Any:
        """What the process said, as JSON."""
        return json.loads(self.said)


def of_process(arguments: Sequence[str | Path]) -> Cost:
    """What this Python takes for *arguments* (``-c CODE`` or a script and its own), in the folder `ROOT`.

    Raises:
        InputError: the process failed.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None and process.stderr is not None
    work = memory = None
    if hasattr(os, "wait4"):
        # Little is written, so that it can wait in the pipe until the end.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        work, memory = used.ru_utime + used.ru_stime, used.ru_maxrss / _MEGA
    said, complaint = process.communicate()
    if process.returncode:
        raise InputError(f"a process of its own failed: {complaint.strip()[-500:]}", remedy="run it by hand to see why")
    lines = said.strip().splitlines()
    return Cost(time.perf_counter() - begin, work, memory, lines[-1] if lines else "")
