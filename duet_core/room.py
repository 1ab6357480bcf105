"""One room for both dancers: z up, metres, feet on the floor at z = 0."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .clip import Clip
from .skeletons import Skeleton
from .take import Take

UNITS: tuple[tuple[str, float], ...] = (
    ("metres", 1.0), ("centimetres", 0.01), ("millimetres", 0.001), ("inches", 0.0254), ("ASF units", 0.0254 / 0.45)
)  # fmt: skip
"""Names and metres per unit that are tried in this order; the last is the CMU laboratory's."""

ADULT_LEG = (0.70, 1.00)
"""Hip to ankle in metres that an adult may have."""

STATURE, LEG_SHARE = 1.70, 0.491
"""Stature that is assumed where no unit fits, and hip-to-ankle length as a share of stature (Winter, Biomechanics and Motor Control of Human
Movement, fig. 4.1: thigh 0.245 + shank 0.246)."""

_HEIGHT_OVER_FLOOR = {"big_toe": 0.02, "foot": 0.03, "heel": 0.03, "ankle": 0.08}
_OTHER_HEIGHT = 0.05
FLOOR_PERCENTILE = 5.0


def leg_length(positions: NDArray, skeleton: Skeleton) -> float | None:
    """Median hip–knee–ankle length over dancers, sides and frames, in the units of *positions* (T, D, J, 3); None without legs."""
    lengths = []
    for side in ("left", "right"):
        joints = [skeleton.index(f"{side}_{name}") for name in ("hip", "knee", "ankle")]
        if None not in joints:
            hip, knee, ankle = (positions[:, :, j] for j in joints)
            lengths.append(np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1))
    known = np.concatenate([x[np.isfinite(x)] for x in lengths]) if lengths else np.empty(0)
    return float(np.median(known)) if known.size and np.median(known) > 0 else None


def metres_per_unit(positions: NDArray, skeleton: Skeleton) -> tuple[float, str]:
    """How many metres one unit is, judged by the legs, and a sentence that says what was assumed."""
    leg = leg_length(positions, skeleton)
    if leg is None:
        return 1.0, "units unknown (no legs to judge by): taken as metres"
    for name, scale in UNITS:
        if ADULT_LEG[0] <= leg * scale <= ADULT_LEG[1]:
            return scale, f"units taken as {name} (legs of {leg * scale:.2f} m)"
    scale = STATURE * LEG_SHARE / leg
    return scale, f"units unknown: 1 unit taken as {scale:.3g} m, so that the legs are those of an adult of {STATURE:.2f} m"


def floor_height(positions: NDArray, skeleton: Skeleton) -> float:
    """The height of the floor under *positions* (T, D, J, 3), z up, metres: where the lowest joints usually are, less their height over it."""
    over = np.array([_HEIGHT_OVER_FLOOR.get(name.partition("_")[2], _OTHER_HEIGHT) for name in skeleton.landmarks])
    heights = positions[..., 2] - over
    lowest = np.where(np.isfinite(heights), heights, np.inf).min(axis=-1)
    lowest = lowest[np.isfinite(lowest)]
    return float(np.percentile(lowest, FLOOR_PERCENTILE)) if lowest.size else 0.0


def settle(take: Take) -> Clip:
    """The take as a clip: turned z up, scaled to metres, set on the floor. What was done is recorded in ``meta["steps"]``."""
    meta = {**take.meta, "source": list(take.source)}
    confidence = np.ones(take.positions.shape[:3], dtype=np.float32) if take.confidence is None else take.confidence
    if take.settled:
        return Clip(take.positions, take.fps, take.skeleton, confidence, meta)
    steps = list(meta.get("steps", []))
    positions = np.asarray(take.positions, dtype=np.float64)
    if not np.array_equal(take.to_z_up, np.eye(3)):
        positions = positions @ take.to_z_up.T
        steps.append("axes turned to z up, right-handed")
    scale, sentence = take.metres_per_unit, "units stated by the file"
    if scale is None:
        scale, sentence = metres_per_unit(positions, take.skeleton)
    positions = positions * scale
    steps.append(sentence)
    floor = floor_height(positions, take.skeleton)
    positions = positions - np.array([0.0, 0.0, floor])
    steps.append(f"floor found at {floor:+.3f} m and moved to 0")
    return Clip(positions, take.fps, take.skeleton, confidence, {**meta, "steps": steps})
