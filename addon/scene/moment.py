"""The duet at one moment, for lists and panels: its strongest connections and who leads. Read from what the scene stores, and kept while that stays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...duet_core.connections import KINDS
from ...duet_core.moments import joint_words
from ...duet_core.showing import hiding, kind_at, shown_at
from ...duet_core.threads import Threads
from ...duet_core.truth import BOTH_WAYS
from .threads import get_input, hidden_connections, read_gates, read_show, read_threads

KEPT = 2
"""Duets whose arrays are kept: the one at hand, and one beside it."""

LONGEST_NAME = 14
"""Letters of a dancer's name in a list; longer ones are A and B there."""


@dataclass(frozen=True)
class Row:
    """One connection of a moment: its number among the stored ones, its name, the same for a narrow list, its kind and confidence."""

    number: int
    name: str
    brief: str
    kind: str
    confidence: float


@dataclass(frozen=True)
class Leading:
    """Who leads at a moment: what share of it comes from the first dancer, between *low* and *high*; NaN where that is unsettled."""

    share: float
    low: float
    high: float
    leader: int


@dataclass
class Stored:
    """What the scene stores of one duet's connections, and what was last asked of it."""

    threads: Threads
    gate: NDArray[np.float32]
    joints: tuple[str, ...]
    dancers: tuple[str, str]
    leading: dict[str, Any]
    asked: tuple[object, ...] = ()
    rows: tuple[Row, ...] = ()
    more: int = 0

    def name(self, number: int, kind: str = "lead") -> str:
        """ "A left hand → B right hip"; of a kind that has no direction "A left hand – B right hip"."""
        ends = self._ends(number, kind)
        return (" – " if kind in BOTH_WAYS else " → ").join(f"{who} {joint}" for who, joint in ends)

    def brief(self, number: int, kind: str = "lead") -> str:
        """ "A L hand → R hip", "L hand – R hip", "L hand, both": the second dancer goes without saying, and the first too where there is no direction.
        Sides as motion capture writes them."""
        (who, first), (_, second) = ((who, joint.replace("left ", "L ").replace("right ", "R ")) for who, joint in self._ends(number, kind))
        if kind in BOTH_WAYS:
            return f"{first}, both" if first == second else f"{first} – {second}"
        return f"{who} {first} → {second}"

    def told(self, number: int) -> str:
        """The name as the list last told it, or, if it did not, as that of a lead."""
        return next((row.name for row in self.rows if row.number == number), self.name(number))

    def _ends(self, number: int, kind: str) -> list[tuple[str, str]]:
        """Whose joint which connection starts from, and the same of where it ends; of a kind without direction the first dancer's first."""
        t = self.threads
        ends = [(t.from_dancer[number], t.from_joint[number]), (t.to_dancer[number], t.to_joint[number])]
        if kind in BOTH_WAYS and t.from_dancer[number]:
            ends.reverse()
        return [(self.dancers[dancer], joint_words(self.joints[joint])) for dancer, joint in ends]


_kept: dict[int, Stored] = {}


def stored_of(thing: bpy.types.Object) -> Stored:
    """What the connections object *thing* stores. Its table gets a new mesh whenever connections are drawn, so the mesh says whether it is still the same."""
    key = get_input(thing, "Table").data.session_uid
    found = _kept.pop(key, None)
    if found is None:
        about, threads = read_threads(thing)
        from ...duet_core.explain.words import dancers_of

        dancers = dancers_of(about["meta"])
        short = dancers if all(len(name) <= LONGEST_NAME for name in dancers) else ("A", "B")
        found = Stored(threads, read_gates(thing)[0], tuple(about["joints"]), short, about.get("balance") or {})
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
    _kept[key] = found
    return found


def forget() -> None:
    """Keep nothing."""
    _kept.clear()


def clip_frame(thing: bpy.types.Object, frame: float) -> float:
    """The clip's frame that plays at the scene's *frame*."""
    return frame - float(get_input(thing, "Start Frame"))


def strongest_now(thing: bpy.types.Object, frame: float, most: int) -> tuple[tuple[Row, ...], int]:
    """The *most* strongest connections that *thing* draws at the scene's *frame*, strongest first, and how many more it draws.

    A mutual kind is one row, though both directions of it are drawn.
    """
    stored, show = stored_of(thing), read_show(thing)
    chosen = read_gates(thing)[1] if show.only_chosen else None
    hidden = tuple(hidden_connections(thing))
    asked = (clip_frame(thing, frame), most, show, None if chosen is None else chosen.tobytes(), hidden)
    if asked != stored.asked:
        gate = hiding(stored.gate, np.isin(stored.threads.edge, hidden))
        numbers, confidence = shown_at(stored.threads, clip_frame(thing, frame), show, gate, chosen)
        kinds = kind_at(stored.threads, clip_frame(thing, frame))
        stored.rows, told = _rows(stored, numbers, confidence, kinds, most)
        stored.asked, stored.more = asked, len(numbers) - told
    return stored.rows, stored.more


def _rows(
    stored: Stored, numbers: NDArray[np.int64], confidence: NDArray[np.float64], kinds: NDArray[np.int8], most: int
) -> tuple[tuple[Row, ...], int]:
    """The first *most* rows, and of how many of the connections they tell."""
    t, joints, count = stored.threads, len(stored.joints), 0
    rows: list[Row] = []
    told: set[tuple[str, int]] = set()
    for n, c in zip(numbers.tolist(), confidence.tolist(), strict=True):
        kind = KINDS[kinds[n]]
        if (
            kind in BOTH_WAYS
            and (kind, (1 - int(t.from_dancer[n])) * joints**2 + int(t.to_joint[n]) * joints + int(t.from_joint[n])) in told
        ):
            count += 1
            continue
        if len(rows) == most:
            break
        told.add((kind, int(t.edge[n])))
        rows.append(Row(n, stored.name(n, kind), stored.brief(n, kind), kind, c))
        count += 1
    return tuple(rows), count


def leading_now(thing: bpy.types.Object, frame: float) -> Leading | None:
    """Who leads at the scene's *frame*; None where the scene does not know (it was drawn by an older version, or there are no windows)."""
    stored = stored_of(thing)
    time = stored.leading.get("time")
    if not time:
        return None
    seconds = clip_frame(thing, frame) / stored.threads.fps
    at = int(np.abs(np.asarray(time) - seconds).argmin())
    share, low, high = (_number(stored.leading[key][at]) for key in ("share", "low", "high"))
    return Leading(share, low, high, int(stored.leading["leader"][at]))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
