"""Flicker: how often connections come and go while one looks. Whether what is shown is true is asked elsewhere; here only whether it is steady.

A *switch* is a connection that begins or ceases to be shown between two windows. What is shown in the first window has not begun, and what is shown
in the last one has not ceased. Two figures follow, and neither alone tells all: by connection (of those ever shown), since that is what an eye
follows, and for the whole picture, since that is what it has to bear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..connections import DISPLAY_THRESHOLD, Connections
from ..explain.episodes import KEPT


@dataclass(frozen=True)
class Flicker:
    """Switches of one take, or of several.

    Attributes:
        switches: how often a connection began or ceased to be shown.
        connections: directed candidates that were shown in some window of their take.
        minutes: between the centres of the first and the last window.
        watched: minutes of each of those connections, summed.
        stretches: uninterrupted times of being shown; *seconds* is their sum, a window counting as the time to the next.
    """

    switches: int
    connections: int
    minutes: float
    watched: float
    stretches: int
    seconds: float

    @property
    def of_each(self) -> float:
        """Switches of one connection in a minute, on average over those ever shown; NaN where none is."""
        return self.switches / self.watched if self.watched else float("nan")

    @property
    def of_all(self) -> float:
        """Switches in a minute of the take, of all connections together."""
        return self.switches / self.minutes if self.minutes else float("nan")

    @property
    def comings(self) -> float:
        """How often a connection comes, on average over those ever shown: 1 where each comes once and lasts. Unlike switches a minute this does not grow
        where a take is short, in which each has to come and go within it. NaN where none is shown."""
        return self.stretches / self.connections if self.connections else float("nan")

    @property
    def lasting(self) -> float:
        """Seconds that a connection stays shown, on average; NaN where none is."""
        return self.seconds / self.stretches if self.stretches else float("nan")

    @classmethod
    def together(cls, parts: Sequence[Flicker]) -> Flicker:
        return cls(*(sum(getattr(part, field.name) for part in parts) for field in fields(cls)))


def flicker(confidence: NDArray, seconds: NDArray, threshold: float = DISPLAY_THRESHOLD, kept: float = 1.0) -> Flicker:
    """The flicker of *confidence* (W, E) in windows whose centres are at *seconds* (W,), ascending.

    Args:
        threshold: shown is what exceeds it.
        kept: what is shown stays so, before and after, while it exceeds this share of the threshold (hysteresis); 1 for none.
    """
    shown = shown_with(confidence, threshold, kept)
    spans = np.diff(seconds)
    changed = shown[1:] != shown[:-1]
    begun = int(shown[:1].sum() + (shown[1:] & ~shown[:-1]).sum())
    each = np.append(spans, spans[-1:]) if len(spans) else np.zeros(len(seconds))
    minutes = float(seconds[-1] - seconds[0]) / 60 if len(seconds) else 0.0
    count = shown.shape[1]
    return Flicker(int(changed.sum()), count, minutes, count * minutes, begun, float((shown * each[:, None]).sum()))


def shown_with(confidence: NDArray, threshold: float, kept: float = 1.0) -> NDArray[np.bool_]:
    """(W, E') what is shown of *confidence* (W, E), for the E' connections that are shown in some window; see `flicker`."""
    values = np.nan_to_num(np.asarray(confidence))
    values = values[:, (values > threshold).any(axis=0)]
    above = values > threshold
    if kept >= 1:
        return above
    stays = values > kept * threshold
    # A stretch that stays is shown where it was above the threshold somewhere: told forwards, then backwards.
    forth, back = above.copy(), above.copy()
    for window in range(1, len(values)):
        forth[window] |= forth[window - 1] & stays[window]
    for window in range(len(values) - 2, -1, -1):
        back[window] |= back[window + 1] & stays[window]
    return forth | back


def in_stages(drawn: Connections, before: Connections | None = None, threshold: float = DISPLAY_THRESHOLD) -> dict[str, Flicker]:
    """The flicker of single windows (*before*, where a method has them), of what is *drawn*, and of what is told of it in words (with hysteresis)."""
    stages = {} if before is None else {"before": of(before, threshold)}
    return {**stages, "drawn": of(drawn, threshold), "told": of(drawn, threshold, KEPT)}


def of(connections: Connections, threshold: float = DISPLAY_THRESHOLD, kept: float = 1.0) -> Flicker:
    """The flicker of *connections* at *threshold*; with *kept* as in `flicker`."""
    return flicker(connections.confidence, connections.centres / connections.fps, threshold, kept)
