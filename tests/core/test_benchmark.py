"""Benchmarks are found by name, and what they write can be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duet_core.commands import benchmark, benchmark_speed
from duet_core.errors import InputError
from duet_core.evaluation import cost
from duet_core.inference.models import bundled


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="speed"):
        benchmark.main(["fast"])


def test_speed_writes_its_figures_with_date_and_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_speed, "FRAMES", 240)
    assert benchmark.main(["speed", "--out", str(tmp_path), "--rounds", "1", "--only", "inference"]) == 0
    figures = json.loads((tmp_path / "speed.json").read_text("utf-8"))
    assert figures["candidates"] == 1682 and set(figures["median_seconds"]) >= {"granger", "crosscorr"}
    assert figures["machine"] and figures["date"]
    assert set(figures["median_seconds"]) >= set(bundled())
    assert len(figures["whole"]) == 1 and figures["whole"][0] > 0
    assert "| granger |" in (tmp_path / "speed.md").read_text("utf-8")


@pytest.mark.slow
def test_longer_takes_cost_in_proportion_and_stay_small(tmp_path: Path) -> None:
    assert benchmark.main(["speed", "--out", str(tmp_path), "--only", "length", "--minutes", "2", "5"]) == 0
    short, long = json.loads((tmp_path / "speed_length.json").read_text("utf-8"))["lengths"]
    assert short["shown"] > 0 and long["windows"] > 2.4 * short["windows"]
    # Of processors, not of the clock: other tests may run beside.
    if short["work_seconds"] is not None:
        assert long["work_seconds"] <= 3.3 * short["work_seconds"]
        # 1.5 GiB for an hour, told from takes that fill what is worked on at a time (two minutes).
        assert long["memory_mib"] - short["memory_mib"] <= 3 * 1536 / 60
        assert short["memory_mib"] <= 200
    assert "in a process of its own" in (tmp_path / "speed_length.md").read_text("utf-8")


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(InputError, match="no such thing"):
        cost.of_process(["-c", "raise SystemExit('no such thing')"])
