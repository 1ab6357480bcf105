"""What a generator is trained for. Every part is a mean over its elements, whatever the batch, so that training and validation compare."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...generation.bodies import Body
from ...model.phrase_settings import PhraseSettings
from ...model.vae import Passed, PhraseVae
from .settings import PhraseObjective


class Dancing:
    """Channels (…, C) as joints' places (…, J, 3), for gradients; as ``generation.channels.danced``, on the body that losses are measured on."""

    def __init__(self, body: Body) -> None:
        skeleton = body.skeleton
        self.joints = len(skeleton)
        bones = [joint for joint, parent in enumerate(skeleton.parents) if parent >= 0]
        reach = np.zeros((self.joints, len(bones)))
        for joint in skeleton.order:
            if skeleton.parents[joint] >= 0:
                reach[joint] = reach[skeleton.parents[joint]]
                reach[joint, bones.index(joint)] = body.lengths[joint]
        self.reach = torch.from_numpy(reach.astype(np.float32))

    def __call__(self, channels: Tensor) -> Tensor:
        way = channels[..., :-4].reshape(*channels.shape[:-1], -1, 3)
        way = way / way.norm(dim=-1, keepdim=True).clamp_min(1e-3)
        places = torch.einsum("jb,...bk->...jk", self.reach.to(way), way)
        c, s = torch.cos(channels[..., -1:]), torch.sin(channels[..., -1:])
        x, y = places[..., 0], places[..., 1]
        turned = torch.stack([c * x - s * y, s * x + c * y, places[..., 2]], dim=-1)
        return turned + channels[..., None, -4:-1]


class Objective:
    """The loss of windows (B, T, D, C) and what became of them.

    Args:
        windows: a sample of the training windows: its variances are the units of the losses.
    """

    def __init__(self, settings: PhraseObjective, model: PhraseSettings, body: Body, windows: NDArray) -> None:
        self.settings, self.model, self.dancing = settings, model, Dancing(body)
        places = self.places(torch.from_numpy(np.ascontiguousarray(windows, np.float32)))
        moved = places.diff(dim=1)
        self.place_unit = float((places - places.mean(dim=(0, 1))).square().mean())
        self.move_unit = float(moved.square().mean())

    def places(self, windows: Tensor) -> Tensor:
        """(B, T, D, J, 3) metres, of windows (B, T, D, C) of the model's representation."""
        if self.model.representation == "positions":
            return windows.reshape(*windows.shape[:3], -1, 3)
        return self.dancing(windows)

    def losses(self, network: PhraseVae, windows: Tensor, passed: Passed, step: int | None = None) -> dict[str, Tensor]:
        """``loss`` and its parts; *step* for the rise of beta, None where it has risen."""
        wanted, danced = windows, passed.windows.reshape(windows.shape)
        flat = windows.reshape(*windows.shape[:2], -1)
        s = self.settings
        parts = {"channel": (network.compared(flat) - network.compared(passed.windows)).square().mean()}
        a, b = self.places(wanted), self.places(danced)
        parts["position"] = (a - b).square().mean() / self.place_unit
        parts["velocity"] = (a.diff(dim=1) - b.diff(dim=1)).square().mean() / self.move_unit
        mean, log_variance = passed.mean.float(), passed.log_variance.float()
        parts["kl"] = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
        rise = 1.0 if step is None or not s.beta_steps else min(1.0, (step + 1) / s.beta_steps)
        loss = s.position * parts["position"] + s.velocity * parts["velocity"] + s.channel * parts["channel"] + rise * s.beta * parts["kl"]
        with torch.no_grad():
            parts["centimetres"] = 100 * (a - b).norm(dim=-1).mean()
        return {"loss": loss, **parts}
