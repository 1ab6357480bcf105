"""The eight tests of what a true connection is, on the bundled model; the seventh, that a decoder leans on the connection that is true, is in
`test_learning` on a small model trained there (the bundled decoder hardly leans on connections; its card says so).

Takes that it has not learned from: salsa 05, 07, 12 and the sample dance where they are at hand, else procedural dancers of other seeds. What is
promised of measured motion alone is judged on it alone: procedural dancers move without the noise of measuring, and by fewer ways.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from duet_core import metrics  # noqa: E402
from duet_core.connections import DISPLAY_THRESHOLD  # noqa: E402
from duet_core.evaluation import takes  # noqa: E402
from duet_core.evaluation.methods import dense  # noqa: E402
from duet_core.inference import infer  # noqa: E402
from duet_core.model.apply import Trained, load  # noqa: E402
from duet_core.model.losses import gaussian_nll  # noqa: E402
from duet_core.planted import PlantedDuet, Solo, benchmark_duets, labels, solos_of  # noqa: E402

FOLDER = Path(__file__).resolve().parents[2] / "models" / "duet"
UNSEEN = ("05", "07", "12")
torch.set_num_threads(2)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return load(FOLDER)


@pytest.fixture(scope="module")
def clips(request):
    try:
        return takes.salsa(request.getfixturevalue("real_data"), UNSEEN)
    except pytest.skip.Exception:
        return takes.procedural()


@pytest.fixture(scope="module")
def solos(clips) -> list[Solo]:
    return [solo.of_landmarks() for clip in clips.values() for solo in solos_of(clip)]


@pytest.fixture(scope="module")
def duets(solos) -> list[PlantedDuet]:
    return benchmark_duets(solos, 77, 6, seconds=24.0)


@pytest.fixture(scope="module")
def judged(trained, duets):
    """Confidence, kind, lag and truth of all windows of planted duets."""
    results = [trained.infer(duet.clip()) for duet in duets]
    truths = [labels(d, r.window_start, int(r.window_end[0] - r.window_start[0])) for d, r in zip(duets, results, strict=True)]
    parts = {
        "confidence": [dense(r) for r in results],
        "kind": [dense(r, r.kind) for r in results],
        "lag": [dense(r, r.lag) for r in results],
        **{f"true_{name}": [getattr(t, name) for t in truths] for name in ("present", "kind", "lag")},
    }
    return {name: np.concatenate(part) for name, part in parts.items()}


@pytest.fixture(scope="module")
def windows(trained, duets):
    """(N, T, 2, J, 3) of planted duets, and parents."""
    frames = trained.model.settings.frames
    positions = np.stack([d.positions[s : s + frames] for d in duets for s in range(0, len(d.positions) - frames + 1, 100)])
    return torch.from_numpy(positions), torch.tensor(duets[0].skeleton.parents)


def test_1_the_reconstruction_loss_reaches_every_parameter_of_the_encoder(trained, windows):
    positions, parents = windows[0][:4], windows[1]
    model = trained.model.train()
    try:
        model.zero_grad()
        output = model(positions, parents, generator=torch.Generator().manual_seed(0))
        gaussian_nll(output.prediction.positions, positions[:, 1:], output.prediction.log_variance).backward()
        without = [name for name, p in model.encoder.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
        assert not without
    finally:
        model.zero_grad()
        model.eval()


@torch.no_grad()
def test_2_permuting_joints_swapping_dancers_turning_and_moving_change_what_they_must(trained, windows):
    # In double precision: seven metres away a float32 of a place has a velocity's last digits.
    positions, parents = windows[0][:4].double(), windows[1]
    network = copy.deepcopy(trained.model).double()

    def parts(x, p):
        posterior = network.encode(x, p)
        return posterior.types, posterior.kinds, posterior.lags

    base = parts(positions, parents)
    order = torch.randperm(len(parents), generator=torch.Generator().manual_seed(1))
    place = torch.argsort(order)
    permuted = parts(positions[:, :, :, order], torch.where(parents[order] >= 0, place[parents[order].clamp(min=0)], -1))
    angle = torch.tensor(0.83)
    turn = torch.tensor([[angle.cos(), -angle.sin(), 0.0], [angle.sin(), angle.cos(), 0.0], [0.0, 0.0, 1.0]])
    moved = parts(positions @ turn.double().T + torch.tensor([4.0, -7.0, 0.0]), parents)
    swapped = parts(positions.flip(2), parents)
    for one, other, turned, exchanged in zip(base, permuted, moved, swapped, strict=True):
        assert torch.allclose(one[..., order, :, :][..., order, :], other, atol=1e-4)
        assert torch.allclose(one, turned, atol=1e-4)
        assert torch.allclose(one.flip(-4), exchanged, atol=1e-4)


@torch.no_grad()
def test_3_the_posterior_has_not_collapsed_to_the_prior(trained, windows):
    figures = json.loads((FOLDER / "config.json").read_text("utf-8"))["extra"]["validation"]
    assert figures["kl"] > 0.01 and figures["prior_distance_most"] > 0.9
    posterior = trained.model.encode(*windows)
    assert posterior.confidence().amax(dim=(1, 2, 3, 4)).median() > 0.9


def beats(errors: dict[str, dict[str, float]]) -> list[str]:
    """The horizons at which the model does not beat both plain predictors."""
    return [f"{h}: {e}" for h, e in errors.items() if not e["model"] < min(e["persistence"], e["constant velocity"])]


def test_4_prediction_beats_standing_still_and_going_on_as_before(trained, clips, real_data):
    for name, clip in clips.items():
        assert not beats(trained.prediction_errors(clip, every=20)), name


def test_4_prediction_beats_both_on_the_sample_dance(trained, real_data):
    sample = takes.sample_dance(real_data)
    assert sample is not None
    assert not beats(trained.prediction_errors(sample))


def test_5_planted_truth_is_found_with_its_direction_kind_and_lag(judged, real_data):
    present, confidence = judged["true_present"], judged["confidence"]
    true = present == 1
    leads = true & (judged["true_kind"] == 1) & ~(metrics.reverse(present) == 1)
    assert metrics.auroc(confidence, present) >= 0.98
    assert metrics.average_precision(confidence, present) >= 0.80
    assert metrics.direction_accuracy(confidence, leads) >= 0.95
    assert metrics.accuracy(judged["kind"][true], judged["true_kind"][true]) >= 0.85
    known = leads & (judged["kind"] == 1)
    assert metrics.lag_error(judged["lag"][known], judged["true_lag"][known]).median <= 0.05


def test_5_planted_truth_is_found_far_better_than_by_the_default_baseline_whatever_dancers_there_are(judged, duets):
    present, confidence = judged["true_present"], judged["confidence"]
    granger = np.concatenate([dense(infer(duet.clip(), "granger")) for duet in duets])
    assert metrics.auroc(confidence, present) >= 0.95
    assert metrics.average_precision(confidence, present) >= metrics.average_precision(granger, present) + 0.25
    true = present == 1
    assert metrics.accuracy(judged["kind"][true], judged["true_kind"][true]) >= 0.85


def test_6_confidence_means_what_it_says(judged):
    assert metrics.reliability(judged["confidence"], judged["true_present"]).error <= 0.05
    shown = (judged["confidence"] > DISPLAY_THRESHOLD) & (judged["true_present"] >= 0)
    right = (judged["true_present"][shown] == 1).mean()
    assert abs(right - judged["confidence"][shown].mean()) < 0.15


def test_6_between_unrelated_partners_almost_nothing_is_shown(trained, clips):
    names = list(clips)
    shares = []
    for a, b in zip(names, names[1:] + names[:1], strict=True):
        for unrelated in (takes.exchanged(clips[a], clips[b]), takes.shifted(clips[a], 6.0)):
            found = trained.infer(unrelated, stride=round(2 * unrelated.fps))
            shares.append(float(found.shown().mean()))
    assert max(shares) <= 0.01


def test_8_true_partners_stand_out_from_strangers_and_from_themselves_shifted(trained, clips, real_data):
    def evidence(clip) -> float:
        found = trained.infer(clip, stride=round(2 * clip.fps))
        return float(np.sort(found.confidence, axis=1)[:, -20:].sum(axis=1).mean())

    for name, clip in clips.items():
        others = [takes.exchanged(clip, other) for key, other in clips.items() if key != name]
        others += [shifted for seconds in (5.0, -5.0) if (shifted := takes.shifted(clip, seconds)) is not None]
        assert evidence(clip) > max(map(evidence, others)), name
