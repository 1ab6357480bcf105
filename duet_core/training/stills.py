"""A picture of what a model finds in validation windows, as it learns: real duets above, planted ones (whose truth is known) below.

Drawn with the project's own rasteriser: training needs no Blender. The windows are the same in each picture of a run, so that they can be leafed through.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..connections import KINDS
from ..model.nri import NeuralRelationalInference
from ..reports.palette import DANCERS, FAINT, INK, MUTED, RULE
from ..reports.palette import KINDS as COLOURS
from ..reports.png import Raster
from .data import Validation
from .windows import Windows

COLUMNS = 3
"""Windows of each sort."""
SHOWN = 0.5
"""What is surer than that is drawn; the model's own confidence, not calibrated yet."""
MOST = 16
"""Threads drawn at most."""
_WIDE, _HIGH, _MARGIN, _HEAD, _FOOT = 300.0, 300.0, 24.0, 62.0, 40.0


@torch.no_grad()
def still(model: NeuralRelationalInference, windows: Validation, device: torch.device, autocast: Any, title: str) -> bytes:
    """The picture as a PNG. The model is left as it was."""
    rows = [(what, chosen) for what, some in (("real", windows.real), ("planted", windows.planted)) if (chosen := _chosen(some))]
    raster = Raster(2 * _MARGIN + COLUMNS * _WIDE, _HEAD + max(len(rows), 1) * _HIGH + _FOOT, scale=1.5)
    raster.text((_MARGIN, 30), title, 15, INK)
    raster.text(
        (_MARGIN, 50), f"connections surer than {SHOWN:g} in takes never learned from, at the middle of {_seconds(model)} s", 10.5, MUTED
    )
    if not rows:
        raster.text((_MARGIN, _HEAD + 40), "there are no validation windows", 12, MUTED)
    was_training = model.training
    model.eval()
    for row, (what, chosen) in enumerate(rows):
        for column, one in enumerate(chosen):
            confidence, kind = _found(model, one, device, autocast)
            _panel(raster, _MARGIN + column * _WIDE, _HEAD + row * _HIGH, one, confidence, kind, f"{what} duet {column + 1}")
    model.train(was_training)
    _legend(raster, _MARGIN, _HEAD + max(len(rows), 1) * _HIGH + 22, planted=any(what == "planted" for what, _ in rows))
    return raster.png()


def _chosen(some: Sequence[Windows]) -> list[Windows]:
    """Up to `COLUMNS` windows, one each, spread evenly over all of *some*."""
    every = [(group, n) for group in some for n in range(len(group))]
    if not every:
        return []
    places = np.unique(np.linspace(0, len(every) - 1, COLUMNS + 2)[1:-1].round().astype(int))
    return [group.part(n, n + 1) for group, n in (every[place] for place in places)]


def _found(model: NeuralRelationalInference, window: Windows, device: torch.device, autocast: Any) -> tuple[NDArray, NDArray | None]:
    """(2, J, J) confidence over the window, and the kind, an index into `KINDS`, where the model tells kinds."""
    with autocast():
        posterior = model.encode(torch.from_numpy(window.positions).to(device), torch.from_numpy(window.parents).to(device))
    kind = None
    if posterior.kinds is not None:
        kind = posterior.kinds[0].float()[..., 1:].argmax(dim=-1).add(1).cpu().numpy()
    return posterior.confidence()[0].mean(dim=0).cpu().numpy(), kind


