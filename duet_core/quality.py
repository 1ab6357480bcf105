"""How good a take is, measured: what the quality report shows, as data. Nothing is changed here; `cleaning` changes.

Every measure is one that a user can act on; `Quality.findings` says in words what is wrong, `Quality.verdict` sums it up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cleaning import axes, bones, floor, identity, jumps, smoothing, units
from .cleaning.tracks import chunks, frame_runs, known, mean_known, torso_joints
from .clip import Clip
from .plain import plain

FLAT = 0.02
"""Metres either side of a line within which the dancers' places lie for nine tenths of a take, though they travel ten times as far along it: bodies sway more than that,
so the direction across is not in the data (constant bone lengths may have brought a centimetre of it in)."""

WOBBLE = 0.02, 0.08
"""Mean bone-length variation from which it is worth a word, and from which it is bad."""

JITTER = 0.003, 0.010
"""Metres of white-noise-like jitter from which it is worth a word, and from which it is bad. Optical mocap has 0.0003."""

SKATE = 0.15, 0.40
"""m/s at which the standing foot typically slides, likewise."""

_STANDING = 0.08
_MOST_SAMPLES = 1000


@dataclass(frozen=True)
class Quality:
    """The measures of one clip: T frames, D dancers, J joints, B bones.

    Attributes:
        missing: (D, J) share of frames in which a joint is unknown.
        swaps: runs of frames (first, end excluded) in which the dancers' names seem exchanged.
        double: runs of frames that put both skeletons on one person.
        identities_judged: False for a solo and where there is no placement.
        jumping_positions: single joints' positions that belong to a jump.
        jumping_frames: frames of whole bodies that do.
        jumps: runs of frames with any jump.
        shifts: runs of frames before which some joint leapt and did not come back.
        bone_lengths: (D, B) metres, median.
        bone_variation: (D, B) coefficient of variation; NaN where unknown.
        jitter: (D, J) metres r.m.s. on each axis, were it white noise; NaN where unknown.
        foot_skate: (D,) m/s, the standing foot's median sliding speed; NaN without feet.
        distance: (S,) metres between the dancers over the floor, at the times *distance_time* (S,) in seconds; empty for a solo.
        no_placement: both dancers always stand on one point.
        depth_absent: the dancers' places spread along one horizontal direction only.
        up: the axis that the bodies say is up, as ``"+z"``; None where they do not say.
        mirrored: left and right are exchanged; None where the bodies do not say.
        facing: votes for left being left by body part, −1 … +1.
        floor_height, floor_tilt: metres and degrees; NaN where no floor was found.
        floor_wrong: the floor is so far from level or z = 0 that its contacts' scatter does not explain it.
        units: a sentence on the units.
    """

    frames: int
    fps: float
    dancers: tuple[str, ...]
    skeleton: str
    joints: tuple[str, ...]
    bones: tuple[str, ...]
    source: tuple[str, ...]
    steps: tuple[str, ...]
    warnings: tuple[str, ...]
    missing: NDArray[np.float64]
    swaps: list[tuple[int, int]]
    double: list[tuple[int, int]]
    identities_judged: bool
    jumping_positions: int
    jumping_frames: int
    jumps: list[tuple[int, int]]
    shifts: list[tuple[int, int]]
    bone_lengths: NDArray[np.float64]
    bone_variation: NDArray[np.float64]
    jitter: NDArray[np.float64]
    foot_skate: NDArray[np.float64]
    distance: NDArray[np.float64]
    distance_time: NDArray[np.float64]
    no_placement: bool
    depth_absent: bool
    up: str | None
    mirrored: bool | None
    facing: Mapping[str, float]
    floor_height: float
    floor_tilt: float
    floor_wrong: bool
    units: str
    units_wrong: bool

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.fps

    @property
    def missing_share(self) -> float:
        return float(self.missing.mean())

    @property
    def double_frames(self) -> int:
        return sum(end - start for start, end in self.double)

    @property
    def swapped_frames(self) -> int:
        return sum(end - start for start, end in self.swaps)

    @property
    def mean_bone_variation(self) -> float:
        return _mean(self.bone_variation)

    @property
    def typical_jitter(self) -> float:
        there = self.jitter[~np.isnan(self.jitter)]
        return float(np.median(there)) if there.size else 0.0

    @property
    def findings(self) -> list[str]:
        """What is wrong, in words, the gravest first; empty for a clean take."""
        return [text for _, text in sorted(self._found(), key=lambda item: -item[0])]

    @property
    def grade(self) -> str:
        """``"clean"``, ``"fair"`` (worth cleaning) or ``"poor"`` (clean it, and look at what remains)."""
        worst = max((gravity for gravity, _ in self._found()), default=0)
        return ("clean", "fair", "poor")[min(worst, 2)]

    @property
    def verdict(self) -> str:
        """One or two sentences, with what matters most."""
        found = self.findings
        who = "This duet" if len(self.dancers) == 2 else "This solo"
        if self.grade == "clean":
            return f"{who} is sound" + (f"; a note: {found[0]}." if found else ".")
        cleaned = any(step.startswith(("bones:", "smoothing:", "jumps:")) for step in self.steps)
        advice = (
            "" if cleaned else " Clean it before you trust what is drawn from it." if self.grade == "poor" else " Cleaning is worthwhile."
        )
        return f"{who} is {'usable, with faults' if self.grade == 'fair' else 'poor'}: {'; '.join(found[:3])}.{advice}"

    def _found(self) -> list[tuple[int, str]]:
        """(gravity, sentence): 0 a note, 1 worth cleaning, 2 bad."""
        found: list[tuple[int, str]] = []
        if self.no_placement:
            found.append((2, "the dancers have no placement in the room: their distance is not in the data"))
        elif self.depth_absent:
            found.append((1, "depth between the dancers is absent: they always stand side by side on one line, as one camera sees them"))
        if self.mirrored:
            found.append((2, "the data are mirrored: left and right are exchanged"))
        if self.up not in (None, "+z"):
            found.append((2, f"{self.up} is up instead of z"))
        if self.units_wrong:
            found.append((2, self.units))
        if self.double:
            share = self.double_frames / self.frames
            found.append((2 if share > 0.01 else 1, f"{self.double_frames} frames ({share:.1%}) put both skeletons on one person"))
        if self.swaps:
            found.append((2, f"the dancers' names seem exchanged {_times(len(self.swaps))} ({self.swapped_frames} frames)"))
        if self.jumping_frames:
            share = self.jumping_frames / (self.frames * len(self.dancers))
            found.append((2 if share > 0.001 else 1, f"a whole body jumps away and back in {self.jumping_frames} frames"))
        if self.jumping_positions:
            share = self.jumping_positions / (self.frames * self.missing.size)
            found.append(
                (2 if share > 0.01 else 1 if share > 0.0005 else 0, f"{self.jumping_positions} positions ({share:.2%}) jump away and back")
            )
        if self.shifts:
            found.append((0, f"joints leap and do not come back {_times(len(self.shifts))}, first at frame {self.shifts[0][0]}"))
        if self.missing_share > 0:
            dancer, joint = (int(i) for i in np.unravel_index(int(np.argmax(self.missing)), self.missing.shape))
            much = f"{self.missing_share:.1%}" if self.missing_share >= 0.0005 else "a few"
            text = f"{much} of all positions are unknown, most of {self.joints[joint]} of {self.dancers[dancer]} ({self.missing[dancer, joint]:.1%})"
            found.append((2 if self.missing_share > 0.1 else 1 if self.missing_share > 0.005 else 0, text))
        found += _graded(self.mean_bone_variation, WOBBLE, f"bone lengths vary by {self.mean_bone_variation:.1%} on average")
        found += _graded(self.typical_jitter, JITTER, f"joints jitter by {1000 * self.typical_jitter:.1f} mm")
        skate = float(np.nanmax(self.foot_skate)) if (~np.isnan(self.foot_skate)).any() else 0.0
        found += _graded(skate, SKATE, f"standing feet slide at {skate:.2f} m/s")
        if self.floor_wrong:
            found.append((1, f"the floor lies at {self.floor_height:+.2f} m, tilted by {self.floor_tilt:.1f}°"))
        return found

    def as_dict(self) -> dict[str, Any]:
        """Everything as JSON-able values; NaN becomes None."""
        derived = (
            "duration",
            "missing_share",
            "double_frames",
            "swapped_frames",
            "mean_bone_variation",
            "typical_jitter",
            "findings",
            "grade",
            "verdict",
        )
        return {name: plain(getattr(self, name)) for name in (*self.__dataclass_fields__, *derived)}


def measure(clip: Clip) -> Quality:
    """The quality of *clip* as it stands."""
    skeleton = clip.skeleton
    bearing = axes.find(clip)
    _, unit_part = units.to_metres(clip)
    who = identity.find(clip)
    leaps = jumps.find(clip)
    lengths = bones.lengths_over_time(clip.positions, skeleton)
    variation = bones.variation(lengths)
    medians = bones.fitted(lengths, skeleton, agree=0.0)[0]
    del lengths
    ground = floor.find(clip)
    time, distance = _distance(clip)
    missing = 1 - known(clip.positions).mean(axis=0)
    return Quality(
        frames=clip.frames,
        fps=clip.fps,
        dancers=clip.names,
        skeleton=skeleton.name,
        joints=skeleton.joints,
        bones=tuple(f"{skeleton.joints[p]}–{skeleton.joints[c]}" for p, c in skeleton.bones),
        source=tuple(clip.meta["source"]),
        steps=tuple(clip.meta["steps"]),
        warnings=tuple(clip.meta["warnings"]),
        missing=missing,
        swaps=frame_runs(who.swapped),
        double=frame_runs(who.together),
        identities_judged=who.judged,
        jumping_positions=int(leaps.joints.sum()),
        jumping_frames=int(leaps.bodies.sum()),
        jumps=frame_runs(leaps.joints.any(axis=(1, 2)) | leaps.bodies.any(axis=1)),
        shifts=frame_runs(leaps.shifts),
        bone_lengths=medians,
        bone_variation=variation,
        jitter=smoothing.noise_per_joint(clip),
        foot_skate=_foot_skate(clip),
        distance=distance,
        distance_time=time,
        no_placement=clip.dancers == 2 and not who.judged,
        depth_absent=clip.dancers == 2 and who.judged and _flat(clip),
        up=bearing.up_axis,
        mirrored=bearing.mirrored,
        facing=bearing.facing,
        floor_height=ground.height if ground else math.nan,
        floor_tilt=ground.tilt if ground else math.nan,
        floor_wrong=bool(ground and (ground.tilted or ground.off)),
        units=unit_part.summary.partition(": ")[2],
        units_wrong=unit_part.changed,
    )


def places(clip: Clip) -> NDArray[np.float64]:
    """(T, D, 2) where each dancer is over the floor: the root joint, or the middle of the torso where that is unknown."""
    root = clip.positions[:, :, clip.skeleton.order[0], :2].astype(np.float64)
    unknown = np.isnan(root).any(axis=-1)
    if unknown.any():
        middle = mean_known(clip.positions[:, :, torso_joints(clip.skeleton), :2], axis=2)
        root = np.where(unknown[..., None], middle, root)
    return root


def _distance(clip: Clip) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (S,) in seconds and distances (S,) in metres, at most `_MOST_SAMPLES` of them, each the mean over its frames."""
    if clip.dancers != 2:
        return np.empty(0), np.empty(0)
    place = places(clip)
    apart = np.linalg.norm(place[:, 0] - place[:, 1], axis=-1)
    every = -(-clip.frames // _MOST_SAMPLES)
    padded = np.concatenate([apart, np.full(-len(apart) % every, np.nan)]).reshape(-1, every)
    return (np.arange(len(padded)) * every + (every - 1) / 2) / clip.fps, mean_known(padded, axis=1)


def _flat(clip: Clip) -> bool:
    """Whether the dancers' places, all in all, lie on one line over the floor, though they do move along it."""
    place = places(clip).reshape(-1, 2)
    place = place[~np.isnan(place).any(axis=1)]
    if len(place) < 3:
        return False
    centred = place - np.median(place, axis=0)
    across = np.linalg.eigh(centred.T @ centred)[1][:, 0]
    spread = np.abs(centred @ across)
    along = np.abs(centred @ np.array([-across[1], across[0]]))
    return bool(np.quantile(spread, 0.9) < FLAT and np.quantile(along, 0.9) > 10 * FLAT)


def _foot_skate(clip: Clip) -> NDArray[np.float64]:
    """(D,) m/s: how fast the slowest of the feet's joints near the floor slides over it, at the median; a planted foot has one that stands still."""
    feet = floor.foot_joints(clip.skeleton)
    reach = max(1, round(0.04 * clip.fps))
    result = np.full(clip.dancers, np.nan)
    if not feet or clip.frames < 2 * reach + 1:
        return result
    joints = [j for j, _ in feet]
    over = np.array([height for _, height in feet], np.float32)
    speeds: list[list[NDArray]] = [[] for _ in range(clip.dancers)]
    for part in chunks(clip.frames - 2 * reach, 65_536):
        p = clip.positions[part.start : part.stop + 2 * reach][:, :, joints]
        speed = np.linalg.norm((p[2 * reach :] - p[: -2 * reach])[..., :2], axis=-1) * (clip.fps / (2 * reach))
        with np.errstate(invalid="ignore"):
            near = (p[reach : len(p) - reach, ..., 2] - over < _STANDING) & ~np.isnan(speed)
        slowest = np.where(near, speed, np.inf).min(axis=-1)
        for d in range(clip.dancers):
            speeds[d].append(slowest[:, d][np.isfinite(slowest[:, d])])
    for d, parts in enumerate(speeds):
        joined = np.concatenate(parts)
        if joined.size:
            result[d] = float(np.median(joined))
    return result


def _graded(value: float, limits: tuple[float, float], text: str) -> list[tuple[int, str]]:
    return [(2 if value >= limits[1] else 1, text)] if value >= limits[0] else []


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _mean(values: NDArray[np.float64]) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else 0.0
