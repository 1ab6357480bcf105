"""A take as a score: one axis of time, and under it lane upon lane (who leads, what binds, tension, the strongest connections).

Rows are HTML, so that words keep their size on a phone; what runs along time are pictures that stretch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS
from ..explain import Explanation
from ..explain.episodes import KEPT
from ..explain.phrases import Phrase, strongest
from ..explain.times import borders
from ..explain.words import ends, sentence, span
from ..saying import clock, duration
from . import palette
from .palette import DANCERS, FAINT, INK, MUTED, PAPER, RULE
from .svg import Svg

ROWS = 24
"""Lanes of connections in the score, the weightiest."""

STYLE = f"""
.score .row {{ display: grid; grid-template-columns: 244px minmax(0, 1fr); column-gap: 16px; }}
.score .name {{ position: relative; padding: 4px 0 4px 20px; font-size: 13px; line-height: 1.3; align-self: center; }}
.score .name i.kind {{ position: absolute; left: 0; top: 7px; margin: 0; }}
.score .name b {{ font-weight: 600; }}
.score .name small {{ color: {MUTED}; font-size: 12px; }}
.score .track {{ position: relative; display: flex; align-items: center; background-image: linear-gradient(90deg, {FAINT} 1px, transparent 1px); }}
.score .axis {{ position: sticky; top: 0; z-index: 1; background: {PAPER}; }}
.score .axis .track {{ height: 22px; background: none; font-size: 12px; color: {MUTED}; }}
.score .axis .track span {{ position: absolute; transform: translateX(-50%); white-space: nowrap; }}
.score .axis .track span:first-child {{ transform: none; }}
.score h3 {{ margin: 22px 0 6px; }}
.score .side {{ position: absolute; right: 4px; font-size: 12px; font-weight: 600; }}
.score .empty {{ font-size: 13px; color: {MUTED}; padding: 8px 0; }}
.off {{ display: none !important; }}
@media (max-width: 640px) {{ .score .row {{ grid-template-columns: 1fr; }} .score .name {{ padding-bottom: 2px; }}
  .score .row:not([data-kind]) .name {{ padding-left: 0; }}
  .score .track {{ margin-bottom: 5px; }} .score .axis .name {{ display: none; }} }}
"""

_WIDE = 1000.0
_COLUMNS = 600
_OFTEN = 120
_STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def score(explanation: Explanation) -> str:
    """The whole score as HTML."""
    seconds = max(explanation.seconds, 1e-9)
    step = next((s for s in _STEPS if seconds / s <= 8), seconds / 8)
    lanes = [axis(seconds, step), *_leading(explanation), *_kinds(explanation), *_tension(explanation), *_strongest(explanation)]
    return f'<div class="score" style="--step:{100 * step / seconds:.4g}%">{"".join(lanes)}</div>'


def dot(kind: str) -> str:
    return f'<i class="kind" style="background:{palette.KINDS[kind]}"></i>'


def label(phrase: Phrase, explanation: Explanation) -> str:
    """A phrase as a label: the two ends in their dancers' colours, an arrow for a lead; HTML."""
    first, second = ends(phrase, explanation.wording)
    names = [f'<b style="color:{colour}">{escape(name)}</b>' for name, colour in zip(explanation.wording.dancers, DANCERS, strict=True)]
    if phrase.mutual and first == second:
        return f"{names[0]} and {names[1]} {escape(first)}"
    one, other = names[phrase.from_dancer], names[1 - phrase.from_dancer]
    return f"{one} {escape(first)} {'–' if phrase.mutual else '→'} {other} {escape(second)}"


def axis(seconds: float, step: float) -> str:
    marks = np.arange(0, seconds * 0.97, step)
    labels = "".join(f'<span style="left:{100 * t / seconds:.2f}%">{_tick(t)}</span>' for t in marks)
    return f'<div class="row axis"><span class="name"></span><div class="track">{labels}</div></div>'


def _tick(second: float) -> str:
    return "0 s" if second == 0 else f"{second:g}" if second < 60 else clock(second).removesuffix(".0")


def row(name: str, track: object, *, kind: str = "", hint: str = "") -> str:
    """One lane; *name* is HTML, *hint* is text."""
    data = f' data-kind="{kind}"' if kind else ""
    title = f' title="{escape(hint, quote=True)}"' if hint else ""
    return f'<div class="row"{data}{title}><span class="name">{name}</span><div class="track">{track}</div></div>'


