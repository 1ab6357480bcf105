"""The guide and the README keep their word: pages build, links lead somewhere, every example and every command runs, or a named test runs it."""

from __future__ import annotations

import gzip
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.evaluation.redressed import redressed
from duet_core.formats import duet_npz, read
from duet_core.skeletons import by_name

ROOT = Path(__file__).resolve().parent.parent.parent
_spec = importlib.util.spec_from_file_location("mediapipe_duet", ROOT / "docs" / "examples" / "mediapipe_duet.py")
assert _spec and _spec.loader
mediapipe_duet = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mediapipe_duet)

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "samples" / "README.md", *(ROOT / "docs").rglob("*.md")])

RENDERED = ("tests/addon/test_render_command.py::test_it_writes_the_five_outputs_and_nothing_else", "tests/core/test_commands.py")
IN_PARTS = ("tests/addon/test_render_parts.py::test_two_parts_join_to_the_very_pictures_and_video_of_the_whole",)
TRAINED = ("tests/training/test_train_command.py::test_a_run_leaves_everything_that_is_promised",)
METHODS = "tests/core/test_benchmark_methods.py::"

ELSEWHERE: dict[str, tuple[str, ...]] = {
    r"make demo$": ("Makefile", *RENDERED),
    r"make test$": (".ci/run",),
    r"make docs$": ("tests/docs/test_guide.py::test_the_guide_builds_and_every_link_leads_somewhere",),
    r"make extension$": ("tests/packaging/test_zip.py::test_the_zip_holds_what_is_needed_and_nothing_else",),
    r"\.venv/bin/pre-commit install$": ("tests/docs/test_guide.py::test_what_runs_before_a_commit_is_valid",),
    r"\.venv/bin/python -m pytest tests/core$": (".ci/run",),
    r"\S+ -m pip install": ("Makefile",),
    r"make lint types$": (".ci/run",),
    r"make test-(blender|versions)": ("tests/installed/test_installed_extension.py::test_the_installed_extension_keeps_its_promises",),
    r"\S+ tools/make_pictures\.py": ("tests/window/test_window.py::test_a_newcomer_installs_in_the_preferences_window_and_sees_threads",),
    r"BLENDER_WINDOW=": (
        "tests/window/test_window.py::test_a_newcomer_installs_in_the_preferences_window_and_sees_threads",
        "tests/window/harness.py",
    ),
    r"python -m duet_core\.procedural": ("tests/core/test_procedural.py::test_the_command_makes_the_sample_again",),
    r"blender --command extension install-file": (
        "tests/packaging/test_installed.py::test_blenders_own_command_line_installs_finds_and_draws",
    ),
    r"blender --command duet infer": ("tests/packaging/test_installed.py::test_blenders_own_command_line_installs_finds_and_draws",),
    r"blender --background .*infer\.py": (
        "tests/packaging/test_same_numbers.py::test_every_python_and_blender_finds_the_same_connections",
    ),
    r"blender .*(train|render\.py)": (
        "tests/training/test_in_blender.py::test_what_was_trained_in_blender_draws_an_annotated_film_there",
        "tests/training/test_in_blender.py::test_the_installed_extension_trains_by_blenders_own_command",
    ),
    r"torchrun --standalone": (
        "tests/training/test_distributed.py::test_when_a_process_is_killed_torchrun_starts_all_again_from_the_newest_checkpoint",
    ),
    r"\S+ scripts/benchmark\.py planted": (
        f"{METHODS}test_planted_puts_methods_side_by_side_without_real_takes",
        "tests/core/test_benchmark_ghosts.py",
    ),
    r"\S+ scripts/benchmark\.py null": (f"{METHODS}test_null_counts_what_strangers_are_shown",),
    r"\S+ scripts/benchmark\.py real": (f"{METHODS}test_real_reports_partners_holds_leads_and_prediction",),
    r"\S+ scripts/benchmark\.py ghosts": (
        "tests/core/test_benchmark_ghosts.py::test_it_needs_no_real_takes_and_writes_what_is_lost",
        METHODS[:-2],
    ),
    r"\S+ scripts/benchmark\.py physics": ("tests/training/test_particles.py::test_one_command_trains_measures_and_keeps_its_models",),
    r"\S+ scripts/benchmark\.py speed": (
        "tests/core/test_benchmark.py::test_speed_writes_its_figures_with_date_and_machine",
        "tests/core/test_benchmark.py::test_longer_takes_cost_in_proportion_and_stay_small",
    ),
    r"\S+ scripts/benchmark\.py import": (
        "tests/addon/test_dancers.py::test_import_of_a_salsa_pair_takes_a_third_of_what_blenders_own_takes",
    ),
    r"\S+ scripts/render\.py takes/": (
        "tests/addon/test_render_folder.py::test_every_take_is_rendered_with_its_own_connections_and_kept_the_next_time",
    ),
    r"\S+ scripts/render\.py .*--pictures": (*IN_PARTS, "tests/farm/test_flamenco.py", "tests/addon/test_render_command.py"),
    r"\S+ scripts/render\.py": RENDERED,
    r"\S+ scripts/infer\.py takes/": ("tests/core/test_batch.py::test_every_take_is_done_failures_are_listed_and_nothing_is_done_twice",),
    r"\S+ scripts/infer\.py .*--model runs/": (
        "tests/training/test_export.py::test_what_is_exported_says_the_same_by_torch_by_numpy_and_by_the_command",
    ),
    r"\S+ scripts/sweep\.py": (
        "tests/training/test_sweep.py::test_a_real_sweep_is_interrupted_goes_on_and_keeps_the_best_model",
        "tests/core/test_batch.py",
    ),
    r"\S+ scripts/export\.py": (
        "tests/training/test_export.py::test_a_run_that_has_not_ended_gives_the_model_of_its_best_checkpoint",
        "tests/training/test_export.py::test_onnx_says_what_torch_says_for_any_number_of_windows",
    ),
    r"\S+ scripts/train\.py presets/phrases": ("tests/generation/test_training.py::test_a_run_leaves_a_generator_that_makes_phrases",),
    r"\S+ scripts/train\.py .*--processes": (
        "tests/training/test_distributed.py::test_two_processes_lose_what_one_loses_and_an_interrupt_of_either_ends_both",
    ),
    r"\S+ scripts/train\.py (?!--settings)": (
        *TRAINED,
        "tests/training/test_train_command.py::test_a_dry_run_of_a_folder_says_what_would_happen_and_writes_nothing",
    ),
}
"""Commands too long to run as they stand, and what runs their like on less: files, with the test that does it."""

