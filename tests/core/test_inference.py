"""Inference keeps what a connection is: found where planted, silent between strangers, and the same however the duet stands in the room."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from duet_core import inference
from duet_core.clip import Clip
from duet_core.connections import KINDS, Connections
from duet_core.errors import Cancelled, InputError
from duet_core.inference import METHODS
from duet_core.inference.features import Grid, motion_of
from duet_core.inference.granger import FOLDS, GAP, RIDGE, STILL, Granger, own_past, residual
from duet_core.skeletons import Skeleton

JOINTS = 10
SKELETON = Skeleton("stick", tuple(f"joint{k}" for k in range(JOINTS)), (-1, 0, 0, 0, 0, 1, 2, 3, 4, 0))
FPS = 30.0


def infer(clip: Clip, method: str = "granger", **arguments) -> Connections:
    """By the strongest baseline, where a test says nothing else."""
    return inference.infer(clip, method, **arguments)


def wander(rng: np.random.Generator, seconds: float, count: int, speed: float = 0.5) -> np.ndarray:
    """(T, count, 3) smooth velocities with the liveliness of limbs, metres a second."""
    frames = int(seconds * FPS)
    noise = rng.standard_normal((frames + 40, count, 3))
    kernel = np.hanning(13)
    smooth = sum(w * noise[k : k + frames] for k, w in enumerate(kernel))
    return smooth / np.std(smooth) * speed


def strangers(seed: int, seconds: float = 40.0) -> np.ndarray:
    """(T, 2, JOINTS, 3) velocities of two dancers who have nothing to do with each other; the joints of each share the body's sway."""
    rng = np.random.default_rng(seed)
    limbs = np.stack([wander(rng, seconds, JOINTS) for _ in range(2)], axis=1)
    return limbs + np.stack([wander(rng, seconds, 1, 0.25) for _ in range(2)], axis=1)


def clip_of(velocity: np.ndarray, fps: float = FPS) -> Clip:
    rest = np.random.default_rng(7).normal(0, 0.4, (2, JOINTS, 3)) + np.array([[[0, 0, 1]], [[1.5, 0, 1]]])
    # A leash to the place of rest keeps the dancers in the room.
    position, current = np.empty(velocity.shape), np.zeros(velocity.shape[1:])
    for frame, v in enumerate(velocity):
        current = current * 0.99 + v / fps
        position[frame] = current
    return Clip((position + rest).astype(np.float32), fps, SKELETON)


def led(seed: int, pairs: list[tuple[int, int, int, float]], share: float = 0.85) -> Clip:
    """Strangers, but joint j of the other dancer follows joint i of dancer d by a lag: pairs of (d, i, j, seconds), each turned in the plane."""
    velocity = strangers(seed)
    rng = np.random.default_rng(seed + 1000)
    for d, i, j, lag in pairs:
        step, angle = round(lag * FPS), rng.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        answer = np.roll(velocity[:, d, i], step, axis=0) @ turn.T
        velocity[:, 1 - d, j] = share * answer + np.sqrt(1 - share**2) * velocity[:, 1 - d, j]
    return clip_of(velocity)


PAIRS = [(0, 5, 6, 0.3), (1, 7, 8, 0.2), (0, 2, 9, 0.45)]


def grid_of(found, values):
    return values.reshape(found.windows, 2, JOINTS, JOINTS)


@pytest.fixture(scope="module")
def planted():
    return [infer(led(seed, PAIRS)) for seed in (1, 2)]


def test_planted_leads_are_found_with_their_direction_and_lag(planted) -> None:
    areas, directions, lags = [], [], []
    for found in planted:
        confidence, lag = grid_of(found, found.confidence), grid_of(found, found.lag)
        truth = np.zeros(confidence.shape, bool)
        for d, i, j, seconds in PAIRS:
            truth[:, d, i, j] = True
            directions.append(confidence[:, d, i, j] > confidence[:, 1 - d, j, i])
            lags.append(np.abs(lag[:, d, i, j] - seconds))
        order = confidence.ravel().argsort().argsort() + 1.0
        true, false = truth.sum(), (~truth).sum()
        areas.append((order[truth.ravel()].sum() - true * (true + 1) / 2) / (true * false))
    assert np.mean(areas) > 0.97
    assert np.mean(np.concatenate(directions)) > 0.95
    assert np.median(np.concatenate(lags)) < 0.04


