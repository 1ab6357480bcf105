"""The variational autoencoder of phrases: LSTM layers read a window, 256 numbers stand for it, an LSTM dances it again.

What is learned are deviations from a linear path. It writes the window as cosines over time and these as a linear map of the latent numbers, and is set
to the principal components of the training windows before training begins; the LSTM of the encoder adds to the latent numbers, that of the decoder to
the frames. So training begins where principal components end, and the decoder, which is given what the linear path dances, sees what it corrects.

Channels are made comparable first: less their mean, times a weight that turns them into metres of joints' displacement, over one common scale.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..generation.runtime import cosines
from .phrase_settings import PhraseSettings


class Passed(NamedTuple):
    """What the network makes of windows (B, T, N): the windows again, and mean and log variance (B, Z) of the latent numbers."""

    windows: Tensor
    mean: Tensor
    log_variance: Tensor


class PhraseVae(nn.Module):
    """Windows (B, T, N), N numbers in each frame (channels of all dancers), as given: what is done to make them comparable is part of the network."""

    def __init__(self, settings: PhraseSettings, numbers: int) -> None:
        super().__init__()
        self.settings, self.numbers = settings, numbers
        s = settings
        self.register_buffer("centre", torch.zeros(numbers))
        self.register_buffer("weight", torch.ones(numbers))  # of each number, over the common scale
        step = s.stack * numbers
        self.reader = nn.LSTM(step, s.hidden, s.layers, batch_first=True, dropout=s.dropout if s.layers > 1 else 0.0)
        self.dropout = nn.Dropout(s.dropout)
        self.mean = nn.Linear(s.hidden, s.latent)
        self.log_variance = nn.Linear(s.hidden, s.latent)
        self.begin = nn.Linear(s.latent, 2 * s.decoder_layers * s.hidden)
        given = step if s.linear else s.latent
        self.dancer = nn.LSTM(given, s.hidden, s.decoder_layers, batch_first=True, dropout=s.dropout if s.decoder_layers > 1 else 0.0)
        self.out = nn.Linear(s.hidden, step)
        if s.linear:
            self.into = nn.Linear(s.linear * numbers, s.latent)
            self.back = nn.Linear(s.latent, s.linear * numbers)
            self.register_buffer("cosines", torch.from_numpy(cosines(s.frames, s.linear)), persistent=False)
            for added in (self.mean, self.out):
                nn.init.zeros_(added.weight)
                nn.init.zeros_(added.bias)
        nn.init.zeros_(self.log_variance.weight)
        nn.init.constant_(self.log_variance.bias, -7.0)

    def encode(self, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, Z) of the latent numbers."""
        s = self.settings
        x = self.compared(windows)
        read, _ = self.reader(x.reshape(len(x), s.frames // s.stack, -1))
        last = self.dropout(read[:, -1])
        mean = self.mean(last)
        if s.linear:
            mean = mean + self.into(torch.einsum("btn,tk->bkn", x, self._cosines).reshape(len(x), -1))
        return mean, self.log_variance(last).clamp(-12.0, 4.0)

    def decode(self, latent: Tensor) -> Tensor:
        """Windows (B, T, N) that latent numbers (B, Z) stand for."""
        s = self.settings
        batch = len(latent)
        hidden, cell = torch.tanh(self.begin(latent)).reshape(batch, 2, s.decoder_layers, s.hidden).permute(1, 2, 0, 3)
        steps = s.frames // s.stack
        linear: Tensor | None = None
        if s.linear:
            linear = torch.einsum("bkn,tk->btn", self.back(latent).reshape(batch, s.linear, -1), self._cosines)
            given = linear.reshape(batch, steps, -1)
        else:
            given = latent[:, None].expand(-1, steps, -1)
        danced, _ = self.dancer(given, (hidden.contiguous(), cell.contiguous()))
        frames = self.out(danced).reshape(batch, s.frames, -1)
        return self.restored(frames if linear is None else frames + linear)

    def forward(self, windows: Tensor, noise: float = 1.0) -> Passed:
        """Through the bottleneck, with *noise* times the posterior's own deviation added to the latent numbers."""
        mean, log_variance = self.encode(windows)
        latent = mean + noise * torch.randn_like(mean) * torch.exp(0.5 * log_variance) if noise else mean
        return Passed(self.decode(latent), mean, log_variance)

    def compared(self, windows: Tensor) -> Tensor:
        return (windows - cast(Tensor, self.centre)) * cast(Tensor, self.weight)

    def restored(self, frames: Tensor) -> Tensor:
        return frames.float() / cast(Tensor, self.weight) + cast(Tensor, self.centre)

    @property
    def _cosines(self) -> Tensor:
        return cast(Tensor, self.cosines)

    @torch.no_grad()
    def set_linear(self, windows: NDArray, weight: NDArray) -> float:
        """Set scale and linear path by principal components of *windows* (W, T, N).

        Args:
            weight: (N,) metres of displacement for each unit of a number.

        Returns:
            The share of the windows' variance that the components keep.
        """
        s = self.settings
        x = np.asarray(windows, np.float64)
        centre = x.mean(axis=(0, 1))
        x = (x - centre) * weight
        scale = np.sqrt(np.mean(x**2))
        cast(Tensor, self.centre).copy_(torch.from_numpy(centre))
        cast(Tensor, self.weight).copy_(torch.from_numpy(weight / scale))
        if not s.linear:
            return 0.0
        x = x / scale
        total = (x - x.mean(axis=0)).var(axis=0).sum()
        flat = np.einsum("btn,tk->bkn", x, cosines(s.frames, s.linear).astype(np.float64)).reshape(len(x), -1)
        middle = flat.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov(flat.T))
        kept = min(s.latent, len(values))
        values, vectors = np.maximum(values[::-1][:kept], 1e-6), vectors[:, ::-1][:, :kept]
        spread = np.sqrt(values)
        into, back = np.zeros((s.latent, flat.shape[1])), np.zeros((flat.shape[1], s.latent))
        into[:kept], back[:, :kept] = (vectors / spread).T, vectors * spread
        for layer, matrix, bias in ((self.into, into, -into @ middle), (self.back, back, middle)):
            layer.weight.copy_(torch.from_numpy(matrix))
            layer.bias.copy_(torch.from_numpy(bias))
        return float(values.sum() / total)
