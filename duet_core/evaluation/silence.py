"""Between partners who never danced together almost nothing may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .glance import Glance, by_take
from .intervals import over_takes


def silence(glances: Sequence[Glance]) -> dict[str, Any]:
    """The share of candidates shown (mean over takes with its interval, and the worst clip's), and how many a window shows."""
    if not glances:
        return {"clips": 0, "share": over_takes(np.array([])).as_dict(), "worst": None, "median_per_window": None, "mean_per_window": None}
    per_window = np.concatenate([g.shown for g in glances])
    return {
        "clips": len(glances),
        "share": over_takes(by_take(glances, lambda g: g.share)).as_dict(),
        "worst": max(g.share for g in glances),
        "median_per_window": float(np.median(per_window)),
        "mean_per_window": float(per_window.mean()),
    }
