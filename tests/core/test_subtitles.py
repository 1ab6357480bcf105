"""Subtitles: one at a time, readable, and only while what they say goes on."""

from __future__ import annotations

from itertools import pairwise

import pytest

from duet_core.explain import explain
from duet_core.explain.subtitles import LETTERS_A_SECOND, SHORTEST, subtitles
from duet_core.explain.words import label
from duet_core.inference import infer
from duet_core.procedural.duet import sample


@pytest.fixture(scope="module")
def told():
    return explain(infer(sample(), "crosscorr"), threshold=0.3)


def test_subtitles_never_overlap_and_stay_long_enough_to_be_read(told):
    said = subtitles(told.phrases, told.wording)
    assert said
    for one, after in pairwise(said):
        assert one.end < after.start
    for one in said:
        assert one.end - one.start >= min(max(len(one.text) / LETTERS_A_SECOND, SHORTEST), 5.0) - 1e-9
        assert any(phrase.start <= one.start and one.end <= phrase.end for phrase in told.phrases)
        assert one.text[0].isupper() and one.text.endswith(".")


def test_the_weightiest_phrase_is_said(told):
    chief = max((p for p in told.phrases if p.seconds > 2), key=lambda p: p.weight)
    assert any(chief.start <= one.start <= chief.end for one in subtitles(told.phrases, told.wording))


def test_a_label_names_both_dancers_in_few_words(told):
    for phrase in told.phrases:
        words = label(phrase, told.wording)
        assert all(name in words for name in told.wording.dancers) and not words.endswith(".")
