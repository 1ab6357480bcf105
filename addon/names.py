"""Names by which Blender finds the add-on, and how long a name may be."""

from __future__ import annotations

ROOT_PACKAGE = __package__.rpartition(".")[0]
"""The extension's own package: ``bl_ext.REPOSITORY.duet_connections`` once installed, ``duet_connections`` in scripts and tests."""

CONTEXT = "Duet"
"""Of our words in other languages, where Blender has others for the same English: its German of "lead" is the metal."""

OPERATOR, ANY = "Operator", "*"
"""Blender's contexts of texts: labels of operators, and all else."""

TAB = "Duet"
"""The tab of the 3D viewport's sidebar."""

LONGEST = 63
"""Bytes of the name of a bone, a marker or, until 4.5, anything else in Blender."""


def short(name: str, most: int = LONGEST) -> str:
    """*name* within *most* bytes, cut between letters: Blender 4.5 itself cuts through them, and what it made cannot be read any more."""
    return name.encode()[:most].decode(errors="ignore")
