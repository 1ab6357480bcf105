"""The training benchmark: its figures hang together, and it says so where torch is missing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from duet_core.commands import benchmark


def test_training_speed_writes_windows_a_second_with_the_bound_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    from duet_core.training import speed

    monkeypatch.setattr(speed, "CASES", {"3+3": (3, 8, 3000.0), "29+29": (29, 1, 250.0)})
    measure = speed.measure
    monkeypatch.setattr(speed, "measure", lambda rounds: measure(rounds, seconds=0.01))
    assert benchmark.main(["speed", "--out", str(tmp_path), "--rounds", "1", "--only", "training"]) == 0
    figures = json.loads((tmp_path / "speed_training.json").read_text("utf-8"))
    assert [(case["joints"], case["precision"]) for case in figures["cases"]] == [
        ("3+3", "float32"), ("3+3", "bfloat16"), ("29+29", "float32"), ("29+29", "bfloat16"),
    ]  # fmt: skip
    for case in figures["cases"]:
        assert 0 < case["windows_per_second"] <= case["windows_per_second_fastest"]
        assert sum(case["shares"].values()) == pytest.approx(1.0)
        assert case["megaflop_per_window"] > 1
    assert figures["cases"][2]["candidates"] == 1682
    assert "| 29+29 | 1682 | bfloat16 |" in (tmp_path / "speed_training.md").read_text("utf-8")


def test_without_torch_training_speed_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if "duet_core.training" in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert benchmark.main(["speed", "--out", str(tmp_path), "--only", "training"]) == 0
    assert "requirements/train.txt" in capsys.readouterr().out
