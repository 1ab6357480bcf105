"""Unknown positions filled so that something can stand there; what is drawn of them is decided elsewhere, by confidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeletons import Skeleton


def filled(positions: NDArray, skeleton: Skeleton) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """*positions* without NaN, and which joints were ever known.

    A gap is bridged by interpolating the joint's offset from its parent between the known frames, and the nearest offset is kept beyond them: a
    hand that was lost stays with its arm. Known positions never change.

    Args:
        positions: (T, D, J, 3), NaN where unknown.

    Returns:
        (T, D, J, 3) float64, and (D, J) whether a joint is known in any frame. A joint that never is lies on its parent (a root: amid the known
        joints); `pose` moves it to its rest offset.
    """
    result = np.array(positions, dtype=np.float64)
    known = np.isfinite(result).all(axis=-1)
    ever = known.any(axis=0)
    if known.all():
        return result, ever
    frames = np.arange(len(result))
    for dancer in range(result.shape[1]):
        whole = np.full((len(result), 3), np.nan)
        some = known[:, dancer].any(axis=1)
        if some.any():
            whole[some] = np.nanmean(result[some, dancer], axis=1)
            _bridge(whole, some, frames)
        else:
            whole[:] = 0.0
        for joint in skeleton.order:
            have = known[:, dancer, joint]
            if have.all():
                continue
            parent = skeleton.parents[joint]
            base = result[:, dancer, parent] if parent >= 0 else whole
            offset = result[:, dancer, joint] - base
            if have.any():
                _bridge(offset, have, frames)
            else:
                offset = np.zeros_like(offset)
            result[~have, dancer, joint] = (base + offset)[~have]
    return result, ever


def _bridge(values: NDArray[np.float64], known: NDArray[np.bool_], frames: NDArray) -> None:
    """Fill the rows of *values* (T, 3) that are not *known*, in place."""
    for axis in range(3):
        values[~known, axis] = np.interp(frames[~known], frames[known], values[known, axis])