QUICKER = {
    r"\S+ scripts/benchmark\.py draw": "--rounds 1 --frames 2",
    r"\S+ scripts/benchmark\.py skeletons": "--duets 1 --seeds 1 --seconds 8 --model proximity --quiet",
}
"""What is added to commands that would take too long as they stand."""

UNTRIED = (
    r"torchrun --nnodes",  # several machines: a test has one, and the guide says so
    r"\S+ scripts/benchmark\.py generation",  # half a minute of processor even with --quick; tests/generation/test_measures.py has its parts
)


def examples(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.S | re.M)


def commands(page: Path) -> list[str]:
    """Every command line of *page*: of ``console`` blocks, indented ones, and ones within a line that name no placeholder in capitals."""
    text = page.read_text("utf-8")
    found = [line for block in re.findall(r"```console\n(.*?)```", text, re.S) for line in block.splitlines()]
    plain = re.sub(r"```.*?```", "", text, flags=re.S)
    found += re.findall(r"^    ((?:make|blender|python|\.venv/bin/[\w-]+) .*)$", plain, re.M)
    inline = re.findall(r"`((?:(?:\.venv/bin/)?python |scripts/\w+\.py |make |\.venv/bin/|BLENDER_WINDOW=)[^`]+)`", plain)
    inline = [f".venv/bin/python {line}" if line.startswith("scripts/") else line for line in inline]
    found += [line for line in inline if not re.search(r"(?<![=_])\b[A-Z]{2,}\b(?![=_])|…|/shared/", line)]
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
    landmarks(short, desk / "duet.npz")
    for name, dancer in (("leader.bvh.gz", 0), ("follower.bvh.gz", 1)):
        solo = short.changed(positions=short.positions[:, dancer : dancer + 1], confidence=short.confidence[:, dancer : dancer + 1])
        solo = solo.changed(meta={**solo.meta, "dancers": [short.names[dancer]], "truth": []})
        duet_npz.write(solo, desk / (name + ".duet.npz"))
        (desk / name).write_bytes(gzip.compress((desk / (name + ".duet.npz")).read_bytes()))
    return desk


