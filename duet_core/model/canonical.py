"""Windows without stage, turning and body size: what makes every model equivariant, whatever its layers.

Each dancer is seen in a frame of its own: the origin is the floor point midway between the two dancers' mean roots, x points horizontally from
the dancer to the partner, z is up, and the unit is the body's size. Turning the duet about the vertical or moving it over the floor changes
nothing in it, and exchanging the dancers exchanges the two frames. Where the roots stand above one another the frame is the room's.

The size of a body is the root mean square distance of its joints from their centre (about 0.5 m for an adult). Unlike the mean bone length it
hardly depends on which joints a skeleton has, so that one set of weights serves them all; and it needs no bones.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Canonical(NamedTuple):
    """Windows in the dancers' own frames, and the way back.

    Attributes:
        positions: (B, T, 2, J, 3) body units; dancer d's joints in dancer d's own frame.
        axis: (B, 2, 2) the x axis of each dancer's frame, in the room's x and y.
        centre: (B, 2) metres, the floor point between the dancers.
        scale: (B,) metres in one body unit.
    """

    positions: Tensor
    axis: Tensor
    centre: Tensor
    scale: Tensor

    def restored(self, positions: Tensor) -> Tensor:
        """(B, T', 2, J, 3) of these frames → metres in the room."""
        x, y, z = positions.unbind(-1)
        c, s = (self.axis[:, None, :, None, k] for k in (0, 1))
        room = torch.stack([c * x - s * y, s * x + c * y, z], dim=-1) * self.scale[:, None, None, None, None]
        return room + torch.nn.functional.pad(self.centre, (0, 1))[:, None, None, None, :]


def canonical(positions: Tensor, parents: Tensor, frames: int | None = None) -> Canonical:
    """*positions* (B, T, 2, J, 3), metres, in each dancer's own frame, which the first *frames* frames (all by default) decide.

    A model that must not know the future lets the first frame decide.
    """
    known = positions if frames is None else positions[:, :frames]
    roots = known[..., :2][:, :, :, parents < 0].mean(dim=(1, 3))  # (B, 2, 2)
    centre = roots.mean(dim=1)
    between = roots[:, 1] - roots[:, 0]
    distance = between.norm(dim=-1, keepdim=True)
    room = torch.zeros_like(between)
    room[:, 0] = 1.0
    first = torch.where(distance > 1e-6, between / distance.clamp(min=1e-6), room)
    axis = torch.stack([first, -first], dim=1)
    spread = (known - known.mean(dim=3, keepdim=True)).square().sum(-1).mean(dim=(1, 2, 3)).sqrt()
    scale = torch.where(spread > 1e-6, spread, torch.ones_like(spread))
    x, y, z = ((positions - torch.nn.functional.pad(centre, (0, 1))[:, None, None, None, :]) / scale[:, None, None, None, None]).unbind(-1)
    c, s = (axis[:, None, :, None, k] for k in (0, 1))
    return Canonical(torch.stack([c * x + s * y, c * y - s * x, z], dim=-1), axis, centre, scale)


def directed(positions: Tensor, parents: Tensor) -> Tensor:
    """Both directions stacked in the batch axis: (B, T, 2, J, 3) → (2B, T, 2, J, 3), dancers ordered [source, target].

    Entries 0…B−1 are the direction dancer 0 → dancer 1 and B…2B−1 the other; both dancers stand in the source's frame (x from source to target).
    """
    own = canonical(positions, parents).positions
    partner = own * own.new_tensor([-1.0, -1.0, 1.0])  # the partner's frame is the own one, turned by half a circle
    forth = torch.stack([own[:, :, 0], partner[:, :, 1]], dim=2)
    back = torch.stack([own[:, :, 1], partner[:, :, 0]], dim=2)
    return torch.cat([forth, back])


def undirected(values: Tensor) -> Tensor:
    """What `directed` stacked, apart again: (2B, …) → (B, 2, …), the new axis being the direction d."""
    return torch.stack(values.chunk(2), dim=1)


def filled(positions: Tensor) -> Tensor:
    """(B, T, …, 3) with unknown values (NaN) held from the frame before, else from the frame after; 0 where a window never knows them."""
    unknown = torch.isnan(positions)
    if not bool(unknown.any()):
        return positions
    frames = torch.arange(positions.shape[1], device=positions.device).reshape(1, -1, *(1,) * (positions.ndim - 2))
    before = torch.where(unknown, -1, frames).cummax(dim=1).values
    after = torch.where(unknown, positions.shape[1], frames).flip(1).cummin(dim=1).values.flip(1)
    source = torch.where(before >= 0, before, after)
    return torch.where(source < positions.shape[1], positions.nan_to_num().gather(1, source.clamp(0, positions.shape[1] - 1)), 0.0)
