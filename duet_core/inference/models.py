"""Trained models by name: those that are bundled, and any that lies in a folder. `infer` is the one door to models and baselines alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..clip import Clip
from ..connections import Connections
from ..errors import InputError
from ..files import digest
from ..model.config import CONFIG, kind_of
from .engine import METHODS, examine
from .update import Kept

DEFAULT = "duet"
"""The bundled model that is used unless the user says otherwise."""
BUNDLED = Path(__file__).resolve().parents[2] / "models"
"""Where bundled models lie, each in a folder of its name."""


def bundled() -> list[str]:
    """The names of the models that are bundled."""
    return sorted(file.parent.name for file in BUNDLED.glob(f"*/{CONFIG}") if is_model(file.parent))


def is_model(folder: Path) -> bool:
    """Whether there is a trained model of connections in *folder*; not whether it is sound."""
    try:
        return kind_of(folder) == "connections"
    except (OSError, ValueError):  # no path at all, such as one that is too long
        return False


def models_in(folder: Path) -> list[Path]:
    """The models' folders in *folder*: itself, or those in it; none where it is gone or cannot be read."""
    if is_model(folder):
        return [folder]
    try:
        return sorted(file.parent for file in folder.glob(f"*/{CONFIG}") if is_model(file.parent))
    except (OSError, ValueError):
        return []


def folder_of(name: str) -> Path:
    """The folder of the model *name*: a folder's path, or else a bundled model's name. Raises InputError, which lists what there is."""
    for folder in (Path(name), BUNDLED / name):
        if is_model(folder):
            return folder
    raise InputError(
        f"no method or model is called {name!r}", place="--model", remedy=f"give {', '.join([*METHODS, *bundled()])}, or a model's folder"
    )


def fingerprint(name: str) -> str:
    """What tells one method or model from all others: its name, and a model's hash (of its configuration, where its weights' hash stands).

    Raises InputError as `folder_of`.
    """
    if name in METHODS:
        return name
    folder = folder_of(name)
    return f"{folder.name} {digest(folder / CONFIG)}"


def infer(
    clip: Clip,
    method: str = DEFAULT,
    *,
    window: int | None = None,
    stride: int | None = None,
    seed: int = 0,
    kept: Kept | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Connections:
    """The connections between the two dancers of *clip*, found by a bundled model, one in a folder, or a baseline.

    Args:
        clip: a duet.
        method: a bundled model's name, a model's folder, or one of `METHODS`.
        window, stride: in frames of the clip; by default 4 s and 0.5 s.
        seed: of the shifts that the null is made with.
        kept: windows that a model has seen before and need not look at again (`update`); baselines look at the whole take each time.
        progress: called with the share done, 0..1, from this thread.
        cancelled: asked now and then; true stops the work.

    Raises:
        InputError: no duet, an unknown method, a damaged model, or a window or stride that does not fit.
        Cancelled: *cancelled* said so.
    """
    if method in METHODS:
        return examine(clip, method, window=window, stride=stride, seed=seed, progress=progress, cancelled=cancelled)[0]
    from . import runtime

    model = runtime.load(folder_of(method))
    return model.infer(clip, window=window, stride=stride, seed=seed, kept=kept, progress=progress, cancelled=cancelled)
