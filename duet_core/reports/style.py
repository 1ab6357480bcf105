"""What every report page shares: the look, and the ways of saying things. Pages need nothing else: style and pictures inside, no links."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ..saying import sentence
from .palette import FAINT, INK, MUTED, PAPER, RULE

_STYLE = f"""
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: {PAPER}; color: {INK}; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  -webkit-text-size-adjust: 100%; overflow-wrap: anywhere; }}
main {{ max-width: 960px; margin: 0 auto; padding: 48px 20px 72px; }}
header p.file {{ margin: 0 0 6px; color: {MUTED}; font-size: 14px; }}
h1 {{ margin: 0; font-size: clamp(21px, 3.4vw, 28px); line-height: 1.32; font-weight: 500; letter-spacing: -0.01em; max-width: 34em; }}
.who {{ margin: 18px 0 0; font-size: 14px; color: {MUTED}; }}
.who span {{ margin-right: 18px; }}
.who i {{ display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 7px; }}
section {{ margin-top: 44px; }}
h2 {{ margin: 0 0 12px; font-size: 17px; font-weight: 600; }}
h3 {{ margin: 0 0 4px; font-size: 15px; font-weight: 600; }}
p.note {{ margin: 0 0 14px; color: {MUTED}; font-size: 14px; max-width: 46em; }}
ul, ol {{ margin: 0; padding-left: 20px; max-width: 46em; }}
li {{ margin: 0 0 6px; }}
dl {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 18px 20px; margin: 0; }}
dt {{ color: {MUTED}; font-size: 13px; }}
dd {{ margin: 0; font-size: 20px; line-height: 1.3; font-variant-numeric: tabular-nums; }}
dd small {{ font-size: 13px; color: {MUTED}; display: block; }}
.grid {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 380px), 1fr)); gap: 40px 40px; align-items: start; }}
svg {{ display: block; width: 100%; height: auto; font-family: inherit; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 15px; }}
th, td {{ text-align: right; padding: 7px 0 7px 26px; border-bottom: 1px solid {FAINT}; font-weight: 400; }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0; }}
thead th {{ color: {MUTED}; font-size: 13px; border-color: {RULE}; }}
footer {{ margin-top: 56px; padding-top: 14px; border-top: 1px solid {RULE}; color: {MUTED}; font-size: 13px; }}
@media print {{ main {{ padding: 0; }} section {{ break-inside: avoid; }} }}
"""


def document(title: str, body: Iterable[str], footer: str, style: str = "", script: str = "") -> str:
    """A whole page; *title* and *footer* are plain text, *body* is HTML, *style* is what this page adds to the common look."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style></head><body><main>{''.join(body)}"
        f"<footer>{escape(footer)}</footer></main>{script and f'<script>{script}</script>'}</body></html>\n"
    )


def dancer_names(names: Iterable[str], colours: Iterable[str]) -> str:
    """The dancers beside dots in their colours."""
    return "".join(f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in zip(names, colours, strict=False))


def note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def listing(title: str, texts: Iterable[str]) -> str:
    """A section with *texts* as sentences, each once; nothing where there are none."""
    rows = "".join(f"<li>{escape(sentence(text))}</li>" for text in dict.fromkeys(texts) if text)
    return f"<section><h2>{escape(title)}</h2><ul>{rows}</ul></section>" if rows else ""


def facts(rows: Iterable[tuple[str, str, str]]) -> str:
    """(name, value, remark) as a list of figures."""
    return "<dl>" + "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}<small>{escape(r)}</small></dd></div>" for n, v, r in rows) + "</dl>"
