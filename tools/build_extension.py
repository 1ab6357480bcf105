"""Builds and validates the extension's zip with Blender's own tool, found inside the ``bpy`` package: ``python tools/build_extension.py [FOLDER]``.

Only what a user needs is packed, whatever else lies in the working tree.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PACKED = (
    "blender_manifest.toml", "__init__.py", "addon", "duet_core", "scripts", "models", "presets", "samples", "wheels", "LICENSE", "README.md", "CHANGELOG.md", "docs"
)  # fmt: skip
"""What the zip holds; what does not exist (yet) is left out."""

NOT_PACKED = shutil.ignore_patterns("__pycache__", "*.py[co]", ".*", "*.blend[1-9]", "pictures", "*.png", "*.svg", "conf.py")
"""Of the guide its words are packed, to which the README links; its pictures would double the size."""

LARGEST = 10_000_000
"""Bytes that the zip may have: what one downloads without thinking about it, and what the extension platform takes without asking."""


def extension_tool() -> Path:
    """Blender's ``blender_ext.py``; it runs without starting Blender."""
    spec = importlib.util.find_spec("bpy")
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        for tool in Path(place).glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"):
            return tool
    sys.exit("Blender's extension tool was not found: install bpy (requirements/demo.txt)")


def call(*arguments: str) -> None:
    """Run Blender's tool and show what it says only where it fails."""
    # No byte code is to appear inside the bpy package or the folder that is packed.
    done = subprocess.run([sys.executable, "-B", str(extension_tool()), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{arguments[0]} failed:\n{done.stdout}{done.stderr}")


def build(folder: Path) -> Path:
    """Build and validate the zip in *folder*, and return its path. An older zip of the same version is replaced only by a valid one."""
    version = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))["version"]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"duet_connections-{version}.zip"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".build-") as temporary:
        source, made = Path(temporary) / "source", Path(temporary) / target.name
        source.mkdir()
        for name in PACKED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, source / name, ignore=NOT_PACKED)
            elif (ROOT / name).exists():
                shutil.copy2(ROOT / name, source / name)
        call("build", "--source-dir", str(source), "--output-filepath", str(made))
        call("validate", str(made))
        if made.stat().st_size > LARGEST:
            sys.exit(f"the zip has {made.stat().st_size / 1e6:.1f} MB; {LARGEST / 1e6:.0f} MB are allowed")
        made.replace(target)
    return target


if __name__ == "__main__":
    built = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist")
    print(f"{built} ({built.stat().st_size / 1e6:.2f} MB), valid")
