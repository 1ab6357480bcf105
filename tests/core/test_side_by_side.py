"""Work that is done side by side while BLAS keeps to one thread."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from duet_core.inference.side_by_side import side_by_side

ASKED = """
from threadpoolctl import ThreadpoolController
import numpy
from duet_core.inference.side_by_side import quiet_blas
blas = ThreadpoolController().select(user_api="blas")
threads = lambda: {one["num_threads"] for one in blas.info()}
before = threads()
with quiet_blas():
    assert threads() == {1}
assert threads() == before
print(before)
"""


def test_results_come_in_the_order_of_the_items() -> None:
    assert side_by_side(lambda item: item**2, range(20)) == [item**2 for item in range(20)]


def test_blas_keeps_to_one_thread_meanwhile_and_has_its_own_again_afterwards(root: Path) -> None:
    """In a process of its own: the one of the tests may have been told so from the beginning."""
    pytest.importorskip("threadpoolctl")
    told = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=root, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
