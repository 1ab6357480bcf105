"""From a state and gated edges to the states that follow: a learned law for each type of edge, integrated in small steps.

The only thing that a body learns of another passes through a law, and which law it is the gate says; so nothing can be predicted well with
wrong edges. How sure the prediction is, is learned beside it, from what happened on the way: after a close encounter little is certain.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .laws import SPACES, Incidence, Law, Plane

LEAST_LOG_VARIANCE = -13.8
"""A prediction is never surer than a standard deviation of 0.001 (a variance of 1e-6)."""


class Decoder(nn.Module):
    """Rolls states forward.

    Args:
        space: "plane" or "circle".
        hidden: width of the laws.
        substeps: steps of integration between two moments.
        silent: whether the first type sends nothing.
    """

    def __init__(self, space: str, *, hidden: int = 32, substeps: int = 5, silent: bool = False) -> None:
        super().__init__()
        self.space = SPACES[space]
        self.silent = silent
        self.substeps = substeps
        self.law = Law(self.space.features, 2, hidden)
        self.incidence = Incidence()
        self.doubt = nn.Sequential(nn.Linear(3, 16), nn.SiLU(), nn.Linear(16, 2))
        self.start: Tensor
        self.register_buffer("start", torch.zeros(2))

    @torch.no_grad()
    def begin(self, x: Tensor, v: Tensor, drive: Tensor, interval: float, more: float = 0.0) -> None:
        """Let doubt begin where a prediction that knows nothing of other bodies is right on average, for places and velocities (S, T, N, D),
        with *more* added to the logarithm of the variance.

        From there the laws have something to gain at once: with more doubt nothing is worth learning, with less a heavy tail drives everything.
        """
        if self.space is Plane:
            misses = (x[:, 1:] - x[:, :-1] - interval * v[:, :-1], v[:, 1:] - v[:, :-1])
        else:
            own = drive[:, None, :, None]
            misses = (x[:, 1:] - x[:, :-1] - interval * own, v - own)
        self.start.copy_(torch.stack([miss.square().mean().log() for miss in misses]) + more)

    def forward(self, x: Tensor, v: Tensor, drive: Tensor, gates: Tensor, steps: int, interval: float) -> tuple[Tensor, Tensor, Tensor]:
        """States after 1…steps intervals.

        Args:
            x, v: (R, N, D).
            drive: (R, N).
            gates: (R, P), the weight of the second type.

        Returns:
            places and velocities (R, steps, N, D), and the log of their variances (R, steps, N, 2).
        """
        x, v = x.transpose(0, 1), v.transpose(0, 1)
        gate, own = gates.t().unsqueeze(-1), drive.t().unsqueeze(-1)
        matrix = self.incidence(x.shape[0], x.device)
        small = interval / self.substeps
        most, least = torch.zeros_like(x[..., 0]), torch.full_like(x[..., 0], 5.0)
        places, velocities, doubts = [], [], []
        if self.space is Plane:
            force, near = self._force(x, gate, matrix)
            for step in range(steps):
                for _ in range(self.substeps):
                    v = v + 0.5 * small * force
                    x, v = self.space.reflect(x + small * v, v)
                    force, near = self._force(x, gate, matrix)
                    v = v + 0.5 * small * force
                    with torch.no_grad():
                        most = torch.maximum(most, force.square().sum(dim=-1))
                        least = torch.minimum(least, near)
                places.append(x)
                velocities.append(v)
                doubts.append(self._doubt(most, least, step))
        else:
            for step in range(steps):
                for _ in range(self.substeps):
                    a = own + self._force(x, gate, matrix)[0]
                    b = own + self._force(x + 0.5 * small * a, gate, matrix)[0]
                    c = own + self._force(x + 0.5 * small * b, gate, matrix)[0]
                    d = own + self._force(x + small * c, gate, matrix)[0]
                    x = x + small / 6 * (a + 2 * (b + c) + d)
                places.append(x)
                velocities.append(own + self._force(x, gate, matrix)[0])
                doubts.append(self._doubt(most, least, step))
        return tuple(torch.stack(of).permute(2, 0, 1, 3) for of in (places, velocities, doubts))  # type: ignore[return-value]

    def _force(self, x: Tensor, gate: Tensor, matrix: Tensor) -> tuple[Tensor, Tensor]:
        """What is done to each body (N, R, D), and the smallest log distance of each (N, R), from places (N, R, D)."""
        bodies, count, axes = x.shape
        apart = (matrix @ x.reshape(bodies, -1)).reshape(-1, count, axes)
        seen, direction = self.space.seen(apart)
        done = self._mixed(self.law(seen), gate) * direction
        if self.space.antisymmetric:
            total = matrix.t() @ done.reshape(done.shape[0], -1)
            with torch.no_grad():
                far = (1.0 - matrix.t().abs()) * 5.0
                near = (seen[..., 0].unsqueeze(0) * matrix.t().abs().unsqueeze(-1) + far.unsqueeze(-1)).amin(dim=1)
        else:
            back = self._mixed(self.law(self.space.seen(-apart)[0]), gate) * direction
            total = matrix.t().clamp(min=0) @ done.reshape(done.shape[0], -1) + (-matrix.t()).clamp(min=0) @ back.reshape(back.shape[0], -1)
            near = torch.zeros_like(x[..., 0])
        return total.reshape(bodies, count, axes), near

    def _mixed(self, laws: Tensor, gate: Tensor) -> Tensor:
        sent = gate * laws[..., 1:]
        return sent if self.silent else sent + (1.0 - gate) * laws[..., :1]

    def _doubt(self, most: Tensor, least: Tensor, step: int) -> Tensor:
        clues = torch.stack([0.5 * (most + 1e-6).log(), least, torch.full_like(most, float(step)).add(1.0).log()], dim=-1)
        return LEAST_LOG_VARIANCE + nn.functional.softplus(self.doubt(0.3 * clues) * 4.0 + (self.start - LEAST_LOG_VARIANCE))
