"""The layers, read from the imports: what may know what."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLENDER = {"bpy", "bpy_extras", "bmesh", "mathutils", "gpu", "gpu_extras", "blf", "bl_ui", "aud", "idprop", "imbuf", "addon_utils"}
LEARNING = ("duet_core/model/", "duet_core/training/")
"""Where torch may be."""
DESCRIBED = ("config", "settings", "phrase_settings")
"""The modules of ``duet_core/model`` that describe models without torch: whatever reads a model needs them, so they lie below the rest of it."""
LAZY = {
    "duet_core/formats/": {"pyarrow", "pandas"},
    "duet_core/exports/": {"pyarrow"},
    "duet_core/inference/side_by_side.py": {"threadpoolctl"},
}
"""What may be imported within a function, where one does without it."""


def modules(folder: str) -> list[Path]:
    return sorted(path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py"))


@cache
def imports(path: Path) -> list[tuple[str, int, int, bool]]:
    """(module and name, level of relativity, line, whether within a function) for each import; what only the type checker reads is left out."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))

    def walk(node: ast.AST, lazy: bool) -> Iterator[tuple[str, int, int, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield alias.name, 0, child.lineno, lazy
            elif isinstance(child, ast.ImportFrom):
                for alias in child.names:
                    yield f"{child.module or ''}.{alias.name}".lstrip("."), child.level, child.lineno, lazy
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for other in child.orelse:
                    yield from walk(other, lazy)
            else:
                yield from walk(child, lazy or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))

    return list(walk(tree, False))


def target(path: Path, module: str, level: int) -> str:
    """The top folder of the repository that a relative import reaches, such as ``addon``."""
    package = path.parent.parts
    assert level <= len(package) + 1, f"{path} imports from outside the repository"
    reached = package[: len(package) - level + 1]
    return reached[0] if reached else module.split(".")[0]


@cache
def within(path: Path) -> list[tuple[Path, bool]]:
    """The modules of ours that *path* imports, and whether only within a function."""
    result = []
    for module, level, _, lazy in imports(path):
        if not level:
            continue
        parts = (*path.parent.parts[: len(path.parent.parts) - level + 1], *module.split("."))
        for end in range(len(parts), 0, -1):  # what follows a module's name is a name in it
            found = next(
                (f for f in (Path(*parts[:end]).with_suffix(".py"), Path(*parts[:end], "__init__.py")) if (ROOT / f).is_file()), None
            )
            if found:
                result.append((found, lazy))
                break
    return result


def loaded_with(path: Path) -> set[Path]:
    """*path*, and all of ours that is imported before it can be used; packages included."""
    found: set[Path] = set()
    left = [path]
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += [package / "__init__.py" for package in module.parents if package != Path()]
            left += [other for other, lazy in within(module) if not lazy]
    return found


def room(path: Path) -> str:
    """The package or module of the core that *path* belongs to."""
    parts = path.with_suffix("").parts[1:]
    if parts[0] == "model":
        return "model" if parts[1] not in (*DESCRIBED, "__init__") else "model (without torch)"
    return parts[0]


@pytest.mark.parametrize("path", modules("duet_core"), ids=str)
def test_the_core_needs_only_numpy_and_the_standard_library(path: Path) -> None:
    place = path.as_posix()
    for module, level, line, lazy in imports(path):
        top = module.split(".")[0]
        if level:
            assert target(path, module, level) == "duet_core", f"{path}:{line} reaches out of the core"
            continue
        assert top not in BLENDER, f"{path}:{line} imports {top}: the core knows nothing of Blender"
        assert top not in ("duet_core", "addon", "duet_connections"), f"{path}:{line}: imports inside the packages are relative"
        allowed = {"numpy", *sys.stdlib_module_names}
        if lazy:
            allowed |= set().union(*(names for folder, names in LAZY.items() if place.startswith(folder)))
        assert place.startswith(LEARNING) or top in allowed, f"{path}:{line} imports {top}, which Blender's Python does not have"


@pytest.mark.parametrize("path", modules("addon"), ids=str)
def test_the_add_on_needs_only_blender_numpy_and_the_core(path: Path) -> None:
    for module, level, line, _ in imports(path):
        top = module.split(".")[0]
        if level:
            assert target(path, module, level) in ("duet_core", "addon"), f"{path}:{line} reaches out of the packages"
            if target(path, module, level) == "duet_core":
                assert not any(f".{folder}" in f".{module}" for folder in ("duet_core.model", "duet_core.training")), (
                    f"{path}:{line} needs torch"
                )
        else:
            assert top not in ("duet_core", "addon", "duet_connections"), f"{path}:{line}: imports inside the packages are relative"
            assert top in BLENDER | {"numpy"} | sys.stdlib_module_names, (
                f"{path}:{line} imports {top}, which Blender's Python does not have"
            )


@pytest.mark.parametrize("path", modules("addon/scene"), ids=str)
def test_what_builds_the_scene_knows_nothing_of_operators_and_panels(path: Path) -> None:
    for module, level, line, _ in imports(path):
        if level and target(path, module, level) == "addon" and level > 1:
            assert module.split(".")[0] not in ("operators", "panels", "properties", "jobs", "registration", "commands"), f"{path}:{line}"


def test_nothing_that_does_without_torch_loads_it_by_way_of_another_module() -> None:
    with_torch = {
        path for path in modules("duet_core") if any(name.split(".")[0] == "torch" and not lazy for name, _, _, lazy in imports(path))
    }
    assert with_torch
    for path in [*modules("duet_core"), *modules("addon")]:
        if not path.as_posix().startswith(LEARNING):
            assert not loaded_with(path) & with_torch, f"{path} loads torch"


def test_no_two_packages_of_the_core_need_each_other() -> None:
    needs: dict[str, set[str]] = {}
    for path in modules("duet_core"):
        if path.parts[1:] != ("__init__.py",):
            needs.setdefault(room(path), set()).update(room(other) for other, _ in within(path) if len(other.parts) > 1)
    order = TopologicalSorter({name: others - {name} for name, others in needs.items()})
    order.prepare()  # raises CycleError, which names the circle


def test_the_root_package_imports_nothing_before_blender_enables_it() -> None:
    found = list(imports(Path("__init__.py")))
    assert found
    assert all(lazy for *_, lazy in found)


def test_no_add_on_code_edits_the_import_path_or_installs_frame_handlers() -> None:
    for path in modules("addon"):
        if "worker" in path.name:  # a script of its own, in a process of its own
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
            text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            assert text != "sys.path", f"{path}:{getattr(node, 'lineno', 0)}"
            assert not text.startswith("bpy.app.handlers.frame"), f"{path}:{getattr(node, 'lineno', 0)}"


def test_every_script_reaches_a_known_command_without_importing_blender() -> None:
    from duet_core.launch import COMMANDS

    for path in modules("scripts"):
        assert path.stem in COMMANDS, f"{path} has no command"
        assert not {module.split(".")[0] for module, level, *_ in imports(path)} & BLENDER
    assert {path.stem for path in modules("scripts")} == set(COMMANDS)


def test_the_version_stands_in_the_manifest_alone() -> None:
    from duet_core.version import version

    assert f'version = "{version()}"' in (ROOT / "blender_manifest.toml").read_text("utf-8")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert "\nversion" not in project
    assert 'dynamic = ["version"]' in project