def test_what_is_shown_of_planted_leads_is_mostly_true_and_called_a_lead(planted) -> None:
    for found in planted:
        shown = grid_of(found, found.shown())
        true = sum(shown[:, d, i, j].sum() for d, i, j, _ in PAIRS)
        assert true / shown.sum() > 0.7
        assert true / (found.windows * len(PAIRS)) > 0.5
        kind = grid_of(found, found.kind)
        for d, i, j, _ in PAIRS:
            assert np.mean(kind[:, d, i, j] == KINDS.index("lead")) > 0.9


@pytest.mark.parametrize("method", METHODS)
def test_strangers_have_next_to_nothing_shown(method: str) -> None:
    shares = [infer(clip_of(strangers(seed)), method).shown().mean() for seed in range(10, 14)]
    assert np.mean(shares) <= 0.002
    assert max(shares) <= 0.01


def test_a_partner_shifted_by_seconds_has_next_to_nothing_shown() -> None:
    clip = led(3, PAIRS)
    positions = clip.positions.copy()
    positions[:, 1] = np.roll(positions[:, 1], 211, axis=0)
    assert infer(Clip(positions, FPS, SKELETON)).shown().mean() <= 0.01


def test_unison_is_found_both_ways_without_lag() -> None:
    velocity = strangers(4)
    velocity[:, 1, 3] = 0.95 * velocity[:, 0, 3] + 0.2 * velocity[:, 1, 3]
    found = infer(clip_of(velocity))
    confidence, lag, kind = (grid_of(found, v) for v in (found.confidence, found.lag, found.kind))
    assert np.median(confidence[:, 0, 3, 3]) > 0.5 and np.median(confidence[:, 1, 3, 3]) > 0.5
    assert np.median(lag[:, 0, 3, 3]) < 0.05
    assert np.mean(kind[:, 0, 3, 3] == KINDS.index("unison")) > 0.8


@pytest.mark.parametrize(("signs", "name"), [((-1, 1, 1), "mirror"), ((-1, -1, -1), "opposition")])
def test_reflected_and_opposed_motions_have_their_kinds(signs: tuple[int, int, int], name: str) -> None:
    velocity = strangers(5)
    # The dancers stand along x, so the plane between them turns x around.
    velocity[:, 1, 3] = velocity[:, 0, 3] * np.array(signs)
    found = infer(clip_of(velocity))
    assert np.mean(grid_of(found, found.kind)[:, 0, 3, 3] == KINDS.index(name)) > 0.7


def test_a_held_hand_is_shown_as_a_hold_while_both_move() -> None:
    clip = clip_of(strangers(6))
    positions = clip.positions.copy()
    positions[300:700, 1, 6] = positions[300:700, 0, 5] + np.float32([0.05, 0.05, 0.0])
    found = infer(Clip(positions, FPS, SKELETON))
    inside = (found.window_start >= 300) & (found.window_end <= 700)
    assert np.median(grid_of(found, found.confidence)[inside, 0, 5, 6]) > 0.5
    assert np.mean(grid_of(found, found.kind)[inside, 0, 5, 6] == KINDS.index("hold")) > 0.8


def test_type_probabilities_sum_to_one_and_what_is_shown_has_a_type(planted) -> None:
    for found in planted:
        assert np.allclose(found.type_probability.sum(axis=-1), 1, atol=1e-6)
        assert (found.type_probability.argmax(axis=-1)[found.shown()] > 0).all()
        assert found.confidence.min() >= 0 and found.confidence.max() <= 1


@pytest.mark.parametrize("method", METHODS)
def test_turning_and_moving_the_duet_changes_nothing(method: str) -> None:
    clip = led(8, PAIRS)
    turn = np.array([[np.cos(1.1), -np.sin(1.1), 0], [np.sin(1.1), np.cos(1.1), 0], [0, 0, 1]])
    moved = Clip((clip.positions @ turn.T + [3.0, -2.0, 0.0]).astype(np.float32), FPS, SKELETON)
    assert_same(infer(clip, method), infer(moved, method))


