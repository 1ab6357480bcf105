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
_LEFT, _RIGHT, _TOP, _BOTTOM, _HEAD = 50.0, 16.0, 46.0, 44.0, 62.0
_BEST, _OTHER = DANCERS[0], DANCERS[1]


def picture(
    trials: Sequence[Trial], parameters: Sequence[Parameter], figure: str, importance: Mapping[str, float], *, more_is_better: bool
) -> bytes:
    """The PNG. Filled dots are trials that came to their end, hollow ones were ended early; the best one is in its own colour."""
    seen = [trial for trial in trials if trial.value is not None and trial.state in (DONE, ENDED)]
    order = sorted(parameters, key=lambda one: -importance.get(one.name, 0.0))
    lines = math.ceil((1 + len(order)) / _COLUMNS)
    raster = Raster(_WIDE * _COLUMNS, _HEAD + _HIGH * lines, scale=2.0)
    raster.text((_LEFT, 26), f"Sweep: {figure} on validation, {'more' if more_is_better else 'less'} is better", 15, INK)
    at = _LEFT
    for hollow, colour, words in ((False, _BEST, "the best"), (False, _OTHER, "to its end"), (True, _OTHER, "ended early")):
        raster.dot((at + 4, 45), 3.2, colour, hollow=hollow)
        raster.text((at + 13, 48.5), words, 10, MUTED)
        at += 13 + 6.6 * len(words) + 18
    raster.line([(at, 45), (at + 14, 45)], _OTHER, 1.6, 0.5)
    raster.text((at + 20, 48.5), "median", 10, MUTED)
    if not seen:
        raster.text((_LEFT, _HEAD + 40), "no trial has come to a figure yet", 12, MUTED)
        return raster.png()
    pick = max if more_is_better else min
    done = [trial for trial in seen if trial.state == DONE] or seen
    best = pick(done, key=lambda trial: trial.value or 0.0)
    values = np.array([trial.value for trial in seen], np.float64)
    # Runs that failed badly must not flatten all others.
    low, high = float(np.quantile(values, 0.0 if not more_is_better else 0.05)), float(np.quantile(values, 1.0 if more_is_better else 0.95))
    ticks = _ticks(low, high)
    for number, one in enumerate([None, *order]):
        frame = _Frame(raster, _WIDE * (number % _COLUMNS), _HEAD + _HIGH * (number // _COLUMNS), ticks)
        if one is None:
            _history(frame, seen, best, pick)
        else:
            share = f", decides {importance[one.name]:.0%}" if one.name in importance else ""
            _setting(frame, one, seen, best, f"{one.name}{share}")
    return raster.png()


class _Frame:
    """A panel's axes: from the first of *ticks* to the last upwards, 0 to 1 along."""

    def __init__(self, raster: Raster, left: float, top: float, ticks: Sequence[float]) -> None:
        self.raster, self.low, self.high = raster, ticks[0], ticks[-1]
        self.x0, self.x1 = left + _LEFT, left + _WIDE - _RIGHT
        self.y0, self.y1 = top + _HIGH - _BOTTOM, top + _TOP
        for tick in ticks:
            y = self.above(tick)
            raster.line([(self.x0, y), (self.x1, y)], RULE if tick == ticks[0] else FAINT, 1)
            raster.text((self.x0 - 7, y + 3.5), f"{tick:.4g}", 9.5, MUTED, "end")

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


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from below *low* to above *high*, three to six of them."""
    rough = max(high - low, 1e-6, 1e-3 * abs(high)) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(share * power for share in (1, 2, 2.5, 5, 10) if share * power >= rough * 0.999)
    return [n * step for n in range(math.floor(low / step), math.ceil(high / step + 1e-9) + 1)]


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
            text = shown(value).strip("[]")
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
    ticks = [one.low, math.sqrt(one.low * one.high) if one.log else (one.low + one.high) / 2, one.high]
    if one.step and (one.high - one.low) / one.step < 6:
        ticks = list(np.arange(one.low, one.high + one.step / 2, one.step))
    for tick in ticks:
        frame.mark(((math.log(tick) if one.log else tick) - low) / (high - low), f"{tick:.3g}")
    for trial in (*(t for t in seen if t is not best), best):
        at = trial.parameters.get(one.name)
        if isinstance(at, (int, float)):
            frame.dot(((math.log(at) if one.log else float(at)) - low) / (high - low), trial, best=trial is best)
