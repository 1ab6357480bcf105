"""The guide and the README keep their word: pages build, links lead somewhere, every example and every command runs, or a named test runs it."""

from __future__ import annotations

import gzip
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from duet_core.formats import duet_npz, read

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "samples" / "README.md", *(ROOT / "docs").rglob("*.md")])

ELSEWHERE: dict[str, str] = {
    r"make (demo|test)$": ".ci/run",
    r"make lint": "Makefile",
    r"\.venv/bin/pre-commit install$": ".pre-commit-config.yaml",
    r"python -m duet_core\.procedural": "tests/core/test_procedural.py",
    r"make docs$": "tests/docs/test_guide.py",
    r"make extension$": "tests/packaging/test_zip.py",
    r"blender .* train( |\.py)": "tests/training/test_in_blender.py",
    r"torchrun ": "tests/training/test_distributed.py",
    r"blender ": "tests/packaging/test_installed.py",
    r"\S+ -m pip install": "Makefile",
    r"\S+ scripts/benchmark\.py": "tests/core/test_benchmark.py",
    r"\S+ scripts/render\.py": "tests/addon/test_render_command.py",
    r"\S+ scripts/infer\.py takes/": "tests/core/test_batch.py",
    r"\S+ scripts/sweep\.py": "tests/training/test_sweep.py",
    r"\S+ scripts/export\.py": "tests/training/test_export.py",
    r"\S+ scripts/train\.py": "tests/training/test_train_command.py",
    r"\S+ scripts/infer\.py .*--model runs/": "tests/training/test_train_command.py",
}
"""Commands too long to run as they stand, and what runs their like on less."""


def examples(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)


def commands(page: Path) -> list[str]:
    """Every command line of *page*: those of ``console`` blocks, and indented ones."""
    text = page.read_text("utf-8")
    found = [line for block in re.findall(r"```console\n(.*?)```", text, re.S) for line in block.splitlines()]
    found += re.findall(r"^    ((?:make|blender|python|\.venv/bin/[\w-]+) .*)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return [line.strip() for line in found if line.strip()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone as a reader has it, but its takes last a few seconds."""
    desk = tmp_path_factory.mktemp("desk")
    for name in ("scripts", "duet_core", "addon", "models", "presets", "requirements", "__init__.py", "blender_manifest.toml"):
        (desk / name).symlink_to(ROOT / name)
    (desk / "samples").mkdir()
    (desk / "out").mkdir()
    short = read(ROOT / "samples" / "sample.duet.npz").sliced(60, 210)
    duet_npz.write(short, desk / "samples" / "sample.duet.npz")
    duet_npz.write(short, desk / "duet.npy.duet.npz")
    (desk / "duet.npy.duet.npz").rename(desk / "duet.npy")  # the content decides, not the name
    for name, dancer in (("leader.bvh.gz", 0), ("follower.bvh.gz", 1)):
        solo = short.changed(positions=short.positions[:, dancer : dancer + 1], confidence=short.confidence[:, dancer : dancer + 1])
        solo = solo.changed(meta={**solo.meta, "dancers": [short.names[dancer]], "truth": []})
        duet_npz.write(solo, desk / (name + ".duet.npz"))
        (desk / name).write_bytes(gzip.compress((desk / (name + ".duet.npz")).read_bytes()))
    return desk


def test_the_guide_builds_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", str(ROOT / "docs"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    pages = {path.name for path in tmp_path.glob("*.html")}
    assert {f"{page.stem}.html" for page in (ROOT / "docs").glob("*.md")} <= pages
    for html in tmp_path.glob("*.html"):
        assert not re.search(r'(src|href)="https?://[^"]*\.(js|css|woff2?)', html.read_text("utf-8")), "the guide opens without a network"


@pytest.mark.parametrize("page", [p for p in PAGES if examples(p)], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_python_example_runs(page: Path, desk: Path) -> None:
    program = "\n".join(examples(page))
    done = subprocess.run([sys.executable, "-c", program], cwd=desk, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_of_controls_says_what_blender_says() -> None:
    """Made again by ``python tools/write_controls.py``."""
    program = "import sys; sys.path.insert(0, 'tools'); import write_controls; sys.stdout.write('\f' + write_controls.page())"
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout
    assert said.rpartition("\f")[2] == (ROOT / "docs" / "controls.md").read_text("utf-8"), "run: python tools/write_controls.py"


def test_what_runs_before_a_commit_is_valid() -> None:
    subprocess.run([Path(sys.executable).with_name("pre-commit"), "validate-config", ROOT / ".pre-commit-config.yaml"], check=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    for name in re.findall(
        r"`((?:addon|duet_core|scripts|tests|presets|models|samples|requirements|farm)/[\w./]+)`", page.read_text("utf-8")
    ):
        assert (ROOT / name).exists() or (ROOT / "duet_core" / name).exists(), name


def elsewhere(command: str) -> str | None:
    return next((test for pattern, test in ELSEWHERE.items() if re.match(pattern, command)), None)


def every_command() -> list[str]:
    return list(dict.fromkeys(command for page in PAGES for command in commands(page)))


@pytest.mark.parametrize("command", [c for c in every_command() if elsewhere(c)])
def test_what_is_not_run_here_is_run_by_a_test_that_is_there(command: str) -> None:
    assert (ROOT / str(elsewhere(command))).exists()


def test_every_other_command_runs_as_it_stands(desk: Path) -> None:
    for command in (c for c in every_command() if not elsewhere(c)):
        words = shlex.split(command, comments=True)
        assert words[0] == ".venv/bin/python", f"say in ELSEWHERE what runs it: {command}"
        done = subprocess.run([sys.executable, *words[1:]], cwd=desk, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
