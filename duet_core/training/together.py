"""``train.py --processes N``: one command that starts N processes on this machine, waits for them, and ends as they end. No torch here.

What they say they say themselves. For several machines, and to be started again after a failure, there is ``torchrun``.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..launch import DONE, FAILED, INTERRUPTED, UNUSABLE
from ..processes import command_line

_POLL = 0.1
PATIENCE = 30.0
"""Seconds that the others have to notice that one has ended."""


def train_together(count: int, arguments: Sequence[str]) -> int:
    """Run ``train.py`` with *arguments* in *count* processes; returns the exit status of the whole."""
    command = command_line("train", arguments)
    group = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), "WORLD_SIZE": str(count)}
    # Each thread of each process would wait for the others' otherwise.
    group.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // count)))
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with _passing_on(processes):
            for rank in range(count):
                own = {**group, "RANK": str(rank), "LOCAL_RANK": str(rank)}
                processes.append(subprocess.Popen(command, env=own, stdin=subprocess.DEVNULL))
            return _status(_ended(processes))
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def _ended(processes: Sequence[subprocess.Popen[bytes]]) -> list[int]:
    """The exit statuses of all. Once one has failed the others are given time to end, and are then asked to."""
    failed: float | None = None
    while any(process.poll() is None for process in processes):
        if failed is None and any(process.returncode for process in processes):
            failed = time.monotonic()
        if failed is not None and time.monotonic() - failed > PATIENCE:
            for process in processes:
                if process.poll() is None:
                    process.kill()
        time.sleep(_POLL)
    return [process.returncode for process in processes]


def _status(statuses: Sequence[int]) -> int:
    """What all of them come to: the one that tells most."""
    for telling in (UNUSABLE, INTERRUPTED, FAILED):
        if telling in statuses:
            return telling
    return DONE if not any(statuses) else FAILED


@contextmanager
def _passing_on(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Pass Ctrl-C and requests to end on to the *processes*, which save and end; a terminal's Ctrl-C they hear themselves as well."""

    def pass_on(number: int, _: Any) -> None:
        for process in processes:
            if process.poll() is None:
                process.send_signal(number)

    before: dict[signal.Signals, Any] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, pass_on)
    except ValueError:
        pass  # not in the main thread
    try:
        yield
    finally:
        for caught, handler in before.items():
            signal.signal(caught, signal.SIG_DFL if handler is None else handler)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
