"""The seconds that each window speaks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..connections import Connections


def borders(connections: Connections) -> NDArray[np.float64]:
    """(W + 1,) seconds: window w speaks from ``[w]`` to ``[w + 1]``, halfway to its neighbours' centres; the first and the last to their own ends."""
    if not connections.windows:
        return np.zeros(1)
    centres = connections.centres + 0.5
    ends = [float(connections.window_start.min())], (centres[1:] + centres[:-1]) / 2, [float(connections.window_end.max())]
    return np.concatenate(ends) / connections.fps
