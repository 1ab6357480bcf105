"""Training the relational inference of simulated systems without labels, and what a trained one says of systems that it has not seen.

Only places, velocities and what bodies do by themselves reach the model (`observed`); which type stands for which label is asked afterwards.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import InputError
from ..model.losses import warm_up
from ..model.particles import ParticleModel, ParticleRelationalInference
from ..physics import Trajectories, pairs
from .checkpoints import Checkpoint, Checkpoints, State
from .optimiser import named_moments, restore_moments
from .record import Record

BLOCK = 100
"""Systems judged at once."""
EPOCH = 50
"""Iterations between two rows of ``metrics.jsonl``."""


@dataclass(frozen=True)
class ParticleTraining:
    """How a model is trained.

    Attributes:
        iterations: steps of the optimiser.
        batch: systems in each.
        rate: the highest learning rate; it falls to 0 along half a cosine.
        horizons: intervals predicted at once, in equal shares of the run: first one step, then many.
        temperature: of the sampled edges.
        balance: weight, nats for each coordinate, that keeps the mean of a batch's posteriors near the prior (both types equally often); without
            it a heavy-tailed system such as charges drives all edges to one type before the laws are learned.
        warm_up: share of the run in which the edges' cost rises from nothing, so that the laws can part before types are judged.
        doubt: added to the logarithm of the variance that predictions begin with: see `Decoder.begin`.
        clip: largest norm of the gradient.
        seed: of weights, batches and samples.
        save_seconds: between checkpoints.
    """

    iterations: int = 1500
    batch: int = 32
    rate: float = 3e-3
    horizons: tuple[int, ...] = (1, 10)
    temperature: float = 0.5
    balance: float = 5.0
    warm_up: float = 0.2
    doubt: float = 0.0
    clip: float = 1.0
    seed: int = 0
    save_seconds: float = 60.0
    model: ParticleModel = field(default_factory=ParticleModel)

    def horizon(self, iteration: int) -> int:
        return self.horizons[min(iteration * len(self.horizons) // self.iterations, len(self.horizons) - 1)]

    def learning_rate(self, iteration: int) -> float:
        return self.rate * min(1.0, (iteration + 1) / 50) * 0.5 * (1 + math.cos(math.pi * iteration / self.iterations))


def recommended(system: str, *, seed: int = 0, quick: bool = False) -> ParticleTraining:
    """The settings of the published figures for a system; *quick* for a first look, in about a minute on one core."""
    # "None" sends nothing where a label says whether two bodies act on each other at all; charges of either kind do.
    if system == "kuramoto":
        model = ParticleModel(space="circle", substeps=2, silent=True)
        return ParticleTraining(iterations=200 if quick else 300, seed=seed, model=model)
    if system == "springs":
        # Springs are faint: doubt begins larger and types are held in balance less, or the laws never part.
        model = ParticleModel(silent=True)
        return ParticleTraining(iterations=200 if quick else 400, seed=seed, balance=0.5, doubt=2.0, model=model)
    return ParticleTraining(iterations=350 if quick else 700, seed=seed)


@dataclass
class Trained:
    """A model and what its training cost."""

    model: ParticleRelationalInference
    seconds: float
    cpu_seconds: float


def observed(trajectories: Trajectories) -> tuple[Tensor, Tensor, Tensor]:
    """Places (S, T, N, D), velocities, and drive (S, N), float32: all that a model may see. No labels."""
    return tuple(  # type: ignore[return-value]
        torch.from_numpy(values.astype(np.float32)) for values in (trajectories.positions, trajectories.velocities, trajectories.drive)
    )


def train(
    trajectories: Trajectories,
    settings: ParticleTraining,
    *,
    folder: Path | None = None,
    report: Callable[[int, dict[str, float]], None] = lambda iteration, figures: None,
) -> Trained:
    """Train on *trajectories*; with *folder*, go on from the last checkpoint there, exactly as if nothing had happened.

    Args:
        report: is told every iteration and its figures: see `Bound`.

    Raises:
        InputError: *folder* holds the training of other settings, or cannot be written.
    """
    x, v, drive = observed(trajectories)
    generator = torch.Generator().manual_seed(settings.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = ParticleRelationalInference(settings.model)
    model.decoder.begin(x, v, drive, trajectories.interval, settings.doubt)
    optimiser = torch.optim.Adam(model.parameters(), lr=settings.rate)
    checkpoints = Checkpoints(folder) if folder else None
    about = {**asdict(settings), "horizons": list(settings.horizons), "systems": len(trajectories), "system": trajectories.system}
    done, spent, busy = 0, 0.0, 0.0
    if checkpoints and (found := checkpoints.last()):
        if found.settings != about:
            raise InputError("another training is kept here", file=checkpoints.folder, remedy="choose another folder, or empty this one")
        done, spent, busy = found.state.step, found.state.sums["seconds"], found.state.sums["cpu_seconds"]
        _restore(found, model, optimiser, generator)
    record = Record(folder, done, tensorboard=False) if folder else None
    start, start_busy = time.monotonic() - spent, time.process_time() - busy
    saved = time.monotonic()
    model.train()
    for iteration in range(done, settings.iterations):
        horizon = settings.horizon(iteration)
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate(iteration)
        chosen = torch.randint(len(x), (settings.batch,), generator=generator)
        first = int(torch.randint(horizon, (1,), generator=generator))
        bound = model.bound(
            x[chosen],
            v[chosen],
            drive[chosen],
            trajectories.interval,
            steps=horizon,
            first=first,
            temperature=settings.temperature,
            balance=settings.balance,
            beta=warm_up(iteration, round(settings.warm_up * settings.iterations)),
            generator=generator,
        )
        optimiser.zero_grad()
        bound.loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        # A step from a gradient that is not finite would undo everything learned.
        if torch.isfinite(norm):
            optimiser.step()
        figures = {name: float(value.detach()) for name, value in bound._asdict().items()}
        report(iteration, figures)
        if record and (iteration + 1) % EPOCH == 0:
            row = {"epoch": (iteration + 1) // EPOCH, "step": iteration + 1, **{f"train/{name}": value for name, value in figures.items()}}
            record.add(row, {"epoch": row["epoch"], "step": row["step"], "seconds": time.monotonic() - start})
        last = iteration + 1 == settings.iterations
        spent, busy = time.monotonic() - start, time.process_time() - start_busy
        if checkpoints and (last or time.monotonic() - saved > settings.save_seconds):
            saved = time.monotonic()
            sums = {"seconds": spent, "cpu_seconds": busy}
            state = State(step=iteration + 1, sums=sums, finished=last)
            checkpoints.save(state, about, _tensors(model, optimiser, generator))
    return Trained(model.eval(), spent, busy)


def edge_probabilities(model: ParticleRelationalInference, trajectories: Trajectories) -> NDArray[np.float64]:
    """(S, N, N) the probability of the second type for each pair, symmetric, 0 on the diagonal."""
    x, v, drive = observed(trajectories)
    first, second = pairs(trajectories.bodies)
    result = np.zeros((len(x), trajectories.bodies, trajectories.bodies))
    for start in range(0, len(x), BLOCK):
        some = slice(start, start + BLOCK)
        with torch.no_grad():
            found = model.encode(x[some], v[some], drive[some], trajectories.interval).double().softmax(dim=-1)[..., 1].numpy()
        result[some, first, second] = result[some, second, first] = found
    return result


def prediction_errors(
    model: ParticleRelationalInference, trajectories: Trajectories, edges: NDArray[np.float64], start: int, steps: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Squared errors of places and of velocities after 1…steps intervals, both (S, steps), predicted from the moment *start* on through *edges*."""
    x, v, drive = observed(trajectories)
    first, second = pairs(trajectories.bodies)
    gates = torch.from_numpy(edges[:, first, second].astype(np.float32))
    errors: list[tuple[NDArray, NDArray]] = []
    after = slice(start + 1, start + 1 + steps)
    for begin in range(0, len(x), BLOCK):
        some = slice(begin, begin + BLOCK)
        with torch.no_grad():
            places, velocities, _ = model.roll(x[some, start], v[some, start], drive[some], gates[some], steps, trajectories.interval)
        of_places = (places - x[some, after]).double().square().mean(dim=(2, 3)).numpy()
        errors.append((of_places, (velocities - v[some, after]).double().square().mean(dim=(2, 3)).numpy()))
    return np.concatenate([a for a, _ in errors]), np.concatenate([b for _, b in errors])


def _tensors(model: ParticleRelationalInference, optimiser: torch.optim.Adam, generator: torch.Generator) -> dict[str, dict[str, Tensor]]:
    return {"model": model.state_dict(), "optimiser": named_moments(model, optimiser), "generator": {"batches": generator.get_state()}}


def _restore(found: Checkpoint, model: ParticleRelationalInference, optimiser: torch.optim.Adam, generator: torch.Generator) -> None:
    model.load_state_dict(found.part("model"))
    restore_moments(model, optimiser, found.part("optimiser"))
    generator.set_state(found.part("generator")["batches"])
