"""Our own clip files, ``*.duet.npz``: exactly a `Clip`, compressed, without pickled objects. Reading what was written gives the same clip."""

from __future__ import annotations

import json
import zipfile
import zlib
from os import PathLike
from pathlib import Path

import numpy as np

from ..clip import Clip
from ..errors import InputError
from ..files import written
from ..skeletons import Skeleton
from ..take import ReadOptions, Take

TITLE = "*.duet.npz"
_REMEDY = "write it again with Duet Connections"
LARGEST = 8 << 30
_KEYS = ("positions", "confidence", "fps", "skeleton", "meta")


def recognises(file: Path, head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and file.name.endswith(".npz")


def read(file: Path, options: ReadOptions) -> Take:
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(item.file_size for item in archive.infolist()) > LARGEST:
                raise InputError(f"it unpacks to more than {LARGEST >> 30} GiB", file=file, remedy="split the take into shorter ones")
        with np.load(file, allow_pickle=False) as data:
            missing = [key for key in _KEYS if key not in data.files]
            if missing:
                raise InputError(f"{', '.join(missing)} is missing", file=file, remedy="give a *.duet.npz with " + ", ".join(_KEYS))
            positions, confidence = data["positions"], data["confidence"]
            fps, skeleton, meta = float(data["fps"]), Skeleton.from_json(str(data["skeleton"])), json.loads(str(data["meta"]))
        if positions.dtype.kind != "f" or confidence.dtype.kind != "f":
            raise InputError("positions or confidence are not floats", file=file, remedy=_REMEDY)
        if not isinstance(meta, dict):
            raise InputError("the meta is no JSON object", file=file, place="meta", remedy=_REMEDY)
        clip = Clip(positions, options.fps or fps, skeleton, confidence, meta)
    except InputError as error:
        raise error if error.file else InputError(error.problem, file=file, place=error.place, remedy=error.remedy or _REMEDY) from None
    except (OSError, ValueError, KeyError, TypeError, EOFError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError,
            RuntimeError, SyntaxError, OverflowError, AttributeError) as error:  # fmt: skip
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"this is no sound *.duet.npz ({reason})", file=file, remedy=_REMEDY) from None
    return Take(clip.positions, clip.fps, clip.skeleton, (file.name,), confidence=clip.confidence, settled=True, meta=dict(clip.meta))


def write(clip: Clip, path: str | PathLike[str]) -> None:
    """Write *clip* to *path*, whole or not at all."""
    with written(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            positions=clip.positions,
            confidence=clip.confidence,
            fps=np.float64(clip.fps),
            skeleton=np.array(clip.skeleton.to_json()),
            meta=np.array(json.dumps(dict(clip.meta))),
        )
