"""A run's curves as one picture: a panel for each thing that is watched, drawn with the project's own rasteriser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reports.palette import DANCERS, FAINT, GRADES, INK, MUTED, RULE
from ..reports.png import Raster

_WIDE, _HIGH, _COLUMNS = 430.0, 236.0, 2
_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 20.0, 50.0, 30.0
TRAINING, VALIDATION = DANCERS[1], DANCERS[0]
_ALMOST_BLACK, _GREEN, _OCHRE = INK, GRADES["clean"], GRADES["fair"]


@dataclass(frozen=True)
class Panel:
    """A title and its curves: (key of a row, what to call it, colour). *log*: on a logarithmic scale; *range*: fixed ends."""

    title: str
    curves: tuple[tuple[str, str, str], ...]
    log: bool = False
    range: tuple[float, float] | None = None


PANELS: tuple[Panel, ...] = (
    Panel("Loss", (("train/loss", "training", TRAINING), ("validation/loss", "validation", VALIDATION))),
    Panel(
        "Planted connections found",
        (("validation/auroc", "AUROC", TRAINING), ("validation/auprc", "AUPRC", VALIDATION), ("validation/direction", "direction", _GREEN),
         ("validation/kind_accuracy", "kind", _OCHRE)),
        range=(0.0, 1.0),
    ),
    Panel(
        "Supervised loss, nats for each connection",
        (("train/planted_loss", "training", TRAINING), ("validation/planted_loss", "validation", VALIDATION)),
    ),
    Panel(
        "Reconstruction",
        (("train/reconstruction", "training", TRAINING), ("validation/reconstruction", "validation", VALIDATION)),
    ),
    Panel(
        "Prediction after 10 frames, metres",
        (("validation/error_10", "model", VALIDATION), ("validation/velocity_10", "same velocity", MUTED),
         ("validation/persistence_10", "standing still", _OCHRE)),
    ),
    Panel(
        "Divergence from the prior, nats for each edge",
        (("train/kl", "training", TRAINING), ("validation/kl", "validation", VALIDATION)),
    ),
    Panel("Distance from the prior", (("train/prior_distance", "mean, training", TRAINING), ("validation/prior_distance_most", "most, validation", VALIDATION)),
          range=(0.0, 1.0)),
    Panel(
        "Calibration error on validation",
        (("validation/ece_shown", "of what exceeds 0.1", VALIDATION), ("validation/ece", "of all candidates", TRAINING)),
    ),
    Panel("Learning rate", (("lr", "learning rate", _ALMOST_BLACK),)),
    Panel("Length of the gradient", (("train/gradient", "training", TRAINING),), log=True),
)  # fmt: skip


def picture(rows: Sequence[Mapping[str, Any]], title: str = "") -> bytes:
    """The curves of *rows* (of ``metrics.jsonl``) as a PNG; panels that nothing was measured for are left out."""
    shown = [panel for panel in PANELS if any(_points(rows, key).size for key, _, _ in panel.curves)]
    lines = math.ceil(len(shown) / _COLUMNS) or 1
    head = 44.0
    raster = Raster(_WIDE * _COLUMNS, head + _HIGH * lines, scale=2.0)
    raster.text((_LEFT, 28), f"{title or 'Training'}, by epoch", 15, INK)
    for number, panel in enumerate(shown):
        _panel(raster, panel, rows, _WIDE * (number % _COLUMNS), head + _HIGH * (number // _COLUMNS))
    return raster.png()


def _panel(raster: Raster, panel: Panel, rows: Sequence[Mapping[str, Any]], left: float, top: float) -> None:
    curves = [(points, name, colour) for key, name, colour in panel.curves if (points := _points(rows, key)).size]
    ticks = _ticks(np.concatenate([points[:, 1] for points, _, _ in curves]), panel)
    first, last = min(p[0, 0] for p, _, _ in curves), max(p[-1, 0] for p, _, _ in curves)
    x0, x1, y0, y1 = left + _LEFT, left + _WIDE - _RIGHT, top + _HIGH - _BOTTOM, top + _TOP

    def along(epoch: Any) -> Any:
        return x0 + (x1 - x0) * ((epoch - first) / (last - first) if last > first else 0.5 + 0 * epoch)

    def above(value: Any) -> Any:
        low, high, at = (np.log10(np.maximum(v, 1e-12)) if panel.log else np.asarray(v) for v in (ticks[0], ticks[-1], value))
        return y0 + (y1 - y0) * np.clip((at - low) / (high - low), 0, 1)

    raster.text((x0, top + 14), panel.title, 11.5, INK)
    at = x0
    for _, name, colour in curves:
        raster.line([(at, top + 30), (at + 12, top + 30)], colour, 2.4)
        raster.text((at + 17, top + 34), name, 10, MUTED)
        at += 17 + 6.6 * len(name) + 14
    for tick in ticks:
        y = float(above(tick))
        raster.line([(x0, y), (x1, y)], RULE if tick == ticks[0] else FAINT, 1)
        raster.text((x0 - 7, y + 3.5), _number(tick), 9.5, MUTED, "end")
    for epoch in _epochs(first, last):
        raster.text((float(along(epoch)), y0 + 15), f"{epoch:g}", 9.5, MUTED, "middle")
    for points, _, colour in curves:
        line = np.stack([along(points[:, 0]), above(points[:, 1])], axis=1)
        raster.line(line, colour, 1.8)
        if len(points) <= 30:
            for x, y in line:
                raster.dot((float(x), float(y)), 2.2, colour)


def _points(rows: Sequence[Mapping[str, Any]], key: str) -> NDArray[np.float64]:
    """(N, 2) epoch and value, where it was measured."""
    found = [(row["epoch"], row[key]) for row in rows if isinstance(row.get(key), (int, float))]
    return np.array(found, np.float64).reshape(-1, 2)


def _ticks(values: NDArray[np.float64], panel: Panel) -> list[float]:
    """Round numbers from below all *values* to above them. Long runs are scaled to what comes after the first fall."""
    if panel.range:
        return [panel.range[0] + (panel.range[1] - panel.range[0]) * n / 4 for n in range(5)]
    low, high = float(values.min()), float(values.max())
    if panel.log:
        low, high = max(low, 1e-9), max(high, 2e-9)
        for within in ((1, 10), (1, 3, 10), (1, 2, 5, 10), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10)):
            decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            every = sorted({float(f"{w * 10.0**d:.3g}") for d in decades for w in within})
            below, over = max(t for t in every if t <= low * 1.0001), min(t for t in every if t >= high * 0.9999)
            ticks = [t for t in every if below <= t <= over]
            if len(ticks) >= 3:
                return ticks
        return [low / 2, low, 2 * high]
    if len(values) > 20:
        high = min(high, float(np.quantile(values, 0.9)) * 2 - float(np.median(values)))
        high = max(high, low + 1e-9)
    if 0 < low < 0.5 * high:
        low = 0.0
    if high - low < 1e-9:
        low, high = low - max(abs(low) * 0.1, 1e-6), high + max(abs(high) * 0.1, 1e-6)
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999)
    start, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [n * step for n in range(start, end + 1)]


def _epochs(first: float, last: float) -> list[float]:
    """Up to six whole epochs from *first* to *last*."""
    step = max(1, math.ceil((last - first) / 5))
    for nice in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        if nice >= step:
            step = nice
            break
    inner = [e for e in range(int(first) // step * step, int(last) + 1, step) if e > first]
    return [first, *inner]


def _number(value: float) -> str:
    if abs(value) < 1e-12:
        return "0"
    if not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}".replace(".0e", "e").replace("e-0", "e-").replace("e+0", "e")
    return f"{value:.4g}"
