"""The correlation volume: what each joint's signals, some time earlier or later, have in common with each joint of the partner."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class Shifted(torch.autograd.Function):
    """(N, C, J, T) → (N, C, L, J, T): entry l is the signal delayed by low + l samples, 0 outside.

    The same as ``unfold``, whose gradient takes five times as long on a CPU.
    """

    @staticmethod
    def forward(ctx: Any, signal: Tensor, low: int, high: int) -> Tensor:
        ctx.low, ctx.high = low, high
        frames = signal.shape[-1]
        padded = functional.pad(signal, (high, -low))
        return torch.stack([padded[..., high - lag : high - lag + frames] for lag in range(low, high + 1)], dim=2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        gradient, low, high = gradients[0], ctx.low, ctx.high
        frames = gradient.shape[-1]
        total = gradient.new_zeros(*gradient.shape[:2], *gradient.shape[3:-1], frames + high - low)
        for index, lag in enumerate(range(low, high + 1)):
            total[..., high - lag : high - lag + frames] += gradient[:, :, index]
        return total[..., high : high + frames], None, None


class LagVolume(nn.Module):
    """From the signals of `.signals.Signals` to hidden values of every pair, and how much speaks for each lag.

    Lags run from *low* (below 0: the target came first) to *high* samples. All products over time are matrix products in which the joints of one
    dancer, at all lags, meet those of the other. Their squares are taken as well, because of a coupling through an unknown turn of the room only
    the length of its correlation is known. The first mixing matrices start as just that: lengths of turned and of reflected correlation.
    """

    def __init__(self, vectors: int, scalars: int, crossed: int, hidden: int, mixed: int, low: int, high: int, lags: int) -> None:
        super().__init__()
        self.vectors, self.scalars, self.crossed, self.low, self.high, self.lags = vectors, scalars, crossed, low, high, lags
        self.count = high - low + 1
        channels = 5 * vectors + scalars + 6 * crossed
        self.turn = nn.Parameter(torch.empty(channels, channels))
        self.turn_bias = nn.Parameter(torch.zeros(channels, 1))
        self.linear = nn.Parameter(torch.empty(mixed, channels))
        self.squared = nn.Parameter(torch.empty(mixed, channels))
        self.bias = nn.Parameter(torch.zeros(mixed, 1))
        self.lag = nn.Parameter(torch.empty(1, mixed))
        self.flat = nn.Parameter(torch.empty(hidden, mixed * self.count))
        self.flat_bias = nn.Parameter(torch.zeros(hidden))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        c, s, x = self.vectors, self.scalars, self.crossed
        channels, mixed = len(self.turn), len(self.linear)
        nn.init.zeros_(self.turn)
        for head in range(c):
            xx, xy, yx, yy = range(4 * head, 4 * head + 4)
            self.turn[xx, [xx, yy]] = 1.0  # the same direction …
            self.turn[xy, xy], self.turn[xy, yx] = 1.0, -1.0  # … and across it: their squares are the length of a turned correlation
            self.turn[yx, xx], self.turn[yx, yy] = 1.0, -1.0
            self.turn[yy, [xy, yx]] = 1.0  # likewise reflected
        rest = torch.arange(4 * c, channels)
        self.turn[rest, rest] = 1.0
        self.turn.mul_(2.5).add_(torch.randn_like(self.turn), alpha=0.05)
        for weight in (self.linear, self.squared):
            nn.init.normal_(weight, std=0.6 / (2 * channels) ** 0.5)
        for head in range(min(c, mixed // 2)):
            self.squared[2 * head, [4 * head, 4 * head + 1, 4 * c + head]] += 0.7
            self.squared[2 * head + 1, [4 * head + 2, 4 * head + 3, 4 * c + head]] += 0.7
        if mixed > 2 * c + 2:
            first = 5 * c + s
            self.squared[2 * c, 5 * c : first] += 0.5
            if x:
                self.squared[2 * c + 1, first : first + 3] += 0.8
                self.squared[2 * c + 2, first + 3 * x : first + 3 * x + 3] += 0.8
        nn.init.normal_(self.lag, std=0.1)
        nn.init.normal_(self.flat, std=self.flat.shape[1] ** -0.5)

    def forward(self, vectors: Tensor, scalars: Tensor, kind: torch.dtype) -> tuple[Tensor, Tensor]:
        """Signals, dancers first → (2B, J, J, hidden) and (2B, J, J, lags); first the B windows from dancer 0 to 1, then those from 1 to 0."""
        _, batch, _, _, joints, frames = vectors.shape
        c, s, x = self.vectors, self.scalars, self.crossed
        n, rows = 2 * batch, self.count * joints
        # In the other direction the room is seen from the other side: x and y change their signs. Only vectors that meet scalars notice.
        side = vectors.new_tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]]).reshape(2, 1, 1, 3, 1, 1)
        source, target, source_x, target_x = vectors.split([c, c, x, x], dim=2)
        said, heard, said_x, heard_x = scalars.split([s, s, x, x], dim=2)
        source_x, target_x = source_x * side, target_x * side

        def early(signal: Tensor) -> Tensor:
            """(2, B, C, …, J, T) → (N, C…, L, J, T)."""
            return Shifted.apply(signal.to(kind).reshape(n, -1, joints, frames), self.low, self.high)

        def late(signal: Tensor) -> Tensor:
            """(2, B, C, …, J, T) of the targets, which are the partners: (N, C, T, …·J)."""
            other = signal.flip(0).to(kind)
            return other.reshape(n, signal.shape[2], -1, frames).transpose(-1, -2)

        level = torch.matmul(early(source[:, :, :, :2]).reshape(n, c, 2 * rows, frames), late(target[:, :, :, :2]))
        both = torch.matmul(
            early(torch.cat([source[:, :, :, 2], said], dim=2)).reshape(n, c + s, rows, frames),
            late(torch.cat([target[:, :, :, 2], heard], dim=2)),
        )
        parts = [level.reshape(n, c, 2, rows, 2, joints).transpose(3, 4).reshape(n, 4 * c, -1), both.reshape(n, c + s, -1)]
        if x:
            spoken = torch.matmul(early(said_x).reshape(n, x, rows, frames), late(target_x))
            shown = torch.matmul(early(source_x).reshape(n, x, 3 * rows, frames), late(heard_x))
            parts += [spoken.reshape(n, x, rows, 3, joints).transpose(2, 3).reshape(n, 3 * x, -1), shown.reshape(n, 3 * x, -1)]
        volume = torch.cat(parts, dim=1)  # (N, channels, L·J·J)

        def each(weight: Tensor) -> Tensor:
            return weight.to(kind).expand(n, -1, -1)

        turned = torch.bmm(each(self.turn), volume) + self.turn_bias.to(kind)
        mixed = torch.baddbmm(torch.bmm(each(self.linear), turned), each(self.squared), turned * turned) + self.bias.to(kind)
        mixed = functional.relu(mixed)
        first = -self.low
        lags = torch.bmm(each(self.lag), mixed).reshape(n, self.count, joints, joints)[:, first : first + self.lags].permute(0, 2, 3, 1)
        pairs = torch.bmm(each(self.flat), mixed.reshape(n, -1, joints * joints)).transpose(1, 2).reshape(n, joints, joints, -1)
        return pairs + self.flat_bias, lags
