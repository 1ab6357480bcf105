"""Everything the training of a generator is told, in sections; needs no torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from ...errors import InputError
from ...model.phrase_settings import PhraseSettings
from ..settings import DataSettings, OptimiserSettings, built, changed, option, plain, rooted, table_of

KIND = "phrases"
"""What a TOML file says under ``kind`` where it describes a generator."""


@dataclass(frozen=True)
class BodySettings:
    """Whose joints the phrases have."""

    skeleton: str = option(
        "hybrik-29",
        "hybrik-29: takes of any skeleton whose joints are known by their names are written down with its joints; "
        "takes: as they are, all takes with the same joints",
        choices=("hybrik-29", "takes"),
    )


@dataclass(frozen=True)
class VariationSettings:
    """Variation of training windows; never of validation windows."""

    mirror: float = option(0.5, "probability of a reflection, left and right exchanged", least=0, most=1)
    swap: float = option(0.5, "duets: probability of exchanging the dancers", least=0, most=1)
    warp: float = option(0.15, "largest relative change of speed", least=0, most=0.9)
    mix: float = option(0.15, "solos: probability that the upper body comes from another window", least=0, most=1)
    noise: float = option(0.006, "standard deviation of noise on directions (their length is 1), places (m) and headings", least=0, most=1)


@dataclass(frozen=True)
class PhraseObjective:
    """What counts as good. Every part is a mean over its elements, in training and in validation alike."""

    position: float = option(1.0, "weight of squared errors of joints' places, over their variance", least=0)
    velocity: float = option(0.3, "… of their velocities, over their variance", least=0)
    channel: float = option(0.3, "… of the channels themselves", least=0)
    beta: float = option(1e-4, "weight of the divergence from the standard normal, nats for each latent number", least=0)
    beta_steps: int = option(500, "steps in which beta rises from 0", least=0)


@dataclass(frozen=True)
class PhraseRun:
    """How long, on what, and how often."""

    epochs: int = option(40, "epochs; an epoch is a fixed number of steps", least=1, most=1_000_000)
    steps: int = option(100, "steps in an epoch", least=1, most=100_000_000)
    batch: int = option(64, "windows in each step", least=1, most=65536)
    seed: int = option(0, "of everything drawn by chance", least=0, most=2**31 - 1)
    precision: str = option("auto", "auto: bf16 on a GPU, float32 on a CPU", choices=("auto", "float32", "bf16"))
    device: str = option("auto", "auto: a GPU where there is one; else cpu, cuda, cuda:1, mps …")
    threads: int = option(0, "of the CPU; 0: as torch chooses", least=0, most=1024)
    patience: int = option(8, "epochs without a better validation until it ends early; 0: never", least=0)
    tensorboard: bool = option(False, "write events for TensorBoard")


@dataclass(frozen=True)
class GeneratorSettings:
    """A whole training run of a generator."""

    data: DataSettings = field(default_factory=DataSettings)
    body: BodySettings = field(default_factory=BodySettings)
    variation: VariationSettings = field(default_factory=VariationSettings)
    model: PhraseSettings = field(default_factory=PhraseSettings)
    objective: PhraseObjective = field(default_factory=PhraseObjective)
    optimiser: OptimiserSettings = field(default_factory=lambda: OptimiserSettings(weight_decay=0.0, betas=(0.9, 0.999)))
    run: PhraseRun = field(default_factory=PhraseRun)

    def __post_init__(self) -> None:
        if self.model.dancers == 2 and self.data.procedural:
            raise InputError("procedural dancers dance alone", place="data.procedural", remedy="set it to 0, or model.dancers to 1")

    @property
    def total_steps(self) -> int:
        return self.run.epochs * self.run.steps

    def to_dict(self) -> dict[str, Any]:
        """All settings as JSON-able values, with their kind."""
        return {"kind": KIND, **plain(dataclasses.asdict(self))}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], file: str | PathLike[str] | None = None) -> GeneratorSettings:
        """Settings from nested tables. Raises InputError on unknown keys, wrong types and values out of range."""
        return built(cls, {key: value for key, value in data.items() if key != "kind"}, "", file)


def read(file: str | PathLike[str], changes: Iterable[str] = ()) -> GeneratorSettings:
    """The settings in a TOML *file*, with *changes* of the form ``section.name=value``; errors as those of ``training.settings.read``."""
    table, folder = table_of(file)
    settings = GeneratorSettings.from_dict(changed(table, changes), file)
    takes = tuple(dataclasses.replace(one, files=tuple(rooted(name, folder) for name in one.files)) for one in settings.data.takes)
    return dataclasses.replace(settings, data=dataclasses.replace(settings.data, takes=takes))
