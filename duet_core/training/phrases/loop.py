"""The training loop of a generator, to be read from top to bottom; what it shares with that of the connections' model is in ``training.loop``."""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...files import written
from ...model.vae import PhraseVae
from .. import checkpoints as saving
from ..checkpoints import Checkpoints, State
from ..device import autocast_of, device_of, prepare_torch
from ..loop import Ended, interruption, note, refuse_nonsense, restored
from ..names import MODEL, SETTINGS
from ..optimiser import RunningMean, adamw, learning_rate, named_moments
from ..record import Console, Record
from ..step import numbers
from . import export
from .data import Phrases, Windows, all_windows, weights
from .objective import Objective
from .settings import GeneratorSettings

_FITTED = 24
"""Varied windows for each latent number, 500 at least, that the linear path is set by."""


def train(
    settings: GeneratorSettings,
    found: Phrases,
    folder: Path,
    *,
    name: str = "phrases",
    command: str = "",
    quiet: bool = False,
    stop: Callable[[int], bool] | None = None,
) -> Ended:
    """Train in *folder*: from the newest checkpoint there, or from the start; arguments and errors as those of ``training.loop.train``."""
    run = settings.run
    device = device_of(run)
    prepare_torch(run, device)
    torch.manual_seed(run.seed)
    autocast = autocast_of(run, device)

    windows = Windows(settings, found)
    sample = all_windows(found.training, settings.model.frames, settings.model.rate)
    judging = all_windows(found.validation, settings.model.frames, settings.model.rate)
    objective = Objective(settings.objective, settings.model, found.body, represented(settings, found, sample))
    model = new_model(settings, found).to(device)
    optimiser = adamw(model, settings.optimiser)
    mean = RunningMean(model, settings.optimiser.ema) if settings.optimiser.ema else None

    store = Checkpoints(folder)
    console = Console(settings.total_steps, 0, quiet=quiet)
    saving.check_room(folder, 24 * sum(p.numel() for p in model.parameters()))
    store.clean()
    state = State()
    checkpoint = store.last(console.line)
    if checkpoint:
        state = restored(checkpoint, store, model, optimiser, mean)  # type: ignore[arg-type]  # any module with a state
        console = Console(settings.total_steps, state.step, quiet=quiet)
    else:
        kept = begin_linear(settings, model, found, windows)
        if kept and not quiet:
            console.line(f"principal components keep {kept:.2%} of the training windows' variance")
    with written(folder / SETTINGS) as path:
        path.write_text(json.dumps(settings.to_dict(), indent=1) + "\n", "utf-8")
    record = Record(folder, state.step, tensorboard=run.tensorboard)

    def save() -> None:
        saved = {"model": model.state_dict(), "optimiser": named_moments(model, optimiser), "generator": saving.generators(device)}
        if mean:
            saved["mean"] = mean.values
        store.save(state, settings.to_dict(), saved)

    if not checkpoint:
        save()
    clock = time.monotonic()
    with interruption() as interrupted, contextlib.closing(record):
        while state.step < settings.total_steps and not state.finished:
            step = state.step
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(settings.optimiser, step, settings.total_steps, state.plateau)
            model.train()
            clean = windows.batch(step)
            noisy = torch.from_numpy(represented(settings, found, windows.noise(clean, step))).to(device)
            target = torch.from_numpy(represented(settings, found, clean)).to(device)
            with autocast():
                passed = model(noisy.flatten(2))
            parts = objective.losses(model, target, passed, step)
            optimiser.zero_grad(set_to_none=True)
            parts["loss"].backward()
            length = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.optimiser.clip or math.inf)
            optimiser.step()
            if mean:
                mean.update(model, step)
            state.step += 1
            epoch = math.ceil(state.step / run.steps)
            note(state, numbers({**parts, "gradient": length}))
            console.step(state.step, epoch, run.epochs)
            stopping = bool(interrupted) or (stop is not None and stop(state.step))
            if state.step % run.steps:
                if stopping:
                    refuse_nonsense(state, folder)
                    save()
                    break
                continue

            refuse_nonsense(state, folder)
            row: dict[str, Any] = {"epoch": epoch, "step": state.step, "lr": optimiser.param_groups[0]["lr"]}
            row |= {f"train/{key}": state.sums[key] / state.counts[key] for key in state.sums}
            figures = validated(settings, found, model, mean, objective, judging, device)
            row |= {f"validation/{key}": value for key, value in figures.items()}
            better = state.best is None or figures["loss"] < state.best
            if better:
                state.best, state.best_step, state.waited = figures["loss"], state.step, 0
            else:
                state.waited += 1
            spent = time.monotonic() - clock
            record.add(row, {"epoch": epoch, "step": state.step, "seconds": spent, "windows_per_second": run.steps * run.batch / spent})
            state.sums, state.counts = {}, {}
            state.finished = bool(run.patience) and state.waited >= run.patience
            save()
            console.line(_line(row, run.epochs, console.left(state.step), better))
            clock = time.monotonic()
            if stopping:
                break
    done = state.finished or state.step >= settings.total_steps
    if done:
        export.export(settings, found, store, state, record.rows, folder / MODEL, name, command)
    return Ended(not done, state.step, state.best, state.best_step, record.rows[-1] if record.rows else {})


