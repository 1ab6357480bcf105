"""``compare.py`` as users call it: whole output or none, one clear line, and on the sample duet the truth."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.commands import compare as command
from duet_core.connections import Connections
from duet_core.explain.comparison import Comparison, compare
from duet_core.inference import infer
from duet_core.procedural import duet, score
from duet_core.solos import resampled
from tests.core.test_comparison import LEAD, LEFT, RIGHT, STEADY, dance, take


def run(root: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(root / "scripts" / "compare.py"), *map(str, arguments)]
    return subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)


def test_it_writes_a_page_and_a_table_and_says_what_differs(root: Path, tmp_path: Path) -> None:
    take(LEAD, STEADY, source="<one>.npy").save(tmp_path / "one" / "connections.npz")
    take(STEADY, (0, LEFT, RIGHT, "lead", 0.2, (25, 30), 0.8), source="two.npy").save(tmp_path / "two.npz")
    done = run(root, tmp_path / "one", tmp_path / "two.npz", "--out", tmp_path / "out", "--align", "none")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "Only in the first:" in done.stdout and "the left wrist of A leads the right wrist of B by 0.20 s" in done.stdout
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["compare.csv", "compare.html"]
    rows = list(csv.DictReader((tmp_path / "out" / "compare.csv").open()))
    assert list(rows[0]) == list(command.COLUMNS)
    assert [(row["change"], row["from_joint"], row["to_joint"]) for row in rows] == [
        ("vanished", "left_wrist", "right_wrist"), ("appeared", "left_wrist", "right_wrist")
    ]  # fmt: skip
    assert rows[0]["second_kind"] == "none" and rows[0]["second_lag_seconds"] == "" and float(rows[0]["first_confidence"]) == 0.9
    page = (tmp_path / "out" / "compare.html").read_text("utf-8")
    assert "&lt;one&gt;.npy" in page and "<one>" not in page
    assert "http" not in page and "src=" not in page and "<script" not in page and "nan" not in page.lower().replace("unan", "")


@pytest.mark.parametrize(
    ("second", "more", "says"),
    [
        ("missing.npz", (), "there is no such file"),
        ("", (), "there is no such file"),
        ("text.npz", (), "not a connections file"),
        ("others.npz", (), "share no joint"),
        ("silent.npz", ("--align", "dtw"), "--align stretch"),
        ("sound.npz", ("--align", "sideways"), "sideways"),
        ("sound.npz", ("--threshold", "1.5"), "between 0 and 1"),
        ("sound.npz", ("--lag", "-1"), "'-1'"),
    ],
)
def test_what_cannot_be_compared_ends_with_status_2_one_line_and_no_output(
    root: Path, tmp_path: Path, second: str, more: tuple[str, ...], says: str
) -> None:
    take(LEAD).save(tmp_path / "sound.npz")
    take(source="b").save(tmp_path / "silent.npz")
    take(joints=("x1", "x2"), source="b").save(tmp_path / "others.npz")
    (tmp_path / "text.npz").write_text("text")
    done = run(root, tmp_path / "sound.npz", tmp_path / second, "--out", tmp_path / "out", *more)
    assert done.returncode == 2 and says in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_quiet_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dance(1).save(tmp_path / "a.npz")
    dance(2, source="b").save(tmp_path / "b.npz")
    assert command.main([str(tmp_path / "a.npz"), str(tmp_path / "b.npz"), "--out", str(tmp_path / "out"), "--quiet", "--swap"]) == 0
    assert capsys.readouterr().out == "" and (tmp_path / "out" / "compare.html").is_file()


@pytest.fixture(scope="module")
def sample() -> Connections:
    return infer(duet.perform().clip)


def again(clip: Clip, ratio: float = 1.0, noise: float = 0.0) -> Connections:
    """The connections of another performance: *ratio* times as long, with measuring noise of *noise* metres."""
    positions = resampled(clip.positions.astype(np.float64), clip.fps, clip.fps * ratio) if ratio != 1 else clip.positions
    shaken = positions + noise * np.random.default_rng(0).standard_normal(positions.shape)
    return infer(Clip(shaken.astype(np.float32), clip.fps, clip.skeleton, meta={"source": ["again"]}))


def leads(found: Comparison, what: str) -> set[tuple[str, str]]:
    names = found.first.joints
    return {(names[c.bond.ends[0][1]], names[c.bond.ends[1][1]]) for c in found.changes if c.what == what and "lead" in c.kinds}


@pytest.mark.slow
def test_the_sample_danced_a_tenth_slower_is_the_same(sample: Connections) -> None:
    found = compare(sample, again(duet.perform().clip, 1.1))
    assert found.alignment.ratio == pytest.approx(1.1, abs=0.01) and found.alignment.chance <= 0.05
    assert found.similarity.limbs > 0.8 > 2 * found.similarity.chance[1] and found.shares["stays"] > 0.95
    assert found.shares["vanishes"] < 0.03 and found.shares["appears"] < 0.03


@pytest.mark.slow
def test_in_the_sample_a_lead_that_was_left_out_has_vanished(sample: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {(e, k) for e, k in leads(compare(sample, sample), "stayed")}
    monkeypatch.setattr(score, "ECHO", score.Passage(-50.0, -49.0))
    monkeypatch.setattr(duet, "_truths", list)
    found = compare(sample, again(duet.perform().clip))
    gone = leads(found, "vanished")
    assert gone and gone <= before and found.shares["stays"] > 0.9
    times = [c.first for c in found.changes if c.what == "vanished"]
    assert all(start > 8 and end < 15 for start, end in times), "the echo is danced from 9.9 s to 13.1 s, and windows are 4 s long"
    assert not [c for c in found.changes if c.what == "appeared"]


@pytest.mark.slow
def test_in_the_sample_a_lead_that_is_answered_later_has_another_lag(sample: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score, "ECHO_LAG", 0.55)
    monkeypatch.setattr(duet, "_truths", list)
    found = compare(sample, again(duet.perform().clip))
    changed = [c for c in found.changes if c.what == "lag"]
    assert changed and all(c.lags[1] - c.lags[0] == pytest.approx(0.25, abs=0.08) for c in changed)
    assert found.shares["stays"] > 0.9 and not [c for c in found.changes if c.what in ("vanished", "appeared") and c.sure > 0.8]
