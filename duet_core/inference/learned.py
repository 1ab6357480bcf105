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
from ..skeletons import Hierarchy, hierarchy
from ..skeletons.hierarchy import LEAST
from ..solos import solos_of
from . import own_null, redundancy, windows
from .confidence import Calibration, blended, logistic
from .engine import SEEN_SHARE, grid_of
from .features import motion_of
from .own_null import OwnNull
from .update import Kept, Told

ECHO = 0.1
"""What a pair keeps of its confidence where another one speaks for it: it stands behind that one, and is not shown. On planted duets, of such pairs
about one in twenty is the very one that was planted; the others are carried along."""
SPEAKER_SECONDS, STAYS_SECONDS = 4.0, 1.5
"""Windows less than so many seconds apart decide together how strong a pair is where joints of one limb compete, and whether it is an echo."""
STILL = 0.03
"""Metres from its mean place within which a joint rests."""
AT_ONCE = 8
"""Windows that are given to the model together."""
ECHO_WINDOWS = 240
BONELESS = "the skeleton has no bones of its own: which joint hangs on which was taken from the distances that they keep"


@dataclass(frozen=True)
class Answer:
    """Logits for n windows, each (n, 2, J, J, …): *types* (K), *kinds* (6), *lags* (L bins of one sample)."""

    types: NDArray[np.float32]
    kinds: NDArray[np.float32]
    lags: NDArray[np.float32]


Model = Callable[[NDArray[np.float32], NDArray[np.int64]], Answer]
"""Windows (n, T, 2, J, 3) in metres at the model's rate, and parents (J,) → `Answer`."""


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
    seed: int = 0,
    null: bool = True,
    steady: bool = True,
    kept: Kept | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Connections, NDArray[np.float32]]:
    """The connections of *clip* by *model*, and (W, 2, J, J) the confidence of each pair before echoes of a surer one were put behind it.

    Args:
        window, stride: in frames of the clip; by default the model's own window and 0.5 s.
        seed: of the shifts that the take is compared with.
        null: whether the take is compared with itself shifted (`own_null`).
        steady: whether windows near each other are blended and decide together; else each stands for itself, as nobody should see it.
        kept: what the model said of windows before, which spares asking again (`update`); what it says now is added.
        meta: what the result says of the model: ``method``, ``model`` (hash), ``settings`` …

    Raises:
        InputError: no duet, or a window or stride that does not fit.
        Cancelled: *cancelled* said so.
    """
    clip.require_duet()
    if not steady:
        calibration = replace(calibration, lasts=0.0)
    cut = _cut(clip, rate, frames, window, stride)
    placed, body = cut.placed, cut.body
    centres = (placed.start + placed.end) / 2 / clip.fps
    seen = _pairs(cut.enough)
    if kept is not None:
        kept.begin(f"{meta.get('model')} {rate} {cut.length}", body.parents, body.at)
    mismatched = own_null.mismatched(centres, seed) if null else (np.empty(0, np.int64),) * 2
    (probability, kind, lag), shifted = _ask(model, cut, mismatched, len(types), kept, progress, cancelled)
    some = probability[..., 1:].sum(axis=-1)  # not 1 − none, of which rounding leaves little where it is small
    odds = np.concatenate([calibration.over_time(some[:, d : d + 1], seen[:, d : d + 1], centres) for d in range(2)], axis=1)
    alone = np.where(seen, logistic(odds), 0).astype(np.float32)
    warnings = [*placed.warnings, *([BONELESS] if _boneless(clip, body) else [])]
    about: dict[str, Any] = {}
    if null:
        compared = _compared(some, seen, kind, shifted, calibration)
        if compared:
            alone, about = compared.limited(alone, odds, kind), {"null": compared.as_dict()}
        warnings += _doubts(alone, compared)
    confidence = np.where(_echoes(clip, body, placed, alone, odds, centres, steady), np.float32(ECHO) * alone, alone)
    probability[..., 1:] *= (confidence / np.maximum(some, 1e-9))[..., None]
    probability[..., 0] = 1 - confidence
    kind[~seen] = 0
    lag /= np.float32(rate)
    lag[kind != KINDS.index("lead")] = 0.0
    lag[~seen] = np.nan
    flat = (len(placed), -1)
    connections = Connections(
        joints=clip.skeleton.joints,
        window_start=placed.start,
        window_end=placed.end,
        confidence=confidence.reshape(flat),
        type_probability=probability.reshape(*flat, len(types)),
        types=types,
        lag=lag.reshape(flat),
        kind=kind.reshape(flat),
        fps=clip.fps,
        meta={
            **meta,
            **about,
            "source": clip.meta["source"],
            "dancers": clip.meta["dancers"],
            "seed": seed,
            "settings": {**meta.get("settings", {}), "window": placed.length, "stride": placed.stride},
            "warnings": warnings,
        },
    )
    return connections, alone


