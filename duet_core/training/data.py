"""What a run learns from: takes read, cut into training and validation at the model's rate, and the windows that validate. Nothing here knows torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
from .store import Store, Take, key_of
from .takes import Left, Named, clips, named
from .windows import Windows

_VALIDATION_SEED = 9_001
"""Validation is the same whatever a run's seed, so that runs can be compared."""
MOST_REAL = 4096
"""Real windows that are validated on at most: hours of them would fill the memory and say no more."""


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


def material(settings: Settings, progress: Callable[[float, str], None] | None = None, store: Store | None = None) -> Material:
    """Read all takes. Those for which *store* has no room in memory are prepared on disk; without one all are held in memory.

    Raises:
        InputError: files are missing or unreadable, or nothing is left to learn from or to validate on.
    """
    data, rate = settings.data, settings.model.rate
    recipe_of(settings, validation=True)  # a wrong one is refused before the reading
    files, left = named(data.takes)
    notes: list[str] = []
    takes: list[tuple[Take, str]] = []
    open_takes: list[Take] = []
    total = len(files) + data.procedural
    for number, one in enumerate(files):
        if progress:
            progress(number / total, one.files[0].name)
        for take in _prepared(one, left, settings, store):
            notes += [f"{take.name}: {warning}" for warning in take.warnings]
            if one.settings.use == "split":
                open_takes.append(take)
            else:
                takes.append((take, one.settings.use))
    takes += _divided(open_takes, settings)
    takes += _procedural(data, rate, store)
    if not takes:
        raise InputError("there is nothing to learn from", place="data", remedy="name files in data.takes, or set data.procedural")
    training, validation = (_grouped([t for t, use in takes if use == wanted]) for wanted in ("training", "validation"))
    if settings.planted.batch:
        notes += [_partners(group) for group in training if len({solo.name.rsplit(":", 1)[0] for solo in group.solos}) == 1]
    if store and store.on_disk:
        notes.append(f"{store.on_disk} takes are read from {store.folder} as they are needed: data.memory is {data.memory:g} MB")
    found = Material(
        training, validation, tuple((t.name, t.frames / rate, use) for t, use in takes), tuple(dict.fromkeys(notes)), tuple(left)
    )
    _enough(found, settings)
    return found


def _prepared(one: Named, left: list[Left], settings: Settings, store: Store | None) -> list[Take]:
    """The take that is named (or two, where a pair is none) at the model's rate, in memory or on disk."""
    rate, least = settings.model.rate, settings.model.frames / settings.model.rate
    about = one.settings
    key = key_of(one.files, about.fps, about.skeleton, about.skip_seconds, rate, least, one.may_be_left)
    before = store.found(key) if store else None
    if before is not None:
        return before
    takes = [take_of(clip, rate, about.skip_seconds) for _, clip in clips([one], left, least)]
    return store.kept(key, takes) if store and takes else takes


@dataclass(frozen=True)
class Validation:
    """Windows that are always the same, never varied: planted ones with labels, and real ones."""

    planted: tuple[Windows, ...]
    real: tuple[Windows, ...]


def validation_windows(settings: Settings, found: Material) -> Validation:
    frames, rate = settings.model.frames, settings.model.rate
    planted: list[Windows] = []
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
    real = _real_windows(settings, groups)
    return Validation(tuple(planted), tuple(real))


def _real_windows(settings: Settings, groups: Sequence[Group]) -> list[Windows]:
    """Of each duet the windows that start *stride_seconds* apart; of more than `MOST_REAL` in all, as many, evenly spread."""
    frames = settings.model.frames
    stride = max(1, round(settings.data.stride_seconds * settings.model.rate))
    starts = [(group, duet, np.arange(0, len(duet) - frames + 1, stride)) for group in groups for duet in group.duets]
    total = sum(len(some) for _, _, some in starts)
    chosen = np.unique(np.linspace(0, total - 1, min(total, MOST_REAL)).astype(int)) if total else np.empty(0, int)
    real: list[Windows] = []
    before = 0
    for group, duet, some in starts:
        mine = some[chosen[(chosen >= before) & (chosen < before + len(some))] - before]
        before += len(some)
        if len(mine):
            real.append(Windows(np.stack([duet[s : s + frames] for s in mine]), parents_of(group.skeleton)))
    return real


def recipe_of(settings: Settings, *, validation: bool = False) -> Recipe:
    """The recipe that the settings describe. Raises InputError on what a recipe does not know."""
    about = settings.planted
    recipe: Recipe = built(Recipe, dict(about.recipe), "planted.recipe")
    if validation and about.validation_recipe:
        built(Recipe, dict(about.validation_recipe), "planted.validation_recipe")
        recipe = built(Recipe, {**about.recipe, **about.validation_recipe}, "planted.validation_recipe")
    return recipe


def take_of(clip: Clip, rate: float, skip_seconds: float) -> Take:
    """*clip* at *rate*, without gaps, less its first *skip_seconds*."""
    solos = solos_of(clip, rate, skip_seconds)
    positions = np.stack([solo.positions for solo in solos], axis=1)
    together = len(solos) == 2 and NO_PLACEMENT not in clip.meta["warnings"]
    return Take(solos[0].name.rsplit(":", 1)[0], positions, rate, clip.skeleton, together, tuple(clip.meta["warnings"]))


def _divided(takes: Sequence[Take], settings: Settings) -> list[tuple[Take, str]]:
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


def _procedural(data: DataSettings, rate: float, store: Store | None) -> list[tuple[Take, str]]:
    """The project's own dancers; the last ones validate."""
    dancers: list[Take] = []
    for seed in range(data.procedural):
        key = key_of([], "procedural", seed, data.procedural_seconds, rate)
        before = store.found(key) if store else None
        if before is None:
            made = [take_of(dance(seed, data.procedural_seconds), rate, 0.0)]
            before = store.kept(key, made) if store else made
        dancers += before
    kept = max(2, round(data.validation_share * data.procedural)) if data.procedural >= 4 and data.validation_share else 0
    return [(dancer, "validation" if n >= len(dancers) - kept else "training") for n, dancer in enumerate(dancers)]


def _grouped(takes: Sequence[Take]) -> tuple[Group, ...]:
    by_skeleton: dict[tuple, list[Take]] = {}
    for take in takes:
        by_skeleton.setdefault((take.skeleton.joints, take.skeleton.parents), []).append(take)
    return tuple(
        Group(some[0].skeleton, tuple(solo for take in some for solo in take.solos), tuple(take.positions for take in some if take.duet))
        for some in by_skeleton.values()
    )


def _partners(group: Group) -> str:
    return (
        f"all dancers with the joints of {group.skeleton.name} are of one take, {group.solos[0].name.rsplit(':', 1)[0]}: planted duets are made of "
        "partners who truly danced together, which blurs what is learned; more takes would help"
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
