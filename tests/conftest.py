"""What every test shares: the repository as the package ``duet_connections``, and the folder of real takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from duet_core.launch import load_extension  # noqa: E402

load_extension()


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real takes; the test is skipped, saying so, where there is none."""
    folder = Path(os.environ.get("DUET_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real takes: {folder} is missing (set DUET_REAL_DATA)")
    return folder
