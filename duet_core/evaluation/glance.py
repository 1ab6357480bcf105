"""What the benchmarks without labels keep of one clip: how much is shown, how strong the evidence is, and who leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, KINDS
from ..inference.own_null import strongest
from .methods import Found, Method, dense, found


@dataclass(frozen=True)
class Glance:
    """One method on one clip.

    Attributes:
        take, what: which clip: the take's name, and what was done to it ("" for the true partners).
        candidates: of each window.
        shown: (W,) how many exceed the display threshold.
        evidence: for each ranking the mean over windows of the sum of its strongest values (`own_null.STRONGEST` of them).
        lead: (2,) the same sum of confidences over leads alone, from dancer 0 and from dancer 1.
        lead_shown: (2,) confidence of the leads shown, summed, mean over windows.
    """

    take: str
    what: str
    candidates: int
    shown: NDArray[np.int64]
    evidence: Mapping[str, float]
    lead: NDArray[np.float64]
    lead_shown: NDArray[np.float64]

    @property
    def share(self) -> float:
        """Of all candidates of all windows, how many are shown."""
        return float(self.shown.mean() / self.candidates)


def glance(take: str, what: str, result: Found) -> Glance:
    connections = result.connections
    confidence = result.rankings["confidence"]
    leads = np.where(dense(connections, connections.kind) == KINDS.index("lead"), confidence, 0.0)
    return Glance(
        take,
        what,
        connections.edges,
        connections.shown().sum(axis=1),
        {name: float(strongest(values.reshape(len(values), -1)).mean()) for name, values in result.rankings.items()},
        strongest(leads.reshape(*leads.shape[:2], -1)).mean(axis=0),
        np.where(leads > DISPLAY_THRESHOLD, leads, 0.0).sum(axis=(2, 3)).mean(axis=0),
    )


def survey(
    methods: Sequence[Method],
    clips: Sequence[tuple[str, str, Clip]],
    progress: Callable[[float], None] | None = None,
    also: Callable[[Method, str, Clip, Found], None] | None = None,
) -> dict[str, list[Glance]]:
    """Each method's glances at *clips* (take, what, clip); *also* sees each whole result, of which nothing else is kept."""
    result: dict[str, list[Glance]] = {method.name: [] for method in methods}
    done = 0
    for take, what, clip in clips:
        for method in methods:
            all_of_it = found(method, clip)
            result[method.name].append(glance(take, what, all_of_it))
            if also and not what:
                also(method, take, clip, all_of_it)
            done += 1
            if progress:
                progress(done / (len(clips) * len(methods)))
    return result


def by_take(glances: Sequence[Glance], value: Callable[[Glance], float]) -> NDArray[np.float64]:
    """(N,) the mean of *value* for each take: clips of one take are not independent."""
    takes = list(dict.fromkeys(g.take for g in glances))
    return np.array([np.mean([value(g) for g in glances if g.take == take]) for take in takes])
