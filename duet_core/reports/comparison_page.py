"""Two takes, or two models on one take, side by side as one HTML page that needs nothing else: how alike, over time, what differs, in words."""

from __future__ import annotations

import math
from html import escape

import numpy as np
from numpy.typing import NDArray

from ..connections import KINDS
from ..explain import differences as told
from ..explain.alignment import likeness
from ..explain.changes import Changes
from ..explain.comparison import Comparison, seconds_of, times_of
from ..explain.episodes import KEPT
from ..explain.times import borders
from ..explain.voices import limbs
from ..saying import clock, duration, percent, sentence
from ..truth import BOTH_WAYS
from . import palette, score
from .palette import DANCERS, FAINT, INK, MUTED
from .style import dancer_names, document, facts, listing, note
from .svg import Svg

LANES = 10
"""Connections between limbs drawn: those that differ most, and those that agree most."""
TOLD = 20
"""Changes of each sort that are told, the weightiest."""
_WIDE = 1000.0
_BAR = 8.0
_CELLS = 64
_SHADES = 6

_STYLE = f"""
.summary p {{ margin: 0 0 10px; max-width: 46em; }}
i.kind {{ display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }}
.pair {{ display: grid; grid-template-columns: auto 1fr; column-gap: 12px; font-size: 14px; margin: 0 0 14px; max-width: 46em; }}
.pair b {{ font-weight: 600; }}
table.changes {{ width: 100%; font-size: 14px; }}
table.changes td, table.changes th {{ text-align: left; padding: 6px 16px 6px 0; vertical-align: top; }}
table.changes .when {{ white-space: nowrap; color: {MUTED}; }}
table.changes .number {{ text-align: right; white-space: nowrap; padding: 6px 0 6px 18px; }}
table.agree td {{ min-width: 74px; }}
table.agree td, table.agree th {{ padding: 7px 10px; }}
table.agree tbody th {{ text-align: left; padding-left: 0; }}
@media (max-width: 640px) {{ table.changes thead {{ display: none; }}
  table.changes tr {{ display: block; padding: 7px 0; border-bottom: 1px solid {FAINT}; }}
  table.changes td {{ display: inline; border: 0; padding: 0 10px 0 0; }} table.changes td.what {{ display: block; }}
  table.changes td[data-says]::before {{ content: attr(data-says) " "; color: {MUTED}; }} }}
.wide {{ overflow-x: auto; }}
.alike dl {{ grid-template-columns: repeat(auto-fill, minmax(126px, 1fr)); }}
.score .row[data-kind] {{ padding-bottom: 6px; }}
{score.STYLE}
.score .track {{ background-size: var(--step) 100%; }}
"""


def page(comparison: Comparison) -> str:
    """The page on *comparison*."""
    names = told.titles(comparison)
    takes = [f"{name}: {source}" for name, source in zip(names, told.sources(comparison), strict=True)]
    body = [
        f'<header>{"".join(f"""<p class="file">{escape(take)}</p>""" for take in takes)}<h1>{escape(sentence(told.headline(comparison)))}</h1>'
        f'<p class="who">{dancer_names(comparison.wording.dancers, DANCERS)}</p></header>',
        f'<section class="summary">{"".join(f"<p>{escape(sentence(text))}</p>" for text in told.circumstances(comparison))}</section>',
        _figures(comparison),
        _over_time(comparison, names),
        *(_changes(what, of, comparison, names) for what, of in told.groups(comparison).items()),
        _nothing(comparison),
        _agreement(comparison, names),
        _course(comparison, names),
        listing("Worth knowing", _warnings(comparison, names)),
        _made(comparison, names),
    ]
    footer = "Duet Connections. A difference counts where a connection is shown in one and far from shown in the other, a moment around and joints beside included."
    return document("; ".join(takes), body, footer, _STYLE)


