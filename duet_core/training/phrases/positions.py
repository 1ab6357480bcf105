"""Phrases drawn from a model of joints' positions, as the predecessor drew them; there to be compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import InputError
from ...generation.packing import unpacked
from ...inference.runtime.safetensors import parse
from ...model.config import WEIGHTS, read_config, read_weights
from ...model.phrase_settings import PhraseSettings
from ...model.vae import PhraseVae


@torch.no_grad()
def drawn(folder: Path, many: int, temperature: float, seed: int) -> NDArray[np.float32]:
    """(N, T, J, 3) metres from the model in *folder*: latent numbers of the standard normal times *temperature*."""
    config = read_config(folder)
    settings = PhraseSettings.from_dict(config["model"])
    if settings.representation != "positions":
        raise InputError("this is no model of positions", file=folder, remedy="train one with --set model.representation=positions")
    joints = len(config["skeleton"]["joints"])
    model = PhraseVae(settings, 3 * joints * settings.dancers)
    tensors = unpacked(parse(read_weights(folder, config)))
    own = {key.removeprefix("network."): torch.from_numpy(value) for key, value in tensors.items() if key.startswith("network.")}
    missing = model.load_state_dict(own, strict=False)
    if missing.unexpected_keys:
        raise InputError("the weights do not fit the model", file=folder / WEIGHTS, remedy="train it anew")
    generator = torch.Generator().manual_seed(seed)
    latent = temperature * torch.randn(many, settings.latent, generator=generator)
    return model.eval().decode(latent).reshape(many, settings.frames, joints, 3).numpy()
