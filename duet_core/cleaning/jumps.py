"""Outlier jumps: a joint, or a whole body, that leaps away within one frame and back again, or a bone that is torn to twice its length.

A leap is a step from one frame to the next that differs from *both* its neighbours by more than a body can: a foot that stops dead on the floor, or
an arm that is flung, changes its step once and keeps the new one; a leap does not. What lies between two leaps and does not belong to the path around
it becomes NaN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from .report import Part
from .tracks import body_path, chunks, frame_runs, known

JOINT_ACCELERATION = 150.0
"""m/s², relative to the torso: hands and feet of dancers reach some 100 in percussive accents."""

BODY_ACCELERATION = 60.0
"""m/s² of the torso as a whole; landings of jumps reach some 40."""

LEAST_JOINT, LEAST_BODY = 0.06, 0.08
"""Metres below which a leap is left to the smoothing, whatever the rate."""

NOISE_FACTOR = 4.5
"""A leap also exceeds so many times what the same joint usually does, so that a noisy track is not torn to pieces: of white noise alone, one step in some 10⁷ does."""

LONGEST = 0.5
"""Seconds that an excursion between two leaps may last."""

STRETCH, STRETCH_LEAST = 2.0, 0.10
"""A bone longer than so many times its median, and by so many metres, is torn."""


@dataclass(frozen=True)
class Jumps:
    """What `find` saw.

    Attributes:
        joints: (T, D, J) positions that belong to a jump of a joint.
        bodies: (T, D) frames that belong to a jump of a whole body.
        shifts: (T,) frames before which a joint or body leapt and did not come back; they are told, not repaired.
    """

    joints: NDArray[np.bool_]
    bodies: NDArray[np.bool_]
    shifts: NDArray[np.bool_]


def find(clip: Clip, *, longest: float = LONGEST) -> Jumps:
    """Jumps of joints and bodies in *clip*."""
    positions, dt = clip.positions, 1.0 / clip.fps
    frames, dancers, joints = positions.shape[:3]
    most = max(1, round(longest * clip.fps))
    body = body_path(positions, clip.skeleton)
    bodies, shifts = _excursions(body, max(LEAST_BODY, BODY_ACCELERATION * dt * dt), most)
    masked = np.zeros((frames, dancers, joints), bool)
    for dancer in range(dancers):
        relative = positions[:, dancer] - body[:, dancer, None]
        found, unpaired = _excursions(relative, max(LEAST_JOINT, JOINT_ACCELERATION * dt * dt), most)
        masked[:, dancer] = found
        shifts |= unpaired
    masked |= _torn(clip, masked)
    masked &= ~bodies[:, :, None] & known(positions)
    return Jumps(masked, bodies, shifts)


def remove(clip: Clip, *, longest: float = LONGEST) -> tuple[Clip, Part]:
    """Jumps become NaN."""
    found = find(clip, longest=longest)
    everything = (found.joints | found.bodies[:, :, None]) & known(clip.positions)
    count = int(everything.sum())
    bodies = sum(len(frame_runs(found.bodies[:, d])) for d in range(clip.dancers))
    counts = {
        "joint_positions": int(found.joints.sum()),
        "body_jumps": bodies,
        "body_frames": int(found.bodies.sum()),
        "shifts_left": int(found.shifts.sum()),
    }
    runs = {
        "joints": frame_runs(found.joints.any(axis=(1, 2))),
        "bodies": frame_runs(found.bodies.any(axis=1)),
        "shifts": frame_runs(found.shifts),
    }
    if not count:
        return clip, Part("jumps", False, "jumps: none", counts, runs)
    summary = f"jumps: {counts['joint_positions']} positions of single joints and {counts['body_frames']} frames of whole bodies hidden"
    positions = np.where(everything[..., None], np.float32(np.nan), clip.positions)
    confidence = np.where(everything, np.float32(0), clip.confidence)
    share = np.bincount(np.nonzero(found.joints)[2], minlength=len(clip.skeleton))
    worst = [f"{clip.skeleton.joints[j]} {int(share[j])}" for j in np.argsort(-share)[:5] if share[j]]
    notes = [f"most in: {', '.join(worst)}"] if worst else []
    return clip.changed(positions=positions, confidence=confidence, step=summary), Part("jumps", True, summary, counts, runs, notes=notes)


def _excursions(paths: NDArray, limit: float, most: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(T, C) frames of *paths* (T, C, 3) between two leaps that lie off the path around them; (T,) frames that an unpaired leap leads to."""
    frames, tracks = paths.shape[:2]
    masked = np.zeros((frames, tracks), bool)
    if frames < 3:
        return masked, np.zeros(frames, bool)
    leap = np.zeros((frames - 1, tracks), np.float32)
    for part in chunks(frames - 1):
        low, high = max(part.start - 1, 0), min(part.stop + 1, frames - 1)
        step = np.diff(paths[low : high + 1], axis=0)
        change = np.linalg.norm(np.diff(step, axis=0), axis=-1)  # between step i and i + 1
        nothing = np.full((1, tracks), np.nan, change.dtype)
        padded = np.concatenate([nothing, change, nothing])
        alone = np.fmin(padded[:-1], padded[1:])
        leap[part] = np.nan_to_num(alone, nan=0.0)[part.start - low : part.stop - low]
    usual = np.median(leap, axis=0)
    time, track = np.nonzero(leap > np.maximum(limit, NOISE_FACTOR * usual))
    order = np.lexsort((time, track))
    time, track = time[order], track[order]
    bounds = np.searchsorted(track, np.arange(tracks + 1))
    unpaired = np.zeros(frames, bool)
    for c in np.unique(track):
        unpaired[_mask_track(masked[:, c], paths[:, c], time[bounds[c] : bounds[c + 1]].tolist(), limit, most)] = True
    return masked, unpaired


