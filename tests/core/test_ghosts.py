"""Ghosts: what a connection is worth, and hidden joints drawn again."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duet_core import ghosts
from duet_core.clip import Clip
from duet_core.connections import candidates
from duet_core.errors import Cancelled, InputError
from duet_core.explain.episodes import Episode
from duet_core.formats import read
from duet_core.ghosts.gaps import gap_of
from duet_core.ghosts.table import COLUMNS
from duet_core.inference import infer
from duet_core.planted import limbs
from duet_core.skeletons import by_name

BODY = by_name("smpl-24")
JOINTS, FPS = len(BODY), 30.0
LEFT, RIGHT, KNEE, FROM = (BODY.joints.index(name) for name in ("left_wrist", "right_wrist", "left_knee", "right_shoulder"))


def wandering(rng: np.random.Generator, frames: int, size: float) -> np.ndarray:
    """(frames, 3) a smooth path that never repeats."""
    noise = rng.standard_normal((frames + 60, 3))
    kernel = np.hanning(31)
    path = np.stack([np.convolve(axis, kernel / kernel.sum(), mode="valid") for axis in noise.T], axis=1)[:frames]
    return size * path / path.std()


def dancers(seconds: float = 24.0, seed: int = 0) -> np.ndarray:
    """(T, 2, J, 3) two people whose bones keep their lengths and turn independently of one another."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * FPS)
    rest = rng.standard_normal((JOINTS, 3))
    positions = np.empty((frames, 2, JOINTS, 3))
    for dancer in range(2):
        for joint in BODY.order:
            parent = BODY.parents[joint]
            if parent < 0:
                positions[:, dancer, joint] = wandering(rng, frames, 0.1) + np.array([0.6 * dancer, 0.0, 1.0])
                continue
            bone = rest[joint] / np.linalg.norm(rest[joint]) + wandering(rng, frames, 0.3)
            positions[:, dancer, joint] = positions[:, dancer, parent] + 0.2 * bone / np.linalg.norm(bone, axis=-1, keepdims=True)
    return positions


def episode(kind: str, source: int, target: int, start: float = 2.0, end: float = 20.0, lag: float = math.nan, dancer: int = 0) -> Episode:
    edge = (dancer * JOINTS + source) * JOINTS + target
    assert [int(of[edge]) for of in candidates(JOINTS)] == [dancer, source, 1 - dancer, target]
    return Episode(edge, dancer, source, 1 - dancer, target, 0, 9, start, end, kind, lag, 0.9, 0.8)


def answering(kind: str, seed: int = 0) -> tuple[Clip, Episode]:
    """A duet in which the left wrist of dancer 1 does what *kind* says of the right wrist of dancer 0."""
    positions = dancers(seed=seed)
    target, late = positions[:, 1].copy(), 9 if kind == "lead" else 0
    chain = limbs.limb(BODY, LEFT, limbs.bone_lengths(target, BODY))
    theirs, own = (
        limb - limb.mean(axis=0) for limb in (positions[:, 0, RIGHT] - positions[:, 0, FROM], target[:, LEFT] - target[:, chain[0]])
    )
    if kind == "hold":
        away = positions[:, 0, RIGHT] - target[:, LEFT]
        target += away.mean(axis=0)
        limbs.bend(target, BODY, chain, positions[:, 0, RIGHT] + [0.05, 0.0, 0.05] - target[:, LEFT])
    else:
        shape = {"lead": np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]]), "mirror": np.diag([-1.0, 1, 1]), "opposition": -np.eye(3)}
        limbs.bend(target, BODY, chain, 0.9 * (np.roll(theirs, late, axis=0) @ shape.get(kind, np.eye(3)).T - own))
    positions[:, 1] = target
    return Clip(positions, FPS, BODY), episode(kind, RIGHT, LEFT, lag=late / FPS if late else math.nan)


@pytest.mark.parametrize("kind", ["lead", "hold", "unison", "mirror", "opposition"])
def test_a_true_connection_is_worth_much_and_a_false_one_nothing(kind: str) -> None:
    clip, true = answering(kind)
    false = episode(kind, KNEE, LEFT, lag=true.lag)
    (worth,) = ghosts.explain(clip, None, among=[true])
    (nothing,) = ghosts.explain(clip, None, among=[false])
    assert worth.worth > 0.4 and worth.chance == pytest.approx(1 / 16)
    assert worth.error_with < 0.8 * worth.error_without and worth.error_without == pytest.approx(worth.error_own)
    assert worth.worth == pytest.approx(1 - (worth.error_with / worth.error_without) ** 2) == pytest.approx(worth.alone)
    assert worth.gap == 1.0 and worth.gaps > 20
    assert nothing.worth < max(0.05, 0.25 * worth.worth)


