"""Zero-phase low-pass: a Butterworth filter run forwards and backwards, so that nothing is delayed.

The filter is `scipy.signal.filtfilt(*scipy.signal.butter(2, cutoff, fs=fps), x)` without SciPy (same odd padding, same initial state; a test compares
them). Run both ways its gain is |H|² = 1 / (1 + (tan(πf/fps) / tan(π·cutoff/fps))⁴): one half at the cutoff.

Why 8 Hz at most (`CUTOFF`), by the power spectra of the nine salsa takes (optical mocap, 60 fps, joints relative to the pelvis) and by Winter's
residual analysis: 99.9 % of the power of wrist, elbow and knee lies below 2.6–4.4 Hz, of the ankles below 6.6 Hz; above 6–8 Hz the spectrum is flat
(1–3 mm/√Hz), which is measurement noise, and the residual over the cutoff turns into a straight line there (knee 3.9 mm at 6 Hz, 3.1 at 8, 2.6 at
10). At 8 Hz the filter takes 3 mm r.m.s. off a wrist, and its gain at 4 Hz is 0.94, so accents stay. A video-pose export we measured was cut at 4 Hz
before it reached us: 8 Hz takes 0.5 mm off it.

Where a take is noisier than that, `choose_cutoff` lowers the cutoff, down to 4 Hz (`LEAST`), to where the signal lost and the noise kept are least together.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from .report import Figure, Part
from .tracks import following, known, previous

CUTOFF = 8.0
"""Hz; see the top of this file."""

LEAST = 4.0
"""Hz below which no cutoff is chosen: a quick accent of an arm reaches that far."""

HIGHEST_SHARE = 0.45
"""A cutoff above so much of the rate leaves nothing to cut."""

_WINDOW = 4.0
_MOST_WINDOWS = 64


def smooth(clip: Clip, *, cutoff: float | None = None) -> tuple[Clip, Part]:
    """Low-pass every known stretch of every joint.

    Args:
        cutoff: Hz; None chooses between `LEAST` and `CUTOFF` by the clip's own noise.
    """
    noise, chosen = _noise_and_cutoff(clip)
    hertz = chosen if cutoff is None else float(cutoff)
    if hertz >= HIGHEST_SHARE * clip.fps:
        text = f"smoothing: none, {clip.fps:g} frames a second hold nothing above {hertz:g} Hz"
        return clip, Part("smoothing", False, text)
    there = known(clip.positions)
    frames = clip.frames
    values = _bridged(clip.positions.reshape(frames, -1, 3), there.reshape(frames, -1))
    values = values.reshape(frames, -1)
    zero_phase(values, hertz, clip.fps, out=values)
    positions = values.reshape(clip.positions.shape).astype(np.float32)
    del values
    positions[~there] = np.nan
    total, count = 0.0, 0
    for d in range(clip.dancers):
        squares = np.square(positions[:, d] - clip.positions[:, d]).sum(-1)
        total += float(np.nansum(squares, dtype=np.float64))
        count += int(there[:, d].sum())
    moved = math.sqrt(total / max(count, 1))
    summary = f"smoothing: zero-phase low-pass at {hertz:.3g} Hz moved positions by {1000 * moved:.1f} mm r.m.s."
    result = clip.changed(positions=positions, step=summary)
    jitter = Figure(1000 * noise, 1000 * estimated_noise(result), "mm")
    return result, Part(
        "smoothing", True, summary, {}, {}, {"jitter": jitter, "moved": Figure(0.0, 1000 * moved, "mm")}, [f"cutoff {hertz:.3g} Hz"]
    )


def sections(cutoff: float, fps: float) -> NDArray[np.float64]:
    """(1, 6) second-order section (b0 b1 b2 1 a1 a2) of a second-order Butterworth low-pass, by the bilinear transform."""
    k = math.tan(math.pi * cutoff / fps)
    norm = 1 + math.sqrt(2) * k + k * k
    b = k * k / norm
    return np.array([[b, 2 * b, b, 1.0, 2 * (k * k - 1) / norm, (1 - math.sqrt(2) * k + k * k) / norm]])


def zero_phase(values: NDArray[np.float64], cutoff: float, fps: float, *, out: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """*values* (T, C) without NaN, low-passed forwards and backwards with odd padding at both ends.

    *out* may be *values* itself. Takes of fewer frames than the padding are padded with what they have.
    """
    result = values.copy() if out is None else out
    if result is not values:
        result[...] = values
    frames = len(result)
    pad = min(9, frames - 1)
    if pad < 1:
        return result
    head = 2 * result[0] - result[pad:0:-1]
    tail = 2 * result[-1] - result[-2 : -pad - 2 : -1]
    for b0, b1, b2, _, a1, a2 in sections(cutoff, fps):
        # Steady state of the transposed direct form II for a constant input of 1.
        gain = (b0 + b1 + b2) / (1 + a1 + a2)
        rest = np.array([gain - b0, b2 - a2 * gain])
        coefficients = (b0, b1, b2, a1, a2)
        state = [rest[0] * head[0], rest[1] * head[0]]
        for block in (head, result, tail):
            _run(block, coefficients, state)
        state = [rest[0] * tail[-1], rest[1] * tail[-1]]
        for block in (tail, result, head):
            _run(block[::-1], coefficients, state)
    return result


def _run(block: NDArray[np.float64], coefficients: tuple[float, ...], state: list[NDArray[np.float64]]) -> None:
    """Filter *block* (N, C) in place, frame by frame over all channels at once, carrying *state* on."""
    b0, b1, b2, a1, a2 = coefficients
    first, second = state
    y = np.empty_like(first)
    scratch = np.empty_like(first)
    for x in block:
        np.multiply(x, b0, out=y)
        y += first
        np.multiply(x, b1, out=first)
        np.multiply(y, a1, out=scratch)
        first -= scratch
        first += second
        np.multiply(x, b2, out=second)
        np.multiply(y, a2, out=scratch)
        second -= scratch
        x[...] = y


def _bridged(positions: NDArray[np.float32], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(T, C, 3) float64 whose gaps continue both sides by odd reflection, as `filtfilt` pads an end, blended into one another; unknown tracks are 0."""
    values = positions.astype(np.float64)
    if there.all():
        return values
    frames = len(values)
    last, next_ = previous(there), following(there)
    # The known run's far end on both sides, so that a reflection never reaches into the gap before it.
    frame, track = np.nonzero(~there)
    a, b = last[frame, track].astype(np.int64), next_[frame, track].astype(np.int64)
    gap_before, gap_after = previous(~there), following(~there)
    has_a, has_b = a >= 0, b < frames
    at_a, at_b = np.maximum(a, 0), np.minimum(b, frames - 1)
    from_a = np.maximum(2 * a - frame, gap_before[at_a, track] + 1)
    from_b = np.minimum(2 * b - frame, gap_after[at_b, track] - 1)
    left = 2 * values[at_a, track] - values[np.clip(from_a, 0, frames - 1), track]
    right = 2 * values[at_b, track] - values[np.clip(from_b, 0, frames - 1), track]
    mix = np.where(has_a & has_b, (frame - a) / np.maximum(b - a, 1), np.where(has_a, 0.0, 1.0))
    mix = (mix * mix * (3 - 2 * mix))[:, None]
    bridge = np.where(mix < 1, np.where(mix > 0, (1 - mix) * left + mix * right, left), right)
    values[frame, track] = np.where((has_a | has_b)[:, None], bridge, 0.0)
    return values


