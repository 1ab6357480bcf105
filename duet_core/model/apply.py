"""A trained model at work on clips, with torch: what the benchmarks and the command line use where torch is at hand."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..clip import Clip
from ..evaluation.prediction import HORIZONS, errors
from ..inference.confidence import Calibration, read_calibration
from ..inference.learned import Answer, Learned, both
from .gumbel import expected_gates
from .nri import NeuralRelationalInference
from .weights import load_model


class Trained(Learned):
    """A trained model that answers by torch."""

    def __init__(self, name: str, model: NeuralRelationalInference, calibration: Calibration, fingerprint: str = "") -> None:
        super().__init__(name, model.settings, calibration, fingerprint)
        self.model = model.eval()

    @torch.no_grad()
    def answer(self, windows: NDArray[np.float32], parents: NDArray[np.int64]) -> Answer:
        """Logits for windows (n, T, 2, J, 3); a time-varying posterior is averaged over the window."""
        posterior = self.model.encode(torch.from_numpy(np.ascontiguousarray(windows)), torch.from_numpy(parents))
        types = posterior.probabilities().mean(dim=1).clamp(min=1e-9).log()
        shape = types.shape[:-1]
        kinds = torch.zeros(*shape, self.model.settings.kinds) if posterior.kinds is None else posterior.kinds
        lags = torch.zeros(*shape, self.model.settings.lags) if posterior.lags is None else posterior.lags
        return Answer(types.numpy(), kinds.float().numpy(), lags.float().numpy())

    def prediction_errors(self, clip: Clip, every: int = 5) -> dict[str, dict[str, float]]:
        """`evaluation.prediction.errors` of the decoder through the expected gates. Raises ValueError without a decoder."""
        if self.model.decoder is None:
            raise ValueError(f"{self.name} has no decoder")
        settings = self.settings
        parents = torch.tensor(clip.skeleton.parents)
        context = settings.frames - max(HORIZONS)

        @torch.no_grad()
        def predict(known: NDArray[np.float32], frames: int) -> NDArray:
            result = []
            for part in np.array_split(known, max(1, len(known) // 16)):
                told = torch.from_numpy(np.ascontiguousarray(part))
                # The encoder sees the known frames alone.
                posterior = self.model.encode(told, parents)
                room = torch.cat([told, told[:, -1:].expand(-1, frames, -1, -1, -1)], dim=1)
                prediction = self.model.decode(room, parents, posterior, expected_gates(posterior.types), teacher=told.shape[1])
                result.append(prediction.positions[:, -frames:].numpy())
            return np.concatenate(result)

        return errors(both(clip, settings.rate), predict, context=context, every=every)


def load(folder: str | PathLike[str]) -> Trained:
    """The model in *folder* (`weights.save_model`). Raises InputError where there is none."""
    model, config = load_model(folder)
    return Trained(Path(folder).resolve().name, model, read_calibration(config, Path(folder)), config["weights_sha256"][:16])
