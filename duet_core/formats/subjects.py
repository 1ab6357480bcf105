"""Labelled markers of one or more subjects: who is who by the labels' prefixes, and a skeleton from the names. For C3D and TRC."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..skeletons import Skeleton, by_joint_names, guessed_bones


def split(file: Path, labels: list[str], points: NDArray, kind: str) -> tuple[NDArray, Skeleton, list[str], list[str] | None]:
    """The dancers among labelled *points* (T, M, 3): positions (T, D, J, 3), skeleton, warnings, and the dancers' names where the file has any.

    ``Ana:LANK`` and ``Bo:LANK`` are one marker of two subjects. Of several subjects the two that share most markers are the dancers; a subject that
    shares few with another (a prop, a box) is left out. Labels that tools give to unknown markers (``*12``) are left out too.
    """
    warnings = []
    labelled = [i for i, label in enumerate(labels) if label and not label.startswith("*")]
    if len(labelled) < len(labels):
        warnings.append(f"{len(labels) - len(labelled)} markers without a label are left out")
    if not labelled:
        raise InputError("no marker has a label", file=file, remedy="label the markers and export again")
    groups = _groups({i: labels[i] for i in labelled})
    chosen, names = _dancers(groups)
    left_out = [name for name in groups if name not in chosen]
    if left_out:
        shown = ", ".join(f"{name!r} ({len(groups[name])} markers)" for name in left_out[:4])
        warnings.append(f"left out as no dancer: {shown}")
    dropped = sum(len(groups[name]) for name in chosen) - len(names) * len(chosen)
    if dropped:
        warnings.append(f"{dropped} markers that only one dancer has are left out")
    positions = np.stack([points[:, [groups[name][marker] for marker in names]] for name in chosen], axis=1)
    return positions, _skeleton(file, kind, tuple(names), positions), warnings, [n for n in chosen if n] or None


def _groups(labels: dict[int, str]) -> dict[str, dict[str, int]]:
    """Prefix → marker name → column. Labels without a common kind of prefix are one group, ``""``. A label that repeats gets a number."""
    separator = ":" if any(":" in label for label in labels.values()) else ""
    if not separator and all("_" in label for label in labels.values()):
        prefixes = {label.split("_", 1)[0] for label in labels.values()}
        bodies = [sorted(label.split("_", 1)[1] for label in labels.values() if label.split("_", 1)[0] == p) for p in prefixes]
        separator = "_" if len(bodies) == 2 and bodies[0] == bodies[1] else ""
    groups: dict[str, dict[str, int]] = {}
    for column, label in labels.items():
        prefix, name = label.split(separator, 1) if separator and separator in label else ("", label)
        group = groups.setdefault(prefix, {})
        name = name or label
        unique, count = name, 2
        while unique in group:
            unique, count = f"{name}_{count}", count + 1
        group[unique] = column
    return groups


def _dancers(groups: dict[str, dict[str, int]]) -> tuple[list[str], list[str]]:
    """The prefixes of one or two dancers, and the markers that they share, in the first one's order."""
    largest = max(groups, key=lambda name: len(groups[name]))
    best: tuple[int, list[str]] = (0, [])
    for pair in combinations(list(groups)[:64], 2):
        shared = len(groups[pair[0]].keys() & groups[pair[1]].keys())
        if shared > best[0] and 2 * shared >= max(len(groups[name]) for name in pair) and shared >= 3:
            best = (shared, list(pair))
    if not best[1]:
        return [largest], list(groups[largest])
    first, second = (groups[name] for name in best[1])
    return best[1], [marker for marker in first if marker in second]


def _skeleton(file: Path, kind: str, names: tuple[str, ...], positions: NDArray) -> Skeleton:
    known = by_joint_names(names)
    try:
        if known is not None:
            return Skeleton(known.name, names, tuple(-1 if p < 0 else names.index(known.joints[p]) for p in _parents_in(known, names)))
        return Skeleton(f"{kind}-{len(names)}", names, guessed_bones(positions, names))
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None


def _parents_in(known: Skeleton, names: tuple[str, ...]) -> list[int]:
    return [known.parents[known.joints.index(name)] for name in names]
