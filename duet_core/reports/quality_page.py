"""The quality report as one HTML page that needs nothing else: style and pictures inside, no links, no scripts.

The verdict comes first, in words; then what to know, the figures, the pictures. Every text from a file is escaped.
"""

from __future__ import annotations

from html import escape

import numpy as np

from ..cleaning import CleaningReport
from ..clip import Clip
from ..quality import Quality
from . import charts, views
from .palette import DANCERS, FAINT, GRADES, INK, MUTED, PAPER, RULE
from .svg import Svg

_STYLE = f"""
:root {{ color-scheme: light; }}
* {{ box-sizing: border-box; }}
body {{ margin: 0; background: {PAPER}; color: {INK}; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  -webkit-text-size-adjust: 100%; overflow-wrap: anywhere; }}
main {{ max-width: 960px; margin: 0 auto; padding: 48px 20px 72px; }}
header p.file {{ margin: 0 0 6px; color: {MUTED}; font-size: 14px; }}
h1 {{ margin: 0; font-size: clamp(21px, 3.4vw, 28px); line-height: 1.32; font-weight: 500; letter-spacing: -0.01em; max-width: 34em; }}
.grade {{ display: inline-block; margin: 0 0 14px; padding: 1px 11px 2px; border-radius: 99px; color: #fff; font-size: 13px; font-weight: 600; }}
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
.poses {{ display: grid; grid-template-columns: repeat(5, 1fr); }}
@media (max-width: 640px) {{ .poses {{ grid-template-columns: repeat(3, 1fr); gap: 14px 0; }} }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 15px; }}
th, td {{ text-align: right; padding: 7px 0 7px 26px; border-bottom: 1px solid {FAINT}; font-weight: 400; }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0; }}
thead th {{ color: {MUTED}; font-size: 13px; border-color: {RULE}; }}
footer {{ margin-top: 56px; padding-top: 14px; border-top: 1px solid {RULE}; color: {MUTED}; font-size: 13px; }}
@media print {{ main {{ padding: 0; }} section {{ break-inside: avoid; }} }}
"""


def page(clip: Clip, quality: Quality, cleaned: Quality | None = None, report: CleaningReport | None = None) -> str:
    """The report on *clip*; with *cleaned* and *report* also what cleaning made of it."""
    title = ", ".join(quality.source) or "a take"
    body = [
        _header(quality, title),
        # The verdict has the gravest three already.
        _list("What is wrong", quality.findings) if len(quality.findings) > (1 if quality.grade == "clean" else 3) else "",
        _list("Worth knowing", [*quality.warnings, *([] if quality.units_wrong else [f"units: {quality.units}"])]),
        _figures(quality),
        _cleaning(quality, cleaned, report) if cleaned and report else "",
        _pictures(clip, quality),
        _charts(quality),
        _list("What was done to the data", quality.steps),
    ]
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – quality</title><style>{_STYLE}</style></head><body><main>{''.join(body)}"
        f"<footer>Duet Connections, quality report. Distances are metres, heights are over the floor.</footer></main></body></html>\n"
    )


def figures(quality: Quality) -> list[tuple[str, str, str]]:
    """(name, value, remark) of what a user wants to know at a glance, for the page and the terminal."""
    rows = [
        ("Length", clock(quality.duration), f"{quality.frames} frames at {quality.fps:g} a second"),
        ("Skeleton", quality.skeleton, f"{len(quality.joints)} joints, {len(quality.bones)} bones"),
    ]
    distance = quality.distance[~np.isnan(quality.distance)]
    if quality.no_placement:
        rows.append(("Distance", "not in the data", "no placement"))
    elif distance.size:
        remark = f"{distance.min():.2f} to {distance.max():.2f} m" + (", depth absent" if quality.depth_absent else "")
        rows.append(("Distance", f"{np.median(distance):.2f} m", remark))
    dancer, joint = (int(i) for i in np.unravel_index(int(np.argmax(quality.missing)), quality.missing.shape))
    worst = (
        f"most: {quality.joints[joint]}, {percent(quality.missing[dancer, joint])}" if quality.missing_share else "every position is known"
    )
    rows.append(("Unknown", percent(quality.missing_share), worst))
    if len(quality.dancers) == 2:
        exchanged = (
            (f"names exchanged in {quality.swapped_frames}" if quality.swapped_frames else "names never exchanged")
            if quality.identities_judged
            else "names cannot be judged without places"
        )
        rows.append(("On one person", f"{quality.double_frames} frames", exchanged))
    rows.append(("Jumps", f"{len(quality.jumps)}", f"{quality.jumping_positions} positions, {quality.jumping_frames} whole bodies"))
    if quality.bones:
        rows.append(("Bone lengths vary", percent(quality.mean_bone_variation), "mean over the bones; a sound body: below 2 %"))
    rows.append(("Jitter", f"{1000 * quality.typical_jitter:.1f} mm", "the typical joint; optical mocap: 0.3 mm"))
    skate = quality.foot_skate[~np.isnan(quality.foot_skate)]
    if skate.size:
        rows.append(("Foot skate", f"{skate.max():.2f} m/s", "how fast a standing foot slides"))
    rows.append(
        ("Left and right", {True: "exchanged", False: "right", None: "not known"}[quality.mirrored], f"up is {quality.up or 'not known'}")
    )
    if not np.isnan(quality.floor_height):
        rows.append(("Floor", f"{_centimetres(quality.floor_height)} cm", f"tilted by {quality.floor_tilt:.1f}°"))
    return rows


