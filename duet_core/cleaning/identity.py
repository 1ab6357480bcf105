"""Who is who: dancers that exchange their names from one frame to the next, and frames that put both skeletons on one person.

Pose estimation follows people from picture to picture and errs where they cross or hide one another. Two signs tell:

* Both skeletons on one person: bodies have volume, so even a close embrace keeps like-named joints apart (a chest is some 20–25 cm deep). Where all
  joints known in both dancers lie within `TOGETHER` metres of their counterparts on average, two skeletons sit on one body.
* A swap: each dancer appears where the other was last seen, and moved on from there, rather than where they were themselves.

Around such frames smoothed exports glide from one body to the other, so a margin is distrusted too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from .report import Part
from .tracks import dilated, frame_runs, known, mean_known, previous, torso_joints

TOGETHER = 0.15
"""Metres between like-named joints, on average over the body, below which two skeletons are on one person."""

MARGIN = 0.15
"""Seconds on both sides of such frames in which the tracks glide between the bodies."""

MEMORY = 1.5
"""Seconds after which a dancer's last known place says nothing any more about who reappears there."""

_ONE_POINT = 0.05
"""Metres between the roots of two dancers who are never farther apart: that is no place in a room."""

_CLEARLY = 0.5
"""A swap must explain the places by at most this share of the distance that no swap would need, …"""

_LEAST = 0.10
"""… and save at least so many metres for each dancer."""

_POSE_MEMORY = 0.5
"""Seconds over which a torso keeps its bearing well enough to tell two dancers apart by it."""

_VELOCITY_OVER, _EXTRAPOLATE = 0.13, 0.5
"""Seconds that tell a dancer's velocity, and seconds over which (half from each side) it is believed to go on."""

_WRONG = 1.5
"""The dancer who strays so many times farther from their own path is the one whose skeleton is on the other's body."""


@dataclass(frozen=True)
class Identities:
    """What `find` saw.

    Attributes:
        together: (T,) both skeletons are on one person.
        swapped: (T,) the dancers' names are exchanged.
        untrusted: (T, 2) this dancer's track is on the wrong body, or glides to or from it.
        judged: False where the data cannot tell (a solo, or no placement in the room).
    """

    together: NDArray[np.bool_]
    swapped: NDArray[np.bool_]
    untrusted: NDArray[np.bool_]
    judged: bool = True


