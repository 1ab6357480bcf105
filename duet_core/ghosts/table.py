"""``ghosts.csv``: what each connection is worth, one row for each while it lasts."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from os import PathLike
from typing import Any

from ..files import written
from .worth import Worth

COLUMNS = (
    "start_seconds", "end_seconds", "from_dancer", "from_joint", "to_dancer", "to_joint", "kind", "confidence", "lag_seconds",
    "worth", "alone", "chance", "error_with_metres", "error_without_metres", "error_own_metres", "gap_seconds", "gaps",
)  # fmt: skip


def rows(worths: Sequence[Worth], joints: Sequence[str]) -> list[dict[str, Any]]:
    """The columns of ``ghosts.csv``, whose *joints* are names; NaN is None."""
    result = []
    for worth in worths:
        e = worth.episode
        values = (
            e.start, e.end, e.from_dancer, joints[e.from_joint], e.to_dancer, joints[e.to_joint], e.kind, e.confidence, e.lag,
            worth.worth, worth.alone, worth.chance, worth.error_with, worth.error_without, worth.error_own, worth.gap, worth.gaps,
        )  # fmt: skip
        result.append(dict(zip(COLUMNS, (_rounded(v) for v in values), strict=True)))
    return result


def save_csv(path: str | PathLike[str], worths: Sequence[Worth], joints: Sequence[str]) -> None:
    """Write ``ghosts.csv``: `rows` with a header, what is not known left empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows(worths, joints))
    with written(path) as temporary:
        temporary.write_text(text.getvalue(), "utf-8")


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else round(value, 4)