def comparison(before: Quality, after: Quality) -> list[tuple[str, str, str]]:
    """(measure, before, after) of what cleaning is to make better."""
    rows = [("verdict", before.grade, after.grade)]
    if len(before.dancers) == 2:
        rows.append(("frames on one person", str(before.double_frames), str(after.double_frames)))
        rows.append(("frames with names exchanged", str(before.swapped_frames), str(after.swapped_frames)))
    rows += [
        ("positions in jumps", str(before.jumping_positions), str(after.jumping_positions)),
        ("unknown positions", percent(before.missing_share), percent(after.missing_share)),
    ]
    if before.bones:
        rows.append(("bone lengths vary", percent(before.mean_bone_variation), percent(after.mean_bone_variation)))
    rows.append(("jitter", f"{1000 * before.typical_jitter:.1f} mm", f"{1000 * after.typical_jitter:.1f} mm"))
    skates = [q.foot_skate[~np.isnan(q.foot_skate)] for q in (before, after)]
    if all(s.size for s in skates):
        rows.append(("foot skate", *(f"{s.max():.2f} m/s" for s in skates)))  # type: ignore[arg-type]
    return rows


def percent(share: float) -> str:
    return "0 %" if share == 0 else f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %" if share >= 0.0005 else "< 0.1 %"


def clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def _centimetres(metres: float) -> str:
    rounded = round(100 * metres)
    return f"{rounded:+d}" if rounded else "0"


def _header(quality: Quality, title: str) -> str:
    who = "".join(f'<span><i style="background:{DANCERS[d]}"></i>{escape(name)}</span>' for d, name in enumerate(quality.dancers))
    return (
        f'<header><p class="file">{escape(title)}</p><span class="grade" style="background:{GRADES[quality.grade]}">{quality.grade}</span>'
        f'<h1>{escape(quality.verdict)}</h1><p class="who">{who}</p></header>'
    )


def _list(title: str, texts: list[str] | tuple[str, ...]) -> str:
    rows = "".join(f"<li>{escape(_sentence(text))}</li>" for text in dict.fromkeys(texts) if text)
    return f"<section><h2>{title}</h2><ul>{rows}</ul></section>" if rows else ""


def _figures(quality: Quality) -> str:
    rows = "".join(f"<div><dt>{escape(n)}</dt><dd>{escape(v)}<small>{escape(r)}</small></dd></div>" for n, v, r in figures(quality))
    return f"<section><h2>Key figures</h2><dl>{rows}</dl></section>"


def _cleaning(before: Quality, after: Quality, report: CleaningReport) -> str:
    rows = "".join(f"<tr><td>{escape(n)}</td><td>{escape(b)}</td><td>{escape(a)}</td></tr>" for n, b, a in comparison(before, after))
    steps = "".join(f"<li>{escape(_sentence(text))}</li>" for text in report.sentences)
    return (
        f'<section><h2>After cleaning</h2>{_note(after.verdict)}<div class="grid"><table><thead><tr><th></th><th>before</th>'
        f"<th>after</th></tr></thead><tbody>{rows}</tbody></table><ol>{steps}</ol></div></section>"
    )


def _pictures(clip: Clip, quality: Quality) -> str:
    moments = views.pose_frames(clip)
    # A picture for each pose, so that a narrow page can break the row; the box of all slides past each.
    poses = [Svg(192, 250, f"Pose {k + 1}") for k in range(len(moments))]
    for k, pose in enumerate(poses):
        views.draw_poses(pose, clip, (-192.0 * k, 0, 192.0 * len(moments), 250), moments, only=k)
    from_above = ""
    if not quality.no_placement:
        paths = Svg(charts.WIDTH, 320, "Paths from above")
        views.draw_paths(paths, clip, (0, 0, charts.WIDTH, 320), moments)
        note = "Pale at the beginning, full at the end; a square is a metre, the numbers are the poses."
        from_above = f"<div><h3>Paths from above</h3>{_note(note)}{paths}</div>"
    timeline = charts.over_time(quality) or ""
    apart = _note(f"Drawn {views.APART:g} m apart: their places are not in the data.") if quality.no_placement else ""
    over, what = "Over time", "Where something went wrong."
    if quality.distance.size and not quality.no_placement:
        over, what = "Distance over time", "Between the dancers, over the floor."
    if quality.depth_absent:
        what += " Depth is absent: only the distance to the side is known."
    return (
        f'<section><h2>Five poses</h2>{apart}<div class="poses">{"".join(map(str, poses))}</div></section>'
        f'<section class="grid">{from_above}{timeline and f"<div><h3>{over}</h3>{_note(what)}{timeline}</div>"}</section>'
    )


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _charts(quality: Quality) -> str:
    parts = [
        (
            "Unknown positions",
            "Share of the frames in which a joint is unknown; joints that are always known are left out.",
            charts.missing(quality),
        ),
        (
            "Bone lengths",
            "How much a bone's length varies: standard deviation over its mean. A body's bones do not.",
            charts.bone_variation(quality),
        ),
        ("Jitter", "How much a joint trembles on each axis.", charts.jitter(quality)),
    ]
    shown = "".join(f"<div><h3>{title}</h3>{_note(note)}{chart}</div>" for title, note, chart in parts if chart)
    return f'<section class="grid">{shown}</section>'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
