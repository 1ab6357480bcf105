"""From what a learned model says of windows to `Connections`: cutting the take before, confidence, kinds and lags after. No torch here.

The model itself is a function from windows to `Answer`; who runs it (torch, or NumPy inside Blender) does not matter here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import DISPLAY_THRESHOLD, KINDS, Connections
from ..errors import Cancelled
from ..model.settings import ModelSettings
from ..planted.solos import solos_of
from ..skeletons import Hierarchy, hierarchy
from . import redundancy, windows
from .calibration import lasting
from .engine import SEEN_SHARE, grid_of
from .features import motion_of

ECHO = 0.2
"""What a pair keeps of its confidence where another one speaks for it: it stands behind that one, and is not shown."""
AT_ONCE = 8
"""Windows that are given to the model together."""
ECHO_WINDOWS = 240
BONELESS = "the skeleton has no bones: which joint hangs on which was taken from the distances that they keep"


@dataclass(frozen=True)
class Answer:
    """Logits for n windows, each (n, 2, J, J, …): *types* (K), *kinds* (6), *lags* (L bins of one sample)."""

    types: NDArray[np.float32]
    kinds: NDArray[np.float32]
    lags: NDArray[np.float32]


Model = Callable[[NDArray[np.float32], NDArray[np.int64]], Answer]
"""Windows (n, T, 2, J, 3) in metres at the model's rate, and parents (J,) → `Answer`."""


@dataclass(frozen=True)
class Calibration:
    """How a probability becomes the confidence that is shown: averaged over the windows within *lasts* seconds, then a logistic of its log odds.

    Fitted on planted duets of takes that are neither trained nor tested on (`evaluation.calibration`).
    """

    slope: float = 1.0
    offset: float = 0.0
    lasts: float = 0.5

    def __call__(self, probability: NDArray, seen: NDArray[np.bool_], centre_seconds: NDArray[np.float64]) -> NDArray[np.float32]:
        """Confidence (W, …) of *probability* (W, …) in windows around *centre_seconds* (W,), 0 where not *seen*."""
        mean = lasting(probability, seen, centre_seconds, self.lasts)
        return np.where(seen, 1 / (1 + np.exp(-(self.slope * log_odds(mean) + self.offset))), 0.0).astype(np.float32)


def log_odds(probability: NDArray) -> NDArray:
    p = np.clip(np.asarray(probability, np.float64), 1e-7, 1 - 1e-7)
    return np.log(p / (1 - p))


def examine(
    clip: Clip,
    model: Model,
    *,
    rate: float,
    frames: int,
    types: tuple[str, ...],
    calibration: Calibration,
    meta: Mapping[str, Any],
    window: int | None = None,
    stride: int | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Connections, NDArray[np.float32]]:
    """The connections of *clip* by *model*, and (W, 2, J, J) the confidence of each pair before echoes of a surer one were put behind it.

    Args:
        window, stride: in frames of the clip; by default the model's own window and 0.5 s.
        meta: what the result says of the model: ``method``, ``model`` (hash), ``settings`` …

    Raises:
        InputError: no duet, or a window or stride that does not fit.
        Cancelled: *cancelled* said so.
    """
    clip.require_duet()
    own = round(frames / rate * clip.fps)
    placed = windows.place(
        clip.frames, clip.fps, min(own, clip.frames) if window is None else window, stride, min(windows.MINIMUM_SECONDS, frames / rate)
    )
    motion = both(clip, rate)
    length = min(round(placed.length / clip.fps * rate), len(motion))
    first = np.minimum(np.round(placed.start / clip.fps * rate).astype(np.int64), len(motion) - length)
    body = hierarchy(clip.skeleton, motion, known=np.isfinite(clip.positions).all(axis=-1).any(axis=0).all(axis=0))
    motion = body.placed(motion)
    parts: list[tuple[NDArray, NDArray, NDArray]] = []
    for begin in range(0, len(first), AT_ONCE):
        if cancelled and cancelled():
            raise Cancelled
        answer = model(motion[first[begin : begin + AT_ONCE, None] + np.arange(length)], body.parents)
        # What is kept of a window is a quarter of its logits, or an hour of dance would not fit into memory.
        told = softmax(answer.types), (answer.kinds[..., 1:].argmax(-1) + 1).astype(np.int8), peak(answer.lags)
        parts.append((body.own(told[0]), body.own(told[1]), body.own(told[2])))
        if progress:
            progress(min(1.0, (begin + AT_ONCE) / len(first)))
    probability, kind, late = (np.concatenate(part) for part in zip(*parts, strict=True))
    seen = _seen(clip, placed)
    centres = (placed.start + placed.end) / 2 / clip.fps
    some = 1.0 - probability[..., 0]
    alone = calibration(some, seen, centres)
    confidence = np.where(_echoes(clip, body, placed, alone), np.float32(ECHO) * alone, alone)
    share = probability[..., 1:] / np.maximum(some, 1e-9)[..., None]
    kind = np.where(seen, kind, 0).astype(np.int8)
    lag = np.where(kind == KINDS.index("lead"), late / rate, 0.0)
    flat = (len(placed), -1)
    connections = Connections(
        joints=clip.skeleton.joints,
        window_start=placed.start,
        window_end=placed.end,
        confidence=confidence.reshape(flat),
        type_probability=np.concatenate([1 - confidence[..., None], share * confidence[..., None]], axis=-1)
        .reshape(*flat, len(types))
        .astype(np.float32),
        types=types,
        lag=np.where(seen, lag, np.nan).reshape(flat).astype(np.float32),
        kind=kind.reshape(flat),
        fps=clip.fps,
        meta={
            **meta,
            "source": clip.meta["source"],
            "dancers": clip.meta["dancers"],
            "settings": {**meta.get("settings", {}), "window": placed.length, "stride": placed.stride},
            "warnings": [*placed.warnings, *([BONELESS] if body.guessed else [])],
        },
    )
    return connections, alone


