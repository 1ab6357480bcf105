"""What exported files say of connections, one row an episode or a connection, and tidy CSV of it."""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, Connections
from ..explain import episodes
from ..explain.bodies import parts_of
from ..explain.words import dancers_of
from ..skeletons import Skeleton

Row = dict[str, Any]

ENDS = tuple(f"{end}_{what}" for end in ("from", "to") for what in ("dancer", "name", "joint", "landmark"))
COLUMNS = (
    *ENDS, "kind", "type", "start_seconds", "end_seconds", "lag_seconds", "confidence", "confidence_mean", "worth"
)  # fmt: skip
"""Of an episode. ``dancer`` is 0 or 1, ``name`` what that dancer is called; ``landmark`` is "" where a joint is none; ``type`` is the likeliest besides
"none"; ``confidence`` the highest; a lag is NaN where undefined, ``worth`` where unknown."""


@dataclass(frozen=True)
class Joints:
    """The joints of both dancers: for each its name, landmark ("" for none) and body part; and what the dancers are called."""

    names: tuple[str, ...]
    landmarks: tuple[str, ...]
    parts: tuple[str, ...]
    dancers: tuple[str, str]

    @classmethod
    def of(cls, connections: Connections, clip: Clip | None = None) -> Joints:
        joints = connections.joints
        landmarks = Skeleton("joints", joints, (-1,) * len(joints)).landmarks
        dancers = dancers_of({"dancers": clip.names} if clip else connections.meta)
        return cls(joints, landmarks, parts_of(joints, clip.skeleton if clip else None), dancers)

    def end(self, which: str, dancer: int, joint: int) -> Row:
        """The `ENDS` of one side; *which* is "from" or "to"."""
        values = {"dancer": dancer, "name": self.dancers[dancer], "joint": self.names[joint], "landmark": self.landmarks[joint]}
        return {f"{which}_{what}": value for what, value in values.items()}


def episode_rows(
    connections: Connections,
    clip: Clip | None = None,
    *,
    worth: Mapping[tuple[int, int], float] | None = None,
    threshold: float = DISPLAY_THRESHOLD,
) -> list[Row]:
    """One row of `COLUMNS` for each episode, by the time it begins; arguments as those of `exports.export`."""
    joints = Joints.of(connections, clip)
    rows = []
    for e in episodes(connections, threshold):
        share = connections.type_probability[e.first : e.last + 1, e.edge, 1:].mean(axis=0)
        rows.append(
            {
                **joints.end("from", e.from_dancer, e.from_joint),
                **joints.end("to", e.to_dancer, e.to_joint),
                "kind": e.kind,
                "type": connections.types[1 + int(share.argmax())],
                "start_seconds": round(e.start, 4),
                "end_seconds": round(e.end, 4),
                "lag_seconds": round(e.lag, 4),
                "confidence": round(e.confidence, 4),
                "confidence_mean": round(e.mean, 4),
                "worth": math.nan if worth is None else float(worth.get((e.edge, e.first), math.nan)),
            }
        )
    return rows


def connection_rows(rows: Sequence[Row]) -> list[Row]:
    """*rows* of episodes as one for each connection over the whole take, the longest and surest first.

    Kind and type are those that most certain seconds (mean confidence × duration) speak for; lag and mean confidence are means over them; also
    ``seconds`` for which it lasts and the number of ``episodes``.
    """
    apart: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        apart[row["from_dancer"], row["from_joint"], row["to_joint"]].append(row)
    result = []
    for of in apart.values():
        seconds = np.array([max(row["end_seconds"] - row["start_seconds"], 1e-4) for row in of])
        certain = np.array([certain_seconds(row) for row in of])
        kind, kind_type = (_most([row[name] for row in of], certain) for name in ("kind", "type"))
        lags = np.array([row["lag_seconds"] if row["kind"] == kind else math.nan for row in of])
        known = np.isfinite(lags)
        result.append(
            {
                **of[0],
                "kind": kind,
                "type": kind_type,
                "end_seconds": max(row["end_seconds"] for row in of),
                "lag_seconds": round(float(np.average(lags[known], weights=certain[known])), 4) if known.any() else math.nan,
                "confidence": max(row["confidence"] for row in of),
                "confidence_mean": round(float(certain.sum() / seconds.sum()), 4),
                "seconds": round(float(seconds.sum()), 4),
                "episodes": len(of),
            }
        )
    return sorted(result, key=lambda row: -row["seconds"] * row["confidence_mean"])


def certain_seconds(row: Row) -> float:
    """For how long the connection lasts, each moment counted by how sure it is."""
    return float(row.get("seconds", row["end_seconds"] - row["start_seconds"]) * row["confidence_mean"])


def as_csv(rows: Sequence[Row]) -> bytes:
    """`COLUMNS` of *rows* with a header; what is undefined is an empty cell, and ``worth`` is left out where it is unknown throughout."""
    columns = [name for name in COLUMNS if name != "worth" or any(not math.isnan(row[name]) for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if row[name] != row[name] else row[name] for name in columns] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _most(values: Sequence[str], weights: np.ndarray) -> str:
    total: dict[str, float] = defaultdict(float)
    for value, weight in zip(values, weights, strict=True):
        total[value] += float(weight)
    return max(total, key=lambda value: total[value])
