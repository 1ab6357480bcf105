"""What a run computes on: device, threads, precision, and the same result each time. For any model's training."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch

from ..errors import InputError
from .processes import Processes


class Computes(Protocol):
    """The settings of a run that are read here (`settings.RunSettings` says what each is)."""

    @property
    def device(self) -> str: ...
    @property
    def threads(self) -> int: ...
    @property
    def precision(self) -> str: ...
    @property
    def seed(self) -> int: ...


def device_of(run: Computes, processes: Processes | None = None) -> torch.device:
    """The device that *run* asks for: of several GPUs the one with this process's number. Raises InputError where it is not there."""
    name = run.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if processes and not processes.alone and name == "cuda":
        name = f"cuda:{processes.local}"
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
        if device.type == "cuda":
            torch.cuda.set_device(device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"{name!r} is no device here ({str(error).splitlines()[0][:120]})", place="run.device", remedy="use auto or cpu"
        ) from None
    return device


def prepare_torch(run: Computes, device: torch.device) -> None:
    """Threads, and kernels that give the same result each time where torch has them."""
    if run.threads:
        torch.set_num_threads(run.threads)
    random.seed(run.seed)
    np.random.seed(run.seed)  # noqa: NPY002  # both for libraries; ours draw from generators of their own
    torch.use_deterministic_algorithms(True, warn_only=True)
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = False


def autocast_of(run: Computes, device: torch.device) -> Callable[[], Any]:
    """What makes the context of a forward pass: bfloat16 where it is asked for."""
    low = run.precision == "bf16" or (run.precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported())
    if not low:
        return contextlib.nullcontext
    return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
