"""``sweep.py CONFIG.toml --out DIR``: many trainings with other settings, of which the best is kept; needs torch and Optuna."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cores import cores
from ..errors import InputError
from ..files import alone_in, make_folder, written
from ..launch import DONE, FAILED
from ..processes import is_ours
from ..saying import duration, say
from ..training.names import MODEL
from ..training.settings import FIGURES
from ..training.sweeps import results
from ..training.sweeps.picture import picture
from ..training.sweeps.running import TRIALS, run_sweep
from ..training.sweeps.space import Sweep, read_sweep
from ..training.sweeps.study import DONE as TRIAL_DONE
from ..training.sweeps.study import FAILED as TRIAL_FAILED
from ..training.sweeps.study import Study, Trial, need_optuna
from .options import count, parser
from .train import _config, _need_torch

if TYPE_CHECKING:
    from ..training.settings import Settings

IDENTITY = "sweep.json"


def main(argv: Sequence[str]) -> int:
    arguments = parser(
        "sweep",
        "Train with many settings and keep the best model: what varies stands in the [sweep] table of CONFIG.toml (presets/sweep.toml shows how). "
        "Each trial is a run of train.py in DIR/trials. Interrupted, the same command goes on.",
    )
    _add_arguments(arguments)
    args = arguments.parse_args(argv)
    config = _config(args.config).absolute()
    sweep = read_sweep(config, args.changes)
    _need_torch()
    need_optuna()
    out = make_folder(args.out)
    trials = args.trials or sweep.about.trials
    jobs = min(args.jobs, trials)
    with alone_in(out, "sweep"):
        _claim(out, sweep)
        more = FIGURES[sweep.base.run.figure]
        study = Study(out, sweep.about, sweep.parameters, more_is_better=more, together=jobs)
        command = shlex.join(["python", "scripts/sweep.py", *argv])

        def tell(trial: Trial) -> None:
            _publish(out, study, sweep, command)
            if not args.quiet:
                say(_line(trial, study, sweep.base, trials))

        run_sweep(
            study, sweep, out, config, args.changes, trials=trials, jobs=jobs, share=max(1, cores() // jobs), more_is_better=more, tell=tell
        )
        _publish(out, study, sweep, command)
        return _ended(out, study, sweep, quiet=args.quiet)


def _add_arguments(to: argparse.ArgumentParser) -> None:
    to.add_argument("config", metavar="CONFIG.toml", help="settings of training with a [sweep] table, or the name of one in presets/")
    to.add_argument("--out", type=Path, metavar="DIR", required=True, help="folder of the sweep; the same folder goes on")
    to.add_argument("--trials", type=count, metavar="N", help="runs in all, those of earlier starts counted; else as [sweep] says")
    to.add_argument("--jobs", type=count, metavar="N", default=1, help="runs at a time; they share the processor cores")
    to.add_argument(
        "--set",
        dest="changes",
        metavar="key=value",
        nargs="+",
        action="extend",
        default=[],
        help="settings that all runs share, such as run.epochs=5",
    )
    to.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _claim(out: Path, sweep: Sweep) -> None:
    """Say what this folder's sweep is. Raises InputError where it is another."""
    file, wanted = out / IDENTITY, json.loads(json.dumps(sweep.to_dict()))
    try:
        there = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        there = None
    if there is None:
        with written(file) as path:
            path.write_text(json.dumps(wanted, indent=1) + "\n", "utf-8")
        return
    other = next((place for place in _differences(there, wanted)), None)
    if other:
        raise InputError("the sweep there has another", file=out, place=other, remedy="give the settings it began with, or another --out")


def _differences(there: Any, wanted: Any, place: str = "") -> list[str]:
    if isinstance(there, dict) and isinstance(wanted, dict):
        keys = [*dict.fromkeys([*there, *wanted])]
        return [found for key in keys for found in _differences(there.get(key), wanted.get(key), f"{place}.{key}" if place else key)]
    return [] if there == wanted else [place.removeprefix("settings.")]


def _line(trial: Trial, study: Study, base: Settings, trials: int) -> str:
    """A trial that came to its end, in a line."""
    best = study.best()
    what = ", ".join(f"{name.rpartition('.')[2]} {results.shown(value)}" for name, value in trial.parameters.items())
    figure = "" if trial.value is None else f" {base.run.figure} {trial.value:.4f}"
    says = (
        trial.problem
        if trial.state == TRIAL_FAILED
        else f"{trial.state}{f', as trial {trial.same_as}' if trial.same_as is not None else ''}"
    )
    after = f" in {duration(trial.seconds)}" if trial.seconds else ""
    mark = "  ← best" if best and best.number == trial.number else ""
    return f"trial {trial.number:>{len(str(trials - 1))}} of {trials}:{figure} ({what}) {says}{after}{mark}"


def _publish(out: Path, study: Study, sweep: Sweep, command: str) -> None:
    """The tables and the picture as things stand, and the best model."""
    trials, figure, more = study.trials(), sweep.base.run.figure, FIGURES[sweep.base.run.figure]
    importance = study.importance()
    files = {
        "sweep.csv": results.as_csv(trials, sweep.parameters, figure).encode(),
        "sweep.md": results.as_markdown(trials, sweep.parameters, figure, importance, command, more_is_better=more).encode(),
        "sweep.png": picture(trials, sweep.parameters, figure, importance, more_is_better=more),
    }
    for name, content in files.items():
        with written(out / name) as path:
            path.write_bytes(content)
    best = study.best()
    if best:
        _keep_model(out / TRIALS / f"{best.number:04d}" / MODEL, out / MODEL)


def _keep_model(source: Path, target: Path) -> None:
    """A copy of the best trial's model, in the place where the best one always is."""
    mark = "config.json"
    if not source.is_dir() or ((target / mark).is_file() and (target / mark).read_bytes() == (source / mark).read_bytes()):
        return
    hidden = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    shutil.copytree(source, hidden)
    if target.exists():
        old = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
        os.replace(target, old)
        os.replace(hidden, target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(hidden, target)


def _ended(out: Path, study: Study, sweep: Sweep, *, quiet: bool) -> int:
    trials = study.trials()
    failed = [trial for trial in trials if trial.state == TRIAL_FAILED]
    best = study.best()
    if not quiet and best:
        done = sum(trial.state == TRIAL_DONE for trial in trials)
        say(f"\n{len(trials)} trials, {done} to their end; the best, trial {best.number}: {sweep.base.run.figure} {best.value:.4f}")
        for name, value in best.parameters.items():
            say(f"  {name} = {results.shown(value)}")
        say(f"written: {out / MODEL}, {out / 'sweep.md'}, {out / 'sweep.csv'}, {out / 'sweep.png'}")
    if any(is_ours(trial.problem) for trial in failed):
        return FAILED
    if not best:
        why = f" (the first: {failed[0].problem})" if failed else ""
        raise InputError(f"no trial came to its end{why}", file=out, remedy="correct the settings, and start in another --out")
    return DONE
