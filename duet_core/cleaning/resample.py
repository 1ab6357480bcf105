"""Another frame rate: a cubic through the frames around each new one (Catmull–Rom), straight lines beside gaps, NaN inside them.

Going to a lower rate, smooth first below half the new rate (`pipeline` does), or fast motion folds back as slow wobble.
"""

from __future__ import annotations

import numpy as np

from ..clip import Clip
from .report import Figure, Part
from .tracks import chunks


def to_rate(clip: Clip, fps: float) -> tuple[Clip, Part]:
    """*clip* at *fps* frames a second, over the same time. A new frame between a known and an unknown one is unknown."""
    if abs(fps - clip.fps) < 1e-9 * clip.fps:
        return clip, Part("resample", False, f"resampling: {clip.fps:g} frames a second already")
    frames = int(np.floor((clip.frames - 1) / clip.fps * fps + 1e-6)) + 1
    positions = np.empty((frames, *clip.positions.shape[1:]), np.float32)
    confidence = np.empty((frames, *clip.confidence.shape[1:]), np.float32)
    for part in chunks(frames):
        time = np.arange(part.start, part.stop) * (clip.fps / fps)
        before = np.minimum(np.floor(time + 1e-6).astype(np.int64), clip.frames - 1)
        after = np.minimum(before + 1, clip.frames - 1)
        s = np.clip(time - before, 0, 1)[:, None, None, None]
        on_frame = s < 1e-6
        p1, p2 = clip.positions[before].astype(np.float64), clip.positions[after].astype(np.float64)
        p0 = clip.positions[np.maximum(before - 1, 0)].astype(np.float64)
        p3 = clip.positions[np.minimum(after + 1, clip.frames - 1)].astype(np.float64)
        p0 = np.where(np.isnan(p0) | (before == 0)[:, None, None, None], 2 * p1 - p2, p0)
        p3 = np.where(np.isnan(p3) | (after == clip.frames - 1)[:, None, None, None], 2 * p2 - p1, p3)
        between = p1 + 0.5 * s * (p2 - p0 + s * (2 * p0 - 5 * p1 + 4 * p2 - p3 + s * (3 * (p1 - p2) + p3 - p0)))
        positions[part] = np.where(on_frame, p1, between)
        c1, c2 = clip.confidence[before], clip.confidence[after]
        mix = s[..., 0]
        confidence[part] = np.where(on_frame[..., 0], c1, (1 - mix) * c1 + mix * c2)
    summary = f"resampling: from {clip.fps:g} to {fps:g} frames a second ({clip.frames} to {frames} frames)"
    part_ = Part("resample", True, summary, {"frames": frames}, {}, {"fps": Figure(clip.fps, fps, "Hz")})
    return clip.changed(positions=positions, confidence=confidence, fps=fps, step=summary), part_
