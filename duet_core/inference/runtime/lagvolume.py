"""The correlation volume: what each joint's signals, some time earlier or later, have in common with each joint of the partner.

As ``duet_core/model/encoders/lagvolume.py``, one direction at a time so that the volume stays in the processor's cache.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from .bodies import AROUND
from .layers import Floats, relu
from .weights import Weights


class LagVolume:
    """From the signals of `.signals.Signals` to hidden values of every pair, and how much speaks for each lag."""

    def __init__(
        self, weights: Weights, vectors: int, scalars: int, crossed: int, hidden: int, mixed: int, low: int, high: int, lags: int
    ) -> None:
        self.vectors, self.scalars, self.crossed, self.low, self.high, self.lags = vectors, scalars, crossed, low, high, lags
        self.count = high - low + 1
        self.mixed = mixed
        channels = self.channels = 5 * vectors + scalars + 6 * crossed
        turn, turn_bias = weights.take("turn", channels, channels), weights.take("turn_bias", channels, 1)
        linear, bias = weights.take("linear", mixed, channels), weights.take("bias", mixed, 1)
        # The volume gets one channel more, of ones, so that biases are part of the products; and what is linear in the turned volume is
        # linear in the volume.
        self.turn = np.concatenate([turn, turn_bias], axis=1)
        straight = linear.astype(np.float64) @ self.turn
        straight[:, -1:] += bias
        self.linear = straight.astype(np.float32)
        self.squared = weights.take("squared", mixed, channels)
        self.lag = weights.take("lag", 1, mixed)
        # Lags run backwards here (see `_delayed`).
        flat = weights.take("flat", hidden, mixed * self.count).reshape(hidden, mixed, self.count)[:, :, ::-1]
        self.flat = np.ascontiguousarray(flat.reshape(hidden, mixed * self.count).T)
        self.flat_bias = weights.take("flat_bias", hidden)

    def __call__(self, vectors: Floats, scalars: Floats) -> tuple[Floats, Floats]:
        """Signals, dancers first, joints last → (2B, J, J, hidden) and (2B, J, J, lags); first the B windows from dancer 0 to 1, then those from 1 to 0."""
        _, batch, _, _, _, joints = vectors.shape
        c, s, x = self.vectors, self.scalars, self.crossed
        rows = self.count * joints
        cells = rows * joints
        volume = np.empty((self.channels + 1, cells), np.float32)
        volume[-1] = 1.0
        turned = np.empty((self.channels, cells), np.float32)
        mixed = np.empty((self.mixed, cells), np.float32)
        squares = np.empty_like(mixed)
        pairs = np.empty((2, batch, joints * joints, len(self.flat_bias)), np.float32)
        lags = np.empty((2, batch, self.lags, joints * joints), np.float32)
        ends = np.cumsum([4 * c, c + s, 3 * x, 3 * x])
        level, both, spoken, shown = np.split(volume[:-1], ends[:-1])
        # Only vectors that meet scalars notice from which side a dancer's room is seen: each from its own.
        sides = np.stack([np.ones(3, np.float32), AROUND])[:, :, None, None]
        for source in range(2):
            for b in range(batch):
                said, heard = vectors[source, b], vectors[1 - source, b]  # (heads, 3, T, J)
                said_of, heard_of = scalars[source, b], scalars[1 - source, b]  # (heads, T, J)
                early = self._delayed(said[:c])  # (c, 3, T, L·J)
                late = heard[c : 2 * c]
                turned_early = early.swapaxes(-1, -2)
                np.matmul(turned_early[:, :2, None], late[:, None, :2], out=level.reshape(c, 2, 2, rows, joints))
                np.matmul(turned_early[:, 2], late[:, 2], out=both[:c].reshape(c, rows, joints))
                np.matmul(self._delayed(said_of[:s]).swapaxes(-1, -2), heard_of[s : 2 * s], out=both[c:].reshape(s, rows, joints))
                if x:
                    source_x, target_x = said[2 * c : 2 * c + x] * sides[source], heard[2 * c + x :] * sides[1 - source]
                    said_x, heard_x = said_of[2 * s : 2 * s + x], heard_of[2 * s + x :]
                    np.matmul(self._delayed(said_x).swapaxes(-1, -2)[:, None], target_x, out=spoken.reshape(x, 3, rows, joints))
                    np.matmul(self._delayed(source_x).swapaxes(-1, -2), heard_x[:, None], out=shown.reshape(x, 3, rows, joints))
                np.matmul(self.turn, volume, out=turned)
                np.square(turned, out=turned)
                np.matmul(self.linear, volume, out=mixed)
                np.matmul(self.squared, turned, out=squares)
                mixed += squares
                relu(mixed)
                # Backwards, so that bin 0 is lag 0.
                lags[source, b] = (self.lag @ mixed).reshape(self.count, -1)[::-1][-self.low : self.lags - self.low]
                np.matmul(mixed.reshape(-1, joints * joints).T, self.flat, out=pairs[source, b])
        pairs += self.flat_bias
        shape = (2 * batch, joints, joints, -1)
        return pairs.reshape(shape), lags.swapaxes(-1, -2).reshape(shape)

    def _delayed(self, signal: Floats) -> Floats:
        """(…, T, J) → (…, T, L·J): entry l·J + j of frame t is joint j, delayed by high − l samples, 0 outside.

        Since joints lie beside each other, a frame's entries at all lags are one run of numbers: L frames from the one at the longest delay on.
        """
        frames, joints = signal.shape[-2:]
        padded = np.zeros((*signal.shape[:-2], frames + self.count - 1, joints), np.float32)
        padded[..., self.high : self.high + frames, :] = signal
        step = padded.strides
        runs = as_strided(padded, (*signal.shape[:-1], self.count * joints), (*step[:-2], step[-2], step[-1]), writeable=False)
        return np.ascontiguousarray(runs)
