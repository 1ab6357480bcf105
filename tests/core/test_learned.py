"""What is made of a learned model's answers, whoever computes them: windows, confidence, echoes, kinds and lags."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import DISPLAY_THRESHOLD, KINDS
from duet_core.errors import Cancelled, InputError
from duet_core.evaluation import flicker
from duet_core.evaluation.calibration import fit
from duet_core.evaluation.methods import dense
from duet_core.inference import learned, redundancy
from duet_core.inference.confidence import Calibration, blended, log_odds, logistic
from duet_core.inference.learned import Answer
from duet_core.procedural.dancer import dance
from duet_core.skeletons import by_name

SKELETON = by_name("hybrik-29")
WRIST, FINGER, KNEE = (SKELETON.joints.index(name) for name in ("left_wrist", "left_middle_finger", "right_knee"))

NOTHING = dict.fromkeys(KINDS[1:], 0.0)


def duet(seconds: float = 12.0) -> Clip:
    first, second = (dance(seed, seconds) for seed in (1, 2))
    positions = np.concatenate([first.positions, second.positions + np.float32([1.2, 0, 0])], axis=1)
    return Clip(positions, first.fps, first.skeleton, meta={"source": ["made"]})


def says(edges: dict[tuple[int, int, int], tuple[float, str, int]], calls: list[int] | None = None):
    """A model that gives each edge (direction, source, target) its log odds, kind and lag in samples, and nothing else."""

    def model(windows: np.ndarray, parents: np.ndarray) -> Answer:
        if calls is not None:
            calls.append(len(windows))
        shape = (len(windows), 2, len(parents), len(parents))
        types, kinds, lags = np.zeros((*shape, 3), np.float32), np.zeros((*shape, 6), np.float32), np.zeros((*shape, 14), np.float32)
        types[..., 0] = 20.0
        for (d, i, j), (odds, kind, lag) in edges.items():
            types[:, d, i, j] = [0.0, odds - 2.0, odds]
            kinds[:, d, i, j, KINDS.index(kind)] = 5.0
            lags[:, d, i, j, lag] = 8.0
        return Answer(types, kinds, lags)

    return model


def infer(clip: Clip, model, **options):
    settings = {
        "rate": 20.0,
        "frames": 80,
        "types": ("none", "clear", "core"),
        "calibration": Calibration(lasts=0.0),
        "meta": {"method": "m"},
        "null": False,
    }
    return learned.examine(clip, model, **{**settings, **options})[0]


def test_an_answer_becomes_confidence_type_kind_and_lag_of_every_window() -> None:
    found = infer(duet(), says({(0, WRIST, KNEE): (3.0, "lead", 7), (1, KNEE, KNEE): (2.0, "unison", 3)}))
    confidence, kind, lag = dense(found), dense(found, found.kind), dense(found, found.lag)
    assert found.windows == 17 and np.isfinite(found.lag).all()
    assert np.allclose(confidence[:, 0, WRIST, KNEE], 1 / (1 + np.exp(-(3.0 + np.log(1 + np.exp(-2))))), atol=1e-3)
    assert (kind[:, 0, WRIST, KNEE] == KINDS.index("lead")).all() and np.allclose(lag[:, 0, WRIST, KNEE], 0.35, atol=0.01)
    assert (kind[:, 1, KNEE, KNEE] == KINDS.index("unison")).all() and (lag[:, 1, KNEE, KNEE] == 0).all()
    assert np.allclose(found.type_probability.sum(axis=-1), 1, atol=1e-5)
    assert found.shown().sum() == 2 * found.windows


def test_of_joints_that_move_as_one_the_surest_speaks_and_the_others_are_not_shown() -> None:
    clip = duet()
    clip.positions[:, 0, FINGER] = clip.positions[:, 0, WRIST] + np.float32([0.0, 0.0, 0.08])
    found = dense(
        infer(clip, says({(0, WRIST, KNEE): (3.0, "lead", 4), (0, FINGER, KNEE): (3.0, "lead", 4), (0, KNEE, KNEE): (2.0, "lead", 4)}))
    )
    assert (found[:, 0, WRIST, KNEE] > DISPLAY_THRESHOLD).all(), "the joint that carries the other"
    assert (found[:, 0, FINGER, KNEE] < DISPLAY_THRESHOLD).all() and (found[:, 0, FINGER, KNEE] > 0.05).all()
    assert (found[:, 0, KNEE, KNEE] > DISPLAY_THRESHOLD).all(), "a joint that moves on its own is no echo"


def test_a_pair_is_an_echo_only_of_one_that_is_surer_and_shown() -> None:
    kin = np.zeros((1, 2, 3, 3), np.float32)
    kin[0, 0, 0, 1] = kin[0, 0, 1, 0] = 0.95
    confidence = np.zeros((1, 2, 3, 3), np.float32)
    confidence[0, 0, 0, 2], confidence[0, 0, 1, 2], confidence[0, 0, 2, 2] = 0.9, 0.8, 0.3
    echo = redundancy.echoes(confidence, confidence > 0.5, kin)
    assert echo[0, 0, 1, 2] and not echo[0, 0, 0, 2] and not echo[0, 0, 2, 2]
    assert not redundancy.echoes(confidence, confidence > 0.95, kin).any()


def test_joints_that_were_hardly_seen_have_no_connections() -> None:
    clip = duet()
    clip.positions[: round(5 * clip.fps), 0, WRIST] = np.nan
    found = infer(clip, says({(0, WRIST, KNEE): (4.0, "lead", 2)}))
    confidence = dense(found)[:, 0, WRIST, KNEE]
    assert confidence[0] == 0 and np.isnan(dense(found, found.lag)[0, 0, WRIST, KNEE]) and confidence[-1] > 0.9


def test_windows_and_strides_are_frames_of_the_clip_and_the_models_own_by_default() -> None:
    clip = duet()
    assert infer(clip, says({})).window_end[0] == round(4 * clip.fps)
    short = infer(clip, says({}), frames=20)
    assert short.window_end[0] == round(1 * clip.fps), "a model of short windows may have them"
    given = infer(clip, says({}), window=round(6 * clip.fps), stride=round(3 * clip.fps))
    assert given.windows == 3 and given.meta["settings"] == {"window": round(6 * clip.fps), "stride": round(3 * clip.fps)}
    with pytest.raises(InputError):
        infer(clip, says({}), window=10 * clip.frames)


def test_progress_reaches_the_end_and_cancelling_stops_before_the_next_batch() -> None:
    seen: list[float] = []
    infer(duet(), says({}), progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1.0
    calls: list[int] = []
    with pytest.raises(Cancelled):
        infer(duet(), says({}, calls), cancelled=lambda: len(calls) > 0)
    assert len(calls) == 1 and calls[0] <= learned.AT_ONCE


def test_calibration_makes_confidence_mean_the_share_that_is_true() -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(-2, 2, 40_000)
    present = (rng.random(len(odds)) < 1 / (1 + np.exp(-(0.6 * odds - 0.8)))).astype(np.int8)
    present[:100] = -1
    assert fit(np.full(10, 0.3), np.zeros(10)) == ((), ())
    calibration = Calibration(*fit(logistic(odds), present), lasts=0.0)
    confidence = logistic(calibration.over_time(logistic(odds), np.ones(len(odds), bool), np.arange(len(odds), dtype=float)))
    for low in np.arange(0.0, 0.8, 0.1):
        inside = (confidence > low) & (confidence < low + 0.1) & (present >= 0)
        assert abs(present[inside].mean() - confidence[inside].mean()) < 0.05
    assert (np.diff(calibration.of_window(logistic(np.linspace(-12, 12, 99)))) >= 0).all(), "never a lower confidence for a surer answer"
    with pytest.raises(ValueError):
        Calibration((0.0, 1.0), (1.0, 0.0))


def test_what_is_found_with_a_shifted_partner_as_well_is_not_shown_and_the_take_says_so() -> None:
    found = infer(duet(), says({(0, WRIST, KNEE): (3.0, "lead", 7)}), null=True)
    assert not found.shown().any()
    assert any("nothing to say" in text and "shifted" in text for text in found.meta["warnings"])
    assert found.meta["null"]["shown_true"] == found.meta["null"]["shown_shifted"] == {**NOTHING, "lead": 1.0}


def test_what_is_found_with_the_true_partner_alone_keeps_its_confidence() -> None:
    clip = duet()
    together = {tuple(np.round(frame, 4)) for frame in learned.both(clip, 20.0)[:, :, 0, :2].reshape(-1, 4)}

    def model(windows: np.ndarray, parents: np.ndarray) -> Answer:
        answer = says({(0, WRIST, KNEE): (3.0, "lead", 7)})(windows, parents)
        for window, places in enumerate(np.round(windows[:, 0, :, 0, :2].reshape(-1, 4), 4)):
            if tuple(places) not in together:
                answer.types[window] = [20.0, 0.0, 0.0]
        return answer

    found = infer(clip, model, null=True, calibration=Calibration())
    assert (dense(found)[:, 0, WRIST, KNEE] > 0.9).all() and not found.meta["warnings"]
    assert found.meta["null"]["shown_shifted"] == NOTHING and found.meta["null"]["shifted_windows"] >= 10


def test_a_silent_model_says_that_it_has_nothing_to_say_and_a_short_take_that_it_was_not_compared() -> None:
    assert any("nothing to say" in text for text in infer(duet(), says({}), null=True).meta["warnings"])
    short = infer(duet(5.0), says({}), null=True)
    assert any("too short to be compared" in text for text in short.meta["warnings"]) and "null" not in short.meta


def test_windows_are_blended_without_delay_and_without_those_that_saw_nothing() -> None:
    centres = 0.5 * np.arange(40)
    step = (centres >= 10).astype(np.float32)[:, None]
    seen = np.ones(step.shape, bool)
    ramp = blended(step, seen, centres, 2.0)[:, 0]
    assert (np.diff(ramp) >= -1e-6).all() and ramp[centres <= 8].max() == 0 and ramp[centres >= 12].min() == pytest.approx(1)
    assert np.interp(0.5, ramp, centres) == pytest.approx(9.75, abs=0.01), "half-way between the last window without and the first with"
    seen[15:18] = False
    wrong = step.copy()
    wrong[15:18] = 7.0
    assert blended(wrong, seen, centres, 2.0).max() <= 1 + 1e-6
    assert np.allclose(blended(step, seen, centres, 0.0), step)
    assert np.allclose(log_odds(logistic(np.array([-3.0, 2.0]))), [-3, 2])


def test_a_model_that_wavers_flickers_only_where_every_window_stands_for_itself() -> None:
    counted = iter(range(1000))

    def wavers(windows: np.ndarray, parents: np.ndarray) -> Answer:
        answer = says({(0, WRIST, KNEE): (1.5, "lead", 7)})(windows, parents)
        for window in range(len(windows)):
            if next(counted) % 3 == 2:
                answer.types[window, 0, WRIST, KNEE] = [20.0, 0.0, 0.0]
        return answer

    alone = infer(duet(), wavers, steady=False, calibration=Calibration())
    assert np.array_equal(dense(alone)[:, 0, WRIST, KNEE] > DISPLAY_THRESHOLD, np.arange(alone.windows) % 3 != 2)
    counted = iter(range(1000))
    assert flicker.of(infer(duet(), wavers, calibration=Calibration())).switches < flicker.of(alone).switches / 3


def test_feet_that_stand_hold_nothing_and_hands_that_move_together_do() -> None:
    clip = duet()
    clip.positions[:, :, KNEE] = clip.positions[:1, :, KNEE]
    said = {
        (0, KNEE, KNEE): (4.0, "hold", 0),
        (1, KNEE, KNEE): (4.0, "unison", 0),
        (0, WRIST, WRIST): (4.0, "hold", 0),
        (0, KNEE, WRIST): (4.0, "hold", 0),
    }
    confidence = dense(infer(clip, says(said)))
    assert confidence[:, 0, KNEE, KNEE].max() < 0.15, "two joints at rest"
    assert confidence[:, 1, KNEE, KNEE].min() > 0.9, "of other kinds nothing is taken"
    assert confidence[:, 0, WRIST, WRIST].min() > 0.9 and confidence[:, 0, KNEE, WRIST].min() > 0.9, "one that moves is enough"
