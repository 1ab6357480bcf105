"""What a connection tells of its target within a gap, and what its kind makes one expect of it.

A target is seen against the joint that its limb hangs on, which stays known; so is a source. A lead is heard at its lag, and by how far the source
travelled as well: of some leads only the speed is answered. Of a hold two things are heard: where the target is if it keeps its distance from the
source, and how the source moves as seen from where the target's limb hangs; both as far as that distance is the same before and after the gap.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..explain.episodes import Episode
from ..inference.features import Motion
from ..planted import limbs
from ..skeletons import Skeleton, hierarchy
from .gaps import Gap

STEADY = 0.2
"""Metres by which a distance may differ between the known samples around a gap, and still be held by a third: two who hold hands have loose wrists."""
HELD, DRAWN, ANSWERED = 0.7, 0.2, 0.5
"""How much of what the kind says is expected before anything was seen: of a held distance, of being drawn along, and of unison, mirror and opposition."""
DOUBT = {"lead": 3.0, "path": 2.0, "kind": 2.0, "other": 4.0, "own": 2.0}
"""Seconds of motion that weigh as much as what was expected: of a lead's answer, of the way it travelled, of how much of what the kind says, of
anything else than that, and of what the own body tells."""

KEPT = 64
"""Tracks that are remembered."""


@dataclass(frozen=True)
class Heard:
    """What is told of a target, (…, n, frames, p) for n gaps, and what is expected of the matrix (p → 3) that makes displacements of it.

    Attributes:
        told: the values.
        doubt: (p,) seconds, as `DOUBT`.
        shape: (p, 3) what the kind says, or None: then nothing is expected.
        expected: how much of it.
        follows: whether that is a share of the target's own motion, however large the source's is.
    """

    told: NDArray[np.float64]
    doubt: NDArray[np.float64]
    shape: NDArray[np.float64] | None = None
    expected: float = 0.0
    follows: bool = True


class Stage:
    """A duet in which joints are hidden: where they are, and what they hang on.

    Attributes:
        bases: (2, J) for each joint of each dancer what its limb hangs on, as an index into *holds*; −1 where that is nothing: a root.
        holds: the joints in whose middle that lies.
    """

    def __init__(self, motion: Motion, skeleton: Skeleton) -> None:
        self.motion, self.skeleton = motion, skeleton
        body = hierarchy(skeleton, motion.position, motion.seen.any(axis=(0, 1)))
        self.holds, self.body = body.middle_of, body
        inner = Skeleton("body", tuple(str(n) for n in range(len(body.parents))), tuple(int(p) for p in body.parents))
        placed = body.placed(motion.position)
        self._tracks: OrderedDict[tuple[str, int, int], NDArray[np.float64]] = OrderedDict()
        self.bases = np.full((2, len(skeleton)), -1)
        for dancer in range(2):
            lengths = limbs.bone_lengths(placed[:, dancer], inner)
            chains = [limbs.limb(inner, joint, lengths) for joint in range(len(inner))]
            self.bases[dancer] = [chains[at][0] if len(chains[at]) > 1 else -1 for at in body.at]

    def hide(self, dancer: int, joints: Collection[int]) -> None:
        """Let no limb of *dancer* hang on any of *joints*, but on what is next towards the root."""
        for joint, base in enumerate(self.bases[dancer]):
            while base >= 0 and not set(self.holds[base]).isdisjoint(joints):
                base = self.body.parents[base]
            self.bases[dancer, joint] = base

    def place(self, dancer: int, joint: int) -> NDArray[np.float64]:
        """(N, 3) in the room."""
        return self.motion.position[:, dancer, joint]

    def base(self, dancer: int, joint: int) -> NDArray[np.float64] | None:
        """(N, 3) in the room what the limb of *joint* hangs on; None for a root."""
        base = int(self.bases[dancer, joint])
        if base < 0:
            return None
        return self._once("base", dancer, base, lambda: np.asarray(self.motion.position[:, dancer, list(self.holds[base])].mean(axis=1)))

    def limb(self, dancer: int, joint: int) -> NDArray[np.float64]:
        """(N, 3) against what its limb hangs on; of a root in the room."""
        base = self.base(dancer, joint)
        place = self.place(dancer, joint)
        return place if base is None else self._once("limb", dancer, joint, lambda: place - base)

    def way(self, dancer: int, joint: int) -> NDArray[np.float64]:
        """(N, 1) metres that the joint has travelled so far, as `limb` sees it."""

        def travelled() -> NDArray[np.float64]:
            limb = self.limb(dancer, joint)
            return np.cumsum(np.linalg.norm(np.diff(limb, axis=0, prepend=limb[:1]), axis=-1))[:, None]

        return self._once("way", dancer, joint, travelled)

    def seen(self, dancer: int, joint: int, within: slice = slice(None)) -> NDArray[np.bool_]:
        """(N,) whether a joint and what its limb hangs on are known; of the samples *within*."""
        base = int(self.bases[dancer, joint])
        joints = [joint, *(self.holds[base] if base >= 0 else ())]
        return np.asarray(self.motion.seen[within, dancer][:, joints].all(axis=-1))

    def _once(self, what: str, dancer: int, which: int, made: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        """A track that is asked for again and again; the last `KEPT` of an hour's dance fit into memory."""
        key = (what, dancer, which)
        if key not in self._tracks:
            self._tracks[key] = made()
            if len(self._tracks) > KEPT:
                self._tracks.popitem(last=False)
        self._tracks.move_to_end(key)
        return self._tracks[key]

    def hear(self, episode: Episode, gap: Gap, starts: NDArray[np.int64], late: NDArray[np.int64] | None = None) -> list[Heard]:
        """What *episode*'s source tells in gaps at *starts* (n,); with *late* (K,) as if it had done all that so many samples later, (K, n, frames, p)."""
        late = np.zeros(1, np.int64) if late is None else late
        valid = len(self.motion) - gap.span + 1
        if episode.kind == "hold":
            return self._held(episode, gap, starts, (starts - late[:, None]) % valid)
        lag = 0 if np.isnan(episode.lag) else round(episode.lag * self.motion.rate)
        at = (starts - late[:, None] - lag) % valid
        limb = self.limb(episode.from_dancer, episode.from_joint)
        told = gap.of(limb, at.ravel()).reshape(*at.shape, gap.frames, 3)
        shape = self._shape(episode)
        if shape is not None:
            return [Heard(told, np.full(3, DOUBT["other"]), shape, ANSWERED)]
        way = self.way(episode.from_dancer, episode.from_joint)
        told = np.concatenate([told, gap.of(way, at.ravel()).reshape(*at.shape, gap.frames, 1)], axis=-1)
        return [Heard(told, np.array([*[DOUBT["lead"]] * 3, DOUBT["path"]]))]

    def own(self, dancer: int, joint: int, gap: Gap, starts: NDArray[np.int64]) -> list[Heard]:
        """What the own body tells: how that on which the limb hangs moves in the room. Nothing of a root."""
        base = self.base(dancer, joint)
        return [] if base is None else [Heard(gap.of(base, starts)[None], np.full(3, DOUBT["own"]))]

    def _held(self, episode: Episode, gap: Gap, starts: NDArray[np.int64], at: NDArray[np.int64]) -> list[Heard]:
        to = episode.to_dancer, episode.to_joint
        source = gap.windows(self.place(episode.from_dancer, episode.from_joint), at.ravel()).reshape(*at.shape, 3, gap.span)
        target = gap.windows(self.place(*to), starts)
        apart = np.linalg.norm(source - target, axis=-2)  # (K, n, span)
        known = np.concatenate([apart[..., : gap.edge], apart[..., -gap.edge :]], axis=-1)
        steady = np.exp(-np.square(np.ptp(known, axis=-1) / STEADY))[..., None, None]
        # From where the bridge has the target to the nearest place at its distance from the source.
        share = np.arange(1, gap.frames + 1) / (gap.frames + 1)
        radius = apart[..., gap.edge - 1, None] * (1 - share) + apart[..., -gap.edge, None] * share
        inner = slice(gap.edge, gap.edge + gap.frames)
        bridge = target[..., inner].swapaxes(-1, -2) - gap.of(self.limb(*to), starts)
        line = bridge - source[..., inner].swapaxes(-1, -2)
        length = np.maximum(np.linalg.norm(line, axis=-1, keepdims=True), 1e-6)
        base = self.base(*to)
        drawn = (source @ gap.rest.T).swapaxes(-1, -2) - (0.0 if base is None else gap.of(base, starts))
        doubt = np.full(3, DOUBT["other"])
        return [
            Heard(line * (radius[..., None] / length - 1) * steady, doubt, np.eye(3), HELD, follows=False),
            Heard(drawn * steady, doubt, np.eye(3), DRAWN),
        ]

    def _shape(self, episode: Episode) -> NDArray[np.float64] | None:
        """(3, 3) what the kind makes of the source's motion; None where it says nothing."""
        if episode.kind == "unison":
            return np.eye(3)
        if episode.kind == "opposition":
            return -np.eye(3)
        if episode.kind != "mirror":
            return None
        first, last = (round(t * self.motion.rate) for t in (episode.start, episode.end))
        roots = np.flatnonzero(self.body.parents < 0)
        middle = [joint for root in roots for joint in self.holds[root]]
        places = self.motion.position[first : max(last, first + 1)][:, :, middle, :2].mean(axis=(0, 2))
        axis = np.zeros(3)
        axis[:2] = places[1] - places[0]
        axis /= max(float(np.linalg.norm(axis)), 1e-6)
        return np.eye(3) - 2 * np.outer(axis, axis)
