"""From trajectories to a posterior over the type of every pair of bodies.

What a body did in each interval between two moments (its acceleration, or its rate beyond its own frequency) is the sum of what all others
did to it. The encoder therefore asks of all pairs at once: it lays out what the two *could* have done to each other, as learned functions of
what they see of each other (`laws.Law`), averaged over the interval along a smooth path, and finds the mixture that explains all motion
best. That is a ridge regression, solved in closed form and differentiable from end to end, whose noise is learned: each body has its own, and
each pair adds an error that strikes both alike with opposite signs. So an encounter too quick to follow hides what the two did to each
other, but not what the others did to both: their sum stays clear. A second view follows each pair through time with convolutions and pools
it by attention. Messages between edges that share a body, and compositions of edges (a friend's friend), then turn both into logits.

Nothing depends on labels, on the number or order of bodies, and in a plane nothing on how it is turned, except for its walls.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...physics.particles import BOX
from ...physics.trajectories import pairs
from .laws import SOFT, SPACES, Law, Plane

WALL = 1e4
"""Added to the variance of a body that met a wall."""
_GAUSS = ((0.5 - 0.15**0.5, 5 / 18), (0.5, 8 / 18), (0.5 + 0.15**0.5, 5 / 18))
"""Three points of an interval 0..1 and their weights that integrate polynomials up to the fifth degree."""


class Encoder(nn.Module):
    """Logits (B, P, K) over the types of all pairs i < j.

    Args:
        space: "plane" or "circle".
        types: K.
        hidden: width.
        channels: learned functions that a partner's doing is laid out in.
        explain: whether the regression over all partners is used.
        temporal: whether pairs are followed through time with convolutions.
    """

    def __init__(
        self, space: str, *, types: int = 2, hidden: int = 32, channels: int = 2, explain: bool = True, temporal: bool = True
    ) -> None:
        super().__init__()
        self.space = SPACES[space]
        self.channels = channels
        self.explain, self.temporal = explain, temporal
        self.law = Law(self.space.features, channels, hidden, start=1.0)
        self.noise = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 1))
        self.pair_noise = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 1))
        if explain:
            self.log_ridge = nn.Parameter(torch.tensor(-8.0))
            self.read = nn.Sequential(nn.Linear(3 * channels + 1, hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        if temporal:
            width = 2 * channels + self.space.features + 1
            self.follow = nn.Sequential(
                nn.Conv1d(width, hidden, 5, padding=2), nn.SiLU(), nn.Conv1d(hidden, hidden, 5, padding=2), nn.SiLU()
            )
            self.attend = nn.Conv1d(hidden, 1, 1)
            self.pooled = nn.Linear(2 * hidden, hidden)
        self.node = nn.Sequential(nn.Linear(hidden, hidden), nn.SiLU())
        self.compose = nn.Linear(hidden, hidden)
        self.edge = nn.Sequential(nn.Linear(3 * hidden, hidden), nn.SiLU(), nn.Linear(hidden, types))

    def forward(self, x: Tensor, v: Tensor, drive: Tensor, interval: float) -> Tensor:
        """Places and velocities (B, T, N, D), what each body does by itself (B, N)."""
        bodies = x.shape[2]
        first, second = (torch.from_numpy(index).to(x.device) for index in pairs(bodies))
        did, there, back, seen, walled = self._laid_out(x, v, drive, interval, first, second)
        whitening = self._whitening(did, seen, walled, first, second)
        total = x.new_zeros(())
        if self.explain:
            total = total + self._explained(did, there, back, whitening, first, second)
        if self.temporal:
            total = total + self._followed(did, there, back, whitening, seen, first, second)
        nodes = total.new_zeros(total.shape[0], bodies, total.shape[2])
        nodes = self.node(nodes.index_add(1, first, total).index_add(1, second, total) / (bodies - 1))
        signs = _table(self.compose(total).tanh(), bodies, first, second, dim=1)
        composed = torch.einsum("bikh,bkjh->bijh", signs, signs)[:, first, second]
        return self.edge(torch.cat([total, nodes[:, first] + nodes[:, second], composed], dim=-1))

    def _laid_out(
        self, x: Tensor, v: Tensor, drive: Tensor, interval: float, first: Tensor, second: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """What bodies did (B, T', N, D); what the second of each pair would do to the first by each channel (B, T', P, D, C), and the first to
        the second; what a pair's noise may depend on (B, T', P, 2); and which bodies met a wall in which interval (B, T', N)."""
        if self.space is not Plane:
            seen, direction = self.space.seen(x[:, :, first] - x[:, :, second])
            there = direction.unsqueeze(-1) * self.law(seen).unsqueeze(-2)
            back = direction.unsqueeze(-1) * self.law(self.space.seen(x[:, :, second] - x[:, :, first])[0]).unsqueeze(-2)
            # Clues are the same from both ends.
            clues = torch.stack([seen[..., 1], seen[..., 0].square()], dim=-1)
            return v - drive[:, None, :, None], there, back, clues, torch.zeros_like(v[..., 0])
        a, b, va, vb = x[:, :-1], x[:, 1:], v[:, :-1], v[:, 1:]
        there, closest = x.new_zeros(()), (b[:, :, first] - b[:, :, second]).norm(dim=-1)
        for s, share in _GAUSS:
            # Hermite's cubic through both moments with their velocities.
            place = a + (b - a) * (s * s * (3 - 2 * s)) + interval * (va * (s * (1 - s) ** 2) - vb * (s * s * (1 - s)))
            apart = place[:, :, first] - place[:, :, second]
            seen, direction = self.space.seen(apart)
            there = there + share * direction.unsqueeze(-1) * self.law(seen).unsqueeze(-2)
            closest = torch.minimum(closest, apart.norm(dim=-1))
        speed = 0.5 * ((va + vb)[:, :, first] - (va + vb)[:, :, second]).norm(dim=-1)
        clues = torch.stack([(closest + SOFT).log(), (speed + SOFT).log()], dim=-1)
        outside = torch.maximum((a + va * interval).abs(), (b - vb * interval).abs()).amax(dim=-1) >= BOX
        return (vb - va) / interval, there, -there, clues, outside.to(x.dtype)

    def _whitening(self, did: Tensor, seen: Tensor, walled: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """(B, T', N, N) lower triangular: makes the noise of all bodies in an interval independent and of size 1."""
        bodies = did.shape[2]
        closest = _table(seen[..., :1], bodies, first, second, dim=2, other=5.0).amin(dim=(-2, -1))
        clues = torch.stack([0.5 * (did.square().sum(dim=-1) + 1e-4).log(), closest], dim=-1)
        own = (2 * (self.noise(clues).squeeze(-1) - 4.0).clamp(-7.0, 3.0)).exp() + WALL * walled
        covariance = own.double().diag_embed()
        if self.space is Plane:
            # The start: the closer two bodies come, the worse the interval's mean force is known.
            pair = (2 * (self.pair_noise(seen).squeeze(-1) - 6.0 - 2.0 * seen[..., 0]).clamp(-7.0, 3.0)).exp().double()
            ends = torch.zeros(len(first), bodies, dtype=torch.float64, device=did.device)
            index = torch.arange(len(first), device=did.device)
            ends[index, first], ends[index, second] = 1.0, -1.0
            covariance = covariance + (ends.t() * pair.unsqueeze(-2)) @ ends
        factor = torch.linalg.cholesky(covariance)
        eye = torch.eye(bodies, dtype=torch.float64, device=did.device).expand_as(factor)
        return torch.linalg.solve_triangular(factor, eye, upper=False).to(did.dtype)

    def _explained(self, did: Tensor, there: Tensor, back: Tensor, whitening: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """(B, P, H): the mixture of what pairs could do that explains all bodies best, read for each pair."""
        batch, number = did.shape[0], len(first)
        columns = whitening[..., None, :, first, None] * there.transpose(2, 3).unsqueeze(3)
        columns = columns + whitening[..., None, :, second, None] * back.transpose(2, 3).unsqueeze(3)
        columns = columns.reshape(batch, -1, number * self.channels)
        goal = (whitening @ did).transpose(-1, -2).reshape(batch, -1, 1)
        rows = goal.shape[1]
        scale = (columns.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
        columns = columns * scale
        gram = columns.transpose(-1, -2) @ columns / rows
        gram = gram + (self.log_ridge.exp() + 1e-5) * torch.eye(gram.shape[-1], device=gram.device)
        moment = columns.transpose(-1, -2) @ goal / rows
        inverse = torch.linalg.inv(gram)
        solved = inverse @ moment
        left = 0.5 * ((goal - columns @ solved).square().mean(dim=1) + 1e-8).log().unsqueeze(1).expand(-1, number, -1)

        def each(values: Tensor) -> Tensor:
            return values.unflatten(1, (number, self.channels))

        scale = scale.squeeze(1)
        size, alone = each(solved.squeeze(-1) * scale), each(moment.squeeze(-1) * scale)
        error = each(0.5 * inverse.diagonal(dim1=-2, dim2=-1).log() + scale.log())
        return self.read(torch.cat([size.asinh(), 0.3 * error, alone.asinh(), 0.3 * left], dim=-1))

    def _followed(self, did: Tensor, there: Tensor, back: Tensor, whitening: Tensor, seen: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """(B, P, H): each pair through time, from both of its ends, pooled by attention."""
        total = seen.new_zeros(())
        quiet = whitening.diagonal(dim1=-2, dim2=-1).log()
        for end, done in ((first, there), (second, back)):
            length = (done.square().sum(dim=-2) + 1e-6).sqrt()
            along = (did[:, :, end].unsqueeze(-1) * done).sum(dim=-2) / length
            clues = torch.cat([along.asinh(), length.asinh(), seen, 0.3 * quiet[:, :, end].unsqueeze(-1)], dim=-1)
            batch, moments, number, width = clues.shape
            hidden = self.follow(clues.permute(0, 2, 3, 1).reshape(batch * number, width, moments))
            attention = self.attend(hidden).softmax(dim=-1)
            pooled = torch.cat([(attention * hidden).sum(dim=-1), hidden.mean(dim=-1)], dim=-1)
            total = total + self.pooled(pooled).unflatten(0, (batch, number))
        return total


def _table(values: Tensor, bodies: int, first: Tensor, second: Tensor, *, dim: int, other: float = 0.0) -> Tensor:
    """Values of pairs along *dim* as a symmetric table of bodies, (…, N, N, …), with *other* on its diagonal."""
    shape = list(values.shape)
    shape[dim] = bodies * bodies
    whole = values.new_full(shape, other)
    whole = whole.index_copy(dim, first * bodies + second, values).index_copy(dim, second * bodies + first, values)
    return whole.unflatten(dim, (bodies, bodies))
