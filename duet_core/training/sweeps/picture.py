"""A sweep as one picture: how the figure rose from trial to trial, and how it hangs on each setting. Drawn with the project's own rasteriser."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...reports.palette import DANCERS, FAINT, INK, MUTED, RULE
from ...reports.png import Raster
from .results import shown
from .space import Choices, Parameter
from .study import DONE, ENDED, Trial

_WIDE, _HIGH, _COLUMNS = 330.0, 230.0, 3
_LEFT, _RIGHT, _TOP, _BOTTOM, _HEAD = 50.0, 16.0, 46.0, 44.0, 50.0
_BEST, _OTHER = DANCERS[0], DANCERS[1]


def picture(
    trials: Sequence[Trial], parameters: Sequence[Parameter], figure: str, importance: Mapping[str, float], *, more_is_better: bool
) -> bytes:
    """The PNG. Filled dots are trials that came to their end, hollow ones were ended early; the best one is in its own colour."""
    seen = [trial for trial in trials if trial.value is not None and trial.state in (DONE, ENDED)]
    order = sorted(parameters, key=lambda one: -importance.get(one.name, 0.0))
    lines = math.ceil((1 + len(order)) / _COLUMNS)
    raster = Raster(_WIDE * _COLUMNS, _HEAD + _HIGH * lines, scale=2.0)
    raster.text((_LEFT, 30), f"Sweep: {figure} on validation, {'more' if more_is_better else 'less'} is better", 15, INK)
    if not seen:
        raster.text((_LEFT, _HEAD + 40), "no trial has come to a figure yet", 12, MUTED)
        return raster.png()
    pick = max if more_is_better else min
    done = [trial for trial in seen if trial.state == DONE] or seen
    best = pick(done, key=lambda trial: trial.value or 0.0)
    values = np.array([trial.value for trial in seen], np.float64)
    # Runs that failed badly must not flatten all others.
    low, high = float(np.quantile(values, 0.0 if not more_is_better else 0.05)), float(np.quantile(values, 1.0 if more_is_better else 0.95))
    room = max(high - low, 1e-6, 1e-3 * abs(high)) * 0.08
    low, high = low - room, high + room
    for number, one in enumerate([None, *order]):
        frame = _Frame(raster, _WIDE * (number % _COLUMNS), _HEAD + _HIGH * (number // _COLUMNS), low, high)
        if one is None:
            _history(frame, seen, best, pick)
        else:
            share = f", decides {importance[one.name]:.0%}" if one.name in importance else ""
            _setting(frame, one, seen, best, f"{one.name}{share}")
    return raster.png()


class _Frame:
    """A panel's axes: *low* to *high* upwards, 0 to 1 along."""

    def __init__(self, raster: Raster, left: float, top: float, low: float, high: float) -> None:
        self.raster, self.low, self.high = raster, low, high
        self.x0, self.x1 = left + _LEFT, left + _WIDE - _RIGHT
        self.y0, self.y1 = top + _HIGH - _BOTTOM, top + _TOP
        for tick in np.linspace(low, high, 4):
            y = self.above(float(tick))
            raster.line([(self.x0, y), (self.x1, y)], RULE if tick == low else FAINT, 1)
            raster.text((self.x0 - 7, y + 3.5), f"{tick:.3g}", 9.5, MUTED, "end")

    def above(self, value: float) -> float:
        return self.y0 + (self.y1 - self.y0) * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def along(self, share: float) -> float:
        return self.x0 + (self.x1 - self.x0) * (0.05 + 0.9 * share)

    def title(self, text: str) -> None:
        self.raster.text((self.x0, self.y1 - 16), text, 11.5, INK)

    def dot(self, share: float, trial: Trial, *, best: bool) -> None:
        at = (self.along(share), self.above(trial.value or 0.0))
        self.raster.dot(at, 4.6 if best else 3.2, _BEST if best else _OTHER, hollow=trial.state != DONE)

    def mark(self, share: float, text: str) -> None:
        self.raster.text((self.along(share), self.y0 + 16), text, 9.5, MUTED, "middle")


def _history(frame: _Frame, seen: Sequence[Trial], best: Trial, pick: Callable[..., float]) -> None:
    frame.title("Trial by trial, and the best so far")
    last = max(max(trial.number for trial in seen), 1)
    record: float | None = None
    line: list[tuple[float, float]] = []
    for trial in seen:
        if trial.state == DONE and trial.value is not None:
            before, record = record, trial.value if record is None else pick(record, trial.value)
            at = frame.along(trial.number / last)
            if before is not None:
                line.append((at, frame.above(before)))
            line.append((at, frame.above(record)))
    if record is not None:
        line.append((frame.along(1.0), frame.above(record)))
        frame.raster.line(line, _BEST, 1.4, 0.6)
    for trial in (*(one for one in seen if one is not best), best):
        frame.dot(trial.number / last, trial, best=trial is best)
    for number in sorted({0, last // 2, last}):
        frame.mark(number / last, str(number))


def _setting(frame: _Frame, one: Parameter, seen: Sequence[Trial], best: Trial, title: str) -> None:
    frame.title(title)
    if isinstance(one, Choices):
        places = {value: (n + 0.5) / len(one.values) for n, value in enumerate(one.values)}
        for value, place in places.items():
            text = shown(value)
            frame.mark(place, text if len(text) <= 60 // len(places) else f"{text[: 60 // len(places) - 1]}…")
            middle = [trial.value for trial in seen if trial.parameters.get(one.name) == value and trial.state == DONE]
            if middle:
                y = frame.above(float(np.median([v for v in middle if v is not None])))
                half = 0.3 / len(places)
                frame.raster.line([(frame.along(place - half), y), (frame.along(place + half), y)], _OTHER, 1.6, 0.5)
        for trial in (*(t for t in seen if t is not best), best):
            if trial.parameters.get(one.name) in places:
                # Trials of one choice lie beside one another, by their number.
                aside = ((trial.number * 0.618) % 1 - 0.5) * 0.4 / len(places)
                frame.dot(places[trial.parameters[one.name]] + aside, trial, best=trial is best)
        return
    low, high = (math.log(end) if one.log else float(end) for end in (one.low, one.high))
    for tick in (one.low, math.sqrt(one.low * one.high) if one.log else (one.low + one.high) / 2, one.high):
        frame.mark(((math.log(tick) if one.log else tick) - low) / (high - low), f"{tick:.3g}")
    for trial in (*(t for t in seen if t is not best), best):
        value = trial.parameters.get(one.name)
        if isinstance(value, (int, float)):
            frame.dot(((math.log(value) if one.log else float(value)) - low) / (high - low), trial, best=trial is best)
