"""NumPy archives (.npz) as we write them: whole or not at all, the same bytes for the same arrays, and quiet where the disk is full."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .files import written


def save_arrays(path: str | PathLike[str], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write *arrays* by name to *path*, compressed, as `numpy.load` reads them.

    `numpy.savez_compressed` leaves its archive open where writing fails, which Python tells of on the terminal later, and writes the present time into the file.

    Raises:
        OSError: the file cannot be written; nothing is left of it.
    """
    with written(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)