def _figures(comparison: Comparison) -> str:
    alike, shares = comparison.similarity, comparison.shares
    rows = [
        ("Alike, limbs", _percent(alike.limbs), f"by chance {_percent(alike.chance[0])}, at most {_percent(alike.chance[1])}"),
        ("Alike, joints", _percent(alike.joints), "the very joints"),
        ("Ranking", "–" if math.isnan(alike.ranking) else f"{alike.ranking:.2f}", "AUROC both ways; 0.5 by chance"),
        ("Stays", _percent(shares["stays"]), "of what the first shows"),
        ("Gone", _percent(shares["vanishes"]), "of what the first shows"),
        ("New", _percent(shares["appears"]), "of what the second shows"),
    ]
    return f'<section class="alike"><h2>How alike</h2>{facts(rows)}</section>'


def _over_time(comparison: Comparison, names: tuple[str, str]) -> str:
    """Lanes of two bars: the first take above, the second below at the moments that belong together."""
    seconds = seconds_of(comparison.first)
    step = next((s for s in (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600) if seconds / s <= 8), seconds / 8)
    lanes = _lanes(comparison)
    if not lanes:
        return ""
    text = "Connections between limbs; the fuller a bar, the surer. Time runs to the right, in seconds of the first."
    if comparison.alignment.how != "none":
        text += " The second lies where its moments belong."
    differ = sorted(lanes, key=lambda lane: -lane.differs)[:LANES]
    agree = sorted((lane for lane in lanes if lane not in differ and lane.agrees > 0), key=lambda lane: -lane.agrees)[:LANES]
    rows = [score.axis(seconds, step)]
    for heading, chosen in (("Where they differ most", differ), ("Where they agree most", agree)):
        if chosen:
            rows += [f"<h3>{heading}</h3>", *(_row(lane, comparison) for lane in chosen)]
    key = f'<div class="pair"><b>above</b><span>{escape(names[0])}</span><b>below</b><span>{escape(names[1])}</span></div>'
    return f'<section><h2>Over time</h2>{note(text)}{key}<div class="score" style="--step:{100 * step / seconds:.4g}%">{"".join(rows)}</div></section>'


class _Lane:
    """One kind between two limbs: (W,) confidence in either take at the first's windows."""

    def __init__(self, kind: int, dancer: int, ends: tuple[str, str], values: tuple[NDArray, NDArray], known: NDArray[np.bool_]) -> None:
        self.kind, self.dancer, self.ends, self.values = KINDS[kind], dancer, ends, values
        self.differs = float(np.abs(values[0] - values[1])[known].sum())
        self.agrees = float(np.minimum(*values)[known].sum())


def _lanes(comparison: Comparison) -> list[_Lane]:
    names = [name.replace("_", " ") for name in limbs(comparison.parts)]
    first, second = comparison.heard[0].confidence, comparison.heard[1].at(comparison.partner, 0).confidence
    floor = KEPT * comparison.threshold
    lanes = []
    for kind in range(1, len(KINDS)):
        mutual = KINDS[kind] in BOTH_WAYS
        for dancer in (0,) if mutual else (0, 1):
            for a, b in np.ndindex(len(names), len(names)):
                pair = []
                for values in (first, second):
                    forth = values[:, dancer, a, b, kind]
                    pair.append(np.maximum(forth, values[:, 1 - dancer, b, a, kind]) if mutual else forth)
                if max(float(values.max(initial=0)) for values in pair) > comparison.threshold:
                    above = [np.where(values > floor, values, 0.0) for values in pair]
                    lanes.append(_Lane(kind, dancer, (names[a], names[b]), (above[0], above[1]), comparison.partner >= 0))
    return lanes


