"""The training loop, to be read from top to bottom: `train` prepares, then goes epoch by epoch, and ends with a model folder."""

from __future__ import annotations

import contextlib
import json
import math
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError
from ..files import written
from ..model.nri import NeuralRelationalInference
from ..model.weights import save_model
from . import checkpoints as saving
from .batches import Batches, with_steps
from .beginning import learning_mode, new_model
from .calibrate import calibration
from .card import card
from .checkpoints import Checkpoint, Checkpoints, State
from .compiling import compile_parts
from .curves import picture
from .data import Material, validation_windows
from .device import autocast_of, device_of, prepare_torch
from .names import CURVES, MODEL, SETTINGS
from .norms import share_norms
from .objective import Objective
from .optimiser import RunningMean, adamw, learning_rate, named_moments, restore_moments
from .processes import Processes
from .record import Console, Record, epoch_line, validated_at
from .settings import FIGURES, Settings
from .step import Step
from .stills import still
from .validation import validate


@dataclass(frozen=True)
class Ended:
    """How a run ended: whether it was interrupted, at which step (of *total*), the best figure and its step, and the last row of metrics."""

    interrupted: bool
    step: int
    best: float | None
    best_step: int | None
    row: dict[str, Any]
    total: int = 0


def train(
    settings: Settings,
    found: Material,
    folder: Path,
    *,
    name: str = "model",
    command: str = "",
    quiet: bool = False,
    stop: Callable[[int], bool] | None = None,
    processes: Processes | None = None,
) -> Ended:
    """Train in *folder*: from the newest checkpoint there, or from the start where there is none.

    Args:
        found: the takes (`data.material`).
        name, command: for the model card.
        stop: asked after each step; where it says so the run is saved and ends as if it had been interrupted.
        processes: those that train together (`processes.joined`), of which the first one alone writes; none others by default.

    Raises:
        InputError: the folder cannot be written or has no room, all checkpoints are damaged, or the loss stops being a number.
    """
    processes = processes or Processes()
    device = device_of(settings.run, processes)
    prepare_torch(settings.run, device)
    autocast = autocast_of(settings.run, device)

    # The model, what it learns from, and what judges it.
    model = new_model(settings).to(device)
    if not processes.alone:
        share_norms(model)
    optimiser = adamw(model, settings.optimiser)
    mean = RunningMean(model, settings.optimiser.ema) if settings.optimiser.ema else None
    batches = processes.agreed(lambda: Batches(settings, found, processes.rank, processes.count))
    given, settings = settings, with_steps(settings, found)
    objective = Objective(settings)
    validation = validation_windows(settings, found)

    # Where an earlier run stopped.
    store = Checkpoints(folder)
    quiet = quiet or not processes.first
    console = Console(settings.total_steps, 0, quiet=quiet)
    checkpoint = processes.of_the_first(processes.agreed(lambda: begin(given, store, folder, model, console) if processes.first else None))
    state = State()
    if checkpoint:
        state = processes.agreed(lambda: restored(checkpoint, store, model, optimiser, mean, writes=processes.first))
        console = Console(settings.total_steps, state.step, quiet=quiet)
        console.line(f"going on after step {state.step} of {settings.total_steps}")
    record = Record(folder, state.step, tensorboard=settings.run.tensorboard, note=console.line) if processes.first else None
    due = saving.Interval(settings.run.checkpoint_steps, settings.run.checkpoint_minutes)
    if settings.run.compile:
        compile_parts(model, console.line)
    learn = Step(settings, model, objective, optimiser, device, autocast, processes)

    def save() -> None:
        if not processes.first:
            return
        saved = {"model": model.state_dict(), "optimiser": named_moments(model, optimiser), "generator": saving.generators(device)}
        if mean:
            saved["mean"] = mean.values
        store.save(state, given.to_dict(), saved)
        due.saved()

    if not checkpoint:
        save()  # an unwritable or full disk shows itself now, and a kill at any moment finds something to go on from

    run = settings.run
    clock, windows_seen = time.monotonic(), 0
    stream = batches.stream(state.step, settings.total_steps)
    with (
        interruption(processes) as interrupted,
        contextlib.closing(stream),
        contextlib.closing(record) if record else contextlib.nullcontext(),
    ):
        while state.step < settings.total_steps and not state.finished:
            # One step.
            step, batch = state.step, next(stream)
            now = objective.at(step)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(settings.optimiser, step, settings.total_steps, state.plateau)
            learning_mode(model)
            parts = learn(batch, now)
            if mean:
                mean.update(model, step)
            state.step += 1
            windows_seen += len(batch) * processes.count  # shares differ by one window at most
            epoch = math.ceil(state.step / run.steps)
            note(state, parts)
            console.step(state.step, epoch, run.epochs)

            # Within an epoch: checkpoints, and a wish to stop.
            wished = bool(interrupted) or (stop is not None and stop(state.step))
            stopping = any(processes.sums([wished]))  # wherever it was wished for, all stop after the same step
            if state.step % run.steps:
                if stopping or due(state.step):
                    refuse_nonsense(state, folder)
                    save()
                if stopping:
                    break
                continue

            # The end of an epoch: figures, the best so far, a row for the files, a checkpoint.
            refuse_nonsense(state, folder)
            row: dict[str, Any] = {"epoch": epoch, "step": state.step, "lr": optimiser.param_groups[0]["lr"], **now._asdict()}
            row |= {f"train/{key}": state.sums[key] / state.counts[key] for key in state.sums}
            better = False
            if epoch % run.validate_every == 0 or epoch == run.epochs:
                with averaged(model, mean):
                    figures = validate(model, objective, validation, device, autocast, processes)
                row |= {f"validation/{key}": value for key, value in figures.items()}
                better = judged(state, figures, settings)
            spent = time.monotonic() - clock
            times = {"epoch": epoch, "step": state.step, "seconds": spent, "windows_per_second": windows_seen / max(spent, 1e-9)}
            if record:
                record.add(row, times)
                if run.still_every and (epoch % run.still_every == 0 or epoch == run.epochs):
                    with averaged(model, mean):
                        record.add_still(epoch, state.step, still(model, validation, device, autocast, f"{name}, epoch {epoch}"))
                with written(folder / CURVES) as path:
                    path.write_bytes(picture(record.rows, name))
            state.sums, state.counts = {}, {}
            state.finished = bool(run.patience) and state.waited >= run.patience
            save()
            console.line(epoch_line(row, times, run.epochs, console.left(state.step), best=better))
            if state.finished and epoch < run.epochs:
                console.line(f"no better {run.figure} in {run.patience} validations: it ends here")
            clock, windows_seen = time.monotonic(), 0
            if stopping:
                break

    done = state.finished or state.step >= settings.total_steps
    row = record.rows[-1] if record and record.rows else {}
    if done and record:
        export(given, settings.total_steps, found, store, state, record.rows, folder, name, command)
    return Ended(not done, state.step, state.best, state.best_step, row, settings.total_steps)


