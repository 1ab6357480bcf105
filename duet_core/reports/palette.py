"""The colours of every report: dark on warm paper, the dancers in the terracotta and slate blue of their bodies in the scene."""

from __future__ import annotations

PAPER = "#fbfaf7"
INK = "#2b2a28"
MUTED = "#75716b"
RULE = "#e3dfd8"
FAINT = "#efece6"

DANCERS = ("#c8744a", "#50739c")
"""The bodies' colours in the scene, one step darker: thin lines on paper need it."""

KINDS = {
    "lead": "#9c2a74",
    "hold": "#e3ad1c",
    "unison": "#08692f",
    "mirror": "#5f9ff2",
    "opposition": "#262226",
    "none": "#93a1a7",
}
"""The kinds of a connection. Kept apart also by eyes without red, green or blue cones (CIE Lab distances of 23 and more, simulated after Machado 2009)."""

GRADES = {"clean": "#4d7f5c", "fair": "#b3862c", "poor": "#b04a3a"}


def rgb(colour: str) -> tuple[int, int, int]:
    """``"#rrggbb"`` as three numbers 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