@dataclass(frozen=True)
class _Cut:
    """A clip in windows, as a model is shown it.

    Attributes:
        placed: the W windows in frames of the clip.
        body: the joints that the model is shown, and which of the clip's J joints each stands for.
        motion: (N, 2, J', 3) those joints at the model's rate.
        first, length: (W,) where the windows start in it, and how long they are.
        rests, enough: (W, 2, J) which joints rest in a window (`resting`), and which were seen in enough of it.
    """

    placed: windows.Windows
    body: Hierarchy
    motion: NDArray[np.float32]
    first: NDArray[np.int64]
    length: int
    rests: NDArray[np.bool_]
    enough: NDArray[np.bool_]


def _cut(clip: Clip, rate: float, frames: int, window: int | None, stride: int | None) -> _Cut:
    own = round(frames / rate * clip.fps)
    placed = windows.place(
        clip.frames, clip.fps, min(own, clip.frames) if window is None else window, stride, min(windows.MINIMUM_SECONDS, frames / rate)
    )
    motion = both(clip, rate)
    length = min(round(placed.length / clip.fps * rate), len(motion))
    first = np.minimum(np.round(placed.start / clip.fps * rate).astype(np.int64), len(motion) - length)
    body = hierarchy(clip.skeleton, motion, known=np.isfinite(clip.positions).all(axis=-1).any(axis=0).all(axis=0))
    return _Cut(placed, body, body.placed(motion), first, length, resting(motion, first, length), _enough(clip, placed))


