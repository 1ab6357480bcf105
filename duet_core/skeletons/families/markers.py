"""Optical markers with fixed names: the sets of the ``mariel_*.npy`` recordings. Markers sit on the skin: "bones" are lines that help the eye.

The names and their order are those of the recordings' label list; left and right follow from them (and were checked against the movement).
"""

from __future__ import annotations

from ..skeleton import Skeleton

LABELS_55 = (
    "ARIEL", "C7", "CLAV", "LANK", "LBHD", "LBSH", "LBWT", "LELB", "LFHD", "LFRM", "LFSH", "LFWT", "LHEL", "LIEL", "LIHAND", "LIWR",
    "LKNE", "LKNI", "LMT1", "LMT5", "LOHAND", "LOWR", "LSHN", "LTHI", "LTOE", "LUPA", "LabelingHips", "MBWT", "MFWT", "RANK", "RBHD",
    "RBSH", "RBWT", "RELB", "RFHD", "RFRM", "RFSH", "RFWT", "RHEL", "RIEL", "RIHAND", "RIWR", "RKNE", "RKNI", "RMT1", "RMT5",
    "ROHAND", "ROWR", "RSHN", "RTHI", "RTOE", "RUPA", "STRN", "SolvingHips", "T10",
)  # fmt: skip
"""Every row of a 55-row file; two of them are no markers."""

NO_MARKERS = ("LabelingHips", "SolvingHips")

SUBSET_18 = ("ARIEL", "C7", "CLAV", "LANK", "LELB", "LFSH", "LFWT", "LIWR", "LKNE", "LTOE", "MBWT", "RANK", "RELB", "RFSH", "RFWT", "RIWR",
             "RKNE", "RTOE")  # fmt: skip

_SIDED = {
    "FHD": "ARIEL", "BHD": "FHD", "FSH": "CLAV", "BSH": "C7", "UPA": "FSH", "ELB": "UPA", "IEL": "ELB", "FRM": "ELB", "OWR": "FRM",
    "IWR": "OWR", "OHAND": "OWR", "IHAND": "IWR", "FWT": "MFWT", "BWT": "MBWT", "THI": "FWT", "KNE": "THI", "KNI": "KNE", "SHN": "KNE",
    "ANK": "SHN", "HEL": "ANK", "MT5": "ANK", "MT1": "MT5", "TOE": "MT5",
}  # fmt: skip
_CENTRAL = {"ARIEL": "C7", "C7": "T10", "CLAV": "C7", "STRN": "CLAV", "T10": "MBWT", "MFWT": "MBWT", "MBWT": ""}


def _lines(labels: tuple[str, ...]) -> tuple[int, ...]:
    """Each marker's parent: the nearest one above it in the full set that *labels* have."""

    def above(label: str) -> str:
        if label in _CENTRAL:
            return _CENTRAL[label]
        parent = _SIDED[label[1:]]
        return parent if parent in _CENTRAL else label[0] + parent

    parents = []
    for label in labels:
        parent = above(label)
        while parent and parent not in labels:
            parent = above(parent)
        parents.append(labels.index(parent) if parent else -1)
    return tuple(parents)


_53 = tuple(label for label in LABELS_55 if label not in NO_MARKERS)
SKELETONS = (Skeleton("mariel-53", _53, _lines(_53)), Skeleton("mariel-18", SUBSET_18, _lines(SUBSET_18)))