def test_chance_is_as_often_small_as_it_says() -> None:
    chances = []
    for seed in range(3):
        clip = Clip(dancers(seed=seed), FPS, BODY)
        rng = np.random.default_rng(seed)
        pairs = rng.permutation([(i, j) for i in range(JOINTS) for j in range(JOINTS)])[:20]
        among = [episode("lead", int(i), int(j), start=4.0, end=12.0, lag=0.2) for i, j in pairs]
        chances += [ghosts.explain(clip, None, among=[e])[0].chance for e in among]
    assert 0.35 < np.mean(chances) < 0.68
    assert np.mean(np.array(chances) < 0.13) < 0.25


def test_of_two_that_tell_the_same_cutting_one_costs_little_though_either_alone_is_worth_much() -> None:
    clip, true = answering("unison")
    other = BODY.joints.index("left_elbow")
    twin = replace(true, edge=episode("unison", other, LEFT).edge, from_joint=other)
    positions = clip.positions.copy()
    base = limbs.limb(BODY, other, limbs.bone_lengths(positions[:, 0], BODY))[0]
    positions[:, 0, other] = positions[:, 0, base] + positions[:, 0, RIGHT] - positions[:, 0, FROM]
    both = ghosts.explain(clip.changed(positions=positions), None, among=[true, twin])
    assert all(w.alone > 0.5 for w in both)
    assert all(w.worth < 0.2 for w in both)


def test_turning_moving_and_exchanging_the_dancers_changes_nothing() -> None:
    for kind in ("lead", "hold", "mirror"):
        clip, true = answering(kind)
        plain = ghosts.explain(clip, None, among=[true])[0]
        c, s = math.cos(0.7), math.sin(0.7)
        turned = clip.positions @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]], np.float32) + np.array([3, -2, 0], np.float32)
        other = episode(kind, RIGHT, LEFT, lag=true.lag, dancer=1)
        for changed, asked in ((turned, true), (clip.positions[:, ::-1], other)):
            again = ghosts.explain(clip.changed(positions=changed), None, among=[asked])[0]
            assert again.worth == pytest.approx(plain.worth, abs=1e-3) and again.error_with == pytest.approx(plain.error_with, abs=1e-4)


def test_what_is_too_short_or_unseen_is_not_judged() -> None:
    clip, true = answering("unison")
    (short,) = ghosts.explain(clip.sliced(0, 40), None, among=[replace(true, start=0.2, end=0.6)])
    assert math.isnan(short.worth) and short.gaps == 0
    positions = clip.positions.copy()
    positions[:, 0, RIGHT] = np.nan
    (unseen,) = ghosts.explain(clip.changed(positions=positions), None, among=[true])
    assert math.isnan(unseen.worth)
    positions = clip.positions.copy()
    positions[150:240, 0, RIGHT] = np.nan
    (some,) = ghosts.explain(clip.changed(positions=positions), None, among=[true])
    assert some.worth > 0.5 and some.gaps < ghosts.explain(clip, None, among=[true])[0].gaps
    with pytest.raises(InputError, match="one dancer"):
        ghosts.explain(Clip(clip.positions[:, :1], FPS, BODY), None, among=[])


def test_it_reports_and_stops() -> None:
    clip, true = answering("unison")
    told: list[float] = []
    ghosts.explain(clip, None, among=[true, true], progress=told.append)
    assert told == [0.5, 1.0]
    with pytest.raises(Cancelled):
        ghosts.explain(clip, None, among=[true], cancelled=lambda: True)


def test_a_bridge_is_exact_where_nothing_happens_and_follows_what_moves_on() -> None:
    gap = gap_of(20, 20.0)
    line = np.linspace(0, 1, gap.span)[:, None] * [1.0, 0.5, 0.0]
    still = np.zeros(1, np.int64)
    assert np.abs(gap.of(np.full((gap.span, 3), 7.0), still)).max() < 1e-9
    assert np.abs(gap.of(line, still)).max() < 0.05
    assert np.abs(gap.of(line + 100, still) - gap.of(line, still)).max() < 1e-9