def _ask(
    model: Model,
    cut: _Cut,
    mismatched: tuple[NDArray[np.int64], NDArray[np.int64]],
    types: int,
    kept: Kept | None,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[Told, list[tuple[NDArray[np.float32], NDArray[np.int8]]]]:
    """What the *model* says of all windows, and of *mismatched* ones, dancer 0 in the first and dancer 1 in the second, each (V,).

    Of the latter only how probable any connection is (0 where a joint was not seen), and its kind; each (n, 2, J, J), a few windows at a time.
    """
    first, length, joints = cut.first, cut.length, cut.enough.shape[-1]
    probability = np.empty((len(first), 2, joints, joints, types), np.float32)
    kind, lag = np.empty(probability.shape[:-1], np.int8), np.empty(probability.shape[:-1], np.float32)
    mine, theirs = mismatched
    work = [(rows, rows) for rows in _batches(np.arange(len(first)))] + list(zip(_batches(mine), _batches(theirs), strict=True))
    shifted: list[tuple[NDArray[np.float32], NDArray[np.int8]]] = []

    def listen(windows_: NDArray[np.float32], idle: NDArray[np.bool_]) -> Told:
        return _told(model(windows_, cut.body.parents), cut.body, idle)

    inside = np.arange(length)
    for done, (one, other) in enumerate(work):
        if cancelled and cancelled():
            raise Cancelled
        windows_ = np.stack([cut.motion[first[rows, None] + inside, dancer] for dancer, rows in enumerate((one, other))], axis=2)
        idle = _pairs(np.stack([cut.rests[one, 0], cut.rests[other, 1]], axis=1))
        told = listen(windows_, idle) if kept is None else kept.told(windows_, idle, listen)
        # What is kept of a window is a part of its logits, or an hour of dance would not fit into memory.
        if one is other:
            probability[one], kind[one], lag[one] = told
        else:
            known = _pairs(np.stack([cut.enough[one, 0], cut.enough[other, 1]], axis=1))
            shifted.append((np.where(known, told[0][..., 1:].sum(axis=-1), 0), told[1]))
        if progress:
            progress((done + 1) / len(work))
    return (probability, kind, lag), shifted


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
        seed: int = 0,
        kept: Kept | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Connections:
        """The connections of *clip*; see `examine`."""
        return self.examine(clip, window=window, stride=stride, seed=seed, kept=kept, progress=progress, cancelled=cancelled)[0]

    def examine(
        self,
        clip: Clip,
        *,
        window: int | None = None,
        stride: int | None = None,
        seed: int = 0,
        null: bool = True,
        steady: bool = True,
        kept: Kept | None = None,
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
            seed=seed,
            null=null,
            steady=steady,
            kept=kept,
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


def _batches(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [rows[begin : begin + AT_ONCE] for begin in range(0, len(rows), AT_ONCE)]


def resting(motion: NDArray[np.float32], first: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    """(W, 2, J) which joints of *motion* (N, 2, J, 3) stay within `STILL` of their mean place in the windows of *length* that start at *first* (W,)."""
    about = motion - motion.mean(axis=0)
    sums, squares = (
        np.concatenate([np.zeros_like(v[:1]), np.cumsum(v, axis=0)]) for v in (about.astype(np.float64), about.astype(np.float64) ** 2)
    )
    mean, square = ((v[first + length] - v[first]) / length for v in (sums, squares))
    return (square - mean**2).sum(axis=-1) < STILL**2


def _told(answer: Answer, body: Hierarchy, rests: NDArray[np.bool_]) -> Told:
    """Type probabilities (n, 2, J, J, K), kinds (what a pair is if it is connected) and lags in samples of the skeleton's own joints.

    Joints that both rest keep their distance and hold nothing: of a hold little is left where *rests* (n, 2, J, J).
    """
    kind = body.own((answer.kinds[..., 1:].argmax(-1) + 1).astype(np.int8))
    types = body.own(softmax(answer.types))
    idle = rests & (kind == KINDS.index("hold"))
    types[idle, 1:] *= np.float32(ECHO)
    types[idle, 0] = 1 - types[idle, 1:].sum(axis=-1)
    return types, kind, body.own(peak(answer.lags))


def _compared(
    some: NDArray[np.float32],
    seen: NDArray[np.bool_],
    kind: NDArray[np.int8],
    shifted: list[tuple[NDArray[np.float32], NDArray[np.int8]]],
    calibration: Calibration,
) -> OwnNull | None:
    """True and shifted windows alike: single ones, as shifted windows have no neighbours to be blended with. None without shifted ones."""
    if not shifted:
        return None
    chance, kinds = (np.concatenate(part) for part in zip(*shifted, strict=True))

    # Every so often is enough of the true windows, and spares memory.
    step = max(1, len(some) // (4 * own_null.WINDOWS))
    true, of_chance = calibration.of_window(np.where(seen[::step], some[::step], 0)), calibration.of_window(chance)
    counts = own_null.above(true, kind[::step]), own_null.above(of_chance, kinds)
    return OwnNull(*counts, len(chance), own_null.lead(logistic(of_chance), kinds))


def _doubts(confidence: NDArray[np.float32], compared: OwnNull | None) -> list[str]:
    """What a user must know before looking for connections in the result."""
    if compared is None:
        return [
            f"the take is too short to be compared with itself shifted by {own_null.APART_SECONDS:g} s: confidences stand on the model alone"
        ]
    if (confidence > DISPLAY_THRESHOLD).any():
        return []
    true, chance = compared.shown(compared.true).sum(), compared.shown(compared.shifted).sum()
    if true > 0:
        return [
            f"the model has nothing to say of this take: what it finds ({true:.1f} candidates a window) it finds as well with one dancer shifted "
            f"in time ({chance:.1f})"
        ]
    return ["the model has nothing to say of this take: in no window it is surer of a connection than of none"]


def _boneless(clip: Clip, body: Hierarchy) -> bool:
    """Whether neither the file nor the joints' names told how they belong together."""
    return body.guessed or (clip.meta.get("bones") == "guessed" and body.itself and sum(map(bool, clip.skeleton.landmarks)) < LEAST)


def _echoes(
    clip: Clip,
    body: Hierarchy,
    placed: windows.Windows,
    confidence: NDArray[np.float32],
    odds: NDArray[np.float32],
    centres: NDArray[np.float64],
    steady: bool,
) -> NDArray[np.bool_]:
    """(W, 2, J, J) which connections are echoes of a stronger one (`redundancy.echoes`), or of the joint that speaks for the same place."""
    speaks = body.speaks[:, None] & body.speaks
    shown = (confidence > DISPLAY_THRESHOLD) & speaks
    loud = np.flatnonzero(shown.any(axis=(1, 2, 3)))
    result = np.zeros(confidence.shape, bool)
    if not len(loud):
        return result | ~speaks
    motion = motion_of(clip)
    speaker, stays = (SPEAKER_SECONDS, STAYS_SECONDS) if steady else (0.0, 0.0)
    strength = blended(odds, np.broadcast_to(np.bool_(True), odds.shape), centres, speaker) - redundancy.burden(body.depth)
    grid = grid_of(motion, placed.start[loud], placed.length, clip.fps)
    # A stretch at a time, so that memory stays small for an hour of dance.
    for begin in range(0, len(loud), ECHO_WINDOWS):
        part = slice(begin, begin + ECHO_WINDOWS)
        some = replace(grid, start=grid.start[part])
        span = slice(int(some.start[0]), int(some.start[-1]) + grid.length)
        kin = redundancy.coherence(motion, some, span)
        rows = loud[part]
        result[rows] = redundancy.echoes(strength[rows], shown[rows], kin)
    # Who speaks for a hand does not change for a moment: the majority of the windows around decides.
    return (blended(result, np.broadcast_to(np.bool_(True), result.shape), centres, stays) > 0.5) | ~speaks


def _enough(clip: Clip, placed: windows.Windows) -> NDArray[np.bool_]:
    """(W, 2, J) whether a joint was seen in enough of the window."""
    known = np.isfinite(clip.positions).all(axis=-1)
    total = np.concatenate([np.zeros((1, *known.shape[1:])), np.cumsum(known, axis=0)])
    return (total[placed.end] - total[placed.start]) / placed.length >= SEEN_SHARE


def _pairs(joints: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(W, 2, J, J) where both joints of a pair are, of (W, 2, J)."""
    return joints[..., :, None] & joints[:, ::-1, None, :]
