"""The encoders of the NRI family: gcn, compact, recurrent and dynamic; as the files of these names in ``duet_core/model/encoders/``."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...connections import KINDS
from ...model.settings import ModelSettings, options
from .bodies import Parents, canonical, skeleton_adjacency
from .heads import Heads, Posterior, TypeLogits
from .layers import Floats, Linear, relu
from .motion import CHANNELS, GatedRecurrence, MotionEmbedding, features
from .pairs import MEASURES, PairStage, ToPairs, measures
from .weights import Weights

GCN: dict[str, Any] = {"bins": 0, "distances": True}
COMPACT: dict[str, Any] = {"bins": 0, "distances": True}
RECURRENT: dict[str, Any] = {"distances": True}
DYNAMIC: dict[str, Any] = {"stretch": 8, "bins": 4, "distances": True}
"""The options of each encoder and what they are by default."""


class GcnEncoder:
    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        chosen = options(settings.encoder_options, GCN, "encoder gcn")
        self.rate = settings.rate
        self.motion = MotionEmbedding(weights.under("motion"), settings.hidden, chosen["bins"] or min(16, (settings.frames + 1) // 2))
        self.stage = PairStage(weights.under("stage"), settings.hidden, chosen["distances"])
        self.heads = Heads(weights.under("heads"), settings.hidden, settings)

    def __call__(self, positions: Floats, parents: Parents) -> Posterior:
        own = canonical(positions, parents)
        joints = self.motion(features(own, parents, self.rate))
        return self.heads(self.stage(joints, skeleton_adjacency(parents), own, self.rate))


class CompactEncoder:
    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        chosen = options(settings.encoder_options, COMPACT, "encoder compact")
        hidden = settings.hidden
        self.rate = settings.rate
        self.motion = MotionEmbedding(weights.under("motion"), hidden, chosen["bins"] or min(16, (settings.frames + 1) // 2))
        self.first = ToPairs(weights.under("first"), hidden, hidden)
        self.measured = Linear(weights.under("measured"), MEASURES, hidden, bias=False) if chosen["distances"] else None
        self.second = Linear(weights.under("second"), hidden, hidden)
        self.heads = Heads(weights.under("heads"), hidden, settings)

    def __call__(self, positions: Floats, parents: Parents) -> Posterior:
        own = canonical(positions, parents)
        more = None if self.measured is None else self.measured(measures(own, self.rate))
        pairs = relu(self.first(self.motion(features(own, parents, self.rate)), more))
        return self.heads(relu(self.second(pairs)))


class RecurrentEncoder:
    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        chosen = options(settings.encoder_options, RECURRENT, "encoder recurrent")
        hidden = settings.hidden
        self.rate = settings.rate
        self.forth = GatedRecurrence(weights.under("forth"), CHANNELS, hidden)
        self.back = GatedRecurrence(weights.under("back"), CHANNELS, hidden, backward=True)
        self.whole = Linear(weights.under("whole"), 4 * hidden, hidden)
        self.stage = PairStage(weights.under("stage"), hidden, chosen["distances"])
        self.heads = Heads(weights.under("heads"), hidden, settings)

    def __call__(self, positions: Floats, parents: Parents) -> Posterior:
        own = canonical(positions, parents)
        x = np.ascontiguousarray(np.moveaxis(features(own, parents, self.rate), 3, 0))
        forth, back = self.forth(x), self.back(x)
        joints = relu(self.whole(np.concatenate([forth[-1], back[0], forth.mean(axis=0), back.mean(axis=0)], axis=-1)))
        return self.heads(self.stage(joints, skeleton_adjacency(parents), own, self.rate))


class DynamicEncoder:
    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        chosen = options(settings.encoder_options, DYNAMIC, "encoder dynamic")
        hidden, half = settings.hidden, max(settings.hidden // 2, 1)
        self.rate, self.stretch = settings.rate, chosen["stretch"]
        self.motion = MotionEmbedding(weights.under("motion"), hidden, chosen["bins"])
        self.stage = PairStage(weights.under("stage"), hidden, chosen["distances"])
        self.forth = GatedRecurrence(weights.under("forth"), hidden, half)
        self.back = GatedRecurrence(weights.under("back"), hidden, half, backward=True)
        self.types = TypeLogits(weights.under("types"), settings)
        self.score = Linear(weights.under("score"), 2 * half, self.types.width)
        self.ahead = Linear(weights.under("ahead"), half, self.types.width)
        self.rest = Linear(weights.under("rest"), 2 * half, len(KINDS) + settings.lags)

    def __call__(self, positions: Floats, parents: Parents) -> Posterior:
        own = canonical(positions, parents)
        batch = len(positions)
        frames = stretches(own.shape[1], self.stretch)
        x = np.moveaxis(features(own, parents, self.rate)[:, :, :, frames], 3, 1)  # (B, S, 2, J, length, C)
        joints = self.motion(x.reshape(-1, *x.shape[2:]))
        seen = own[:, frames]
        pairs = self.stage(joints, skeleton_adjacency(parents), seen.reshape(-1, *seen.shape[2:]), self.rate)
        pairs = np.ascontiguousarray(np.moveaxis(pairs.reshape(batch, -1, *pairs.shape[1:]), 1, 0))  # (S, B, 2, J, J, H)
        forth = self.forth(pairs)
        both = np.concatenate([forth, self.back(pairs)], axis=-1)
        types = self.types(self.ahead(np.concatenate([np.zeros_like(forth[:1]), forth[:-1]])) + self.score(both))
        odds = np.exp(types - types.max(axis=-1, keepdims=True))
        weight = 1 - odds[..., :1] / odds.sum(axis=-1, keepdims=True) + np.float32(1e-3)
        rest = self.rest((both * weight).sum(axis=0) / weight.sum(axis=0))
        return Posterior(np.moveaxis(types, 0, 1), rest[..., : len(KINDS)], rest[..., len(KINDS) :])


def stretches(frames: int, length: int) -> np.ndarray:
    """(S, L) frame numbers of S stretches evenly over *frames*, each about *length* frames."""
    count = max(1, round(frames / max(length, 1)))
    each = -(-frames // count)
    starts = [s * (frames - each) // max(count - 1, 1) for s in range(count)]
    return np.array(starts)[:, None] + np.arange(each)
