"""A stroke font for pictures without a font: capitals, digits and a few signs on a grid 4 wide and 6 high.

A glyph is polylines apart by spaces; a polyline is pairs of digits, x to the right and y down; (0, 6) is the baseline's left end.
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

HEIGHT = 6.0
_GAP, _SPACE = 1.9, 2.6

_GLYPHS = {
    "A": "062046 1434", "B": "06003041423303 33444536 3606", "C": "4130100105163645", "D": "06003041453606", "E": "40000646 0333",
    "F": "400006 0333", "G": "41301001051636454323", "H": "0006 4046 0343", "I": "2026", "J": "4045361605", "K": "0006 400346",
    "L": "000646", "M": "0600234046", "N": "06004640", "O": "103041453616050110", "P": "06003041423303",
    "Q": "103041453616050110 3446", "R": "06003041423303 2346", "S": "413010010213334445361605", "T": "0040 2026",
    "U": "000516364540", "V": "002640", "W": "0016233640", "X": "0046 4006", "Y": "002340 2326", "Z": "00400646",
    "0": "103041453616050110", "1": "112026", "2": "01103041420646", "3": "01103041423313 334445361605", "4": "36300444",
    "5": "4000033344453606", "6": "30100105163645443303", "7": "004016", "8": "103041423313020110 1304051636454433",
    "9": "4333130201103041453616", ".": "2626", ",": "2617", ";": "2323 2617", "\u2026": "0606 2626 4646", "-": "1333", ":": "2323 2626", "/": "4006",
    "%": "4006 0101 4545",
    "(": "20111526", ")": "20313526", "+": "2125 0343", "=": "0242 0444", "'": "2021", "_": "0646", "?": "01103041422324 2626",
    "\u2013": "0343", "\u00b7": "2323",
}  # fmt: skip
_UNKNOWN = "0040460600"


def strokes(text: str, size: float) -> tuple[list[NDArray[np.float64]], float]:
    """The polylines (N, 2) of *text* with capitals *size* high, its baseline's start at (0, 0), and its width."""
    lines: list[NDArray[np.float64]] = []
    x = 0.0
    for letter in unicodedata.normalize("NFKD", text).upper():
        if unicodedata.combining(letter):
            continue
        if letter.isspace():
            x += _SPACE
            continue
        glyph = [
            np.array([(int(run[i]), int(run[i + 1]) - HEIGHT) for i in range(0, len(run), 2)])
            for run in _GLYPHS.get(letter, _UNKNOWN).split()
        ]
        left, right = min(run[:, 0].min() for run in glyph), max(run[:, 0].max() for run in glyph)
        lines += [run + np.array([x - left, 0.0]) for run in glyph]
        x += right - left + _GAP
    scale = size / HEIGHT
    return [run * scale for run in lines], max(x - _GAP, 0.0) * scale
