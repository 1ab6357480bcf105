"""``benchmark.py planted``, ``null`` and ``real`` as users call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from duet_core import formats
from duet_core.clip import Clip
from duet_core.commands import benchmark, benchmark_real
from duet_core.connections import Connections
from duet_core.errors import InputError
from duet_core.evaluation import takes


def run(root: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if key != takes.VARIABLE}
    return subprocess.run(
        [sys.executable, str(root / "scripts" / "benchmark.py"), *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False, env={**clean, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("planted", "--model", "oracle"), "oracle"),
        (("planted", "--baselines", "oracle"), "oracle"),
        (("planted", "--baselines"), "--baselines"),
        (("planted", "--seeds", "0"), "--seeds"),
        (("planted", "--data", "nowhere"), "nowhere"),
        (("null", "--pairs", "none"), "--pairs"),
        (("real",), takes.VARIABLE),
        (("real", "--data", "nowhere"), "nowhere"),
    ],
)
def test_unusable_arguments_end_with_status_2_one_line_and_no_files(
    root: Path, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = run(root, *arguments, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_without_a_folder_for_the_figures_nothing_starts(root: Path) -> None:
    done = run(root, "planted")
    assert done.returncode == 2 and "--out" in done.stderr


def figures(name: str, out: Path) -> dict:
    result = json.loads((out / f"{name}.json").read_text("utf-8"))
    assert result["machine"] and result["date"]
    assert "NaN" not in (out / f"{name}.json").read_text("utf-8")
    return result


def test_planted_puts_methods_side_by_side_without_real_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.delenv(takes.VARIABLE, raising=False)
    arguments = ["planted", "--out", str(tmp_path), "--quick", "--quiet", "--baselines", "crosscorr", "proximity"]
    assert benchmark.main(arguments) == 0
    result = figures("planted", tmp_path)
    assert set(result["methods"]) == {"crosscorr", "proximity"}
    assert "procedural" in result["settings"]["base"]
    table = (tmp_path / "planted.md").read_text("utf-8")
    assert "| crosscorr |" in table and "AUPRC" in table and "±" in table
    assert table in capsys.readouterr().out


def test_null_counts_what_strangers_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(takes.VARIABLE, raising=False)
    assert benchmark.main(["null", "--out", str(tmp_path), "--quick", "--quiet", "--baselines", "crosscorr"]) == 0
    result = figures("null", tmp_path)["methods"]["crosscorr"]
    assert result["exchanged"]["clips"] == 2
    assert 0 <= result["exchanged"]["share"]["value"] <= 0.01


@pytest.mark.slow
def test_real_reports_partners_holds_leads_and_prediction(real_data: Path, tmp_path: Path) -> None:
    arguments = ["real", "--out", str(tmp_path), "--data", str(real_data), "--takes", "02", "12", "--pairs", "2", "--quick", "--quiet"]
    assert benchmark.main([*arguments, "--baselines", "proximity"]) == 0
    result = figures("real", tmp_path)
    of = result["methods"]["proximity"]
    assert set(of["retrieval"]["takes"]) == {"02", "12"}
    assert 0 < of["holds"]["recall"]["value"] <= 1
    assert of["exchanged"]["clips"] == 2 and of["shifted"]["clips"] == 2
    plain = result["prediction"]["plain"]["02"]
    assert plain["1"]["constant velocity"] < plain["1"]["persistence"]
    flicker = of["flicker"]
    assert set(flicker) == {"drawn", "told"}  # a baseline's windows have no life of their own
    assert flicker["told"]["switches"] <= flicker["drawn"]["switches"] and flicker["drawn"]["minutes"] > 0.5
    assert "Flicker" in (tmp_path / "real.md").read_text("utf-8")


class Mute:
    """A model that answers but cannot predict, as one without a decoder, or without torch."""

    name = "mute"

    def infer(self, clip: Clip, *, window: int | None = None, stride: int | None = None) -> Connections:
        raise NotImplementedError

    def prediction_errors(self, clip: Clip) -> dict[str, dict[str, float]]:
        raise InputError("to predict, this model needs torch", remedy="install it")


def test_real_says_which_model_predicted_nothing_and_why(root: Path) -> None:
    sample = formats.read([root / "samples" / "sample.duet.npz"], frames=(0, 120))
    predicted, silent = benchmark_real.prediction([Mute()], {"sample": sample})
    assert set(predicted) == {"plain"} and silent == {"mute": "to predict, this model needs torch; install it"}
