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
_WATCH = """
import json, os, subprocess, sys
process = subprocess.Popen([sys.executable, *sys.argv[1:]])
_, status, used = os.wait4(process.pid, 0)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss]))
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""
"""Between this process and the measured one stands a small one: on Linux a process begins with the most memory that its parent ever held."""


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
    watched = hasattr(os, "wait4")
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *(["-S", "-c", _WATCH] if watched else []), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise InputError(f"a process of its own failed: {done.stderr.strip()[-500:]}", remedy="run it by hand to see why")
    lines = done.stdout.strip().splitlines()
    work = memory = None
    if watched:
        work, most = json.loads(lines.pop())
        memory = most / _MEGA
    return Cost(seconds, work, memory, lines[-1] if lines else "")
