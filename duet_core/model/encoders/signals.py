"""What a joint does, as signals over time that lags can be read from: vectors that turn with the room, and scalars that do not."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

ADULT = 0.5
"""Metres of one body unit of `..canonical`, roughly: what follows is written in metres for a grown body."""
STILL = 0.03
"""Metres a second below which a motion is not blown up to the size of the others."""
VIEWS = 5
"""A joint's velocity is seen in the room, against the root, and against the one, two and three joints above it."""


def ancestors(parents: Tensor) -> Tensor:
    """(J,) each joint's parent; the joint itself for a root."""
    own = torch.arange(len(parents), device=parents.device)
    return torch.where(parents >= 0, parents, own)


def views(room: Tensor, parents: Tensor, rate: float) -> tuple[Tensor, Tensor]:
    """Velocities of (B, T, 2, J, 3): (B, 2, J, 3, V, T − 1), each view's mean removed and divided by its r.m.s., and (B, 2, J, V) that r.m.s. in m/s."""
    above = ancestors(parents)
    root = int(torch.nonzero(parents < 0)[0])
    v = room.diff(dim=1) * rate
    first = v[:, :, :, above]
    second = first[:, :, :, above]
    third = second[:, :, :, above]
    x = torch.stack([v, v - v[:, :, :, root : root + 1], v - first, v - second, v - third], dim=-1)  # (B, T, 2, J, 3, V)
    x = x - x.mean(dim=1, keepdim=True)
    size = (x.square().sum(4).mean(1) + STILL**2).sqrt()
    return (x / size[:, None, :, :, None]).permute(0, 2, 3, 4, 5, 1), size


def unit(signal: Tensor, over: tuple[int, ...]) -> Tensor:
    """*signal* (…, T) less its mean over time, divided by its norm over the axes *over*, so that products over time are correlations."""
    signal = signal - signal.mean(dim=-1, keepdim=True)
    return signal * torch.rsqrt(signal.square().sum(dim=over, keepdim=True) + 1e-3)


class Signals(nn.Module):
    """Filters every joint's views over time.

    Vector heads are linear filters, the same for x and y (so that they turn with the room), others for z, opened and closed by scalars; scalar heads
    see the sizes of all vectors and the heights. There are *vectors* heads and *scalars* heads for a joint as source and as many as target, and
    *crossed* more of each, whose vectors meet the other's scalars. Vector heads start as plain velocities and accelerations of the views: from
    filters drawn at random the correlations of neighbours are noise, and leads are not found for a long time.
    """

    def __init__(self, vectors: int, scalars: int, crossed: int, kernel: int) -> None:
        super().__init__()
        self.vectors, self.scalars, self.crossed = vectors, scalars, crossed
        count = 2 * vectors + 2 * crossed
        self.level = nn.Conv1d(VIEWS, count, kernel, padding=kernel // 2, bias=False)
        self.height = nn.Conv1d(VIEWS, count, kernel, padding=kernel // 2, bias=False)
        self.first = nn.Conv1d(2 * VIEWS + count, 24, 5, padding=2)
        self.second = nn.Conv1d(24, 2 * scalars + 2 * crossed + count, 5, padding=2)
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        size = self.level.weight.shape[-1]

        def bump(at: int) -> Tensor:
            return torch.exp(-0.5 * ((torch.arange(size) - size // 2 - at) / 0.7) ** 2)

        velocity, acceleration = bump(0), bump(1) - bump(-1)
        starts = [
            (2, velocity),
            (3, velocity),
            (4, velocity),
            (0, velocity),
            (3, acceleration),
            (2, acceleration),
            (1, velocity),
            (0, acceleration),
        ]
        c, s, x = self.vectors, self.scalars, self.crossed
        for weight in (self.level.weight, self.height.weight):
            weight.mul_(0.1)
            for head in range(c):
                view, kernel = starts[head % len(starts)]
                weight[head, view] += kernel
            weight[c : 2 * c] = weight[:c]
            weight[2 * c :, 3] += velocity
        weight = self.second.weight
        weight[s : 2 * s] = weight[:s]
        weight[2 * s + x : 2 * s + 2 * x] = weight[2 * s : 2 * s + x]
        weight[2 * s + 2 * x :] *= 0.1

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Views (B, 2, J, 3, V, T) → vectors (2, B, 2C + 2X, 3, J, T) and scalars (2, B, 2S + 2X, J, T), dancers first."""
        batch, _, joints, _, _, frames = seen.shape
        nodes = seen.reshape(-1, 3, VIEWS, frames)
        level, height = nodes[:, :2], nodes[:, 2]
        flat = self.level(level.reshape(-1, VIEWS, frames)).reshape(nodes.shape[0], 2, -1, frames)
        vectors = torch.cat([flat, self.height(height).unsqueeze(1)], dim=1).float()  # (nodes, 3, heads, T)
        sizes = [(v.square().sum(1) + 1e-4).sqrt() for v in (nodes, vectors)]
        hidden = functional.silu(self.first(torch.cat([sizes[0], height, sizes[1]], dim=1)))
        count = vectors.shape[2]
        scalars, opening = self.second(hidden).float().split([2 * self.scalars + 2 * self.crossed, count], dim=1)
        vectors = unit(vectors * (2 * torch.sigmoid(opening)).unsqueeze(1), (1, 3))
        scalars = unit(scalars, (2,))
        return (
            vectors.reshape(batch, 2, joints, 3, count, frames).permute(1, 0, 4, 3, 2, 5),
            scalars.reshape(batch, 2, joints, -1, frames).permute(1, 0, 3, 2, 4),
        )


def structure(room: Tensor, parents: Tensor, size: Tensor) -> Tensor:
    """(B, 2, J, V + 6) what else is known of a joint: how fast it is in each view, its height, its distance from the root, whether it is an end, its
    children, its depth, and how far it strays from its mean place."""
    joints = len(parents)
    root = int(torch.nonzero(parents < 0)[0])
    children = room.new_zeros(joints)
    children.index_add_(0, parents[parents >= 0], room.new_ones(int((parents >= 0).sum())))
    depth, at = room.new_zeros(joints), parents
    while bool((at >= 0).any()):
        depth = depth + (at >= 0)
        at = torch.where(at >= 0, parents[at.clamp(min=0)], at)
    shape = size.shape[:3]
    return torch.cat(
        [
            size.log() + 1,
            torch.stack(
                [
                    room[..., 2].mean(1),
                    (room - room[:, :, :, root : root + 1]).norm(dim=-1).mean(1),
                    (children == 0).to(room.dtype).expand(shape),
                    0.5 * children.expand(shape),
                    0.2 * depth.expand(shape),
                    ((room - room.mean(1, keepdim=True)).square().sum(-1).mean(1) + 1e-4).sqrt(),
                ],
                dim=-1,
            ),
        ],
        dim=-1,
    )
