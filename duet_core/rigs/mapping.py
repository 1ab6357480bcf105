"""Which bone of a rig stands for which landmark: as data, as JSON, and what two rigs have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..skeletons import LANDMARKS, Skeleton, guessed_bones

FORMAT = "duet-rig-mapping"
VERSION = 1
LEAST = 8
"""Landmarks that two dancers must have in common: fewer are no bodies."""
ENDS = ("head", "tail")


@dataclass(frozen=True)
class Place:
    """One end of a bone: its *end* is ``"head"`` (where it begins) or ``"tail"``."""

    bone: str
    end: str = "head"

    def __post_init__(self) -> None:
        if self.end not in ENDS:
            raise InputError(f"{self.end!r} is no end of a bone", place=self.bone, remedy="write head or tail")


@dataclass(frozen=True)
class Mapping:
    """The bones of a rig by landmark (`skeletons.LANDMARKS`)."""

    places: MappingOf[str, Place] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.places) - set(LANDMARKS))
        if unknown:
            raise InputError(
                f"{', '.join(unknown)}: no such place of the body", place=self.name or None, remedy=f"choose from {', '.join(LANDMARKS)}"
            )
        ordered = {landmark: self.places[landmark] for landmark in LANDMARKS if landmark in self.places}
        object.__setattr__(self, "places", ordered)

    def __len__(self) -> int:
        return len(self.places)

    def within(self, bones: set[str]) -> Mapping:
        """What of it a rig with these *bones* has."""
        return Mapping({landmark: place for landmark, place in self.places.items() if place.bone in bones}, self.name)

    def to_json(self) -> str:
        """As a preset keeps it."""
        joints = {landmark: {"bone": place.bone, "end": place.end} for landmark, place in self.places.items()}
        return json.dumps({"format": FORMAT, "version": VERSION, "name": self.name, "joints": joints}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str, file: str | None = None) -> Mapping:
        """What `to_json` wrote. Raises InputError on anything else."""
        remedy = "save the mapping again from the panel"
        try:
            data: Any = json.loads(text)
            if data["format"] != FORMAT or data["version"] != VERSION:
                raise InputError("this is no mapping of bones that we know", file=file, remedy=remedy)
            places = {str(landmark): Place(str(row["bone"]), str(row["end"])) for landmark, row in data["joints"].items()}
            return cls(places, str(data["name"]))
        except InputError as error:
            raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise InputError("this is no mapping of bones", file=file, remedy=remedy) from None


def common(first: Mapping, second: Mapping) -> tuple[str, ...]:
    """The landmarks that both rigs have. Raises InputError where those are too few for two dancers."""
    shared = tuple(landmark for landmark in first.places if landmark in second.places)
    if len(shared) < LEAST:
        raise InputError(
            f"the armatures have {len(shared)} places of the body in common ({len(first)} and {len(second)} are mapped)",
            remedy=f"choose bones for at least {LEAST} in both lists, such as hips, knees, ankles, shoulders, elbows and wrists",
        )
    return shared


def as_skeleton(landmarks: tuple[str, ...], positions: NDArray[np.floating]) -> Skeleton:
    """A skeleton whose joints are *landmarks*, joined as a body joins them; *positions* (T, D, J, 3) tell where names do not."""
    return Skeleton("rig", landmarks, guessed_bones(positions, landmarks))
