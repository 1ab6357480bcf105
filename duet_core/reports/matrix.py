"""Joint × joint: which joint of one dancer is bound to which of the other, over the whole take."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np

from ..connections import KINDS, candidates
from ..explain import Explanation
from ..moments import joint_words
from ..saying import duration
from . import palette
from .palette import DANCERS, FAINT, INK, RULE
from .svg import Svg

WIDTH = 440.0
_MARGIN = 104.0, 68.0
"""Room for the names of joints, or of body parts."""

_NAMED = 34
"""Joints up to which each has its name beside it; of more, only the body parts do."""

_ORDER = ("head", "torso", "left_arm", "left_hand", "right_arm", "right_hand", "left_leg", "right_leg")


def matrix(explanation: Explanation, sender: int) -> str:
    """The direction from dancer *sender*: rows send, columns answer, in groups of body parts.

    A square is a connection that is ever shown: its size says for how long, its colour of what kind mostly, its fullness how sure at best.
    """
    wording = explanation.wording
    joints = len(wording.joints)
    order = sorted(range(joints), key=lambda j: (_rank(wording.parts[j]), j))
    place = {joint: k for k, joint in enumerate(order)}
    margin = _MARGIN[joints > _NAMED]
    cell = (WIDTH - margin - 2) / joints
    svg = Svg(WIDTH, WIDTH, f"Connections from {wording.dancers[sender]} to {wording.dancers[1 - sender]}")
    _frame(svg, explanation, order, cell, margin, sender)
    longest = max((sum(s for s in kinds.values()) for kinds, _ in _totals(explanation).values()), default=1.0)
    _, sources, _, targets = candidates(joints)
    for edge, (kinds, surest) in _totals(explanation).items():
        if edge // joints**2 != sender:
            continue
        seconds = sum(kinds.values())
        kind = max(kinds, key=lambda k: kinds[k])
        side = cell * (0.4 + 0.6 * float(np.sqrt(seconds / longest)))
        row, column = place[int(sources[edge])], place[int(targets[edge])]
        middle = margin + (column + 0.5) * cell, margin + (row + 0.5) * cell
        names = [joint_words(wording.joints[int(j[edge])]) for j in (sources, targets)]
        hint = f"{names[0]} → {names[1]}: {kind}, {duration(seconds)}, confidence up to {min(surest, 0.99):.2f}"
        opacity = 0.35 + 0.65 * (surest - explanation.threshold) / max(1 - explanation.threshold, 1e-6)
        svg.box(middle[0] - side / 2, middle[1] - side / 2, side, side, palette.KINDS[kind], opacity, hint=hint)
    return str(svg)


def _totals(explanation: Explanation) -> dict[int, tuple[dict[str, float], float]]:
    """For each candidate that is ever shown: seconds by kind, and the highest confidence."""
    seconds: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(KINDS, 0.0))
    surest: dict[int, float] = defaultdict(float)
    for bond in explanation.bonds:
        for episode in bond.episodes:
            seconds[episode.edge][episode.kind] += episode.seconds
            surest[episode.edge] = max(surest[episode.edge], episode.confidence)
    return {edge: (kinds, surest[edge]) for edge, kinds in seconds.items()}


def _frame(svg: Svg, explanation: Explanation, order: list[int], cell: float, margin: float, sender: int) -> None:
    """Names along both sides and lines between body parts."""
    wording, end = explanation.wording, WIDTH - 2
    parts = [wording.parts[j] for j in order]
    a, b = wording.dancers[sender], wording.dancers[1 - sender]
    svg.text((margin - 8, margin - 20), f"{_short(a)} ↓", 12, DANCERS[sender], "end")
    svg.text((margin - 8, margin - 6), f"{_short(b)} →", 12, DANCERS[1 - sender], "end")
    cuts = [0, *(k for k in range(1, len(parts)) if parts[k] != parts[k - 1]), len(parts)]
    for first, last in pairwise(cuts):
        if _rank(parts[first]) % 2 == 0:  # every other stripe, both ways: the eye follows a row without lines
            svg.box(margin + first * cell, margin, (last - first) * cell, end - margin, FAINT, 0.6)
            svg.box(margin, margin + first * cell, end - margin, (last - first) * cell, FAINT, 0.6)
    svg.line([(margin, margin), (end, margin), (end, end), (margin, end), (margin, margin)], RULE, 1)
    if len(order) <= _NAMED:
        size = min(10.0, cell * 0.86)
        for k, joint in enumerate(order):
            name = _short(joint_words(wording.joints[joint]), 20)
            at = margin + (k + 0.5) * cell + size * 0.35
            svg.text((margin - 6, at), name, size, INK, "end")
            svg.text((at, margin - 6), name, size, INK, turned=True)
        return
    for first, last in pairwise(cuts):
        at = margin + (first + last) / 2 * cell + 4
        svg.text((margin - 6, at), parts[first].replace("_", " "), 11, INK, "end")
        svg.text((at, margin - 6), parts[first].replace("_", " "), 11, INK, turned=True)
    for cut in cuts[1:-1]:
        at = margin + cut * cell
        svg.line([(margin - 4, at), (end, at)], RULE, 0.8)
        svg.line([(at, margin - 4), (at, end)], RULE, 0.8)


def _rank(part: str) -> int:
    return _ORDER.index(part) if part in _ORDER else len(_ORDER)


def _short(text: str, most: int = 12) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
