"""Checkpoints: a folder each, complete or absent. Tensors in safetensors, everything else in JSON, never pickles.

``checkpoints/00000400/`` has ``tensors.safetensors`` (weights, the optimiser's moments, the running mean, torch's generators) and ``state.json`` (step,
sums of the unfinished epoch, Python's and NumPy's generators, settings, best figure, and the tensors' hash). It is written under a hidden name, forced
to the disk and then renamed. The last two and the best one are kept; a damaged one is passed over for the one before it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import InputError
from ..files import make_folder
from ..model.tensors import load, save
from .names import CHECKPOINTS

FORMAT_VERSION = 1
TENSORS, STATE = "tensors.safetensors", "state.json"
KEPT = 2
"""The newest checkpoints that are kept, besides the best one."""


@dataclass
class State:
    """Where a run stands, but for its tensors.

    Attributes:
        step: steps done.
        sums, counts: of the parts of the loss in the unfinished epoch.
        best: the best figure so far, or None; best_step: at which step.
        waited: validations since then. plateau: share to which a plateau schedule has lowered the rate; plateau_waited: validations since.
        finished: whether the run came to its end (early stopping counts).
    """

    step: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    best: float | None = None
    best_step: int | None = None
    waited: int = 0
    plateau: float = 1.0
    plateau_waited: int = 0
    finished: bool = False


@dataclass(frozen=True)
class Checkpoint:
    folder: Path
    state: State
    settings: dict[str, Any]
    tensors: dict[str, Tensor]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors saved under *name*."""
        return {key.removeprefix(f"{name}:"): value for key, value in self.tensors.items() if key.startswith(f"{name}:")}


class Checkpoints:
    """The checkpoints of the run in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / CHECKPOINTS

    def save(self, state: State, settings: Mapping[str, Any], tensors: Mapping[str, Mapping[str, Tensor]]) -> Path:
        """Write a checkpoint of *tensors* (by part) and *state*, and drop those no longer needed.

        Raises:
            InputError: there is no room, or the folder cannot be written; older checkpoints are untouched.
        """
        flat = {f"{part}:{name}": value for part, some in tensors.items() for name, value in some.items()}
        raw = save(flat)
        about = {
            "format_version": FORMAT_VERSION,
            "state": vars(state),
            "settings": settings,
            "generators": {"python": _listed(random.getstate()), "numpy": _numpy_state()},
            "tensors_sha256": hashlib.sha256(raw).hexdigest(),
        }
        text = json.dumps(about, allow_nan=False).encode()
        target = self.folder / f"{state.step:08d}"
        hidden = self.folder / f".{target.name}-{secrets.token_hex(4)}"
        try:
            hidden.mkdir(parents=True)
            for name, data in ((TENSORS, raw), (STATE, text)):
                with (hidden / name).open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
            _sync(hidden)
            if target.exists():
                self._drop(target)
            os.replace(hidden, target)
            _sync(self.folder)
        except OSError as error:
            shutil.rmtree(hidden, ignore_errors=True)
            raise _no_room(error, self.folder) from None
        self._tidy(state)
        return target

    def found(self) -> list[Path]:
        """The folders of all checkpoints, the newest first."""
        if not self.folder.is_dir():
            return []
        return sorted((path for path in self.folder.iterdir() if path.is_dir() and path.name.isdigit()), reverse=True)

    def last(self, note: Callable[[str], None] = print) -> Checkpoint | None:
        """The newest sound checkpoint, or None where there is none at all; damaged ones are passed over with a *note*.

        Raises:
            InputError: there are checkpoints, and all are damaged.
        """
        folders = self.found()
        for folder in folders:
            try:
                return self.load(folder)
            except InputError as error:
                note(f"{error.file}: {error.problem}; the checkpoint before it is used")
        if folders:
            raise InputError("every checkpoint is damaged", file=self.folder, remedy="start anew in another folder")
        return None

    def at(self, step: int) -> Checkpoint:
        return self.load(self.folder / f"{step:08d}")

    def best(self, state: State) -> Checkpoint:
        """The best checkpoint of a run that stands at *state*, or the newest where no figure was better than none, or the best one is damaged.

        Raises:
            InputError: there is no sound checkpoint.
        """
        try:
            return self.at(state.step if state.best_step is None else state.best_step)
        except InputError as error:
            newest = self.last()
            if newest is None:
                raise error from None
            return newest

    def load(self, folder: Path) -> Checkpoint:
        """The checkpoint in *folder*. Raises InputError where it is missing, damaged or of another version."""
        remedy = "use an older checkpoint, or start anew"
        try:
            about = json.loads((folder / STATE).read_bytes())
            if about["format_version"] != FORMAT_VERSION:
                raise InputError(f"format version {about['format_version']!r}", file=folder / STATE, remedy=remedy)
            raw = (folder / TENSORS).read_bytes()
            if hashlib.sha256(raw).hexdigest() != about["tensors_sha256"]:
                raise InputError("the tensors are damaged", file=folder / TENSORS, remedy=remedy)
            return Checkpoint(folder, State(**about["state"]), about["settings"], load(raw))
        except InputError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"this is no sound checkpoint ({error})", file=folder, remedy=remedy) from None

    def restore_generators(self, checkpoint: Checkpoint) -> None:
        """Python's, NumPy's and torch's global generators as they were."""
        about = json.loads((checkpoint.folder / STATE).read_bytes())["generators"]
        version, numbers, gauss = about["python"]
        random.setstate((version, tuple(numbers), gauss))
        name, keys, place, has_gauss, cached = about["numpy"]
        np.random.set_state((name, np.array(keys, np.uint32), place, has_gauss, cached))  # noqa: NPY002
        generators = checkpoint.part("generator")
        torch.set_rng_state(generators["cpu"])
        if "cuda" in generators and torch.cuda.is_available():
            torch.cuda.set_rng_state(generators["cuda"])

    def clean(self) -> None:
        """Remove what an interrupted writer left."""
        if self.folder.is_dir():
            for path in self.folder.iterdir():
                if path.name.startswith("."):
                    shutil.rmtree(path, ignore_errors=True)

    def forget_after(self, step: int) -> None:
        """Remove checkpoints later than *step*: the run goes on from there, and what came after will be made again."""
        for folder in self.found():
            if int(folder.name) > step:
                self._drop(folder)

    def _tidy(self, state: State) -> None:
        for folder in self.found()[KEPT:]:
            if int(folder.name) != state.best_step:
                self._drop(folder)

    def _drop(self, folder: Path) -> None:
        # Renamed first: a folder half removed must not look like a damaged checkpoint.
        hidden = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
        os.replace(folder, hidden)
        shutil.rmtree(hidden, ignore_errors=True)


