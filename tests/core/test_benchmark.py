"""Benchmarks are found by name, and what they write can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duet_core.commands import benchmark, benchmark_speed
from duet_core.errors import InputError


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="speed"):
        benchmark.main(["fast"])


def test_speed_writes_its_figures_with_date_and_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_speed, "FRAMES", 240)
    assert benchmark.main(["speed", "--out", str(tmp_path), "--rounds", "1", "--only", "inference"]) == 0
    figures = json.loads((tmp_path / "speed.json").read_text("utf-8"))
    assert figures["candidates"] == 1682 and set(figures["median_seconds"]) >= {"granger", "crosscorr"}
    assert figures["machine"] and figures["date"]
    assert "| granger |" in (tmp_path / "speed.md").read_text("utf-8")
