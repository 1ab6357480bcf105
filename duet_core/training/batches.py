"""Batches that depend on seed and step alone: the same whether a run came to the step in one go or was resumed, whoever makes them, and in how many shares.

Of several processes each makes the windows that are its share of a step's batch; all shares together are the batch that one process would make.
Nothing here knows torch.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..planted import training_batch
from ..planted.sets import fewest_windows, share
from ..preparation import Augmentation
from .data import Group, Material, parents_of, recipe_of
from .settings import Settings
from .windows import StepBatch, Windows

PLANTED, REAL, PASS = 1, 2, 3
"""Kinds of windows, as the numbers by which their chance differs."""
BLOCK = 8
"""Real windows that are varied together: whoever's share has one of them draws the variation of all."""


class Batches:
    """The batches of a run: `of` gives that of a step, `stream` all from a step on, made ahead by threads.

    Args:
        rank, count: which of *count* shares of each batch is made.

    Raises:
        InputError: some share would be empty.
    """

    def __init__(self, settings: Settings, found: Material, rank: int = 0, count: int = 1) -> None:
        self.settings = settings
        self.rank, self.count = rank, count
        self.frames = settings.model.frames
        self.planted_groups = [group for group in found.training if group.solos] if settings.planted.batch else []
        self.real_groups = [
            replace(group, duets=long) for group in found.training if (long := tuple(d for d in group.duets if len(d) >= self.frames))
        ]
        if not (settings.run.batch and settings.objective.reconstruction):
            self.real_groups = []
        self.passes = Passes(self.real_groups, self.frames, settings.run.batch, settings.run.seed) if settings.run.steps == 0 else None
        self.recipe = recipe_of(settings)
        about = settings.augmentation
        self.augmentation = Augmentation(about.rotate, about.mirror, about.swap, about.noise, about.warp)
        self._refuse_empty_shares(count * settings.run.accumulate)

    def of(self, step: int) -> StepBatch:
        """This share of the batch of *step*."""
        return StepBatch(self._planted(step) if self.planted_groups else None, self._real(step) if self.real_groups else None)

    def stream(self, first: int, last: int) -> Generator[StepBatch, None, None]:
        """The batches of the steps *first* to *last* (excluded), made ahead by ``run.workers`` threads."""
        workers = self.settings.run.workers
        if workers == 0:
            yield from map(self.of, range(first, last))
            return
        with ThreadPoolExecutor(workers, thread_name_prefix="batches") as pool:
            ahead: list[Future[StepBatch]] = []
            try:
                for step in range(first, last):
                    while len(ahead) < workers + 1 and step + len(ahead) < last:
                        ahead.append(pool.submit(self.of, step + len(ahead)))
                    yield ahead.pop(0).result()
            finally:
                for future in ahead:
                    future.cancel()

    def _planted(self, step: int) -> Windows:
        about, key = self.settings.planted, (self.settings.run.seed, PLANTED, step)
        group = _drawn(self.planted_groups, np.random.default_rng(key))
        batch, first = training_batch(
            group.solos,
            key,
            size=about.batch,
            frames=self.frames,
            recipe=self.recipe,
            joints=_joints(about.joints, group),
            noise=about.noise,
            among=(self.rank, self.count),
        )
        return Windows(batch.positions, batch.parents, batch.labels, key, first)

    def _real(self, step: int) -> Windows:
        key = (self.settings.run.seed, REAL, step)
        size = self.settings.run.batch
        group, takes, starts = self.passes.of(step) if self.passes else self._chosen(np.random.default_rng(key))
        first, last = share(size, self.rank, self.count)
        varied = []
        for block in range(first // BLOCK, -(-last // BLOCK)):
            begin, end = block * BLOCK, min((block + 1) * BLOCK, size)
            windows = np.stack([group.duets[t][s : s + self.frames] for t, s in zip(takes[begin:end], starts[begin:end], strict=True)])
            changed, _, _ = self.augmentation.applied(windows, group.skeleton, np.random.default_rng((*key, block)))
            varied.append(changed[max(first - begin, 0) : last - begin])
        return Windows(np.concatenate(varied), parents_of(group.skeleton), None, key, first)

    def _chosen(self, rng: np.random.Generator) -> tuple[Group, NDArray[np.int64], NDArray[np.int64]]:
        """Where the real windows of a step come from: their group, takes of it, and first frames."""
        group = _drawn(self.real_groups, rng)
        room = np.array([len(duet) - self.frames + 1 for duet in group.duets])
        takes = rng.choice(len(room), size=self.settings.run.batch, p=room / room.sum())
        return group, takes, rng.integers(room[takes])

    def _refuse_empty_shares(self, shares: int) -> None:
        about = self.settings.planted
        least = {"planted.batch": min((fewest_windows(about.batch, _joints(about.joints, g)) for g in self.planted_groups), default=shares)}
        least["run.batch"] = self.settings.run.batch if self.real_groups else shares
        for place, windows in least.items():
            if windows < shares:
                raise InputError(
                    f"a step may have as few as {windows} windows, to be shared out among {shares} (processes times run.accumulate)",
                    place=place,
                    remedy="raise it, or use fewer",
                )


class Passes:
    """Epochs that show every stretch of every duet once: windows without overlap, in an order, and from a first frame, that chance decides.

    Args:
        size: windows in a batch; a batch is of one group, and the last one of each group is filled up with windows from its beginning.

    Raises:
        InputError: there is nothing to pass over.
    """

    def __init__(self, groups: Sequence[Group], frames: int, size: int, seed: int) -> None:
        if not groups:
            raise InputError(
                "there are no duets to pass over", place="run.steps", remedy="give takes of duets and run.batch, or a number of steps"
            )
        self.groups, self.frames, self.size, self.seed = groups, frames, size, seed
        self.windows = [[len(duet) // frames for duet in group.duets] for group in groups]
        self.steps = sum(-(-sum(counts) // size) for counts in self.windows)
        self._epoch: tuple[int, list[tuple[Group, NDArray[np.int64], NDArray[np.int64]]]] = (-1, [])

    def of(self, step: int) -> tuple[Group, NDArray[np.int64], NDArray[np.int64]]:
        """The group, takes of it and first frames of the windows of *step*."""
        epoch, place = divmod(step, self.steps)
        known, batches = self._epoch  # read and written at once: several threads make batches
        if known != epoch:
            batches = self._batches(np.random.default_rng((self.seed, PASS, epoch)))
            self._epoch = (epoch, batches)
        return batches[place]

    def _batches(self, rng: np.random.Generator) -> list[tuple[Group, NDArray[np.int64], NDArray[np.int64]]]:
        batches = []
        for group, counts in zip(self.groups, self.windows, strict=True):
            takes = np.repeat(np.arange(len(counts)), counts)
            spare = np.array([len(duet) - count * self.frames for duet, count in zip(group.duets, counts, strict=True)])
            offsets = rng.integers(spare + 1)
            starts = offsets[takes] + self.frames * np.concatenate([np.arange(count) for count in counts])
            order = rng.permutation(len(takes))
            order = np.resize(order, -(-len(order) // self.size) * self.size)
            batches += [(group, takes[some], starts[some]) for some in order.reshape(-1, self.size)]
        return [batches[n] for n in rng.permutation(len(batches))]


def with_steps(settings: Settings, found: Material) -> Settings:
    """*settings* with the number of steps that an epoch has where it is to be a pass over all duets (``run.steps = 0``)."""
    passes = Batches(settings, found).passes
    return replace(settings, run=replace(settings.run, steps=passes.steps)) if passes else settings


def _joints(wanted: tuple[int, int], group: Group) -> tuple[int, int]:
    most = len(group.skeleton)
    return min(wanted[0], most), min(wanted[1], most)


def _drawn(groups: Sequence[Group], rng: np.random.Generator) -> Group:
    if len(groups) == 1:
        return groups[0]
    frames = np.array([group.frames for group in groups], float)
    return groups[int(rng.choice(len(groups), p=frames / frames.sum()))]
