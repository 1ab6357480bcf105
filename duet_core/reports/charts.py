"""The quality report's charts: what `quality.measure` found, with units on every axis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..quality import Quality
from .palette import DANCERS, FAINT, INK, MUTED, RULE
from .svg import Svg

WIDTH = 440.0
"""Of a chart: as it stands on a phone; wide screens set two beside each other."""

_LEFT, _RIGHT = 40.0, 12.0
_MOST_ROWS = 18
_STEADY = 0.003
"""Variation of a bone's length below which there is nothing to show: rounding in a file makes as much."""

_ROW = 17.0
_LANE = 15.0


def over_time(quality: Quality) -> str | None:
    """The distance between the dancers over time, and when what went wrong; None where there is neither."""
    lanes = [
        (name, runs)
        for name, runs in (
            ("on one person", quality.double),
            ("names exchanged", quality.swaps),
            ("jumps", quality.jumps),
            ("leaps that stay", quality.shifts),
        )
        if runs
    ]
    apart = quality.distance if not quality.no_placement else quality.distance[:0]
    plot = 190.0 if apart.size else 0.0
    height = plot + 30 + (len(lanes) * (_LANE + 10) + 8 if lanes else 0)
    if not lanes and not plot:
        return None
    svg = Svg(WIDTH, height, "Distance between the dancers over time" if plot else "When something went wrong")
    seconds = max(quality.duration, 1e-9)
    width = WIDTH - _LEFT - _RIGHT

    def x(second: float) -> float:
        return _LEFT + width * second / seconds

    bottom = 22 + plot - 34 if plot else 4.0
    if plot:
        known = apart[~np.isnan(apart)]
        top_value, step = ticks(float(known.max()) if known.size else 1.0)
        svg.text((0, 10), "metres", 11, MUTED)
        for value in np.arange(0, top_value + step / 2, step):
            y = bottom - (bottom - 22) * value / top_value
            svg.line([(_LEFT, y), (WIDTH - _RIGHT, y)], RULE if value == 0 else FAINT, 1)
            svg.text((_LEFT - 8, y + 4), f"{value:g}", 11, MUTED, "end")
        svg.line(
            np.stack([_LEFT + width * quality.distance_time / seconds, bottom - (bottom - 22) * apart / top_value], axis=1),
            INK,
            1.4,
        )
    else:
        svg.line([(_LEFT, bottom), (WIDTH - _RIGHT, bottom)], RULE, 1)
    _, step = ticks(seconds, 5)
    for value in np.arange(0, seconds * 1.0001, step):
        last = value + step > seconds
        svg.text((x(value), bottom + 16), f"{value:g}" + (" s" if last else ""), 11, MUTED, "middle" if value else "start")
    y = bottom + 36
    for name, runs in lanes:
        svg.text((_LEFT, y), f"{name} · {_times(len(runs))}", 11, MUTED)
        svg.box(_LEFT, y + 5, width, 6, FAINT)
        # Runs closer than a pixel are one mark: an hour may have thousands.
        spans: list[list[float]] = []
        for start, end in runs:
            a = x(start / quality.fps)
            b = max(x(end / quality.fps), a + 1.5)
            if spans and a - spans[-1][1] < 0.5:
                spans[-1][1] = max(spans[-1][1], b)
            else:
                spans.append([a, b])
        for a, b in spans:
            svg.box(a, y + 5, min(b, WIDTH - _RIGHT) - a, 6, "#b04a3a")
        y += _LANE + 10
    return str(svg)


def missing(quality: Quality) -> str | None:
    """The share of unknown frames by joint; None where nothing is missing."""
    if quality.missing_share == 0:
        return None
    some = np.flatnonzero(quality.missing.max(axis=0) > 0)
    names = [quality.joints[j] for j in some]
    return _dots("Unknown positions by joint, per cent of the frames", names, 100 * quality.missing[:, some], "%", len(quality.dancers))


def bone_variation(quality: Quality) -> str | None:
    """How much each bone's length varies; None without bones, and where none varies to speak of."""
    if not quality.bones or not np.nanmax(quality.bone_variation, initial=0.0) > _STEADY:
        return None
    return _dots("Variation of bone lengths, per cent", quality.bones, 100 * quality.bone_variation, "%", len(quality.dancers))


def jitter(quality: Quality) -> str | None:
    """The unsteadiness of each joint; None where the take is too short to tell."""
    if np.isnan(quality.jitter).all():
        return None
    return _dots("Jitter by joint, millimetres", quality.joints, 1000 * quality.jitter, "mm", len(quality.dancers))


def _dots(title: str, names: Sequence[str], values: NDArray[np.float64], unit: str, dancers: int) -> str:
    """A dot for each dancer in a row for each name, the largest first; *values* (D, N)."""
    worst = np.where(np.isnan(values), -1.0, values).max(axis=0)
    rows = [int(i) for i in np.argsort(-worst, kind="stable") if worst[i] >= 0]
    left_out = len(rows) - _MOST_ROWS
    if left_out > 0:
        rows = rows[:_MOST_ROWS]
    top_value, step = ticks(float(worst.max()))
    label = min(182.0, 14 + 6.4 * max(len(_name(names[i])) for i in rows))
    foot = 22 if left_out > 0 else 4
    svg = Svg(WIDTH, 24 + _ROW * len(rows) + foot, title)
    bottom = 22 + _ROW * len(rows)

    def x(value: float) -> float:
        return label + (WIDTH - label - 34) * value / top_value

    for value in np.arange(0, top_value + step / 2, step):
        svg.line([(x(value), 18), (x(value), bottom)], RULE if value == 0 else FAINT, 1)
        svg.text((x(value), 11), f"{value:g} {unit}" if value + step > top_value + step / 2 else f"{value:g}", 11, MUTED, "middle")
    for k, row in enumerate(rows):
        y = 22 + _ROW * (k + 0.5)
        svg.text((label - 10, y + 4), _name(names[row]), 11, INK, "end")
        there = [d for d in range(dancers) if not np.isnan(values[d, row])]
        svg.line([(x(0), y), (x(max(values[d, row] for d in there)), y)], RULE, 1.2)
        for d in sorted(there, key=lambda d: -values[d, row]):
            svg.dot((x(values[d, row]), y), 4.2, DANCERS[d])
    if left_out > 0:
        rest = float(np.sort(worst)[::-1][_MOST_ROWS])
        svg.text((label, bottom + 16), f"{left_out} more below {_nice(rest)} {unit}", 11, MUTED)
    return str(svg)


def ticks(highest: float, count: int = 4) -> tuple[float, float]:
    """A round number at or above *highest*, and a round step of which about *count* lead there."""
    if not highest > 0:
        return 1.0, 0.5
    rough = highest / count
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(s * power) for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    return float(np.ceil(highest / step - 1e-6)) * step, step


def _nice(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.1 else "0.1"


def _name(name: str) -> str:
    text = name.replace("_", " ")
    return text if len(text) <= 26 else text[:25] + "…"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
