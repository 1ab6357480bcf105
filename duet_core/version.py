"""The version, which stands in one place: ``blender_manifest.toml`` at the root."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def version() -> str:
    manifest = Path(__file__).resolve().parent.parent / "blender_manifest.toml"
    return str(tomllib.loads(manifest.read_text("utf-8"))["version"])
