"""Everything a training run is told, in sections; needs no torch. `read` makes it from a TOML file and ``--set`` arguments.

To add a setting, add a field with `option` to its section: type, range and choices are checked, and ``describe`` lists it, without further code.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import tomllib
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from types import UnionType
from typing import Any

from ..errors import InputError
from ..model.settings import ModelSettings

SWEEP = "sweep"
"""The table of a sweep, which is no setting of a run: ``sweep.py`` reads it, ``train.py`` passes it over."""
SCHEDULES = ("constant", "cosine", "one_cycle", "plateau")
FIGURES: dict[str, bool] = {
    "auprc": True,
    "auroc": True,
    "planted_loss": False,
    "loss": False,
    "reconstruction": False,
    "error_10": False,
}
"""What may decide which checkpoint is best, each a figure of validation, and whether more is better."""


def option(default: Any, says: str, *, least: float = -math.inf, most: float = math.inf, choices: Sequence[str] = ()) -> Any:
    """A setting with its default, what it is, and what it may be."""
    about = {"says": says, "least": least, "most": most, "choices": tuple(choices)}
    if isinstance(default, type) or callable(default):
        return field(default_factory=default, metadata=about)
    return field(default=default, metadata=about)


@dataclass(frozen=True)
class TakeSettings:
    """Files of takes that are read alike."""

    files: tuple[str, ...] = option((), "a file, folder or pattern (*, ?); or two of them, one for each dancer, paired in order of name")
    use: str = option("split", "what for; split: divided by validation_share", choices=("training", "validation", "split"))
    fps: float = option(0.0, "frames a second, overriding the file's; 0: the file's", least=0, most=10_000)
    skeleton: str = option("", "joints of arrays that name none: a known skeleton's name or a JSON file")
    skip_seconds: float = option(0.0, "left away at the start, for a T-pose say", least=0)


@dataclass(frozen=True)
class DataSettings:
    """What is learned from."""

    takes: tuple[TakeSettings, ...] = option((), "files of takes ([[data.takes]]), or names of files, folders and patterns")
    procedural: int = option(0, "dancers that the project makes itself, used for planted duets alone", least=0, most=1000)
    procedural_seconds: float = option(60.0, "how long each of them dances", least=10, most=3600)
    validation_share: float = option(0.2, "share of the frames that is kept for validation where use is split", least=0, most=0.9)
    memory: float = option(
        1024.0,
        "megabytes of takes that are held in memory; the others are prepared on disk in the run's folder and read by stretches",
        least=0,
    )
    stride_seconds: float = option(0.5, "from one validation window of a real take to the next", least=0.01, most=60)


@dataclass(frozen=True)
class AugmentationSettings:
    """Variation of training windows of real takes; never of validation windows. Planted duets are varied as they are made."""

    rotate: bool = option(True, "turn about the vertical by any angle")
    mirror: float = option(0.5, "probability of a reflection, left and right exchanged", least=0, most=1)
    swap: float = option(0.5, "probability of exchanging the dancers", least=0, most=1)
    noise: float = option(0.003, "standard deviation in metres of noise on positions", least=0, most=1)
    warp: float = option(0.1, "largest relative change of local speed", least=0, most=0.9)


@dataclass(frozen=True)
class PlantedSettings:
    """Duets with known connections, made without end for training and once for validation."""

    batch: int = option(16, "planted windows in each step; 0: none", least=0, most=65536)
    joints: tuple[int, int] = option((14, 29), "least and largest number of joints drawn for a batch")
    noise: float = option(0.004, "largest standard deviation in metres of noise on positions", least=0, most=1)
    recipe: Mapping[str, Any] = option(dict, "what may be planted: fields of duet_core.planted.Recipe")
    validation_recipe: Mapping[str, Any] = option(dict, "the same for validation; what is not said is as in recipe")
    validation_duets: int = option(12, "planted duets to validate on", least=0, most=10_000)
    validation_seconds: float = option(16.0, "their length", least=1, most=600)


@dataclass(frozen=True)
class ObjectiveSettings:
    """What counts as good: weights of the losses and how they change over the run."""

    planted: float = option(1.0, "weight of all supervised losses on planted windows", least=0)
    type: float = option(1.0, "weight within them of the edge types", least=0)
    kind: float = option(1.0, "… of the kinds of true connections", least=0)
    lag: float = option(0.3, "… of the lags of true leads", least=0)
    reconstruction: float = option(1.0, "weight of prediction and divergence together; 0: no decoder is trained", least=0)
    likelihood: str = option("nll", "of predictions: Gaussian NLL, or mean squared error", choices=("nll", "mse"))
    jitter: float = option(
        0.0,
        "largest standard deviation in metres of noise on the frames that are given, in training; what is to be predicted stays clean",
        least=0,
        most=1,
    )
    distance: float = option(0.0, "weight within it of the mean distance in metres between prediction and truth", least=0)
    deviation: float = option(0.02, "standard deviation in metres of predictions whose model.variance is fixed", least=1e-6, most=10)
    on_planted: bool = option(True, "planted windows are predicted too, not real ones alone")
    beta: float = option(1.0, "weight of the divergence from the sparse prior, nats for each edge", least=0)
    beta_schedule: str = option("warm_up", "how beta gets there", choices=("constant", "warm_up", "cyclical"))
    beta_steps: int = option(1000, "steps of the warm-up, or of one cycle", least=1)
    free_bits: float = option(0.01, "nats for each edge that cost nothing", least=0)
    smoothness: float = option(0.0, "weight of the change from one stretch of a window to the next (time-varying encoders)", least=0)
    temperature: tuple[float, float] = option((1.0, 0.5), "of the Gumbel-Softmax at the start and at the end")
    temperature_schedule: str = option("exponential", "how it falls", choices=("exponential", "cosine"))
    temperature_steps: int = option(0, "steps until the end temperature; 0: all", least=0)
    teacher_seconds: float = option(1.0, "of each window that the decoder is told before it runs freely", least=0.1)
    horizon: int = option(
        10, "frames that it then predicts from its own predictions before it is told the truth again; 0: to the end", least=0
    )


@dataclass(frozen=True)
class OptimiserSettings:
    """AdamW and its learning rate."""

    lr: float = option(1e-3, "highest learning rate", least=1e-9, most=10)
    lowest: float = option(0.02, "lowest learning rate of a schedule, as a share of the highest", least=0, most=1)
    schedule: str = option("cosine", "how the rate falls", choices=SCHEDULES)
    warm_up: int = option(100, "steps in which it rises from 0 (one_cycle: 0 means 30 % of all)", least=0)
    weight_decay: float = option(0.01, "on matrices; biases and norms have none", least=0, most=10)
    betas: tuple[float, float] = option((0.9, 0.98), "decay of AdamW's two averages")
    clip: float = option(1.0, "largest norm of the gradient; 0: not clipped", least=0)
    patience: int = option(5, "validations without improvement before plateau lowers the rate", least=1)
    factor: float = option(0.5, "by which plateau lowers it", least=0.01, most=0.99)
    ema: float = option(0.0, "decay of a running mean of the weights, which is then validated and kept; 0: none", least=0, most=0.99999)


@dataclass(frozen=True)
class RunSettings:
    """How long, on what, and how often."""

    epochs: int = option(20, "epochs; an epoch is a fixed number of steps", least=1, most=1_000_000)
    steps: int = option(
        200, "steps in an epoch; 0: as many as show every stretch of every duet once, in an order of chance", least=0, most=100_000_000
    )
    batch: int = option(16, "real windows in each step (with takes of duets)", least=0, most=65536)
    accumulate: int = option(
        1,
        "parts in which a step's windows are learned from, one after another, for less memory; the result is the same",
        least=1,
        most=65536,
    )
    seed: int = option(0, "of everything drawn by chance", least=0, most=2**31 - 1)
    precision: str = option("auto", "auto: bf16 on a GPU, float32 on a CPU", choices=("auto", "float32", "bf16"))
    device: str = option("auto", "auto: a GPU where there is one; else cpu, cuda, cuda:1, mps …")
    compile: bool = option(False, "let torch compile encoder and decoder: minutes at the start, then faster on some machines")
    threads: int = option(0, "of the CPU; 0: as torch chooses", least=0, most=1024)
    workers: int = option(1, "threads that make batches ahead; the result does not depend on it", least=0, most=256)
    checkpoint_steps: int = option(0, "steps between checkpoints, besides one at the end of each epoch; 0: none besides", least=0)
    checkpoint_minutes: float = option(10.0, "minutes after which there is one at the latest; 0: as long as an epoch takes", least=0)
    start: str = option(
        "", "folder of a trained model whose weights it begins with (those of the encoder, of the decoder, or of both, as they fit)"
    )
    learns: str = option("all", "what is learned; the rest stays as it began", choices=("all", "encoder", "decoder"))
    validate_every: int = option(1, "epochs between validations", least=1)
    figure: str = option("auprc", "figure of validation that decides which checkpoint is best", choices=tuple(FIGURES))
    patience: int = option(0, "validations without a better one until it ends early; 0: never", least=0)
    still_every: int = option(5, "epochs between pictures of what is found in validation takes, with one at the end; 0: none", least=0)
    tensorboard: bool = option(True, "write events for TensorBoard")


@dataclass(frozen=True)
class Settings:
    """A whole training run."""

    data: DataSettings = field(default_factory=DataSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    planted: PlantedSettings = field(default_factory=PlantedSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    optimiser: OptimiserSettings = field(default_factory=OptimiserSettings)
    run: RunSettings = field(default_factory=RunSettings)

    def __post_init__(self) -> None:
        _together(self)

    @property
    def total_steps(self) -> int:
        return self.run.epochs * self.run.steps

    def to_dict(self) -> dict[str, Any]:
        """All settings as JSON-able values: lists for tuples, tables for sections."""
        return plain(dataclasses.asdict(self))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], file: str | PathLike[str] | None = None) -> Settings:
        """Settings from nested tables. Raises InputError on unknown keys (naming the nearest known one), wrong types and values out of range."""
        return built(cls, data, "", file)


def read(file: str | PathLike[str], changes: Iterable[str] = ()) -> Settings:
    """The settings in a TOML *file*, with *changes* of the form ``section.name=value``. Paths in ``data`` are taken from the file's folder.

    Raises:
        InputError: no such file, no TOML, unknown keys, wrong types, values out of range or that do not fit together.
    """
    table, folder = table_of(file)
    table.pop(SWEEP, None)
    settings = Settings.from_dict(changed(table, changes), file)
    return _rooted(settings, folder)


def table_of(file: str | PathLike[str]) -> tuple[dict[str, Any], Path]:
    """What stands in a TOML *file* (or a run's ``settings.json``), and the folder that its paths are taken from. Raises InputError where there is none."""
    path = Path(file)
    try:
        text = path.read_text("utf-8-sig")
        table = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        return table if isinstance(table, dict) else {}, path.absolute().parent
    except json.JSONDecodeError as error:
        raise InputError(f"this is not JSON: {error}", file=path, remedy="give a TOML file, or the settings.json of a run") from None
    except FileNotFoundError:
        raise InputError("there is no such file", file=path, remedy="give a TOML file of settings, such as presets/small.toml") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"it cannot be read ({error})", file=path, remedy="give a TOML file of settings") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"this is not TOML: {error}", file=path, remedy="correct it there") from None


