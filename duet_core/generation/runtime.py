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
from .channels import danced, gradient_of_dance
from .packing import unpacked

KIND = "phrases"
"""What ``config.json`` says a generator is."""
STEPS, RATE, FORGETS = 30, 0.05, (0.7, 0.9)
"""In which the nearest latent numbers are looked for, how far the first goes (in latent numbers, of deviation 1 or so), and what is kept of earlier gradients
and of their squares from step to step."""
NEAR = 0.005
"""Metres: a joint nearer than this to where it should be is pulled there the less."""
AT_ONCE = 64
"""Windows that are looked at together: what the layers did of more fills memory."""


Trace = list[list[tuple[Floats, ...]]]
"""What the layers of an LSTM did: for each layer and step the three gates, what came in, and the cell before and, bounded, after it."""


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

    def __call__(self, x: Floats, state: tuple[Floats, Floats] | None = None, trace: Trace | None = None) -> Floats:
        """(B, T, H) the last layer's states; *state* is hidden and cell (L, B, H) to begin from, 0 by default. What `gradient` needs goes to *trace*."""
        batch, steps, _ = x.shape
        size = self.hidden
        for layer, (enter, again, bias) in enumerate(self.layers):
            kept: list[tuple[Floats, ...]] = []
            given = (x.reshape(batch * steps, -1) @ enter + bias).reshape(batch, steps, -1)
            h, c = (part[layer] for part in state) if state else (np.zeros((batch, size), np.float32),) * 2
            out = np.empty((batch, steps, size), np.float32)
            for t in range(steps):
                gates = given[:, t] + h @ again
                enters, keeps, leaves = sigmoid(gates[:, :size]), sigmoid(gates[:, size : 2 * size]), sigmoid(gates[:, 3 * size :])
                new, before = np.tanh(gates[:, 2 * size : 3 * size]), c
                c = keeps * c + enters * new
                bounded = np.tanh(c)
                h = leaves * bounded
                out[:, t] = h
                if trace is not None:
                    kept.append((enters, keeps, new, leaves, before, bounded))
            if trace is not None:
                trace.append(kept)
            x = out
        return x

    def gradient(self, trace: Trace, out: Floats) -> tuple[Floats, Floats, Floats]:
        """From the gradient by what was returned (B, T, H): that by *x*, and by the *state* that was begun from."""
        states = []
        for (enter, again, _), kept in zip(self.layers[::-1], trace[::-1], strict=True):
            h, c = np.zeros((2, len(out), self.hidden), np.float32)
            gates = np.empty((*out.shape[:2], 4 * self.hidden), np.float32)
            for t in range(out.shape[1] - 1, -1, -1):
                enters, keeps, new, leaves, before, bounded = kept[t]
                h = h + out[:, t]
                c = c + h * leaves * (1 - bounded * bounded)
                parts = c * new * enters * (1 - enters), c * before * keeps * (1 - keeps), c * enters * (1 - new * new)
                np.concatenate([*parts, h * bounded * leaves * (1 - leaves)], axis=1, out=gates[:, t])
                h, c = gates[:, t] @ again.T, c * keeps
            out = (gates.reshape(-1, gates.shape[-1]) @ enter.T).reshape(*gates.shape[:2], -1)
            states.append((h, c))
        return out, np.stack([h for h, _ in states[::-1]]), np.stack([c for _, c in states[::-1]])


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


