"""Decoders by name: each predicts the motion through the gates."""

from .base import Decoder, Prediction
from .gcn import GcnDecoder
from .gcn_lstm import GcnLstmDecoder

DECODERS: dict[str, type[Decoder]] = {
    "gcn_lstm": GcnLstmDecoder,
    "gcn": GcnDecoder,
}

__all__ = ["DECODERS", "Decoder", "Prediction"]