class Learned(ABC):
    """A trained model with its calibration, whoever computes its answers. `infer` has the signature of the baselines'."""

    def __init__(self, name: str, settings: ModelSettings, calibration: Calibration, fingerprint: str = "") -> None:
        self.name, self.settings, self.calibration, self.fingerprint = name, settings, calibration, fingerprint

    @abstractmethod
    def answer(self, windows: NDArray[np.float32], parents: NDArray[np.int64]) -> Answer:
        """Logits for windows (n, T, 2, J, 3), metres, without gaps; a time-varying posterior is averaged over the window."""

    def infer(
        self,
        clip: Clip,
        *,
        window: int | None = None,
        stride: int | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Connections:
        """The connections of *clip*; see `examine`."""
        return self.examine(clip, window=window, stride=stride, progress=progress, cancelled=cancelled)[0]

    def examine(
        self,
        clip: Clip,
        *,
        window: int | None = None,
        stride: int | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[Connections, NDArray[np.float32]]:
        """The connections of *clip*, and every pair's confidence before echoes were put behind; see `examine` of this module."""
        return examine(
            clip,
            self.answer,
            rate=self.settings.rate,
            frames=self.settings.frames,
            types=self.settings.type_names,
            calibration=self.calibration,
            meta={"method": self.name, "model": self.fingerprint},
            window=window,
            stride=stride,
            progress=progress,
            cancelled=cancelled,
        )


def both(clip: Clip, rate: float) -> NDArray[np.float32]:
    """(N, 2, J, 3) both dancers of *clip* at *rate*, gaps bridged, as models see them."""
    return np.stack([solo.positions for solo in solos_of(clip, rate)], axis=1)


def softmax(logits: NDArray) -> NDArray:
    """Over the last axis."""
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def peak(lags: NDArray) -> NDArray:
    """(…,) samples at the top of (…, L) logits: the mean over the highest bin and its neighbours, by their probability."""
    p = softmax(lags)
    best = p.argmax(-1)[..., None]
    near = np.clip(best + np.array([-1, 0, 1]), 0, p.shape[-1] - 1)
    weight = np.take_along_axis(p, near, -1) * (np.abs(near - best) == np.array([1, 0, 1]))
    return (weight * near).sum(-1) / np.maximum(weight.sum(-1), 1e-12)


def _echoes(clip: Clip, body: Hierarchy, placed: windows.Windows, confidence: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(W, 2, J, J) which connections are echoes of a stronger one (`redundancy.echoes`), or of a joint that speaks for the same place."""
    speaks = body.speaks[:, None] & body.speaks
    result = np.broadcast_to(~speaks, confidence.shape).copy()
    confidence = np.where(speaks, confidence, 0)
    loud = np.flatnonzero((confidence > DISPLAY_THRESHOLD).any(axis=(1, 2, 3)))
    if not len(loud):
        return result
    motion, carrier = motion_of(clip), redundancy.carriers(body.depth)
    grid = grid_of(motion, placed.start[loud], placed.length, clip.fps)
    # A stretch at a time, so that memory stays small for an hour of dance.
    for begin in range(0, len(loud), ECHO_WINDOWS):
        part = slice(begin, begin + ECHO_WINDOWS)
        some = replace(grid, start=grid.start[part])
        span = slice(int(some.start[0]), int(some.start[-1]) + grid.length)
        kin = redundancy.coherence(motion, some, span)
        result[loud[part]] |= redundancy.echoes(confidence[loud[part]], kin, carrier, DISPLAY_THRESHOLD)
    return result


def _seen(clip: Clip, placed: windows.Windows) -> NDArray[np.bool_]:
    """(W, 2, J, J) whether both joints were seen in enough of the window."""
    known = np.isfinite(clip.positions).all(axis=-1)
    total = np.concatenate([np.zeros((1, *known.shape[1:])), np.cumsum(known, axis=0)])
    enough = (total[placed.end] - total[placed.start]) / placed.length >= SEEN_SHARE  # (W, 2, J)
    return enough[..., :, None] & enough[:, ::-1, None, :]
