"""Who leads: the share of lead confidence that goes from dancer 0 to dancer 1, beside what it is when dancer 1 is late by seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..explain.balance import share
from ..plain import plain
from .glance import Glance
from .intervals import over_takes
from .retrieval import late


def lead_balance(glances: Sequence[Glance]) -> dict[str, Any]:
    """Over takes, true and shifted (``what`` with a sign in front: seconds).

    Returns:
        JSON-able: ``true`` and ``shifted`` (mean share 0 → 1 over takes with intervals), ``takes`` (take → its share, its shifts' shares, leads shown both
        ways), ``above_half`` and ``above_shifts``: shares of takes whose balance exceeds a half, and that of all their shifts. None where no leads were found.
    """
    true_shares, null, above, rows = [], [], [], {}
    for true in (g for g in glances if not g.what):
        own = float(share(true.lead))
        others = [float(share(g.lead)) for g in glances if g.take == true.take and late(g)]
        others = [value for value in others if not math.isnan(value)]
        rows[true.take] = {
            "true": plain(own),
            "shifted": others,
            "shown": [float(v) for v in true.lead_shown],
            "shown_share": plain(float(share(true.lead_shown))),
        }
        if not math.isnan(own):
            true_shares.append(own)
            if others:
                null.append(float(np.mean(others)))
                above.append(own > max(others))
    return {
        "true": over_takes(np.array(true_shares)).as_dict(),
        "shifted": over_takes(np.array(null)).as_dict(),
        "above_half": float(np.mean(np.array(true_shares) > 0.5)) if true_shares else None,
        "above_shifts": float(np.mean(above)) if above else None,
        "takes": rows,
    }
