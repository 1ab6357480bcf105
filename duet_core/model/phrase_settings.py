"""What a generator of phrases is made of; needs no torch. Written into its ``config.json``, read by whoever runs it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .settings import choice, known_only, number, whole

REPRESENTATIONS = ("channels", "positions")


@dataclass(frozen=True)
class PhraseSettings:
    """The sizes of a variational autoencoder of phrases.

    Attributes:
        dancers: 1 for solos, 2 for duets, whose dancers are then one phrase.
        rate: frames a second. frames: in a window.
        stack: frames that the recurrent layers take at once. frames is a multiple of it.
        hidden, layers: width and number of the encoder's LSTM layers; decoder_layers: of the decoder's, of the same width.
        latent: numbers that stand for a window.
        linear: cosines over time that the linear path knows (see ``model.vae``); 0: no such path.
        dropout: in training, between layers and before the latent numbers.
        representation: what is learned: ``channels`` (duet_core.generation.channels), or ``positions``, which is how the predecessor did it and is
            there to compare with.
    """

    dancers: int = 1
    rate: float = 30.0
    frames: int = 96
    stack: int = 3
    hidden: int = 384
    layers: int = 2
    decoder_layers: int = 1
    latent: int = 256
    linear: int = 20
    dropout: float = 0.2
    representation: str = "channels"

    def __post_init__(self) -> None:
        if self.dancers not in (1, 2):
            raise InputError(f"{self.dancers} dancers", place="model.dancers", remedy="give 1 or 2")
        for name, least, most in (
            ("frames", 4, 4096), ("stack", 1, 64), ("hidden", 1, 8192), ("layers", 1, 8), ("decoder_layers", 1, 8), ("latent", 1, 4096), ("linear", 0, 4096),
        ):  # fmt: skip
            whole(name, getattr(self, name), least, most, f"model.{name}")
        number("rate", self.rate, 1, 1000, "model.rate")
        number("dropout", self.dropout, 0, 0.99, "model.dropout")
        choice("representation", self.representation, REPRESENTATIONS, "model.representation")
        if self.frames % self.stack:
            problem = f"{self.frames} frames cannot be taken {self.stack} at a time"
            raise InputError(problem, place="model.stack", remedy="choose a stack that divides frames")
        if self.linear > self.frames:
            problem = f"{self.linear} cosines over {self.frames} frames"
            raise InputError(problem, place="model.linear", remedy="give at most model.frames")

    @property
    def seconds(self) -> float:
        """The length of a window."""
        return self.frames / self.rate

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PhraseSettings:
        """Settings from `to_dict`'s table. Raises InputError where they are not."""
        return cls(**known_only(data, cls, "a generator", "model"))
