"""The one type for a skeleton. Known skeletons live in `registry`, the vocabulary of body places in `landmarks`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from ..errors import InputError
from .landmarks import landmark_of, part_of, split_side


@dataclass(frozen=True)
class Skeleton:
    """Named joints joined into a forest by their parents.

    Attributes:
        name: what the skeleton is called, such as ``"hybrik-29"``.
        joints: J distinct joint names.
        parents: J indices into *joints*; −1 marks a root. Parents may come in any order but never form a cycle.

    Raises:
        InputError: names that repeat or are empty, or parents that are out of range or form a cycle.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "joints", tuple(str(j) for j in self.joints))
        object.__setattr__(self, "parents", tuple(int(p) for p in self.parents))
        place = f"skeleton {self.name!r}"
        if not self.joints:
            raise InputError("there are no joints", place=place, remedy="name at least one joint")
        if len(self.joints) != len(self.parents):
            raise InputError(
                f"{len(self.joints)} joints but {len(self.parents)} parents", place=place, remedy="give one parent for each joint"
            )
        if len(set(self.joints)) != len(self.joints) or not all(self.joints):
            repeated = sorted({j for j in self.joints if self.joints.count(j) > 1 or not j})
            raise InputError(f"joint names must be distinct and not empty: {repeated}", place=place, remedy="rename them")
        if any(not -1 <= p < len(self.joints) for p in self.parents):
            raise InputError("a parent is outside the joints", place=place, remedy="use indices of joints, and -1 for a root")
        if len(self.order) != len(self.joints):
            raise InputError("the parents form a cycle", place=place, remedy="make every joint reach a root")

    def __len__(self) -> int:
        return len(self.joints)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Joint indices, every parent before its children (joints on a cycle are missing, which the validation refuses)."""
        order: list[int] = [j for j, p in enumerate(self.parents) if p == -1]
        for joint in order:
            order.extend(self.children[joint])
        return tuple(order)

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(j for j, p in enumerate(self.parents) if p == i) for i in range(len(self.joints)))

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(parent, child) for each joint that has a parent."""
        return tuple((p, j) for j, p in enumerate(self.parents) if p >= 0)

    @cached_property
    def landmarks(self) -> tuple[str, ...]:
        """For each joint the landmark it stands for (`landmarks.LANDMARKS`), or ``""``; no landmark is given to two joints.

        "Shoulder" is the collar where a tool has an arm below it, and the shoulder itself where it has none.
        """
        seen: set[str] = set()
        result = []
        first = [landmark_of(joint) for joint in self.joints]
        for joint, landmark in zip(self.joints, first, strict=True):
            side, _, place = landmark.partition("_")
            if place == "collar" and f"{side}_shoulder" not in first and joint.lower().endswith("shoulder"):
                landmark = f"{side}_shoulder"
            result.append("" if landmark in seen else landmark)
            seen.add(landmark)
        return tuple(result)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """For each joint its body part (`landmarks.PARTS`); a joint that is no landmark belongs to its parent's part."""
        parts = [""] * len(self.joints)
        for joint in self.order:
            own = part_of(self.landmarks[joint])
            parent = self.parents[joint]
            parts[joint] = own or (parts[parent] if parent >= 0 else "torso")
        return tuple(parts)

    @cached_property
    def mirrored(self) -> tuple[int, ...]:
        """For each joint its counterpart on the other side of the body; itself for a central joint."""
        keys = [split_side(name.rsplit(":", 1)[-1]) for name in self.joints]
        opposite = {"left": "right", "right": "left", "": ""}
        index = {key: j for j, key in enumerate(keys)}
        return tuple(index.get((opposite[side], rest), j) for j, (side, rest) in enumerate(keys))

    def index(self, landmark: str) -> int | None:
        """The joint that stands for *landmark*, or None."""
        return self.landmarks.index(landmark) if landmark in self.landmarks else None

    def to_json(self) -> str:
        return json.dumps({"name": self.name, "joints": self.joints, "parents": self.parents})

    @classmethod
    def from_json(cls, text: str) -> Skeleton:
        """The skeleton that `to_json` wrote. Raises InputError on anything else."""
        try:
            data = json.loads(text)
            return cls(str(data["name"]), tuple(map(str, data["joints"])), tuple(map(int, data["parents"])))
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise InputError(
                f"the skeleton is not readable ({error})", remedy='write {"name": …, "joints": [names], "parents": [index or -1]}'
            ) from None
