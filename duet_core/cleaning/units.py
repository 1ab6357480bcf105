"""Units: metres, whatever a file claims, judged by the bodies' proportions (`room.metres_per_unit` knows how long an adult's legs are)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..room import STATURE, UNITS, leg_length, metres_per_unit
from .report import Figure, Part
from .tracks import chunks, known

PLAUSIBLE = (0.45, 1.20)
"""Hip to ankle in metres that is kept as it is: children, giants, and pose estimates that shorten limbs."""

_ARM_SHARE = 0.332
"""Shoulder to wrist as a share of stature (Winter, Biomechanics and Motor Control of Human Movement, fig. 4.1: upper arm 0.186, forearm 0.146)."""

_PLAUSIBLE_ARM = (0.30, 0.85)


def to_metres(clip: Clip) -> tuple[Clip, Part]:
    """Scale *clip* to metres where its bodies cannot be in metres already."""
    every = max(1, clip.frames // 4000)
    sample = clip.positions[::every]
    leg = leg_length(sample, clip.skeleton)
    if leg is not None:
        what, size = "legs", leg
        plausible = PLAUSIBLE[0] <= leg <= PLAUSIBLE[1]
        scale, sentence = metres_per_unit(sample, clip.skeleton)
    else:
        arm = _arm_length(sample, clip)
        if arm is None:
            return clip, Part("units", False, "units: unknown (no legs, no arms to judge by), taken as metres", notes=["assumed: metres"])
        what, size = "arms", arm
        plausible = _PLAUSIBLE_ARM[0] <= arm <= _PLAUSIBLE_ARM[1]
        fitting = [(name, s) for name, s in UNITS if _PLAUSIBLE_ARM[0] <= arm * s <= _PLAUSIBLE_ARM[1]]
        scale = fitting[0][1] if fitting else STATURE * _ARM_SHARE / arm
        sentence = f"units taken as {fitting[0][0]}" if fitting else f"1 unit taken as {scale:.3g} m, so that the arms are an adult's"
    figures = {f"{what}": Figure(size, size if plausible else size * scale, "m")}
    if plausible:
        return clip, Part("units", False, f"units: metres ({what} of {size:.2f} m)", {}, {}, figures)
    positions = np.empty_like(clip.positions)
    for part in chunks(clip.frames):
        positions[part] = clip.positions[part] * np.float32(scale)
    summary = f"units: {sentence}"
    return clip.changed(positions=positions, step=summary), Part("units", True, summary, {}, {}, figures, [f"assumed: {sentence}"])


def _arm_length(positions: NDArray, clip: Clip) -> float | None:
    lengths = []
    for side in ("left", "right"):
        joints = [clip.skeleton.index(f"{side}_{name}") for name in ("shoulder", "elbow", "wrist")]
        if None not in joints:
            shoulder, elbow, wrist = (positions[:, :, j] for j in joints)
            both = known(shoulder) & known(elbow) & known(wrist)
            lengths.append((np.linalg.norm(elbow - shoulder, axis=-1) + np.linalg.norm(wrist - elbow, axis=-1))[both])
    joined = np.concatenate(lengths) if lengths else np.empty(0)
    return float(np.median(joined)) if joined.size and np.median(joined) > 0 else None
