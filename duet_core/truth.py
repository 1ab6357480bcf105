"""Found connections beside the true ones that a planted duet carries in ``meta["truth"]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .connections import DISPLAY_THRESHOLD, KINDS, Connections
from .errors import InputError

BOTH_WAYS = frozenset(KINDS) - {"none", "lead"}
"""Kinds without a direction: finding one either way is right."""

OVERLAP = 0.5
"""The share of a window (or of the connection, where that is shorter) that must overlap for the window to count as being about it."""


@dataclass(frozen=True)
class TruthReport:
    """How what is shown compares with what is true.

    Attributes:
        planted: true connections; those that only follow from another one (``indirect``) are not counted.
        found: those of them that are shown while they hold: the very joints, the right direction.
        shown: what is shown, one for each connection of each window.
        right: those of them that are true at that time, indirect ones included.
    """

    planted: int
    found: int
    shown: int
    right: int

    def __str__(self) -> str:
        if not self.shown:
            return f"none of the {self.planted} true connections found: nothing is shown"
        return (
            f"{self.found} of the {self.planted} true connections found (same joints, right direction, while they hold); "
            f"of all that is shown, {self.right / self.shown:.0%} is true at that time and {1 - self.right / self.shown:.0%} is not"
        )


def compare_with_truth(connections: Connections, truth: Sequence[Mapping[str, Any]], threshold: float = DISPLAY_THRESHOLD) -> TruthReport:
    """Compare what *connections* shows above *threshold* with *truth*.

    Args:
        truth: rows with ``from_dancer``, ``from_joint``, ``to_dancer``, ``to_joint`` (joints by name or index), ``start_frame`` and
            ``end_frame`` (excluded; the whole clip where missing), ``kind`` (``lead`` where missing) and ``indirect`` (no where missing).
            A kind without direction counts once, however many rows state it.

    Raises:
        InputError: a row is not of that form.
    """
    joints = len(connections.joints)
    shown = connections.shown(threshold)
    start, end = connections.window_start, connections.window_end
    true = np.zeros_like(shown)
    planted: dict[tuple[Any, ...], bool] = {}
    for number, row in enumerate(truth):
        try:
            dancer, source, target = int(row["from_dancer"]), _joint(row["from_joint"], connections), _joint(row["to_joint"], connections)
            if dancer not in (0, 1) or int(row["to_dancer"]) != 1 - dancer:
                raise ValueError("dancers are 0 and 1")
            first, last = int(row.get("start_frame", 0)), int(row.get("end_frame", end.max(initial=1)))
            kind = str(row.get("kind", "lead"))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise InputError(
                f"the true connections are not readable ({error})", place=f"truth row {number}", remedy="remove them"
            ) from None
        edges = [dancer * joints * joints + source * joints + target]
        if kind in BOTH_WAYS:
            edges.append((1 - dancer) * joints * joints + target * joints + source)
        length = np.minimum(end - start, max(last - first, 1))
        during = np.minimum(end, last) - np.maximum(start, first) >= OVERLAP * length
        true[np.ix_(during, edges)] = True
        if not row.get("indirect", False):
            key = (min(edges), kind, first, last)
            planted[key] = planted.get(key, False) or bool(shown[np.ix_(during, edges)].any())
    return TruthReport(len(planted), sum(planted.values()), int(shown.sum()), int((shown & true).sum()))


def _joint(given: Any, connections: Connections) -> int:
    if isinstance(given, str):
        return connections.joints.index(given)
    index = int(given)
    if not 0 <= index < len(connections.joints):
        raise ValueError(f"there is no joint {index}")
    return index
