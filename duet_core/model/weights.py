"""A model's files: ``model.safetensors``, ``config.json`` and the model card ``README.md`` in one folder. Never pickles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from ..connections import KINDS
from ..errors import InputError
from ..files import make_folder, written
from .config import CARD, CONFIG, FORMAT_VERSION, WEIGHTS, read_config, read_weights
from .nri import NeuralRelationalInference
from .settings import ModelSettings
from .tensors import load, save


def save_model(folder: str | PathLike[str], model: NeuralRelationalInference, card: str, extra: Mapping[str, Any] | None = None) -> Path:
    """Write *model* with its *card* (Markdown) into *folder*; *extra* is kept in the configuration. All files appear, or none."""
    root = make_folder(folder)
    weights = save(model.state_dict())
    config = {
        "format_version": FORMAT_VERSION,
        "model": model.settings.to_dict(),
        "types": model.settings.type_names,
        "kinds": KINDS,
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "extra": dict(extra or {}),
    }
    text = json.dumps(config, indent=1, allow_nan=False) + "\n"
    # Everything is on disk before the first name changes, and the hash tells if the names changed only in part.
    with written(root / CONFIG) as config_file, written(root / CARD) as card_file, written(root / WEIGHTS) as weights_file:
        weights_file.write_bytes(weights)
        card_file.write_text(card, "utf-8")
        config_file.write_text(text, "utf-8")
    return root


def load_model(folder: str | PathLike[str]) -> tuple[NeuralRelationalInference, dict[str, Any]]:
    """The model that `save_model` wrote, ready to infer, and its whole configuration. Raises InputError on anything else."""
    root = Path(folder)
    config = read_config(root)
    settings = ModelSettings.from_dict(config["model"])
    raw = read_weights(root, config)
    model = NeuralRelationalInference(settings)
    try:
        model.load_state_dict(load(raw))
    except (RuntimeError, ValueError, KeyError) as error:
        raise InputError(
            f"the weights do not fit the model ({str(error)[:200]})",
            file=root / WEIGHTS,
            remedy="copy the folder again, or train the model anew",
        ) from None
    return model.eval(), config
