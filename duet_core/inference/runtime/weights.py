"""A model's tensors by name, handed out once each with the shape that the settings promise, so that nothing wrong goes unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

REMEDY = "copy the folder again, or train the model anew"


class Weights:
    """The *tensors* whose names begin with *prefix*."""

    def __init__(
        self,
        tensors: Mapping[str, NDArray[Any]],
        file: str | PathLike[str] | None = None,
        prefix: str = "",
        taken: set[str] | None = None,
    ) -> None:
        self.tensors, self.file, self.prefix = tensors, file, prefix
        self.taken: set[str] = set() if taken is None else taken

    def under(self, name: str) -> Weights:
        """Those of the part called *name*."""
        return Weights(self.tensors, self.file, f"{self.prefix}{name}.", self.taken)

    def take(self, name: str, *shape: int) -> NDArray[np.float32]:
        """The tensor *name*, float32. Raises InputError where it is missing or has another shape."""
        full = self.prefix + name
        if full not in self.tensors:
            raise InputError(f"the weights do not fit the model ({full} is missing)", file=self.file, remedy=REMEDY)
        value = self.tensors[full]
        if value.shape != shape:
            raise InputError(
                f"the weights do not fit the model ({full} has the shape {list(value.shape)}, not {list(shape)})",
                file=self.file,
                remedy=REMEDY,
            )
        self.taken.add(full)
        return np.ascontiguousarray(value, np.float32)

    def all_taken(self) -> None:
        """Raises InputError where a tensor was never asked for: the model would not be the one that was trained."""
        left = sorted(name for name in self.tensors if name.startswith(self.prefix) and name not in self.taken)
        if left:
            more = f" and {len(left) - 1} more" if len(left) > 1 else ""
            raise InputError(f"the weights do not fit the model ({left[0]}{more} is not part of it)", file=self.file, remedy=REMEDY)
