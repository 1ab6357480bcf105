"""The quality report as one HTML page that needs nothing else: style and pictures inside, no links, no scripts.

The verdict comes first, in words; then what to know, the figures, the pictures. Every text from a file is escaped.
"""

from __future__ import annotations

from html import escape

import numpy as np

from ..cleaning import CleaningReport
from ..clip import Clip
from ..quality import Quality
from ..saying import duration, percent, sentence
from . import charts, views
from .palette import DANCERS, GRADES
from .style import dancer_names, document, facts, listing, note
from .svg import Svg

_STYLE = """
.grade { display: inline-block; margin: 0 0 14px; padding: 1px 11px 2px; border-radius: 99px; color: #fff; font-size: 13px; font-weight: 600; }
.poses { display: grid; grid-template-columns: repeat(5, 1fr); }
@media (max-width: 640px) { .poses { grid-template-columns: repeat(3, 1fr); gap: 14px 0; } }
"""


def page(clip: Clip, quality: Quality, cleaned: Quality | None = None, report: CleaningReport | None = None) -> str:
    """The report on *clip*; with *cleaned* and *report* also what cleaning made of it."""
    title = ", ".join(quality.source) or "a take"
    body = [
        _header(quality, title),
        # The verdict has the gravest three already.
        listing("What is wrong", quality.findings) if len(quality.findings) > (1 if quality.grade == "clean" else 3) else "",
        listing("Worth knowing", [*quality.warnings, *([] if quality.units_wrong else [f"units: {quality.units}"])]),
        _figures(quality),
        _cleaning(quality, cleaned, report) if cleaned and report else "",
        _pictures(clip, quality),
        _charts(quality),
        listing("What was done to the data", quality.steps),
    ]
    return document(
        f"{title} – quality", body, "Duet Connections, quality report. Distances are metres, heights are over the floor.", _STYLE
    )


def figures(quality: Quality) -> list[tuple[str, str, str]]:
    """(name, value, remark) of what a user wants to know at a glance, for the page and the terminal."""
    rows = [
        ("Length", duration(quality.duration), f"{quality.frames} frames at {quality.fps:g} a second"),
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


def _centimetres(metres: float) -> str:
    rounded = round(100 * metres)
    return f"{rounded:+d}" if rounded else "0"


def _header(quality: Quality, title: str) -> str:
    who = dancer_names(quality.dancers, DANCERS)
    return (
        f'<header><p class="file">{escape(title)}</p><span class="grade" style="background:{GRADES[quality.grade]}">{quality.grade}</span>'
        f'<h1>{escape(quality.verdict)}</h1><p class="who">{who}</p></header>'
    )


def _figures(quality: Quality) -> str:
    return f"<section><h2>Key figures</h2>{facts(figures(quality))}</section>"


def _cleaning(before: Quality, after: Quality, report: CleaningReport) -> str:
    rows = "".join(f"<tr><td>{escape(n)}</td><td>{escape(b)}</td><td>{escape(a)}</td></tr>" for n, b, a in comparison(before, after))
    steps = "".join(f"<li>{escape(sentence(text))}</li>" for text in report.sentences)
    return (
        f'<section><h2>After cleaning</h2>{note(after.verdict)}<div class="grid"><table><thead><tr><th></th><th>before</th>'
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
        says = "Pale at the beginning, full at the end; a square is a metre, the numbers are the poses."
        from_above = f"<div><h3>Paths from above</h3>{note(says)}{paths}</div>"
    timeline = charts.over_time(quality) or ""
    apart = note(f"Drawn {views.APART:g} m apart: their places are not in the data.") if quality.no_placement else ""
    over, what = "Over time", "Where something went wrong."
    if quality.distance.size and not quality.no_placement:
        over, what = "Distance over time", "Between the dancers, over the floor."
    if quality.depth_absent:
        what += " Depth is absent: only the distance to the side is known."
    return (
        f'<section><h2>Five poses</h2>{apart}<div class="poses">{"".join(map(str, poses))}</div></section>'
        f'<section class="grid">{from_above}{timeline and f"<div><h3>{over}</h3>{note(what)}{timeline}</div>"}</section>'
    )


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
    shown = "".join(f"<div><h3>{title}</h3>{note(says)}{chart}</div>" for title, says, chart in parts if chart)
    return f'<section class="grid">{shown}</section>'
