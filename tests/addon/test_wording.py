"""What the add-on says of what happens is there in the second language too, whoever says it first: an operator, the core, another process."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import bpy
import pytest
from duet_connections.addon import jobs, wording
from duet_connections.addon.translations.german import GERMAN
from duet_connections.addon.translations.german_messages import GERMAN_MESSAGES
from duet_connections.addon.translations.sentences import ROOT, normal, sentences
from duet_connections.addon.wording import FIELD, counted, in_words, refusal, said, together
from duet_connections.duet_core.errors import InputError
from duet_connections.duet_core.formats import duet_npz, read
from duet_connections.duet_core.saying import listed


@pytest.fixture(scope="module")
def found() -> Mapping[str, str]:
    return sentences()


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a Blender with a German interface: the bpy module comes without languages."""
    words = GERMAN | GERMAN_MESSAGES
    monkeypatch.setattr(wording, "look_up", lambda text: words.get(text, text))


def test_every_sentence_is_there_in_german(found: Mapping[str, str]) -> None:
    there = {normal(template) for template in GERMAN_MESSAGES}
    missing = {template: place for template, place in found.items() if normal(template) not in there}
    assert not missing, "add to addon/translations/german_messages.py, with names in the braces:\n" + "\n".join(
        f"    {template!r}: ...,  # {place}" for template, place in missing.items()
    )


def test_no_sentence_is_translated_that_is_not_said(found: Mapping[str, str]) -> None:
    assert not {normal(template) for template in GERMAN_MESSAGES} - {normal(template) for template in found}


def test_sentences_are_found_wherever_they_are_said(found: Mapping[str, str]) -> None:
    for said_so in (
        "Cancelled; nothing was changed",  # a report
        "Import a duet first",  # why something cannot be done
        "{count} connections were added",  # one of two, by their number
        "{} still runs",  # a refusal of the add-on, with a value
        "Frame Range",  # where something is wrong
        "the frame rates differ ({} and {})",  # a refusal of the core
        "the file is cut short or damaged: export it again",  # a remedy that several share, by a name of their own
        "channels {} are not usable",  # one that a function passes on
        "{} frames show nobody",  # a warning
        "bone lengths vary by {} on average",  # a finding
        "writing",  # progress
    ):
        assert said_so in found, said_so


def test_translated_sentences_keep_their_values_and_name_no_options() -> None:
    for english, german in GERMAN_MESSAGES.items():
        names = [name for name, _ in FIELD.findall(english)]
        assert len(set(names)) == len(names) and all(names), english
        assert sorted(names) == sorted(name for name, _ in FIELD.findall(german)), english
        assert german.strip() == german and german, english
        assert not re.search(r"--(?!upgrade)|\b(the|and|with|which)\b", german), german


def test_each_sentence_is_known_again_by_what_it_says(german: None) -> None:
    for template, translated in GERMAN_MESSAGES.items():
        values = {name: f"⟨{name}⟩" for name, _ in FIELD.findall(template)}
        text = FIELD.sub(lambda field: values[field[1]], template)  # noqa: B023 - called at once
        assert in_words(text) == FIELD.sub(lambda field: values[field[1]], translated), template  # noqa: B023


def test_every_report_and_every_reason_why_not_is_said_in_the_users_language() -> None:
    for file in sorted((ROOT / "addon").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("report", "poll_message_set"):
                words = node.args[-1]
                assert not isinstance(words, ast.Constant), f"{file.name}:{node.lineno}: wrap it in said()"
                if isinstance(words, ast.JoinedStr):  # of parts that are said
                    literal = "".join(part.value for part in words.values if isinstance(part, ast.Constant) and isinstance(part.value, str))
                    assert not re.search("[a-z]", literal), f"{file.name}:{node.lineno}: give said() a template"


def test_english_stays_what_it_is() -> None:
    error = InputError("the frame rates differ (30 and 25)", file="a.bvh", remedy="give the true rate with --fps")
    assert refusal(error) == "a.bvh: the frame rates differ (30 and 25); give the true rate under Frame Rate"
    assert counted(1, "1 connection was added", "{count} connections were added") == "1 connection was added"
    assert counted(0, "1 connection was added", "{count} connections were added") == "0 connections were added"
    for names in (["a"], ["a", "b"], ["a", "b", "c"]):
        assert together(names) == listed(names)


def test_refusals_of_the_core_are_german_in_a_german_blender(german: None) -> None:
    error = InputError("joint 'hip' of dancer 'Ann and Bo' comes twice", file="tanz.csv", place="frame 12", remedy="check the path")
    assert refusal(error) == "tanz.csv: Bild 12: das Gelenk 'hip' von Tänzer 'Ann and Bo' kommt zweimal; den Pfad prüfen"
    assert (
        refusal(InputError("no such sentence", place="line 3", remedy="leave --apart away"))
        == "Zeile 3: no such sentence; Abstand setzen ausschalten"
    )


def test_a_sentence_within_a_sentence_is_translated_and_a_name_is_not(german: None) -> None:
    assert in_words("hold of left_wrist and right_wrist: out of reach for a part of it") == (
        "Halten zwischen left_wrist und right_wrist: zum Teil außer Reichweite"
    )
    assert in_words("the dancers' names seem exchanged once (3 frames)") == "die Namen der Tänzer scheinen einmal vertauscht (3 Bilder)"
    assert said("{duet} is kept", duet="Follow") == "Follow ist behalten", "what a person called a duet is no word of ours"
    assert said("{work:label}: wait, or cancel it first", work="Rendering") == "Rendern: warten oder zuerst abbrechen"
    with pytest.raises(InputError) as two:
        first = jobs.Job("Rendering", lambda progress, cancelled: None)
        first.start()
        try:
            jobs.Job("Checking", lambda progress, cancelled: None).start()
        finally:
            jobs.stop()
    assert refusal(two.value) == "Rendern: läuft noch; warten oder zuerst abbrechen"


@pytest.mark.usefixtures("registered", "german")
def test_operators_say_in_german_what_happens(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "tanz.bvh"
    wrong.write_text("HIERARCHY\nROOT hips\n")
    with pytest.raises(RuntimeError, match="Ende der Datei: es gibt keinen Abschnitt MOTION; die Datei ist abgeschnitten"):
        bpy.ops.duet.import_poses(filepath=str(wrong))
    with pytest.raises(RuntimeError, match="es gibt keine solche Datei; den Pfad prüfen"):
        bpy.ops.duet.import_poses(filepath=str(tmp_path / "nichts.bvh"))
    take = tmp_path / "sample.duet.npz"
    duet_npz.write(read(ROOT / "samples" / "sample.duet.npz").sliced(90, 210), take)
    bpy.ops.duet.import_poses(filepath=str(take))
    assert re.search(r"importiert: \d+ Bilder mit \d+ Bildern je Sekunde, [\d.]+ s; die Bewegung ist ", capfd.readouterr().out)
    with pytest.raises(RuntimeError, match="die Knochen mit Beides zeigen"):
        bpy.ops.duet.ask()
    bpy.ops.duet.infer(method="crosscorr")
    assert re.search(r"\d+ Verbindung(en liegen| liegt) über 0\.5, in \d+ Fenster", capfd.readouterr().out)
    bpy.ops.duet.export(format="CSV", filepath=str(tmp_path / "aus.csv"))
    assert "geschrieben: " in capfd.readouterr().out
