"""Work side by side: threads of ours, each with a BLAS that keeps to one.

The products of one window, or one regression, are small. Where BLAS shares each of them among threads of its own these mostly wait for one another: two cores do the work
of one and are busy with it. `threadpoolctl` (a pure-Python wheel, bundled with the extension) tells BLAS to stay in one thread meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import Any, TypeVar

from ..cores import cores

T = TypeVar("T")
R = TypeVar("R")

MOST = 4
"""Threads at most: each holds some megabytes, and an interface wants to stay alive beside them."""


def side_by_side(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """``[work(item) for item in items]``, some at the same time."""
    count = min(MOST, cores()) if _alone() or _controller() else 1
    with quiet_blas(), ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, items))


def quiet_blas() -> AbstractContextManager[Any]:
    """While it is entered, BLAS keeps to one thread, where that can be had."""
    controller = None if _alone() else _controller()
    quiet: AbstractContextManager[Any] = controller.limit(limits=1, user_api="blas") if controller else nullcontext()
    return quiet


def _alone() -> bool:
    """Whether whoever started this process told BLAS to stay in one thread."""
    return "1" in (os.environ.get("OPENBLAS_NUM_THREADS"), os.environ.get("OMP_NUM_THREADS"))


@lru_cache(maxsize=1)
def _controller() -> Any:
    """What can tell this process's BLAS how many threads to use; None where it is unknown, or nobody can."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    found = ThreadpoolController().select(user_api="blas")
    return found if found.lib_controllers else None
