"""The trained autoencoder in NumPy, with the numbers that torch gives: as ``duet_core/model/vae.py``, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..inference.runtime import safetensors
from ..inference.runtime.layers import Floats, Linear, sigmoid
from ..inference.runtime.weights import Weights
from ..model.config import CONFIG, WEIGHTS, read_config, read_weights
from ..model.phrase_settings import PhraseSettings
from ..skeletons import Skeleton
from .bodies import Body
from .channels import danced
from .packing import unpacked

KIND = "phrases"
"""What ``config.json`` says a generator is."""


class Lstm:
    """LSTM layers over (B, T, I)."""

    def __init__(self, weights: Weights, inputs: int, hidden: int, layers: int) -> None:
        self.hidden = hidden
        self.layers = []
        for layer in range(layers):
            enter = weights.take(f"weight_ih_l{layer}", 4 * hidden, inputs if layer == 0 else hidden)
            again = weights.take(f"weight_hh_l{layer}", 4 * hidden, hidden)
            bias = weights.take(f"bias_ih_l{layer}", 4 * hidden) + weights.take(f"bias_hh_l{layer}", 4 * hidden)
            self.layers.append((np.ascontiguousarray(enter.T), np.ascontiguousarray(again.T), bias))

    def __call__(self, x: Floats, state: tuple[Floats, Floats] | None = None) -> Floats:
        """(B, T, H) the last layer's states; *state* is hidden and cell (L, B, H) to begin from, 0 by default."""
        batch, steps, _ = x.shape
        size = self.hidden
        for layer, (enter, again, bias) in enumerate(self.layers):
            given = (x.reshape(batch * steps, -1) @ enter + bias).reshape(batch, steps, -1)
            h, c = (part[layer] for part in state) if state else (np.zeros((batch, size), np.float32),) * 2
            out = np.empty((batch, steps, size), np.float32)
            for t in range(steps):
                gates = given[:, t] + h @ again
                enters, keeps, leaves = sigmoid(gates[:, :size]), sigmoid(gates[:, size : 2 * size]), sigmoid(gates[:, 3 * size :])
                c = keeps * c + enters * np.tanh(gates[:, 2 * size : 3 * size])
                h = leaves * np.tanh(c)
                out[:, t] = h
            x = out
        return x


@dataclass(frozen=True)
class Density:
    """Where the latent numbers of real phrases lie, a mixture of normal distributions: share (K,), middle (K, Z), spread (Z, Z), lower triangular."""

    share: Floats
    middle: Floats
    spread: Floats

    def drawn(self, rng: np.random.Generator, many: int, temperature: float = 1.0, part: int | None = None) -> Floats:
        """(*many*, Z) latent numbers; *temperature* scales how far they lie from the middle of their part: of any, or of *part* alone."""
        share = self.share / self.share.sum()
        parts = np.full(many, part) if part is not None else rng.choice(len(share), size=many, p=share)
        noise = temperature * rng.standard_normal((many, self.middle.shape[1])).astype(np.float32)
        return self.middle[parts] + noise @ self.spread.T


