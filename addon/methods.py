"""By what connections can be found: bundled models, models in the user's folders, and baselines, as the choices of an enum."""

from __future__ import annotations

import time
import zlib
from pathlib import Path
from typing import Any

from ..duet_core.inference import METHODS
from ..duet_core.inference.models import DEFAULT, bundled, is_model, models_in
from .preferences import model_folder
from .wording import said

Item = tuple[str, str, str, int]

TITLES = {"granger": "Ridge-Granger", "crosscorr": "Cross-Correlation", "entropy": "Transfer Entropy", "ridge": "Plain Ridge"}

_LOOK_AGAIN = 3.0
"""Seconds for which a folder's list of models is taken as it was: panels ask at every drawing."""

_chosen: set[str] = set()
"""Folders of models that scenes of this session have chosen."""


def _own() -> list[Item]:
    models = sorted(bundled(), key=lambda name: name != DEFAULT)
    said = [(name, f"Model {name.capitalize()}", "Trained model: finds leads, holds, unison, mirrors and oppositions") for name in models]
    said += [(name, TITLES.get(name, name.capitalize()), text[0].upper() + text[1:]) for name, text in METHODS.items()]
    return [(*item, number) for number, item in enumerate(said)]


BUNDLED = _own()
"""What is always there; the bundled model first, which is the default."""

_known: dict[str, Any] = {"folder": None, "until": 0.0, "items": BUNDLED}
"""Blender keeps no copy of the words of a list that a function made: they must stay alive here."""


def method_items(self: Any = None, context: Any = None) -> list[Item]:
    """All methods, as the items of an enum. A model in a folder has its path as identifier, and a number that is always the same.

    A model that was chosen and is gone stays among them, and says so: a list without the chosen one would show nothing at all.
    """
    folder = model_folder()
    now = time.monotonic()
    kept = getattr(self, "method_kept", "")
    if kept and kept not in _chosen and all(kept != name for name, *_ in BUNDLED):
        choose(kept)
    if folder != _known["folder"] or now > _known["until"]:
        there = [str(path) for path in models_in(folder)] if folder else []
        items = BUNDLED + [_item(path) for path in there]
        items += [_item(path, gone=not is_model(Path(path))) for path in sorted(_chosen.difference(there))]
        if items != _known["items"]:
            _known["items"] = items
        _known.update(folder=folder, until=now + _LOOK_AGAIN)
    return _known["items"]


def choose(path: str) -> None:
    """Have the model in the folder *path* among the methods, wherever it lies."""
    _chosen.add(path)
    look_again()


def look_again() -> None:
    """Have the folder read at the next asking: something was put into it."""
    _known["until"] = 0.0


def _item(path: str, *, gone: bool = False) -> Item:
    number = 1000 + zlib.crc32(path.encode()) % (2**31 - 2000)
    name = Path(path).name
    if gone:
        return path, said("Model {name} (missing)", name=name), said("There was a trained model in {folder}", folder=path), number
    return path, said("Model {name}", name=name), said("A trained model in {folder}", folder=path), number
