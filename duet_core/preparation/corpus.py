"""Many takes on disk, read window by window: memory holds one batch, whatever the corpus' size.

A corpus is a folder: ``corpus.json`` (format version, skeleton, takes with fps, frames and source) and one plain ``take_NNNN.npy`` of
float32 (T, D, J, 3) for each take, which is memory-mapped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..errors import InputError
from ..files import make_folder, written
from ..skeletons import Skeleton
from .splits import Segment

FORMAT_VERSION = 1


@dataclass(frozen=True)
class CorpusTake:
    """One take of a corpus: its file, length, rate, and where it came from."""

    file: str
    frames: int
    fps: float
    source: tuple[str, ...]


@dataclass(frozen=True)
class WindowIndex:
    """Where N windows of *length* frames start: (N,) take numbers and (N,) first frames."""

    take: NDArray[np.int32]
    start: NDArray[np.int64]
    length: int

    def __len__(self) -> int:
        return len(self.take)


class Corpus:
    """An opened corpus. `windows` lists windows, `batch` reads some of them, `batches` streams them all."""

    def __init__(self, folder: Path, skeleton: Skeleton, dancers: int, takes: Sequence[CorpusTake]) -> None:
        self.folder = folder
        self.skeleton = skeleton
        self.dancers = dancers
        self.takes = tuple(takes)

    @classmethod
    def build(cls, folder: str | PathLike[str], clips: Iterable[Clip]) -> Corpus:
        """Write *clips* (one at a time, so a generator needs memory for one) as a corpus in *folder*, and open it.

        Raises:
            InputError: no clips, or clips of different skeletons or numbers of dancers.
        """
        root = make_folder(folder)
        takes: list[CorpusTake] = []
        first: Clip | None = None
        for clip in clips:
            first = first or clip
            names = tuple(clip.meta["source"])
            if clip.skeleton != first.skeleton or clip.dancers != first.dancers:
                raise InputError(
                    f"its {clip.dancers} dancers of {clip.skeleton.name!r} differ from the first take's {first.dancers} of {first.skeleton.name!r}",
                    file=", ".join(names) or f"take {len(takes)}",
                    remedy="make one corpus for each skeleton",
                )
            name = f"take_{len(takes):04d}.npy"
            with written(root / name) as temporary:
                np.save(temporary, clip.positions)
            takes.append(CorpusTake(name, clip.frames, clip.fps, names))
        if first is None:
            raise InputError("there are no takes", file=root, remedy="give at least one file of poses")
        index = {
            "format_version": FORMAT_VERSION,
            "skeleton": json.loads(first.skeleton.to_json()),
            "dancers": first.dancers,
            "takes": [{"file": t.file, "frames": t.frames, "fps": t.fps, "source": t.source} for t in takes],
        }
        with written(root / "corpus.json") as temporary:
            temporary.write_text(json.dumps(index, indent=1), "utf-8")
        return cls(root, first.skeleton, first.dancers, takes)

    @classmethod
    def open(cls, folder: str | PathLike[str]) -> Corpus:
        """The corpus that `build` wrote. Raises InputError where it is not one or a take's file does not fit the index."""
        root = Path(folder)
        remedy = "build the corpus again"
        try:
            index = json.loads((root / "corpus.json").read_text("utf-8"))
            if index["format_version"] != FORMAT_VERSION:
                raise InputError(f"format version {index['format_version']!r}", file=root / "corpus.json", remedy=remedy)
            takes = [CorpusTake(str(t["file"]), int(t["frames"]), float(t["fps"]), tuple(map(str, t["source"]))) for t in index["takes"]]
            corpus = cls(root, Skeleton.from_json(json.dumps(index["skeleton"])), int(index["dancers"]), takes)
            for number in range(len(takes)):
                corpus.positions(number)
        except InputError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"this is no sound corpus ({error})", file=root, remedy=remedy) from None
        return corpus

    def positions(self, take: int) -> NDArray[np.float32]:
        """The memory-mapped positions (T, D, J, 3) of a take."""
        about = self.takes[take]
        array = np.load(self.folder / about.file, mmap_mode="r", allow_pickle=False)
        expected = (about.frames, self.dancers, len(self.skeleton), 3)
        if array.shape != expected or array.dtype != np.float32:
            raise InputError(f"it holds {array.dtype} {array.shape}", file=self.folder / about.file, remedy=f"{expected} is expected")
        return array

    def whole(self) -> list[Segment]:
        """Every take as one segment."""
        return [Segment(number, 0, take.frames) for number, take in enumerate(self.takes)]

    def windows(self, length: int, stride: int, segments: Sequence[Segment] | None = None) -> WindowIndex:
        """All windows of *length* frames, *stride* apart, that lie wholly inside a segment."""
        if length < 1 or stride < 1:
            raise ValueError(f"length {length}, stride {stride}")
        take, start = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
        for segment in self.whole() if segments is None else segments:
            starts = np.arange(segment.start, segment.end - length + 1, stride, dtype=np.int64)
            start.append(starts)
            take.append(np.full(len(starts), segment.take, np.int32))
        return WindowIndex(np.concatenate(take), np.concatenate(start), length)

    def batch(self, index: WindowIndex, chosen: NDArray[np.intp] | slice) -> NDArray[np.float32]:
        """(B, length, D, J, 3) of the *chosen* windows, copied out of the maps."""
        takes, starts = index.take[chosen], index.start[chosen]
        result = np.empty((len(takes), index.length, self.dancers, len(self.skeleton), 3), dtype=np.float32)
        for number in np.unique(takes):
            # Mapped anew for each batch: pages that were read are given back with the map.
            source = self.positions(int(number))
            for place in np.flatnonzero(takes == number):
                result[place] = source[starts[place] : starts[place] + index.length]
        return result

    def batches(self, index: WindowIndex, size: int, rng: np.random.Generator | None = None) -> Iterator[NDArray[np.float32]]:
        """All windows of *index* once, *size* at a time: in random order with *rng*, else in the given order. The last batch may be smaller."""
        order = np.arange(len(index)) if rng is None else rng.permutation(len(index))
        for first in range(0, len(order), size):
            yield self.batch(index, order[first : first + size])
