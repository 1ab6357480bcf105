"""The duet as a graph: 2·J nodes, skeleton edges inside each dancer, every directed candidate between the dancers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..connections import candidates
from ..skeletons import Skeleton


@dataclass(frozen=True)
class DuetGraph:
    """Edges between nodes numbered dancer·J + joint, for the *joints* (indices into the skeleton) that take part.

    With a subset of joints, a joint's skeleton neighbour is the next chosen joint towards the root, so that a dancer's nodes stay joined
    wherever their paths to the root meet one.
    """

    skeleton: Skeleton
    joints: tuple[int, ...]

    @classmethod
    def of(cls, skeleton: Skeleton, joints: tuple[int, ...] | None = None) -> DuetGraph:
        return cls(skeleton, tuple(range(len(skeleton))) if joints is None else tuple(joints))

    @cached_property
    def skeleton_edges(self) -> NDArray[np.int64]:
        """(2, 4·bones): each bone of each dancer, both ways."""
        place = {joint: n for n, joint in enumerate(self.joints)}
        pairs = []
        for joint in self.joints:
            above = self.skeleton.parents[joint]
            while above >= 0 and above not in place:
                above = self.skeleton.parents[above]
            if above >= 0:
                pairs += [(place[above], place[joint]), (place[joint], place[above])]
        one = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return np.concatenate([one, one + len(self.joints)], axis=1)

    @cached_property
    def candidate_edges(self) -> NDArray[np.int64]:
        """(2, 2·J·J): every directed candidate, in the order of `connections.candidates`."""
        count = len(self.joints)
        from_dancer, from_joint, to_dancer, to_joint = candidates(count)
        return np.stack([from_dancer.astype(np.int64) * count + from_joint, to_dancer.astype(np.int64) * count + to_joint])

    @cached_property
    def edge_index(self) -> NDArray[np.int64]:
        """(2, edges): skeleton edges first, then candidates."""
        return np.concatenate([self.skeleton_edges, self.candidate_edges], axis=1)

    @cached_property
    def is_skeleton(self) -> NDArray[np.bool_]:
        """(edges,) which edges of `edge_index` are bones."""
        bones = self.skeleton_edges.shape[1]
        return np.arange(self.edge_index.shape[1]) < bones


def choose_joints(skeleton: Skeleton, count: int, rng: np.random.Generator) -> tuple[int, ...]:
    """*count* distinct joints (drawn without replacement), in the skeleton's order. Raises ValueError where there are fewer."""
    if not 1 <= count <= len(skeleton):
        raise ValueError(f"{count} joints of {len(skeleton)}")
    return tuple(sorted(int(j) for j in rng.choice(len(skeleton), size=count, replace=False)))
