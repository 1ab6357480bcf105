"""Two takes side by side: what differs is told, and what only looks different is not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from duet_core.connections import KINDS, Connections
from duet_core.errors import InputError
from duet_core.explain import differences
from duet_core.explain.comparison import Comparison, compare
from duet_core.explain.matching import match, restricted

JOINTS = ("pelvis", "head", "left_elbow", "left_wrist", "right_wrist", "left_ankle", "right_ankle")
PELVIS, HEAD, ELBOW, LEFT, RIGHT, ANKLE, OTHER_ANKLE = range(len(JOINTS))
STRIDE, LENGTH, FPS = 15, 120, 30.0
Shown = tuple[int, int, int, str, float, tuple[int, int], float]
"""From dancer, from joint, to joint, kind, lag, first and last window, confidence."""


def take(*shown: Shown, windows: int = 40, source: str = "a", method: str = "duet", joints: tuple[str, ...] = JOINTS) -> Connections:
    count = len(joints)
    confidence = np.zeros((windows, 2, count, count), np.float32)
    lag, kind = np.full(confidence.shape, np.nan, np.float32), np.zeros(confidence.shape, np.int8)
    for dancer, i, j, name, seconds, (first, last), sure in shown:
        ends = [(dancer, i, j)] if name == "lead" else [(dancer, i, j), (1 - dancer, j, i)]
        for d, a, b in ends:
            confidence[first : last + 1, d, a, b] = sure
            lag[first : last + 1, d, a, b], kind[first : last + 1, d, a, b] = seconds, KINDS.index(name)
    start = STRIDE * np.arange(windows)
    flat = (windows, -1)
    share = np.stack([1 - confidence, confidence], axis=-1).reshape(windows, -1, 2)
    return Connections(
        joints, start, start + LENGTH, confidence.reshape(flat), share, ("none", "core"), lag.reshape(flat), kind.reshape(flat), FPS,
        {"source": [source], "method": method, "dancers": ["A", "B"]},
    )  # fmt: skip


def dance(seed: int, windows: int = 60, source: str = "a") -> Connections:
    """Many connections, drawn by chance."""
    rng = np.random.default_rng(seed)
    shown = []
    for first in range(0, windows - 6, 2):
        dancer, i, j = int(rng.integers(2)), *map(int, rng.integers(len(JOINTS), size=2))
        kind = KINDS[int(rng.integers(1, len(KINDS)))]
        last = min(windows - 1, first + int(rng.integers(4, 12)))
        shown.append((dancer, i, j, kind, 0.2 if kind == "lead" else 0.0, (first, last), float(rng.uniform(0.6, 1.0))))
    return take(*shown, windows=windows, source=source)


def at_tempo(of: Connections, ratio: float, source: str = "b", begin: int = 0, end: int | None = None) -> Connections:
    """The windows *begin* to *end* of a take danced *ratio* times as slowly."""
    last = (of.windows if end is None else end) - 1
    place = np.round(np.linspace(begin, last, round((last - begin) * ratio) + 1)).astype(int)
    start = STRIDE * np.arange(len(place))
    arrays = {name: getattr(of, name)[place] for name in ("confidence", "type_probability", "lag", "kind")}
    return replace(of, window_start=start, window_end=start + LENGTH, meta={**of.meta, "source": [source]}, **arrays)


def swapped(of: Connections) -> Connections:
    return replace(restricted(of, range(len(of.joints)), of.joints, swapped=True), meta={**of.meta, "source": ["b"]})


def told(found: Comparison) -> list[tuple[str, int, int]]:
    """(change, from joint, to joint), by time."""
    return [(c.what, c.bond.ends[0][1], c.bond.ends[1][1]) for c in found.changes if c.what != "stayed"]


LEAD: Shown = (0, LEFT, RIGHT, "lead", 0.2, (10, 20), 0.9)
STEADY: Shown = (0, ANKLE, ANKLE, "unison", 0.0, (0, 39), 0.95)


@pytest.mark.parametrize("align", ["auto", "none", "stretch", "dtw"])
def test_a_take_and_itself_do_not_differ(align: str) -> None:
    found = compare(dance(1), dance(1, source="b"), align=align)
    assert not told(found) and not found.phrases
    assert found.similarity.limbs == found.similarity.joints == 1 and found.similarity.ranking == 1
    assert found.shares["stays"] == pytest.approx(1) and found.alignment.ratio == pytest.approx(1)
    assert found.similarity.chance[1] < 0.7
    assert "alike" in differences.headline(found)


@pytest.mark.parametrize(
    ("second", "what", "says"),
    [
        ([], "vanished", "the left wrist of A leads the right wrist of B by 0.20 s"),
        ([(1, RIGHT, LEFT, "lead", 0.2, (10, 20), 0.9)], "turned", "the lead goes the other way"),
        ([(0, LEFT, RIGHT, "hold", 0.0, (10, 20), 0.9)], "kind", "in the second they hold each other"),
        ([(0, LEFT, RIGHT, "lead", 0.35, (10, 20), 0.9)], "lag", "by 0.20 s, in the second by 0.35 s"),
        ([(0, LEFT, RIGHT, "lead", 0.2, (10, 20), 0.55)], "confidence", "less sure in the second"),
    ],
)
def test_each_change_is_told_once_with_its_time(second: list[Shown], what: str, says: str) -> None:
    found = compare(take(LEAD, STEADY), take(STEADY, *second, source="b"), align="none")
    (change,) = [c for c in found.changes if c.what != "stayed"]
    assert told(found) == [(what, LEFT, RIGHT)]
    assert change.first == pytest.approx((2 + 10 * 0.5, 2 + 20 * 0.5), abs=0.5) and change.first == pytest.approx(change.second)
    assert 0.5 <= change.sure <= 1 and change.confidences[0] == pytest.approx(0.9)
    (phrase,) = found.phrases
    assert says in differences.sentence(phrase, found)


def test_what_is_only_in_the_second_has_appeared() -> None:
    found = compare(take(STEADY), take(STEADY, LEAD, source="b"), align="none")
    assert told(found) == [("appeared", LEFT, RIGHT)]
    (change,) = [c for c in found.changes if c.what == "appeared"]
    assert change.kinds == ("none", "lead") and math.isnan(change.lags[0]) and change.lags[1] == pytest.approx(0.2)
    assert change.confidences == (pytest.approx(0), pytest.approx(0.9)) and change.sure == pytest.approx(0.9)
    assert differences.heading("appeared", found) == "Only in the second"


@pytest.mark.parametrize(
    "second",
    [
        pytest.param([(0, LEFT, RIGHT, "lead", 0.2, (11, 21), 0.9)], id="a window later"),
        pytest.param([(0, ELBOW, RIGHT, "lead", 0.2, (10, 20), 0.9)], id="another joint of the arm speaks"),
        pytest.param([(0, LEFT, RIGHT, "lead", 0.2, (10, 20), 0.4)], id="nearly shown"),
        pytest.param([(0, LEFT, RIGHT, "lead", 0.2, (10, 20), 0.15)], id="perhaps spoken for by a surer one"),
        pytest.param([(0, LEFT, RIGHT, "lead", 0.26, (10, 20), 0.9)], id="hardly another lag"),
    ],
)
def test_what_only_looks_different_has_neither_vanished_nor_appeared(second: list[Shown]) -> None:
    found = compare(take(LEAD, STEADY), take(STEADY, *second, source="b"), align="none")
    assert not [change for change in told(found) if change[0] != "confidence"]


def test_a_limb_is_missed_while_others_go_on_only_where_the_method_shows_all_that_it_finds() -> None:
    both = [STEADY, (0, HEAD, HEAD, "unison", 0.0, (10, 20), 0.9)]
    assert not told(compare(take(*both), take(STEADY, source="b"), align="none"))
    found = compare(take(*both), take(STEADY, source="b", method="granger"), align="none")
    assert told(found) == [("vanished", HEAD, HEAD)]


def test_a_moment_or_a_doubtful_connection_is_no_difference() -> None:
    assert not told(compare(take((0, LEFT, RIGHT, "lead", 0.2, (10, 10), 0.9), STEADY), take(STEADY, source="b"), align="none"))
    weak = take((0, LEFT, RIGHT, "lead", 0.2, (10, 14), 0.51), (0, LEFT, RIGHT, "lead", 0.2, (15, 20), 0.4), STEADY)
    assert not told(compare(weak, take(STEADY, source="b"), align="none"))


def test_a_lag_counts_from_what_the_user_says() -> None:
    second = take(STEADY, (0, LEFT, RIGHT, "lead", 0.26, (10, 20), 0.9), source="b")
    assert told(compare(take(LEAD, STEADY), second, align="none", lag_changed=0.05)) == [("lag", LEFT, RIGHT)]


def test_changes_that_belong_together_are_one_phrase() -> None:
    shown = [(0, j, j, "mirror", 0.0, (10, 20), 0.9) for j in (HEAD, LEFT, RIGHT)]
    found = compare(take(*shown, STEADY), take(STEADY, source="b"), align="none")
    assert len(told(found)) == 3
    (phrase,) = found.phrases
    assert phrase.what == "vanished" and len(phrase.each) == 3 and differences.when(phrase, 0) == "6.7 – 12.3 s"


def test_joints_are_matched_by_name_then_by_the_place_of_the_body() -> None:
    daz = ("hip", "head", "lForeArm", "lHand", "rHand", "lFoot", "lThumb3")
    matching = match(JOINTS, daz)
    assert dict(matching.pairs) == {PELVIS: 0, HEAD: 1, ELBOW: 2, LEFT: 3, RIGHT: 4, ANKLE: 5}
    assert matching.by_landmark == 5 and matching.only_first == ("right_ankle",) and matching.only_second == ("lThumb3",)
    other = take(LEAD, (0, ANKLE, ANKLE, "unison", 0.0, (0, 39), 0.95), joints=daz, source="b")
    found = compare(take(LEAD, STEADY), other, align="none")
    assert not told(found) and found.similarity.joints == 1
    said = " ".join(differences.matched(found))
    assert "5 of them" in said and "right_ankle of the first" in said and "lThumb3 of the second" in said


def test_takes_without_a_common_joint_or_moment_are_refused() -> None:
    with pytest.raises(InputError, match="share no joint"):
        compare(take(LEAD), take(joints=("x1", "x2"), source="b"))
    with pytest.raises(InputError, match="too little is shown"):
        compare(take(LEAD), take(source="b"), align="dtw")


def test_exchanged_roles_are_noticed_and_can_be_said() -> None:
    one = take(*[(0, LEFT, RIGHT, "lead", 0.2, (k, k + 6), 0.9) for k in range(0, 40, 10)], (0, HEAD, ANKLE, "lead", 0.3, (4, 30), 0.9))
    other = swapped(one)
    found = compare(one, other)
    assert found.exchanged == pytest.approx(1) and any("--swap" in line for line in differences.summary(found))
    assert {change[0] for change in told(found)} == {"vanished", "appeared"}
    right = compare(one, other, swap=True)
    assert not told(right) and right.exchanged is None and right.similarity.limbs == 1


@pytest.mark.parametrize(("ratio", "begin", "end"), [(1.1, 0, None), (0.85, 0, None), (1.1, 12, 54), (0.9, 0, 44)])
def test_another_tempo_and_other_cuts_are_found_and_nothing_else_differs(ratio: float, begin: int, end: int | None) -> None:
    one = dance(4)
    found = compare(one, at_tempo(one, ratio, begin=begin, end=end))
    assert found.alignment.chance <= 0.05
    assert found.alignment.ratio == pytest.approx(ratio, abs=0.04)
    middle = (begin + (end or one.windows)) / 2
    seconds = 2 + middle * 0.5
    assert found.alignment.to_second(np.array([seconds]))[0] == pytest.approx(2 + (middle - begin) * 0.5 * ratio, abs=0.75)
    assert found.shares["stays"] > 0.9 and found.shares["vanishes"] < 0.03 and found.shares["appears"] < 0.03
    assert any(f"{found.alignment.ratio:.2f} s for a second" in line for line in differences.summary(found))


def test_a_tempo_that_wavers_is_followed() -> None:
    one = dance(4, windows=90)
    place = np.concatenate([np.arange(0, 45, 0.7), np.arange(45, 89.5, 1.4)]).round().astype(int)
    start = STRIDE * np.arange(len(place))
    arrays = {name: getattr(one, name)[place] for name in ("confidence", "type_probability", "lag", "kind")}
    other = replace(one, window_start=start, window_end=start + LENGTH, meta={**one.meta, "source": ["b"]}, **arrays)
    found = compare(one, other)
    assert found.alignment.how == "dtw" and found.alignment.chance <= 0.05 and found.shares["stays"] > 0.9
    assert found.alignment.to_second(np.array([2 + 22.5]))[0] == pytest.approx(2 + 64 * 0.5, abs=1.0)


def test_of_unrelated_takes_it_is_said_that_they_are() -> None:
    alike = [compare(dance(seed), dance(seed + 100, source="b")) for seed in range(8)]
    assert sum(found.alignment.chance <= 0.05 for found in alike) <= 1
    assert all(found.similarity.limbs < 0.35 for found in alike)
    assert sum("no more alike" in differences.headline(found) for found in alike) >= 4
    assert sum("is not seen" in differences.summary(found)[0] for found in alike) >= 7


def test_two_models_on_one_take_are_compared_second_by_second() -> None:
    one, other = take(LEAD, STEADY), take(STEADY, (0, HEAD, HEAD, "mirror", 0.0, (5, 9), 0.9), method="granger")
    found = compare(one, other)
    assert found.same_take and found.alignment.how == "none" and differences.titles(found) == ("duet", "granger")
    lead, mirror, unison = (KINDS.index(name) for name in ("lead", "mirror", "unison"))
    assert found.agreement[unison, unison] == pytest.approx(2 * 40 * 0.5)
    assert found.agreement[lead, 0] == pytest.approx(11 * 0.5) and found.agreement[0, mirror] == pytest.approx(2 * 5 * 0.5)
    assert found.agreement.sum() == pytest.approx(40 + 5.5 + 5)
    assert [what for what, *_ in told(found)] == ["appeared", "vanished"]


def test_windows_of_another_length_and_stride_are_laid_on_each_other() -> None:
    one = take(LEAD, STEADY)
    other = replace(take(STEADY, LEAD, method="granger"), window_end=STRIDE * np.arange(40) + 90, window_start=STRIDE * np.arange(40) + 30)
    assert not told(compare(one, other, align="none"))


def test_where_nothing_is_shown_that_is_said() -> None:
    found = compare(take(), take(source="b"))
    assert math.isnan(found.similarity.limbs) and not told(found)
    assert "shows a connection" in differences.headline(found) and differences.summary(found)


def test_a_long_take_is_aligned_in_parts() -> None:
    one = dance(6, windows=1500)
    found = compare(one, at_tempo(one, 1.06))
    assert found.alignment.ratio == pytest.approx(1.06, abs=0.01) and found.shares["stays"] > 0.9
