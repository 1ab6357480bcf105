"""Sentences as subtitles: one at a time, long enough to be read, while what they say goes on; the weightiest phrases come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..saying import sentence
from .phrases import Phrase
from .words import Wording, statement

LETTERS_A_SECOND = 15.0
"""How fast one reads beside watching."""

SHORTEST, LONGEST = 1.6, 5.0
"""Seconds that a subtitle stays, whatever its length."""

BREATH = 0.2
"""Seconds between two."""


@dataclass(frozen=True)
class Subtitle:
    """What is said from *start* to *end*, in seconds of the clip."""

    start: float
    end: float
    text: str


def subtitles(phrases: Sequence[Phrase], wording: Wording) -> list[Subtitle]:
    """What can be said of *phrases*, in the order of time."""
    said: list[Subtitle] = []
    for phrase in sorted(phrases, key=lambda p: (-p.weight, p.start, p.edges)):
        text = sentence(statement(phrase, wording))
        need = min(max(len(text) / LETTERS_A_SECOND, SHORTEST), LONGEST)
        start = _free(said, phrase.start, phrase.end, need)
        if start is not None:
            later = min((s.start for s in said if s.start > start), default=float("inf"))
            said.append(Subtitle(start, min(phrase.end, later - BREATH, start + max(need, LONGEST)), text))
    return sorted(said, key=lambda s: s.start)


def _free(said: Sequence[Subtitle], start: float, end: float, need: float) -> float | None:
    """The first moment from *start* on at which *need* seconds before *end* are free; None where there is none."""
    for other in sorted(said, key=lambda s: s.start):
        if start + need + BREATH <= other.start:
            break
        start = max(start, other.end + BREATH)
    return start if start + need <= end else None
