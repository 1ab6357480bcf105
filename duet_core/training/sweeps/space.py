"""What a sweep varies and how: the ``[sweep]`` table of a TOML file. Needs neither torch nor Optuna."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..settings import SWEEP, Settings, built, option, read, table_of

SAMPLERS = ("tpe", "random", "grid")
PRUNERS = ("median", "none")
_MOST_GRID = 100_000


@dataclass(frozen=True)
class SweepSettings:
    """A sweep: how many trials, how they are chosen, what varies."""

    trials: int = option(20, "runs in all; a grid ends with its last combination", least=1, most=1_000_000)
    sampler: str = option("tpe", "how settings are chosen: by what did well so far, by chance, or all combinations", choices=SAMPLERS)
    pruner: str = option("median", "end runs that are worse than half of the others were at the same epoch, or none", choices=PRUNERS)
    startup: int = option(5, "runs before anything is learned from them or ended early", least=1, most=100_000)
    prune_after: int = option(1, "epochs that every run may have", least=0, most=1_000_000)
    seed: int = option(0, "of everything drawn by chance", least=0, most=2**31 - 1)
    settings: Mapping[str, Any] = option(dict, "what varies: section.name = [choices], or { low = …, high = …, step = …, log = true }")


@dataclass(frozen=True)
class Choices:
    """One of *values*, each as JSON."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """A number from *low* to *high*, both included; whole numbers where *whole*."""

    name: str
    low: float
    high: float
    whole: bool
    step: float | None = None
    log: bool = False


Parameter = Choices | Range


@dataclass(frozen=True)
class Sweep:
    """A sweep that was read: what every run shares, how to choose, what varies."""

    base: Settings
    about: SweepSettings
    parameters: tuple[Parameter, ...]

    def to_dict(self) -> dict[str, Any]:
        """What decides the results, but for the number of trials."""
        return {
            "settings": self.base.to_dict(),
            "sampler": self.about.sampler,
            "pruner": self.about.pruner,
            "startup": self.about.startup,
            "prune_after": self.about.prune_after,
            "seed": self.about.seed,
            "parameters": [{"kind": type(one).__name__, **vars(one)} for one in self.parameters],
        }


def read_sweep(file: Path, changes: Sequence[str] = ()) -> Sweep:
    """The sweep in *file*: its ``[sweep]`` table over the training settings beside it, with *changes* of these.

    Raises:
        InputError: as `settings.read`; no ``[sweep]``, or something in it that cannot be varied so.
    """
    base = read(file, changes)
    table = table_of(file)[0].get(SWEEP)
    if table is None:
        raise InputError("there is no [sweep] table", file=file, remedy="say what to vary; presets/sweep.toml shows how")
    about: SweepSettings = built(SweepSettings, table, SWEEP, file)
    parameters = tuple(_parameter(key, value, file) for key, value in _flat(about.settings))
    if not parameters:
        raise InputError("nothing varies", file=file, place=f"{SWEEP}.settings", remedy='give such as "model.hidden" = [16, 32, 64]')
    sweep = Sweep(base, about, parameters)
    for one in parameters:  # each name and the ends of each range, before hours are spent
        for value in one.values if isinstance(one, Choices) else (json.dumps(_number(one, one.low)), json.dumps(_number(one, one.high))):
            try:
                read(file, [*changes, f"{one.name}={value}"])
            except InputError as error:
                if error.place and error.place.startswith(one.name.rpartition(".")[0]) and "there is no such" in error.problem:
                    raise InputError(error.problem, file=file, place=f"{SWEEP}.settings: {one.name}", remedy=error.remedy) from None
                if error.place == one.name:
                    raise InputError(error.problem, file=file, place=f"{SWEEP}.settings: {one.name}", remedy=error.remedy) from None
                # else it does not go with the others' defaults: a trial may bring what it goes with
    if about.sampler == "grid":
        size = 1
        for one in parameters:
            size *= len(steps_of(one, file))
            if size > _MOST_GRID:
                raise InputError("the grid has too many combinations", file=file, place=SWEEP, remedy="vary less, or use another sampler")
    return sweep


def grid(parameters: Sequence[Parameter]) -> Iterator[dict[str, Any]]:
    """Every combination, the last parameter changing first."""
    for values in itertools.product(*(steps_of(one) for one in parameters)):
        yield dict(zip((one.name for one in parameters), values, strict=True))


def steps_of(one: Parameter, file: Path | None = None) -> list[Any]:
    """The values of *one* in a grid. Raises InputError where they are without number."""
    if isinstance(one, Choices):
        return list(one.values)
    if one.step is None and not (one.whole and not one.log):
        raise InputError("a grid needs steps", file=file, place=f"{SWEEP}.settings: {one.name}", remedy="give a step, or a list of values")
    step = one.step or 1
    return [_number(one, one.low + n * step) for n in range(int((one.high - one.low) / step + 1e-9) + 1)]


def changes_of(parameters: Mapping[str, Any]) -> list[str]:
    """*parameters* of a trial as ``--set`` takes them. Choices are JSON already, which TOML reads alike."""
    return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in parameters.items()]


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """``model.hidden = …`` makes nested tables in TOML, ``"model.hidden" = …`` does not: both are meant."""
    for key, value in table.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and not {"low", "high"} & set(value):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _parameter(name: str, value: Any, file: Path) -> Parameter:
    place = f"{SWEEP}.settings: {name}"
    if isinstance(value, list):
        if len(value) < 2:
            raise InputError("there is no choice", file=file, place=place, remedy="list two values or more")
        return Choices(name, tuple(json.dumps(one) for one in value))
    if not isinstance(value, Mapping):
        raise InputError(f"{value!r} does not vary", file=file, place=place, remedy="give a list, or { low = …, high = … }")
    unknown = set(value) - {"low", "high", "step", "log"}
    if unknown:
        raise InputError(f"{min(unknown)!r} says nothing of a range", file=file, place=place, remedy="give low, high, step or log")
    log = value.get("log", False)
    given = [value[key] for key in ("low", "high", "step") if key in value]
    refusal = InputError(
        f"{dict(value)} is no range", file=file, place=place, remedy="give low below high, a step that fits, log above 0 and without step"
    )
    if not {"low", "high"} <= set(value) or not all(type(one) in (int, float) for one in given) or type(log) is not bool:
        raise refusal
    low, high, step = value["low"], value["high"], value.get("step")
    if not low < high or (step is not None and not 0 < step <= high - low) or (log and (low <= 0 or step is not None)):
        raise refusal
    return Range(name, low, high, all(type(one) is int for one in given), step, log)


def _number(one: Range, value: float) -> float | int:
    return round(value) if one.whole else float(f"{value:.12g}")
