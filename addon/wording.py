"""Sentences of the core as a person in Blender reads them: options by the names they have here, not by those of the command line."""

from __future__ import annotations

import re

_NAMES = (
    (r"--skeleton FILE\.json, or --skeleton unnamed", "the skeleton Unnamed"),
    (r"say which with --skeleton (\S+)", r"choose the skeleton \1"),
    (r"name another --skeleton", "choose another skeleton"),
    (r"leave --skeleton away", "leave Skeleton on Automatic"),
    (r"--skeleton FILE\.json", "the skeleton Unnamed"),
    (r"set one with --apart METRES", "Set Distance gives them one"),
    (r"leave --apart away", "switch Set Distance off"),
    (r"(?:with|under) --fps", "under Frame Rate"),
    (r"--fps", "Frame Rate"),
    (r"--model: (no generator is called .+); give .*", r"\1; choose a generator's folder, or leave Generator empty for the bundled one"),
    (r"fill or mark them with: inspect\.py FILE --clean \S+", "switch Clean on"),
)
_PATTERNS = tuple((re.compile(pattern), name) for pattern, name in _NAMES)


def in_words(text: str) -> str:
    """*text* without the command line's options."""
    for pattern, name in _PATTERNS:
        text = pattern.sub(name, text)
    return text
