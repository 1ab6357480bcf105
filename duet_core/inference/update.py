"""Inference again after an edit: what a model said of windows that are still the same is kept, and only the others are asked anew.

A window is known again by its very content, so nobody has to say what was edited, and what comes out is what a full inference gives: windows are
blended, compared with the take shifted in time and relieved of echoes anew each time (that is quick, and an edit reaches a few seconds beyond itself
there), only the model's answers are kept. Undo, a second duet of the same motion, or another threshold find everything known already.

What is kept is lost with the session; the first inference after that is a full one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

LARGEST = 256 << 20
"""Bytes kept at most: half an hour of two dancers with 29 joints, and more of fewer joints."""

Told = tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.float32]]
"""Of n windows: type probabilities (n, 2, J, J, K), kinds and lags (n, 2, J, J)."""


class Kept:
    """What models said of windows.

    Args:
        largest: bytes that are kept at most. What was of no use in the last inference goes first; what has no room is not kept.
    """

    def __init__(self, largest: int = LARGEST) -> None:
        self.largest = largest
        self.asked = self.known = 0
        self._said: dict[bytes, Told] = {}
        self._used: dict[bytes, int] = {}
        self._bytes = self._run = 0
        self._about = b""

    def __len__(self) -> int:
        return len(self._said)

    def begin(self, about: str, *shape: NDArray) -> None:
        """An inference begins, by the model and on the body that *about* and *shape* tell; counts *asked* and *known* windows from here."""
        self._run += 1
        self.asked = self.known = 0
        self._about = about.encode() + b"".join(np.ascontiguousarray(part).tobytes() for part in shape)

    def told(self, windows: NDArray[np.float32], besides: NDArray, ask: Callable[[NDArray[np.float32], NDArray], Told]) -> Told:
        """What is said of *windows* (n, …), with *besides* (n, …) that it depends on too; *ask* is called with those of both that are not known."""
        keys = [self._key(window, more) for window, more in zip(windows, besides, strict=True)]
        missing = np.array([row for row, key in enumerate(keys) if key not in self._said], np.int64)
        fresh: dict[int, Told] = {}
        if len(missing):
            types, kind, lag = ask(windows[missing], besides[missing])
            fresh = {int(row): (types[n], kind[n], lag[n]) for n, row in enumerate(missing)}
        self.asked += len(missing)
        self.known += len(keys) - len(missing)
        parts = [fresh[row] if row in fresh else self._said[key] for row, key in enumerate(keys)]
        for row, key in enumerate(keys):
            if row in fresh:
                self._keep(key, fresh[row])
            if key in self._said:
                self._used[key] = self._run
        types, kind, lag = (np.stack(part) for part in zip(*parts, strict=True))
        return types, kind, lag

    def clear(self) -> None:
        """Forget everything."""
        self._said.clear()
        self._used.clear()
        self._bytes = 0

    def _key(self, window: NDArray[np.float32], besides: NDArray) -> bytes:
        digest = hashlib.blake2b(self._about, digest_size=16)
        digest.update(np.ascontiguousarray(window).tobytes())
        digest.update(np.ascontiguousarray(besides).tobytes())
        return digest.digest()

    def _keep(self, key: bytes, told: Told) -> None:
        if key in self._said:
            return
        size = sum(part.nbytes for part in told)
        if self._bytes + size > self.largest:
            for old in [old for old, run in self._used.items() if run < self._run - 1]:
                self._forget(old)
        if self._bytes + size <= self.largest:
            # Copies: a row of an array keeps the whole array alive.
            types, kind, lag = told
            self._said[key] = (types.copy(), kind.copy(), lag.copy())
            self._bytes += size

    def _forget(self, key: bytes) -> None:
        self._bytes -= sum(part.nbytes for part in self._said.pop(key))
        del self._used[key]
