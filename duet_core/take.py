"""A take as its file has it: own axes, own units. What readers return; `room.settle` turns it into a `Clip`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .skeletons import Skeleton

Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""(x, y, z) with y up becomes (x, −z, y): z up, still right-handed."""

CAMERA = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""A camera's x right, y down, z away becomes (x, z, −y): z up, still right-handed (determinant +1; (z, x, −y) would mirror the dancers)."""

Z_UP = np.eye(3)


@dataclass(frozen=True)
class ReadOptions:
    """What the user may say to every reader.

    Attributes:
        fps: overrides the file's rate.
        keep_gaps: unknown positions stay NaN in formats whose sound files have none.
        skeleton: the joints of an array that does not name its own.
        unnamed: joints that nobody names may be called ``joint_00``, ``joint_01`` …
        alone: the file is given alone, so that it may hold both dancers; False where a second file has the other dancer.
    """

    fps: float | None = None
    keep_gaps: bool = False
    skeleton: Skeleton | None = None
    unnamed: bool = False
    alone: bool = True


@dataclass(frozen=True)
class Take:
    """One file's motion.

    Attributes:
        positions: (T, D, J, 3), the file's axes and units, NaN where unknown; D is 1 or 2.
        fps: the file's rate, or the user's.
        skeleton: the J joints.
        source: file names.
        to_z_up: (3, 3) rotation from the file's axes to z up, right-handed.
        metres_per_unit: None where the file does not say, and body proportions must tell.
        settled: the file says that its positions are metres, z up, on the floor: nothing is to be changed.
        confidence: (T, D, J) or None.
        meta: what the file says of itself (``truth``, ``warnings``, …); ``bones`` is ``"guessed"`` where no file or format joins the joints.
    """

    positions: NDArray
    fps: float
    skeleton: Skeleton
    source: tuple[str, ...]
    to_z_up: NDArray = field(default_factory=lambda: Z_UP)
    metres_per_unit: float | None = None
    settled: bool = False
    confidence: NDArray | None = None
    meta: dict = field(default_factory=dict)


class HoldsBoth(InputError):
    """A file with both dancers was given for one of them."""


def joined(first: Take, second: Take) -> Take:
    """Two solo takes of one moment as a duet. Raises InputError where they do not fit together (`HoldsBoth` where one is a duet already)."""
    names = f"{first.source[0]}, {second.source[0]}"
    for take in (first, second):
        if take.positions.shape[1] != 1:
            raise HoldsBoth("this file already holds two dancers", file=take.source[0], remedy="give it alone")
    bones_differ = first.skeleton.parents != second.skeleton.parents and first.meta.get("bones") != "guessed"
    if first.skeleton.joints != second.skeleton.joints or bones_differ:
        raise InputError(
            f"the skeletons differ ({len(first.skeleton)} and {len(second.skeleton)} joints, or other names)",
            file=names,
            remedy="export both dancers with the same skeleton",
        )
    frames = first.positions.shape[0], second.positions.shape[0]
    if frames[0] != frames[1]:
        raise InputError(
            f"the frame counts differ ({frames[0]} and {frames[1]})", file=names, remedy="cut both files to the same moment of the dance"
        )
    if abs(first.fps - second.fps) > 1e-3 * first.fps:
        raise InputError(f"the frame rates differ ({first.fps:g} and {second.fps:g})", file=names, remedy="give the true rate with --fps")
    same_room = np.allclose(first.to_z_up, second.to_z_up) and first.metres_per_unit == second.metres_per_unit
    if not same_room or first.settled != second.settled:
        raise InputError("axes or units differ", file=names, remedy="export both dancers with the same settings")
    confidence = None
    if first.confidence is not None and second.confidence is not None:
        confidence = np.concatenate([first.confidence, second.confidence], axis=1)
    warnings = [*first.meta.get("warnings", []), *second.meta.get("warnings", [])]
    meta = {key: value for key, value in first.meta.items() if key != "dancers"}
    given = [take.meta.get("dancers") for take in (first, second)]
    dancers = [str(name) for names_given in given if isinstance(names_given, list) for name in names_given]
    if len(dancers) == len(set(dancers)) == 2:
        meta["dancers"] = dancers
    return Take(
        positions=np.concatenate([first.positions, second.positions], axis=1),
        fps=first.fps,
        skeleton=first.skeleton,
        source=first.source + second.source,
        to_z_up=first.to_z_up,
        metres_per_unit=first.metres_per_unit,
        settled=first.settled,
        confidence=confidence,
        meta={**meta, "warnings": list(dict.fromkeys(warnings))},
    )
