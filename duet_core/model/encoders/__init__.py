"""Encoders by name: each turns a window into a posterior over every candidate connection."""

from .base import Encoder
from .compact import CompactEncoder
from .dynamic import DynamicEncoder
from .gcn import GcnEncoder
from .recurrent import RecurrentEncoder
from .volume import VolumeEncoder

ENCODERS: dict[str, type[Encoder]] = {
    "gcn": GcnEncoder,
    "compact": CompactEncoder,
    "recurrent": RecurrentEncoder,
    "dynamic": DynamicEncoder,
    "volume": VolumeEncoder,
}

__all__ = ["ENCODERS", "Encoder"]
