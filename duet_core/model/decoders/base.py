"""What every decoder does alike: it walks through the window frame by frame and predicts the change of each joint's velocity.

All is seen in the dancers' own frames (`..canonical`), which the first frame alone decides, so that nothing of the future is known and the
prediction turns and moves with the duet. A model that says nothing predicts constant velocity: what it adds is the residual.

A joint hears of three kinds of others, each with weights of its own: itself, always; its neighbours in the skeleton, always; joints of the
partner, through the gates. What is heard of a partner's joint is its state, where it is, and its motion at the lag that the encoder gives the
connection; each is a gated mean over the senders, so that a closed gate sends exactly nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..canonical import Canonical, canonical
from ..graph import received, skeleton_adjacency
from ..settings import ModelSettings

OWN_CHANNELS, HEARD_CHANNELS = 16, 7
USUAL_LOG_VARIANCE = -7.0
"""Log variance, body units squared, that an unlearned decoder gives: a standard deviation of about 1.5 cm for an adult."""


class Prediction(NamedTuple):
    """Positions (B, T − 1, 2, J, 3), metres, of the frames 1 … T − 1; and the log of their variance (B, T − 1, 2, J), m², or None."""

    positions: Tensor
    log_variance: Tensor | None


class Seen(NamedTuple):
    """What a joint has before it at one frame.

    Attributes:
        own: (B, 2, J, 16) its velocity, change of velocity, bone, velocity relative to the parent, position, and how long truth is ago.
        past: (B, 2, J, 3·L) its velocities, oldest first.
        partner_past: (B, 2, J, 3·L) the same of the partner's joints, seen in this dancer's frame.
        heard: (B, 2, J, 7) gated means over the partner's joints: where they are from here, their velocity at the connection's lag; and how
            much is heard at all.
        gates: (B, 2, J, J) [receiver's dancer, receiver, sender], rows summing to at most 1.
        skeleton: (J, J) neighbours, rows summing to 1 (or 0).
    """

    own: Tensor
    past: Tensor
    partner_past: Tensor
    heard: Tensor
    gates: Tensor
    skeleton: Tensor


class Decoder(nn.Module):
    """Gates on the candidates and what is known of the motion → the motion that follows. Subclasses give `step`."""

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        self.settings = settings
        self.learns_variance = settings.variance == "learned"
        self.outputs = 5 if self.learns_variance else 4

    def step(self, seen: Seen, state: Any) -> tuple[Tensor, Any]:
        """One frame, (B, 2, J, 4 or 5): what is added to the velocity, which share of it is lost, and how unsure that is; and the state for the
        next frame (None at first)."""
        raise NotImplementedError

    def forward(
        self,
        positions: Tensor,
        parents: Tensor,
        gates: Tensor,
        teacher: int | None = None,
        horizon: int | None = None,
        lags: Tensor | None = None,
    ) -> Prediction:
        """Predict every frame from those before it.

        Args:
            positions: (B, T, 2, J, 3), metres, no gaps. Frames that are not given as truth are not looked at.
            gates: (B, S, 2, J, J) in 0..1 [stretch, dancer, from, to]; stretch s holds for T/S frames.
            teacher: frames given as truth before it runs freely on what it predicted; all of them by default.
            horizon: after those, truth is given again at every horizon-th frame; never by default.
            lags: (B, 2, J, J, L) logits of each candidate's lag in frames; without them the present is heard.
        """
        frames = positions.shape[1]
        teacher = frames if teacher is None else max(1, min(teacher, frames))
        known = positions if horizon is not None else positions[:, :teacher]
        frame = canonical(known, parents, frames=1)
        truth = frame.positions.permute(0, 2, 3, 1, 4)
        skeleton = skeleton_adjacency(parents)
        skeleton = skeleton / skeleton.sum(dim=1, keepdim=True).clamp(min=1.0)
        rate, span = self.settings.rate, self.settings.lags
        open_gates, lag_gates = _spread(gates, lags, span)
        velocities = functional.pad(truth.diff(dim=3), (0, 0, 1, 0)) * rate
        history = functional.pad(velocities, (0, 0, span - 1, 0))
        scene = _Scene(parents, skeleton, rate, span)

        def stretch(t: int) -> int:
            return t * gates.shape[1] // frames

        def given(start: int, end: int) -> list[Seen]:
            """What is seen at the true frames *start* to *end*, which lie in one stretch."""
            s = stretch(start)
            # The change of velocity is not known before frame 2.
            before = torch.cat([velocities[:, :, :, :2], velocities[:, :, :, 1:]], dim=3)[:, :, :, start:end]
            motion = (truth[:, :, :, start:end], velocities[:, :, :, start:end], before, history[:, :, :, start : end + span - 1])
            return scene.seen(*motion, 0, open_gates[s], lag_gates[s] if lag_gates else None)

        state: Any = None
        results: list[Tensor] = []
        unsure: list[Tensor] = []
        ready: list[Seen] = []
        age = 0
        position, velocity, before, past = truth[:, :, :, 0], velocities[:, :, :, 0], velocities[:, :, :, 0], history[:, :, :, :span]
        for t in range(frames - 1):
            if t < teacher:
                if not ready:
                    end = t + 1
                    while end < min(teacher, frames - 1) and stretch(end) == stretch(t):
                        end += 1
                    ready = given(t, end)
                seen, age = ready.pop(0), 0
            elif horizon is not None and (t - teacher + 1) % horizon == 0:
                seen, age = given(t, t + 1)[0], 0
            else:
                age, s = age + 1, stretch(t)
                moved = (position.unsqueeze(3), velocity.unsqueeze(3), before.unsqueeze(3), past)
                seen = scene.seen(*moved, age, open_gates[s], lag_gates[s] if lag_gates else None)[0]
            if age == 0:
                position, velocity, past = truth[:, :, :, t], velocities[:, :, :, t], history[:, :, :, t : t + span]
            change, state = self.step(seen, state)
            change = change.float()
            # A share that is lost slows fast and slow joints alike, of whatever skeleton: learned soon, and true of bodies never seen.
            before, velocity = velocity, velocity * (1.0 - change[..., 3:4].clamp(-0.5, 1.5)) + change[..., :3]
            position = position + velocity / rate
            results.append(position)
            if t + 1 >= teacher:
                past = torch.cat([past[:, :, :, 1:], velocity.unsqueeze(3)], dim=3)
            if self.learns_variance:
                unsure.append(change[..., 4])
        predicted = frame.restored(torch.stack(results, dim=1))
        return Prediction(predicted, _log_variance(unsure, frame) if unsure else None)


class _Scene:
    """What does not change while a decoder walks through a window, and how frames look in it."""

    def __init__(self, parents: Tensor, skeleton: Tensor, rate: float, span: int) -> None:
        self.above = torch.where(parents < 0, torch.arange(len(parents), device=parents.device), parents)
        self.skeleton, self.rate, self.span = skeleton, rate, span

    def seen(
        self, position: Tensor, velocity: Tensor, before: Tensor, past: Tensor, age: int, gate: Tensor, lag_gate: Tensor | None
    ) -> list[Seen]:
        """Each of n frames, from positions, velocities and the velocities before them (B, 2, J, n, 3), and *past* (B, 2, J, L − 1 + n, 3)."""
        count, joints = position.shape[3], position.shape[2]
        around = position.new_tensor([-1.0, -1.0, 1.0])  # from a dancer's frame to the partner's
        past = past.unfold(3, self.span, 1).transpose(-1, -2)  # (B, 2, J, n, L, 3)
        partner_past = past.flip(1) * around
        degree = gate.sum(dim=-1, keepdim=True)
        with torch.autocast(position.device.type, enabled=False):  # half precision would round where a joint is to centimetres
            there = (gate @ (position.flip(1) * around).flatten(3)).unflatten(3, (count, 3)) - degree.unsqueeze(3) * position
            if lag_gate is None:
                motion = gate @ partner_past[..., -1, :].flatten(3)
            else:
                motion = lag_gate @ partner_past.permute(0, 1, 2, 4, 3, 5).reshape(*gate.shape[:2], joints * self.span, count * 3)
        heard = torch.cat([there, motion.unflatten(3, (count, 3)), degree.unsqueeze(3).expand(-1, -1, -1, count, -1)], dim=-1)
        time = position.new_full((*position.shape[:-1], 1), min(age, 10) / 10)
        bone, joint = position - position[:, :, self.above], velocity - velocity[:, :, self.above]
        own = torch.cat([velocity, velocity - before, bone, joint, position, time], dim=-1)
        each = zip(own.unbind(3), past.flatten(4).unbind(3), partner_past.flatten(4).unbind(3), heard.unbind(3), strict=True)
        return [Seen(*parts, gate, self.skeleton) for parts in each]


def _spread(gates: Tensor, lags: Tensor | None, span: int) -> tuple[list[Tensor], list[Tensor] | None]:
    """For each stretch the gates (B, 2, J, J) [.., receiver, sender] as weights of a mean, and the same spread over lags (B, 2, J, J·L), oldest first."""
    weights = received(gates.float())
    weights = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1.0)
    each = list(weights.unbind(1))
    if lags is None:
        return each, None
    if lags.shape[-1] != span:
        raise ValueError(f"{lags.shape[-1]} lags, but the decoder knows {span}")
    shares = lags.float().softmax(dim=-1).flip(1, -1).transpose(2, 3)
    return each, [(weight.unsqueeze(-1) * shares).flatten(3) for weight in each]


def _log_variance(unsure: list[Tensor], frame: Canonical) -> Tensor:
    raw = torch.stack(unsure, dim=1)
    # A standard deviation between about 0.1 mm and a metre: neither may a likelihood explode nor an error cost nothing.
    return raw.clamp(-10.0, 8.0) + USUAL_LOG_VARIANCE + 2.0 * frame.scale.log()[:, None, None, None]