def _row(lane: _Lane, comparison: Comparison) -> str:
    scale = _WIDE / max(seconds_of(comparison.first), 1e-9)
    time = borders(comparison.first) * scale
    floor = KEPT * comparison.threshold
    svg = Svg(_WIDE, 2 * _BAR + 4, f"{lane.kind}: first above, second below", stretch=True)
    absent = (comparison.partner < 0).astype(np.float64)
    for left, right, _ in score.columns(time, absent):
        svg.box(left, _BAR + 4, right - left, _BAR, FAINT)
    for place, values in enumerate(lane.values):
        shades = np.where(values > 0, np.ceil(_SHADES * (values - floor) / (1 - floor)) / _SHADES, 0.0)
        for left, right, value in score.columns(time, shades):
            svg.box(left, 1 + place * (_BAR + 2), max(right - left, 2.0), _BAR, palette.KINDS[lane.kind], 0.15 + 0.85 * value)
    dancers = [f'<b style="color:{colour}">{escape(name)}</b>' for name, colour in zip(comparison.wording.dancers, DANCERS, strict=True)]
    one, other = dancers[lane.dancer], dancers[1 - lane.dancer]
    label = f"{one} {lane.ends[0]} {'→' if lane.kind == 'lead' else '–'} {other} {lane.ends[1]}"
    return score.row(f"{score.dot(lane.kind)}{label}", svg, kind=lane.kind)


def _changes(what: str, of: list[Changes], comparison: Comparison, names: tuple[str, str]) -> str:
    shown = sorted(of[:TOLD], key=lambda c: [v if v == v else math.inf for v in c.span(1 if what == "appeared" else 0)])
    timed = comparison.alignment.how != "none"
    head = f"<th>{'when, first' if timed else 'when'}</th>" + ("<th>second</th>" if timed else "")
    rows = "".join(_told(changes, comparison, timed) for changes in shown)
    left_out = len(of) - len(shown)
    rest = note(f"{left_out} lesser ones are not told here; compare.csv has all.") if left_out else ""
    return (
        f'<section><h2>{escape(told.heading(what, comparison))}</h2><table class="changes"><thead><tr>{head}<th>what</th>'
        f'<th class="number">confidence</th><th class="number">sure</th></tr></thead><tbody>{rows}</tbody></table>{rest}</section>'
    )


def _told(changes: Changes, comparison: Comparison, timed: bool) -> str:
    (kind, _, sure), (kind_then, _, sure_then) = changes.of(0), changes.of(1)
    many = f' <small style="color:{MUTED}">({len(changes.each)} pairs of joints)</small>' if len(changes.each) > 1 else ""
    what = escape(sentence(told.sentence(changes, comparison)).rstrip("."))
    second = f'<td class="when" data-says="second">{told.when(changes, 1)}</td>' if timed else ""
    return (
        f'<tr><td class="when">{told.when(changes, 0)}</td>{second}'
        f'<td class="what">{score.dot(kind_then if changes.what == "appeared" else kind)}{what}{many}</td>'
        f'<td class="number" data-says="confidence">{min(sure, 0.99):.2f} → {min(sure_then, 0.99):.2f}</td>'
        f'<td class="number" data-says="sure">{percent(min(changes.sure, 0.99))}</td></tr>'
    )


def _nothing(comparison: Comparison) -> str:
    if comparison.phrases or math.isnan(comparison.similarity.limbs):
        return ""
    return f"<section><h2>What differs</h2>{note('Nothing that exceeds what chance would give.')}</section>"