def _mask_track(masked: NDArray[np.bool_], path: NDArray, leaps: Sequence[int], limit: float, most: int) -> list[int]:
    """Mask the excursions of one *path* (T, 3), whose leaps lie between frames t and t + 1. Returns the frames that unpaired leaps lead to."""
    frames, at = len(path), 0
    unpaired: list[int] = []
    while at < len(leaps):
        first = leaps[at] + 1
        paired = False
        # The nearest later leap that ends an excursion; spikes in a row may need to skip one or two.
        for other in range(at + 1, min(at + 4, len(leaps))):
            last = leaps[other]
            if last - first + 1 > most:
                break
            if last + 1 < frames and _off(path, first, last, limit):
                masked[first : last + 1] = True
                at, paired = other + 1, True
                break
        if not paired:
            before, after = _known_beside(path, first)
            if before <= 2 and before <= after:
                masked[first - before : first] = True
            elif after <= 2:
                masked[first : first + after] = True
            else:
                unpaired.append(first)
            at += 1
    return unpaired


def _known_beside(path: NDArray, first: int) -> tuple[int, int]:
    """How many frames are known, of the three before frame *first* and of the three from it on, up to a gap or the clip's end."""
    unknown = np.isnan(path[:, 0])
    before = unknown[max(first - 3, 0) : first][::-1]
    after = unknown[first : first + 3]
    return tuple(int(np.argmax(side)) if side.any() else len(side) for side in (before, after))  # type: ignore[return-value]


def _off(path: NDArray, first: int, last: int, limit: float) -> bool:
    """Whether frames *first*..*last* lie farther from the chord around them than the chord is long, and by more than half the limit."""
    before, after = path[first - 1].astype(np.float64), path[last + 1].astype(np.float64)
    if np.isnan(before).any() or np.isnan(after).any():
        return False
    mix = (np.arange(first, last + 1) - first + 1)[:, None] / (last - first + 2)
    off = np.linalg.norm(path[first : last + 1] - ((1 - mix) * before + mix * after), axis=-1)
    return bool(np.nanmedian(off) > max(0.5 * limit, 0.6 * float(np.linalg.norm(after - before))))


def _torn(clip: Clip, jumping: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(T, D, J) joints at the far end of a torn bone that no *jumping* joint (T, D, J) has torn."""
    torn = np.zeros(clip.positions.shape[:3], bool)
    for parent, child in clip.skeleton.bones:
        length = np.linalg.norm(clip.positions[:, :, child] - clip.positions[:, :, parent], axis=-1)
        length[jumping[:, :, child] | jumping[:, :, parent]] = np.nan
        for dancer in range(clip.dancers):
            there = length[:, dancer][~np.isnan(length[:, dancer])]
            if there.size:
                usual = float(np.median(there))
                with np.errstate(invalid="ignore"):
                    torn[:, dancer, child] = length[:, dancer] > max(STRETCH * usual, usual + STRETCH_LEAST)
    return torn
