"""What a run learns from: takes read, cut into training and validation at the model's rate, and the windows that validate. Nothing here knows torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..errors import InputError
from ..formats.placing import NO_PLACEMENT
from ..planted import Recipe, Solo, benchmark_duets, labels, solos_of
from ..preparation import split_by_take, split_by_time
from ..procedural.dancer import dance
from ..skeletons import Skeleton
from .settings import DataSettings, Settings, built
from .takes import Left, clips, named
from .windows import Windows

_VALIDATION_SEED = 9_001
"""Validation is the same whatever a run's seed, so that runs can be compared."""


@dataclass(frozen=True)
class Group:
    """Takes of one skeleton: dancers alone, and duets (T, 2, J, 3), all at the model's rate."""

    skeleton: Skeleton
    solos: tuple[Solo, ...]
    duets: tuple[NDArray[np.float32], ...]

    @property
    def frames(self) -> int:
        return sum(map(len, self.solos))


@dataclass(frozen=True)
class Material:
    """All that was found.

    Attributes:
        training, validation: groups by skeleton.
        takes: (name, seconds, what for) of each take.
        notes: sentences for the user.
        left: what folders hold that is not used, and why.
    """

    training: tuple[Group, ...]
    validation: tuple[Group, ...]
    takes: tuple[tuple[str, float, str], ...]
    notes: tuple[str, ...]
    left: tuple[Left, ...] = ()


def material(settings: Settings, progress: Callable[[float, str], None] | None = None) -> Material:
    """Read all takes. Raises InputError where files are missing or unreadable, or where nothing is left to learn from or to validate on."""
    data, rate = settings.data, settings.model.rate
    recipe_of(settings, validation=True)  # a wrong one is refused before the reading
    files, left = named(data.takes)
    notes: list[str] = []
    pieces: list[tuple[_Piece, str]] = []
    open_takes: list[_Piece] = []
    for take, clip in clips(files, left, settings.model.frames / rate, progress):
        piece = _Piece.of(clip, rate, take.skip_seconds)
        notes += [f"{piece.name}: {warning}" for warning in clip.meta["warnings"]]
        if take.use == "split":
            open_takes.append(piece)
        else:
            pieces.append((piece, take.use))
    pieces += _divided(open_takes, settings)
    pieces += _procedural(data, rate)
    if not pieces:
        raise InputError("there is nothing to learn from", place="data", remedy="name files in data.takes, or set data.procedural")
    training, validation = (_grouped([p for p, use in pieces if use == wanted]) for wanted in ("training", "validation"))
    found = Material(
        training, validation, tuple((p.name, p.frames / rate, use) for p, use in pieces), tuple(dict.fromkeys(notes)), tuple(left)
    )
    _enough(found, settings)
    return found


@dataclass(frozen=True)
class Validation:
    """Windows that are always the same, never varied: planted ones with labels, and real ones."""

    planted: tuple[Windows, ...]
    real: tuple[Windows, ...]


def validation_windows(settings: Settings, found: Material) -> Validation:
    frames, rate = settings.model.frames, settings.model.rate
    planted: list[Windows] = []
    real: list[Windows] = []
    recipe = recipe_of(settings, validation=True)
    groups = [group for group in found.validation if group.solos]
    total = sum(group.frames for group in groups)
    for group in groups:
        duets = max(1, round(settings.planted.validation_duets * group.frames / total)) if settings.planted.validation_duets else 0
        if duets:
            # A plant of s seconds may stand out of the duet by a quarter at either end, not by more.
            seconds = max(settings.planted.validation_seconds, frames / rate, 0.5 * recipe.seconds[1])
            for duet in benchmark_duets(group.solos, _VALIDATION_SEED, duets, seconds=seconds, recipe=recipe):
                starts = np.arange(0, len(duet.positions) - frames + 1, frames)
                windows = np.stack([duet.positions[s : s + frames] for s in starts])
                planted.append(Windows(windows, parents_of(duet.skeleton), labels(duet, starts, frames)))
        stride = max(1, round(settings.data.stride_seconds * rate))
        for positions in group.duets:
            starts = np.arange(0, len(positions) - frames + 1, stride)
            if len(starts):
                real.append(Windows(np.stack([positions[s : s + frames] for s in starts]), parents_of(group.skeleton)))
    return Validation(tuple(planted), tuple(real))


