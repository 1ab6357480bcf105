"""What a run would do, found out without writing anything: data, size of the model, memory and time."""

from __future__ import annotations

import sys
import time

import torch

from .batches import Batches
from .beginning import new_model
from .data import Material, validation_windows
from .loop import autocast_of, device_of, prepare_torch
from .objective import Objective
from .optimiser import adamw
from .settings import Settings

_TIMED = 3


def plan(settings: Settings, found: Material) -> str:
    """A few steps are taken and timed; the text says what was found and what the whole run would take."""
    device = device_of(settings)
    prepare_torch(settings, device)
    model = new_model(settings).to(device)
    optimiser = adamw(model, settings.optimiser)
    objective, batches, autocast = Objective(settings), Batches(settings, found), autocast_of(settings, device)
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
    parameters = sum(p.numel() for p in model.parameters())
    lines = [
        f"takes        {_takes(found, 'training')} to train on, {_takes(found, 'validation')} to validate on",
        f"skeletons    {', '.join(f'{g.skeleton.name} ({len(g.skeleton)} joints)' for g in found.training)}",
        f"each step    {_batch(settings, size)}; {settings.model.frames} frames at {settings.model.rate:g} a second",
        f"validation   {sum(map(len, windows.planted))} planted windows, {sum(map(len, windows.real))} real ones",
        f"model        encoder {settings.model.encoder}, decoder {settings.model.decoder}, {parameters:,} parameters",
        f"device       {device}, {torch.get_num_threads()} threads, {'float32' if autocast().__class__.__name__ == 'nullcontext' else 'bf16'}",
        f"memory       {_memory(device)} now; {16 * parameters / 1e6:.1f} MB for each checkpoint",
        f"time         {1000 * making:.0f} ms to make a batch, {1000 * learning:.0f} ms to learn from it; {size / each:.0f} windows/s",
        f"in all       {settings.run.epochs} epochs of {settings.run.steps} steps: about {_time(each * settings.total_steps)}, validation not counted",
    ]
    return "\n".join([*lines, *(f"note: {text}" for text in found.notes)])


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
