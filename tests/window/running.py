"""Starts a walk in a Blender with a window, and returns what it told. For ``test_window.py`` and ``tools/make_pictures.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def built_zip(folder: Path) -> Path:
    """The extension's zip, in *folder*."""
    subprocess.run([sys.executable, str(ROOT / "tools" / "build_extension.py"), str(folder)], check=True, capture_output=True)
    return next(folder.glob("*.zip"))


def walked(command: Sequence[str], walk: str, arguments: Sequence[Path], out: Path, home: Path, *, seconds: float) -> dict[str, Any]:
    """Facts and failures of the script *walk* in the Blender *command*, whose user files are in *home*; pictures go to *out*."""
    facts = out / "facts.json"
    facts.unlink(missing_ok=True)
    subprocess.run(
        [*command, "--factory-startup", "--enable-event-simulate", "--python", str(HERE / walk), "--", *map(str, arguments)],
        cwd=ROOT, env={**os.environ, "BLENDER_USER_RESOURCES": str(home)}, timeout=seconds, check=False,
    )  # fmt: skip
    assert facts.is_file(), "the walk did not come to its end"
    return dict(json.loads(facts.read_text("utf-8")))