def recipe_of(settings: Settings, *, validation: bool = False) -> Recipe:
    """The recipe that the settings describe. Raises InputError on what a recipe does not know."""
    about = settings.planted
    recipe: Recipe = built(Recipe, dict(about.recipe), "planted.recipe")
    if validation and about.validation_recipe:
        built(Recipe, dict(about.validation_recipe), "planted.validation_recipe")
        recipe = built(Recipe, {**about.recipe, **about.validation_recipe}, "planted.validation_recipe")
    return recipe


@dataclass(frozen=True)
class _Piece:
    """A take or a stretch of one, at the model's rate; *duet* where both dancers stand in one room."""

    name: str
    solos: tuple[Solo, ...]
    duet: bool

    @classmethod
    def of(cls, clip: Clip, rate: float, skip_seconds: float) -> _Piece:
        solos = tuple(solos_of(clip, rate, skip_seconds))
        return cls(solos[0].name.rsplit(":", 1)[0], solos, len(solos) == 2 and NO_PLACEMENT not in clip.meta["warnings"])

    @property
    def frames(self) -> int:
        return len(self.solos[0])

    def cut(self, start: int, end: int) -> _Piece:
        return replace(self, solos=tuple(replace(solo, positions=solo.positions[start:end]) for solo in self.solos))


def _divided(takes: Sequence[_Piece], settings: Settings) -> list[tuple[_Piece, str]]:
    """Takes for training and validation: whole ones where there are several, else stretches of the one, a window and the longest lag apart."""
    share = settings.data.validation_share
    if share == 0 or not takes:
        return [(take, "training") for take in takes]
    lengths = [take.frames for take in takes]
    if len(takes) > 1:
        training, validation = split_by_take(lengths, share)
    else:
        # Pieces no shorter than two windows, where the take has room for that.
        room = share * lengths[0] / (2 * settings.model.frames)
        training, validation = split_by_time(lengths, share, settings.model.frames // 2, blocks=max(1, min(4, int(room))))
    sides = (("training", training), ("validation", validation))
    return [(takes[s.take].cut(s.start, s.end), use) for use, segments in sides for s in segments]


def _procedural(data: DataSettings, rate: float) -> list[tuple[_Piece, str]]:
    """The project's own dancers; the last ones validate."""
    dancers = [_Piece.of(dance(seed, data.procedural_seconds), rate, 0.0) for seed in range(data.procedural)]
    kept = max(2, round(data.validation_share * data.procedural)) if data.procedural >= 4 and data.validation_share else 0
    return [(dancer, "validation" if n >= len(dancers) - kept else "training") for n, dancer in enumerate(dancers)]


def _grouped(pieces: Sequence[_Piece]) -> tuple[Group, ...]:
    by_skeleton: dict[tuple, list[_Piece]] = {}
    for piece in pieces:
        skeleton = piece.solos[0].skeleton
        by_skeleton.setdefault((skeleton.joints, skeleton.parents), []).append(piece)
    return tuple(
        Group(
            some[0].solos[0].skeleton,
            tuple(solo for piece in some for solo in piece.solos),
            tuple(np.stack([solo.positions for solo in piece.solos], axis=1) for piece in some if piece.duet),
        )
        for some in by_skeleton.values()
    )


def _enough(found: Material, settings: Settings) -> None:
    frames, rate = settings.model.frames, settings.model.rate
    needs_real = settings.planted.batch == 0
    real = [d for group in found.training for d in group.duets if len(d) >= frames]
    if not found.training or (needs_real and not real):
        what = f"no duet of {frames / rate:g} s" if needs_real else "no dancer"
        raise InputError(f"there is {what} to train on", place="data.takes", remedy="give more takes, or a smaller validation_share")
    figure = settings.run.figure
    if figure in ("auprc", "auroc", "planted_loss") and not found.validation:
        raise InputError(
            "there is nothing to validate on", place="data", remedy='set data.validation_share, or give takes with use = "validation"'
        )
    if figure in ("loss", "reconstruction", "error_10") and not found.validation:
        raise InputError(f"run.figure {figure!r} needs takes to validate on", place="data", remedy="set data.validation_share")


def parents_of(skeleton: Skeleton) -> NDArray[np.int64]:
    return np.array(skeleton.parents, np.int64)
