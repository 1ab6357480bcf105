"""Keeping what Blender itself prints ("Info: Saved as …") away from the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silenced() -> Iterator[None]:
    """Nothing that Blender prints on stdout within the block appears; Python's own prints neither."""
    sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # no stdout, as with Blender started from a desktop
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
