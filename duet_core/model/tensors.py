"""Torch's tensors as the bytes of a safetensors file, and back: by NumPy, so that nothing but torch is needed beside it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..inference.runtime.safetensors import pack, parse


def save(tensors: Mapping[str, Tensor]) -> bytes:
    """The file of *tensors*, by name. Raises TypeError on bfloat16, which NumPy does not know."""
    return pack({name: value.detach().cpu().contiguous().numpy() for name, value in tensors.items()})


def load(raw: bytes) -> dict[str, Tensor]:
    """The tensors in the file *raw*. Raises InputError where it is damaged."""
    return {name: torch.from_numpy(value) for name, value in parse(raw).items()}
