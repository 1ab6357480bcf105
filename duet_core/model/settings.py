"""What a model is, in words and numbers that a JSON file can hold; needs neither NumPy nor torch."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..connections import KINDS
from ..errors import InputError

TYPE_NAMES: dict[int, tuple[str, ...]] = {
    2: ("none", "core"),
    3: ("none", "clear", "core"),
    4: ("none", "faint", "clear", "core"),
    5: ("none", "faint", "clear", "strong", "core"),
}
"""The ordered edge types for each number of them."""

PLACE = "model settings"
"""What errors name as their place."""
ENCODER_NAMES = ("gcn", "compact", "recurrent", "dynamic", "volume")
DECODER_NAMES = ("gcn_lstm", "gcn", "none")
TYPE_HEADS = ("ordinal", "free")


@dataclass(frozen=True)
class ModelSettings:
    """Everything needed to build a model anew, but for its weights.

    Attributes:
        encoder: one of `ENCODER_NAMES`.
        decoder: one of `DECODER_NAMES`; ``none`` for an encoder alone.
        hidden: width of every hidden layer.
        types: number K of ordered edge types, 2 to 5 (`TYPE_NAMES`).
        type_head: ``ordinal`` (one score for each edge, which moves it up the order) or ``free`` (K logits).
        rate: frames a second of the windows.
        frames: length of the windows it is trained on; others work.
        lags: number L of lag bins; bin l means l/rate seconds.
        dropout: share of hidden values dropped in training.
        prior_none: the prior probability that a candidate is no connection; the rest falls by half from each type to the next.
        temperature: of the Gumbel-Softmax once training is over.
        variance: ``learned`` (the decoder says how sure it is) or ``fixed``.
        encoder_options, decoder_options: further arguments of the chosen encoder and decoder.
    """

    encoder: str = "gcn"
    decoder: str = "gcn_lstm"
    hidden: int = 64
    types: int = 3
    type_head: str = "ordinal"
    rate: float = 20.0
    frames: int = 80
    lags: int = 16
    dropout: float = 0.1
    prior_none: float = 0.9
    temperature: float = 0.5
    variance: str = "learned"
    encoder_options: Mapping[str, Any] = field(default_factory=dict)
    decoder_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        choice("encoder", self.encoder, ENCODER_NAMES)
        choice("decoder", self.decoder, DECODER_NAMES)
        choice("type_head", self.type_head, TYPE_HEADS)
        choice("variance", self.variance, ("learned", "fixed"))
        whole("hidden", self.hidden, 1, 4096)
        whole("types", self.types, 2, 5)
        whole("frames", self.frames, 3, 100_000)
        whole("lags", self.lags, 1, 1000)
        number("rate", self.rate, 0.1, 10_000)
        number("dropout", self.dropout, 0, 0.99)
        number("prior_none", self.prior_none, 0.01, 0.999)
        number("temperature", self.temperature, 0.01, 100)
        for name in ("encoder_options", "decoder_options"):
            value = getattr(self, name)
            if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
                raise InputError(f"{value!r} is no table of options", place=name, remedy="give names and values")
            object.__setattr__(self, name, dict(value))

    @property
    def type_names(self) -> tuple[str, ...]:
        """The K types in order, from ``none`` to ``core``."""
        return TYPE_NAMES[self.types]

    @property
    def kinds(self) -> int:
        return len(KINDS)

    def to_dict(self) -> dict[str, Any]:
        """All settings as JSON-able values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelSettings:
        """The settings that `to_dict` gave. Raises InputError on unknown keys (naming the nearest known one) and on values out of range."""
        return cls(**known_only(data, cls, "a model"))


def options(given: Mapping[str, Any], known: Mapping[str, Any], place: str) -> dict[str, Any]:
    """*known* options with their defaults, overridden by those *given*. Raises InputError on unknown names or another type of value."""
    result = dict(known)
    for key, value in given.items():
        if key not in known:
            near = difflib.get_close_matches(key, list(known), n=1)
            raise InputError(
                f"{key!r} is no option here", place=place, remedy=f"did you mean {near[0]!r}?" if near else f"known: {list(known)}"
            )
        default = known[key]
        fits = isinstance(value, type(default)) and not (isinstance(value, bool) and not isinstance(default, bool))
        if not fits and not (isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool)):
            raise InputError(f"{key} = {value!r}", place=place, remedy=f"give a value like {default!r}")
        result[key] = value
    return result


def choice(name: str, value: Any, known: tuple[str, ...], place: str = PLACE) -> None:
    """Raise InputError, naming *place*, where *value* is not one of those *known*."""
    if value not in known:
        raise InputError(f"{name} = {value!r}", place=place, remedy=f"choose one of: {', '.join(known)}")


def whole(name: str, value: Any, least: int, most: int, place: str = PLACE) -> None:
    """Raise InputError, naming *place*, where *value* is no whole number from *least* to *most*."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"{name} = {value!r}", place=place, remedy=f"give a whole number from {least} to {most}")


def number(name: str, value: Any, least: float, most: float, place: str = PLACE) -> None:
    """Raise InputError, naming *place*, where *value* is no number from *least* to *most*."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (math.isfinite(value) and least <= value <= most):
        raise InputError(f"{name} = {value!r}", place=place, remedy=f"give a number from {least} to {most}")


def known_only(data: Mapping[str, Any], settings: type, what: str, place: str = PLACE) -> Mapping[str, Any]:
    """*data* as it is. Raises InputError where it is no table, or has a key that the dataclass *settings* (*what*, in words) lacks (naming the nearest)."""
    if not isinstance(data, Mapping):
        raise InputError(f"{type(data).__name__} is no table of settings", place=place, remedy="give names and values")
    known = [f.name for f in dataclasses.fields(settings)]
    for key in data:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"known: {known}"
            raise InputError(f"{key!r} is no setting of {what}", place=place, remedy=remedy)
    return data
