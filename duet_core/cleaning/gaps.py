"""Short gaps are filled along a smooth path that never overshoots; longer ones stay NaN, because nobody knows what happened in them.

A limb is interpolated in its own torso's axes, so that a hand that is lost while the dancer turns travels round with the body instead of cutting
through it. The torso's place follows a cubic path and its orientation the shortest turn. Each path is a cubic whose end velocities are those seen
beside the gap, limited along the way from end to end to what keeps a cubic monotone (at most three times the mean velocity, never backwards; Fritsch
and Carlson 1980) and across it by as much. That limit is a vector's, so turning the room turns the result.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from .report import Part
from .tracks import known, runs, torso_frame

LONGEST = 0.5
"""Seconds that are filled at most. Measured by hiding joints of five real salsa pairs (60 fps), each alone or the whole dancer at once: a wrist is filled with a median
error of 6–8 mm over 0.2 s, 30–33 mm over 0.5 s (nine in ten below 0.1 m), 90–100 mm over 1 s. Half a second is where a guess stops being the dancer's own movement."""

Lookup = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]
"""Frames (N,) and tracks (N,) to positions (N, 3)."""

_BESIDE = 0.07
"""Seconds beside a gap that tell the velocity there."""

CONFIDENCE = 0.5
"""Confidence of a filled position, as a share of the lower one beside the gap."""


def fill(clip: Clip, *, longest: float = LONGEST) -> tuple[Clip, Part]:
    """Fill gaps of up to *longest* seconds that are known on both sides."""
    there = known(clip.positions)
    frames, _, joints = there.shape
    missing = int((~there).sum())
    if not missing:
        return clip, Part("gaps", False, "gaps: none", {"missing": 0, "filled": 0, "left": 0})
    gaps = runs(~there.reshape(frames, -1))
    track, start, end = gaps.T
    short = (start > 0) & (end < frames) & (end - start <= max(1, int(longest * clip.fps + 1e-6)))
    track, start, end = track[short], start[short], end[short]
    positions = clip.positions.copy()
    confidence = clip.confidence.copy()
    if len(track):
        gap, frame = _expand(start, end)
        flat = positions.reshape(frames, -1, 3)
        reach = max(1, round(_BESIDE * clip.fps))
        filled = _cubic(_lookup(flat), there.reshape(frames, -1), track, start, end, gap, frame, reach)
        torso = _whole_torso(clip, longest)
        if torso is not None:
            origin, axes = torso

            def local(at: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.float64]:
                owner = which // joints
                return np.einsum("nij,nj->ni", axes[at, owner], flat[at, which].astype(np.float64) - origin[at, owner])

            inside = _cubic(local, there.reshape(frames, -1), track, start, end, gap, frame, reach)
            owner = track[gap] // joints
            turned = np.einsum("nji,nj->ni", axes[frame, owner], inside) + origin[frame, owner]
            usable = ~np.isnan(turned).any(axis=-1)
            whole = np.bincount(gap, weights=~usable, minlength=len(track)) == 0  # all of a gap, or none
            filled = np.where(whole[gap][:, None], turned, filled)
        flat[frame, track[gap]] = filled
        sure = confidence.reshape(frames, -1)
        beside = np.minimum(sure[start - 1, track], sure[end, track])
        sure[frame, track[gap]] = CONFIDENCE * beside[gap]
    left = int((~known(positions)).sum())
    counts = {"missing": missing, "gaps": len(gaps), "gaps_filled": len(track), "filled": missing - left, "left": left}
    if not len(track):
        return clip, Part("gaps", False, f"gaps: {len(gaps)}, all longer than {longest:g} s or at the clip's ends, left unknown", counts)
    summary = f"gaps: {len(track)} of {len(gaps)} filled (up to {longest:g} s), {left} positions left unknown"
    return clip.changed(positions=positions, confidence=confidence, step=summary), Part("gaps", True, summary, counts)