def both_on_one(clip: Clip, *, together: float = TOGETHER) -> NDArray[np.bool_]:
    """(T,) whether both skeletons are on one person; always False where that cannot be judged (see `find`)."""
    if clip.dancers != 2:
        return np.zeros(clip.frames, bool)
    apart = np.linalg.norm(clip.positions[:, 0] - clip.positions[:, 1], axis=-1)
    enough = (~np.isnan(apart)).sum(axis=1) >= max(1, len(clip.skeleton) // 3)
    with np.errstate(invalid="ignore"):
        found = (mean_known(apart, axis=1) < together) & enough
    if _no_placement(clip) or found.mean() > 0.5:
        return np.zeros(clip.frames, bool)
    return found


def find(clip: Clip, *, together: float = TOGETHER, margin: float = MARGIN) -> Identities:
    """Swaps and both-on-one-person frames of a duet."""
    frames = clip.frames
    nothing = np.zeros(frames, bool)
    if clip.dancers != 2 or _no_placement(clip):
        return Identities(nothing, nothing, np.zeros((frames, 2), bool), judged=False)
    double = both_on_one(clip, together=together)
    doubtful = dilated(double, max(1, round(margin * clip.fps)))
    torso = clip.positions[:, :, torso_joints(clip.skeleton)].astype(np.float64)
    swapped = _swapped(torso, doubtful, clip.fps)
    mended = np.where(swapped[:, None, None, None], torso[:, ::-1], torso)
    untrusted = np.zeros((frames, 2), bool)
    for start, end in frame_runs(doubtful):
        wrong = _wrong(mended, start, end, double[start:end])
        core = start + np.flatnonzero(double[start:end])[[0, -1]]
        for dancer in np.flatnonzero(wrong):
            path = mean_known(mended[:, dancer], axis=1)
            first = core[0] if _leaps(path, int(core[0]), start) else start
            last = core[1] + 1 if _leaps(path, int(core[1]), end - 1) else end
            untrusted[first:last, dancer] = True
    return Identities(double, swapped, untrusted)


def repair(clip: Clip, *, together: float = TOGETHER, margin: float = MARGIN) -> tuple[Clip, Part]:
    """Exchanged dancers are exchanged back; of two skeletons on one person, the one that does not belong there becomes NaN."""
    found = find(clip, together=together, margin=margin)
    if not found.judged:
        why = "there is one dancer" if clip.dancers != 2 else "the dancers have no placement in the room"
        return clip, Part("identity", False, f"identities not judged: {why}", notes=[why])
    positions, confidence = clip.positions.copy(), clip.confidence.copy()
    positions[found.swapped] = positions[found.swapped][:, ::-1]
    confidence[found.swapped] = confidence[found.swapped][:, ::-1]
    positions[found.untrusted] = np.nan
    confidence[found.untrusted] = 0
    swaps = frame_runs(found.swapped)
    together_runs = frame_runs(found.together)
    changed = bool(found.swapped.any() or found.untrusted.any())
    summary = (
        f"identities: {len(swaps)} swaps ({int(found.swapped.sum())} frames) undone; "
        f"{int(found.together.sum())} frames with both skeletons on one person, the wrong one hidden"
        if changed
        else "identities: no swap, no frame with both skeletons on one person"
    )
    counts = {
        "swaps": len(swaps),
        "swapped_frames": int(found.swapped.sum()),
        "double_skeleton_frames": int(found.together.sum()),
        "hidden_dancer_frames": int(found.untrusted.sum()),
    }
    hidden = {
        f"hidden_{name}": frame_runs(found.untrusted[:, d]) for d, name in enumerate(("first", "second")) if found.untrusted[:, d].any()
    }
    part = Part("identity", changed, summary, counts, {"swapped": swaps, "double_skeleton": together_runs, **hidden})
    return (clip.changed(positions=positions, confidence=confidence, step=summary) if changed else clip), part


def _leaps(path: NDArray[np.float64], inner: int, outer: int) -> bool:
    """Whether *path* (T, 3) goes most of its way from frame *outer* to frame *inner* in the last step: then the frames before it are sound, else it glides."""
    beside = inner + (1 if outer > inner else -1)
    if not 0 <= beside < len(path):
        return True
    step, way = np.linalg.norm(path[inner] - path[beside]), np.linalg.norm(path[inner] - path[outer])
    return bool(step > _LEAST and step > 0.6 * way)


def _no_placement(clip: Clip) -> bool:
    """Both dancers' bodies are always centred on one point, as exports without placement have it."""
    if clip.dancers != 2:
        return False
    root = clip.skeleton.order[0]
    apart = np.linalg.norm(clip.positions[:, 0, root] - clip.positions[:, 1, root], axis=-1)
    apart = apart[~np.isnan(apart)]
    return bool(apart.size and np.quantile(apart, 0.95) < _ONE_POINT)


def _swapped(torso: NDArray[np.float64], doubtful: NDArray[np.bool_], fps: float) -> NDArray[np.bool_]:
    """(T,) the names are exchanged, by where each dancer was last seen; the labelling that changes fewer frames."""
    frames = len(torso)
    centre_known = known(torso).mean(axis=2) >= 0.5
    seen = centre_known & ~doubtful[:, None]
    both = seen.all(axis=1)
    centre = np.where(
        seen[..., None], np.where(np.isnan(torso), 0.0, torso).sum(axis=2) / np.maximum(known(torso).sum(axis=2), 1)[..., None], np.nan
    )
    # Joints that are unknown now and then shift the centre a little; the margins below allow for it.
    reach = max(1, round(_VELOCITY_OVER * fps))
    last = previous(both)
    before = np.concatenate([[-1], last[:-1]]).astype(np.int64)
    at = np.flatnonzero(both & (before >= 0))
    if not len(at):
        return np.zeros(frames, bool)
    was = before[at]
    age = (at - was).astype(np.float64)
    velocity_before = _velocity(centre, was, -reach)
    velocity_after = _velocity(centre, at, reach)
    half = np.minimum(age, _EXTRAPOLATE * fps)[:, None, None] / 2
    half = np.where(age[:, None, None] > 1, half, 0.0)
    then = centre[was] + velocity_before * half
    now = centre[at] - velocity_after * half
    shape_then, shape_now = torso[was] - centre[was][:, :, None], torso[at] - centre[at][:, :, None]
    pose_age = max(1.0, _POSE_MEMORY * fps)
    keep = _cost(then, now, shape_then, shape_now, age <= pose_age)
    cross = _cost(then, now[:, ::-1], shape_then, shape_now[:, ::-1], age <= pose_age)
    flips = np.zeros(frames, bool)
    flips[at] = (cross < _CLEARLY * keep) & (keep - cross > _LEAST) & (age <= MEMORY * fps)
    swapped = np.logical_xor.accumulate(flips)
    return ~swapped if swapped[both].mean() > 0.5 else swapped


def _velocity(centre: NDArray[np.float64], at: NDArray[np.int64], step: int) -> NDArray[np.float64]:
    """(N, 2, 3) metres a frame at frames *at*, from what lies *step* frames away (in time's direction whatever the sign); 0 where unknown or a leap."""
    other = np.clip(at + step, 0, len(centre) - 1)
    frames = (other - at).astype(np.float64)
    velocity = (centre[other] - centre[at]) / np.where(frames == 0, 1, frames)[:, None, None]
    return np.where(np.isnan(velocity), 0.0, velocity)


def _cost(then: NDArray, now: NDArray, shape_then: NDArray, shape_now: NDArray, fresh: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N,) metres that each dancer would have moved unexpectedly, on average; how the torso is turned and bent counts too where its last sight is *fresh*."""
    place = np.linalg.norm(now - then, axis=-1).mean(axis=1)
    shape = np.linalg.norm(shape_now - shape_then, axis=-1)
    moved = mean_known(shape.reshape(len(shape), -1), axis=1)
    return place + np.where(fresh & ~np.isnan(moved), moved, 0.0)


def _wrong(torso: NDArray[np.float64], start: int, end: int, double: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(2,) which dancers stray from their own path between frames *start* and *end*, where both skeletons come to one person."""
    frames = len(torso)
    centre = mean_known(torso, axis=2)
    ends = [centre[frame] if 0 <= frame < frames and not np.isnan(centre[frame]).any() else None for frame in (start - 1, end)]
    if ends[0] is None and ends[1] is None:
        return np.array([True, True])
    first = ends[0] if ends[0] is not None else ends[1]
    last = ends[1] if ends[1] is not None else ends[0]
    assert first is not None and last is not None
    mix = ((np.arange(start, end) - start + 1) / (end - start + 1))[:, None, None]
    strayed = np.linalg.norm(centre[start:end] - ((1 - mix) * first + mix * last), axis=-1)[double]
    far = np.nan_to_num(np.nanmean(np.where(np.isnan(strayed), 0.0, strayed), axis=0), nan=np.inf)
    if far[0] > _WRONG * far[1]:
        return np.array([True, False])
    if far[1] > _WRONG * far[0]:
        return np.array([False, True])
    return np.array([True, True])
