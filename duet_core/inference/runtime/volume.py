"""The encoder of the bundled model; as ``duet_core/model/encoders/volume.py``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...connections import KINDS
from ...model.settings import ModelSettings, options
from .bodies import AROUND, Parents, canonical
from .exchange import Exchange, Neighbours
from .heads import Posterior, TypeLogits
from .lagvolume import LagVolume
from .layers import Floats, LayerNorm, Linear, silu
from .signals import ADULT, VIEWS, Signals, structure, views
from .weights import Weights

OPTIONS = {
    "vectors": 6, "scalars": 6, "crossed": 2, "mixed": 20, "kernel": 9, "layers": 3, "before": 3, "distances": True, "volume": True, "exchange": True
}  # fmt: skip
MEASURES = 11
HELD_SECONDS = 1.0
BETWEEN = 32


class VolumeEncoder:
    def __init__(self, weights: Weights, settings: ModelSettings) -> None:
        chosen = options(settings.encoder_options, OPTIONS, "encoder volume")
        self.rate, self.hidden = settings.rate, settings.hidden
        hidden = settings.hidden
        heads = chosen["vectors"], chosen["scalars"], chosen["crossed"]
        self.signals = Signals(weights.under("signals"), *heads, chosen["kernel"])
        self.volume = (
            LagVolume(weights.under("volume"), *heads, hidden, chosen["mixed"], -chosen["before"], settings.lags - 1, settings.lags)
            if chosen["volume"]
            else None
        )
        self.joints = Linear(weights.under("joints.0"), VIEWS + 6, BETWEEN), Linear(weights.under("joints.2"), BETWEEN, 2 * hidden)
        self.measured = (
            (Linear(weights.under("measured.0"), MEASURES, BETWEEN), Linear(weights.under("measured.2"), BETWEEN, hidden))
            if chosen["distances"]
            else None
        )
        self.layers = [Exchange(weights.under(f"layers.{k}"), hidden) for k in range(chosen["layers"] if chosen["exchange"] else 0)]
        self.types = TypeLogits(weights.under("types"), settings)
        self.ends = np.cumsum([self.types.width, len(KINDS)])
        head = weights.under("head")
        self.normal, self.before_last = LayerNorm(head.under("0"), hidden), Linear(head.under("1"), hidden, hidden)
        self.last = Linear(head.under("3"), hidden, self.types.width + len(KINDS) + settings.lags)

    def __call__(self, positions: Floats, parents: Parents) -> Posterior:
        # Velocities are small differences of places, and so are the spreads of distances: float32 would round them visibly.
        room = canonical(positions.astype(np.float64), parents) * ADULT
        room[:, :, 1] *= AROUND  # both dancers in the frame of the first
        batch, joints = len(room), len(parents)
        seen, size = views(room, parents, self.rate)
        first, second = self.joints
        about = second(silu(first(structure(room, parents, size))))
        source, target = about[..., : self.hidden], about[..., self.hidden :]
        pairs = np.concatenate([source[:, 0], source[:, 1]])[:, :, None] + np.concatenate([target[:, 1], target[:, 0]])[:, None]
        if self.measured is not None:
            first, second = self.measured
            pairs += second(silu(first(measures(room, size, self.rate))))
        lags: Floats | None = None
        if self.volume is not None:
            found, lags = self.volume(*self.signals(seen))
            pairs += found
        near = Neighbours(parents)
        for layer in self.layers:
            pairs = layer(pairs, near)
        said = self.last(silu(self.before_last(self.normal(pairs))))
        types, kinds, bins = np.split(said, self.ends, axis=-1)

        def apart(values: Floats) -> Floats:
            return values.reshape(2, batch, joints, joints, -1).swapaxes(0, 1)

        return Posterior(self.types(apart(types))[:, None], apart(kinds), apart(bins if lags is None else bins + lags))


def measures(room: NDArray, size: NDArray, rate: float) -> Floats:
    """(2B, J, J, 11) of each pair's distance, for both directions, from (B, T, 2, J, 3) in one frame and the joints' speeds (B, 2, J, V).

    Mean, spread and least distance; the least and the mean spread within a second; the spreads against the slower joint's speed; and where the
    target is seen from the source.
    """
    batch, frames, _, joints, _ = room.shape
    forth = np.empty((batch, joints, joints, MEASURES), np.float32)
    slower = np.minimum(size[:, 0, :, None, 0], size[:, 1, None, :, 0])
    held = min(int(HELD_SECONDS * rate), frames - 1)
    tiny = 1e-6
    for b in range(batch):
        first, second = (np.ascontiguousarray(room[b, :, d].transpose(2, 0, 1)) for d in range(2))  # (3, T, J)
        distance = np.full((frames, joints, joints), tiny)
        for axis in range(3):
            apart = first[axis, :, :, None] - second[axis, :, None, :]
            distance += np.square(apart, out=apart)
        np.sqrt(distance, out=distance)
        mean, least = distance.mean(axis=0), distance.min(axis=0)
        distance -= mean
        squares = np.square(distance)
        spread = np.sqrt(np.maximum(squares.mean(axis=0), tiny))
        sums, squared = (np.concatenate([np.zeros_like(v[:1]), np.cumsum(v, axis=0)]) for v in (distance, squares))
        within = (sums[held::5] - sums[:-held:5]) / held
        within = np.sqrt(np.maximum((squared[held::5] - squared[:-held:5]) / held - np.square(within), tiny))
        steadiest, steady = within.min(axis=0), within.mean(axis=0)
        both = (
            np.log(mean), np.log(spread) + 2, np.log(least + 0.02), np.log(steadiest + 0.003) + 3,
            np.log(steady) + 2.5, np.log(spread / slower[b]) + 1, np.log(steadiest / slower[b]) + 2, np.log(steady / slower[b]) + 2,
        )  # fmt: skip
        for place, value in enumerate(both):
            forth[b, ..., place] = value
        forth[b, ..., len(both) :] = second.mean(axis=1).T[None] - first.mean(axis=1).T[:, None]
    # Seen from the other side x and y stay what they are (the room turns with the view) and the height difference changes its sign.
    back = forth.swapaxes(1, 2).copy()
    back[..., -1] *= -1
    return np.concatenate([forth, back])