def begin(settings: Settings, store: Checkpoints, folder: Path, model: torch.nn.Module, console: Console) -> Checkpoint | None:
    """Make sure that the run can be written, write its settings, and return the checkpoint to go on from, if there is one."""
    saving.check_room(folder, room_for(model))
    store.clean()
    checkpoint = store.last(console.line)
    with written(folder / SETTINGS) as path:
        path.write_text(json.dumps(settings.to_dict(), indent=1) + "\n", "utf-8")
    return checkpoint


def judged(state: State, figures: dict[str, float], settings: Settings) -> bool:
    """Whether this validation is the best so far; *state* keeps count of it, for early stopping and the plateau schedule."""
    figure = figures.get(settings.run.figure, math.nan)
    if math.isnan(figure):
        raise InputError(
            f"{settings.run.figure} cannot be measured on these validation takes",
            place="run.figure",
            remedy="give more or longer takes to validate on, or choose another figure",
        )
    more = FIGURES[settings.run.figure]
    better = state.best is None or (figure > state.best if more else figure < state.best)
    if better:
        state.best, state.best_step, state.waited, state.plateau_waited = figure, state.step, 0, 0
        return True
    state.waited += 1
    state.plateau_waited += 1
    if settings.optimiser.schedule == "plateau" and state.plateau_waited >= settings.optimiser.patience:
        state.plateau *= settings.optimiser.factor
        state.plateau_waited = 0
    return False


