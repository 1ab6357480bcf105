"""The sweep's memory: an Optuna study in an SQLite file. Whatever is asked of it depends on the seed and on what it remembers, not on when it was opened."""

from __future__ import annotations

import importlib.util
import itertools
import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from .space import Choices, Parameter, SweepSettings, grid

DATABASE = "sweep.db"
RUNNING, DONE, ENDED, FAILED = "running", "done", "ended early", "failed"


@dataclass(frozen=True)
class Trial:
    """A trial as it stands.

    Attributes:
        parameters: section.name to value (JSON for a choice).
        state: `RUNNING`, `DONE`, `ENDED` or `FAILED`.
        value: the figure; of a run that was ended early the best until then; None where there is none.
        epochs: of which figures are known.
        problem: why it failed. same_as: the number of an earlier trial with these very settings, whose result it has.
    """

    number: int
    parameters: Mapping[str, Any]
    state: str
    value: float | None
    epochs: int
    problem: str = ""
    same_as: int | None = None
    seconds: float | None = None


def need_optuna() -> None:
    """Raise InputError where this Python has no Optuna."""
    if importlib.util.find_spec("optuna") is None:
        raise InputError("sweeps need Optuna, and this Python has none", remedy="run: pip install -r requirements/sweep.txt")


class Study:
    """The study in *folder*; begun where there is none."""

    def __init__(self, folder: Path, about: SweepSettings, parameters: Sequence[Parameter], *, more_is_better: bool, together: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
        self._optuna = optuna
        self.about, self.parameters, self.together = about, tuple(parameters), together
        self._more_is_better = more_is_better
        pruner: Any = optuna.pruners.NopPruner()
        if about.pruner == "median":
            pruner = optuna.pruners.MedianPruner(about.startup, n_warmup_steps=about.prune_after)
        self._study = optuna.create_study(
            storage=f"sqlite:///{(folder / DATABASE).resolve().as_posix()}",
            study_name="sweep",
            direction="maximize" if more_is_better else "minimize",
            pruner=pruner,
            load_if_exists=True,
        )
        kinds = optuna.distributions
        self._distributions: dict[str, Any] = {}
        for one in self.parameters:
            if isinstance(one, Choices):
                self._distributions[one.name] = kinds.CategoricalDistribution(one.values)
            elif one.whole:
                self._distributions[one.name] = kinds.IntDistribution(int(one.low), int(one.high), one.log, int(one.step or 1))
            else:
                self._distributions[one.name] = kinds.FloatDistribution(one.low, one.high, one.log, one.step)

    def trials(self) -> list[Trial]:
        """All trials so far, in their order."""
        names = self._optuna.trial.TrialState
        states = {names.RUNNING: RUNNING, names.WAITING: RUNNING, names.COMPLETE: DONE, names.PRUNED: ENDED, names.FAIL: FAILED}
        return [
            Trial(
                one.number,
                one.params,
                states[one.state],
                one.value if one.value is not None else self._best(list(one.intermediate_values.values())),
                max(one.intermediate_values, default=0),
                one.user_attrs.get("problem", ""),
                one.user_attrs.get("same_as"),
                one.user_attrs.get("seconds"),
            )
            for one in self._study.get_trials(deepcopy=False)
        ]

    def ask(self) -> Trial | None:
        """A new trial; None where a grid has no more."""
        optuna, number = self._optuna, len(self.trials())
        if self.about.sampler == "grid":
            combination = next(itertools.islice(grid(self.parameters), number, None), None)
            if combination is None:
                return None
            self._study.enqueue_trial(combination)
        seed = int(np.random.SeedSequence([self.about.seed, number]).generate_state(1)[0])
        if self.about.sampler == "tpe":
            self._study.sampler = optuna.samplers.TPESampler(
                n_startup_trials=self.about.startup, multivariate=True, constant_liar=self.together > 1, seed=seed
            )
        else:
            self._study.sampler = optuna.samplers.RandomSampler(seed)
        made = self._study.ask(self._distributions)
        return self.trials()[made.number]

    def twin(self, trial: Trial) -> Trial | None:
        """An earlier trial with these very settings that came to its end."""
        same = (one for one in self.trials() if one.number != trial.number and one.parameters == trial.parameters and one.state == DONE)
        return next(same, None)

    def report(self, trial: Trial, epoch: int, value: float) -> bool:
        """Note the figure of *trial* after *epoch*; whether it is to be ended early."""
        known = self._study.get_trials(deepcopy=False)[trial.number]
        live = self._optuna.trial.Trial(self._study, known._trial_id)  # the one way to a trial of an earlier process
        if epoch not in known.intermediate_values:
            live.report(value, epoch)
        return bool(live.should_prune())

    def tell(self, trial: Trial, state: str, value: float | None = None, **notes: Any) -> None:
        """End *trial* in *state*; *notes* are kept with it."""
        known = self._study.get_trials(deepcopy=False)[trial.number]
        live = self._optuna.trial.Trial(self._study, known._trial_id)
        for key, note in notes.items():
            live.set_user_attr(key, note)
        states = self._optuna.trial.TrialState
        final = {DONE: states.COMPLETE, ENDED: states.PRUNED, FAILED: states.FAIL}[state]
        self._study.tell(trial.number, value if state == DONE else None, state=final)

    def best(self) -> Trial | None:
        """The best trial that came to its end."""
        done = [one for one in self.trials() if one.state == DONE and one.value is not None]
        sign = 1 if self._more_is_better else -1
        return max(done, key=lambda one: (sign * (one.value or 0.0), -one.number), default=None)

    def importance(self) -> dict[str, float]:
        """How much each setting decides the figure, shares of 1; empty where too little is known."""
        done = [one for one in self.trials() if one.state == DONE]
        if len(done) < 8:
            return {}
        try:
            found = self._optuna.importance.get_param_importances(
                self._study, evaluator=self._optuna.importance.PedAnovaImportanceEvaluator(), params=[one.name for one in self.parameters]
            )
        except (ValueError, RuntimeError, ZeroDivisionError):
            return {}
        return {key: float(value) for key, value in found.items() if math.isfinite(value)}

    def _best(self, values: Sequence[float]) -> float | None:
        sound = [value for value in values if math.isfinite(value)]
        return (max if self._more_is_better else min)(sound, default=None)
