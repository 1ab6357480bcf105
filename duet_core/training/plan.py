"""What a run would do, found out without writing anything: data, size of the model, memory and time."""

from __future__ import annotations

import math
import shutil
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from ..model.nri import NeuralRelationalInference
from .batches import Batches, with_steps
from .beginning import new_model
from .data import Material, Validation, validation_windows
from .device import autocast_of, device_of, prepare_torch
from .loop import room_for
from .objective import Objective
from .optimiser import adamw
from .settings import Settings
from .validation import at_once, validate

_TIMED = 3
"""Steps that are timed, after one that sets up."""
_FEW = 2
"""Pieces of each sort of validation windows that are timed."""
_NAMED = 6
"""Files that are named of those left out for one reason."""


def plan(settings: Settings, found: Material, folder: Path | None = None) -> str:
    """A few steps are taken and timed, and a part of a validation; the text says what was found and what the whole run in *folder* would take."""
    device = device_of(settings.run)
    prepare_torch(settings.run, device)
    model = new_model(settings).to(device)
    optimiser = adamw(model, settings.optimiser)
    batches, autocast = Batches(settings, found), autocast_of(settings.run, device)
    settings = with_steps(settings, found)
    objective = Objective(settings)
    making = learning = 0.0
    size = 0
    for step in range(_TIMED + 1):
        began = time.perf_counter()
        batch = batches.of(step)
        made = time.perf_counter()
        with autocast():
            loss = objective.losses(model, batch, objective.at(step), device)["loss"]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if step:  # the first one sets up
            making, learning, size = making + made - began, learning + time.perf_counter() - made, len(batch)
    making, learning = making / _TIMED, learning / _TIMED
    # Threads of workers make batches while a step is taken.
    each = learning + making if settings.run.workers == 0 else max(learning, making / settings.run.workers)
    windows = validation_windows(settings, found)
    validating = _validating(model, objective, windows, device, autocast)
    run = settings.run
    judged = math.ceil(run.epochs / run.validate_every)
    parameters = sum(p.numel() for p in model.parameters())
    checkpoint = (4 if settings.optimiser.ema else 3) * 4 * parameters
    free = f"; {shutil.disk_usage(_existing(folder)).free / 1e9:.1f} GB are free" if folder else ""
    lines = [
        f"takes        {_takes(found, 'training')} to train on, {_takes(found, 'validation')} to validate on",
        *_groups(found),
        f"each step    {_batch(settings, size)}; {settings.model.frames} frames at {settings.model.rate:g} a second",
        f"validation   {sum(map(len, windows.planted))} planted windows, {sum(map(len, windows.real))} real ones: {_time(validating)} each time",
        f"model        encoder {settings.model.encoder}, decoder {settings.model.decoder}, {parameters:,} parameters",
        f"device       {device}, {torch.get_num_threads()} threads, {'float32' if autocast().__class__.__name__ == 'nullcontext' else 'bf16'}",
        f"memory       {_memory(device)} at the most, as far as it came",
        f"disk         {checkpoint / 1e6:.1f} MB for each checkpoint, about {room_for(model) / 1e6:.0f} MB in all{free}",
        f"time         {1000 * making:.0f} ms to make a batch, {1000 * learning:.0f} ms to learn from it; {size / each:.0f} windows/s",
        f"in all       {run.epochs} epochs of {run.steps} steps: about {_time(each * settings.total_steps + judged * validating)}",
    ]
    notes = [f"note: {text}" for text in found.notes]
    return "\n".join([*lines, *notes, *_left(found)])


def _validating(model: NeuralRelationalInference, objective: Objective, windows: Validation, device: torch.device, autocast: Any) -> float:
    """Seconds that a validation takes, by one of a few windows of each sort."""
    every = sum(map(len, (*windows.planted, *windows.real)))
    some = Validation(tuple(islice(at_once(windows.planted), _FEW)), tuple(islice(at_once(windows.real), _FEW)))
    if not every:
        return 0.0
    began = time.perf_counter()
    validate(model, objective, some, device, autocast)
    return (time.perf_counter() - began) * every / sum(map(len, (*some.planted, *some.real)))


def _groups(found: Material) -> list[str]:
    """A line for each skeleton: what it is called, its joints, its takes and minutes, and whether two dancers stand in one room."""
    lines = []
    for number, group in enumerate(found.training):
        duets, minutes = len(group.duets), sum(map(len, group.solos)) / group.solos[0].rate / 60
        lines.append(
            f"{'skeletons' if number == 0 else '':<13}{group.skeleton.name}: {len(group.skeleton)} joints, {len(group.solos)} dancers, "
            f"{minutes:.1f} min of dancing, {duets or 'no'} duet{'s' * (duets != 1)}"
        )
    return lines


def _left(found: Material) -> list[str]:
    """What is not used, and why, file by file where they are few."""
    why: dict[str, list[str]] = {}
    for one in found.left:
        why.setdefault(one.why, []).append(one.file.name)
    return [
        f"left out: {', '.join(names[:_NAMED])}{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}: {text}"
        for text, names in why.items()
    ]


def _existing(folder: Path) -> Path:
    """*folder*, or the nearest one above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())


def _takes(found: Material, use: str) -> str:
    some = [seconds for _, seconds, what in found.takes if what == use]
    return f"{len(some)} ({sum(some) / 60:.1f} min)"


def _batch(settings: Settings, size: int) -> str:
    planted = settings.planted.batch
    parts = [f"{planted} planted windows"] * (planted > 0) + [f"{size - planted} real ones"] * (size > planted)
    return " and ".join(parts)


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _memory(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{torch.cuda.max_memory_allocated(device) / 1e9:.2f} GB on the GPU"
    if sys.platform == "win32":
        return "unknown"
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{used / (1e9 if sys.platform == 'darwin' else 1e6):.2f} GB"