class Decoded:
    """What `Network.decode` did, for `Network.gradient`: the decoder's first state (W, 2·L·H), and its layers' trace."""

    begun: Floats
    trace: Trace


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

    def decode(self, latent: NDArray, kept: Decoded | None = None) -> Floats:
        """(W, T, D, C). What `gradient` needs goes to *kept*."""
        s = self.settings
        z = np.ascontiguousarray(latent, np.float32)
        batch, steps = len(z), s.frames // s.stack
        flat = np.tanh(self.begin(z))
        begun = flat.reshape(batch, 2, s.decoder_layers, s.hidden).transpose(1, 2, 0, 3)
        trace: Trace | None = None
        if kept is not None:
            kept.begun, kept.trace = flat, []
            trace = kept.trace
        if s.linear:
            linear = np.einsum("bkn,tk->btn", self.back(z).reshape(batch, s.linear, -1), self.cosines, optimize=True)
            frames = linear + self.out(self.dancer(linear.reshape(batch, steps, -1), (begun[0], begun[1]), trace)).reshape(
                batch, s.frames, -1
            )
        else:
            given = np.repeat(z[:, None], steps, axis=1)
            frames = self.out(self.dancer(given, (begun[0], begun[1]), trace)).reshape(batch, s.frames, -1)
        return (frames / self.weight + self.centre).reshape(batch, s.frames, s.dancers, self.channels)

    def gradient(self, kept: Decoded, windows: NDArray) -> Floats:
        """(W, Z) the gradient by the latent numbers that were decoded, from that by the *windows* (W, T, D, C) that they stand for."""
        s = self.settings
        frames = self._flat(windows) / self.weight
        batch, steps = len(frames), s.frames // s.stack
        given, *states = self.dancer.gradient(kept.trace, frames.reshape(batch, steps, -1) @ self.out.matrix.T)
        begun = np.stack(states).transpose(2, 0, 1, 3).reshape(batch, -1) * (1 - kept.begun * kept.begun)
        latent = begun @ self.begin.matrix.T
        if not s.linear:
            return np.asarray(latent + given.sum(axis=1), np.float32)
        linear = np.einsum("btn,tk->bkn", frames + given.reshape(frames.shape), self.cosines, optimize=True)
        return np.asarray(latent + linear.reshape(batch, -1) @ self.back.matrix.T, np.float32)

    def closer(self, windows: NDArray, measure: Callable[[NDArray], NDArray]) -> Floats:
        """(W, Z) latent numbers that stand for *windows* no less closely than the encoder's own: what the dance of those leaves out is encoded too.

        It passes through the linear path alone, for which it is small enough. A window that it brings no nearer keeps the encoder's own numbers.

        Args:
            measure: what is to come nearer, (W, …) of windows (W, T, D, C).
        """
        latent, _ = self.encode(windows)
        if not self.settings.linear:
            return latent
        wanted, danced_now = measure(windows), self.decode(latent)
        tried = latent + self._linear((self._flat(windows) - self._flat(danced_now)) * self.weight, bias=False)
        axes = tuple(range(1, wanted.ndim))
        error, error_now = (np.square(measure(some) - wanted).mean(axis=axes) for some in (danced_now, self.decode(tried)))
        return np.where((error_now < error)[:, None], tried, latent)

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

    def closer(self, windows: NDArray) -> Floats:
        """(W, Z) latent numbers of *windows* (W, T, D, C), as `Network.closer` finds them for joints' places: at little cost."""
        return self.network.closer(windows, lambda some: danced(some, self.skeleton, self.body.lengths))

    def nearest(self, windows: NDArray) -> Floats:
        """(W, Z) latent numbers whose dance brings joints nearest to where they are in *windows* (W, T, D, C), beginning with the encoder's own.

        An encoder answers for all windows alike; what is right for one is looked for here by gradients (Adam, the rate falling along half a cosine), so that
        the mean distance of joints becomes least. A window that comes no nearer keeps the encoder's own numbers.
        """
        parts = [self._nearest(windows[begin : begin + AT_ONCE]) for begin in range(0, len(windows), AT_ONCE)]
        return np.concatenate(parts) if parts else self.network.encode(windows)[0]

    def _nearest(self, windows: NDArray) -> Floats:
        skeleton, lengths = self.skeleton, self.body.lengths
        wanted = danced(windows, skeleton, lengths)
        begun, _ = self.network.encode(windows)
        latent, mean, size = begun, np.zeros_like(begun), np.zeros_like(begun)
        error = np.full((STEPS + 1, len(windows)), np.inf)
        for step in range(STEPS + 1):
            kept = Decoded()
            made = self.network.decode(latent, kept)
            way = danced(made, skeleton, lengths) - wanted
            distance = np.linalg.norm(way, axis=-1)
            error[step] = distance.mean(axis=(1, 2, 3))
            if step == STEPS:
                break
            pull = way / np.maximum(distance, NEAR)[..., None]
            gradient = self.network.gradient(kept, gradient_of_dance(made, pull, skeleton, lengths))
            mean = FORGETS[0] * mean + (1 - FORGETS[0]) * gradient
            size = FORGETS[1] * size + (1 - FORGETS[1]) * gradient * gradient
            corrected = mean / (1 - FORGETS[0] ** (step + 1)), np.sqrt(size / (1 - FORGETS[1] ** (step + 1)))
            rate = np.float32(RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS)))
            latent = latent - rate * corrected[0] / (corrected[1] + np.float32(1e-12))
        return np.where((error[-1] < error[0])[:, None], latent, begun)


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
