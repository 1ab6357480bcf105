"""What a generator learns from: takes as channels, and windows cut out of them and varied. Nothing here knows torch; a step's batch depends on seed
and step alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...generation import channels
from ...generation.bodies import Body, body_of, onto, standard
from ...skeletons import Skeleton
from ..data import Material, material
from ..settings import Settings
from .settings import GeneratorSettings

_UPPER = ("spine", "neck", "head", "jaw", "nose", "eye", "ear", "collar", "shoulder", "elbow", "wrist", "hand", "thumb", "middle_finger")
"""Places whose bones may come from another window than the legs."""
_EACH = 4
"""Windows for each second of a take, of those that principal components and the density of latent numbers are fitted on."""


@dataclass(frozen=True)
class Phrases:
    """All takes of a run, written down with one skeleton.

    Attributes:
        body: whose joints, and the bone lengths that losses are measured on.
        training, validation: takes (T, D, C), channels placed in the room.
        found: what was read.
    """

    body: Body
    training: tuple[NDArray[np.float64], ...]
    validation: tuple[NDArray[np.float64], ...]
    found: Material

    @property
    def skeleton(self) -> Skeleton:
        return self.body.skeleton


def phrases(settings: GeneratorSettings, progress: Callable[[float, str], None] | None = None) -> Phrases:
    """Read all takes. Raises InputError where files are missing or unreadable, skeletons do not fit, or nothing is left to train or validate on."""
    model = settings.model
    base = Settings()
    found = material(dataclasses.replace(base, data=settings.data, model=dataclasses.replace(base.model, rate=model.rate)), progress)
    body = _body(settings, found)
    sides = []
    for groups, use in ((found.training, "train"), (found.validation, "validate")):
        takes = [
            _channels(take, group.skeleton, body, model.rate)
            for group in groups
            for take in (group.duets if model.dancers == 2 else [solo.positions[:, None] for solo in group.solos])
            if len(take) >= model.frames
        ]
        if not takes:
            what = f"no {'duet' if model.dancers == 2 else 'take'} of {model.seconds:g} s to {use} on"
            raise InputError(f"there is {what}", place="data.takes", remedy="give more or longer takes, or a smaller model.frames")
        sides.append(tuple(takes))
    return Phrases(body, sides[0], sides[1], found)


def _body(settings: GeneratorSettings, found: Material) -> Body:
    if settings.body.skeleton != "takes":
        return standard()
    groups = {group.skeleton.joints: group for group in (*found.validation, *found.training)}
    if len(groups) != 1:
        names = ", ".join(f"{group.skeleton.name} ({len(group.skeleton)} joints)" for group in groups.values())
        raise InputError(
            f"takes of several skeletons: {names}", place="body.skeleton", remedy='give takes of one, or set it to "hybrik-29"'
        )
    group = next(iter(groups.values()))
    channels.roots(group.skeleton)
    return body_of(group.solos[0].positions, group.skeleton, settings.model.rate)


def _channels(take: NDArray, skeleton: Skeleton, body: Body, rate: float) -> NDArray[np.float64]:
    dancers = [onto(take[:, d], skeleton, rate, body) for d in range(take.shape[1])]
    return np.stack([channels.written(x, body.skeleton, rate) for x in dancers], axis=1)


class Windows:
    """The varied windows of a run: `batch` gives those of a step, and `noise` lays noise on them. Unvaried ones are `all_windows`."""

    def __init__(self, settings: GeneratorSettings, found: Phrases) -> None:
        self.settings, self.takes, self.skeleton = settings, found.training, found.skeleton
        self.frames = settings.model.frames
        length = np.array([len(take) for take in found.training], float)
        self.share = length / length.sum()
        bones = [joint for joint, parent in enumerate(self.skeleton.parents) if parent >= 0]
        upper = [_bare(self.skeleton.landmarks[joint]).startswith(_UPPER) for joint in bones]
        self.upper = np.concatenate([np.repeat(upper, 3), np.zeros(4, bool)])

    def batch(self, step: int) -> NDArray[np.float32]:
        """(B, T, D, C) varied windows of *step*, without noise."""
        settings, vary = self.settings, self.settings.variation
        rng = np.random.default_rng((settings.run.seed, 3, step))
        windows = np.stack([self._drawn(rng) for _ in range(settings.run.batch)])
        if windows.shape[2] == 2:
            swapped = rng.random(len(windows)) < vary.swap
            windows[swapped] = windows[swapped][:, :, ::-1]
        seen, _ = channels.seen_from_middle(windows)
        return self._mixed(seen, rng).astype(np.float32)

    def noise(self, windows: NDArray, step: int) -> NDArray[np.float32]:
        """*windows* with noise on every channel, the same for the same *step*."""
        rng = np.random.default_rng((self.settings.run.seed, 4, step))
        sigma = self.settings.variation.noise * rng.uniform(0, 1, (len(windows), 1, 1, 1))
        return (windows + sigma * rng.standard_normal(windows.shape)).astype(np.float32)

    def _drawn(self, rng: np.random.Generator) -> NDArray[np.float64]:
        take = self.takes[int(rng.choice(len(self.share), p=self.share))]
        speed = 1 + rng.uniform(-1, 1) * self.settings.variation.warp
        speed = min(speed, (len(take) - 1) / (self.frames - 1))
        start = rng.uniform(0, len(take) - 1 - speed * (self.frames - 1))
        low, high = int(start), int(np.ceil(start + speed * (self.frames - 1))) + 1
        return channels.resampled(take[low:high], self.frames, start - low, speed)

    def _mixed(self, windows: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        vary = self.settings.variation
        mirrored = rng.random(len(windows)) < vary.mirror
        windows[mirrored] = channels.mirrored(windows[mirrored], self.skeleton)
        if windows.shape[2] == 1 and vary.mix:
            mixed = np.flatnonzero(rng.random(len(windows)) < vary.mix)
            other = windows[rng.integers(len(windows), size=len(mixed))]
            windows[mixed] = np.where(self.upper, other, windows[mixed])
        return windows


def all_windows(takes: Sequence[NDArray], frames: int, rate: float, each: float = _EACH) -> NDArray[np.float32]:
    """(W, T, D, C) windows of *takes*, *each* in a second, seen from their middle frames."""
    stride = max(1, round(rate / each))
    some = [channels.windows_of(take, frames, np.arange(0, len(take) - frames + 1, stride))[0] for take in takes]
    return np.concatenate(some).astype(np.float32)


def weights(body: Body, dancers: int) -> NDArray[np.float64]:
    """(D·C,) metres by which a unit of each channel moves the body's joints, root mean square over joints."""
    skeleton = body.skeleton
    joints = len(skeleton)
    carried = np.ones(joints)
    for joint in reversed(skeleton.order):
        if skeleton.parents[joint] >= 0:
            carried[skeleton.parents[joint]] += carried[joint]
    bones = [joint for joint, parent in enumerate(skeleton.parents) if parent >= 0]
    directions = body.lengths[bones] * np.sqrt(carried[bones] / joints)
    reach = body.rest - body.rest[skeleton.order[0]]
    turning = np.sqrt((reach[:, :2] ** 2).sum(axis=-1).mean())
    one = np.concatenate([np.repeat(np.maximum(directions, 1e-3), 3), np.ones(3), [max(float(turning), 0.1)]])
    return np.tile(one, dancers)


def _bare(landmark: str) -> str:
    return landmark.removeprefix("left_").removeprefix("right_")