def changed(table: Mapping[str, Any], changes: Iterable[str]) -> dict[str, Any]:
    """*table* with each ``section.name=value`` put in; values are TOML, and what is not TOML is text."""
    result = _copied(table)
    for change in changes:
        key, sign, text = change.partition("=")
        parts = [part.strip() for part in key.split(".")]
        if not sign or len(parts) < 2 or not all(parts):
            raise InputError(f"{change!r} changes nothing", place="--set", remedy="write section.name=value, such as run.epochs=5")
        try:
            value = tomllib.loads(f"value = {text.strip()}")["value"]
        except (tomllib.TOMLDecodeError, KeyError):
            value = text.strip()
        place = result
        for part in parts[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise InputError(f"{part!r} is no section", place=f"--set {key}", remedy="write section.name=value")
        place[parts[-1]] = value
    return result


def describe() -> str:
    """Every setting with its default and what it is, for people."""
    lines = []
    for section in dataclasses.fields(Settings):
        kind = typing.get_type_hints(Settings)[section.name]
        lines.append(f"[{section.name}]  {(kind.__doc__ or '').strip().splitlines()[0]}")
        for one in dataclasses.fields(kind):
            default = {} if one.default is dataclasses.MISSING else one.default
            choices = ", ".join(one.metadata.get("choices") or ())
            says = one.metadata.get("says", "") + (f" ({choices})" if choices else "")
            lines.append(f"  {one.name} = {default!r}  {says}".rstrip())
    return "\n".join(lines)


def difference(first: Settings, second: Settings) -> list[str]:
    """The keys, ``section.name``, in which two settings differ."""
    a, b = first.to_dict(), second.to_dict()
    return [f"{section}.{name}" for section in a for name in a[section] if a[section][name] != b[section].get(name)]


def _together(settings: Settings) -> None:
    """Refuse what cannot go together."""
    objective, planted, run = settings.objective, settings.planted, settings.run
    if planted.batch == 0 and run.batch == 0:
        raise InputError("there is nothing in a batch", place="planted.batch, run.batch", remedy="set one of them above 0")
    if objective.reconstruction and settings.model.decoder == "none":
        raise InputError(
            "without a decoder nothing can be predicted", place="objective.reconstruction", remedy="set it to 0, or choose model.decoder"
        )
    if not objective.reconstruction and run.figure in ("reconstruction", "error_10"):
        raise InputError(f"{run.figure!r} needs objective.reconstruction above 0", place="run.figure", remedy="choose auprc")
    learns_planted = planted.batch > 0 and objective.planted > 0
    if not learns_planted and not objective.reconstruction:
        raise InputError(
            "nothing is learned", place="objective", remedy="give planted (with planted.batch) or reconstruction a weight above 0"
        )
    if run.learns == "decoder" and not objective.reconstruction:
        raise InputError("a decoder learns from prediction alone", place="run.learns", remedy="set objective.reconstruction above 0")
    if run.figure in ("auprc", "auroc", "planted_loss") and planted.validation_duets == 0:
        raise InputError(f"{run.figure!r} needs planted duets", place="run.figure", remedy="set planted.validation_duets, or choose loss")
    if not 1 <= planted.joints[0] <= planted.joints[1]:
        raise InputError(f"{list(planted.joints)} are no least and largest number", place="planted.joints", remedy="give such as [14, 29]")
    if not all(0 < t <= 100 for t in objective.temperature):
        raise InputError(f"{list(objective.temperature)}", place="objective.temperature", remedy="give two numbers above 0")
    if not all(0 <= b < 1 for b in settings.optimiser.betas):
        raise InputError(f"{list(settings.optimiser.betas)}", place="optimiser.betas", remedy="give two numbers from 0 to below 1")
    if objective.teacher_seconds * settings.model.rate > settings.model.frames - 2:
        raise InputError(
            f"{objective.teacher_seconds:g} s leave nothing to predict of {settings.model.frames} frames at {settings.model.rate:g} a second",
            place="objective.teacher_seconds",
            remedy="shorten it, or lengthen model.frames",
        )


def built(kind: Any, data: Any, place: str, file: str | PathLike[str] | None = None) -> Any:
    """An instance of the dataclass *kind* from a table, every value checked."""
    if not isinstance(data, Mapping):
        raise InputError(f"{data!r} is no table", file=file, place=place, remedy=f"write [{place}] and settings below it")
    known = {one.name: one for one in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    given: dict[str, Any] = {}
    for key, value in data.items():
        at = f"{place}.{key}" if place else str(key)
        if key not in known:
            near = difflib.get_close_matches(str(key), list(known), n=1, cutoff=0.5)
            remedy = f"did you mean {f'{place}.' if place else ''}{near[0]}?" if near else f"known: {', '.join(known)}"
            raise InputError("there is no such setting", file=file, place=at, remedy=remedy)
        given[key] = _checked(hints[key], value, known[key].metadata, at, file)
    try:
        return kind(**given)
    except InputError as error:
        raise error if error.file else InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None


def _checked(kind: Any, value: Any, about: Mapping[str, Any], at: str, file: str | PathLike[str] | None) -> Any:
    """*value* as *kind*, within its range and choices."""

    def refuse(wanted: str) -> InputError:
        return InputError(f"{value!r} is not {wanted}", file=file, place=at, remedy=f"give {wanted}")

    if dataclasses.is_dataclass(kind):
        return built(kind, value, at, file)
    origin = typing.get_origin(kind)
    if origin in (Mapping, dict):
        if not isinstance(value, Mapping):
            raise refuse("a table of names and values")
        return dict(value)
    if origin is tuple:
        return _tuple(kind, value, about, at, file)
    assert origin not in (typing.Union, UnionType)
    least, most = about.get("least", -math.inf), about.get("most", math.inf)
    bounds = _bounds(least, most)
    if kind is bool:
        if not isinstance(value, bool):
            raise refuse("true or false")
        return value
    if kind is int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise refuse(f"a whole number{bounds}")
        return value
    if kind is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not (math.isfinite(value) and least <= value <= most):
            raise refuse(f"a number{bounds}")
        return float(value)
    if not isinstance(value, str):
        raise refuse("text")
    choices = about.get("choices") or ()
    if choices and value not in choices:
        raise refuse(f"one of {', '.join(choices)}")
    return value


def _tuple(kind: Any, value: Any, about: Mapping[str, Any], at: str, file: str | PathLike[str] | None) -> tuple:
    inner = typing.get_args(kind)
    if isinstance(value, (str, Mapping)):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{value!r} is no list", file=file, place=at, remedy="give a list, in brackets")
    if len(inner) == 2 and inner[1] is Ellipsis:
        if inner[0] is TakeSettings:
            value = [{"files": one} if isinstance(one, (str, list, tuple)) else one for one in value]
        return tuple(_checked(inner[0], one, about, f"{at}[{n}]", file) for n, one in enumerate(value))
    if len(value) != len(inner):
        raise InputError(f"{list(value)!r} has {len(value)} values", file=file, place=at, remedy=f"give {len(inner)}")
    return tuple(_checked(what, one, about, f"{at}[{n}]", file) for n, (what, one) in enumerate(zip(inner, value, strict=True)))


def _bounds(least: float, most: float) -> str:
    if math.isinf(least) and math.isinf(most):
        return ""
    if math.isinf(most):
        return f" of {least:g} or more"
    return f" from {least:g} to {most:g}"


def _rooted(settings: Settings, folder: Path) -> Settings:
    """*settings* with their paths from *folder*."""
    takes = tuple(dataclasses.replace(one, files=tuple(rooted(name, folder) for name in one.files)) for one in settings.data.takes)
    run = dataclasses.replace(settings.run, start=rooted(settings.run.start, folder))
    return dataclasses.replace(settings, data=dataclasses.replace(settings.data, takes=takes), run=run)


def rooted(name: str, folder: Path) -> str:
    """The path *name* from *folder*; one that begins with ``/``, ``~`` or ``$`` stays."""
    return name if not name or name.startswith(("/", "~", "$")) or Path(name).is_absolute() else str((folder / name).resolve())


def _copied(value: Any) -> Any:
    return {key: _copied(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def plain(value: Any) -> Any:
    """*value* with its tables and lists as JSON knows them."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