def _leading(explanation: Explanation) -> list[str]:
    balance, (a, b) = explanation.balance, explanation.wording.dancers
    lanes = ["<h3>Who leads</h3>"]
    x = _WIDE * balance.time / max(explanation.seconds, 1e-9)
    highest = max(1.0, float(balance.evidence.max(initial=0.0)))
    if not balance.evidence.any():
        return [*lanes, '<p class="empty">No lead is seen: what binds them runs both ways at once.</p>']
    half = 40.0
    svg = Svg(_WIDE, 2 * half, f"Leading over time, of {a} above and of {b} below", stretch=True)
    x, (up, down) = _ends(x, balance.evidence.T)
    for values, colour, sign in ((up, DANCERS[0], -1), (down, DANCERS[1], 1)):
        svg.area(_closed(x, half + sign * half * values / highest, half), colour, 0.85)
    svg.line([(0, half), (_WIDE, half)], RULE, 1)
    sides = (
        f'<span class="side" style="top:0;color:{DANCERS[0]}">{escape(a)}</span>'
        f'<span class="side" style="bottom:0;color:{DANCERS[1]}">{escape(b)}</span>'
    )
    lanes.append(row(f"leading<br><small>how many body parts; at most {highest:.1f}</small>", f"{svg}{sides}"))
    if not np.isnan(balance.share).all():
        lanes.append(row("share<br><small>with its 80 % interval; blank: hardly anybody leads</small>", f"{_share(explanation)}{sides}"))
    return lanes


