"""Our own clip files, ``*.duet.npz``: exactly a `Clip`, compressed, without pickled objects. Reading what was written gives the same clip."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path

import numpy as np

from ..archive import save_arrays
from ..clip import Clip
from ..errors import InputError
from ..skeletons import Skeleton
from ..take import ReadOptions, Take
from .source import npz_names, npz_of

TITLE = "*.duet.npz"
_REMEDY = "write it again with Duet Connections"
LARGEST = 8 << 30
_KEYS = ("positions", "confidence", "fps", "skeleton", "meta")


def recognises(file: Path, head: bytes) -> bool:
    if not head.startswith(b"PK\x03\x04"):
        return False
    names = npz_names(file)
    return file.name.endswith(".duet.npz") if names is None else {"positions", "skeleton", "meta"} <= set(names)


def read(file: Path, options: ReadOptions) -> Take:
    data = npz_of(file, LARGEST, only=_KEYS)
    missing = [key for key in _KEYS if key not in data]
    if missing:
        raise InputError(f"{', '.join(missing)} is missing", file=file, remedy="give a *.duet.npz with " + ", ".join(_KEYS))
    positions, confidence, fps = data["positions"], data["confidence"], data["fps"]
    for key in ("skeleton", "meta"):
        if data[key].dtype.kind != "U" or data[key].shape != ():
            raise InputError(f"{key} is no text", file=file, place=key, remedy=_REMEDY)
    if positions.dtype.kind != "f" or confidence.dtype.kind != "f":
        raise InputError("positions or confidence are not floats", file=file, remedy=_REMEDY)
    if fps.shape != () or fps.dtype.kind not in "fiu":
        raise InputError("fps is no number", file=file, place="fps", remedy=_REMEDY)
    try:
        meta = json.loads(str(data["meta"]))
    except (ValueError, RecursionError) as error:
        raise InputError(f"the meta is no sound JSON ({error})"[:120], file=file, place="meta", remedy=_REMEDY) from None
    try:
        if not isinstance(meta, dict):
            raise InputError("the meta is no JSON object", place="meta")
        for key in ("source", "dancers", "warnings", "steps"):
            if not isinstance(meta.get(key, []), list) or not all(isinstance(item, str) for item in meta.get(key, [])):
                raise InputError(f"{key} in the meta is no list of words", place="meta")
        clip = Clip(positions, options.fps or float(fps), Skeleton.from_json(str(data["skeleton"])), confidence, meta)
        if len(clip.names) != clip.dancers:
            raise InputError(f"{len(clip.names)} names for {clip.dancers} dancers", place="meta")
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy or _REMEDY) from None
    return Take(clip.positions, clip.fps, clip.skeleton, (file.name,), confidence=clip.confidence, settled=True, meta=dict(clip.meta))


def write(clip: Clip, path: str | PathLike[str]) -> None:
    """Write *clip* to *path*, whole or not at all."""
    save_arrays(
        path,
        {
            "positions": clip.positions,
            "confidence": clip.confidence,
            "fps": np.array(np.float64(clip.fps)),
            "skeleton": np.array(clip.skeleton.to_json()),
            "meta": np.array(json.dumps(dict(clip.meta))),
        },
    )
