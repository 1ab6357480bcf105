"""Every method answers alike here: a baseline by its name, a trained model by its folder, anything else by having a ``name`` and an ``infer``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import Connections
from ..inference import METHODS, examine, models, runtime, scores_of
from ..inference.features import Motion
from ..inference.learned import both
from ..planted import limbs
from ..skeletons import Skeleton
from .prediction import HORIZONS, errors

BY_MOTION = frozenset(METHODS) - {"proximity"}
"""Baselines that read velocities, which may also be those of limbs."""
AT_ONCE = 8
"""Windows that are predicted together."""


class Method(Protocol):
    """What is measured. It may also offer ``prediction_errors(clip)``; see `prediction`."""

    @property
    def name(self) -> str: ...

    def infer(self, clip: Clip, *, window: int | None = None, stride: int | None = None) -> Connections: ...


@dataclass(frozen=True)
class Found:
    """What a method found in a clip.

    Attributes:
        connections: what it delivers.
        rankings: (W, 2, J, J) values by which its candidates may be ordered: ``confidence`` always, and for baselines ``score`` (as the method
            makes it), ``surprise`` (that score against its null), and ``limb`` (its score of limbs' own motion, see `in_limbs`). Confidences that
            crowd at 0 and 1, or a body's travel that drowns its gestures, would make a baseline weaker than it is.
        lags: (W, 2, J, J) seconds, for rankings whose lags are not those of the connections.
    """

    connections: Connections
    rankings: Mapping[str, NDArray[np.float32]]
    lags: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True)
class Baseline:
    """A method of `inference`."""

    name: str
    seed: int = 0

    def infer(self, clip: Clip, *, window: int | None = None, stride: int | None = None) -> Connections:
        return self.examine(clip, window, stride).connections

    def examine(self, clip: Clip, window: int | None = None, stride: int | None = None) -> Found:
        connections, evidence = examine(clip, self.name, window=window, stride=stride, seed=self.seed)
        surprise = evidence.null.surprise(evidence.score)
        if evidence.hold is not None and evidence.hold_null is not None:
            surprise = np.maximum(surprise, evidence.hold_null.surprise(evidence.hold))
        rankings = {"confidence": dense(connections), "score": _known(evidence.score), "surprise": surprise}
        if self.name not in BY_MOTION:
            return Found(connections, rankings)
        score, lag = scores_of(clip, self.name, lambda motion: in_limbs(motion, clip.skeleton), window=window, stride=stride)
        return Found(connections, {**rankings, "limb": _known(score)}, {"limb": lag})


def in_limbs(motion: Motion, skeleton: Skeleton) -> Motion:
    """*motion* with each joint's velocity against that of the joint its limb hangs on (a wrist's against the shoulder's); roots keep theirs."""
    velocity = motion.velocity.copy()
    for dancer in range(2):
        lengths = limbs.bone_lengths(motion.position[:, dancer], skeleton)
        hangs_on = [limbs.limb(skeleton, joint, lengths)[0] for joint in range(len(skeleton))]
        for joint, base in enumerate(hangs_on):
            if base != joint:
                velocity[:, dancer, joint] -= motion.velocity[:, dancer, base]
    velocity[~motion.seen] = 0.0
    return replace(motion, velocity=velocity)


def _known(score: NDArray[np.float32]) -> NDArray[np.float32]:
    """*score* with what is unknown below everything else."""
    return np.nan_to_num(score, nan=float(np.finfo(np.float32).min))


def found(method: Method, clip: Clip, *, window: int | None = None, stride: int | None = None) -> Found:
    """What *method* finds in *clip*, with all the rankings that it has; window and stride in frames of the clip."""
    if isinstance(method, (Baseline, _Named)):
        return method.examine(clip, window, stride)
    connections = method.infer(clip, window=window, stride=stride)
    return Found(connections, {"confidence": dense(connections)})


def dense(connections: Connections, values: NDArray | None = None) -> NDArray:
    """(W, 2, J, J) of *values* (W, E), the confidences where none are given."""
    joints = len(connections.joints)
    return (connections.confidence if values is None else values).reshape(-1, 2, joints, joints)


def resolve(trained: Sequence[str] = (), baselines: Sequence[str] = tuple(METHODS)) -> list[Method]:
    """*trained* models (bundled ones by name, any by its folder), then *baselines*, each once: whatever is judged stands beside them.

    Raises:
        InputError: no such method, or a model that is damaged.
    """
    return [Baseline(name) if name in METHODS else _model(name) for name in dict.fromkeys([*trained, *baselines])]


def _model(name: str) -> Method:
    folder = models.folder_of(name)
    return _Named(folder.resolve().name, folder, runtime.load(folder))


@dataclass(frozen=True)
class _Named:
    """A model under its folder's name, which is how tables call it."""

    name: str
    folder: Path
    model: runtime.Trained

    def infer(self, clip: Clip, *, window: int | None = None, stride: int | None = None) -> Connections:
        return self.model.infer(clip, window=window, stride=stride)

    def examine(self, clip: Clip, window: int | None = None, stride: int | None = None) -> Found:
        """With the ranking ``score``: confidence before pairs whose joints move as one with those of a surer pair are put behind it."""
        connections, alone = self.model.examine(clip, window=window, stride=stride)
        return Found(connections, {"confidence": dense(connections), "score": alone})

    def unsteady(self, clip: Clip) -> Connections:
        """What each window says by itself, before windows near each other are blended and decide together."""
        return self.model.examine(clip, steady=False)[0]

    def prediction_errors(self, clip: Clip) -> dict[str, dict[str, float]]:
        """`prediction.errors` of the model's decoder through its expected gates. Raises InputError, a ValueError, without a decoder."""
        settings, parents = self.model.settings, np.array(clip.skeleton.parents, np.int64)
        decoder = runtime.load_decoder(self.folder)

        def predict(known: NDArray[np.float32], frames: int) -> NDArray:
            result = []
            for part in np.array_split(known, max(1, len(known) // AT_ONCE)):
                # The encoder sees the known frames alone.
                posterior = self.model.encode(part, parents)
                room = np.concatenate([part, np.repeat(part[:, -1:], frames, axis=1)], axis=1)
                told = decoder(room, parents, runtime.gates_of(posterior), part.shape[1], lags=posterior.lags)
                result.append(told.positions[:, -frames:])
            return np.concatenate(result)

        return errors(both(clip, settings.rate), predict, context=settings.frames - max(HORIZONS))