def assert_same(one, other, rearranged=lambda values: values) -> None:
    a, b = grid_of(one, one.confidence), rearranged(grid_of(other, other.confidence))
    assert np.abs(a - b).max() < 0.02
    lags = np.abs(grid_of(one, one.lag) - rearranged(grid_of(other, other.lag)))
    assert lags[a > 0.3].max(initial=0) < 0.01


@pytest.mark.parametrize("method", METHODS)
def test_swapping_the_dancers_transposes_the_result(method: str) -> None:
    clip = led(8, PAIRS)
    swapped = Clip(clip.positions[:, ::-1].copy(), FPS, SKELETON)
    assert_same(infer(clip, method), infer(swapped, method), lambda values: values[:, ::-1])


def test_reordering_the_joints_reorders_the_result() -> None:
    clip = led(8, PAIRS)
    order = np.random.default_rng(0).permutation(JOINTS)
    shuffled = Clip(clip.positions[:, :, order].copy(), FPS, SKELETON)
    back = np.argsort(order)
    assert_same(infer(clip), infer(shuffled), lambda values: values[:, :, back][:, :, :, back])


def test_the_frame_rate_does_not_change_what_is_found() -> None:
    clip = led(9, PAIRS)
    frames = np.arange(clip.frames * 2 - 1) / 2
    below = frames.astype(int)
    above, part = np.minimum(below + 1, clip.frames - 1), (frames - below)[:, None, None, None]
    doubled = Clip((clip.positions[below] * (1 - part) + clip.positions[above] * part).astype(np.float32), 60.0, SKELETON)
    one, two = infer(clip), infer(doubled)
    count = min(one.windows, two.windows)
    for d, i, j, seconds in PAIRS:
        for found in (one, two):
            shown = grid_of(found, found.shown())[:count, d, i, j]
            assert shown.mean() > 0.5
            assert np.median(np.abs(grid_of(found, found.lag)[:count, d, i, j][shown] - seconds)) < 0.04


def test_the_same_seed_gives_the_same_result() -> None:
    clip = led(9, PAIRS)
    assert np.array_equal(infer(clip, seed=4).confidence, infer(clip, seed=4).confidence)


def test_an_unseen_joint_has_no_connections_and_harms_no_other() -> None:
    clip = led(1, PAIRS)
    positions = clip.positions.copy()
    positions[300:600, 0, 4] = np.nan
    positions[::50, 1, 6] = np.nan
    positions[:, 1, 1] = np.nan
    found = infer(Clip(positions, FPS, SKELETON))
    confidence, lag = grid_of(found, found.confidence), grid_of(found, found.lag)
    inside = (found.window_start >= 300) & (found.window_end <= 600)
    assert inside.any()
    assert (confidence[inside, 0, 4] == 0).all() and (confidence[inside, 1, :, 4] == 0).all()
    assert np.isnan(lag[inside, 0, 4]).all()
    assert (confidence[:, 0, :, 1] == 0).all()
    assert np.isfinite(confidence).all()
    assert np.median(confidence[:, 0, 5, 6]) > 0.5


def test_the_windows_cover_the_take() -> None:
    found = infer(clip_of(strangers(1, 20.3)), window=100, stride=17)
    assert found.window_start[0] == 0 and found.window_end[-1] == int(20.3 * FPS)
    assert (np.diff(found.window_start) > 0).all() and (found.window_end - found.window_start == 100).all()


