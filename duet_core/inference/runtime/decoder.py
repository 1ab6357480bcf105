"""The decoders: what connections predict of the motion that follows; as ``duet_core/model/decoders``, file by file.

Inference needs none of this: `load_decoder` reads a model's folder once more, for whoever asks what would be lost without a connection.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...model.config import CONFIG, WEIGHTS, read_config, read_weights
from ...model.settings import ModelSettings, options
from . import safetensors
from .bodies import AROUND, Frame, Parents, above, frame_of, skeleton_adjacency
from .heads import Posterior
from .layers import Floats, Linear, log_softmax, relu, sigmoid
from .weights import Weights

OWN_CHANNELS, HEARD_CHANNELS = 16, 7
USUAL_LOG_VARIANCE = -7.0
GCN_LSTM: dict[str, Any] = {"message": 0}
GCN: dict[str, Any] = {}


class Prediction(NamedTuple):
    """Positions (B, T − 1, 2, J, 3), metres, of the frames 1 … T − 1; and the log of their variance (B, T − 1, 2, J), m², or None."""

    positions: Floats
    log_variance: Floats | None


class Seen(NamedTuple):
    """What a joint has before it at one frame; shapes and meanings as ``model.decoders.base.Seen``."""

    own: Floats
    past: Floats
    partner_past: Floats
    heard: Floats
    gates: Floats
    skeleton: Floats


Step = Callable[[Seen, Any], tuple[Floats, Any]]


class GcnStep:
    """Graph convolutions over the skeleton and the gated connections, without memory."""

    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        options(settings.decoder_options, GCN, "decoder gcn")
        hidden, past = settings.hidden, 3 * settings.lags
        self.embed = Linear(weights.under("embed"), OWN_CHANNELS + past, hidden)
        self.message = Linear(weights.under("message"), OWN_CHANNELS + past, hidden)
        self.first = Linear(weights.under("first"), 3 * hidden + HEARD_CHANNELS, hidden)
        self.second = Linear(weights.under("second"), 2 * hidden + OWN_CHANNELS + HEARD_CHANNELS, hidden)
        self.out = Linear(weights.under("out"), hidden, _outputs(settings))

    def __call__(self, seen: Seen, state: Any) -> tuple[Floats, Any]:
        joint = relu(self.embed(_beside(seen.own, seen.past)))
        message = relu(self.message(_beside(seen.own[:, ::-1], seen.partner_past)))
        joint = relu(self.first(_beside(joint, seen.skeleton @ joint, seen.gates @ message, seen.heard)))
        joint = relu(self.second(_beside(joint, seen.skeleton @ joint, seen.own, seen.heard)))
        return self.out(joint), None


class GcnLstmStep:
    """A recurrent cell whose gates are graph convolutions over the skeleton and over the gated connections."""

    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        chosen = options(settings.decoder_options, GCN_LSTM, "decoder gcn_lstm")
        self.hidden = hidden = settings.hidden
        said = chosen["message"] or max(hidden // 2, 1)
        self.message = Linear(weights.under("message"), hidden + 3 * settings.lags, said)
        self.gates = Linear(weights.under("cell.gates"), OWN_CHANNELS + 2 * hidden + said + HEARD_CHANNELS, 4 * hidden)
        self.before_out = Linear(weights.under("before_out"), hidden + said + OWN_CHANNELS + HEARD_CHANNELS, hidden)
        self.out = Linear(weights.under("out"), hidden, _outputs(settings))

    def __call__(self, seen: Seen, state: Any) -> tuple[Floats, Any]:
        if state is None:
            nothing = np.zeros((*seen.own.shape[:-1], self.hidden), np.float32)
            state = (nothing, nothing)
        h, c = state
        message = relu(self.message(_beside(h[:, ::-1], seen.partner_past)))
        heard = _beside(seen.gates @ message, seen.heard)
        gates = self.gates(_beside(seen.own, h, seen.skeleton @ h, heard))
        enter, keep, leave = np.split(sigmoid(gates[..., : 3 * self.hidden]), 3, axis=-1)
        c = keep * c + enter * np.tanh(gates[..., 3 * self.hidden :])
        h = leave * np.tanh(c)
        return self.out(relu(self.before_out(_beside(h, seen.own, heard)))), (h, c)


STEPS: dict[str, Callable[[Weights, ModelSettings], Step]] = {"gcn_lstm": GcnLstmStep, "gcn": GcnStep}


class Decoder:
    """Gates on the candidates and what is known of the motion → the motion that follows."""

    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        self.settings = settings
        self.step = STEPS[settings.decoder](weights, settings)

    def __call__(
        self,
        positions: NDArray[np.float32],
        parents: Parents,
        gates: Floats,
        teacher: int | None = None,
        horizon: int | None = None,
        lags: Floats | None = None,
        shown: int | None = None,
    ) -> Prediction:
        """Predict every frame from those before it, as ``model.decoders.Decoder.forward``.

        Args:
            positions: (B, T, 2, J, 3), metres, no gaps. Frames that are not given as truth are not looked at.
            gates: (B, S, 2, J, J) in 0..1 [stretch, dancer, from, to]; stretch s holds for T/S frames. `gates_of` makes them.
            teacher: frames given as truth before it runs freely on what it predicted; all of them by default.
            horizon: after those, truth is given again at every horizon-th frame; never by default.
            lags: (B, 2, J, J, L) logits of each candidate's lag in frames; without them the present is heard.
            shown: the dancer whose truth is given all the time, while the other one runs freely; by default neither.
        """
        frames = positions.shape[1]
        teacher = frames if teacher is None else max(1, min(teacher, frames))
        known = positions if horizon is not None or shown is not None else positions[:, :teacher]
        known = np.ascontiguousarray(known, np.float32)
        frame = frame_of(known[:, :1], parents)
        truth = frame.own(known).transpose(0, 2, 3, 1, 4)
        rate, span = np.float32(self.settings.rate), self.settings.lags
        scene = _Scene(parents, rate, span)
        open_gates, lag_gates = _spread(gates, lags, span)
        velocities = np.zeros_like(truth)
        velocities[:, :, :, 1:] = np.diff(truth, axis=3) * rate
        history = np.pad(velocities, ((0, 0), (0, 0), (0, 0), (span - 1, 0), (0, 0)))

        def seen_at(t: int, position: Floats, velocity: Floats, before: Floats, past: Floats, age: NDArray[np.int64]) -> Seen:
            s = t * gates.shape[1] // frames
            return scene.seen(position, velocity, before, past, age, open_gates[s], lag_gates[s] if lag_gates else None)

        state: Any = None
        age = np.zeros(2, np.int64)
        position, velocity, before, past = truth[:, :, :, 0], velocities[:, :, :, 0], velocities[:, :, :, 0], history[:, :, :, :span]
        moved: list[Floats] = []
        unsure: list[Floats] = []
        for t in range(frames - 1):
            # Whose truth is given at this frame; the other goes on from what was predicted.
            given = np.array(
                [t < teacher or dancer == shown or (horizon is not None and (t - teacher + 1) % horizon == 0) for dancer in (0, 1)]
            )
            age = np.where(given, 0, age + 1)
            if given.any():
                # The change of velocity is not known before frame 2.
                earlier = velocities[:, :, :, t - 1 if t > 1 else t]
                now = truth[:, :, :, t], velocities[:, :, :, t], earlier, history[:, :, :, t : t + span]
                position, velocity, before, past = (
                    true if given.all() else np.where(given.reshape(2, *(1,) * (true.ndim - 2)), true, own)
                    for true, own in zip(now, (position, velocity, before, past), strict=True)
                )
            change, state = self.step(seen_at(t, position, velocity, before, past, age), state)
            before, velocity = velocity, velocity * (1 - np.clip(change[..., 3:4], -0.5, 1.5)) + change[..., :3]
            position = position + velocity / rate
            past = np.concatenate([past[:, :, :, 1:], velocity[:, :, :, None]], axis=3)
            moved.append(position)
            if self.settings.variance == "learned":
                unsure.append(change[..., 4])
        predicted = frame.restored(np.stack(moved, axis=1))
        return Prediction(predicted, _log_variance(unsure, frame) if unsure else None)


class _Scene:
    """What does not change while a decoder walks through a window, and how a frame looks in it."""

    def __init__(self, parents: Parents, rate: np.float32, span: int) -> None:
        skeleton = skeleton_adjacency(parents)
        self.skeleton = skeleton / np.maximum(skeleton.sum(axis=1, keepdims=True), 1.0)
        self.above, self.rate, self.span = above(parents), rate, span

    def seen(
        self,
        position: Floats,
        velocity: Floats,
        before: Floats,
        past: Floats,
        age: NDArray[np.int64],
        gate: Floats,
        lag_gate: Floats | None,
    ) -> Seen:
        """One frame, from positions, velocities and the velocities before them (B, 2, J, 3), *past* (B, 2, J, L, 3) and *age* (2,), frames since truth."""
        batch, _, joints, _ = position.shape
        partner_past = past[:, ::-1] * AROUND
        degree = gate.sum(axis=-1, keepdims=True)
        there = gate @ (position[:, ::-1] * AROUND) - degree * position
        late = partner_past.reshape(batch, 2, joints * self.span, 3)
        motion = gate @ partner_past[..., -1, :] if lag_gate is None else lag_gate @ late
        time = np.broadcast_to((np.minimum(age, 10) / 10).astype(np.float32)[:, None, None], (batch, 2, joints, 1))
        bone, joint = position - position[:, :, self.above], velocity - velocity[:, :, self.above]
        own = _beside(velocity, velocity - before, bone, joint, position, time)
        flat = (batch, 2, joints, 3 * self.span)
        return Seen(own, past.reshape(flat), partner_past.reshape(flat), _beside(there, motion, degree), gate, self.skeleton)


def gates_of(posterior: Posterior) -> Floats:
    """(B, S, 2, J, J) how open each candidate is on average: the expected weight of its type, k/(K − 1) for type k."""
    share = np.exp(log_softmax(posterior.types))
    return share @ (np.arange(share.shape[-1], dtype=np.float32) / np.float32(share.shape[-1] - 1))


def load_decoder(folder: str | PathLike[str]) -> Decoder:
    """The decoder of the model in *folder*. Raises InputError where there is no model or none with a decoder, where it is damaged, or cannot run here."""
    root = Path(folder)
    config = read_config(root)
    settings = ModelSettings.from_dict(config["model"])
    if settings.decoder not in STEPS:
        known = ", ".join(STEPS)
        problem = "the model has no decoder" if settings.decoder == "none" else f"the decoder {settings.decoder!r} cannot run without torch"
        raise InputError(problem, file=root / CONFIG, place="model", remedy=f"train one of: {known}")
    weights = Weights(safetensors.parse(read_weights(root, config), root / WEIGHTS), root / WEIGHTS).under("decoder")
    decoder = Decoder(weights, settings)
    weights.all_taken()
    return decoder


def _spread(gates: Floats, lags: Floats | None, span: int) -> tuple[list[Floats], list[Floats] | None]:
    """For each stretch the gates (B, 2, J, J) [.., receiver, sender] as weights of a mean, and the same spread over lags (B, 2, J, J·L), oldest first."""
    weights = np.asarray(gates, np.float32)[..., ::-1, :, :].swapaxes(-1, -2)
    weights = weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1.0)
    each = [np.ascontiguousarray(weights[:, s]) for s in range(weights.shape[1])]
    if lags is None:
        return each, None
    if lags.shape[-1] != span:
        raise ValueError(f"{lags.shape[-1]} lags, but the decoder knows {span}")
    shares = np.exp(log_softmax(lags))[:, ::-1, ..., ::-1].swapaxes(2, 3)
    return each, [(weight[..., None] * shares).reshape(*weight.shape[:-1], -1) for weight in each]


def _beside(*parts: Floats) -> Floats:
    return np.concatenate(parts, axis=-1)


def _outputs(settings: ModelSettings) -> int:
    return 5 if settings.variance == "learned" else 4


def _log_variance(unsure: list[Floats], frame: Frame) -> Floats:
    raw = np.stack(unsure, axis=1)
    return np.clip(raw, -10.0, 8.0) + np.float32(USUAL_LOG_VARIANCE) + 2 * np.log(frame.scale)[:, None, None, None]
