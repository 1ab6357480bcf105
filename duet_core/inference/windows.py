"""Where the windows of a take begin and end. Nothing here looks at the motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

WINDOW_SECONDS = 4.0
"""Long enough for held-out evidence of a lag of half a second, short enough that a phrase of the dance does not blur into the next."""
STRIDE_SECONDS = 0.5
MINIMUM_SECONDS = 3.0
"""A shorter take holds no evidence: neither for a lag of half a second nor for a partner shifted away from it."""


@dataclass(frozen=True)
class Windows:
    """Windows in frames of the clip: ``start`` and ``end`` (W,) int64, end excluded; all have the same length."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    length: int
    stride: int
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.start)


def place(frames: int, fps: float, window: int | None = None, stride: int | None = None, minimum: float = MINIMUM_SECONDS) -> Windows:
    """The windows over a clip of *frames* at *fps*: the first starts at 0, the last ends with the clip.

    Raises:
        InputError: the clip is shorter than *minimum* seconds, or window or stride do not fit it.
    """
    least = int(np.ceil(minimum * fps - 1e-6))
    if frames < least:
        raise InputError(
            f"the take has {frames} frames ({frames / fps:.2f} s)",
            remedy=f"give at least {least} frames ({minimum:g} s); a take of 30 s or more gives sound confidences",
        )
    if stride is not None and stride < 1:
        raise InputError(f"a stride of {stride} frames", place="stride", remedy="give at least 1")
    if window is not None and window > frames:
        raise InputError(
            f"a window of {window} frames is longer than the take ({frames} frames)", place="window", remedy=f"give {least} to {frames}"
        )
    if window is not None and window < least:
        raise InputError(
            f"a window of {window} frames ({window / fps:.2f} s) is too short to tell a connection from chance",
            place="window",
            remedy=f"give at least {least} ({minimum:g} s)",
        )
    warnings = []
    length = window if window is not None else round(WINDOW_SECONDS * fps)
    if length > frames:
        length = frames
        warnings.append(f"the take is shorter than a window of {WINDOW_SECONDS:g} s: it is one window")
    step = stride if stride is not None else max(1, round(STRIDE_SECONDS * fps))
    start = np.arange(0, frames - length + 1, step, dtype=np.int64)
    if start[-1] + length < frames:
        start = np.append(start, frames - length)
    return Windows(start, start + length, length, step, tuple(warnings))
