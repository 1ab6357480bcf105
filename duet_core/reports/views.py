"""A duet (or a solo) drawn on any `Canvas`: the paths from above, and five poses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..quality import places
from .canvas import Box, Canvas
from .palette import DANCERS, FAINT, INK, MUTED, RULE
from .png import Raster

POSES = 5
_MOST_POINTS = 900
_SHADES = 18
"""A path runs from pale to full colour in so many steps, so that its direction reads without arrows."""

APART = 0.9
"""Metres between two dancers without places, so that their poses can be told apart."""

_HEAD_LANDMARKS = ("head", "nose", "jaw")


def picture(clip: Clip) -> bytes:
    """Paths and poses on one PNG."""
    canvas = Raster(1120, 900)
    moments = pose_frames(clip)
    canvas.text((48, 58), "Paths from above", 17, INK)
    canvas.text((48, 80), "pale to full: from the beginning to the end; numbers: the poses below; one square: one metre", 11.5, MUTED)
    for d, name in enumerate(clip.names):
        canvas.dot((900, 52 + 24 * d - 4), 5, DANCERS[d])
        canvas.text((914, 52 + 24 * d), _short(name, 18), 13, INK)
    draw_paths(canvas, clip, (48, 104, 1024, 420), moments)
    draw_poses(canvas, clip, (48, 560, 1024, 300), moments)
    return canvas.png()


def pose_frames(clip: Clip, count: int = POSES) -> list[int]:
    """*count* frames evenly through the take, each moved to the nearest one in which the most joints are known."""
    share = (~np.isnan(clip.positions[..., 0])).mean(axis=(1, 2))
    reach = max(1, clip.frames // (4 * count))
    frames = []
    for k in range(count):
        middle = int((k + 0.5) * clip.frames / count)
        start = max(0, middle - reach)
        near = share[start : middle + reach + 1]
        best = np.flatnonzero(near >= near.max() - 1e-6) + start
        frames.append(int(best[np.argmin(np.abs(best - middle))]))
    return sorted(set(frames))


def draw_paths(canvas: Canvas, clip: Clip, box: Box, moments: list[int]) -> None:
    """Where the dancers were over the floor, in true proportions on a grid of metres, with their places at *moments*."""
    left, top, width, height = box
    place = places(clip)
    if clip.frames > _MOST_POINTS:
        place = place[np.unique(np.linspace(0, clip.frames - 1, _MOST_POINTS).astype(int))]
    there = place[~np.isnan(place).any(axis=-1)]
    if not len(there) or _no_placement(clip):
        canvas.text((left + width / 2, top + height / 2), "the dancers' places are not in the data", 12, MUTED, "middle")
        return
    # Single jumps must not shrink the picture: its edges leave out the outermost thousandth of the places, with room for bodies around.
    low, high = np.quantile(there, 0.001, axis=0) - 0.6, np.quantile(there, 0.999, axis=0) + 0.6
    metre = min(width / (high[0] - low[0]), height / (high[1] - low[1]), width / 3)
    middle = (low + high) / 2

    def to_paper(points: NDArray[np.float64]) -> NDArray[np.float64]:
        paper = (points - middle) * [metre, -metre] + [left + width / 2, top + height / 2]
        outside = ((paper < [left, top]) | (paper > [left + width, top + height])).any(axis=-1)
        return np.where(outside[..., None], np.nan, paper)

    _draw_grid(canvas, box, middle, metre)
    pieces = min(_SHADES, max(1, len(place) - 1))
    edges = np.linspace(0, len(place) - 1, pieces + 1).astype(int)
    for k, (start, end) in enumerate(pairwise(edges)):
        for d in range(clip.dancers):
            canvas.line(to_paper(place[start : end + 1, d]), DANCERS[d], 1.7, 0.22 + 0.78 * (k + 1) / pieces)
    marks = places(clip)[moments]
    for number, frame_places in enumerate(marks, 1):
        for d in range(clip.dancers):
            at = to_paper(frame_places[d])
            if not np.isnan(at).any():
                canvas.dot((float(at[0]), float(at[1])), 7.5, DANCERS[d], hollow=True)
                canvas.text((float(at[0]), float(at[1]) + 3.6), str(number), 10, DANCERS[d], "middle")


def _draw_grid(canvas: Canvas, box: Box, middle: NDArray[np.float64], metre: float) -> None:
    """Lines every metre (every two, five … where a metre is small), fainter than anything drawn on them."""
    left, top, width, height = box
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 1e9) if s * metre >= 14)
    for axis, (start, size) in enumerate(((left, width), (top, height))):
        sign = 1 if axis == 0 else -1
        centre, half = middle[axis], size / 2 / metre
        for k in np.arange(np.ceil((centre - half) / step), np.floor((centre + half) / step) + 1):
            at = start + size / 2 + sign * (k * step - centre) * metre
            ends = [(at, top), (at, top + height)] if axis == 0 else [(left, at), (left + width, at)]
            canvas.line(np.array(ends), FAINT, 1.0)
    if step > 1:
        canvas.text((left + 4, top + height - 6), f"grid: {step:g} m", 11, MUTED)


def draw_poses(canvas: Canvas, clip: Clip, box: Box, moments: list[int], *, only: int | None = None) -> None:
    """The dancers at *moments*, side by side at one scale, seen from the side on which they mostly stand beside each other.

    With *only*, the one with that index alone, where it stands among the others.
    """
    left, top, width, height = box
    across, towards = _view(clip)
    shown = clip.positions[moments].astype(np.float64)
    if _no_placement(clip):
        shown[:, 1, :, :2] += APART * across
    flat = np.stack([shown[..., :2] @ across, shown[..., 2]], axis=-1)  # (M, D, J, 2), metres
    depth = shown[..., :2] @ towards
    panel = width / max(len(moments), 1)
    middles = []
    widest, tallest = 0.8, 1.2
    for pose in flat:
        known = pose[~np.isnan(pose).any(axis=-1)]
        if not len(known):
            middles.append(0.0)
            continue
        low, high = known.min(axis=0), known.max(axis=0)
        middles.append(float(low[0] + high[0]) / 2)
        widest, tallest = max(widest, float(high[0] - low[0])), max(tallest, float(high[1]))
    metre = min(0.9 * panel / widest, (height - 46) / tallest)
    ground = top + height - 30
    for k, (frame, pose) in enumerate(zip(moments, flat, strict=True)):
        if only not in (None, k):
            continue
        centre = left + (k + 0.5) * panel
        canvas.line(np.array([(centre - 0.46 * panel, ground), (centre + 0.46 * panel, ground)]), RULE, 1.0)
        canvas.text((centre, top + height - 8), f"{k + 1} · {frame / clip.fps:.1f} s", 12, MUTED, "middle")
        paper = np.stack([centre + (pose[..., 0] - middles[k]) * metre, ground - pose[..., 1] * metre], axis=-1)
        depths = [float(np.mean(known)) if (known := depth[k, d][~np.isnan(depth[k, d])]).size else 0.0 for d in range(clip.dancers)]
        for d in sorted(range(clip.dancers), key=lambda d: -depths[d]):
            draw_body(canvas, clip, paper[d], DANCERS[d], metre)


def pose_from_front(clip: Clip, frame: int, box: Box) -> tuple[NDArray[np.float64], float]:
    """Every dancer at *frame* beside the others, each from the front, feet on the lower edge of *box*.

    Returns:
        (D, J, 2) places on paper, NaN where unknown, and how many pixels make a metre.
    """
    left, top, width, height = box
    pose = clip.positions[frame].astype(np.float64)
    flat = np.empty((*pose.shape[:2], 2))
    for d in range(clip.dancers):
        flat[d] = np.stack([pose[d, :, :2] @ _to_the_left(clip, pose[d]), pose[d, :, 2]], axis=-1)
        known = flat[d][~np.isnan(flat[d]).any(axis=-1)]
        if len(known):
            flat[d] -= [(known[:, 0].min() + known[:, 0].max()) / 2, known[:, 1].min()]
    size = np.nanmax(np.abs(flat), axis=(0, 1), initial=0.5, where=~np.isnan(flat))
    metre = float(min(width / clip.dancers / 2 / size[0], height / size[1]))
    middles = left + width * (np.arange(clip.dancers) + 0.5) / clip.dancers
    return np.stack([middles[:, None] + metre * flat[..., 0], top + height - metre * flat[..., 1]], axis=-1), metre


def _to_the_left(clip: Clip, body: NDArray[np.float64]) -> NDArray[np.float64]:
    """The horizontal direction to the left of a *body* (J, 3), by its hips, or its shoulders."""
    for place in ("hip", "shoulder"):
        left, right = (clip.skeleton.index(f"{side}_{place}") for side in ("left", "right"))
        if left is not None and right is not None:
            across = (body[left] - body[right])[:2]
            length = float(np.sqrt((across**2).sum()))
            if length > 0.02:  # also false where unknown
                return np.asarray(across / length)
    return _view(clip)[0]


def draw_body(canvas: Canvas, clip: Clip, paper: NDArray[np.float64], colour: str, metre: float) -> None:
    """Bones as lines, a head as a disc; joints as dots where nothing joins them."""
    skeleton = clip.skeleton
    thick = min(max(0.028 * metre, 1.2), 4.0) * (1.0 if len(skeleton) < 35 else 0.6)
    for parent, child in skeleton.bones:
        canvas.line(paper[[parent, child]], colour, thick)
    head = next((j for name in _HEAD_LANDMARKS if (j := skeleton.index(name)) is not None), None)
    if head is not None and not np.isnan(paper[head]).any():
        canvas.dot((float(paper[head, 0]), float(paper[head, 1])), max(0.085 * metre, 2.0), colour)
    if not skeleton.bones:
        for at in paper:
            if not np.isnan(at).any():
                canvas.dot((float(at[0]), float(at[1])), max(thick, 1.5), colour)


def _view(clip: Clip) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The horizontal directions that run across the picture and away from the viewer: the dancers stand apart across it as much as can be."""
    place = places(clip)
    apart = place[:, 1] - place[:, 0] if clip.dancers == 2 else place[:, 0]
    apart = apart[~np.isnan(apart).any(axis=-1)]
    if clip.dancers == 1 and len(apart):
        apart = apart - np.median(apart, axis=0)
    across = np.array([1.0, 0.0])
    if len(apart):
        values, vectors = np.linalg.eigh(apart.T @ apart)
        if values[-1] > 1.5 * max(values[0], 0) and values[-1] > 1e-6:
            across = vectors[:, -1]
    if across[0] < 0:
        across = -across
    return across, np.array([-across[1], across[0]])


def _no_placement(clip: Clip) -> bool:
    """Whether two dancers always stand on one point."""
    if clip.dancers != 2:
        return False
    place = places(clip)
    apart = np.abs(place[:, 1] - place[:, 0])
    return not (apart > 1e-4).any()


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