def _expand(start: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every frame of every gap: which gap it is in, and the frame."""
    length = end - start
    gap = np.repeat(np.arange(len(start)), length)
    frame = np.arange(len(gap)) - np.repeat(np.cumsum(length) - length, length) + start[gap]
    return gap, frame


def _lookup(flat: NDArray) -> Lookup:
    def value(at: NDArray[np.int64], which: NDArray[np.int64]) -> NDArray[np.float64]:
        return flat[at, which].astype(np.float64)

    return value


def _cubic(
    value: Lookup,
    there: NDArray[np.bool_],
    track: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    gap: NDArray[np.int64],
    frame: NDArray[np.int64],
    reach: int,
) -> NDArray[np.float64]:
    """(N, 3) values of each gap's frames on a cubic from the frame before the gap to the one after; looked up by *value*."""
    frames = len(there)
    before, after = value(start - 1, track), value(end, track)
    span = (end - start + 1).astype(np.float64)[:, None]
    chord = after - before
    velocity = []
    for edge, sign, here in ((start - 1, -1, before), (end, 1, after)):
        best = np.zeros_like(chord)
        for step in range(1, reach + 1):
            other = edge + sign * step
            inside = (other >= 0) & (other < frames)
            other = np.clip(other, 0, frames - 1)
            usable = inside & there[other, track]
            slope = sign * (value(other, track) - here) / step
            usable &= ~np.isnan(slope).any(axis=-1)
            best = np.where(usable[:, None], slope, best)
        velocity.append(_limited(best * span, chord))
    s = ((frame - start[gap] + 1) / span[gap, 0])[:, None]
    first, second = velocity[0][gap], velocity[1][gap]
    return (
        before[gap]
        + chord[gap] * (s * s * (3 - 2 * s))
        + first * (s * (1 - s) ** 2)
        - second * (s * s * (1 - s))
    )  # fmt: skip


def _limited(tangent: NDArray[np.float64], chord: NDArray[np.float64]) -> NDArray[np.float64]:
    """*tangent* (N, 3), in metres over the gap, limited to what keeps the cubic from overshooting the *chord*."""
    length = np.linalg.norm(chord, axis=-1, keepdims=True)
    along = chord / np.maximum(length, 1e-9)
    forward = (tangent * along).sum(-1, keepdims=True)
    across = tangent - forward * along
    most = 3 * length
    size = np.linalg.norm(across, axis=-1, keepdims=True)
    return np.clip(forward, 0, most) * along + across * np.minimum(1.0, most / np.maximum(size, 1e-9))


def _whole_torso(clip: Clip, longest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The torso's frame (`torso_frame`) with its own short gaps filled: its place by a cubic, its axes by the shortest turn."""
    found = torso_frame(clip.positions, clip.skeleton)
    if found is None:
        return None
    origin, axes = found
    there = ~(np.isnan(origin).any(axis=-1) | np.isnan(axes).any(axis=(-2, -1)))
    if there.all():
        return origin, axes
    frames = len(there)
    track, start, end = runs(~there).T
    short = (start > 0) & (end < frames) & (end - start <= max(1, int(longest * clip.fps + 1e-6)))
    track, start, end = track[short], start[short], end[short]
    origin[~there] = np.nan
    axes[~there] = np.nan
    if len(track):
        gap, frame = _expand(start, end)
        origin[frame, track[gap]] = _cubic(_lookup(origin), there, track, start, end, gap, frame, max(1, round(_BESIDE * clip.fps)))
        first, second = axes[start - 1, track], axes[end, track]
        axis, angle = _turn(np.einsum("nji,njk->nik", first, second))
        s = (frame - start[gap] + 1) / (end - start + 1)[gap]
        # Rows are axes in the room: A(s) = A(0) · R(s), R the turn that takes the first rows to the second.
        axes[frame, track[gap]] = np.einsum("nij,njk->nik", first[gap], _rotation(axis[gap], s * angle[gap]))
    return origin, axes


def _turn(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Axis (N, 3) and angle (N,) of rotation matrices (N, 3, 3), by way of the unit quaternion (stable near 180°)."""
    m = matrix
    q = np.empty((len(m), 4, 4))  # Bar-Itzhack's symmetric form: the eigenvector of its largest eigenvalue is (x, y, z, w)
    for i in range(3):
        for j in range(3):
            q[:, i, j] = m[:, i, j] + m[:, j, i] - (m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2]) * (i == j)
    for i, (j, k) in enumerate(((2, 1), (0, 2), (1, 0))):
        q[:, i, 3] = q[:, 3, i] = m[:, j, k] - m[:, k, j]
    q[:, 3, 3] = m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2]
    best = np.linalg.eigh(q)[1][..., -1]
    best = best * np.where(best[:, 3:] < 0, -1.0, 1.0)
    sine = np.linalg.norm(best[:, :3], axis=-1)
    axis = np.where(sine[:, None] > 1e-12, best[:, :3] / np.maximum(sine, 1e-12)[:, None], np.array([0.0, 0.0, 1.0]))
    return axis, 2 * np.arctan2(sine, best[:, 3])


def _rotation(axis: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3, 3) rotations about unit *axis* (N, 3) by *angle* (N,) (Rodrigues)."""
    c, s = np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    x, y, z = axis.T
    nothing = np.zeros_like(x)
    cross = np.stack([nothing, -z, y, z, nothing, -x, -y, x, nothing], axis=-1).reshape(-1, 3, 3)
    return c * np.eye(3) + s * cross + (1 - c) * axis[:, :, None] * axis[:, None, :]
