"""What the zip holds."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from duet_core.version import version

NEEDED = {"blender_manifest.toml", "__init__.py", "addon", "duet_core", "scripts", "LICENSE", "samples", "presets", "wheels"}
WELCOME = {"README.md", "CHANGELOG.md", "models", "docs"}


def test_the_zip_is_named_by_the_version_in_the_manifest_and_small(extension_zip: Path) -> None:
    assert extension_zip.name == f"duet_connections-{version()}.zip"
    assert extension_zip.stat().st_size <= 10_000_000


def test_the_zip_holds_what_is_needed_and_nothing_else(extension_zip: Path) -> None:
    names = zipfile.ZipFile(extension_zip).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops >= NEEDED
    assert tops - NEEDED <= WELCOME
    parts = {part for name in names for part in name.split("/")}
    assert not [part for part in parts if part.startswith(".") or part in ("__pycache__", "tests")]
    assert not [name for name in names if name.endswith((".pyc", ".blend1", ".zip"))]


def test_every_module_of_the_packages_is_in_the_zip(extension_zip: Path, root: Path) -> None:
    names = set(zipfile.ZipFile(extension_zip).namelist())
    for folder in ("addon", "duet_core", "scripts"):
        for file in (root / folder).rglob("*.py"):
            assert file.relative_to(root).as_posix() in names


def test_the_manifest_says_what_the_platform_and_the_user_must_know(root: Path) -> None:
    manifest = tomllib.loads((root / "blender_manifest.toml").read_text("utf-8"))
    assert manifest["id"] == "duet_connections"
    assert manifest["blender_version_min"] == "4.5.0"
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert "Blender" not in manifest["name"]
    for text in (manifest["tagline"], *manifest["permissions"].values()):
        assert len(text) <= 64
        assert not text.endswith(".")
    assert set(manifest["permissions"]) == {"files"}


def test_only_wheels_for_every_platform_and_python_are_bundled_and_all_of_them_lie_there(extension_zip: Path, root: Path) -> None:
    wheels = tomllib.loads((root / "blender_manifest.toml").read_text("utf-8"))["wheels"]
    assert all(wheel.endswith("-py3-none-any.whl") for wheel in wheels)
    packed = {name for name in zipfile.ZipFile(extension_zip).namelist() if name.endswith(".whl")}
    assert packed == {wheel.removeprefix("./") for wheel in wheels}


def test_a_failed_build_leaves_an_older_zip_and_no_rest(root: Path, tmp_path: Path) -> None:
    """The builder is run on a copy whose manifest is broken."""
    copy = tmp_path / "copy"
    (copy / "tools").mkdir(parents=True)
    (copy / "tools" / "build_extension.py").write_text((root / "tools" / "build_extension.py").read_text("utf-8"), "utf-8")
    manifest = (root / "blender_manifest.toml").read_text("utf-8").replace('license = ["SPDX:GPL-3.0-or-later"]', "license = []")
    (copy / "blender_manifest.toml").write_text(manifest, "utf-8")
    (copy / "__init__.py").write_text("", "utf-8")
    out = tmp_path / "dist"
    out.mkdir()
    older = out / f"duet_connections-{version()}.zip"
    older.write_bytes(b"older")
    done = subprocess.run(
        [sys.executable, str(copy / "tools" / "build_extension.py"), str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "license" in done.stderr
    assert "Traceback" not in done.stderr
    assert [file.name for file in out.iterdir()] == [older.name]
    assert older.read_bytes() == b"older"


def test_the_zip_states_the_licence_of_everything_in_it(extension_zip: Path) -> None:
    with zipfile.ZipFile(extension_zip) as archive:
        names = archive.namelist()
        assert "GNU GENERAL PUBLIC LICENSE" in archive.read("LICENSE").decode()
        cards = [name for name in names if name.startswith(("models/", "samples/")) and name.endswith("README.md")]
        assert len(cards) == 1 + 1 + sum(name.endswith("model.safetensors") for name in names)
        assert all("CC0" in archive.read(card).decode() for card in cards)
        for wheel in (name for name in names if name.endswith(".whl")):
            with zipfile.ZipFile(archive.open(wheel)) as inner:
                assert any(name.endswith("LICENSE") for name in inner.namelist()), wheel


def test_links_of_the_manual_lead_somewhere_within_the_zip(extension_zip: Path) -> None:
    with zipfile.ZipFile(extension_zip) as archive:
        links = re.findall(r"(?<!!)\[[^\]]*\]\((?!https?:|#)([^)#]+)", archive.read("README.md").decode())
        assert links and {link for link in links if link not in archive.namelist()} <= {"CONTRIBUTING.md"}