def landmarks(clip: Clip, table: Path) -> None:
    """*clip* as docs/examples/mediapipe_duet.py writes what MediaPipe sees: metres from the hips, x right, y down, z away."""
    seen = redressed(clip.positions, clip.skeleton, by_name("mediapipe-33"))
    x, y, z = np.moveaxis(seen - seen[:, :, 23:25].mean(axis=2, keepdims=True), -1, 0)
    mediapipe_duet.save(table, np.stack([x, -z, y, np.full_like(x, 0.9)], axis=-1), clip.fps)


def test_dancers_are_known_again_whatever_order_they_are_listed_in() -> None:
    followed = mediapipe_duet.Followed()
    left, right = (0.3, 0.5), (0.7, 0.5)
    assert followed.names([left, right]) == [0, 1]
    assert followed.names([right, left]) == [1, 0]
    assert followed.names([right]) == [1]
    assert followed.names([(0.45, 0.5), (0.55, 0.5)]) == [0, 1]


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


def every_command() -> list[str]:
    return list(dict.fromkeys(command for page in PAGES for command in commands(page)))


def elsewhere(command: str) -> tuple[str, ...]:
    return next((tests for pattern, tests in ELSEWHERE.items() if re.match(pattern, command)), ())


def untried(command: str) -> bool:
    return any(re.match(pattern, command) for pattern in UNTRIED)


def test_what_is_not_run_here_is_run_by_a_test_that_is_there_with_every_option() -> None:
    for command in every_command():
        texts = []
        for place in elsewhere(command):
            file, _, name = place.partition("::")
            texts.append((ROOT / file).read_text("utf-8"))
            assert not name or f"def {name}(" in texts[-1], f"{command}: {place} is not there"
        for option in re.findall(r"(?<!\S)--[\w-]+", command) if texts else ():
            assert option in SHARED or any(option in text for text in texts), f"{command}: nothing named in ELSEWHERE tries {option}"


SHARED = {"--out", "--background", "--python", "--python-exit-code"}
"""Options that every such test gives in some way."""


def test_make_knows_what_pages_say() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for command in every_command():
        if command.startswith("make "):
            assert {word for word in command.split()[1:] if "=" not in word} <= targets, command


def test_no_line_says_what_to_try_in_vain() -> None:
    every = every_command()
    for pattern in (*ELSEWHERE, *QUICKER, *UNTRIED):
        assert any(re.match(pattern, command) for command in every), f"no page has such a command any more: {pattern}"


def test_every_other_command_runs_as_it_stands(desk: Path) -> None:
    for command in (c for c in every_command() if not elsewhere(c) and not untried(c)):
        words = shlex.split(command, comments=True)
        assert words[0] in (".venv/bin/python", "python"), f"say in ELSEWHERE what runs it: {command}"
        more = next((more for pattern, more in QUICKER.items() if re.match(pattern, command)), "").split()
        done = subprocess.run([sys.executable, *words[1:], *more], cwd=desk, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"


def test_every_link_and_picture_of_a_page_outside_the_guide_is_there() -> None:
    """The guide's own are checked where it is built."""
    for page in [*PAGES, ROOT / "CHANGELOG.md", *(ROOT / "models").rglob("*.md")]:
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text):
            file, _, heading = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (page.parent / file).resolve() if file else page
            assert there.exists(), f"{page.name}: {target}"
            if heading:
                assert heading in anchors(there), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """What the headings of *page* are called in links, as GitHub and the guide do it."""
    headings = re.findall(r"^#+ +(.*)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_pictures_are_no_burden() -> None:
    for picture in (ROOT / "docs").rglob("*.*"):
        if picture.suffix in (".png", ".webp", ".gif", ".svg"):
            assert picture.stat().st_size <= 1_500_000, picture.name