def test_a_take_shorter_than_a_window_is_one_window_with_a_warning() -> None:
    found = infer(clip_of(strangers(1, 3.5)))
    assert found.windows == 1
    assert any("shorter than a window" in w for w in found.meta["warnings"])
    assert any("rough" in w for w in found.meta["warnings"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"method": "magic"}, "'magic'.*granger"),
        ({"window": 100000}, "longer than the take"),
        ({"window": 5}, "too short"),
        ({"stride": 0}, "at least 1"),
    ],
)
def test_unusable_arguments_are_refused_with_a_remedy(arguments: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        infer(clip_of(strangers(1, 10)), **arguments)


def test_a_take_that_is_far_too_short_says_how_long_it_must_be() -> None:
    with pytest.raises(InputError, match="at least 90 frames"):
        infer(clip_of(strangers(1, 1.0)))


def test_a_motionless_duet_shows_nothing() -> None:
    assert not infer(clip_of(np.zeros((600, 2, JOINTS, 3)))).shown().any()


def test_it_reports_progress_and_stops_when_asked() -> None:
    clip, seen = clip_of(strangers(1, 20)), []
    infer(clip, progress=seen.append)
    assert seen[-1] == 1.0 and seen == sorted(seen)
    with pytest.raises(Cancelled):
        infer(clip, cancelled=lambda: True)


def test_an_hour_is_cut_into_spans_that_leave_no_window_out(monkeypatch: pytest.MonkeyPatch) -> None:
    import duet_core.inference.engine as engine

    clip = led(1, PAIRS)
    whole = infer(clip)
    monkeypatch.setattr(engine, "SPAN_SECONDS", 12.0)
    parts = infer(clip)
    assert parts.windows == whole.windows
    for d, i, j, _ in PAIRS:
        assert np.median(grid_of(parts, parts.confidence)[:, d, i, j]) > 0.5


def test_the_vectorised_score_is_what_plain_loops_give() -> None:
    motion = motion_of(led(2, PAIRS).sliced(0, 240))
    grid = Grid(np.array([10, 40]), 80, np.array([0, 3, 6, 9]))
    span = slice(0, len(motion))
    score, lag = Granger(motion).scores(0, 0, grid, span)
    target = motion.velocity[:, 1]
    past = own_past(target, motion.rate)
    y = residual(target, past)
    lagged = []
    for steps in grid.lags:
        rows = [motion.velocity[max(t - steps, 0), 0] for t in range(len(motion))]
        lagged.append(residual(np.array(rows), past))
    plenty = np.mean([np.mean(x**2) for x in lagged]) * grid.length * RIDGE * 0.2
    gap = round(GAP * motion.rate)
    for window, start in enumerate(grid.start):
        edges = start + np.linspace(0, grid.length, FOLDS + 1).astype(int)
        for i, j in [(5, 6), (0, 0), (2, 9), (3, 7)]:
            shares = []
            for x in lagged:
                told = {"turned": 0.0, "mirrored": 0.0, "vertical": 0.0}
                for first, last in itertools.pairwise(edges):
                    test = range(first, last)
                    train = [t for t in range(start, start + grid.length) if t < first - gap or t >= last + gap]
                    energy = sum(abs(x[t, i, 0]) ** 2 + abs(x[t, i, 1]) ** 2 for t in train)
                    height = sum(x[t, i, 2] ** 2 for t in train)
                    ridge = RIDGE * (energy + height) / 3 + plenty
                    for name in ("turned", "mirrored"):
                        sources = x[:, i, 0] + (1j if name == "turned" else -1j) * x[:, i, 1]
                        targets = y[:, j, 0] + 1j * y[:, j, 1]
                        factor = sum(np.conj(sources[t]) * targets[t] for t in train) / (energy + 2 * ridge)
                        told[name] += sum(abs(targets[t]) ** 2 - abs(targets[t] - factor * sources[t]) ** 2 for t in test)
                    slope = sum(x[t, i, 2] * y[t, j, 2] for t in train) / (height + ridge)
                    told["vertical"] += sum(y[t, j, 2] ** 2 - (y[t, j, 2] - slope * x[t, i, 2]) ** 2 for t in test)
                rows = slice(start, start + grid.length)
                whole = (y[rows, j] ** 2).sum() + STILL * 3 * np.mean(y**2) * grid.length
                shares.append((max(told["turned"], told["mirrored"]) + told["vertical"]) / whole)
            assert score[window, i, j] == pytest.approx(max(shares), abs=2e-5)
            best = grid.lags[int(np.argmax(shares))]
            assert abs(lag[window, i, j] - best) <= 1.5 + 1e-6


def test_the_bundled_model_finds_them_unless_another_method_is_named() -> None:
    clip = clip_of(strangers(1, 6.0))
    assert inference.infer(clip).meta["method"] == "duet"
    assert inference.infer(clip, "crosscorr").meta["method"] == "crosscorr"
