"""Work of the main thread in steps: a generator that yields wherever Blender may draw its window before it goes on."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")


def finished(steps: Generator[Any, None, T]) -> T:
    """All *steps* at once; what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
