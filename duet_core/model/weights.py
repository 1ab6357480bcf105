"""A model's files: ``model.safetensors``, ``config.json`` and the model card ``README.md`` in one folder. Never pickles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save

from ..connections import KINDS
from ..errors import InputError
from ..files import make_folder, written
from .nri import NeuralRelationalInference
from .settings import ModelSettings

FORMAT_VERSION = 1
WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"


def save_model(folder: str | PathLike[str], model: NeuralRelationalInference, card: str, extra: Mapping[str, Any] | None = None) -> Path:
    """Write *model* with its *card* (Markdown) into *folder*; *extra* is kept in the configuration. All files appear, or none."""
    root = make_folder(folder)
    weights = save({name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()})
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
    remedy = "copy the folder again, or train the model anew"
    try:
        raw = (root / WEIGHTS).read_bytes()
    except OSError as error:
        raise InputError(f"the weights cannot be read ({error.strerror})", file=root / WEIGHTS, remedy=remedy) from None
    if hashlib.sha256(raw).hexdigest() != config["weights_sha256"]:
        raise InputError("the weights are not those that config.json describes", file=root / WEIGHTS, remedy=remedy)
    model = NeuralRelationalInference(settings)
    try:
        model.load_state_dict(load(raw))
    except (SafetensorError, RuntimeError, ValueError, KeyError) as error:
        raise InputError(f"the weights do not fit the model ({str(error)[:200]})", file=root / WEIGHTS, remedy=remedy) from None
    return model.eval(), config


def read_config(folder: str | PathLike[str]) -> dict[str, Any]:
    """The configuration of the model in *folder*. Raises InputError where it is missing, unreadable or of another format."""
    file = Path(folder) / CONFIG
    remedy = "give the folder of a model that train.py wrote"
    try:
        config = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"there is no model here ({error.strerror})", file=file, remedy=remedy) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON ({error})", file=file, remedy=remedy) from None
    if not isinstance(config, dict) or config.get("format_version") != FORMAT_VERSION:
        version = config.get("format_version") if isinstance(config, dict) else None
        raise InputError(f"format version {version!r}", file=file, place="format_version", remedy=f"version {FORMAT_VERSION} is expected")
    if not isinstance(config.get("model"), dict) or not isinstance(config.get("weights_sha256"), str):
        raise InputError("the model's settings or its weights' hash are missing", file=file, remedy=remedy)
    if tuple(config.get("kinds", ())) != KINDS:
        raise InputError("the kinds are unknown", file=file, place="kinds", remedy=remedy)
    return config
