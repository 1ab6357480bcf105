"""Tidy tables as Parquet, through pyarrow where it is installed."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import KINDS, Connections, candidates
from ..errors import InputError
from .tables import COLUMNS, Joints, Row

FLOOR = 0.1
"""Confidence below which a connection in a window is no row: nearly all candidates are next to 0."""

_NUMBERS = {"from_dancer": np.int8, "to_dancer": np.int8}
_WORDS = ("name", "joint", "landmark", "kind", "type")


def library() -> Any:
    """pyarrow with its Parquet module. Raises InputError, which says what to do, where there is none that works."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        why = "is not installed" if isinstance(error, ModuleNotFoundError) else f"does not work here ({error})"
        raise InputError(
            f"Parquet needs pyarrow, which {why}",
            place="--export parquet",
            remedy=f"pip install a pyarrow that fits NumPy {np.__version__}, or export csv",
        ) from None
    return pyarrow


def episodes(connections: Connections, rows: Sequence[Row]) -> bytes:
    """*rows* of `tables.episode_rows` with the columns of the CSV."""
    columns: dict[str, Any] = {}
    for name in COLUMNS:
        values = [row[name] for row in rows]
        if name.rsplit("_", 1)[-1] in _WORDS:
            known = sorted(set(values))
            columns[name] = (np.array([known.index(value) for value in values], np.int32), known)
        else:
            columns[name] = np.array(values, _NUMBERS.get(name, np.float64))
    return _written(connections, columns)


def windows(connections: Connections, clip: Clip | None = None, floor: float = FLOOR) -> bytes:
    """One row for each connection of each window whose confidence exceeds *floor*, by window, then by candidate."""
    joints = Joints.of(connections, clip)
    window, edge = np.nonzero(connections.confidence > floor)
    ends = candidates(len(joints.names))
    columns: dict[str, Any] = {
        "window": window.astype(np.int32),
        "start_seconds": connections.window_start[window] / connections.fps,
        "end_seconds": connections.window_end[window] / connections.fps,
    }
    for which, dancers, of in (("from", ends[0], ends[1]), ("to", ends[2], ends[3])):
        dancer, joint = dancers[edge], of[edge].astype(np.int32)
        columns[f"{which}_dancer"] = dancer
        columns[f"{which}_name"] = (dancer.astype(np.int32), joints.dancers)
        columns[f"{which}_joint"] = (joint, joints.names)
        columns[f"{which}_landmark"] = (joint, joints.landmarks)
    columns["kind"] = (connections.kind[window, edge].astype(np.int32), KINDS)
    columns["type"] = (1 + connections.type_probability[window, edge, 1:].argmax(-1).astype(np.int32), connections.types)
    columns["confidence"] = connections.confidence[window, edge]
    columns["lag_seconds"] = connections.lag[window, edge]
    return _written(connections, columns)


def _written(connections: Connections, columns: Mapping[str, NDArray | tuple[NDArray, Sequence[str]]]) -> bytes:
    """Columns as a Parquet file: numbers (NaN becomes null), or words as (index, words)."""
    arrow = library()
    arrays = {}
    for name, values in columns.items():
        if isinstance(values, tuple):
            index, words = values
            arrays[name] = arrow.DictionaryArray.from_arrays(arrow.array(index), arrow.array(list(words), arrow.string()))
        else:
            arrays[name] = arrow.array(values, mask=np.isnan(values) if values.dtype.kind == "f" else None)
    table = arrow.table(arrays).replace_schema_metadata({"duet_connections": json.dumps({"fps": connections.fps, **connections.meta})})
    stream = io.BytesIO()
    arrow.parquet.write_table(table, stream)
    return stream.getvalue()
