"""The trials of a sweep, each ``train.py`` in a process of its own in ``OUT/trials/0007``, watched through the figures that it writes.

Whatever ends the sweep, the next start goes on: trials that were running resume from their checkpoints.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...cores import environment
from ...errors import Cancelled
from ...launch import DONE as STATUS_DONE
from ...launch import INTERRUPTED
from ...processes import Ended, SideBySide, command_line
from ..names import CHECKPOINTS, METRICS, SETTINGS
from .space import Sweep, changes_of
from .study import DONE, ENDED, FAILED, RUNNING, Study, Trial

TRIALS = "trials"
_WATCH = 0.5
"""Seconds between two looks at the figures."""


@dataclass
class _Run:
    trial: Trial
    folder: Path
    seen: int = 0
    best: float | None = None
    unwanted: bool = False


def run_sweep(
    study: Study, sweep: Sweep, out: Path, config: Path, changes: Sequence[str], *, trials: int, jobs: int, share: int,
    more_is_better: bool, tell: Callable[[Trial], None],
) -> None:  # fmt: skip
    """Bring the study to *trials* trials.

    Args:
        config, changes: what ``train.py`` is given for every trial.
        jobs: runs at a time; share: cores for each.
        tell: called with each trial that came to an end.

    Raises:
        Cancelled: interrupted.
    """
    figure = f"validation/{sweep.base.run.figure}"
    better = max if more_is_better else min
    runs: dict[int, _Run] = {}
    left = [trial for trial in study.trials() if trial.state == RUNNING]

    def end(run: _Run, state: str, value: float | None = None, **notes: Any) -> None:
        study.tell(run.trial, state, value, **notes)
        shutil.rmtree(run.folder / CHECKPOINTS, ignore_errors=True)  # nobody goes on with it
        tell(study.trials()[run.trial.number])

    def watch(run: _Run) -> None:
        """Report the figures that are new; a run that is not worth its end is no longer wanted."""
        for epoch, value in figures(run.folder / METRICS, figure)[run.seen :]:
            run.seen += 1
            run.best = value if run.best is None else better(run.best, value)
            if study.report(run.trial, epoch, value) and epoch < sweep.base.run.epochs:
                run.unwanted = True
                return

    def closed(run: _Run, ended: Ended) -> None:
        if not run.unwanted:
            watch(run)
        spent = round(ended.seconds, 1)
        if ended.status == STATUS_DONE and run.best is not None and not run.unwanted:
            end(run, DONE, run.best, seconds=spent)
        elif run.unwanted and ended.status in (STATUS_DONE, INTERRUPTED):
            end(run, ENDED, seconds=spent)
        elif ended.status == INTERRUPTED:
            raise KeyboardInterrupt  # somebody stopped the run itself: they mean the sweep
        else:
            end(run, FAILED, problem=ended.problem("train", run.folder / "failure.txt"), seconds=spent)

    def begin(processes: SideBySide) -> bool:
        """Start a trial; False where there is none."""
        if left:
            trial = left.pop(0)
        elif len(study.trials()) < trials and (asked := study.ask()):
            trial = asked
        else:
            return False
        run = _Run(trial, out / TRIALS / f"{trial.number:04d}")
        twin = study.twin(trial)
        if twin:
            end(run, DONE, twin.value, same_as=twin.number, seconds=0.0)
            return True
        if (run.folder / SETTINGS).is_file():
            arguments = ["--resume", str(run.folder)]
        else:
            shutil.rmtree(run.folder, ignore_errors=True)
            arguments = [str(config), "--set", *changes, *changes_of(trial.parameters), "--out", str(run.folder)]
        runs[trial.number] = run
        processes.start(trial.number, command_line("train", [*arguments, "--quiet"]))
        return True

    try:
        with SideBySide(jobs, environment(share)) as processes:
            while True:
                while processes.room and begin(processes):
                    pass
                if not processes.busy:
                    return
                for number, ended in processes.ended(_WATCH):
                    closed(runs.pop(number), ended)
                for number, run in runs.items():
                    if not run.unwanted:
                        watch(run)
                        if run.unwanted:
                            processes.ask_to_stop(number)
    except KeyboardInterrupt:
        through = sum(trial.state != RUNNING for trial in study.trials())
        raise Cancelled(f"{through} of {trials} trials are through; the same command goes on") from None


def figures(file: Path, name: str) -> list[tuple[int, float]]:
    """(epoch, value) of each epoch in ``metrics.jsonl`` whose figure *name* is known."""
    try:
        lines = file.read_text("utf-8").splitlines(keepends=True)
    except OSError:
        return []
    found = []
    for line in lines:
        if not line.endswith("\n"):
            break  # being written
        row = json.loads(line)
        value = row.get(name)
        if isinstance(value, (int, float)) and math.isfinite(value):
            found.append((int(row["epoch"]), float(value)))
    return found
