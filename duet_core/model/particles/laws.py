"""How one body acts on another, learned as a function of what both see of each other, and the two kinds of space that this happens in.

A `Plane` holds particles with places, velocities and walls, where a law gives the force along the line between two bodies as a function of
their distance: whatever it learns is the same however the plane is turned or moved, and every force has its counter-force. A `Circle` holds
oscillators with phases, where a law gives the change of the rate as an odd or even function of the difference of phases.
Bodies come first in every array here, (N, R, D) for R systems, so that differences and sums over pairs are one matrix product each.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...physics.particles import BOX
from ...physics.trajectories import pairs

SOFT = 1e-3
"""Metres added to distances in quadrature, so that bodies that meet have a direction."""


class Incidence(nn.Module):
    """Differences between the bodies of all pairs, and sums over each body's pairs; for any number of bodies."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[int, torch.device], Tensor] = {}

    def forward(self, bodies: int, device: torch.device) -> Tensor:
        """(P, N): +1 at a pair's first body, −1 at its second."""
        key = (bodies, device)
        if key not in self._kept:
            first, second = pairs(bodies)
            matrix = torch.zeros(len(first), bodies)
            matrix[torch.arange(len(first)), torch.from_numpy(first)] = 1.0
            matrix[torch.arange(len(first)), torch.from_numpy(second)] = -1.0
            self._kept[key] = matrix.to(device)
        return self._kept[key]


class Plane:
    """Particles that push each other along the line between them, within elastic walls."""

    order = 2
    """Forces change velocities."""
    features = 2
    antisymmetric = True
    """What a body does to another comes back with the opposite sign."""

    @staticmethod
    def seen(apart: Tensor) -> tuple[Tensor, Tensor]:
        """From differences of places (…, 2): what a law depends on (…, 2), and the unit vector (…, 2) from the second body to the first."""
        distance = (apart.square().sum(dim=-1, keepdim=True) + SOFT**2).sqrt()
        return torch.cat([distance.log(), 0.5 * distance], dim=-1), apart / distance

    @staticmethod
    def reflect(x: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Places and velocities thrown back by the walls."""
        if x.detach().abs().max() <= BOX:
            return x, v
        over, under = x > BOX, x < -BOX
        x = torch.where(over, 2 * BOX - x, torch.where(under, -2 * BOX - x, x))
        v = torch.where(over, -v.abs(), torch.where(under, v.abs(), v))
        return x, v


class Circle:
    """Oscillators whose rates depend on the differences of their phases."""

    order = 1
    """Forces are rates."""
    features = 2
    antisymmetric = False

    @staticmethod
    def seen(apart: Tensor) -> tuple[Tensor, Tensor]:
        """From differences of phases (…, 1): their sine and cosine (…, 2), and ones (…, 1)."""
        return torch.cat([apart.sin(), apart.cos()], dim=-1), torch.ones_like(apart)

    @staticmethod
    def reflect(x: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return x, v


SPACES: dict[str, type[Plane] | type[Circle]] = {"plane": Plane, "circle": Circle}


class Law(nn.Module):
    """*channels* functions of what two bodies see of each other.

    The output passes through a hyperbolic sine: linear near 0, exponential far from it, so that one small network holds forces from a
    thousandth to a thousand, and, fed with the logarithm of the distance, continues as a power law where it has seen nothing.
    """

    def __init__(self, features: int, channels: int, hidden: int, start: float = 0.3) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.Linear(features, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, channels)
        )
        last = self.network[-1]
        assert isinstance(last, nn.Linear)
        with torch.no_grad():
            last.weight.mul_(start)
            last.bias.mul_(start)

    def forward(self, seen: Tensor) -> Tensor:
        """(…, F) to (…, C)."""
        return self.network(seen).clamp(-8.0, 8.0).sinh()
