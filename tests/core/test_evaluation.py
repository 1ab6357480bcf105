"""What the benchmarks measure is what they say: on a method that knows the truth, and on cases made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import Connections
from duet_core.errors import InputError
from duet_core.evaluation import balance, glance, holds, planted, prediction, retrieval, silence, takes
from duet_core.evaluation.methods import Baseline, Found, dense, found, in_limbs, resolve
from duet_core.inference import METHODS
from duet_core.inference.features import motion_of
from duet_core.inference.windows import place
from duet_core.planted import benchmark_duets, labels, solos_of
from duet_core.skeletons import Skeleton, by_name

SKELETON = Skeleton(
    "arms", ("pelvis", "left_elbow", "left_wrist", "left_thumb", "right_elbow", "right_wrist"), (-1, 0, 1, 2, 0, 4)
)  # fmt: skip
JOINTS = len(SKELETON)


def connections(clip: Clip, confidence: np.ndarray, kind: np.ndarray | int = 1, lag: np.ndarray | float = 0.2) -> Connections:
    placed = place(clip.frames, clip.fps)
    flat = np.broadcast_to(confidence, (len(placed), *confidence.shape[-3:])).reshape(len(placed), -1).astype(np.float32)
    return Connections(
        joints=clip.skeleton.joints, window_start=placed.start, window_end=placed.end, confidence=flat, types=("none", "core"),
        type_probability=np.stack([1 - flat, flat], axis=-1), lag=np.broadcast_to(lag, confidence.shape).reshape(-1, flat.shape[1]) + 0 * flat,
        kind=(np.broadcast_to(kind, confidence.shape).reshape(-1, flat.shape[1]) + 0 * flat).astype(np.int8), fps=clip.fps,
    )  # fmt: skip


@pytest.fixture(scope="module")
def duets():
    solos = [solo for clip in takes.procedural().values() for solo in solos_of(clip)]
    return [benchmark_duets(solos, seed, 2, seconds=16) for seed in range(2)]


@dataclass
class Oracle:
    """Knows what was planted."""

    duets: list
    name: str = "oracle"
    at: int = field(default=0)

    def infer(self, clip: Clip, *, window: int | None = None, stride: int | None = None) -> Connections:
        duet = next(d for d in self.duets if np.array_equal(d.positions, clip.positions))
        placed = place(clip.frames, clip.fps, window, stride)
        truth = labels(duet, placed.start, placed.length)
        return connections(clip, (truth.present == 1).astype(np.float32), truth.kind, truth.lag)


def test_a_method_that_knows_the_truth_scores_full_marks(duets) -> None:
    figures = planted.measure([Oracle([d for of in duets for d in of])], duets)["methods"]["oracle"]
    overall = {name: figures["overall"][name]["value"] for name in planted.OVERALL}
    for name in ("auroc", "auprc", "kind", "shown_precision", "shown_recall", "direction"):
        assert overall[name] == 1.0, name
    for name in ("lag_median", "lag_mean", "ece", "ece_above_doubt"):
        assert overall[name] == pytest.approx(0, abs=1e-6), name
    assert figures["ranked_by"] == "confidence"
    for table in ("by_kind", "by_family", "by_strength"):
        for row in figures[table].values():
            if row["count"]["value"]:
                assert row["auroc"]["value"] == row["auprc"]["value"] == 1.0
    confused = np.array(figures["confusion"])
    assert confused.sum() == np.trace(confused) > 0


def test_every_baseline_is_scored_by_each_of_its_rankings_and_the_best_is_named(duets) -> None:
    methods = [Baseline(name) for name in ("crosscorr", "proximity")]
    result = planted.measure(methods, [of[:1] for of in duets])
    assert len(result["truth"]) == 2
    for method in methods:
        figures = result["methods"][method.name]
        assert set(figures["rankings"]) == {"confidence", "score", "surprise"} | ({"limb"} if method.name == "crosscorr" else set())
        best = max(of["auprc"]["value"] for of in figures["rankings"].values())
        assert figures["overall"]["auprc"]["value"] == best == figures["rankings"][figures["ranked_by"]]["auprc"]["value"]
        assert 0 <= figures["overall"]["ece"]["value"] <= 0.05
        assert sum(row["count"] for row in figures["reliability"]) == sum(t["candidates"] for t in result["truth"].values())


def test_a_limbs_own_motion_does_not_see_where_the_body_travels(duets) -> None:
    clip = duets[0][0].clip()
    travel = 0.4 * np.sin(np.arange(clip.frames) / 9)[:, None, None] * np.float32([1, 2, 0])
    moving = clip.changed(positions=clip.positions + np.stack([travel, 0 * travel], axis=1))
    still, moved = (in_limbs(motion_of(c), c.skeleton).velocity for c in (clip, moving))
    roots = [j for j, parent in enumerate(clip.skeleton.parents) if parent < 0]
    limbs = np.delete(np.arange(len(clip.skeleton)), roots)
    np.testing.assert_allclose(still[:, :, limbs], moved[:, :, limbs], atol=1e-4)
    assert np.abs(still[:, 0, roots] - moved[:, 0, roots]).max() > 0.3


def test_proximity_by_its_score_knows_no_direction(duets) -> None:
    result = planted.measure([Baseline("proximity")], [of[:1] for of in duets])
    assert result["methods"]["proximity"]["rankings"]["score"]["direction"]["value"] == pytest.approx(0.5, abs=1e-3)


def wandering(seconds: float = 12.0, fps: float = 30.0, seed: int = 0) -> Clip:
    rng = np.random.default_rng(seed)
    frames = int(seconds * fps)
    t = np.arange(frames)[:, None, None, None] / fps
    waves = sum(0.25 * np.sin(2 * np.pi * f * t + rng.uniform(0, 6, (1, 2, JOINTS, 3))) for f in rng.uniform(0.3, 1.1, 4))
    return Clip((waves + np.array([[[0.0, 0, 1]], [[1.5, 0, 1]]])).astype(np.float32), fps, SKELETON)


def held(clip: Clip) -> Clip:
    """From 4 s to 8 s dancer 1's right wrist keeps 10 cm from dancer 0's left one."""
    positions = clip.positions.copy()
    positions[120:240, 1, 5] = positions[120:240, 0, 2] + np.float32([0.1, 0, 0])
    return Clip(positions, clip.fps, clip.skeleton)


def test_held_hands_are_seen_where_they_hold_and_only_between_those_hands() -> None:
    clip = held(wandering())
    seconds = holds.hand_holds(clip)
    inside = (seconds.hand == [0, 1]).all(axis=1) & (seconds.distance < holds.NEAR)
    assert inside.sum() >= 55  # 3 s of starts at 20 Hz
    assert seconds.middle[inside].min() >= 120 and seconds.middle[inside].max() <= 240
    assert len(holds.hand_holds(wandering())) < 0.3 * len(seconds)


def test_hands_at_rest_hold_nothing() -> None:
    clip = wandering()
    assert len(holds.hand_holds(Clip(clip.positions[:1].repeat(200, axis=0), clip.fps, SKELETON))) == 0


@pytest.mark.parametrize(("dancer", "source", "target", "hit"), [(0, 1, 5, True), (1, 4, 3, True), (0, 4, 5, False), (0, 0, 5, False)])
def test_a_hold_is_recalled_by_a_forearm_connection_between_those_arms_either_way(dancer: int, source: int, target: int, hit: bool) -> None:
    clip = held(wandering())
    seconds = holds.Holds(np.array([180.0]), np.array([[0, 1]]), np.array([0.1]))
    # Ten candidates stand out, nine of them between pelvis and pelvis-side joints that are no forearm.
    confidence = np.zeros((2, JOINTS, JOINTS))
    confidence[:, 0, :5] = confidence[0, :, 0] = 0.5
    confidence[dancer, source, target] = 0.9
    found_ = connections(clip, confidence)
    hits = holds.recalled(seconds, SKELETON, Found(found_, {"confidence": dense(found_)}))
    assert hits["confidence"].tolist() == [hit]
    assert holds.recall(hits, seconds)["confidence"] == (int(hit), 1) * 3


def test_fingers_and_elbow_belong_to_the_forearm_on_every_skeleton() -> None:
    skeleton = by_name("hybrik-29")
    left = holds.forearm(skeleton, "left")
    assert [skeleton.joints[j] for j in np.flatnonzero(left)] == ["left_elbow", "left_wrist", "left_thumb", "left_middle_finger"]
    assert holds.wrist(skeleton, "right") == skeleton.joints.index("right_wrist")


def look(take: str, what: str, evidence: float, lead: tuple[float, float] = (1, 1), shown: int = 0, score: float = 0.0) -> glance.Glance:
    return glance.Glance(
        take, what, 72, np.full(5, shown), {"confidence": evidence, "score": score}, np.array(lead, float), np.array([0.0, 0.0])
    )


def test_the_true_partner_is_ranked_among_those_of_its_own_take_and_ties_count_against_it() -> None:
    seen = [
        look("a", "", 3.0, score=1), look("a", "dancer 1 of b", 2.0, score=2), look("a", "+5 s", 1.0),
        look("b", "", 2.0, score=1), look("b", "dancer 1 of a", 2.0), look("b", "+5 s", 9.0),
    ]  # fmt: skip
    result = retrieval.retrieval(seen)
    assert result["first_by"] == {"confidence": 0.5, "score": 0.5}
    assert result["ranked_by"] == "score"  # the same share first, but a better mean rank
    by_confidence = retrieval._ranks(seen, "confidence")
    assert (by_confidence["a"]["rank"], by_confidence["b"]["rank"]) == (1, 3)
    assert by_confidence["b"]["which"] == "+5 s"
    assert (result["first_of_exchanged"], result["first_of_shifted"]) == (0.5, 1.0)


def test_who_leads_is_said_beside_its_null() -> None:
    seen = [look("a", "", 0, (3, 1)), look("a", "+5 s", 0, (1, 1)), look("a", "-5 s", 0, (2, 3)), look("b", "", 0, (0, 0))]
    result = balance.lead_balance(seen)
    assert result["true"]["value"] == 0.75
    assert result["shifted"]["value"] == pytest.approx(0.45)
    assert result["above_half"] == result["above_shifts"] == 1.0
    assert result["takes"]["b"]["true"] is None


def test_silence_is_a_share_of_all_candidates() -> None:
    result = silence.silence([look("a", "+5 s", 0, shown=0), look("b", "+5 s", 0, shown=18)])
    assert result["share"]["value"] == 0.125
    assert result["worst"] == 0.25
    assert silence.silence([])["share"]["value"] is None


def test_a_glance_keeps_evidence_of_every_ranking_and_leads_by_direction() -> None:
    clip = wandering()
    confidence = np.zeros((2, JOINTS, JOINTS))
    confidence[0, 1, 2], confidence[1, 3, 3] = 0.9, 0.4
    seen = glance.glance("a", "", found(_Fixed(connections(clip, confidence)), clip))
    assert seen.evidence["confidence"] == pytest.approx(1.3)
    np.testing.assert_allclose(seen.lead, [0.9, 0.4], atol=1e-6)
    np.testing.assert_allclose(seen.lead_shown, [0.9, 0.0], atol=1e-6)
    assert (seen.shown == 1).all() and seen.share == pytest.approx(1 / 72)


@dataclass
class _Fixed:
    result: Connections
    name: str = "fixed"

    def infer(self, clip: Clip, *, window: int | None = None, stride: int | None = None) -> Connections:
        return self.result


def test_exchanged_and_late_partners_keep_dancer_0_and_lose_the_truth() -> None:
    first, second = wandering(20, seed=1), wandering(16, seed=2)
    first = first.changed(meta={**first.meta, "truth": [{"from_dancer": 0}]})
    stranger = takes.exchanged(first, second)
    assert stranger.frames == second.frames and "truth" not in stranger.meta
    np.testing.assert_array_equal(stranger.positions[:, 0], first.positions[: second.frames, 0])
    np.testing.assert_array_equal(stranger.positions[:, 1], second.positions[:, 1])
    for seconds in (5.0, -5.0):
        late = takes.shifted(first, seconds)
        assert late is not None and late.frames == first.frames - 150
        mine, theirs = (150, 0) if seconds > 0 else (0, 150)
        np.testing.assert_array_equal(late.positions[7, 0], first.positions[7 + mine, 0])
        np.testing.assert_array_equal(late.positions[7, 1], first.positions[7 + theirs, 1])
    assert takes.shifted(second, 10.0) is None


def test_strangers_are_all_ordered_pairs_and_a_few_of_them_come_from_all_takes() -> None:
    clips = {name: wandering(9, seed=n) for n, name in enumerate("abc")}
    assert len(takes.strangers(clips)) == 6
    assert {take for take, _, _ in takes.strangers(clips, 3)} == set("abc")
    assert len(takes.late({"a": wandering(14)})) == 2  # 5 s leave enough, 8 s do not


def test_straight_motion_is_foretold_by_constant_velocity_and_rest_by_persistence() -> None:
    time = np.arange(60, dtype=np.float32)[:, None, None, None]
    moving = np.broadcast_to(time * 0.1, (60, 2, 4, 3)).astype(np.float32)
    found_ = prediction.errors(moving, lambda known, frames: np.repeat(known[:, -1:] + 1, frames, axis=1), context=5)
    for horizon in (1, 5, 10):
        of = found_[str(horizon)]
        assert of["constant velocity"] == pytest.approx(0, abs=1e-4)
        assert of["persistence"] == pytest.approx(0.1 * horizon * np.sqrt(3), rel=1e-4)
        assert of["model"] == pytest.approx(abs(1 - 0.1 * horizon) * np.sqrt(3), abs=1e-4)
    still = np.where(time < 0, time, 0.5 + 0 * moving)
    assert prediction.errors(still, None, context=2)["10"]["persistence"] == 0
    with pytest.raises(ValueError):
        prediction.errors(moving[:10], None, context=5)


def test_unknown_joints_are_left_out_of_prediction_errors() -> None:
    moves = np.zeros((40, 2, 3, 3), np.float32)
    moves[:, 1, 2] = np.nan
    assert prediction.errors(moves, None, context=4)["5"] == {"persistence": 0.0, "constant velocity": 0.0}


def test_what_is_judged_stands_beside_every_baseline_once_each_and_an_unknown_model_is_refused(tmp_path: Path) -> None:
    assert [m.name for m in resolve()] == list(METHODS)
    assert [m.name for m in resolve(["ridge"], ["ridge", "entropy"])] == ["ridge", "entropy"]
    with pytest.raises(InputError, match="granger"):
        resolve(["oracle"])
    with pytest.raises(InputError, match="--model"):
        resolve([str(tmp_path)])


def test_the_folder_of_real_takes_must_exist_and_takes_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(takes.VARIABLE, raising=False)
    assert takes.folder(None) is None
    monkeypatch.setenv(takes.VARIABLE, str(tmp_path))
    assert takes.folder(None) == tmp_path
    with pytest.raises(InputError, match="no such folder"):
        takes.folder(tmp_path / "missing")
    with pytest.raises(InputError, match="no salsa takes"):
        takes.salsa(tmp_path)


def test_real_takes_are_read_without_their_t_pose(real_data: Path) -> None:
    clip = takes.salsa(real_data, ["07"])["07"]
    assert clip.fps == 60.0 and clip.dancers == 2
    with pytest.raises(InputError, match="99"):
        takes.salsa(real_data, ["99"])