def export(
    settings: Settings,
    total: int,
    found: Material,
    store: Checkpoints,
    state: State,
    rows: list[dict[str, Any]],
    folder: Path,
    name: str,
    command: str,
) -> Path:
    """Write the best checkpoint's model (its running mean, if there is one) as a model folder."""
    checkpoint = store.best(state)
    step = checkpoint.state.step
    model = NeuralRelationalInference(settings.model)
    model.load_state_dict(checkpoint.part("mean") or checkpoint.part("model"))
    figures = validated_at(step, rows)
    parameters = sum(p.numel() for p in model.parameters())
    text = card(name, settings, found, figures, step, total, parameters, command)
    extra = {
        "settings": settings.to_dict(),
        "step": step,
        "validation": figures,
        "calibration": calibration(model, settings, found),
        "takes": [list(take) for take in found.takes],
    }
    return save_model(folder / MODEL, model, text, extra)


def restored(
    checkpoint: Checkpoint,
    store: Checkpoints,
    model: NeuralRelationalInference,
    optimiser: torch.optim.Optimizer,
    mean: RunningMean | None,
    writes: bool = True,
) -> State:
    """Put model, optimiser, running mean and random generators back as they were; returns the state. Only who *writes* sees the checkpoint's files."""
    try:
        model.load_state_dict(checkpoint.part("model"))
        restore_moments(model, optimiser, checkpoint.part("optimiser"))
        if mean:
            mean.values = {key: value.to(mean.values[key].device) for key, value in checkpoint.part("mean").items()}
        if writes:
            store.restore_generators(checkpoint)
    except (RuntimeError, KeyError, ValueError, TypeError) as error:
        raise InputError(
            f"it does not fit these settings ({str(error)[:160]})", file=checkpoint.folder, remedy="resume with the settings it began with"
        ) from None
    if writes:
        store.forget_after(checkpoint.state.step)
    return checkpoint.state


def note(state: State, parts: dict[str, float]) -> None:
    """Add the parts of a step's loss to the sums of its epoch."""
    for key, value in parts.items():
        state.sums[key] = state.sums.get(key, 0.0) + value
        state.counts[key] = state.counts.get(key, 0) + 1


def refuse_nonsense(state: State, folder: Path) -> None:
    """Raise InputError where the loss is no number any more, before such weights are saved."""
    if not all(map(math.isfinite, state.sums.values())):
        raise InputError(
            f"the loss is no number any more at step {state.step}",
            file=folder,
            remedy=f"the checkpoint before it is sound: try --resume {folder} with a lower optimiser.lr or optimiser.clip",
        )


@contextlib.contextmanager
def averaged(model: NeuralRelationalInference, mean: RunningMean | None) -> Iterator[None]:
    """The model with its running mean in place of its weights."""
    if mean is None:
        yield
        return
    own = {key: value.detach().clone() for key, value in model.state_dict().items()}
    model.load_state_dict(mean.values)
    try:
        yield
    finally:
        model.load_state_dict(own)


@contextlib.contextmanager
def interruption(processes: Processes | None = None) -> Iterator[list[int]]:
    """A list that is empty until somebody presses Ctrl-C or asks the process to end; a second Ctrl-C ends it at once."""
    asked: list[int] = []
    first = 0.0

    def ask(number: int, _: Any) -> None:
        nonlocal first
        if not asked:
            first = time.monotonic()
        # Of one Ctrl-C one of several processes hears twice: from the terminal, and from who started it.
        elif not processes or (processes.alone and not processes.restarts) or time.monotonic() - first > 2.0:
            raise KeyboardInterrupt
        asked.append(number)

    before: dict[signal.Signals, Any] = {}
    try:
        # SIGBREAK is what a process can send to another on Windows; SIGHUP comes when a terminal is closed, and is ignored under nohup.
        others = [getattr(signal, name) for name in ("SIGBREAK", "SIGHUP") if hasattr(signal, name)]
        for number in (signal.SIGINT, signal.SIGTERM, *(n for n in others if signal.getsignal(n) is not signal.SIG_IGN)):
            before[number] = signal.signal(number, ask)
    except ValueError:
        pass  # not in the main thread: whoever called sees to it
    try:
        yield asked
    finally:
        for caught, handler in before.items():
            signal.signal(caught, signal.SIG_DFL if handler is None else handler)  # None: not Python's, as Blender's own


def room_for(model: torch.nn.Module) -> int:
    """Bytes that a run may come to need: its checkpoints (weights, two moments, a running mean; one more while it is written), the model, and the rest."""
    weights = sum(value.numel() * value.element_size() for value in model.state_dict().values())
    return (saving.KEPT + 2) * (4 * weights + 100_000) + 2 * weights + 20_000_000
