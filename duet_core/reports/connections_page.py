"""The report on a take's connections as one HTML page that needs nothing else; a little script lets one hide kinds, and nothing depends on it.

Words come first; then the score of the take over time, the body, the matrix, the sentences, and how it was made. Every text from a file is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from statistics import median
from typing import Any

from ..clip import Clip
from ..connections import KINDS
from ..explain import Explanation
from ..explain.balance import LEVEL, null_share
from ..explain.phrases import Phrase, strongest
from ..explain.words import sentence as said
from ..explain.words import statement, tension_words
from ..saying import clock, duration, percent, sentence
from . import palette, score
from .bodymap import bodymap, pose_frame
from .matrix import matrix
from .palette import DANCERS, FAINT, INK, MUTED, RULE
from .style import dancer_names, document, facts, listing, note

SENTENCES = 60
"""Connections told in the table, the weightiest."""

MOMENTS = 12
"""Moments of tension told, the strongest."""

Worth = Mapping[tuple[int, int], float]
"""For an episode's (candidate, first window): the share of a ghost's error that comes with cutting it, 0 where that is no more than chance (`ghosts.beyond_chance`)."""

_STYLE = f"""
.summary p {{ margin: 0 0 10px; max-width: 46em; }}
i.kind {{ display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }}
.legend {{ display: flex; flex-wrap: wrap; gap: 6px 10px; margin: 0 0 8px; }}
.legend button {{ font: inherit; font-size: 13px; color: {INK}; background: none; border: 1px solid {RULE}; border-radius: 99px; padding: 2px 12px 3px 9px; }}
.legend button[aria-pressed="false"] {{ opacity: 0.4; }}
.gauge {{ position: relative; height: 26px; margin: 10px 0 4px; border-radius: 4px; max-width: 640px; background: {FAINT}; }}
.gauge b {{ position: absolute; top: 0; bottom: 0; background: #cdc6ba; border-radius: 4px; }}
.gauge u {{ position: absolute; top: -4px; bottom: -4px; width: 4px; margin-left: -2px; background: {INK}; border-radius: 2px; }}
.gauge s {{ position: absolute; top: 0; bottom: 0; left: 50%; border-left: 1px dashed {MUTED}; }}
.ends {{ display: flex; justify-content: space-between; max-width: 640px; font-size: 13px; font-weight: 600; }}
table.told {{ width: 100%; font-size: 14px; }}
table.told td, table.told th {{ text-align: left; padding: 6px 16px 6px 0; vertical-align: top; }}
table.told .number {{ text-align: right; white-space: nowrap; padding-right: 0; padding-left: 16px; }}
table.told .when {{ white-space: nowrap; color: {MUTED}; }}
@media (max-width: 640px) {{ table.told thead {{ display: none; }} table.told tr {{ display: block; padding: 7px 0; border-bottom: 1px solid {FAINT}; }}
  table.told td {{ display: inline; border: 0; padding: 0 10px 0 0; }} table.told td.what {{ display: block; }} table.told .number {{ padding: 0 10px 0 0; }}
  table.told .number::before {{ content: attr(data-says) " "; color: {MUTED}; }} }}
{score.STYLE}
.score .track {{ background-size: var(--step) 100%; }}
"""

_SCRIPT = """
document.querySelectorAll('.legend button').forEach(function (button) {
  button.addEventListener('click', function () {
    var on = button.getAttribute('aria-pressed') === 'false';
    button.setAttribute('aria-pressed', String(on));
    document.querySelectorAll('[data-kind="' + button.value + '"]').forEach(function (row) { row.classList.toggle('off', !on); });
  });
});
"""


def page(explanation: Explanation, clip: Clip, worth: Worth | None = None) -> str:
    """The report on *explanation*, with poses of the *clip*; *worth* adds a column to the sentences."""
    meta = explanation.connections.meta
    title = ", ".join(map(str, meta.get("source") or ())) or "a take"
    body = [
        _header(explanation, title),
        f'<section class="summary">{"".join(f"<p>{escape(text)}</p>" for text in explanation.summary)}</section>',
        listing("Worth knowing", [*explanation.warnings, *map(str, clip.meta.get("warnings", ()))]),
        _over_time(explanation),
        _whole_take(explanation),
        _body(explanation, clip),
        _matrices(explanation),
        _moments(explanation),
        _sentences(explanation, worth),
        _made(explanation),
    ]
    footer = "Duet Connections. A connection is evidence that one motion tells about another, not proof of intent."
    return document(f"{title} – connections", body, footer, _STYLE, _SCRIPT)


def _header(explanation: Explanation, title: str) -> str:
    who = dancer_names(explanation.wording.dancers, DANCERS)
    return f'<header><p class="file">{escape(title)}</p><h1>{escape(explanation.headline)}</h1><p class="who">{who}</p></header>'


def _over_time(explanation: Explanation) -> str:
    if not explanation.phrases and not explanation.balance.evidence.any():
        return ""
    kinds = [k for k in palette.KINDS if k in explanation.kind_seconds]
    legend = "".join(f'<button type="button" value="{k}" aria-pressed="true">{score.dot(k)}{k}</button>' for k in kinds)
    length = _window_seconds(explanation)
    text = f"The fuller a bar, the surer the connection. Seen in windows of {length:.1f} s, so beginnings and ends may be off by {length / 2:.0f} s."
    return f'<section><h2>Over time</h2>{note(text)}<div class="legend">{legend}</div>{score.score(explanation)}</section>'


def _whole_take(explanation: Explanation) -> str:
    overall, (a, b) = explanation.balance.overall, explanation.wording.dancers
    if overall.value is None:
        text = (
            f"Unsettled: leading is seen that is worth {overall.stretches:.1f} independent stretches, too little for a number. "
            "What binds the two at the same moment (a hold, unison, a mirror) has no leader."
        )
        return f"<section><h2>Who leads, over the whole take</h2>{note(text)}</section>"
    left, right = 100 * (1 - overall.high), 100 * (1 - overall.low)
    null = null_share(explanation.connections.meta)
    beside = ""
    if null is not None and null.value is not None:
        beside = f" Where one dancer is shifted in time by seconds, so that nobody can lead, {a} has {percent(null.value)} ({percent(null.low)} to {percent(null.high)})."
    text = (
        f"{percent(overall.value)} of the leading is {a}'s; the grey bar is the {percent(LEVEL)} interval ({percent(overall.low)} to {percent(overall.high)}), "
        f"from evidence worth {overall.stretches:.1f} independent stretches. {_verdict(explanation)}{beside}"
    )
    return (
        f'<section><h2>Who leads, over the whole take</h2><div class="ends"><span style="color:{DANCERS[0]}">{escape(a)}</span>'
        f'<span style="color:{DANCERS[1]}">{escape(b)}</span></div><div class="gauge"><b style="left:{left:.1f}%;width:{right - left:.1f}%"></b>'
        f'<s></s><u style="left:{100 * (1 - overall.value):.1f}%"></u></div>{note(text)}</section>'
    )


def _verdict(explanation: Explanation) -> str:
    leader = explanation.balance.overall.leader
    return "The interval holds a half: who leads is unsettled." if leader is None else f"{explanation.wording.dancers[leader]} leads."


def _body(explanation: Explanation, clip: Clip) -> str:
    influence = explanation.influence
    if not explanation.phrases:
        return ""
    frame = pose_frame(clip, explanation)
    lead = KINDS.index("lead")
    panels = (
        ("Sends", "What starts at a joint: the larger a disc, the surer and longer. Its dark core is leads.", influence.sent),
        ("Answers", "What arrives at a joint. A hold, unison or mirror runs both ways and counts for both.", influence.answered),
    )
    maps = "".join(
        f"<div><h3>{name}</h3>{note(text)}{bodymap(clip, explanation, values.sum(axis=0), values[lead], f'What each joint {name.lower()}', frame)}</div>"
        for name, text, values in panels
    )
    when = f"Confidence × seconds, over the whole take. The pose is that of {clock((frame + 0.5) / clip.fps)}, each dancer from the front."
    return f'<section><h2>Where in the body</h2>{note(when)}<div class="grid">{maps}</div></section>'


def _matrices(explanation: Explanation) -> str:
    if not explanation.bonds:
        return ""
    text = "Rows send, columns answer. Large squares last long, full ones are sure; point at one for its joints."
    dancers = explanation.wording.dancers
    both = "".join(f"<div><h3>{escape(dancers[d])} → {escape(dancers[1 - d])}</h3>{matrix(explanation, d)}</div>" for d in (0, 1))
    return f'<section><h2>Joint by joint</h2>{note(text)}<div class="grid">{both}</div></section>'


def _moments(explanation: Explanation) -> str:
    strongest_first = sorted(explanation.tensions, key=lambda t: -t.strength)[:MOMENTS]
    told = [tension_words(t, explanation.wording) for t in sorted(strongest_first, key=lambda t: t.peak)]
    left_out = len(explanation.tensions) - len(told)
    return listing("Tension and release", [*told, f"{left_out} lesser moments are left out" if left_out else ""])


def _sentences(explanation: Explanation, worth: Worth | None) -> str:
    chosen = strongest(explanation.phrases, SENTENCES)
    if not chosen:
        return ""
    head = "<th>when</th><th>what</th><th class=number>confidence</th>" + ("<th class=number>worth</th>" if worth is not None else "")
    rows = "".join(_told(phrase, explanation, worth) for phrase in chosen)
    left_out = len(explanation.phrases) - len(chosen)
    rest = note(f"{left_out} weaker ones are not told here; connections.csv has all.") if left_out else ""
    says = _worth_note(worth) if worth else ""
    return f'<section><h2>In words</h2>{note(says) if says else ""}<table class="told"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}</section>'


def _told(phrase: Phrase, explanation: Explanation, worth: Worth | None) -> str:
    many = f' <small style="color:{MUTED}">({len(phrase.bonds)} pairs of joints)</small>' if len(phrase.bonds) > 1 else ""
    what = escape(sentence(statement(phrase, explanation.wording)).rstrip("."))
    cells = (
        f'<td class="when">{clock(phrase.start).removesuffix(" s")} – {clock(phrase.end)}</td>'
        f'<td class="what">{score.dot(phrase.kind)}{what}{many}</td>'
        f'<td class="number" data-says="confidence">{min(phrase.confidence, 0.99):.2f}</td>'
    )
    if worth is not None:
        values = [worth[key] for b in phrase.bonds for e in b.episodes if (key := (e.edge, e.first)) in worth]
        cells += f'<td class="number" data-says="worth">{_worth(values)}</td>'
    return f'<tr data-kind="{phrase.kind}" title="{escape(said(phrase, explanation.wording), quote=True)}">{cells}</tr>'


def _worth(values: list[float]) -> str:
    """The middle one of what a phrase's connections are worth."""
    if not values:
        return "–"
    middle = median(values)
    return percent(middle) if middle > 0 else f'<span style="color:{MUTED}">none</span>'


def _worth_note(worth: Worth) -> str:
    some = sum(value > 0 for value in worth.values())
    return (
        "Worth: a joint is hidden for a moment and drawn again from its own dancer and from the partner; the share of the error that the connection takes "
        f"away. None: no more than copies of it shifted in time. Of {len(worth)} connections that could be judged, {some} are worth something."
    )


def _made(explanation: Explanation) -> str:
    connections, meta = explanation.connections, explanation.connections.meta
    settings = meta.get("settings") or {}
    rows = [
        ("Found by", str(meta.get("method", "not known")), f"model {meta['model']}" if meta.get("model") else "no trained model"),
        (
            "Source",
            ", ".join(map(str, meta.get("source") or ())) or "not known",
            f"{duration(explanation.seconds)} at {connections.fps:g} frames a second",
        ),
        ("Windows", f"{connections.windows}", f"of {_window_seconds(explanation):.1f} s; {connections.edges} candidates in each"),
        (
            "Shown",
            f"above {explanation.threshold:g}",
            "confidence: the share of such connections that are real on duets whose connections are known",
        ),
        ("Settings", ", ".join(f"{k} {v}" for k, v in settings.items()) or "defaults", f"seed {meta['seed']}" if "seed" in meta else ""),
    ]
    beside = [_total(meta.get("null"), name) for name in ("shown_true", "shown_shifted")]
    if None not in beside:
        remark = f"candidates of a window at even odds or better, echoes included; {beside[1]:.2g} with one dancer shifted by seconds"
        rows.insert(4, ("Beside chance", f"{beside[0]:.2g}", remark))
    return f"<section><h2>How this was made</h2>{facts(rows)}</section>"


def _window_seconds(explanation: Explanation) -> float:
    connections = explanation.connections
    return float((connections.window_end - connections.window_start).mean()) / connections.fps if connections.windows else 0.0


def _total(null: Any, name: str) -> float | None:
    """A figure of ``meta["null"]``, over all kinds; None where it has none."""
    value = null.get(name) if isinstance(null, Mapping) else None
    values = list(value.values()) if isinstance(value, Mapping) else [value]
    numbers = [float(v) for v in values if isinstance(v, (int, float))]
    return sum(numbers) if numbers and len(numbers) == len(values) else None