def _share(explanation: Explanation) -> Svg:
    """The balance over time, dancer 0 at the top: a line in its interval, cut where it is unsettled."""
    balance, height = explanation.balance, 72.0
    svg = Svg(_WIDE, height, "Share of the leading over time", stretch=True)
    x = _WIDE * balance.time / max(explanation.seconds, 1e-9)
    settled = ~np.isnan(balance.share)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], settled, [False]]).astype(np.int8))).reshape(-1, 2)
    svg.line([(0, height / 2), (_WIDE, height / 2)], RULE, 1)
    for first, last in _thinned(edges):
        part = slice(first, last, max(1, len(x) // _COLUMNS))
        at, share, low, high = (v[part] for v in (x, balance.share, balance.low, balance.high))
        if len(at) == 1:
            at, share, low, high = (np.repeat(v, 2) for v in (at, share, low, high))
            at = at + np.array([-3.0, 3.0])
        down = [height * (1 - v) for v in (share, low, high)]
        svg.area(np.concatenate([np.stack([at, down[1]], 1), np.stack([at, down[2]], 1)[::-1]]), MUTED, 0.22)
        svg.line(np.stack([at, down[0]], 1), INK, 2)
    return svg


def _kinds(explanation: Explanation) -> list[str]:
    """For each kind that is ever shown, how many pairs of joints it binds."""
    time = borders(explanation.connections) / max(explanation.seconds, 1e-9) * _WIDE
    most = max(1, int(explanation.shown.max(initial=1)))
    lanes = []
    for kind in KINDS[1:]:
        if kind not in explanation.kind_seconds:
            continue
        counts = explanation.shown[:, KINDS.index(kind)]
        svg = Svg(_WIDE, 22, f"{kind} over time", stretch=True)
        for left, right, value in columns(time, np.sqrt(counts / most)):
            height = max(4.0, 22 * value)
            svg.box(left, 22 - height, right - left, height, palette.KINDS[kind], 0.9)
        pairs = int(counts.max()) // (1 if kind == "lead" else 2) or 1
        seconds = explanation.kind_seconds[kind]
        lanes.append(row(f"{dot(kind)}{kind}<br><small>{duration(seconds)}, at most {pairs} at once</small>", svg, kind=kind))
    return ["<h3>What binds them</h3>", *lanes] if lanes else []


def _tension(explanation: Explanation) -> list[str]:
    if not explanation.tensions:
        return []
    height = 40.0
    svg = Svg(_WIDE, height, "Moments of tension over time", stretch=True)
    scale = _WIDE / max(explanation.seconds, 1e-9)
    # Metres stand for height up to a metre: two who walk apart must not flatten a stretched arm.
    top = min(1.0, max(moment.stretch for moment in explanation.tensions))
    for moment in sorted(explanation.tensions, key=lambda m: -m.strength)[:_COLUMNS]:
        up = height * min(1.0, moment.stretch / top)
        after = height * min(1.0, max(0.0, moment.stretch - moment.ease) / top)
        x = [t * scale for t in (moment.start, moment.peak, moment.end)]
        taut = moment.released and not moment.let_go
        corners = [(x[0], height), (x[1], height - up), (x[2], height - after), (x[2], height)]
        svg.area(corners if moment.released else [*corners[:2], (x[1], height)], INK if taut else MUTED, 0.75 if taut else 0.35)
    svg.line([(0, height), (_WIDE, height)], RULE, 1)
    return ["<h3>Tension and release</h3>", row("stretched, eased<br><small>pale: let go, or drawn apart</small>", svg)]


def _strongest(explanation: Explanation) -> list[str]:
    """A lane for each thing that is bound to another, however often; the weightiest, by the time they begin."""
    lanes: dict[tuple[str, str], list[Phrase]] = defaultdict(list)
    for phrase in explanation.phrases:
        lanes[phrase.kind, label(phrase, explanation)].append(phrase)
    weightiest = sorted(lanes.items(), key=lambda lane: -sum(p.weight for p in lane[1]))
    rows = []
    for (kind, name), often in sorted(weightiest[:ROWS], key=lambda lane: lane[1][0].start):
        times = f" <small>{len(often)} times</small>" if len(often) > 1 else ""
        hint = "; ".join(sentence(p, explanation.wording) for p in strongest(often, 3))
        rows.append(row(f"{dot(kind)}{name}{times}", _confidence(strongest(often, _OFTEN), explanation), kind=kind, hint=hint))
    left_out = len(lanes) - len(rows)
    rest = f'<p class="empty">{left_out} weaker ones are not drawn.</p>' if left_out > 0 else ""
    return ["<h3>What is bound to what</h3>", *rows, rest] if rows else []


def _confidence(phrases: Sequence[Phrase], explanation: Explanation) -> Svg:
    """The surest connection of each of *phrases*, of one kind, over time; the surer, the fuller."""
    connections = explanation.connections
    svg = Svg(_WIDE, 12, f"Confidence {span(phrases[0].start, max(p.end for p in phrases))}", stretch=True)
    scale = _WIDE / max(explanation.seconds, 1e-9)
    time = borders(connections)
    floor = KEPT * explanation.threshold
    for phrase in phrases:
        first, last = (min(e.first for b in phrase.bonds for e in b.episodes), max(e.last for b in phrase.bonds for e in b.episodes))
        start, end = (min(b.start for b in phrase.bonds), max(b.end for b in phrase.bonds))
        surest = np.nan_to_num(connections.confidence[first : last + 1][:, list(phrase.edges)]).max(axis=1)
        edges = np.clip(time[first : last + 2], start, end)
        edges[0], edges[-1] = start, end
        shades = np.where(surest > floor, np.ceil(5 * (surest - floor) / (1 - floor)) / 5, 0.0)
        for left, right, value in columns(edges * scale, shades):
            svg.box(left, 0, max(right - left, 2.0), 12, palette.KINDS[phrase.kind], 0.15 + 0.85 * value)
    return svg


def columns(edges: NDArray[np.float64], values: NDArray[np.float64]) -> list[tuple[float, float, float]]:
    """(left, right, value) of the runs of equal *values* (W,) above 0 between *edges* (W + 1,); of many, the highest of each column."""
    if len(values) > _COLUMNS:
        starts = np.unique(np.linspace(0, len(values), _COLUMNS, endpoint=False).astype(int))
        values, edges = np.maximum.reduceat(values, starts), np.append(edges[starts], edges[-1])
    cuts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1], [True]]))
    runs = pairwise(cuts)
    return [(float(edges[a]), float(edges[b]), float(values[a])) for a, b in runs if values[a] > 0 and edges[b] > edges[a]]


def _thinned(edges: NDArray[np.int64]) -> NDArray[np.int64]:
    return edges[:: max(1, len(edges) // _COLUMNS)]


def _ends(x: NDArray[np.float64], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """*values* (…, W) at *x* (W,) drawn out to both ends of the lane, the highest of each column where there are too many."""
    if len(x) > _COLUMNS:
        starts = np.unique(np.linspace(0, len(x), _COLUMNS, endpoint=False).astype(int))
        x, values = x[starts], np.maximum.reduceat(values, starts, axis=-1)
    return np.concatenate([[0.0], x, [_WIDE]]), np.concatenate([values[..., :1], values, values[..., -1:]], axis=-1)


def _closed(x: NDArray[np.float64], y: NDArray[np.float64], base: float) -> NDArray[np.float64]:
    return np.concatenate([[(x[0], base)], np.stack([x, y], axis=1), [(x[-1], base)]])
