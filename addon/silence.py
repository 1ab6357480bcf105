"""Keeping what Blender itself prints ("Info: Saved as …") away from the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silenced(*, errors: bool = False) -> Iterator[None]:
    """Nothing that Blender prints on stdout within the block appears, nor Python's own prints; with *errors* nothing on stderr either, where Blender's
    exporters leave a traceback of what they then raise."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept: dict[int, int] = {}
    for stream in (1, 2) if errors else (1,):
        try:
            kept[stream] = os.dup(stream)
        except OSError:  # there is none, as with Blender started from a desktop
            continue
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in kept:
            os.dup2(nowhere, stream)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for stream, before in kept.items():
            os.dup2(before, stream)
            os.close(before)
        os.close(nowhere)
