"""The encoder of the bundled model: a correlation volume of learned signals, measured distances, and graph convolutions over joints and pairs.

Flattening a window into a perceptron cannot find lags cheaply; a volume over lags has them in plain sight (as in optical flow: Dosovitskiy et al.,
FlowNet, arXiv 1504.06852). What follows it is the NRI encoder (Kipf et al. 2018): pairs → joints → graph convolution → pairs with a skip.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...connections import KINDS
from ..canonical import canonical
from ..graph import skeleton_adjacency
from ..posterior import EdgePosterior
from ..settings import ModelSettings, options
from .base import Encoder
from .exchange import Exchange
from .heads import TypeLogits
from .lagvolume import LagVolume
from .signals import ADULT, VIEWS, Signals, structure, views

OPTIONS = {
    "vectors": 6, "scalars": 6, "crossed": 2, "mixed": 20, "kernel": 9, "layers": 3, "before": 3, "distances": True, "volume": True, "exchange": True
}  # fmt: skip
"""vectors, scalars, crossed, kernel: see `Signals`. mixed: channels of the volume. layers: of `Exchange`. before: lags below 0 that are looked at, samples.
distances, volume, exchange: parts that can be left out, to see what each is worth."""
MEASURES = 11
HELD_SECONDS = 1.0


class VolumeEncoder(Encoder):
    def __init__(self, settings: ModelSettings) -> None:
        super().__init__(settings)
        chosen = options(settings.encoder_options, OPTIONS, "encoder volume")
        hidden = settings.hidden
        heads = chosen["vectors"], chosen["scalars"], chosen["crossed"]
        self.signals = Signals(*heads, chosen["kernel"])
        self.volume = (
            LagVolume(*heads, hidden, chosen["mixed"], -chosen["before"], settings.lags - 1, settings.lags) if chosen["volume"] else None
        )
        self.joints = nn.Sequential(nn.Linear(VIEWS + 6, 32), nn.SiLU(), nn.Linear(32, 2 * hidden))
        self.measured = nn.Sequential(nn.Linear(MEASURES, 32), nn.SiLU(), nn.Linear(32, hidden)) if chosen["distances"] else None
        self.layers = nn.ModuleList([Exchange(hidden, settings.dropout) for _ in range(chosen["layers"] if chosen["exchange"] else 0)])
        self.types = TypeLogits(settings)
        self.sizes = [self.types.width, len(KINDS), settings.lags]
        last = nn.Linear(hidden, sum(self.sizes))
        nn.init.zeros_(last.bias)
        self.head = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, hidden), nn.SiLU(), last)

    def forward(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        # Velocities are small differences of places, and so are the spreads of distances: float32 would round them so that no two machines
        # agree on the logits' second decimal. Training does not notice.
        exact = positions if self.training or positions.device.type == "mps" else positions.double()
        own = canonical(exact, parents).positions * ADULT
        # Both dancers in the frame of the first.
        room = own * own.new_tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]]).unsqueeze(1)
        batch, _, _, joints, _ = room.shape
        seen, size = views(room, parents, self.settings.rate)
        about = self.joints(structure(room, parents, size).to(positions.dtype))
        source, target = about.split(self.settings.hidden, dim=-1)
        pairs = torch.cat([source[:, 0], source[:, 1]]).unsqueeze(2) + torch.cat([target[:, 1], target[:, 0]]).unsqueeze(1)
        if self.measured is not None:
            pairs = pairs + self.measured(measures(room, size, self.settings.rate).to(positions.dtype))
        kind = torch.get_autocast_dtype(room.device.type) if torch.is_autocast_enabled(room.device.type) else positions.dtype
        lags: Tensor | float = 0.0
        if self.volume is not None:
            found, lags = self.volume(*self.signals(seen.to(positions.dtype)), kind)
            pairs = pairs + found
        pairs = pairs.to(kind)
        around = skeleton_adjacency(parents)
        up = torch.zeros_like(around)
        children = torch.nonzero(parents >= 0)[:, 0]
        up[children, parents[children]] = 1.0
        down = up.t() / up.sum(0).clamp(min=1.0).unsqueeze(1)
        around = around + torch.eye(joints, device=around.device)
        around = around / around.sum(1, keepdim=True)
        for layer in self.layers:
            pairs = layer(pairs, up.to(kind), down.to(kind), around.to(kind))
        types, kinds, bins = self.head(pairs).float().split(self.sizes, dim=-1)

        def apart(values: Tensor) -> Tensor:
            return values.reshape(2, batch, joints, joints, -1).transpose(0, 1)

        return EdgePosterior(self.types(apart(types)).unsqueeze(1), apart(kinds), apart(bins + lags))


@torch.no_grad()
def measures(room: Tensor, size: Tensor, rate: float) -> Tensor:
    """(2B, J, J, 11) of each pair's distance, for both directions, from (B, T, 2, J, 3) in one frame and the joints' speeds (B, 2, J, V).

    Mean, spread and least distance; the least and the mean spread within a second; the spreads against the slower joint's speed (a distance that
    stays although both move is a hold); and where the target is seen from the source.
    """
    first, second = room[:, :, 0], room[:, :, 1]
    squared = sum((first[:, :, :, None, axis] - second[:, :, None, :, axis]).square() for axis in range(3))
    assert isinstance(squared, Tensor)
    distance = (squared + 1e-6).sqrt()  # (B, T, J, J)
    mean = distance.mean(1)
    around = distance - mean.unsqueeze(1)
    spread = around.square().mean(1).clamp(min=1e-6).sqrt()
    held = min(int(HELD_SECONDS * rate), distance.shape[1] - 1)
    sums, squares = (functional.pad(v.cumsum(1), (0, 0, 0, 0, 1, 0)) for v in (around, around.square()))
    within = (sums[:, held::5] - sums[:, :-held:5]) / held
    within = ((squares[:, held::5] - squares[:, :-held:5]) / held - within.square()).clamp(min=1e-6).sqrt()
    steadiest, steady = within.amin(1), within.mean(1)
    slower = torch.minimum(size[:, 0, :, None, 0], size[:, 1, None, :, 0])
    offset = second.mean(1)[:, None] - first.mean(1)[:, :, None]  # (B, J, J, 3)
    both = [
        mean.log(), spread.log() + 2, (distance.amin(1) + 0.02).log(), (steadiest + 0.003).log() + 3, steady.log() + 2.5,
        (spread / slower).log() + 1, (steadiest / slower).log() + 2, (steady / slower).log() + 2,
    ]  # fmt: skip
    forth = torch.cat([torch.stack(both, dim=-1), offset], dim=-1)
    # Seen from the other side x and y stay what they are (the room turns with the view) and the height difference changes its sign.
    back = forth.transpose(1, 2) * forth.new_tensor([1.0] * 10 + [-1.0])
    return torch.cat([forth, back])
