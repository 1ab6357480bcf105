"""What the add-on says to a person of what happens: in their language, and with options by the names they have here, not by those of the command line.

Sentences of the add-on's own are templates (`said`, `counted`). What the core, other processes and files say are English sentences already when they come here:
`in_words` finds the template that such a sentence was made from, among those that are translated, and fills the translation. So the core knows of no language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from bpy.app.translations import pgettext_rpt

from ..duet_core.errors import InputError
from .names import CONTEXT
from .translations.german_messages import GERMAN_MESSAGES

FIELD = re.compile(r"\{(\w*)(?::([^{}]*))?\}")
"""A value in a template. A translation may ask for ``{name:words}``, a sentence that is to be translated itself, or ``{name:label}``, a label."""

TRANSLATED = frozenset(GERMAN_MESSAGES)
"""The sentences and templates that are known in other languages."""

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


def said(template: str, **values: object) -> str:
    """*template* in the user's language, with *values* in its fields."""
    return _filled(look_up(template), values)


def counted(count: int, one: str, many: str, **values: object) -> str:
    """*one* or *many*, as it is with *count*, in the user's language; the field ``count`` has it."""
    return said(one if count == 1 else many, count=count, **values)


def in_words(text: str) -> str:
    """The English sentence *text* in the user's language, or else as it is; without the command line's options."""
    translated = _translated(text)
    if translated is not None:
        return translated
    for pattern, name in _PATTERNS:
        text = pattern.sub(name, text)
    return text


def refusal(error: InputError) -> str:
    """What *error* says, in the user's language."""
    return in_words(error.said(lambda part: _translated(part) or part))


def together(names: Sequence[str]) -> str:
    """ "a and b", "a, b and c"."""
    return said("{first} and {last}", first=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else "".join(names)


def capital(text: str) -> str:
    """*text* with a capital."""
    return text[:1].upper() + text[1:]


def look_up(text: str) -> str:
    """*text*, a label or a template of ours, as Blender has it in the user's language."""
    return str(pgettext_rpt(text, CONTEXT))


def _translated(text: str) -> str | None:
    """*text* in the user's language; None where it stays English."""
    template, values = (text, {}) if text in TRANSLATED else _made_from(text)
    other = look_up(template) if template else ""
    return None if other in ("", template) else _filled(other, values)


def _filled(template: str, values: Mapping[str, object]) -> str:
    return FIELD.sub(lambda field: _as(values[field[1]], field[2] or ""), template) if values else template


def _as(value: Any, form: str) -> str:
    if form == "words":
        return in_words(str(value))
    return look_up(str(value)) if form == "label" else format(value, form)


@lru_cache(maxsize=256)  # panels say the same again and again
def _made_from(text: str) -> tuple[str, Mapping[str, str]]:
    """The template that made *text*, with the values in it; an empty one where none did."""
    for template, part in _templates():
        found = _pattern(template).fullmatch(text) if part in text else None
        if found:
            return template, found.groupdict()
    return "", {}


@cache
def _templates() -> tuple[tuple[str, str], ...]:
    """Templates with their longest part between values: those that leave least open first."""
    with_values = [template for template in TRANSLATED if "{" in template and FIELD.search(template)]
    with_values.sort(key=lambda template: (-len(FIELD.sub("", template)), template))
    return tuple((template, max(FIELD.sub("\0", template).split("\0"), key=len)) for template in with_values)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """What *template* makes, with its values by their names."""
    # A single word, as in "line 3", stands before single values only: it must not take a sentence that begins with it.
    value = r"\S+" if len(re.findall(r"[a-z]{2,}", FIELD.sub("", template))) < 2 else ".+?"
    words, names = FIELD.split(template)[::3], FIELD.split(template)[1::3]
    values = [f"(?P<{name}>{value})" for name in names]
    return re.compile("".join(f"{re.escape(part)}{field}" for part, field in zip(words, [*values, ""], strict=True)), re.DOTALL)
