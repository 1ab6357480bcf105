"""Work of the main thread in steps: a generator that yields wherever Blender may draw its window before it goes on."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def finished(steps: Generator[Any, None, T]) -> T:
    """All *steps* at once; what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def at_once(steps: Callable[P, Generator[Any, None, T]]) -> Callable[P, T]:
    """What *steps* does, with the same arguments, all at once."""

    def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        return finished(steps(*args, **kwargs))

    whole.__doc__ = steps.__doc__
    return whole
