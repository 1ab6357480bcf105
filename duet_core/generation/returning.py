"""A variation led back to what it varies: it may go and turn its own way, but not further and further from where the dancer was and faced.

Each window goes on from where the one before it came to, so that small differences of turns would add up until the dancer has the back to everything.
Only the body's way over the floor and the way it faces are changed, as slowly as steps can follow; feet are set down again afterwards (`contact`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..posing.pose import smoothed
from .meeting import FACING_SECONDS, SLOWLY, SPINS, TURN, WALK

Array = NDArray[np.float64]

BACK_SECONDS, NEARER_SECONDS = 0.6, 2.0
"""In which a dancer would turn back, and walk back, were there no limit to how fast."""
SOON_SECONDS = 0.5
"""How far ahead is seen where the dancer will face."""


def led_back(motion: NDArray, original: NDArray, fps: float) -> Array:
    """*motion* (T, D, C) in channels, placed in the room, whose dancers turn and walk back towards where those of *original* (T, D, C) face and are."""
    result = np.array(motion, np.float64)
    frames = min(len(motion), len(original))
    for d in range(result.shape[1]):
        result[:frames, d] = _led(result[:frames, d], np.asarray(original[:frames, d], np.float64), fps)
        gap = result[frames - 1, d] - motion[frames - 1, d]
        result[frames:, d, -4:-2] += gap[-4:-2]
        result[frames:, d, -1] += gap[-1]
    return result


def _led(x: Array, wanted: Array, fps: float) -> Array:
    """One dancer (T, C), led back to *wanted* (T, C)."""
    own, theirs = (smoothed(np.unwrap(some[:, -1]), FACING_SECONDS * fps) for some in (x, wanted))
    # Who spins is left to it, and nobody spins after an original that does.
    free = 1 / (1 + np.square(np.gradient(own) * fps / SPINS) + np.square(np.gradient(theirs) * fps / SPINS))
    ahead = np.minimum(np.arange(len(x)) + round(SOON_SECONDS * fps), len(x) - 1)
    off = (theirs - own)[ahead]
    steps = np.diff(x[:, -4:-2], axis=0, prepend=x[:1, -4:-2])
    place, turn, turning, walking = x[0, -4:-2].copy(), 0.0, 0.0, np.zeros(2)
    result, soon = x.copy(), 1 / (SLOWLY * fps)
    for t in range(len(x)):
        error = (off[t] - turn + np.pi) % (2 * np.pi) - np.pi
        turning += soon * (float(np.clip(error / BACK_SECONDS, -TURN, TURN)) * free[t] - turning)
        turn += turning / fps
        way = (wanted[t, -4:-2] - place) / NEARER_SECONDS
        walking += soon * (way * min(1.0, WALK / max(float(np.hypot(*way)), 1e-9)) - walking)
        c, s = np.cos(turn), np.sin(turn)
        place = place + walking / fps + np.array([c * steps[t, 0] - s * steps[t, 1], s * steps[t, 0] + c * steps[t, 1]])
        result[t, -4:-2] = place
        result[t, -1] += turn
    return result
