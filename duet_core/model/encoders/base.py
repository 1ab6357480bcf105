"""What every encoder is: a module that turns a window into a posterior over all its candidate connections at once."""

from __future__ import annotations

from torch import Tensor, nn

from ..posterior import EdgePosterior
from ..settings import ModelSettings


class Encoder(nn.Module):
    """Positions (B, T, 2, J, 3) in metres, without gaps, and parents (J,) → `EdgePosterior`.

    No weight may depend on the number or the order of the joints, and none on the number of frames. To be equivariant, read positions by way of
    `..canonical` only.
    """

    def __init__(self, settings: ModelSettings) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, positions: Tensor, parents: Tensor) -> EdgePosterior:
        raise NotImplementedError
