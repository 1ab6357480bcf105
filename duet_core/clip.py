"""The one type for pose data: what every reader returns and everything else takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .skeletons import Skeleton

FloatArray = NDArray[np.float32]

_TO_BE_MADE = cast(FloatArray, None)  # the default of what __post_init__ fills in, so that a clip never shows None


@dataclass(frozen=True)
class Clip:
    """The motion of one or two dancers with one skeleton, in one room.

    Attributes:
        positions: (T, D, J, 3) float32, metres, z up, right-handed, the floor at z = 0; NaN (all three axes) where unknown. D is 2 for a duet,
            1 for a solo.
        fps: frames a second, > 0.
        skeleton: the J joints.
        confidence: (T, D, J) float32 in 0..1, how sure the source is of each position; 0 where the position is NaN.
        meta: JSON-able. Readers set ``source`` (list of file names), ``dancers`` (D names), ``warnings`` (sentences for the user), ``steps``
            (what was done to the data, in order). A planted duet carries its true connections under ``truth``.

    Raises:
        InputError: wrong shapes, no frames, an infinite position, or fps out of range.
    """

    positions: FloatArray
    fps: float
    skeleton: Skeleton
    confidence: FloatArray = _TO_BE_MADE
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        positions = np.ascontiguousarray(self.positions, dtype=np.float32)
        joints = len(self.skeleton)
        if positions.ndim != 4 or positions.shape[1] not in (1, 2) or positions.shape[2:] != (joints, 3):
            raise InputError(
                f"positions have shape {positions.shape}",
                remedy=f"give (frames, 1 or 2 dancers, {joints} joints of skeleton {self.skeleton.name!r}, 3)",
            )
        if positions.shape[0] == 0:
            raise InputError("there are no frames", remedy="give at least one frame")
        if np.isinf(positions).any():
            frame, dancer, joint = (int(i) for i in np.argwhere(np.isinf(positions))[0][:3])
            raise InputError(
                "a position is infinite",
                place=f"frame {frame}, dancer {dancer}, joint {self.skeleton.joints[joint]}",
                remedy="write NaN where a position is unknown",
            )
        if not (math.isfinite(self.fps) and 0 < self.fps <= 10_000):
            raise InputError(f"{self.fps} frames a second", remedy="give the frame rate with --fps, above 0")
        unknown = np.isnan(positions).any(axis=-1)
        if unknown.any():
            positions = np.where(unknown[..., None], np.float32(np.nan), positions)
        if self.confidence is None:
            confidence = np.where(unknown, np.float32(0), np.float32(1))
        else:
            confidence = np.array(self.confidence, dtype=np.float32)
            if confidence.shape != positions.shape[:3]:
                raise InputError(f"confidence has shape {confidence.shape}", remedy=f"give {positions.shape[:3]}")
            confidence = np.clip(np.nan_to_num(confidence, nan=0.0), 0.0, 1.0)
            confidence[unknown] = 0.0
        meta = {"source": [], "dancers": ["A", "B"][: positions.shape[1]], "warnings": [], "steps": [], **self.meta}
        if not isinstance(meta["dancers"], (list, tuple)) or len(meta["dancers"]) != positions.shape[1]:
            meta["dancers"] = ["A", "B"][: positions.shape[1]]
        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "confidence", confidence)
        object.__setattr__(self, "fps", float(self.fps))
        object.__setattr__(self, "meta", meta)

    @property
    def frames(self) -> int:
        return int(self.positions.shape[0])

    @property
    def dancers(self) -> int:
        return int(self.positions.shape[1])

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last."""
        return self.frames / self.fps

    @property
    def names(self) -> tuple[str, ...]:
        """What the dancers are called."""
        return tuple(self.meta["dancers"])

    def sliced(self, start: int, end: int) -> Clip:
        """Frames *start* to *end*, end excluded. Raises InputError where that is empty or outside the clip."""
        if not 0 <= start < end <= self.frames:
            raise InputError(f"frames {start}:{end} are not in the clip", remedy=f"choose frames within 0:{self.frames}")
        meta = dict(self.meta)
        if meta.get("truth"):
            meta["truth"] = truth_within(meta["truth"], start, end)
        return replace(self, positions=self.positions[start:end], confidence=self.confidence[start:end], meta=meta)

    def changed(self, *, step: str | None = None, warning: str | None = None, **fields: Any) -> Clip:
        """A copy with *fields* replaced, and *step* or *warning* added to its meta."""
        meta = dict(fields.pop("meta", self.meta))
        if step:
            meta["steps"] = [*meta.get("steps", []), step]
        if warning:
            meta["warnings"] = [*meta.get("warnings", []), warning]
        return replace(self, meta=meta, **fields)

    def require_duet(self) -> Clip:
        """This clip, if it has two dancers. Raises InputError for a solo."""
        if self.dancers != 2:
            raise InputError("there is one dancer", file=", ".join(self.meta["source"]) or None, remedy="give a second file, or a duet")
        return self


def truth_within(truth: Sequence[Mapping[str, Any]], start: int, end: int) -> list[dict[str, Any]]:
    """The rows of *truth* that hold somewhere within frames *start* to *end*, their frames counted from *start*."""
    rows = []
    for row in truth:
        first, last = max(int(row.get("start_frame", start)), start), min(int(row.get("end_frame", end)), end)
        if first < last:
            rows.append({**row, "start_frame": first - start, "end_frame": last - start})
    return rows