def new_model(settings: GeneratorSettings, found: Phrases) -> PhraseVae:
    """The network before training."""
    numbers = settings.model.dancers * (
        len(weights(found.body, 1)) if settings.model.representation == "channels" else 3 * len(found.skeleton)
    )
    return PhraseVae(settings.model, numbers)


def begin_linear(settings: GeneratorSettings, model: PhraseVae, found: Phrases, windows: Windows) -> float:
    """Set scales and linear path of a new *model*; returns the share of variance that the linear path keeps."""
    batches = range(-(-max(500, _FITTED * settings.model.latent) // settings.run.batch))
    some = np.concatenate([windows.batch(10_000_000 + n) for n in batches])
    numbers = represented(settings, found, some).reshape(*some.shape[:2], -1)
    weight = weights(found.body, settings.model.dancers) if settings.model.representation == "channels" else np.ones(numbers.shape[-1])
    return model.set_linear(numbers, weight)


def represented(settings: GeneratorSettings, found: Phrases, windows: np.ndarray) -> np.ndarray:
    """Windows (B, T, D, C) in the model's representation."""
    if settings.model.representation == "channels":
        return windows
    from ...generation.channels import danced

    places = danced(windows, found.skeleton, found.body.lengths).astype(np.float32)
    return places.reshape(*places.shape[:3], -1)


@torch.no_grad()
def validated(
    settings: GeneratorSettings,
    found: Phrases,
    model: PhraseVae,
    mean: RunningMean | None,
    objective: Objective,
    windows: np.ndarray,
    device: torch.device,
) -> dict[str, float]:
    """The parts of the loss, each a mean over its elements, on windows that nothing is done to."""
    judged = model
    if mean:
        judged = PhraseVae(model.settings, model.numbers).to(device)
        judged.load_state_dict(mean.values, strict=False)
    judged.eval()
    sums: dict[str, float] = {}
    for begin in range(0, len(windows), 256):
        some = torch.from_numpy(represented(settings, found, windows[begin : begin + 256])).to(device)
        for key, value in objective.losses(judged, some, judged(some.flatten(2), noise=0.0)).items():
            sums[key] = sums.get(key, 0.0) + float(value) * len(some)
    return {key: value / len(windows) for key, value in sums.items()}


def _line(row: dict[str, Any], epochs: int, left: str, better: bool) -> str:
    shown = "  ".join(f"{use} {row[f'{use}/loss']:.4f} ({row[f'{use}/centimetres']:.2f} cm)" for use in ("train", "validation"))
    return f"epoch {row['epoch']:>{len(str(epochs))}}/{epochs}  {shown}  kl {row['validation/kl']:.2f}  {left}".rstrip() + (
        "  ← best" if better else ""
    )
