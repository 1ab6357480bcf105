"""How much of this machine a process of ours may use."""

from __future__ import annotations

import os

VARIABLE = "DUET_CORES"
"""Set by whoever runs several processes of ours at once (``batch``), so that together they use the machine and no more."""


def cores() -> int:
    """Processor cores for this process: its share where somebody set one, else those that the system lets it use."""
    share = os.environ.get(VARIABLE, "")
    if share.isdecimal() and int(share) > 0:
        return int(share)
    try:
        return len(os.sched_getaffinity(0)) or 1
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def environment(share: int) -> dict[str, str]:
    """The environment of a process that shall use *share* cores: ours, and libraries that compute."""
    libraries = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    return {**os.environ, VARIABLE: str(share), **dict.fromkeys(libraries, str(share))}
