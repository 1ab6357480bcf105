"""A model's ``config.json``, read without torch: whoever runs a model, with torch or without, asks here what it is."""

from __future__ import annotations

import hashlib
import json
from os import PathLike
from pathlib import Path
from typing import Any

from ..connections import KINDS
from ..errors import InputError

FORMAT_VERSION = 1
WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"


def kind_of(folder: str | PathLike[str]) -> str | None:
    """What the model in *folder* is for: ``connections``, or what its configuration says under ``kind``; None where there is none. Not whether it is sound."""
    try:
        config = json.loads((Path(folder) / CONFIG).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):  # whoever loads it will say what is wrong
        return "connections" if (Path(folder) / CONFIG).is_file() else None
    return str(config.get("kind", "connections")) if isinstance(config, dict) else "connections"


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


def read_weights(folder: str | PathLike[str], config: dict[str, Any]) -> bytes:
    """The bytes of ``model.safetensors``. Raises InputError where they cannot be read, or are not those that *config* describes."""
    file = Path(folder) / WEIGHTS
    remedy = "copy the folder again, or train the model anew"
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(f"the weights cannot be read ({error.strerror})", file=file, remedy=remedy) from None
    if hashlib.sha256(raw).hexdigest() != config["weights_sha256"]:
        raise InputError("the weights are not those that config.json describes", file=file, remedy=remedy)
    return raw
