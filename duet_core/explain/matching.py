"""Which joint of one skeleton is which of another, so that connections found on both can be laid side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..connections import Connections
from ..skeletons import Skeleton
from .words import dancers_of


@dataclass(frozen=True)
class Matching:
    """Joints that two skeletons share.

    Attributes:
        pairs: (joint of the first, joint of the second), in the first's order.
        by_landmark: how many of them have other names and are the same place of the body.
        only_first, only_second: names of joints without a counterpart.
    """

    pairs: tuple[tuple[int, int], ...]
    by_landmark: int
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def match(first: Sequence[str], second: Sequence[str]) -> Matching:
    """Joints of the same name, then those that are the same landmark (`skeletons.landmarks`)."""
    marks = [Skeleton("joints", tuple(names), (-1,) * len(names)).landmarks for names in (first, second)]
    found = {name: k for k, name in enumerate(second)}
    pairs = {j: found[name] for j, name in enumerate(first) if name in found}
    named, taken = len(pairs), set(pairs.values())
    places = {landmark: k for k, landmark in enumerate(marks[1]) if landmark and k not in taken}
    pairs |= {j: places[landmark] for j, landmark in enumerate(marks[0]) if j not in pairs and landmark in places}
    return Matching(
        tuple(sorted(pairs.items())),
        len(pairs) - named,
        tuple(name for j, name in enumerate(first) if j not in pairs),
        tuple(name for k, name in enumerate(second) if k not in set(pairs.values())),
    )


def restricted(connections: Connections, joints: Sequence[int], names: Sequence[str], *, swapped: bool = False) -> Connections:
    """*connections* with some *joints* only, under *names*; with *swapped* dancer 0 becomes dancer 1 and the other way round."""
    every = len(connections.joints)
    table = np.arange(connections.edges).reshape(2, every, every)
    edges = table[np.ix_([1, 0] if swapped else [0, 1], list(joints), list(joints))].ravel()
    if len(edges) == connections.edges and (edges == np.arange(len(edges))).all():
        return replace(connections, joints=tuple(names))
    dancers = dancers_of(connections.meta)
    return replace(
        connections,
        joints=tuple(names),
        confidence=connections.confidence[:, edges],
        type_probability=connections.type_probability[:, edges],
        lag=connections.lag[:, edges],
        kind=connections.kind[:, edges],
        meta={**connections.meta, "dancers": list(dancers[::-1] if swapped else dancers)},
    )
