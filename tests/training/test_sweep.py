"""Sweeps: what may vary, what is tried, what is remembered; and a real one, interrupted and gone on with."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from duet_core.errors import InputError
from duet_core.training import settings
from duet_core.training.sweeps import results
from duet_core.training.sweeps.picture import picture
from duet_core.training.sweeps.running import figures
from duet_core.training.sweeps.space import Choices, Range, changes_of, grid, read_sweep
from duet_core.training.sweeps.study import DONE, ENDED, FAILED, RUNNING, Study

ROOT = Path(__file__).resolve().parents[2]
TINY = """
[data]
procedural = 5
procedural_seconds = 12
validation_share = 0.3
[planted]
batch = 2
joints = [6, 8]
validation_duets = 1
validation_seconds = 6.0
recipe = { rate = 6.0, seconds = [2.0, 6.0] }
[model]
encoder = "gcn"
decoder = "none"
hidden = 4
frames = 24
lags = 12
[objective]
reconstruction = 0
teacher_seconds = 0.3
[run]
epochs = 2
steps = 2
threads = 1
device = "cpu"
tensorboard = false
still_every = 0
[sweep]
trials = 2
startup = 1
pruner = "none"
[sweep.settings]
model.hidden = [4, 8]
"optimiser.lr" = { low = 1e-4, high = 1e-2, log = true }
"""


def toml(folder: Path, text: str = TINY) -> Path:
    file = folder / "sweep.toml"
    file.write_text(text, "utf-8")
    return file


def test_a_sweep_is_read_with_its_choices_and_ranges(tmp_path: Path) -> None:
    sweep = read_sweep(toml(tmp_path), ["run.epochs=3"])
    assert sweep.parameters == (Choices("model.hidden", ("4", "8")), Range("optimiser.lr", 1e-4, 1e-2, False, None, True))
    assert (sweep.base.run.epochs, sweep.about.trials) == (3, 2)


def test_the_bundled_preset_is_a_sweep_and_its_file_trains_a_single_run_too() -> None:
    sweep = read_sweep(ROOT / "presets" / "sweep.toml")
    assert {"planted.joints", "model.frames", "model.hidden", "model.types", "model.encoder"} <= {one.name for one in sweep.parameters}
    assert settings.read(ROOT / "presets" / "sweep.toml") == sweep.base


@pytest.mark.parametrize(
    ("varied", "says"),
    [
        ('"model.hiden" = [4, 8]', "did you mean model.hidden"),
        ('"model.hidden" = [4]', "no choice"),
        ('"model.hidden" = [4, "wide"]', "wide"),
        ('"model.hidden" = 4', "does not vary"),
        ('"optimiser.lr" = { low = 1, high = 0.1 }', "no range"),
        ('"optimiser.lr" = { low = 1e-4, high = 1e-2, by = 1 }', "'by'"),
        ('"optimiser.lr" = { low = 0, high = 1e-2, log = true }', "log"),
        ("", "nothing varies"),
    ],
)
def test_what_cannot_vary_is_refused_before_hours_are_spent(tmp_path: Path, varied: str, says: str) -> None:
    text = TINY.partition("[sweep.settings]")[0] + "[sweep.settings]\n" + varied
    with pytest.raises(InputError, match=says) as error:
        read_sweep(toml(tmp_path, text))
    assert error.value.file and "sweep" in str(error.value)


def test_a_file_without_a_sweep_says_where_one_is_shown(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"presets/sweep\.toml"):
        read_sweep(toml(tmp_path, TINY.partition("[sweep]")[0]))


def test_a_grid_has_every_combination_and_needs_steps(tmp_path: Path) -> None:
    parameters = (Choices("a.b", ('"x"', '"y"')), Range("c.d", 2, 6, True, 2), Range("e.f", 0.1, 0.3, False, 0.1))
    found = list(grid(parameters))
    assert (
        len(found) == 2 * 3 * 3 and found[0] == {"a.b": '"x"', "c.d": 2, "e.f": 0.1} and found[-1] == {"a.b": '"y"', "c.d": 6, "e.f": 0.3}
    )
    assert changes_of(found[1]) == ['a.b="x"', "c.d=2", "e.f=0.2"]
    with pytest.raises(InputError, match="steps"):
        read_sweep(toml(tmp_path, TINY.replace("startup = 1", 'sampler = "grid"')))


def study_of(folder: Path, text: str = TINY) -> Study:
    pytest.importorskip("optuna")
    sweep = read_sweep(toml(folder, text))
    return Study(folder, sweep.about, sweep.parameters, more_is_better=True, together=1)


def test_what_is_tried_does_not_depend_on_how_often_the_sweep_was_opened(tmp_path: Path) -> None:
    tried = []
    for folder in (tmp_path / "once", tmp_path / "again"):
        folder.mkdir()
        study = study_of(folder)
        for number in range(5):
            if folder.name == "again":
                study = study_of(folder)
            trial = study.ask()
            assert trial and trial.number == number
            study.tell(trial, DONE, 1 / (1 + float(trial.parameters["optimiser.lr"])))
        tried.append([trial.parameters for trial in study.trials()])
    assert tried[0] == tried[1]
    assert len({one["optimiser.lr"] for one in tried[0]}) == 5


def test_a_run_worse_than_the_others_were_is_not_worth_its_end(tmp_path: Path) -> None:
    study = study_of(tmp_path, TINY.replace('pruner = "none"', "prune_after = 1"))
    for value in (0.8, 0.9):
        trial = study.ask()
        assert trial and not any(study.report(trial, epoch, value) for epoch in (1, 2))
        study.tell(trial, DONE, value)
    trial = study_of(tmp_path, TINY.replace('pruner = "none"', "prune_after = 1")).ask()  # another process
    assert trial
    assert study.report(trial, 2, 0.1)
    study.tell(trial, ENDED)
    broken = study.ask()
    assert broken
    study.tell(broken, FAILED, problem="it failed")
    found = study.trials()
    assert [one.state for one in found] == [DONE, DONE, ENDED, FAILED] and found[3].problem == "it failed"
    assert study.best() == found[1] and found[2].value == 0.1


def test_a_grid_ends_and_settings_tried_before_are_found(tmp_path: Path) -> None:
    text = TINY.replace("startup = 1", 'sampler = "grid"').partition('"optimiser.lr"')[0]
    study = study_of(tmp_path, text)
    first, second = study.ask(), study.ask()
    assert first and second and study.ask() is None
    assert [one.parameters["model.hidden"] for one in (first, second)] == ["4", "8"]
    study.tell(first, DONE, 0.5)
    assert study.twin(second) is None
    assert study.trials()[1].state == RUNNING


def test_tables_and_picture_tell_every_trial(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    for value in (0.2, 0.4, None):
        trial = study.ask()
        assert trial
        study.tell(trial, FAILED if value is None else DONE, value, **({"problem": "no such device"} if value is None else {}))
    trials, parameters = study.trials(), study.parameters
    rows = list(csv.DictReader(results.as_csv(trials, parameters, "auprc").splitlines()))
    assert [row["auprc"] for row in rows] == ["0.2", "0.4", ""] and rows[2]["problem"] == "no such device"
    text = results.as_markdown(trials, parameters, "auprc", {"model.hidden": 0.9}, "sweep.py", more_is_better=True)
    assert text.index("| 1 | 0.4000") < text.index("| 0 | 0.2000") < text.index("no such device")
    assert picture(trials, parameters, "auprc", {}, more_is_better=True).startswith(b"\x89PNG")
    assert picture([], parameters, "auprc", {}, more_is_better=True).startswith(b"\x89PNG")


def test_a_row_that_is_being_written_is_no_figure_yet(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    file.write_text(
        '{"epoch": 1, "validation/auprc": 0.5}\n{"epoch": 2}\n{"epoch": 3, "validation/auprc": null}\n{"epoch": 4, "validation/au'
    )
    assert figures(file, "validation/auprc") == [(1, 0.5)]
    assert figures(tmp_path / "none", "validation/auprc") == []


def test_without_optuna_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.modules['optuna'] = None\n"
        "from duet_core.launch import load_extension, run; load_extension()\n"
        f"sys.exit(run('duet_connections', 'sweep', [{str(toml(tmp_path))!r}, '--out', {str(tmp_path / 'out')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "requirements/sweep.txt" in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_a_real_sweep_is_interrupted_goes_on_and_keeps_the_best_model(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    file, out = toml(tmp_path), tmp_path / "out"
    command = [sys.executable, str(ROOT / "scripts" / "sweep.py"), str(file), "--out", str(out)]
    first = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    deadline = time.monotonic() + 120
    while not (out / "trials" / "0001" / "settings.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=60)
    assert first.returncode == 130 and "the same command goes on" in said and "Traceback" not in said
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    with (out / "sweep.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["state"] for row in rows] == ["done", "done"]
    best = max(rows, key=lambda row: float(row["auprc"]))
    config = json.loads((out / "model" / "config.json").read_text("utf-8"))
    assert config["model"]["hidden"] == int(best["model.hidden"])
    assert not list((out / "trials").rglob("checkpoints")), "nobody goes on with a trial that is through"
    assert {"sweep.md", "sweep.png"} <= {path.name for path in out.iterdir()}
    other = subprocess.run([*command, "--set", "run.epochs=9"], capture_output=True, text=True, check=False)
    assert other.returncode == 2 and "run.epochs" in other.stderr
