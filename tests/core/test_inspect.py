"""The quality report as users call it: real processes, on the sample, on damaged takes, on real ones."""

from __future__ import annotations

import json
import re
import struct
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.formats import duet_npz, read
from duet_core.quality import measure
from duet_core.reports.png import Raster, encode
from duet_core.reports.quality_page import page
from duet_core.reports.svg import Svg
from duet_core.reports.views import picture
from duet_core.skeletons import Skeleton
from tests.core import defects

OUTPUTS = {"report.html", "poses.png", "quality.json"}


def inspect(root: Path, *arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(root / "scripts" / "inspect.py"), *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PATH": "/usr/bin:/bin"},
        cwd=cwd,
        timeout=300,
        check=False,
    )


def decoded(data: bytes) -> np.ndarray:
    """The pixels (H, W, 3) of an unfiltered PNG; every chunk's checksum is verified."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + body)
        chunks[name] = body
        at += 12 + length
    width, height = struct.unpack(">2I", chunks[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


class Balanced(HTMLParser):
    """Fails where tags do not close in order; collects what a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.fetched += [f"{name}={value}" for name, value in attrs if name in ("src", "href", "srcset", "xlink:href", "data")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_page(text: str) -> Balanced:
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert not {"script", "link", "img", "iframe", "object"} & parser.seen
    assert "http" not in text
    assert "url(" not in text
    assert not re.search(r"\bnan\b", text.replace("nanny", ""))
    return parser


@pytest.fixture(scope="module")
def sample(root: Path) -> Path:
    return root / "samples" / "sample.duet.npz"


@pytest.fixture(scope="module")
def damaged(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    clip = read(sample)
    for harm in (defects.doubled, defects.with_gaps, defects.with_jumps, defects.jittered):
        clip = harm(clip, 2)
    file = tmp_path_factory.mktemp("damaged") / "damaged.duet.npz"
    duet_npz.write(clip, file)
    return file


def test_a_sound_take_is_called_sound_and_its_report_needs_nothing_else(root: Path, sample: Path, tmp_path: Path) -> None:
    done = inspect(root, sample, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "sample.duet.npz: clean" in done.stdout
    assert {file.name for file in (tmp_path / "out").iterdir()} == OUTPUTS
    text = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "svg" in check_page(text).seen
    assert "This duet is sound" in text
    assert len(text) < 400_000
    data = json.loads((tmp_path / "out" / "quality.json").read_text("utf-8"))
    assert data["quality"]["grade"] == "clean"
    assert set(data) == {"quality"}


def test_the_picture_decodes_and_shows_both_dancers_in_their_colours(sample: Path) -> None:
    pixels = decoded(picture(read(sample))).astype(int)
    assert pixels.shape == (1800, 2240, 3)
    for colour in ((200, 116, 74), (80, 115, 156)):
        assert (np.abs(pixels - colour).max(axis=-1) <= 2).sum() > 3000


def test_a_damaged_take_is_called_poor_and_cleaning_makes_it_better(root: Path, damaged: Path, sample: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "clean.duet.npz"
    done = inspect(root, damaged, "--out", tmp_path / "out", "--clean", target)
    assert done.returncode == 0, done.stderr
    assert "poor" in done.stdout.splitlines()[0]
    assert "after cleaning:" in done.stdout
    before, after, truth = read(damaged, keep_gaps=True), read(target, keep_gaps=True), read(sample)
    assert measure(after).grade != "poor"
    for measure_of_error in ("rms", "median", "p99"):
        assert defects.error(after, truth)[measure_of_error] < 0.5 * defects.error(before, truth)[measure_of_error]
    assert any(step.startswith("smoothing:") for step in after.meta["steps"])
    data = json.loads((tmp_path / "out" / "quality.json").read_text("utf-8"))
    assert data["cleaned"]["mean_bone_variation"] < 0.01 < data["quality"]["mean_bone_variation"]
    assert [part["step"] for part in data["cleaning"]["steps"]] == [
        "axes",
        "units",
        "identity",
        "jumps",
        "gaps",
        "smoothing",
        "bones",
        "floor",
    ]
    text = (tmp_path / "out" / "report.html").read_text("utf-8")
    check_page(text)
    assert "After cleaning" in text


def test_only_the_steps_asked_for_run_and_the_rate_is_the_one_asked_for(root: Path, sample: Path, tmp_path: Path) -> None:
    target = tmp_path / "half.duet.npz"
    done = inspect(root, sample, "--clean", target, "--steps", "smoothing,floor", "--cutoff", 5, "--rate", 15, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    clip = read(target)
    assert clip.fps == 15
    assert clip.frames == 300
    steps = " ".join(clip.meta["steps"])
    assert "at 5 Hz" in steps
    assert "bones:" not in steps


def test_without_out_nothing_is_written(root: Path, sample: Path, tmp_path: Path) -> None:
    assert inspect(root, sample, cwd=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.npy"], "no such file"),
        (["{sample}", "{sample}", "{sample}"], "3 pose files"),
        (["{sample}", "--clean", "out/x.npz"], "call it x.duet.npz"),
        (["{sample}", "--clean", "{sample}"], "overwrite its source"),
        (["{sample}", "--cutoff", "4"], "--clean"),
        (["{sample}", "--clean", "out/x.duet.npz", "--steps", "magic"], "'magic'"),
        (["{sample}", "--clean", "out/x.duet.npz", "--steps", "floor", "--cutoff", "4"], "smoothing"),
        (["{sample}", "--clean", "out/x.duet.npz", "--cutoff", "9999"], "cutoff"),
        (["{sample}", "--rate", "0"], "'0'"),
        (["{sample}", "--frames", "5:5"], "frames"),
        (["{sample}", "--apart", "1"], "--apart"),
    ],
)
def test_unusable_arguments_end_with_status_2_one_line_and_no_output(
    root: Path, sample: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    before = sample.read_bytes()
    done = inspect(root, *(a.format(sample=sample) for a in arguments), "--out", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())
    assert sample.read_bytes() == before


@pytest.mark.parametrize("script", ["infer.py", "inspect.py"])
def test_the_script_does_not_shadow_the_standard_module_from_its_own_folder(root: Path, script: str) -> None:
    done = subprocess.run([sys.executable, script, "--help"], cwd=root / "scripts", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {script}")


def test_a_reader_that_leaves_early_is_no_failure(root: Path, sample: Path) -> None:
    process = subprocess.Popen([sys.executable, root / "scripts" / "inspect.py", sample], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == b""


def test_inspect_needs_numpy_alone(root: Path, damaged: Path, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r}); from duet_core.launch import load_extension, run; load_extension();"
        f"assert run('duet_connections', 'inspect', [{str(damaged)!r}, '--out', {str(tmp_path)!r}, '--clean', {str(tmp_path / 'c.duet.npz')!r}, '--quiet']) == 0;"
        "print(sorted({'bpy', 'torch', 'scipy', 'matplotlib', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_texts_from_files_are_escaped_everywhere() -> None:
    evil = '<script>alert("x")</script>&\ud800'
    skeleton = Skeleton(evil, (evil, evil + "2", "head"), (-1, 0, 1))
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(60, 2, 3, 3))
    positions[5:20, 0, 1] = np.nan
    clip = Clip(positions, 30, skeleton, meta={"source": [evil], "dancers": [evil, "Zoë"], "warnings": [evil], "steps": [evil]})
    text = page(clip, measure(clip)).encode("utf-8", "xmlcharrefreplace").decode("utf-8")
    assert "alert(" in text
    check_page(text)
    picture(clip)


@pytest.mark.parametrize("frames", [1, 2, 5])
@pytest.mark.parametrize("dancers", [1, 2])
@pytest.mark.parametrize("known", [True, False])
def test_the_shortest_and_the_emptiest_takes_have_a_report(frames: int, dancers: int, known: bool) -> None:
    positions = np.random.default_rng(1).normal(size=(frames, dancers, 3, 3)) if known else np.full((frames, dancers, 3, 3), np.nan)
    clip = Clip(positions, 30, Skeleton("dots", ("a", "b", "c"), (-1, -1, -1)))
    check_page(page(clip, measure(clip)))
    decoded(picture(clip))


def test_lines_are_smooth_and_blend_once_where_they_cross() -> None:
    canvas = Raster(20, 20, scale=1)
    canvas.line([(2, 10), (18, 10), (18, 4), (10, 4), (10, 16)], "#000000", 2.0, 0.5)
    pixels = decoded(canvas.png()).astype(int)
    assert np.ptp(pixels[10, 4:16].sum(axis=-1)) == 0  # the crossing at x = 10 is no darker
    assert 0.4 < pixels[10, 5].mean() / pixels[0, 0].mean() < 0.6
    np.testing.assert_array_equal(decoded(encode(np.arange(60, dtype=np.uint8).reshape(4, 5, 3))).ravel(), np.arange(60))


def test_svg_breaks_lines_at_unknown_points() -> None:
    svg = Svg(10, 10, 'a "title"')
    svg.line(np.array([(0, 0), (1, 1), (np.nan, 2), (3, 3)]), "#000000", 1)
    assert 'd="M0 0L1 1M3 3L3 3"' in str(svg)


REAL = [
    (["ai_choreo/sample_dance.npy"], "poor", ["depth between the dancers is absent", "63 frames", "put both skeletons on one person"]),
    (["ai_choreo/pose_extraction_video_1.npy"], "poor", ["no placement", "--apart"]),
    (["ai_choreo/alphapose_test-results.json"], "poor", ["jump away and back"]),
    (["cmu_salsa/60_03_scaled.bvh.gz", "cmu_salsa/61_03_scaled.bvh.gz"], "fair", ["43 joints"]),
    (["mariel/mariel_anna.npy"], None, ["This solo"]),
    (["trc_two_people/Participants1-2_P1_0-100.trc", "trc_two_people/Participants1-2_P2_0-100.trc"], None, ["This duet", "21 joints"]),
    (["openpose_two_people"], "poor", ["planar"]),
    (["c3d/markers_analogs.c3d"], None, ["Daphnee"]),
]


@pytest.mark.parametrize(("files", "grade", "says"), REAL, ids=[files[0].split("/")[-1] for files, _, _ in REAL])
def test_every_real_take_has_its_report(
    real_data: Path, root: Path, tmp_path: Path, files: list[str], grade: str | None, says: list[str]
) -> None:
    done = inspect(root, *(real_data / file for file in files), "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    quality = json.loads((tmp_path / "quality.json").read_text("utf-8"))["quality"]
    assert grade in (None, quality["grade"])
    assert quality["up"] in ("+z", None)
    assert not quality["mirrored"]
    text = (tmp_path / "report.html").read_text("utf-8")
    check_page(text)
    for words in says:
        assert words in done.stdout + text
    decoded((tmp_path / "poses.png").read_bytes())
