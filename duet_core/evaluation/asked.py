"""Whether connections that were asked for are found again by inference in the duet that was made: the loop closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import metrics
from ..connections import KINDS, Connections
from ..generation.guided import Bound
from ..generation.requests import Request
from ..inference.models import DEFAULT, infer
from ..planted import labels
from ..planted.labels import AT_WORK, HELD
from ..truth import BOTH_WAYS


def found_again(bound: Bound, model: str = DEFAULT, progress: Callable[[float], None] | None = None) -> dict[str, Any]:
    """What *model* finds in a duet that was bound.

    Returns:
        JSON-able: ``auroc`` of its confidence against the asked graph (None where nothing was asked), over all candidates of all windows but those that
        only carry, or are carried by, an asked joint; ``shown``, the share of candidates shown; and ``requests``: for each with windows that it fills its
        joints (and ``from_dancer``, 0 or 1), kind, mean confidence, and the share of candidates above it there.
    """
    found = infer(bound.clip, model, progress=progress)
    return judged(bound, found)


def judged(bound: Bound, found: Connections) -> dict[str, Any]:
    """`found_again` for connections that were found already."""
    assert bound.duet
    length = int(found.window_end[0] - found.window_start[0])
    truth = labels(bound.duet, found.window_start, length)
    confidence = found.confidence.reshape(truth.present.shape)
    told = truth.present >= 0
    wanted = truth.present[told] == 1
    rows = []
    for event in bound.duet.events:
        (i, j), d = event.pairs[0], event.source
        on = truth.present[:, d, i, j] == 1
        if on.any():
            ahead = (confidence[on] > confidence[on, d, i, j][:, None, None, None]).mean(axis=(1, 2, 3))
            rows.append(
                {
                    "from_dancer": d,
                    "from_joint": found.joints[i],
                    "to_joint": found.joints[j],
                    "kind": KINDS[event.kind],
                    "windows": int(on.sum()),
                    "confidence": round(float(confidence[on, d, i, j].mean()), 3),
                    "ahead": round(float(ahead.mean()), 4),
                }
            )
    return {
        "auroc": round(metrics.auroc(confidence[told], wanted), 4) if wanted.any() else None,
        "shown": round(float(found.shown().mean()), 5),
        "true_windows": int(wanted.sum()),
        "requests": rows,
        "scores": (confidence[told], wanted),
    }


@dataclass(frozen=True)
class Answer:
    """What was found of one request: mean confidence over the windows that it fills, or NaN where it fills none; the kind and lag found there.

    Attributes:
        kind: the one of most of these windows. lag: seconds, NaN where that kind has none.
    """

    confidence: float
    kind: str
    lag: float


def answers(requests: Sequence[Request], found: Connections) -> list[Answer]:
    """What *found* says of each of *requests*, whose joints are those of the skeleton (`requests.checked`).

    A request fills the windows of which it takes as much as a planted one must to count (`planted.labels`); a short one, those that it takes most of.
    """
    size = len(found.joints)
    start, end = found.window_start / found.fps, found.window_end / found.fps
    result = []
    for request in requests:
        i, j = found.joints.index(request.from_joint), found.joints.index(request.to_joint)
        edges = [(request.from_dancer * size + i) * size + j]
        if request.kind in BOTH_WAYS:
            edges.append((request.to_dancer * size + j) * size + i)
        share = (np.minimum(end, request.end) - np.maximum(start, request.start)) / (end - start)
        enough = HELD if request.kind == "hold" else AT_WORK
        on = np.flatnonzero(share > min(enough, float(share.max(initial=0.0)) - 1e-9)) if (share > 0).any() else np.zeros(0, np.int64)
        if not len(on):
            result.append(Answer(float("nan"), KINDS[0], float("nan")))
            continue
        confidence = found.confidence[on][:, edges].mean(axis=0)
        best = edges[int(confidence.argmax())]
        kinds = found.kind[on, best]
        kind = int(np.bincount(kinds).argmax())
        lags = found.lag[on, best][kinds == kind]
        lag = float(np.nanmedian(lags)) if KINDS[kind] == "lead" and np.isfinite(lags).any() else float("nan")
        result.append(Answer(float(confidence.max()), KINDS[kind], lag))
    return result


def pooled(results: list[dict[str, Any]]) -> float:
    """The AUROC over several duets at once, by the ``scores`` of each result of `judged`."""
    score, wanted = (np.concatenate([result["scores"][n] for result in results]) for n in (0, 1))
    return metrics.auroc(score, wanted)