@pytest.mark.parametrize("kind", ["lead", "hold", "unison"])
@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_a_ghost_is_drawn_without_a_look_at_what_is_hidden(kind: str, seconds: float) -> None:
    clip, true = answering(kind)
    limb = [BODY.parents[LEFT], LEFT]
    frames = (240, 240 + round(seconds * FPS))
    ghost = ghosts.ghost(clip, [true], 1, limb, frames)
    assert ghost.positions.shape == ghost.own.shape == (frames[1] - frames[0], 2, 3) and ghost.joints == tuple(limb)
    changed = clip.positions.copy()
    changed[frames[0] : frames[1], 1, limb] = np.random.default_rng(1).normal(size=(frames[1] - frames[0], 2, 3))
    again = ghosts.ghost(clip.changed(positions=changed), [true], 1, limb, frames)
    assert np.array_equal(again.positions, ghost.positions) and np.array_equal(again.own, ghost.own)
    assert ghost.heard == (true,)
    cut = ghosts.ghost(clip, [], 1, limb, frames)
    np.testing.assert_allclose(cut.positions, ghost.own, atol=1e-6)
    # It joins what is known on either side.
    for frame, outside in ((0, frames[0] - 1), (-1, frames[1])):
        assert np.linalg.norm(ghost.positions[frame] - clip.positions[outside, 1, limb], axis=-1).max() < 0.08


@pytest.mark.parametrize("kind", ["lead", "hold", "unison"])
@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_ghost_comes_nearer_through_a_true_connection(kind: str, seconds: float) -> None:
    clip, true = answering(kind)
    each = [ghosts.ghost(clip, [true], 1, [BODY.parents[LEFT], LEFT], (at, at + round(seconds * FPS))) for at in range(90, 500, 40)]
    error, own = (
        np.sqrt(np.mean([np.square(e[:, 1]).mean() for e in errors]))
        for errors in zip(*((g.error, g.own_error) for g in each), strict=True)
    )
    assert error < 0.75 * own


def test_a_whole_dancer_may_be_hidden_but_not_at_an_end() -> None:
    clip, true = answering("unison")
    every = list(range(JOINTS))
    ghost = ghosts.ghost(clip, [true], 1, every, (300, 330))
    assert np.isfinite(ghost.positions).all() and np.median(ghost.error) < 0.3
    lengths = [np.linalg.norm(p[:, LEFT] - p[:, BODY.parents[LEFT]], axis=-1) for p in (ghost.positions, clip.positions[:, 1])]
    assert np.ptp(lengths[0]) < 0.02 and lengths[0].mean() == pytest.approx(np.median(lengths[1]), abs=0.02)
    for frames, match in (((0, 30), "end of the clip"), ((30, 30), "cannot be hidden"), ((0, 9999), "cannot be hidden")):
        with pytest.raises(InputError, match=match):
            ghosts.ghost(clip, [true], 1, every, frames)
    with pytest.raises(InputError, match="dancer 2"):
        ghosts.ghost(clip, [true], 2, every, (300, 330))
    with pytest.raises(InputError, match="joints"):
        ghosts.ghost(clip, [true], 1, [JOINTS], (300, 330))


def test_what_is_shown_of_the_sample_duet_is_worth_something_and_stands_in_a_table(root: Path, tmp_path: Path) -> None:
    clip = read([root / "samples" / "sample.duet.npz"])
    connections = infer(clip)
    worth = ghosts.worth_of(clip, connections)
    shown = list(worth.values())
    assert {(w.episode.edge, w.episode.first) for w in shown} == set(worth)
    judged = [w.worth for w in shown if w.episode.kind in ("unison", "mirror", "lead") and w.episode.seconds > 3]
    assert len(judged) > 20 and np.nanmedian(judged) > 0.1
    ghosts.save_csv(tmp_path / "ghosts.csv", shown, clip.skeleton.joints)
    with (tmp_path / "ghosts.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(shown) and tuple(rows[0]) == COLUMNS
    assert float(rows[0]["worth"]) == pytest.approx(shown[0].worth, abs=1e-4)
    assert rows[0]["from_joint"] == clip.skeleton.joints[shown[0].episode.from_joint]
