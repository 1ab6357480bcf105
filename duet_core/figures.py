"""What stands for a clip's dancers, before any program draws them: how each bone lies and turns, and the body round them. The slow part of building a duet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .body import Mannequin, mannequins
from .clip import Clip
from .posing import Pose, bone_layout, pose, with_trunk
from .skeletons import Skeleton

_POSE = ("rest", "turns", "positions", "main_child", "known")
_BODY = ("vertices", "quads", "weights")


@dataclass(frozen=True)
class Figures:
    """The dancers of a clip.

    Attributes:
        skeleton: the clip's, with joints in the trunk behind its own where bodies need them (`posing.with_trunk`).
        pose: of all dancers.
        heads, tails, z: (D, J, 3) metres: where each bone lies at rest (`posing.bone_layout`).
        bodies: one for each dancer, the same one where their proportions are.
    """

    skeleton: Skeleton
    pose: Pose
    heads: NDArray[np.float64]
    tails: NDArray[np.float64]
    z: NDArray[np.float64]
    bodies: tuple[Mannequin, ...]

    def moved(self, by: NDArray[np.float64]) -> Figures:
        """The same dance elsewhere on the floor: *by* (3,) metres, without height."""
        return replace(self, pose=replace(self.pose, positions=self.pose.positions + by[:, None, None]))

    def save(self, file: Path) -> None:
        """Write all of it to *file*, for `load`."""
        bodies: list[Mannequin] = []
        which = []
        for body in self.bodies:
            number = next((n for n, other in enumerate(bodies) if other is body), len(bodies))
            if number == len(bodies):
                bodies.append(body)
            which.append(number)
        arrays = {f"pose_{name}": np.asarray(getattr(self.pose, name)) for name in _POSE}
        arrays |= {f"body{number}_{name}": getattr(body, name) for number, body in enumerate(bodies) for name in _BODY}
        with file.open("wb") as stream:
            np.savez(
                stream, skeleton=np.array(self.skeleton.to_json()), heads=self.heads, tails=self.tails, z=self.z, which=np.array(which), **arrays
            )  # fmt: skip

    @classmethod
    def load(cls, file: Path) -> Figures:
        """What `save` wrote."""
        with np.load(file, allow_pickle=False) as kept:
            posed = {name: kept[f"pose_{name}"] for name in _POSE}
            posed["main_child"] = tuple(posed["main_child"].tolist())
            which = kept["which"].tolist()
            bodies = [Mannequin(**{name: kept[f"body{number}_{name}"] for name in _BODY}) for number in range(max(which) + 1)]
            skeleton = Skeleton.from_json(str(kept["skeleton"]))
            return cls(skeleton, Pose(**posed), kept["heads"], kept["tails"], kept["z"], tuple(bodies[number] for number in which))


def figures(clip: Clip) -> Figures:
    """The dancers of *clip*."""
    positions, skeleton = with_trunk(clip.positions, clip.skeleton)
    posed = pose(positions, skeleton, clip.fps)
    heads, tails, z = (
        np.array(ends) for ends in zip(*(bone_layout(posed, dancer, skeleton) for dancer in range(clip.dancers)), strict=True)
    )
    return Figures(skeleton, posed, heads, tails, z, tuple(mannequins(heads, tails, skeleton)))