class Network:
    """Windows (W, T, D, C), channels seen from their middle frames, to latent numbers (W, Z) and back."""

    def __init__(self, weights: Weights, settings: PhraseSettings, channels: int) -> None:
        s = self.settings = settings
        self.channels, numbers = channels, channels * settings.dancers
        step = s.stack * numbers
        self.centre, self.weight = weights.take("centre", numbers), weights.take("weight", numbers)
        self.reader = Lstm(weights.under("reader"), step, s.hidden, s.layers)
        self.mean = Linear(weights.under("mean"), s.hidden, s.latent)
        self.log_variance = Linear(weights.under("log_variance"), s.hidden, s.latent)
        self.begin = Linear(weights.under("begin"), s.latent, 2 * s.decoder_layers * s.hidden)
        self.dancer = Lstm(weights.under("dancer"), step if s.linear else s.latent, s.hidden, s.decoder_layers)
        self.out = Linear(weights.under("out"), s.hidden, step)
        if s.linear:
            self.into = Linear(weights.under("into"), s.linear * numbers, s.latent)
            self.back = Linear(weights.under("back"), s.latent, s.linear * numbers)
            self.cosines = cosines(s.frames, s.linear)

    def encode(self, windows: NDArray) -> tuple[Floats, Floats]:
        """Mean and log variance (W, Z)."""
        s = self.settings
        x = (self._flat(windows) - self.centre) * self.weight
        last = self.reader(x.reshape(len(x), s.frames // s.stack, -1))[:, -1]
        mean = self.mean(last)
        if s.linear:
            mean = mean + self._linear(x)
        return mean, np.clip(self.log_variance(last), -12.0, 4.0)

    def decode(self, latent: NDArray) -> Floats:
        """(W, T, D, C)."""
        s = self.settings
        z = np.ascontiguousarray(latent, np.float32)
        batch, steps = len(z), s.frames // s.stack
        begun = np.tanh(self.begin(z)).reshape(batch, 2, s.decoder_layers, s.hidden).transpose(1, 2, 0, 3)
        if s.linear:
            linear = np.einsum("bkn,tk->btn", self.back(z).reshape(batch, s.linear, -1), self.cosines, optimize=True)
            frames = linear + self.out(self.dancer(linear.reshape(batch, steps, -1), (begun[0], begun[1]))).reshape(batch, s.frames, -1)
        else:
            given = np.repeat(z[:, None], steps, axis=1)
            frames = self.out(self.dancer(given, (begun[0], begun[1]))).reshape(batch, s.frames, -1)
        return (frames / self.weight + self.centre).reshape(batch, s.frames, s.dancers, self.channels)

    def nearest(self, windows: NDArray, rounds: int = 4, measure: Callable[[NDArray], NDArray] | None = None) -> Floats:
        """(W, Z) latent numbers that stand for *windows* more closely than the encoder's own: what their dance leaves out is encoded too, again and again.

        What is left out passes through the linear path alone, for which it is small enough. A round that brings a window no nearer is dropped, and the
        next one goes half as far.

        Args:
            measure: what is to come nearer, (W, …) of windows (W, T, D, C); their weighted channels by default.
        """
        latent, _ = self.encode(windows)
        if not self.settings.linear:
            return latent
        seen = measure or (lambda some: self._flat(some) * self.weight)
        wanted, flat = seen(windows), self._flat(windows)
        axes = tuple(range(1, wanted.ndim))
        danced = self.decode(latent)
        error = np.square(seen(danced) - wanted).mean(axis=axes)
        step = np.ones(len(latent), np.float32)
        for _ in range(rounds):
            tried = latent + step[:, None] * self._linear((flat - self._flat(danced)) * self.weight, bias=False)
            danced_now = self.decode(tried)
            error_now = np.square(seen(danced_now) - wanted).mean(axis=axes)
            better = error_now < error
            latent = np.where(better[:, None], tried, latent)
            danced = np.where(better[:, None, None, None], danced_now, danced)
            error, step = np.where(better, error_now, error), np.where(better, step, step / 2)
        return latent

    def _linear(self, x: Floats, bias: bool = True) -> Floats:
        flat = np.einsum("btn,tk->bkn", x, self.cosines, optimize=True).reshape(len(x), -1)
        return self.into(flat) if bias else flat @ self.into.matrix

    def _flat(self, windows: NDArray) -> Floats:
        return np.ascontiguousarray(windows, np.float32).reshape(len(windows), self.settings.frames, -1)


@dataclass(frozen=True)
class Model:
    """A trained generator: its network, where real phrases lie, and the body that phrases are danced by unless another one is given."""

    network: Network
    density: Density
    body: Body
    config: dict[str, Any]

    @property
    def settings(self) -> PhraseSettings:
        return self.network.settings

    @property
    def skeleton(self) -> Skeleton:
        return self.body.skeleton

    def nearest(self, windows: NDArray, rounds: int = 3) -> Floats:
        """(W, Z) latent numbers whose dance brings joints nearest to where they are in *windows* (W, T, D, C)."""
        return self.network.nearest(windows, rounds, lambda some: danced(some, self.skeleton, self.body.lengths))


def cosines(frames: int, many: int) -> Floats:
    """(T, K) the first *many* cosines over *frames* frames, orthonormal (DCT-II)."""
    t, k = np.arange(frames)[:, None] + 0.5, np.arange(many)[None]
    basis = np.cos(np.pi * t * k / frames) * np.sqrt(2.0 / frames)
    basis[:, 0] = 1.0 / np.sqrt(frames)
    return basis.astype(np.float32)


def load(folder: str | PathLike[str]) -> Model:
    """The generator in *folder*. Raises InputError where there is none, it is damaged, or cannot run here."""
    root = Path(folder)
    config = read_config(root)
    remedy = "give the folder of a generator (presets/phrases.toml trains one)"
    if config.get("kind") != KIND:
        raise InputError("this model finds connections; it makes no phrases", file=root / CONFIG, place="kind", remedy=remedy)
    settings = PhraseSettings.from_dict(config["model"])
    if settings.representation != "channels":
        raise InputError(
            "a model of positions is there to be compared with; it makes no phrases", file=root / CONFIG, place="model", remedy=remedy
        )
    body = _body(config, root)
    weights = Weights(unpacked(safetensors.parse(read_weights(root, config), root / WEIGHTS)), root / WEIGHTS)
    network = Network(weights.under("network"), settings, 3 * (len(body.skeleton) - 1) + 4)
    parts = weights.tensors["density.share"].shape[0] if "density.share" in weights.tensors else 1
    own = weights.under("density")
    density = Density(
        own.take("share", parts), own.take("middle", parts, settings.latent), own.take("spread", settings.latent, settings.latent)
    )
    weights.all_taken()
    return Model(network, density, body, config)


def _body(config: dict[str, Any], root: Path) -> Body:
    try:
        about = config["skeleton"]
        skeleton = Skeleton(str(about["name"]), tuple(about["joints"]), tuple(about["parents"]))
        rest, lengths = np.array(config["rest"], np.float64), np.array(config["lengths"], np.float64)
        if rest.shape != (len(skeleton), 3) or lengths.shape != (len(skeleton),):
            raise ValueError(f"a body of {rest.shape} and {lengths.shape}")
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"the body is not described ({error})", file=root / CONFIG, place="skeleton", remedy="copy the folder again"
        ) from None
    return Body(skeleton, rest, lengths)
