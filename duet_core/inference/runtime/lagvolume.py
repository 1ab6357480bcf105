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
        turn = np.concatenate([turn, turn_bias], axis=1)
        straight = linear.astype(np.float64) @ turn
        straight[:, -1:] += bias
        self.turn = np.concatenate([turn, straight.astype(np.float32)])
        self.squared = weights.take("squared", mixed, channels)
        self.lag = weights.take("lag", 1, mixed)
        # Lags run backwards here (see `_delayed`).
        flat = weights.take("flat", hidden, mixed * self.count).reshape(hidden, mixed, self.count)[:, :, ::-1]
        self.flat = np.ascontiguousarray(flat.reshape(hidden, mixed * self.count).T)
        self.flat_bias = weights.take("flat_bias", hidden)
        self._rooms: list[_Room] = []
        """Those that no thread works in."""

    def __call__(self, vectors: Floats, scalars: Floats) -> tuple[Floats, Floats]:
        """Signals, dancers first, joints last → (2B, J, J, hidden) and (2B, J, J, lags); first the B windows from dancer 0 to 1, then those from 1 to 0."""
        _, batch, _, _, frames, joints = vectors.shape
        c, s, x = self.vectors, self.scalars, self.crossed
        try:
            room = self._rooms.pop()
        except IndexError:
            room = None
        if room is None or (room.frames, room.joints) != (frames, joints):
            room = _Room(self, frames, joints)
        rows = self.count * joints
        pairs = np.empty((2, batch, joints * joints, len(self.flat_bias)), np.float32)
        lags = np.empty((2, batch, self.lags, joints * joints), np.float32)
        ends = np.cumsum([4 * c, c + s, 3 * x, 3 * x])
        level, both, spoken, shown = np.split(room.volume[:-1], ends[:-1])
        # Only vectors that meet scalars notice from which side a dancer's room is seen: each from its own.
        sides = np.stack([np.ones(3, np.float32), AROUND])[:, :, None, None]
        for source in range(2):
            for b in range(batch):
                said, heard = vectors[source, b], vectors[1 - source, b]  # (heads, 3, T, J)
                said_of, heard_of = scalars[source, b], scalars[1 - source, b]  # (heads, T, J)
                early = room.delayed(said[:c].reshape(3 * c, frames, joints)).reshape(c, 3, rows, frames)
                late = heard[c : 2 * c]
                np.matmul(early[:, :2, None], late[:, None, :2], out=level.reshape(c, 2, 2, rows, joints))
                np.matmul(early[:, 2], late[:, 2], out=both[:c].reshape(c, rows, joints))
                np.matmul(room.delayed(said_of[:s]), heard_of[s : 2 * s], out=both[c:].reshape(s, rows, joints))
                if x:
                    source_x, target_x = said[2 * c : 2 * c + x] * sides[source], heard[2 * c + x :] * sides[1 - source]
                    said_x, heard_x = said_of[2 * s : 2 * s + x], heard_of[2 * s + x :]
                    np.matmul(room.delayed(said_x)[:, None], target_x, out=spoken.reshape(x, 3, rows, joints))
                    early = room.delayed(source_x.reshape(3 * x, frames, joints)).reshape(x, 3, rows, frames)
                    np.matmul(early, heard_x[:, None], out=shown.reshape(x, 3, rows, joints))
                np.matmul(self.turn, room.volume, out=room.turned)
                turned, straight = np.split(room.turned, [self.channels])
                np.square(turned, out=turned)
                mixed = np.matmul(self.squared, turned, out=room.mixed)
                mixed += straight
                relu(mixed)
                # Backwards, so that bin 0 is lag 0.
                lags[source, b] = (self.lag @ mixed).reshape(self.count, -1)[::-1][-self.low : self.lags - self.low]
                np.matmul(mixed.reshape(-1, joints * joints).T, self.flat, out=pairs[source, b])
        self._rooms.append(room)
        pairs += self.flat_bias
        shape = (2 * batch, joints, joints, -1)
        return pairs.reshape(shape), lags.swapaxes(-1, -2).reshape(shape)


class _Room:
    """The memory that a volume works in. It is kept from window to window: to ask the system for it anew each time takes as long as a quarter of the work."""

    def __init__(self, of: LagVolume, frames: int, joints: int) -> None:
        self.frames, self.joints, self.high = frames, joints, of.high
        heads = max(3 * of.vectors, of.scalars, 3 * of.crossed)
        cells = of.count * joints * joints
        self.padded = np.zeros((heads, frames + of.count - 1, joints), np.float32)
        step = self.padded.strides
        # Since joints lie beside each other, a frame's entries at all lags are one run of numbers: L frames from the one at the longest delay on.
        self.runs = as_strided(self.padded, (heads, frames, of.count * joints), (step[0], step[1], step[2]), writeable=False)
        self.early = np.empty(self.runs.shape, np.float32)
        self.volume = np.empty((of.channels + 1, cells), np.float32)
        self.volume[-1] = 1.0
        self.turned = np.empty((of.channels + of.mixed, cells), np.float32)
        self.mixed = np.empty((of.mixed, cells), np.float32)

    def delayed(self, signals: Floats) -> Floats:
        """(heads, T, J) → (heads, L·J, T): entry l·J + j at frame t is joint j, delayed by high − l samples, 0 outside; good until the next call."""
        heads = len(signals)
        self.padded[:heads, self.high : self.high + self.frames] = signals
        np.copyto(self.early[:heads], self.runs[:heads])
        return self.early[:heads].swapaxes(-1, -2)
