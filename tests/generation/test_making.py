"""What must hold of what is made: for either dancer alike, only the part that was ordered, and what was asked is answered."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import Connections, candidates
from duet_core.errors import InputError
from duet_core.evaluation.asked import answers
from duet_core.evaluation.tries import attempt, crowded
from duet_core.generation.making import Order, make
from duet_core.generation.requests import Request


def exchanged(clip: Clip) -> Clip:
    return dataclasses.replace(clip, positions=clip.positions[:, ::-1], confidence=clip.confidence[:, ::-1])


def test_a_partner_for_the_second_dancer_is_one_for_the_first_with_the_dancers_exchanged(generator, sample):
    ask = Request(1, "left_wrist", 0, "right_wrist", "lead", 0.2, 1.0, 5.0)
    back = dataclasses.replace(ask, from_dancer=0, to_dancer=1)
    for_b = make(generator, Order("partner", 1, base="keep"), sample, [ask])
    for_a = make(generator, Order("partner", 0, base="keep"), exchanged(sample), [back])
    assert np.array_equal(for_b.clip.positions, for_a.clip.positions[:, ::-1])
    assert np.array_equal(for_b.clip.positions[:, 1], sample.positions[:, 1])
    assert (for_b.duet.events[0].source, for_a.duet.events[0].source) == (1, 0)
    (truth,) = for_b.clip.meta["truth"]
    assert (truth["from_dancer"], truth["from_joint"], truth["to_joint"]) == (1, "left_wrist", "right_wrist")


def test_only_the_dancer_who_was_ordered_dances_otherwise(generator, sample):
    made = make(generator, Order("vary", 1, seed=3), sample).clip
    assert np.array_equal(made.positions[:, 0], sample.positions[:, 0])
    assert np.abs(made.positions[:, 1] - sample.positions[:, 1]).max() > 0.05


@pytest.mark.parametrize("within", [(2.0, 4.5), (0.0, 3.0), (3.0, 6.0)], ids=["amid", "beginning", "end"])
def test_outside_the_ordered_seconds_all_stays_and_nothing_jumps(generator, sample, within):
    made = make(generator, Order("vary", seed=4, amount=0.8, within=within), sample).clip
    apart = np.abs(made.positions - sample.positions).max(axis=(1, 2, 3))
    time = np.arange(sample.frames) / sample.fps
    assert apart[(time < within[0]) | (time > within[1])].max(initial=0.0) == 0.0
    assert apart.max() > 0.05
    fastest = [np.linalg.norm(np.diff(x.positions, axis=0), axis=-1).max() for x in (made, sample)]
    assert fastest[0] < 1.5 * fastest[1]
    for parent, child in sample.skeleton.bones:
        size, before = (np.linalg.norm(x.positions[:, :, child] - x.positions[:, :, parent], axis=-1) for x in (made, sample))
        assert np.abs(size - before).max() < 0.005


def test_what_is_made_as_a_whole_has_no_seconds(generator, sample):
    with pytest.raises(InputError, match="as a whole"):
        make(generator, Order("partner", within=(1.0, 2.0)), sample)


def test_gaps_of_a_take_are_bridged(generator, sample):
    positions = sample.positions.copy()
    positions[40:60, 1, 20] = np.nan
    made = make(generator, Order("vary"), dataclasses.replace(sample, positions=positions)).clip
    assert np.isfinite(made.positions).all()


def test_an_order_survives_json():
    order = Order("vary", 1, amount=0.3, within=(1.0, 2.5))
    assert Order.from_dict(json.loads(json.dumps(dataclasses.asdict(order)))) == order


def test_an_answer_is_that_of_the_windows_which_the_request_fills():
    edges, starts = 18, 30 * np.arange(3)
    confidence, kind = np.full((3, edges), 0.01, np.float32), np.zeros((3, edges), np.int8)
    lead, back = 0 * 9 + 0 * 3 + 1, 1 * 9 + 2 * 3 + 2
    confidence[:, lead], kind[:, lead] = (0.1, 0.9, 0.8), 1
    confidence[:, back], kind[:, back] = 0.7, 3
    from_dancer, from_joint, _, to_joint = candidates(3)
    assert (from_dancer[lead], from_joint[lead], to_joint[lead]) == (0, 0, 1)
    probability = np.zeros((3, edges, 3), np.float32)
    probability[..., 0] = 1
    lag = np.where(kind == 1, 0.25, np.nan).astype(np.float32)
    there = Connections(
        joints=("a", "b", "c"), window_start=starts, window_end=starts + 120, confidence=confidence, type_probability=probability,
        types=("none", "faint", "core"), lag=lag, kind=kind, fps=30.0,
    )  # fmt: skip
    asked = [
        Request(0, "a", 1, "b", "lead", 0.2, 2.0, 6.0),
        Request(0, "c", 1, "c", "unison", 0.0, 0.0, 6.0),
        Request(0, "a", 1, "a", "lead", 0.2, 9.0, 12.0),
    ]
    one, two, none = answers(asked, there)
    assert one.confidence == pytest.approx(0.85)
    assert (one.kind, one.lag) == ("lead", pytest.approx(0.25))
    assert (two.confidence, two.kind) == (pytest.approx(0.7), "unison"), "a bond without direction is found from either side"
    assert np.isnan(none.confidence)


def test_a_try_says_what_was_found_of_each_asked_connection(sample):
    asked = [Request(0, "left_wrist", 1, "right_wrist", "unison", 0.0, 0.0, 6.0), Request(1, "head", 0, "left_wrist", start=1.0, end=5.0)]
    one = attempt(Order("partner", base="keep"), sample, asked, method="proximity")
    assert one.clip.names == (sample.names[0], f"{sample.names[1]} (new)")
    assert one.asked[0].to_joint == "right_wrist"
    assert len(one.answers) == 2
    assert one.notes[-1].startswith(f"{sample.names[0]} is asked to answer")
    assert one.found is not None


def test_one_limb_that_is_asked_for_twice_at_once_is_told(sample):
    wrist, elbow = Request(0, "head", 1, "left_wrist", start=1.0, end=4.0), Request(0, "right_wrist", 1, "left_elbow", start=2.0, end=5.0)
    assert ["left wrist and left elbow of B" in note for note in crowded(sample, [wrist, elbow])] == [True]
    assert crowded(sample, [wrist, dataclasses.replace(elbow, to_joint="right_elbow")]) == []
    assert crowded(sample, [wrist, dataclasses.replace(elbow, start=4.0)]) == []


def test_a_phrase_too_short_to_look_at_is_made_all_the_same(sample):
    one = attempt(Order("vary"), sample.sliced(0, 12), method="duet")
    assert one.found is not None or "not looked for" in one.notes[-1]


def test_one_dancer_dances_what_lies_between_two_and_the_other_one_as_before(generator, sample):
    sample = sample.sliced(0, 80)
    made = make(generator, Order("interpolate", 1, share=0.5), sample).clip
    assert np.array_equal(made.positions[:, 0], sample.positions[: made.frames, 0])
    assert np.abs(made.positions[:, 1] - sample.positions[: made.frames, 1]).max() > 0.05
    assert made.names == sample.names
    solo = dataclasses.replace(sample, positions=sample.positions[:, :1], confidence=sample.confidence[:, :1], meta={})
    with_solo = make(generator, Order("interpolate", 1, share=0.5), sample, other=solo).clip
    assert np.array_equal(with_solo.positions, made.positions), "without another phrase it is the partner's"
