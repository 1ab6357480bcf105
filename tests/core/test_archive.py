"""Archives of arrays: what NumPy reads back, the same bytes each time, and silence where there is no room."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from duet_core.archive import save_arrays

ROOT = Path(__file__).resolve().parent.parent.parent
ARRAYS = {"a": np.arange(6, dtype=np.int64).reshape(2, 3), "name": np.array("duet"), "empty": np.zeros((0, 4), np.float32)}


def test_numpy_reads_back_what_was_written(tmp_path: Path) -> None:
    save_arrays(tmp_path / "x.npz", ARRAYS)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as back:
        assert set(back) == set(ARRAYS)
        for name, array in ARRAYS.items():
            assert back[name].dtype == array.dtype and np.array_equal(back[name], array)


def test_the_same_arrays_are_the_same_bytes_at_another_time(tmp_path: Path) -> None:
    save_arrays(tmp_path / "x.npz", ARRAYS)
    time.sleep(2.1)  # archives tell time in steps of two seconds
    save_arrays(tmp_path / "y.npz", ARRAYS)
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are POSIX")
def test_a_full_disk_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    program = f"""
import gc, resource, signal, numpy as np
from pathlib import Path
from duet_core.archive import save_arrays
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    save_arrays({str(tmp_path / "x.npz")!r}, {{"noise": np.random.default_rng(0).normal(size=100_000)}})
except OSError:
    print("refused")
gc.collect()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("refused\n", "")
    assert list(tmp_path.iterdir()) == []