def _panel(raster: Raster, left: float, top: float, window: Windows, confidence: NDArray, kind: NDArray | None, name: str) -> None:
    """The two dancers at the window's middle, seen from where they stand side by side, and what is found between them."""
    pose = _seen(window.positions[0])  # (2, J, 2)
    low, high = np.nanmin(pose, axis=(0, 1)), np.nanmax(pose, axis=(0, 1))
    room = np.array([_WIDE - 36, _HIGH - 78])
    scale = float((room / np.maximum(high - low, 0.2)).min())
    middle = (low + high) / 2
    centre = np.array([left + _WIDE / 2 - 6, top + 46 + room[1] / 2])
    at = centre + (pose - middle) * scale * np.array([1.0, -1.0])
    found = confidence > SHOWN
    shown = _surest(found, confidence)
    truth = None if window.labels is None else window.labels.present[0] == 1
    floor = float(at[..., 1].max()) + 5
    raster.line([(left + 8, floor), (left + _WIDE - 20, floor)], RULE, 1)
    for dancer, colour in enumerate(DANCERS):
        for joint, parent in enumerate(window.parents):
            if parent >= 0:
                raster.line(at[dancer][[joint, parent]], colour, 3.0, 0.75)
    if truth is not None:
        for d, i, j in np.argwhere(truth & (confidence <= SHOWN)):
            for dash in np.array_split(_thread(at[d, i], at[1 - d, j]), 7)[::2]:
                raster.line(dash, MUTED, 1.0, 0.8)
    for d, i, j in shown[::-1]:
        colour = COLOURS["none" if kind is None else KINDS[kind[d, i, j]]]
        path = _thread(at[d, i], at[1 - d, j])
        wide = 1.0 + 5.0 * (confidence[d, i, j] - SHOWN)
        for n in range(4):
            raster.line(path[4 * n : 4 * n + 5], colour, wide * (1.0 - 0.2 * n), 0.9)
        raster.dot((float(path[0, 0]), float(path[0, 1])), 0.5 * wide + 1.2, colour)
    raster.text((left, top + 30), _said(found, None if window.labels is None else window.labels.present[0], len(shown)), 10, MUTED)
    raster.text((left, top + 14), name, 11.5, INK)
    raster.line([(left, top + 36), (left + _WIDE - 16, top + 36)], FAINT, 1)


def _surest(found: NDArray, confidence: NDArray) -> list[tuple[int, int, int]]:
    """(d, i, j) of what is drawn of *found*, the surest first: no joint begins or receives two of them, since the joints of a hand say the same."""
    every = np.argwhere(found)
    taken: set[tuple[int, str, int]] = set()
    chosen: list[tuple[int, int, int]] = []
    for d, i, j in every[np.argsort(-confidence[found], kind="stable")].tolist():
        ends = {(d, "from", i), (d, "to", j)}
        if not taken & ends and len(chosen) < MOST:
            taken |= ends
            chosen.append((d, i, j))
    return chosen


def _said(found: NDArray, present: NDArray | None, drawn: int) -> str:
    """What was found, against the truth (1 true, 0 not, others not judged) where it is known."""
    total = int(found.sum())
    if present is None:
        return f"{total} found" + (f", {drawn} drawn" if drawn < total else "")
    true, right, wrong = int((present == 1).sum()), int((found & (present == 1)).sum()), int((found & (present == 0)).sum())
    return f"{right} of {true} true ones found, {wrong} wrong" if true else f"nothing is true here, {wrong or 'nothing'} found"


def _seen(positions: NDArray) -> NDArray:
    """(2, J, 2) metres, right and up, of positions (T, 2, J, 3) at the middle frame, looked at across the line between the dancers."""
    pose = positions[len(positions) // 2].astype(np.float64)
    apart = np.nanmean(pose[1], axis=0)[:2] - np.nanmean(pose[0], axis=0)[:2]
    length = float(np.hypot(*apart))
    along = apart / length if length > 0.05 else np.array([1.0, 0.0])
    return np.stack([pose[..., :2] @ along, pose[..., 2]], axis=-1)


def _thread(start: NDArray, end: NDArray, points: int = 17) -> NDArray:
    """(points, 2) a line from *start* to *end* that bows upwards a little, so that two directions do not hide each other."""
    share = np.linspace(0, 1, points)[:, None]
    across = np.array([end[1] - start[1], start[0] - end[0]])
    return start + (end - start) * share + 0.10 * across * 4 * share * (1 - share)


def _legend(raster: Raster, left: float, top: float, *, planted: bool) -> None:
    at = left
    for kind in KINDS[1:]:
        raster.line([(at, top), (at + 14, top)], COLOURS[kind], 3)
        raster.text((at + 20, top + 4), kind, 10, MUTED)
        at += 20 + 6.6 * len(kind) + 18
    raster.text((at, top + 4), "thick where it starts" + ("; dashed: true and not found" if planted else ""), 10, MUTED)


def _seconds(model: NeuralRelationalInference) -> str:
    return f"{model.settings.frames / model.settings.rate:g}"
