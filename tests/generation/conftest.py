"""What the tests of generation share: the bundled generator, and a take to work on."""

from __future__ import annotations

import pytest

from duet_core.formats import read
from duet_core.generation.generator import Generator


@pytest.fixture(scope="session")
def generator():
    return Generator.load()


@pytest.fixture(scope="session")
def sample(root):
    """Six seconds of the bundled sample."""
    return read(root / "samples" / "sample.duet.npz").sliced(60, 240)
