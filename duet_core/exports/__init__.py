"""`Connections` as files for other tools: graphs (GraphML) and tidy tables (CSV, Parquet). What such a file says of a connection stands in `rows`.

Files are made in memory first, so that a failure leaves a folder as it was. Only Parquet needs more than NumPy: pyarrow, which Blender does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path

from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, Connections
from ..files import written
from . import graphml, parquet, tables

FORMATS: dict[str, tuple[str, ...]] = {
    "graphml": ("connections.graphml", "episodes.graphml"),
    "parquet": ("windows.parquet", "episodes.parquet"),
    "csv": ("episodes.csv",),
}
"""Each format's files."""


def require(formats: Iterable[str]) -> None:
    """Raises InputError where one of *formats* cannot be written here: to be asked before a long job begins."""
    if "parquet" in formats:
        parquet.library()


def export(
    connections: Connections,
    formats: Iterable[str],
    clip: Clip | None = None,
    *,
    worth: Mapping[tuple[int, int], float] | None = None,
    threshold: float = DISPLAY_THRESHOLD,
) -> dict[str, bytes]:
    """The files of *formats* (of `FORMATS`) by their names.

    Args:
        clip: what the connections were found in, for its dancers' names and its skeleton's body parts; they follow from names where it is missing.
        worth: what an episode is worth (`ghosts`), by its candidate and its first window, where known.
        threshold: confidence above which an episode begins.

    Raises:
        InputError: a format that cannot be written here.
    """
    wanted = set(formats)
    require(wanted)
    rows = tables.episode_rows(connections, clip, worth=worth, threshold=threshold)
    files: dict[str, bytes] = {}
    if "graphml" in wanted:
        total = tables.connection_rows(rows)
        files["connections.graphml"] = graphml.made(connections, total, clip)
        files["episodes.graphml"] = graphml.made(connections, rows, clip)
    if "parquet" in wanted:
        files["windows.parquet"] = parquet.windows(connections, clip)
        files["episodes.parquet"] = parquet.episodes(connections, rows)
    if "csv" in wanted:
        files["episodes.csv"] = tables.as_csv(rows)
    return files


def save(
    connections: Connections,
    folder: str | PathLike[str],
    formats: Iterable[str],
    clip: Clip | None = None,
    worth: Mapping[tuple[int, int], float] | None = None,
) -> list[Path]:
    """Write *formats* into *folder* and return the files' paths; arguments and errors as those of `export`."""
    paths = []
    for name, content in export(connections, formats, clip, worth=worth).items():
        with written(Path(folder) / name) as path:
            path.write_bytes(content)
        paths.append(Path(folder) / name)
    return paths
