"""Takes prepared on disk, for those that memory should not hold: each is read and brought to the model's rate once, and then read by stretches.

A folder with two files for each take, both named by what decides their content: ``KEY.npy`` (T, D, J, 3) float32 and ``KEY.json``. What is there
already is not prepared again, be it by a run that goes on or by another process of the same machine. Nothing here knows torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files import make_folder, written
from ..planted import Solo
from ..preparation.ondisk import OnDisk, dancer_of, frames_of
from ..skeletons import Skeleton


@dataclass(frozen=True)
class Take:
    """A take at the model's rate: positions (T, D, J, 3) float32, metres; *duet* where its two dancers stand in one room."""

    name: str
    positions: NDArray[np.float32]
    rate: float
    skeleton: Skeleton
    duet: bool
    warnings: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        return len(self.positions)

    @property
    def solos(self) -> tuple[Solo, ...]:
        """Each dancer alone."""
        dancers = range(self.positions.shape[1])
        return tuple(Solo(dancer_of(self.positions, d), self.rate, self.skeleton, f"{self.name}:{d}") for d in dancers)

    def cut(self, start: int, end: int) -> Take:
        """The frames *start* to *end* (excluded) of it."""
        return replace(self, positions=frames_of(self.positions, start, end))


class Store:
    """Holds takes in memory as long as they have room in *megabytes*, and puts the others on disk in *folder*."""

    def __init__(self, folder: Path, megabytes: float) -> None:
        self.folder = folder
        self.room = megabytes * 1e6
        self.on_disk = 0

    def found(self, key: str) -> list[Take] | None:
        """The takes that were put on disk under *key*; None where that was not done, or not to the end."""
        try:
            abouts = json.loads((self.folder / f"{key}.json").read_text("utf-8"))
            takes = [
                Take(
                    about["name"],
                    _array(OnDisk.open(self.folder / about["file"])),
                    about["rate"],
                    Skeleton.from_json(about["skeleton"]),
                    about["duet"],
                    tuple(about["warnings"]),
                )
                for about in abouts
            ]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self.on_disk += len(takes)
        return takes

    def kept(self, key: str, takes: Sequence[Take]) -> list[Take]:
        """*takes* as they are, or on disk under *key*. Raises InputError where there is no room on the disk."""
        size = sum(take.positions.nbytes for take in takes)
        if size <= self.room:
            self.room -= size
            return list(takes)
        self.room = 0.0  # from here on all: which takes are where depends on their order alone
        try:
            make_folder(self.folder)
            abouts = []
            for number, take in enumerate(takes):
                name = f"{key}-{number}.npy"
                with written(self.folder / name) as path:
                    np.save(path, np.ascontiguousarray(take.positions))
                abouts.append(
                    {
                        "name": take.name, "file": name, "rate": take.rate, "skeleton": take.skeleton.to_json(), "duet": take.duet,
                        "warnings": take.warnings,
                    }
                )  # fmt: skip
            with written(self.folder / f"{key}.json") as path:
                path.write_text(json.dumps(abouts), "utf-8")
        except OSError as error:
            raise InputError(
                f"takes cannot be prepared on disk ({error.strerror})",
                file=self.folder,
                remedy="free some room, choose another --out, or raise data.memory if there is memory for them",
            ) from None
        found = self.found(key)
        assert found is not None
        return found


def key_of(files: Sequence[Path], *about: Any) -> str:
    """What names the content of *files* as they are now, read as *about* says."""
    stats = [(str(file.absolute()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(json.dumps([stats, about], default=str).encode()).hexdigest()[:20]


def _array(positions: OnDisk) -> NDArray[np.float32]:
    """What is indexed like an array may stand for one."""
    return cast("NDArray[np.float32]", positions)
