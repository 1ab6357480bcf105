"""Plain arrays of positions, ``.npy`` or ``.npz``: (T, 2, J, 3) with both dancers, (2, T, J, 3) too, or (T, J, 3) with one.

Neither joints, axes nor unit stand in an array. The skeleton is the only known one with J joints or the user's ``--skeleton``; the body says which
way is up; the legs tell the unit (`room.settle`). Axes are taken as right-handed. An ``.npz`` may name more (any of these keys):

* ``positions``, ``keypoints_3d``, ``joints_3d``, ``poses_3d``, ``poses``, ``joints``, ``data``, ``arr_0``: the positions; else its only arrays of
  that shape: one, or two of the same shape with one dancer each;
* ``fps``, ``frame_rate``, ``framerate``: frames a second;  ``joint_names``, ``names``: J joint names;  ``parents``: J indices, −1 for a root;
* ``confidence``, ``scores``, ``visibility``: (T, 2, J) or (T, J).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..skeletons import KNOWN, Skeleton, by_joint_names, guessed_bones, with_joint_count
from ..take import Y_UP, ReadOptions, Take
from .placing import AXIS_WORDS, NO_PLACEMENT, pelvises_at_one_point, turn_to_z_up, upward
from .source import array_of, as_floats, npz_of

TITLE = "arrays (frames, 2, joints, 3) or (frames, joints, 3) in .npy or .npz"
DEFAULT_FPS = 30.0
MOST_JOINTS = 1024

_POSITIONS = ("positions", "keypoints_3d", "joints_3d", "joints3d", "poses_3d", "poses", "joints", "data", "arr_0")
_FPS = ("fps", "frame_rate", "framerate", "mocap_framerate", "mocap_frame_rate")
_NAMES = ("joint_names", "names", "joints", "keypoint_names")
_CONFIDENCE = ("confidence", "scores", "visibility")


def recognises(file: Path, head: bytes) -> bool:
    return head.startswith((b"\x93NUMPY", b"PK\x03\x04"))


def read(file: Path, options: ReadOptions) -> Take:
    with file.open("rb") as stream:
        zipped = stream.read(2) == b"PK"
    content = npz_of(file) if zipped else {"arr_0": array_of(file)}
    positions = _positions(file, content)
    fps = options.fps or _fps(file, content)
    skeleton, warnings = _skeleton(file, content, positions, options)
    if not fps:
        warnings = [*warnings, f"the file names no frame rate: {DEFAULT_FPS:g} frames a second are assumed (--fps changes it)"]
    return as_take(file, positions, fps or DEFAULT_FPS, skeleton, warnings=warnings, confidence=_confidence(content, positions.shape[:3]))


def as_take(
    file: Path,
    positions: NDArray,
    fps: float,
    skeleton: Skeleton,
    *,
    warnings: list[str],
    confidence: NDArray | None = None,
) -> Take:
    """A take of *positions* (T, D, J, 3) whose axes only the body tells. Non-finite positions become NaN."""
    positions = as_floats(positions)
    unknown = ~np.isfinite(positions).all(axis=-1)
    positions[unknown] = np.nan
    if unknown.all():
        raise InputError("no position is known", file=file, remedy="export the poses again")
    axis = upward(positions, skeleton)
    if axis is None:
        warnings = [*warnings, "the file does not say which way is up, nor do the bodies clearly: y is taken as up"]
    if pelvises_at_one_point(positions, skeleton):
        warnings = [*warnings, NO_PLACEMENT]
    turn = Y_UP if axis is None else turn_to_z_up(axis)
    steps = [] if axis is None else [f"axes by the bodies: {AXIS_WORDS[axis]}, taken as right-handed"]
    meta: dict = {"warnings": warnings, "steps": steps}
    if skeleton.name.startswith("unnamed-"):
        meta["bones"] = "guessed"
    return Take(positions, fps, skeleton, (file.name,), to_z_up=turn, confidence=confidence, meta=meta)


def skeleton_for(file: Path, positions: NDArray, options: ReadOptions) -> tuple[Skeleton, list[str]]:
    """The skeleton of *positions* (T, D, J, 3) that nobody names, and warnings. Raises InputError where it cannot be told."""
    joints = positions.shape[2]
    if options.skeleton is not None:
        if len(options.skeleton) != joints:
            raise InputError(
                f"there are {joints} joints, and skeleton {options.skeleton.name!r} has {len(options.skeleton)}",
                file=file,
                place=f"shape {positions.shape}",
                remedy="name another --skeleton",
            )
        return options.skeleton, []
    if options.unnamed:
        parents = guessed_bones(positions)
        return Skeleton(f"unnamed-{joints}", tuple(f"joint_{j:02d}" for j in range(joints)), parents), [
            "the joints are unnamed; bones join joints that keep their distance, left and right are unknown"
        ]
    known = with_joint_count(joints)
    if len(known) == 1:
        return known[0], []
    if known:
        raise InputError(
            f"{joints} joints may be {' or '.join(s.name for s in known)}",
            file=file,
            place=f"shape {positions.shape}",
            remedy=f"say which with --skeleton {known[0].name}",
        )
    counts = sorted({len(s) for s in KNOWN.values()})
    raise InputError(
        f"{joints} joints are no known skeleton",
        file=file,
        place=f"shape {positions.shape}",
        remedy=f"give {', '.join(map(str, counts[:-1]))} or {counts[-1]} joints, or --skeleton FILE.json, or --skeleton unnamed",
    )


def _unfit(file: Path, shape: tuple[int, ...]) -> InputError:
    return InputError(
        f"the array has shape {shape}",
        file=file,
        remedy="give (frames, 2, joints, 3), (frames, joints, 3), or interleaved (2 × frames, joints, 3)",
    )


def _positions(file: Path, content: dict[str, NDArray]) -> NDArray:
    """(T, D, J, 3) of the array or arrays that hold positions."""
    fitting = {name: a for name, a in content.items() if a.dtype.kind in "fiu" and a.ndim in (3, 4) and a.shape[-1] == 3}
    if not fitting:
        shapes = ", ".join(f"{name} {a.shape}" for name, a in list(content.items())[:8])
        if len(content) == 1:
            raise _unfit(file, next(iter(content.values())).shape)
        raise InputError("no array in it holds positions" + (f" ({shapes})" if shapes else ""), file=file, remedy="name one 'positions'")
    named = next((name for name in _POSITIONS if name in fitting), None)
    arrays = [fitting[named]] if named else list(fitting.values())
    if len(arrays) == 2 and arrays[0].ndim == 3 and arrays[0].shape == arrays[1].shape:
        array: NDArray = np.stack(arrays, axis=1)
    elif len(arrays) == 1:
        array = arrays[0]
    else:
        raise InputError(f"several arrays may be the positions: {', '.join(fitting)}", file=file, remedy="name one 'positions'")
    if array.ndim == 3:
        array = array[:, None]
    elif array.shape[1] not in (1, 2) and array.shape[0] in (1, 2):
        array = array.swapaxes(0, 1)
    frames, dancers, joints, _ = array.shape
    if frames == 0:
        raise InputError("there are no frames", file=file, place=f"shape {array.shape}", remedy="give at least one frame")
    if dancers not in (1, 2) or not 1 <= joints <= MOST_JOINTS:
        raise _unfit(file, array.shape)
    return array


def _fps(file: Path, content: dict[str, NDArray]) -> float | None:
    for key in _FPS:
        if key in content and content[key].size == 1 and content[key].dtype.kind in "fiu":
            fps = float(content[key].reshape(-1)[0])
            if not 0.1 <= fps <= 10_000:
                raise InputError(f"{fps:g} frames a second", file=file, place=key, remedy="give the true rate with --fps")
            return fps
    return None


def _skeleton(file: Path, content: dict[str, NDArray], positions: NDArray, options: ReadOptions) -> tuple[Skeleton, list[str]]:
    joints = positions.shape[2]
    if options.skeleton is None and not options.unnamed:
        for key in _NAMES:
            names = content.get(key)
            if names is not None and names.dtype.kind == "U" and names.shape == (joints,):
                return _named(file, tuple(str(name) for name in names), content.get("parents"), positions)
    return skeleton_for(file, positions, options)


def _named(file: Path, names: tuple[str, ...], parents: NDArray | None, positions: NDArray) -> tuple[Skeleton, list[str]]:
    try:
        if parents is not None and parents.dtype.kind in "iu" and parents.shape == (len(names),):
            return Skeleton(f"array-{len(names)}", names, tuple(int(p) for p in parents)), []
        known = by_joint_names(names)
        if known is not None and known.joints == names:
            return known, []
        return Skeleton(f"array-{len(names)}", names, guessed_bones(positions, names)), ["bones follow names and distances"]
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None


def _confidence(content: dict[str, NDArray], shape: tuple[int, ...]) -> NDArray | None:
    for key in _CONFIDENCE:
        values = content.get(key)
        if values is not None and values.dtype.kind in "fiu" and values.size == np.prod(shape):
            if values.ndim == 3 and values.shape[0] != shape[0]:
                values = values.swapaxes(0, 1)
            return as_floats(values).reshape(shape)
    return None
