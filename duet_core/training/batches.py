"""Batches that depend on seed and step alone: the same whether a run came to the step in one go or was resumed, whoever makes them, and in how many shares.

Of several processes each makes the windows that are its share of a step's batch; all shares together are the batch that one process would make.
Nothing here knows torch.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ..errors import InputError
from ..planted import training_batch
from ..planted.sets import fewest_windows, share
from ..preparation import Augmentation
from .data import Group, Material, parents_of, recipe_of
from .settings import Settings
from .windows import StepBatch, Windows

PLANTED, REAL = 1, 2
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
        rng = np.random.default_rng(key)
        group = _drawn(self.real_groups, rng)
        size = self.settings.run.batch
        room = np.array([len(duet) - self.frames + 1 for duet in group.duets])
        takes = rng.choice(len(room), size=size, p=room / room.sum())
        starts = rng.integers(room[takes])
        first, last = share(size, self.rank, self.count)
        varied = []
        for block in range(first // BLOCK, -(-last // BLOCK)):
            begin, end = block * BLOCK, min((block + 1) * BLOCK, size)
            windows = np.stack([group.duets[t][s : s + self.frames] for t, s in zip(takes[begin:end], starts[begin:end], strict=True)])
            changed, _, _ = self.augmentation.applied(windows, group.skeleton, np.random.default_rng((*key, block)))
            varied.append(changed[max(first - begin, 0) : last - begin])
        return Windows(np.concatenate(varied), parents_of(group.skeleton), None, key, first)

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


def _joints(wanted: tuple[int, int], group: Group) -> tuple[int, int]:
    most = len(group.skeleton)
    return min(wanted[0], most), min(wanted[1], most)


def _drawn(groups: Sequence[Group], rng: np.random.Generator) -> Group:
    if len(groups) == 1:
        return groups[0]
    frames = np.array([group.frames for group in groups], float)
    return groups[int(rng.choice(len(groups), p=frames / frames.sum()))]
