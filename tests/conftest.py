"""What every test shares: the repository as the package ``duet_connections``, the folder of real takes, and the extension's zip."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from duet_core.launch import load_extension  # noqa: E402

load_extension()


LONGEST_FIRST = ("training", "installed", "addon", "model")
"""Folders. Of two processes that share the files, neither then waits long for the other at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=rank)


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


@pytest.fixture(scope="session")
def extension_zip(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension's zip, built once."""
    pytest.importorskip("bpy", reason="the extension tool comes with the bpy module")
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, str(root / "tools" / "build_extension.py"), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built
