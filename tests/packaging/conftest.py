"""The extension's zip, built once for all packaging tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def extension_zip(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("bpy", reason="the extension tool comes with the bpy module")
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, str(root / "tools" / "build_extension.py"), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.iterdir()
    return built
