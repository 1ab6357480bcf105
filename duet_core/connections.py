"""Connections between two dancers over time: the result of every inference, and its files ``connections.npz`` and ``.csv``."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .archive import save_arrays
from .errors import InputError
from .files import written

FORMAT_VERSION = 1
KINDS: tuple[str, ...] = ("none", "lead", "hold", "unison", "mirror", "opposition")
COLUMNS = (
    "start_frame", "end_frame", "from_dancer", "from_joint", "to_dancer", "to_joint", "type", "kind", "confidence", "lag_seconds"
)  # fmt: skip
"""The columns of ``connections.csv``."""
DISPLAY_THRESHOLD = 0.5
"""Confidence above which a connection is shown and listed unless the user says otherwise."""


def candidates(joints: int) -> tuple[NDArray[np.int8], NDArray[np.int64], NDArray[np.int8], NDArray[np.int64]]:
    """Every directed candidate between two dancers of *joints* joints each, in the order used everywhere.

    Returns:
        ``from_dancer, from_joint, to_dancer, to_joint``, each (E,) with E = 2·J·J: dancer 0 → 1 first, then 1 → 0; sources outermost.
        So ``values.reshape(2, J, J)[d, i, j]`` is joint i of dancer d → joint j of the other.
    """
    from_dancer, from_joint, to_joint = (a.ravel() for a in np.indices((2, joints, joints)))
    return from_dancer.astype(np.int8), from_joint, (1 - from_dancer).astype(np.int8), to_joint


@dataclass(frozen=True)
class Connections:
    """What binds two dancers, for W windows and E = 2·J·J directed candidates (ordered by `candidates`).

    Attributes:
        joints: (J,) joint names of the skeleton both dancers share.
        window_start, window_end: (W,) int64, frames of the input clip, end excluded.
        confidence: (W, E) float32, calibrated probability that the connection is real in that window.
        type_probability: (W, E, K) float32, sums to 1 over K.
        types: K names, from ``none`` to ``core``.
        lag: (W, E) float32, seconds by which the source precedes the target; NaN where undefined.
        kind: (W, E) int8, index into `KINDS`.
        fps: of the clip.
        meta: JSON-able: format version, method or model with its hash, settings, seed, source, dancers, warnings.
    """

    joints: tuple[str, ...]
    window_start: NDArray[np.int64]
    window_end: NDArray[np.int64]
    confidence: NDArray[np.float32]
    type_probability: NDArray[np.float32]
    types: tuple[str, ...]
    lag: NDArray[np.float32]
    kind: NDArray[np.int8]
    fps: float
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        windows, edges, kinds = len(self.window_start), 2 * len(self.joints) ** 2, len(self.types)
        expected = {
            "window_end": (windows,),
            "confidence": (windows, edges),
            "type_probability": (windows, edges, kinds),
            "lag": (windows, edges),
            "kind": (windows, edges),
        }
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"{name} has shape {getattr(self, name).shape}", remedy=f"{shape} is expected")

    @property
    def windows(self) -> int:
        return len(self.window_start)

    @property
    def edges(self) -> int:
        return int(self.confidence.shape[1])

    @property
    def centres(self) -> NDArray[np.float64]:
        """(W,) the middle frame of each window."""
        return (self.window_start + self.window_end - 1) / 2.0

    def shown(self, threshold: float = DISPLAY_THRESHOLD) -> NDArray[np.bool_]:
        """(W, E) which connections exceed *threshold*."""
        return self.confidence > threshold

    def confidence_at(self, frames: ArrayLike) -> NDArray[np.float32]:
        """(N, E) confidence at *frames* (N,) of the clip: linear between the centres of windows, constant before the first and after the last, as
        it is drawn."""
        if not self.windows:
            return np.zeros((np.size(frames), self.edges), np.float32)
        before, after, share = self.windows_at(frames)
        mix = share[:, None]
        return np.asarray((1 - mix) * self.confidence[before] + mix * self.confidence[after], np.float32)

    def windows_at(self, frames: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
        """The windows (N,) whose centres lie before and after *frames* (N,), and the share (N,) of the later one in what is drawn there."""
        order = np.argsort(self.centres, kind="stable")
        place = np.interp(np.atleast_1d(np.asarray(frames, np.float64)), self.centres[order], np.arange(len(order)))
        before = np.floor(place).astype(np.int64)
        return order[before], order[np.minimum(before + 1, len(order) - 1)], (place - before).astype(np.float32)

    def rounded(self) -> Connections:
        """The same with values to about 1/1000, which pack to a quarter of the exact ones' size."""
        share = np.rint(self.type_probability * 256) / 256
        share[..., 0] = 1 - share[..., 1:].sum(axis=-1)
        return replace(
            self,
            confidence=(np.rint(self.confidence * 1024) / 1024).astype(np.float32),
            type_probability=share.astype(np.float32),
            lag=(np.rint(self.lag * 1024) / 1024).astype(np.float32),
        )

    def save(self, path: str | PathLike[str]) -> None:
        """Write ``connections.npz`` (its layout: docs/formats.md; no pickled objects), whole or not at all."""
        from_dancer, from_joint, to_dancer, to_joint = candidates(len(self.joints))
        names = np.array(self.joints)
        save_arrays(
            path,
            {
                "from_dancer": from_dancer,
                "to_dancer": to_dancer,
                "from_joint": names[from_joint],
                "to_joint": names[to_joint],
                "window_start": self.window_start,
                "window_end": self.window_end,
                "confidence": self.confidence,
                "type_probability": self.type_probability,
                "types": np.array(self.types),
                "lag": self.lag,
                "kind": self.kind,
                "kinds": np.array(KINDS),
                "fps": np.array(np.float64(self.fps)),
                "meta": np.array(json.dumps({"format_version": FORMAT_VERSION, **self.meta})),
            },
        )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Connections:
        """The connections that `save` wrote. Raises InputError on anything else."""
        file = Path(path)
        if not file.is_file():
            raise InputError("there is no such file", file=file, remedy="give the connections.npz that infer.py wrote")
        remedy = "make it again with infer.py"
        try:
            with np.load(file, allow_pickle=False) as data:
                edges = data["from_joint"].shape[0]
                joints = round((edges / 2) ** 0.5)
                if joints < 1 or 2 * joints * joints != edges:
                    raise InputError(f"{edges} candidates are not 2·J·J", file=file, place="from_joint", remedy=remedy)
                names = tuple(str(n) for n in data["to_joint"][:joints])
                from_dancer, from_joint, _, to_joint = candidates(joints)
                same = (
                    np.array_equal(data["from_dancer"], from_dancer)
                    and np.array_equal(data["from_joint"], np.array(names)[from_joint])
                    and np.array_equal(data["to_joint"], np.array(names)[to_joint])
                )
                if not same:
                    raise InputError("the candidates are in an unknown order", file=file, place="from_joint", remedy=remedy)
                if tuple(data["kinds"]) != KINDS:
                    raise InputError("the kinds are unknown", file=file, place="kinds", remedy=remedy)
                meta = json.loads(str(data["meta"]))
                if (version := meta.get("format_version", FORMAT_VERSION)) != FORMAT_VERSION:
                    newer = f"version {FORMAT_VERSION} is read: use the version of Duet Connections that wrote it"
                    raise InputError(f"format version {version!r}", file=file, place="meta", remedy=newer)
                return cls(
                    joints=names,
                    window_start=data["window_start"].astype(np.int64),
                    window_end=data["window_end"].astype(np.int64),
                    confidence=data["confidence"].astype(np.float32),
                    type_probability=data["type_probability"].astype(np.float32),
                    types=tuple(str(t) for t in data["types"]),
                    lag=data["lag"].astype(np.float32),
                    kind=data["kind"].astype(np.int8),
                    fps=float(data["fps"]),
                    meta=meta,
                )
        except InputError as error:
            raise error if error.file else InputError(error.problem, file=file, remedy=error.remedy) from None
        except (
            OSError,
            ValueError,
            KeyError,
            IndexError,
            TypeError,
            AttributeError,
            EOFError,
            zipfile.BadZipFile,
            NotImplementedError,
        ) as error:
            raise InputError(f"this is not a connections file ({error})", file=file, remedy=remedy) from None

    def rows(self, threshold: float = DISPLAY_THRESHOLD) -> list[dict[str, Any]]:
        """One row for each connection of each window above *threshold*, strongest first within a window (the CSV's columns)."""
        of = candidates(len(self.joints))
        rows: list[dict[str, Any]] = []
        for window in range(self.windows):
            shown = np.flatnonzero(self.confidence[window] > threshold)
            strongest_first = shown[np.argsort(-self.confidence[window, shown], kind="stable")]
            rows.extend(self._row(window, int(edge), of) for edge in strongest_first)
        return rows

    def _row(self, window: int, edge: int, of: tuple[NDArray, ...]) -> dict[str, Any]:
        from_dancer, from_joint, to_dancer, to_joint = (int(values[edge]) for values in of)
        return {
            "start_frame": int(self.window_start[window]),
            "end_frame": int(self.window_end[window]),
            "from_dancer": from_dancer,
            "from_joint": self.joints[from_joint],
            "to_dancer": to_dancer,
            "to_joint": self.joints[to_joint],
            # What it is if it is one: a confidence of 0.55 shared by three types would leave "none" the likeliest.
            "type": self.types[1 + int(np.argmax(self.type_probability[window, edge, 1:]))],
            "kind": KINDS[self.kind[window, edge]],
            "confidence": round(float(self.confidence[window, edge]), 4),
            "lag_seconds": round(float(self.lag[window, edge]), 4),
        }

    def save_csv(self, path: str | PathLike[str], threshold: float = DISPLAY_THRESHOLD) -> None:
        """Write ``connections.csv``: `rows` with a header, an undefined lag left empty."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in self.rows(threshold):
            if row["lag_seconds"] != row["lag_seconds"]:
                row["lag_seconds"] = ""
            writer.writerow(row)
        with written(path) as temporary:
            temporary.write_text(text.getvalue(), "utf-8")
