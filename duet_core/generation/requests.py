"""What is asked of a duet: which joint of one dancer is to be bound to which of the other, how, from when to when. Read from JSON or from connections."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..connections import DISPLAY_THRESHOLD, KINDS, Connections, candidates
from ..errors import InputError
from ..skeletons import Skeleton

LONGEST_LAG = 2.0
"""Seconds."""


@dataclass(frozen=True)
class Request:
    """One connection that is asked for.

    Attributes:
        from_dancer, to_dancer: 0 or 1, not the same. from_joint, to_joint: joints of the skeleton, or places on the body (``left_wrist``).
        kind: lead, hold, unison, mirror or opposition.
        lag: seconds by which a lead's answer comes later; 0 for other kinds.
        start, end: seconds; the end may lie beyond the take's.
        strength: 0..1, the share of the answering joint's own motion that the answer replaces.
    """

    from_dancer: int
    from_joint: str
    to_dancer: int
    to_joint: str
    kind: str = "lead"
    lag: float = 0.2
    start: float = 0.0
    end: float = math.inf
    strength: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: no end where it has none."""
        return {key: value for key, value in asdict(self).items() if not (key == "end" and math.isinf(value))}


def checked(request: Request, skeleton: Skeleton, place: str = "connection") -> Request:
    """*request* with its joints as *skeleton* calls them. Raises InputError, naming *place*, where it cannot be had."""

    def refuse(what: str, problem: str, remedy: str) -> InputError:
        return InputError(problem, place=f"{place}, {what}", remedy=remedy)

    if {request.from_dancer, request.to_dancer} != {0, 1}:
        raise refuse("from_dancer, to_dancer", f"{request.from_dancer} and {request.to_dancer}", "give 0 and 1, or 1 and 0")
    if request.kind not in KINDS[1:]:
        raise refuse("kind", f"{request.kind!r}", f"choose one of {', '.join(KINDS[1:])}")
    if not 0 <= request.lag <= LONGEST_LAG:
        raise refuse("lag", f"{request.lag:g} s", f"give 0 to {LONGEST_LAG:g}")
    if not 0 < request.strength <= 1:
        raise refuse("strength", f"{request.strength:g}", "give more than 0, at most 1")
    if not 0 <= request.start < request.end:
        raise refuse("start, end", f"{request.start:g} to {request.end:g} s", "give seconds of which the first is the smaller")
    names = {}
    for key in ("from_joint", "to_joint"):
        name = getattr(request, key)
        joint = skeleton.joints.index(name) if name in skeleton.joints else skeleton.index(name)
        if joint is None:
            raise refuse(key, f"there is no joint {name!r}", f"choose one of {', '.join(skeleton.joints)}")
        names[key] = skeleton.joints[joint]
    lag = request.lag if request.kind == "lead" else 0.0
    return Request(**{**asdict(request), **names, "lag": lag})


def read(file: str | PathLike[str], skeleton: Skeleton, threshold: float = DISPLAY_THRESHOLD) -> list[Request]:
    """The requests in a JSON file (a list of tables, or one under ``connections``) or, above *threshold*, in a ``connections.npz``."""
    path = Path(file)
    if path.suffix.lower() == ".npz":
        found = Connections.load(path)
        try:
            return [checked(one, skeleton) for one in of_connections(found, threshold)]
        except InputError as error:
            raise InputError(error.problem, file=path, place=error.place, remedy="give connections of the same skeleton") from None
    try:
        data = json.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        raise InputError("there is no such file", file=path, remedy="give JSON with connections, or a connections.npz") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON ({error})", file=path, remedy="write a list of connections") from None
    rows = data.get("connections") if isinstance(data, Mapping) else data
    if not isinstance(rows, list):
        raise InputError("there is no list of connections", file=path, remedy='write [{"from_dancer": 0, "from_joint": …}, …]')
    try:
        return [checked(_request(row, f"connection {n + 1}"), skeleton, f"connection {n + 1}") for n, row in enumerate(rows)]
    except InputError as error:
        raise InputError(error.problem, file=path, place=error.place, remedy=error.remedy) from None


def of_connections(found: Connections, threshold: float = DISPLAY_THRESHOLD) -> list[Request]:
    """What *found* shows above *threshold* as requests: windows that follow each other are one; of a bond without direction one way is enough."""
    from_dancer, from_joint, to_dancer, to_joint = candidates(len(found.joints))
    requests = []
    shown = found.shown(threshold) & (found.kind > 0)
    for edge in np.flatnonzero(shown.any(axis=0)):
        on = np.concatenate([[False], shown[:, edge], [False]])
        edges = np.flatnonzero(np.diff(on.astype(np.int8)))
        for first, last in zip(edges[::2], edges[1::2] - 1, strict=True):
            kinds = found.kind[first : last + 1, edge]
            kind = KINDS[int(np.bincount(kinds).argmax())]
            if kind != "lead" and from_dancer[edge] == 1:
                continue
            lag = (
                np.nanmedian(found.lag[first : last + 1, edge])
                if kind == "lead" and np.isfinite(found.lag[first : last + 1, edge]).any()
                else 0.0
            )
            requests.append(
                Request(
                    int(from_dancer[edge]),
                    found.joints[from_joint[edge]],
                    int(to_dancer[edge]),
                    found.joints[to_joint[edge]],
                    kind,
                    float(np.clip(lag, 0, LONGEST_LAG)),
                    float(found.window_start[first] / found.fps),
                    float(found.window_end[last] / found.fps),
                    float(np.clip(found.confidence[first : last + 1, edge].mean(), 0.05, 1)),
                )
            )
    return sorted(requests, key=lambda r: (r.start, -r.strength))


def to_json(requests: Sequence[Request]) -> list[dict[str, Any]]:
    """Tables that `read` understands."""
    return [request.to_dict() for request in requests]


def _request(row: Any, place: str) -> Request:
    if not isinstance(row, Mapping):
        raise InputError(
            f"{row!r} is no table",
            place=place,
            remedy="write from_dancer, from_joint, to_dancer, to_joint, kind, lag, start, end, strength",
        )
    kinds: dict[str, type] = {
        "from_dancer": int, "from_joint": str, "to_dancer": int, "to_joint": str, "kind": str, "lag": float, "start": float, "end": float, "strength": float,
    }  # fmt: skip
    for key in row:
        if key not in kinds:
            raise InputError("there is no such key", place=f"{place}, {key}", remedy=f"known: {', '.join(kinds)}")
    for key in ("from_dancer", "from_joint", "to_dancer", "to_joint"):
        if key not in row:
            raise InputError("it is missing", place=f"{place}, {key}", remedy="say which joint of which dancer")
    values: dict[str, Any] = {}
    for key, value in row.items():
        kind = kinds[key]
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        if (
            (kind is str and not isinstance(value, str))
            or (kind is int and not (number and value == int(value)))
            or (kind is float and not number)
        ):
            raise InputError(f"{value!r}", place=f"{place}, {key}", remedy="give text" if kind is str else "give a number")
        values[key] = kind(value)
    return Request(**values)
