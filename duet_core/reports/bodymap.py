"""Where in the body influence starts and arrives, on a pose of the take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..explain import Explanation
from ..explain.influence import at_landmarks
from ..moments import fullest_frame, joint_words
from .palette import DANCERS, INK, MUTED, RULE
from .svg import Svg
from .views import draw_body, pose_from_front

WIDTH, HEIGHT = 440.0, 310.0
_NAMED = 3
"""Joints of each dancer that are named."""

_LARGEST = 15.0
_ABOVE = 34.0
"""Pixels above the highest joint: a head, and a name beside it."""

_LINE = 14.0


def pose_frame(clip: Clip, explanation: Explanation) -> int:
    """The fullest frame of the take, or the one within a second of it in which the most joints are known."""
    middle = fullest_frame(explanation.connections, clip.frames, explanation.threshold)
    reach = max(1, round(clip.fps))
    near = np.arange(max(0, middle - reach), min(clip.frames, middle + reach + 1))
    known = (~np.isnan(clip.positions[near][..., 0])).sum(axis=(1, 2))
    best = near[known == known.max()]
    return int(best[np.argmin(np.abs(best - middle))])


def bodymap(
    clip: Clip, explanation: Explanation, values: NDArray[np.float64], directed: NDArray[np.float64], title: str, frame: int
) -> str:
    """Both dancers from the front at *frame*, with a disc on each joint whose area is its share of the largest of *values* (2, J).

    The dark core of a disc is what of it is *directed* (2, J): leads.
    """
    values, directed = (at_landmarks(v, clip.skeleton) for v in (values, directed))
    paper, metre = pose_from_front(clip, frame, (66, 26, WIDTH - 132, HEIGHT - 46))
    spare = max(0.0, float(np.nanmin(paper[..., 1], initial=HEIGHT)) - _ABOVE)
    paper[..., 1] -= spare
    svg = Svg(WIDTH, HEIGHT - spare, title)
    highest = max(float(values.max(initial=0.0)), 1e-9)
    ground = svg.height - 14
    svg.line([(78, ground), (WIDTH - 78, ground)], RULE, 1)
    for d in range(clip.dancers):
        draw_body(svg, clip, paper[d], _pale(DANCERS[d]), metre)
    for d in range(clip.dancers):
        there = [int(j) for j in np.argsort(-values[d], kind="stable") if values[d, j] > 0.02 * highest and not np.isnan(paper[d, j]).any()]
        _names(svg, explanation, d, there[:_NAMED], paper[d], values[d])
        for j in there:
            svg.dot(_at(paper[d, j]), _LARGEST * float(np.sqrt(values[d, j] / highest)), DANCERS[d], opacity=0.55)
        for j in there:
            if directed[d, j] > 0.005 * highest:
                svg.dot(_at(paper[d, j]), _LARGEST * float(np.sqrt(directed[d, j] / highest)), INK, opacity=0.8)
    return str(svg)


def _names(
    svg: Svg, explanation: Explanation, dancer: int, joints: list[int], paper: NDArray[np.float64], values: NDArray[np.float64]
) -> None:
    """Names in the outer margin of each dancer, at the heights of their joints but never on each other, with thin lines to them."""
    outside, anchor = (2.0, "start") if dancer == 0 else (WIDTH - 2.0, "end")
    ordered = sorted(joints, key=lambda j: paper[j, 1])
    heights: list[float] = []
    for j in ordered:
        heights.append(max(float(paper[j, 1]), heights[-1] + 2 * _LINE + 6 if heights else 26.0))
    for k in range(len(heights) - 1, -1, -1):  # from the ground up again, so that none falls off the picture
        heights[k] = min(heights[k], heights[k + 1] - 2 * _LINE - 6 if k + 1 < len(heights) else svg.height - 18)
    for j, y in zip(ordered, heights, strict=True):
        name = joint_words(explanation.wording.joints[j])
        reach = max(6.2 * len(name), 26.0) + 4
        svg.line([(outside + (reach if dancer == 0 else -reach), y - 4), _at(paper[j])], MUTED, 0.7, 0.7)
        svg.text((outside, y), name, 12, INK, anchor)
        svg.text((outside, y + _LINE), f"{values[j]:.1f}", 12, DANCERS[dancer], anchor)


def _at(point: NDArray[np.float64]) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _pale(colour: str) -> str:
    """*colour* half-way to paper: what discs are drawn on."""
    return "#" + "".join(f"{(int(colour[i : i + 2], 16) + 2 * 0xFA) // 3:02x}" for i in (1, 3, 5))
