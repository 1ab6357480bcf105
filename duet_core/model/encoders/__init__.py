"""Encoders by name: each turns a window into a posterior over every candidate connection."""

from .base import Encoder
from .gcn import GcnEncoder

ENCODERS: dict[str, type[Encoder]] = {
    "gcn": GcnEncoder,
}

__all__ = ["ENCODERS", "Encoder"]
