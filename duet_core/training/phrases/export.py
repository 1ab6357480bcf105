"""From a checkpoint to a model folder: weights in few bits, where real phrases lie among the latent numbers, and a card."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...connections import KINDS
from ...files import make_folder, written
from ...generation import channels
from ...generation.packing import packed, unpacked
from ...inference.runtime.safetensors import pack
from ...model.config import CARD, CONFIG, FORMAT_VERSION, WEIGHTS
from ...model.vae import PhraseVae
from ..checkpoints import Checkpoints, State
from ..record import validated_at
from .card import card
from .data import Phrases, all_windows
from .density import mixture
from .settings import KIND, GeneratorSettings

PARTS = 64
"""Normal distributions that the density of latent numbers is made of."""


def export(
    settings: GeneratorSettings,
    found: Phrases,
    store: Checkpoints,
    state: State,
    rows: list[dict[str, Any]],
    folder: Path,
    name: str,
    command: str,
) -> Path:
    """Write the best checkpoint (its running mean, if there is one) as a model folder."""
    from .loop import new_model

    checkpoint = store.best(state)
    step = checkpoint.state.step
    model = new_model(settings, found)
    model.load_state_dict(checkpoint.part("mean") or checkpoint.part("model"), strict=False)
    figures = validated_at(step, rows)
    text = card(name, settings, found, figures, step, sum(p.numel() for p in model.parameters()), command)
    return write(settings, found, model, folder, text, {"step": step, "validation": figures})


def write(settings: GeneratorSettings, found: Phrases, model: PhraseVae, folder: Path, text: str, extra: dict[str, Any]) -> Path:
    """Write *model* with its density and its card *text*. All files appear, or none."""
    from .loop import represented

    root = make_folder(folder)
    weights = packed({key: value.cpu().numpy() for key, value in model.state_dict().items()})
    # What is written is what the density is fitted on.
    model.load_state_dict({key: torch.from_numpy(value) for key, value in unpacked(weights).items()}, strict=False)
    model.eval()
    windows = all_windows(found.training, settings.model.frames, settings.model.rate)
    both = np.concatenate([windows, channels.mirrored(windows, found.skeleton).astype(np.float32)])
    with torch.no_grad():
        numbers = torch.from_numpy(represented(settings, found, both)).flatten(2)
        latent = torch.cat([model.encode(part)[0] for part in numbers.split(256)]).numpy()
    tensors = {f"network.{key}": value for key, value in weights.items()}
    tensors |= {f"density.{key}": value.astype(np.float16) for key, value in mixture(latent, PARTS, np.random.default_rng(0)).items()}
    raw = pack({key: np.ascontiguousarray(value) for key, value in tensors.items()})
    config = {
        "format_version": FORMAT_VERSION,
        "kind": KIND,
        "model": settings.model.to_dict(),
        "kinds": KINDS,
        "skeleton": json.loads(found.skeleton.to_json()),
        "rest": np.round(found.body.rest, 5).tolist(),
        "lengths": np.round(found.body.lengths, 5).tolist(),
        "weights_sha256": hashlib.sha256(raw).hexdigest(),
        "extra": {**extra, "settings": settings.to_dict(), "takes": [list(take) for take in found.found.takes]},
    }
    with written(root / CONFIG) as config_file, written(root / CARD) as card_file, written(root / WEIGHTS) as weights_file:
        weights_file.write_bytes(raw)
        card_file.write_text(text, "utf-8")
        config_file.write_text(json.dumps(config, indent=1, allow_nan=False) + "\n", "utf-8")
    return root
