"""A generator's weights in a quarter of the room: large matrices as eight-bit numbers with one scale for each row, the rest in half precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = ("weight_ih_l", "weight_hh_l", "out.weight")
"""What is packed: matrices of the recurrent layers and of what follows them, whose rows are of one size throughout."""
SCALE = ".scale"
LEAST = 4096
"""Numbers from which on packing is worth it."""


def packed(tensors: Mapping[str, NDArray]) -> dict[str, NDArray[Any]]:
    """*tensors*, the large ones as int8 (R, C) with ``NAME.scale`` (R,) float32, the others as float16."""
    result: dict[str, NDArray[Any]] = {}
    for name, value in tensors.items():
        if value.ndim == 2 and value.size >= LEAST and any(word in name for word in ROWS):
            scale = np.maximum(np.abs(value).max(axis=1), 1e-12) / 127.0
            result[name] = np.round(value / scale[:, None]).astype(np.int8)
            result[name + SCALE] = scale.astype(np.float32)
        else:
            result[name] = value.astype(np.float16)
    return result


def unpacked(tensors: Mapping[str, NDArray]) -> dict[str, NDArray[np.float32]]:
    """What `packed` was given, float32, as nearly as it kept it."""
    result = {}
    for name, value in tensors.items():
        if name.endswith(SCALE) and name.removesuffix(SCALE) in tensors:
            continue
        scale = tensors.get(name + SCALE)
        wide = value.astype(np.float32)
        result[name] = wide * np.asarray(scale, np.float32)[:, None] if scale is not None else wide
    return result
