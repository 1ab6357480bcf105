"""From what a model says of single windows to a confidence over time that keeps its word: blending of overlapping windows, and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..model.config import CONFIG


@dataclass(frozen=True)
class Calibration:
    """How a model's probability becomes confidence: windows less than *lasts* seconds apart are blended, then the log odds go through a broken line.

    Fitted on planted duets of takes that are neither trained nor tested on (`evaluation.calibration`), blended as here.

    Attributes:
        odds, to: the line's corners, ascending: these log odds become those. Without any, odds stay what they are. Below the first corner the line goes
            on with slope 1, above the last one it is level: nobody has measured how much surer one may be.
        lasts: seconds.
    """

    odds: tuple[float, ...] = ()
    to: tuple[float, ...] = ()
    lasts: float = 2.0

    def __post_init__(self) -> None:
        if len(self.odds) != len(self.to) or any(a > b for line in (self.odds, self.to) for a, b in pairwise(line)):
            raise ValueError("the corners of a calibration must be pairs that ascend")

    def over_time(self, probability: NDArray, seen: NDArray[np.bool_], centre_seconds: NDArray[np.float64]) -> NDArray[np.float32]:
        """Log odds of the confidence of *probability* (W, …) in windows around *centre_seconds* (W,), those *seen* (W, …) alone blended."""
        return self.of_window(blended(probability, seen, centre_seconds, self.lasts))

    def of_window(self, probability: NDArray) -> NDArray[np.float32]:
        """Log odds of the confidence of a *probability* that is blended already, or never will be."""
        odds = log_odds(probability)
        if not self.odds:
            return odds.astype(np.float32)
        below = np.minimum(odds - self.odds[0], 0.0)
        return (np.interp(odds, self.odds, self.to) + below).astype(np.float32)


def read_calibration(config: Mapping[str, Any], folder: Path) -> Calibration:
    """The calibration in a trained model's *config*; one that changes nothing where there is none. Raises InputError where it is damaged."""
    about = config.get("extra", {}).get("calibration", {})
    try:
        if unknown := set(about) - {field.name for field in fields(Calibration)}:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        odds, to = (tuple(map(float, about.get(name, ()))) for name in ("odds", "to"))
        return Calibration(odds, to, float(about.get("lasts", Calibration.lasts)))
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"the calibration cannot be read ({error})", file=folder / CONFIG, place="calibration", remedy="train the model anew"
        ) from None


def log_odds(probability: NDArray) -> NDArray:
    p = np.clip(np.asarray(probability, np.float64), 1e-7, 1 - 1e-7)
    return np.log(p / (1 - p))


def logistic(odds: NDArray) -> NDArray:
    return 1 / (1 + np.exp(-odds))


def blended(values: NDArray, seen: NDArray[np.bool_], centre_seconds: NDArray[np.float64], seconds: float) -> NDArray[np.float32]:
    """The mean of *values* (W, …) over windows around *centre_seconds* (W,), ascending, with weights that fall linearly to 0 at *seconds*.

    Only windows in which a value was *seen* (W, …) count; 0 where none does. Past and future count alike, so nothing is delayed: a step becomes a ramp
    of twice *seconds* whose middle stays where the step was.
    """
    first = np.searchsorted(centre_seconds, centre_seconds - seconds, side="right")
    last = np.maximum(np.searchsorted(centre_seconds, centre_seconds + seconds, side="left"), np.arange(len(centre_seconds)) + 1)
    first = np.minimum(first, np.arange(len(centre_seconds)))
    result = np.empty(values.shape, np.float32)
    flat, known, out = (a.reshape(len(a), -1) for a in (values, seen, result))
    for window, (a, b) in enumerate(zip(first, last, strict=True)):
        weight = 1 - np.abs(centre_seconds[a:b] - centre_seconds[window]) / seconds if seconds > 0 else np.ones(1)
        if known[a:b].all():
            out[window] = weight @ flat[a:b] / weight.sum()
        else:
            out[window] = weight @ np.where(known[a:b], flat[a:b], 0) / np.maximum(weight @ known[a:b], 1e-9)
    return result
