"""A magnifying glass on the forearms and hands: space in which an even grid is finer there, without a seam."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_STEPS = 64


class Lens:
    """Space seen magnified along two arms that reach outwards, the right one to −X, the left one to +X, where nothing else of the body is.

    Args:
        arms: elbow and wrist (3,) of the right and of the left arm.
        strength: magnification at the wrist and beyond; it grows from 1 along the forearm.
    """

    def __init__(self, arms: tuple[tuple[Array, Array], tuple[Array, Array]], strength: float) -> None:
        self.arms = arms
        self.strength = strength
        reach = 0.6 * max(abs(float(wrist[0] - elbow[0])) for elbow, wrist in arms) + 1.0
        right, left = (float(wrist[0]) for _, wrist in arms)
        at = [np.linspace(float(elbow[0]), float(wrist[0]), _STEPS) for elbow, wrist in arms]
        self.x = np.concatenate([[right - reach], at[0][::-1], at[1], [left + reach]])
        power = self._power(self.x)
        steps = np.diff(self.x) * (power[1:] + power[:-1]) / 2
        self.seen_x = np.concatenate([[0.0], np.cumsum(steps)])
        self.seen_x += at[0][0] - self.seen_x[_STEPS]  # unmagnified between the elbows

    def _power(self, x: Array) -> Array:
        power = np.ones_like(x)
        for elbow, wrist in self.arms:
            share = np.clip((x - elbow[0]) / (wrist[0] - elbow[0]) * 1.1 - 0.1, 0.0, 1.0)
            power += (self.strength - 1.0) * share * share * (3 - 2 * share)
        return power

    def real(self, seen: Array) -> Array:
        """Where the points *seen* (N, 3) through the lens really are."""
        x = np.interp(seen[:, 0], self.seen_x, self.x)
        power = self._power(x)
        result = seen.copy()
        result[:, 0] = x
        for elbow, wrist in self.arms:
            here = (x - elbow[0]) / (wrist[0] - elbow[0])
            mine = here > 0
            middle = elbow[1:] + here[mine, None] * (wrist - elbow)[1:]
            result[mine, 1:] = middle + (seen[mine, 1:] - middle) / power[mine, None]
        return result

    def box(self, low: Array, high: Array) -> tuple[Array, Array]:
        """The box *low*..*high* as seen through the lens (arms must not reach its other faces)."""
        low, high = low.copy(), high.copy()
        low[0], high[0] = np.interp([low[0], high[0]], self.x, self.seen_x)
        return low, high
