"""Who leads: the share of lead confidence that goes from dancer 0 to dancer 1, beside what it is when dancer 1 is late by seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .glance import Glance
from .intervals import over_takes


def lead_balance(glances: Sequence[Glance]) -> dict[str, Any]:
    """Over takes, true and shifted (``what`` with a sign in front: seconds).

    Returns:
        JSON-able: ``true`` and ``shifted`` (mean share 0 → 1 over takes with intervals), ``takes`` (take → its share, its shifts' shares, leads shown both
        ways), ``above_half``, ``above_shifts`` (shares of takes whose balance exceeds a half; exceeds that of all their shifts).
    """
    rows = {}
    for true in (g for g in glances if not g.what):
        others = [share(g.lead) for g in glances if g.take == true.take and g.what[:1] in "+-" and g.what]
        rows[true.take] = {
            "true": share(true.lead),
            "shifted": [v for v in others if not math.isnan(v)],
            "shown": [float(v) for v in true.lead_shown],
            "shown_share": _plain(share(true.lead_shown)),
        }
    true_shares = np.array([row["true"] for row in rows.values()])
    null = np.array([np.mean(row["shifted"]) for row in rows.values() if row["shifted"]])
    compared = [row for row in rows.values() if row["shifted"]]
    return {
        "true": over_takes(true_shares, lambda v: float(np.nanmean(v))).as_dict(),
        "shifted": over_takes(null).as_dict(),
        "above_half": float(np.mean(true_shares > 0.5)),
        "above_shifts": float(np.mean([row["true"] > max(row["shifted"]) for row in compared])) if compared else None,
        "takes": rows,
    }


def share(lead: NDArray) -> float:
    """Of (2,) lead confidences from dancer 0 and from dancer 1, what comes from dancer 0."""
    return float(lead[0] / lead.sum()) if lead.sum() > 1e-9 else math.nan


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
