"""After an edit only what it touches is inferred again, and what comes out is what a full inference gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import Connections
from duet_core.formats import read
from duet_core.inference.models import DEFAULT, folder_of, infer
from duet_core.inference.runtime import load
from duet_core.inference.update import Kept


@pytest.fixture(scope="module")
def clip(root: Path) -> Clip:
    """Fourteen seconds of the sample."""
    return read(root / "samples" / "sample.duet.npz").sliced(60, 480)


def edited(clip: Clip, first: int, last: int) -> Clip:
    """An arm of one dancer raised within these frames."""
    positions = clip.positions.copy()
    arm = [clip.skeleton.joints.index(name) for name in ("left_elbow", "left_wrist", "left_thumb", "left_middle_finger")]
    bump = np.sin(np.linspace(0, np.pi, last - first)).astype(np.float32)
    positions[first:last, 0, arm, 2] += 0.3 * bump[:, None]
    return replace(clip, positions=positions)


def assert_same(one: Connections, other: Connections, within: float = 1e-4) -> None:
    assert np.abs(one.confidence - other.confidence).max() <= within
    assert np.abs(one.type_probability - other.type_probability).max() <= within
    assert np.array_equal(one.kind, other.kind)
    assert np.nanmax(np.abs(one.lag - other.lag)) <= within
    assert np.array_equal(one.window_start, other.window_start)


@pytest.fixture(scope="module")
def before(clip: Clip) -> tuple[Connections, Kept]:
    kept = Kept()
    return infer(clip, DEFAULT, kept=kept), kept


def test_keeping_changes_nothing(clip: Clip, before: tuple[Connections, Kept]) -> None:
    assert_same(before[0], infer(clip, DEFAULT), 0.0)


def test_an_edited_second_is_inferred_again_alone_and_the_result_is_that_of_a_full_inference(
    clip: Clip, before: tuple[Connections, Kept]
) -> None:
    connections, kept = before
    changed = edited(clip, 200, 230)
    again = infer(changed, DEFAULT, kept=kept)
    touching = (connections.window_start < 230 + 4) & (connections.window_end > 200 - 4)
    all_of_them = kept.asked + kept.known
    assert kept.asked < 0.75 * all_of_them
    assert kept.asked >= touching.sum()
    full = infer(changed, DEFAULT)
    assert_same(again, full)
    assert np.abs(full.confidence - connections.confidence).max() > 0.05, "the edit matters"


def test_an_edit_undone_asks_for_nothing(clip: Clip, before: tuple[Connections, Kept]) -> None:
    connections, kept = before
    assert_same(infer(clip, DEFAULT, kept=kept), connections, 0.0)
    assert kept.asked == 0


def test_another_model_or_window_is_never_answered_from_what_is_kept(clip: Clip, before: tuple[Connections, Kept]) -> None:
    _, kept = before
    short = clip.sliced(0, 240)
    asked = []
    model = load(folder_of(DEFAULT))
    other = load(folder_of(DEFAULT))
    other.fingerprint = "another"
    for which in (model, other):
        which.infer(short, kept=kept)
        asked.append(kept.asked)
    assert asked[1] > asked[0]
    model.infer(short, window=150, kept=kept)
    assert kept.asked > 0 and kept.known == 0


def test_what_is_kept_stays_within_its_limit_and_the_oldest_makes_way() -> None:
    rng = np.random.default_rng(0)
    said = (np.zeros((1, 2, 5, 5, 4), np.float32), np.zeros((1, 2, 5, 5), np.int8), np.zeros((1, 2, 5, 5), np.float32))
    size = sum(part.nbytes for part in said)
    kept = Kept(largest=10 * size)

    def go_through(windows: np.ndarray) -> None:
        kept.begin("m")
        for window in windows:
            kept.told(window[None], np.zeros((1, 1)), lambda asked, besides: said)

    first, second, third = rng.normal(size=(3, 8, 6)).astype(np.float32)
    go_through(first)
    go_through(first)
    assert (kept.asked, kept.known, len(kept)) == (0, 8, 8)
    go_through(second)
    assert len(kept) == 10
    go_through(third)
    assert len(kept) == 10
    go_through(third)
    assert kept.known == 8
    kept.clear()
    assert len(kept) == 0
    many = rng.normal(size=(30, 6)).astype(np.float32)
    go_through(many)
    go_through(many)
    assert kept.known == 10, "of a take that is longer than the room its beginning stays"


def test_baselines_look_at_the_whole_take(clip: Clip) -> None:
    kept = Kept()
    assert_same(infer(clip, "crosscorr", kept=kept), infer(clip, "crosscorr"), 0.0)
    assert len(kept) == 0