def _agreement(comparison: Comparison, names: tuple[str, str]) -> str:
    """Kinds against kinds, in seconds of connections."""
    table = comparison.agreement
    kinds = [k for k in range(len(KINDS)) if table[k].any() or table[:, k].any()]
    if len(kinds) < 2:
        return ""
    called = ["not shown" if k == 0 else KINDS[k] for k in kinds]
    most = max(float(table.max()), 1e-9)
    head = "".join(f"<th>{name}</th>" for name in called)
    rows = []
    for k, name in zip(kinds, called, strict=True):
        cells = []
        for j in kinds:
            value = float(table[k, j])
            shade = 0.0 if j == k == 0 or value == 0 else 0.06 + 0.44 * math.sqrt(value / most)
            colour = palette.rgb(palette.KINDS[KINDS[j]] if j == k else MUTED)
            text = "" if j == k == 0 else f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value else "·"
            cells.append(f'<td style="background:rgba({colour[0]},{colour[1]},{colour[2]},{shade:.2f})">{text}</td>')
        rows.append(f"<tr><th>{name}</th>{''.join(cells)}</tr>")
    text = (
        f"Rows: {names[0]}; columns: {names[1]}. Seconds, summed over pairs of joints and directions; joint by joint, so that another joint of the same "
        "limb counts as not shown."
    )
    return (
        f'<section><h2>Kind by kind</h2>{note(text)}<div class="wide"><table class="agree"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _course(comparison: Comparison, names: tuple[str, str]) -> str:
    """Which moment was laid on which, over how much the moments have in common."""
    alignment = comparison.alignment
    if alignment.how == "none" and math.isnan(alignment.chance):
        return ""
    alike = likeness(*comparison.heard, _CELLS)
    seconds = seconds_of(comparison.first), seconds_of(comparison.second)
    left, top, bottom, side = 64.0, 8.0, 36.0, 396.0
    scale = side / max(seconds)
    width, height = seconds[0] * scale, seconds[1] * scale
    svg = Svg(left + width + 20, top + height + bottom + 6, "Which moment belongs to which")
    centres = [
        np.linspace(float(t[0]), float(t[-1]), n)
        for t, n in zip(map(times_of, (comparison.first, comparison.second)), alike.shape, strict=True)
    ]
    across, up = (float(np.diff(c).mean()) * scale if len(c) > 1 else side for c in centres)
    shades = np.round(np.clip(alike, 0, 1) * _SHADES) / _SHADES
    for i, j in np.argwhere(shades > 0):
        x, y = left + centres[0][i] * scale, top + height - centres[1][j] * scale
        svg.box(x - across / 2, y - up / 2, across, up, DANCERS[1], 0.75 * float(shades[i, j]))
    svg.line([(left, top), (left, top + height), (left + width, top + height)], palette.RULE, 1)
    svg.line(np.stack([left + alignment.first * scale, top + height - alignment.second * scale], axis=1), INK, 2)
    for k in range(3):
        share = k / 2
        svg.text((left + share * width, top + height + 16), clock(share * seconds[0]), 11, MUTED, ("start", "middle", "end")[k])
        svg.text((left - 7, top + 4 + height * (1 - share)), clock(share * seconds[1]), 11, MUTED, "end")
    svg.text((left + width / 2, top + height + 34), "first", 11, MUTED, "middle")
    svg.text((12, top + height / 2), "second", 11, MUTED, "middle", turned=True)
    text = "The darker, the more two moments have in common in what connects the limbs. The line is what was compared with what."
    return f'<section><h2>Moment by moment</h2>{note(text)}<div style="max-width:{svg.width:.0f}px">{svg}</div></section>'


def _warnings(comparison: Comparison, names: tuple[str, str]) -> list[str]:
    takes = zip(names, (comparison.first, comparison.second), strict=True)
    return [f"{name}: {warning}" for name, take in takes for warning in take.meta.get("warnings", ()) or ()]


def _made(comparison: Comparison, names: tuple[str, str]) -> str:
    rows = []
    for name, take in zip(names, (comparison.first, comparison.second), strict=True):
        length = float(np.median(take.window_end - take.window_start)) / take.fps
        source = ", ".join(map(str, take.meta.get("source") or ())) or "not known"
        model = f"model {take.meta['model']}; " if take.meta.get("model") else ""
        size = f"{duration(seconds_of(take))}, {take.windows} windows of {length:.1f} s"
        rows.append((name[:1].upper() + name[1:], str(take.meta.get("method", "not known")), f"{model}{source}; {size}"))
    rows.append(
        ("Joints", f"{len(comparison.matching.pairs)}", "matched by name" + (" or place" if comparison.matching.by_landmark else ""))
    )
    rows.append(("Shown", f"above {comparison.threshold:g}", "confidence; absent below a fifth of it"))
    return f"<section><h2>How this was made</h2>{facts(rows)}</section>"


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else percent(share)