class Interval:
    """When the next checkpoint is due: every *steps* steps, or *minutes* after the last one, whichever comes first; 0 stands for never."""

    def __init__(self, steps: int, minutes: float) -> None:
        self.steps, self.seconds = steps, 60.0 * minutes
        self.last = time.monotonic()

    def __call__(self, step: int) -> bool:
        """Whether it is due after *step*."""
        return bool(self.steps and step % self.steps == 0) or bool(self.seconds and time.monotonic() - self.last >= self.seconds)

    def saved(self) -> None:
        """One has been saved now."""
        self.last = time.monotonic()


def generators(device: torch.device) -> dict[str, Tensor]:
    """The states of torch's generators."""
    found = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(device)
    return found


def check_room(folder: Path, needed: int) -> None:
    """Raise InputError where *folder* cannot be written or has not room for *needed* bytes."""
    make_folder(folder)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            f"{needed / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free",
            file=folder,
            remedy="free some, or choose another folder with --out",
        )


def _no_room(error: OSError, folder: Path) -> InputError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    remedy = (
        f"free some room, then go on with --resume {folder.parent}"
        if full
        else f"make it writable, then go on with --resume {folder.parent}"
    )
    return InputError(f"a checkpoint cannot be written ({error.strerror})", file=folder, remedy=remedy)


def _sync(folder: Path) -> None:
    """Force a folder's entries to the disk, where the system lets folders be opened."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def _numpy_state() -> list[Any]:
    name, keys, place, has_gauss, cached = np.random.get_state(legacy=True)  # noqa: NPY002
    return [name, [int(k) for k in keys], int(place), int(has_gauss), float(cached)]


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value
