"""Every text that Blender shows of ours is there in the second language too, and help is at hand."""

from __future__ import annotations

import re
from fnmatch import fnmatch

import bpy
import pytest
from duet_connections.addon import manual, registration, translations
from duet_connections.addon.names import ANY, CONTEXT, OPERATOR
from duet_connections.addon.translations.german import GERMAN
from duet_connections.addon.translations.texts import texts

pytestmark = pytest.mark.usefixtures("registered")


def test_german_is_complete() -> None:
    missing = sorted({text for _, text in texts(registration.CLASSES)} - set(GERMAN))
    assert not missing, "add to addon/translations/german.py:\n" + "\n".join(f"    {text!r}: ..." for text in missing)


def test_nothing_is_translated_that_is_not_said() -> None:
    assert not sorted(set(GERMAN) - {text for _, text in texts(registration.CLASSES)})


def test_translations_are_german_and_keep_what_is_filled_in() -> None:
    for english, german in GERMAN.items():
        assert german.strip() == german and german, english
        assert not german.endswith("."), english
        assert re.findall(r"\{\w*\}", english) == re.findall(r"\{\w*\}", german), english
        assert not re.search(r"\b(the|and|with|which)\b", german), german


def test_the_texts_are_found_wherever_they_stand() -> None:
    found = texts(registration.CLASSES)
    assert (OPERATOR, "Find Connections") in found
    assert (ANY, "Export the duet to a file for other programs") in found, "a tooltip"
    assert (ANY, "White Limbo") in found, "a choice"
    assert (OPERATOR, "Continue") in found, "the text of a button"
    assert (ANY, "Model Folder") in found, "a preference"


def test_blender_knows_the_words_and_forgets_them() -> None:
    assert set(translations.LANGUAGES) >= {"de_DE"}
    translations.unregister()
    translations.register()
    assert bpy.app.translations.pgettext("Find Connections", "Operator") in ("Find Connections", GERMAN["Find Connections"])


def test_our_words_are_our_own_where_blender_has_others_for_the_same_english() -> None:
    """In Blender's German "lead" is the metal and "clear" is to remove: ours have a context of their own, which panels ask for."""
    words = translations._in_contexts(GERMAN)
    assert {(CONTEXT, word) for word in ("Lead", "Hold", "Clear", "Threads")} <= set(words)
    panels = [cls for cls in registration.CLASSES if issubclass(cls, bpy.types.Panel) and cls.__name__ != "DUET_PT_quality"]
    assert {cls.bl_translation_context for cls in panels} == {CONTEXT}


OTHERWISE_IN_BLENDER = {
    "Amount", "Armature", "Clear", "Enabled", "Engine", "Fade", "Follow", "Front", "Hold", "Lead", "Lift", "Method", "Mirror", "Number", "Plain", "Proximity", "Start",
    "Step", "Tension", "Threads", "Threshold", "To",
}  # fmt: skip
"""Words of ours for which Blender 5.2's own German has others, which would come first."""


def test_properties_whose_words_mean_something_else_in_blender_have_the_context_too() -> None:
    seen = set()
    for cls in registration.CLASSES:
        rna = cls.bl_rna
        if issubclass(cls, bpy.types.Operator):
            group, _, name = cls.bl_idname.partition(".")
            rna = getattr(getattr(bpy.ops, group), name).get_rna_type()
        for prop in rna.properties:
            names = {prop.name} | ({item.name for item in prop.enum_items} if prop.type == "ENUM" else set())
            if names & OTHERWISE_IN_BLENDER and not prop.is_hidden:
                assert prop.translation_context == CONTEXT, f"{cls.__name__}.{prop.identifier}"
                seen |= names
    assert seen >= {"Method", "Threads", "Plain"}, "properties and choices are looked at"


def test_every_tooltip_is_in_sentence_case_without_a_final_stop() -> None:
    for _, text in texts(registration.CLASSES):
        assert not text.endswith("."), text
        assert text[0] == text[0].upper() or text in ("glTF", "a", "b"), text


def test_help_is_a_file_on_this_machine() -> None:
    assert manual.README.is_file()
    prefix, places = manual.manual_map()
    assert prefix.startswith("file:")
    assert any(fnmatch("bpy.ops.duet.infer", pattern) for pattern, _ in places)
    assert bpy.ops.duet.open_manual() == {"FINISHED"}
    assert (prefix, places) in list(bpy.utils.manual_map())
