"""A trained model at work with NumPy alone: the same interface, and but for rounding the same numbers, as ``duet_core/model/apply.py`` with torch."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...model.config import CONFIG, WEIGHTS, read_config, read_weights
from ...model.settings import ModelSettings
from ..confidence import Calibration, read_calibration
from ..learned import Answer, Learned
from ..side_by_side import side_by_side
from . import safetensors
from .bodies import Parents
from .family import CompactEncoder, DynamicEncoder, GcnEncoder, RecurrentEncoder
from .heads import Posterior
from .layers import Floats, log_softmax
from .volume import VolumeEncoder
from .weights import Weights


class Encoder(Protocol):
    """Windows (B, T, 2, J, 3), metres, without gaps, and parents (J,) → `Posterior`."""

    def __call__(self, positions: Floats, parents: Parents) -> Posterior: ...


ENCODERS: dict[str, Callable[[Weights, ModelSettings], Encoder]] = {
    "gcn": GcnEncoder,
    "compact": CompactEncoder,
    "recurrent": RecurrentEncoder,
    "dynamic": DynamicEncoder,
    "volume": VolumeEncoder,
}


class Trained(Learned):
    """A trained model that answers by NumPy."""

    def __init__(self, name: str, encoder: Encoder, settings: ModelSettings, calibration: Calibration, fingerprint: str = "") -> None:
        super().__init__(name, settings, calibration, fingerprint)
        self.encoder = encoder

    def encode(self, windows: NDArray[np.float32], parents: NDArray[np.int64]) -> Posterior:
        """The posterior over all candidates of windows (B, T, 2, J, 3), metres, without gaps."""
        return self.encoder(np.ascontiguousarray(windows, np.float32), np.asarray(parents, np.int64))

    def answer(self, windows: NDArray[np.float32], parents: NDArray[np.int64]) -> Answer:
        """Logits for windows (n, T, 2, J, 3), one at a time; a time-varying posterior is averaged over the window."""
        each = side_by_side(lambda window: self._one(window[None], parents), windows)
        return Answer(*(np.concatenate(part) for part in zip(*each, strict=True)))

    def _one(self, windows: NDArray[np.float32], parents: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        posterior = self.encode(windows, parents)
        probability = np.exp(log_softmax(posterior.types)).mean(axis=1)
        return np.log(np.maximum(probability, np.float32(1e-9))), posterior.kinds, posterior.lags


def load(folder: str | PathLike[str]) -> Trained:
    """The model in *folder* that `train.py` wrote. Raises InputError where there is none, where it is damaged, or where it cannot run here."""
    root = Path(folder)
    config = read_config(root)
    settings = ModelSettings.from_dict(config["model"])
    if settings.encoder not in ENCODERS:
        raise InputError(
            f"the encoder {settings.encoder!r} cannot run without torch",
            file=root / CONFIG,
            place="model",
            remedy=f"train one of: {', '.join(ENCODERS)}",
        )
    tensors = safetensors.parse(read_weights(root, config), root / WEIGHTS)
    weights = Weights(tensors, root / WEIGHTS).under("encoder")
    encoder = ENCODERS[settings.encoder](weights, settings)
    weights.all_taken()
    return Trained(root.resolve().name, encoder, settings, read_calibration(config, root), config["weights_sha256"][:16])
