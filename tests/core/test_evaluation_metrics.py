"""Figures of merit say what SciPy and a pencil say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from duet_core import metrics
from duet_core.evaluation import intervals

scipy_stats = pytest.importorskip("scipy.stats")


@pytest.fixture
def scored() -> tuple[np.ndarray, np.ndarray]:
    """Scores with many ties and labels 1, 0, −1."""
    rng = np.random.default_rng(0)
    labels = rng.choice([-1, 0, 1], size=(6, 2, 9, 9), p=[0.1, 0.8, 0.1]).astype(np.int8)
    return np.round(rng.normal(size=labels.shape) + 0.8 * (labels == 1), 1), labels


def test_auroc_is_the_mann_whitney_statistic_ties_counted_half(scored) -> None:
    score, labels = scored
    true, false = score[labels == 1], score[labels == 0]
    expected = scipy_stats.mannwhitneyu(true, false).statistic / (len(true) * len(false))
    assert metrics.auroc(score, labels) == pytest.approx(expected)


def test_average_precision_is_the_mean_precision_at_each_true_entry(scored) -> None:
    score, labels = scored
    flags, values = labels[labels >= 0], score[labels >= 0]
    at_each = [np.mean(flags[values >= v] == 1) for v in values[flags == 1]]
    assert metrics.average_precision(score, labels) == pytest.approx(np.mean(at_each))


def test_average_precision_by_hand() -> None:
    assert metrics.average_precision(np.array([4, 3, 2, 1]), np.array([1, 0, 1, 0])) == pytest.approx((1 + 2 / 3) / 2)
    # All tied: precision is the share of true entries, whatever the order in memory.
    assert metrics.average_precision(np.zeros(4), np.array([1, 0, 0, 0])) == pytest.approx(0.25)
    assert metrics.average_precision(np.zeros(4), np.array([0, 0, 0, 1])) == pytest.approx(0.25)


def test_a_perfect_ranking_and_a_reversed_one() -> None:
    labels = np.array([0, 0, 1, 1])
    assert metrics.auroc(np.arange(4), labels) == metrics.average_precision(np.arange(4), labels) == 1.0
    assert metrics.auroc(-np.arange(4), labels) == 0.0


def test_what_is_left_out_changes_nothing(scored) -> None:
    score, labels = scored
    other = np.where(labels < 0, 1e6, score)
    assert metrics.auroc(other, labels) == metrics.auroc(score, labels)
    assert metrics.average_precision(other, labels) == metrics.average_precision(score, labels)
    confidence = np.clip(score / 4 + 0.3, 0, 1)
    changed = np.where(labels < 0, 1.0, confidence)
    assert metrics.reliability(changed, labels).error == metrics.reliability(confidence, labels).error
    assert metrics.shown_quality(changed, labels, 0.5) == metrics.shown_quality(confidence, labels, 0.5)


def test_without_true_entries_there_is_no_figure_rather_than_a_wrong_one() -> None:
    nothing = np.zeros(5, np.int8)
    assert math.isnan(metrics.auroc(np.arange(5.0), nothing))
    assert math.isnan(metrics.average_precision(np.arange(5.0), nothing))
    assert math.isnan(metrics.direction_accuracy(np.zeros((1, 2, 2, 2)), np.zeros((1, 2, 2, 2), bool)))
    assert math.isnan(metrics.shown_quality(np.zeros(5), nothing, 0.5)[0])
    assert math.isnan(metrics.lag_error(np.zeros(0), np.zeros(0)).median)


def test_direction_is_judged_against_the_reverse_candidate() -> None:
    score, true = np.zeros((1, 2, 3, 3)), np.zeros((1, 2, 3, 3), bool)
    score[0, 0, 1, 2], score[0, 1, 2, 1] = 0.9, 0.4  # right
    score[0, 1, 0, 1], score[0, 0, 1, 0] = 0.1, 0.8  # wrong
    for place in ((0, 0, 1, 2), (0, 1, 0, 1)):
        true[place] = True
    assert metrics.direction_accuracy(score, true) == 0.5
    true[0, 0, 2, 2] = True  # a tie counts half
    assert metrics.direction_accuracy(score, true) == 0.5
    np.testing.assert_array_equal(metrics.reverse(metrics.reverse(score)), score)


def test_lags_that_were_not_found_are_told_apart_from_wrong_ones() -> None:
    error = metrics.lag_error(np.array([0.2, 0.5, np.nan, 0.3]), np.array([0.2, 0.4, 0.3, 0.5]))
    assert (error.median, error.mean, error.missing) == (pytest.approx(0.1), pytest.approx(0.1), 0.25)


def test_confusion_counts_truth_before_found() -> None:
    table = metrics.confusion(np.array([1, 2, 2]), np.array([1, 1, 2]), 3)
    assert table.tolist() == [[0, 0, 0], [0, 1, 1], [0, 0, 1]]
    assert metrics.accuracy(np.array([1, 2, 2]), np.array([1, 1, 2])) == pytest.approx(2 / 3)


def test_calibration_by_hand() -> None:
    confidence = np.array([0.05, 0.05, 0.95, 0.95, 1.0])
    of = metrics.reliability(confidence, np.array([0, 0, 1, 1, 0]))
    assert of.count.tolist() == [2, 0, 0, 0, 0, 0, 0, 0, 0, 3]
    assert of.error == pytest.approx(0.4 * 0.05 + 0.6 * (2.9 / 3 - 2 / 3))
    assert of.above(0.1).error == pytest.approx(2.9 / 3 - 2 / 3)
    assert of.as_dict()[1] == {"from": 0.1, "to": 0.2, "count": 0, "confidence": None, "true": None}


def test_confidences_that_keep_their_word_have_no_calibration_error() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.random(200_000)
    assert metrics.reliability(confidence, (rng.random(200_000) < confidence).astype(np.int8)).error < 0.01


def test_precision_and_recall_of_what_is_shown() -> None:
    precision, recall, shown = metrics.shown_quality(np.array([0.9, 0.8, 0.5, 0.1, 0.9]), np.array([1, 0, 1, 1, -1]), 0.5)
    assert (precision, recall, shown) == (0.5, pytest.approx(1 / 3), 2)


def test_students_interval_is_scipys() -> None:
    for freedom in (*range(1, 40), 100):
        assert intervals.student_quantile(freedom) == pytest.approx(scipy_stats.t.ppf(0.975, freedom), rel=2e-3)
    values = [0.7, 0.75, 0.9]
    found = intervals.over_seeds(values)
    low, high = scipy_stats.t.interval(0.95, 2, np.mean(values), scipy_stats.sem(values))
    assert (found.value, found.low, found.high) == (
        pytest.approx(np.mean(values)),
        pytest.approx(low, rel=1e-3),
        pytest.approx(high, rel=1e-3),
    )


def test_one_seed_has_no_interval_and_a_seed_without_a_figure_is_left_out() -> None:
    assert math.isnan(intervals.over_seeds([0.5]).low)
    assert intervals.over_seeds([0.5, math.nan, 0.7]).value == pytest.approx(0.6)
    assert math.isnan(intervals.over_seeds([]).value)
    assert intervals.over_seeds([math.nan]).text() == "–"
    assert intervals.Interval(0.5, 0.4, 0.7).text(2) == "0.50 ± 0.20"
    assert intervals.Interval(math.nan).as_dict() == {"value": None, "low": None, "high": None}


def test_the_bootstrap_over_takes_covers_the_mean_and_repeats() -> None:
    values = np.random.default_rng(2).normal(3, 1, 40)
    found = intervals.over_takes(values)
    assert found == intervals.over_takes(values)
    half = 1.96 * values.std(ddof=1) / np.sqrt(40)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.value == pytest.approx(half, rel=0.25)
    assert math.isnan(intervals.over_takes(np.array([])).value)
