"""From trajectories to a posterior over the type of every pair of bodies.

What a body did in each interval between two moments (its acceleration, or its rate beyond its own frequency) is the sum of what all others
did to it. The encoder therefore asks of all partners at once: it lays out what each partner *could* have done, as learned functions of what
the two see of each other (`laws.Law`), averaged over the interval along a smooth path, and attends over time to find the mixture that
explains the motion best. That is a ridge regression, solved in closed form for each body with weights for each interval that are learned
too (an encounter too quick to follow, or a wall, must not speak), and differentiable from end to end. A second view follows each pair
through time with convolutions and pools it by attention. Message passing between the edges that share a body then turns both into logits.

Nothing depends on labels, on the number or order of bodies, and in a plane nothing on how it is turned, except for its walls.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...physics.particles import BOX
from ...physics.trajectories import pairs
from .laws import SPACES, Law, Plane

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
        self.weight = nn.Sequential(nn.Linear(2, 16), nn.SiLU(), nn.Linear(16, 1))
        if explain:
            self.log_ridge = nn.Parameter(torch.tensor(-5.0))
            self.read = nn.Sequential(nn.Linear(3 * channels + 1, hidden), nn.SiLU(), nn.Linear(hidden, hidden))
        if temporal:
            width = 2 * channels + self.space.features + 1
            self.follow = nn.Sequential(
                nn.Conv1d(width, hidden, 5, padding=2), nn.SiLU(), nn.Conv1d(hidden, hidden, 5, padding=2), nn.SiLU()
            )
            self.attend = nn.Conv1d(hidden, 1, 1)
            self.pooled = nn.Linear(2 * hidden, hidden)
        self.node = nn.Sequential(nn.Linear(hidden, hidden), nn.SiLU())
        self.edge = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.SiLU(), nn.Linear(hidden, types))

    def forward(self, x: Tensor, v: Tensor, drive: Tensor, interval: float) -> Tensor:
        """Places and velocities (B, T, N, D), what each body does by itself (B, N)."""
        first, second = (torch.from_numpy(index).to(x.device) for index in pairs(x.shape[2]))
        did, basis, seen, sure = self._laid_out(x, v, drive, interval, first, second)
        closest = _closest(seen[..., 0], first, second, x.shape[2])
        # The start: an interval counts by how calm it is, as if errors grew with what happened in it.
        size = did.square().sum(dim=-1)
        clues = torch.stack([0.5 * (size + 1e-4).log(), closest], dim=-1)
        weight = (sure / (size + 0.01)) * self.weight(clues).squeeze(-1).clamp(-8, 8).exp()
        total = x.new_zeros(())
        if self.explain:
            total = total + self._explained(did, basis, weight, first, second)
        if self.temporal:
            total = total + self._followed(did, basis, weight, seen, first, second)
        bodies = x.shape[2]
        nodes = total.new_zeros(total.shape[0], bodies, total.shape[2])
        nodes = nodes.index_add(1, first, total).index_add(1, second, total) / (bodies - 1)
        nodes = self.node(nodes)
        return self.edge(torch.cat([total, nodes[:, first] + nodes[:, second]], dim=-1))

    def _laid_out(
        self, x: Tensor, v: Tensor, drive: Tensor, interval: float, first: Tensor, second: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What bodies did (B, T', N, D); what the first of each pair would do by each channel (B, T', P, D, C); what the two see of each
        other (B, T', P, F); and which intervals are free of walls (B, T', N)."""
        if self.space is not Plane:
            seen, direction = self.space.seen(x[:, :, first] - x[:, :, second])
            basis = self.law(seen)
            # Both directions: an even function acts on both alike, an odd one against each other; the law is asked twice.
            back = self.law(self.space.seen(x[:, :, second] - x[:, :, first])[0])
            both = torch.stack([basis, back], dim=-1)
            return v - drive[:, None, :, None], both.unsqueeze(-3) * direction[..., None, None], seen, torch.ones_like(v[..., 0])
        a, b, va, vb = x[:, :-1], x[:, 1:], v[:, :-1], v[:, 1:]
        did = (vb - va) / interval
        change = b - a
        basis, middle = x.new_zeros(()), x.new_zeros(())
        for s, share in _GAUSS:
            # Hermite's cubic through both moments with their velocities.
            place = a + change * (s * s * (3 - 2 * s)) + interval * (va * (s * (1 - s) ** 2) - vb * (s * s * (1 - s)))
            seen, direction = self.space.seen(place[:, :, first] - place[:, :, second])
            basis = basis + share * direction.unsqueeze(-1) * self.law(seen).unsqueeze(-2)
            if s == 0.5:
                middle = seen
        outside = torch.maximum((a + va * interval).abs(), (b - vb * interval).abs()).amax(dim=-1) >= BOX
        return did, basis, middle, (~outside).to(x.dtype)

    def _of_partners(self, basis: Tensor, bodies: int, first: Tensor, second: Tensor) -> Tensor:
        """(B, T', N, N, D, C): what each body (first N) would do by each partner (second N)."""
        if self.space.antisymmetric:
            there, back = basis, -basis
        else:
            there, back = basis.unbind(dim=-1)
        whole = there.new_zeros(*there.shape[:2], bodies * bodies, *there.shape[3:])
        whole = whole.index_copy(2, first * bodies + second, there).index_copy(2, second * bodies + first, back)
        return whole.unflatten(2, (bodies, bodies))

    def _explained(self, did: Tensor, basis: Tensor, weight: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """(B, P, H): the mixture of partners that explains each body best, read for each pair from both of its ends."""
        batch, moments, bodies, axes = did.shape
        whole = self._of_partners(basis, bodies, first, second)
        root = (weight + 1e-12).sqrt()
        columns = whole * root[..., None, None, None]
        columns = columns.permute(0, 2, 1, 4, 3, 5).reshape(batch, bodies, moments * axes, bodies * self.channels)
        goal = (did * root.unsqueeze(-1)).permute(0, 2, 1, 3).reshape(batch, bodies, moments * axes, 1)
        scale = (columns.square().mean(dim=2) + 1e-8).rsqrt().unsqueeze(2)
        columns = columns * scale
        rows = moments * axes
        gram = columns.transpose(-1, -2) @ columns / rows
        ridge = self.log_ridge.exp() + 1e-4
        gram = gram + ridge * torch.eye(gram.shape[-1], device=gram.device)
        moment = columns.transpose(-1, -2) @ goal / rows
        inverse = torch.linalg.inv(gram)
        solved = inverse @ moment
        left = (goal - columns @ solved).square().mean(dim=2).squeeze(-1)
        size = (solved.squeeze(-1) * scale.squeeze(2)).unflatten(-1, (bodies, self.channels))
        error = inverse.diagonal(dim1=-2, dim2=-1)
        error = (0.5 * error.log() + scale.squeeze(2).log()).unflatten(-1, (bodies, self.channels))
        alone = (moment.squeeze(-1) * scale.squeeze(2)).unflatten(-1, (bodies, self.channels))
        left = 0.5 * (left + 1e-8).log().unsqueeze(-1).expand(-1, -1, bodies).unsqueeze(-1)
        told = self.read(torch.cat([size.asinh(), 0.3 * error, alone.asinh(), 0.3 * left], dim=-1))
        return told[:, first, second] + told[:, second, first]

    def _followed(self, did: Tensor, basis: Tensor, weight: Tensor, seen: Tensor, first: Tensor, second: Tensor) -> Tensor:
        """(B, P, H): each pair through time, from both of its ends, pooled by attention."""
        if self.space.antisymmetric:
            there, back = basis, -basis
        else:
            there, back = basis.unbind(dim=-1)
        total = seen.new_zeros(())
        for end, own, other in ((first, there, back), (second, back, there)):
            _ = other
            length = (own.square().sum(dim=-2) + 1e-6).sqrt()
            along = (did[:, :, end].unsqueeze(-1) * own).sum(dim=-2) / length
            clues = torch.cat([along.asinh(), length.asinh(), seen, 0.1 * (weight[:, :, end].unsqueeze(-1) + 1e-4).log()], dim=-1)
            batch, moments, number, width = clues.shape
            hidden = self.follow(clues.permute(0, 2, 3, 1).reshape(batch * number, width, moments))
            attention = self.attend(hidden).softmax(dim=-1)
            pooled = torch.cat([(attention * hidden).sum(dim=-1), hidden.mean(dim=-1)], dim=-1)
            total = total + self.pooled(pooled).unflatten(0, (batch, number))
        return total


def _closest(log_distance: Tensor, first: Tensor, second: Tensor, bodies: int) -> Tensor:
    """(B, T', N): each body's smallest value over its pairs."""
    whole = log_distance.new_full((*log_distance.shape[:2], bodies * bodies), 5.0)
    whole = whole.index_copy(2, first * bodies + second, log_distance).index_copy(2, second * bodies + first, log_distance)
    return whole.unflatten(2, (bodies, bodies)).amin(dim=-1)
