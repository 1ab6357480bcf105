"""Is there more between true partners than between strangers, or between the same two when one of them is late by seconds?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .glance import Glance
from .intervals import over_takes


def retrieval(glances: Sequence[Glance]) -> dict[str, Any]:
    """Where the true partner's evidence ranks among the others' of the same take, for the ranking that serves the method best.

    *glances* hold each take once with ``what`` "" and any number of times with strangers and shifts.

    Returns:
        JSON-able: ``ranked_by``, ``first`` (share of takes with the true partner first, with its interval over takes), ``first_of_exchanged`` and
        ``first_of_shifted`` (the same among one sort of others alone), ``mean_rank``, ``takes`` (take → rank, others, true, best_other), and
        ``first_by`` each ranking. Among shifted ones a baseline's confidence has it too easy: the null that it is held against is made of shifts
        as well, and one of them may bring the true partner back; its other rankings, and exchanged partners, are free of that.
    """
    tables = {name: _ranks(glances, name) for name in glances[0].evidence}
    first = {name: float(np.mean([row["rank"] == 1 for row in table.values()])) for name, table in tables.items()}
    mean = {name: float(np.mean([row["rank"] for row in table.values()])) for name, table in tables.items()}
    best = max(tables, key=lambda name: (first[name], -mean[name]))
    return {
        "ranked_by": best,
        "first": over_takes(np.array([row["rank"] == 1 for row in tables[best].values()])).as_dict(),
        "first_of_exchanged": _first_of([g for g in glances if not late(g)], best),
        "first_of_shifted": _first_of([g for g in glances if not g.what or late(g)], best),
        "mean_rank": mean[best],
        "takes": tables[best],
        "first_by": first,
    }


def late(glance: Glance) -> bool:
    """Whether dancer 1 was shifted in time: then what was done begins with the sign of the seconds."""
    return glance.what[:1] in ("+", "-")


def _first_of(glances: Sequence[Glance], name: str) -> float | None:
    ranks = [row["rank"] == 1 for row in _ranks(glances, name).values()]
    return float(np.mean(ranks)) if ranks else None


def _ranks(glances: Sequence[Glance], name: str) -> dict[str, dict[str, Any]]:
    rows = {}
    for true in (g for g in glances if not g.what):
        others = [g for g in glances if g.what and g.take == true.take]
        if others:
            values = np.array([g.evidence[name] for g in others])
            best = int(values.argmax())
            rows[true.take] = {
                # A tie counts against the true partner.
                "rank": 1 + int((values >= true.evidence[name]).sum()),
                "others": len(others),
                "true": true.evidence[name],
                "best_other": float(values[best]),
                "which": others[best].what,
            }
    return rows
