"""What the add-on says in other languages. Blender shows them where the user's interface has that language; what has no words here stays English."""

from __future__ import annotations

import bpy

from ..names import ANY, CONTEXT, OPERATOR, ROOT_PACKAGE
from .german import GERMAN
from .german_messages import GERMAN_MESSAGES

LANGUAGES: dict[str, dict[str, str]] = dict.fromkeys(("de_DE", "de"), GERMAN | GERMAN_MESSAGES)
"""English to the language, by Blender's names of it."""


def register() -> None:
    bpy.app.translations.register(ROOT_PACKAGE, {name: _in_contexts(words) for name, words in LANGUAGES.items()})


def unregister() -> None:
    bpy.app.translations.unregister(ROOT_PACKAGE)


def _in_contexts(words: dict[str, str]) -> dict[tuple[str, str], str]:
    return {(context, english): other for english, other in words.items() for context in (ANY, OPERATOR, CONTEXT)}