def estimated_noise(clip: Clip) -> float:
    """Metres r.m.s. on each axis, were the take's unsteadiness white noise; the typical joint's.

    From third differences: their variance is 20 times white noise's, and smooth motion has almost none. By the median over frames, which accents do not move.
    """
    per_joint = noise_per_joint(clip)
    there = per_joint[~np.isnan(per_joint)]
    return float(np.median(there)) if there.size else 0.0


def noise_per_joint(clip: Clip) -> NDArray[np.float64]:
    """(D, J) `estimated_noise` of each joint; NaN where no four frames in a row are known."""
    result = np.full(clip.positions.shape[1:3], np.nan)
    if clip.frames < 4:
        return result
    stride = max(1, clip.frames // 20_000)
    for d in range(clip.dancers):
        p = clip.positions[:, d]
        n = clip.frames - 3
        start = np.arange(0, n, stride)
        third = (p[start + 3].astype(np.float64) - p[start]) - 3 * (p[start + 2].astype(np.float64) - p[start + 1])
        for j in range(third.shape[1]):
            values = np.abs(third[:, j])
            values = values[~np.isnan(values)]
            if values.size:
                result[d, j] = float(np.median(values)) / 0.6745 / math.sqrt(20.0)
    return result


def choose_cutoff(clip: Clip) -> float:
    """Hz between `LEAST` and `CUTOFF` where the signal lost and the noise kept are least together."""
    return _noise_and_cutoff(clip)[1]


def _noise_and_cutoff(clip: Clip) -> tuple[float, float]:
    """The white noise (`estimated_noise`) and the cutoff for it."""
    noise = estimated_noise(clip)
    found = _spectrum(clip)
    if found is None or noise <= 0:
        return noise, CUTOFF
    hertz, power = found
    # Motion's own high frequencies also enter the third differences: the floor is the lower of that estimate and what the spectrum's upper end shows.
    top = power[hertz > 0.33 * clip.fps]
    floor = min(2 * noise * noise / clip.fps, float(np.median(top))) if top.size else 2 * noise * noise / clip.fps
    signal = np.maximum(power - floor, 0)
    candidates = np.arange(LEAST, CUTOFF + 0.01, 0.25)
    warp = np.tan(np.pi * np.minimum(hertz, 0.4999 * clip.fps) / clip.fps)
    costs = []
    for cutoff in candidates:
        if cutoff >= HIGHEST_SHARE * clip.fps:
            break
        gain = 1 / (1 + (warp / math.tan(math.pi * cutoff / clip.fps)) ** 4)
        costs.append(float(((1 - gain) ** 2 * signal + gain**2 * floor).sum()))
    return noise, float(candidates[int(np.argmin(costs))]) if costs else CUTOFF


def _spectrum(clip: Clip) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Frequencies and one-sided power per axis (m²/Hz), the median over joints, mean over windows without gaps; None where no window is whole."""
    length = int(min(clip.frames, max(16, round(_WINDOW * clip.fps))))
    if length < 16:
        return None
    starts = np.unique(np.linspace(0, clip.frames - length, min(_MOST_WINDOWS, max(1, 2 * clip.frames // length))).astype(int))
    taper = np.hanning(length)[:, None, None]
    total = np.zeros((length // 2 + 1, clip.dancers * len(clip.skeleton)))
    count = np.zeros(clip.dancers * len(clip.skeleton))
    ramp = np.linspace(0, 1, length)[:, None, None]
    for start in starts:
        part = clip.positions[start : start + length].reshape(length, -1, 3).astype(np.float64)
        whole = ~np.isnan(part).any(axis=(0, 2))
        if whole.any():
            level = part[:, whole] - ((1 - ramp) * part[:1, whole] + ramp * part[-1:, whole])
            total[:, whole] += (np.abs(np.fft.rfft(level * taper, axis=0)) ** 2).mean(axis=-1)
            count[whole] += 1
    if not count.any():
        return None
    power = np.median(total[:, count > 0] / count[count > 0], axis=1) * 2 / (clip.fps * float((taper**2).sum()))
    return np.fft.rfftfreq(length, 1 / clip.fps), power
