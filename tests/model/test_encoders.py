"""Every encoder keeps the promises of the science: gradients, equivariance, order of the types, any skeleton."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
from duet_core.model.encoders import ENCODERS  # noqa: E402
from duet_core.model.encoders.heads import TypeLogits  # noqa: E402
from duet_core.model.losses import gaussian_nll, sparse_prior  # noqa: E402
from duet_core.model.nri import NeuralRelationalInference  # noqa: E402
from duet_core.model.posterior import EdgePosterior  # noqa: E402
from duet_core.model.settings import ModelSettings  # noqa: E402

every_encoder = pytest.mark.parametrize("encoder", sorted(ENCODERS))


def settings(encoder: str, **changes) -> ModelSettings:
    return ModelSettings(**{"encoder": encoder, "hidden": 24, "frames": 24, "lags": 5, **changes})


def lively(encoder: str, **changes):
    """An encoder as if trained: its scores far from the prior, its running statistics its own."""
    torch.manual_seed(3)
    model = ENCODERS[encoder](settings(encoder, **changes))
    with torch.no_grad():
        for value in model.parameters():
            if value.dim() > 1:
                value *= 1.5
        for name, value in model.named_buffers():
            if name.endswith("running_mean"):
                value.normal_(0.0, 0.1)
    return model.eval()


def assert_same(first: EdgePosterior, second: EdgePosterior, tolerance: float = 2e-3) -> None:
    for name, one, other in zip(first._fields, first, second, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert torch.allclose(one, other, atol=tolerance), f"{name}: {(one - other).abs().max():.2e}"


@every_encoder
def test_the_reconstruction_loss_reaches_every_parameter_of_the_encoder(encoder: str, windows) -> None:
    positions, parents = windows()
    torch.manual_seed(0)
    model = NeuralRelationalInference(settings(encoder))
    prediction = model(positions, parents, 0.5, teacher=16).prediction
    gaussian_nll(prediction.positions, positions[:, 1:], prediction.log_variance).backward()
    dead = [name for name, value in model.encoder.named_parameters() if value.grad is None or not value.grad.abs().sum() > 0]
    assert not dead


@every_encoder
def test_permuting_joints_permutes_the_connections(encoder: str, windows) -> None:
    positions, parents = windows()
    order = torch.randperm(len(parents), generator=torch.Generator().manual_seed(1))
    place = torch.argsort(order)
    moved = torch.where(parents[order] < 0, -1, place[parents[order].clamp(min=0)])
    model = lively(encoder)
    with torch.no_grad():
        plain, other = model(positions, parents), model(positions[:, :, :, order], moved)
    expected = [None if x is None else x.movedim((-3, -2), (0, 1))[order][:, order].movedim((0, 1), (-3, -2)) for x in plain]
    assert_same(other, EdgePosterior(*expected))
    assert plain.types.std(dim=(-3, -2)).max() > 1e-3  # not the same everywhere, which would prove nothing


@every_encoder
def test_swapping_the_dancers_exchanges_the_directions(encoder: str, windows) -> None:
    positions, parents = windows()
    model = lively(encoder)
    with torch.no_grad():
        plain, other = model(positions, parents), model(positions.flip(2), parents)
    assert_same(other, EdgePosterior(*(None if x is None else x.flip(-4) for x in plain)))
    assert not torch.allclose(plain.types[:, :, 0], plain.types[:, :, 1], atol=1e-3)


@every_encoder
def test_turning_the_duet_or_moving_it_over_the_floor_changes_nothing(encoder: str, windows) -> None:
    positions, parents = windows()
    c, s = math.cos(2.1), math.sin(2.1)
    turn = torch.tensor([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    model = lively(encoder)
    with torch.no_grad():
        assert_same(model(positions @ turn.T + torch.tensor([4.0, -7.0, 0.0]), parents), model(positions, parents))


@every_encoder
def test_the_same_weights_serve_every_skeleton_and_length(encoder: str, windows) -> None:
    model = lively(encoder)
    for skeleton, joints in (("coco-17", 17), ("hybrik-29", 29), ("markers-53", 53)):
        for frames in (24, 17):
            positions, parents = windows(skeleton, batch=1, frames=frames)
            with torch.no_grad():
                posterior = model(positions, parents)
            assert posterior.types.shape[-4:] == (2, joints, joints, 3)
            assert posterior.types.shape[:1] == (1,) and posterior.types.dim() == 6
            assert posterior.kinds.shape == (1, 2, joints, joints, 6)
            assert posterior.lags.shape == (1, 2, joints, joints, 5)
            assert all(torch.isfinite(x).all() for x in posterior if x is not None)


@every_encoder
def test_one_window_is_judged_as_it_would_be_among_others(encoder: str, windows) -> None:
    positions, parents = windows(batch=3)
    model = lively(encoder)
    with torch.no_grad():
        together, alone = model(positions, parents), model(positions[1:2], parents)
    assert_same(alone, EdgePosterior(*(None if x is None else x[1:2] for x in together)), 1e-4)


@every_encoder
def test_half_precision_gives_nearly_the_same(encoder: str, windows) -> None:
    positions, parents = windows()
    model = lively(encoder)
    with torch.no_grad():
        plain = model(positions, parents).probabilities()
        with torch.autocast("cpu", torch.bfloat16):
            half = model(positions, parents).probabilities()
    assert (half - plain).abs().mean() < 0.02
    assert torch.isfinite(half).all()


@every_encoder
def test_a_seed_decides_everything(encoder: str, windows) -> None:
    positions, parents = windows()
    results = []
    for _ in range(2):
        torch.manual_seed(5)
        model = NeuralRelationalInference(settings(encoder))
        output = model(positions, parents, 0.7, generator=torch.Generator().manual_seed(1))
        results.append((output.gates, output.prediction.positions))
    assert torch.equal(results[0][0], results[1][0]) and torch.equal(results[0][1], results[1][1])


@pytest.mark.parametrize("types", (2, 3, 4, 5))
def test_a_rising_score_moves_an_edge_up_the_ordered_types(types: int) -> None:
    head = TypeLogits(ModelSettings(types=types)).double()
    probability = head(torch.linspace(-4, 4, 41).unsqueeze(1)).double().softmax(dim=-1)
    at_least = probability.flip(-1).cumsum(-1).flip(-1)[:, 1:]
    assert (at_least.diff(dim=0) > 0).all()
    expected = (probability * torch.arange(types)).sum(-1)
    assert (expected.diff() > 0).all()
    assert probability[-1].argmax() == types - 1 and probability[0].argmax() == 0
    assert torch.allclose(head(torch.zeros(1, 1)).softmax(-1).float(), sparse_prior(types), atol=1e-6)


def test_a_posterior_of_stretches_changes_with_the_motion_within_the_window(windows) -> None:
    positions, parents = windows(frames=40)
    still = positions.clone()
    still[:, 20:] = still[:, 20:21]
    model = lively("dynamic")
    with torch.no_grad():
        first, second = model(positions, parents), model(still, parents)
    assert first.types.shape[1] == 5 and first.prior.shape == first.types.shape
    assert (first.types[:, 1:] - first.types[:, :-1]).abs().max() > 1e-3
    assert (first.types[:, -1] - second.types[:, -1]).abs().max() > 1e-3


def test_the_prior_of_a_stretch_knows_nothing_of_the_stretch_or_of_what_follows(windows) -> None:
    positions, parents = windows(frames=40)
    model = lively("dynamic")
    # Both dancers' later motion is exchanged between their joints: their frames and sizes, which the whole window gives, stay.
    changed = positions.clone()
    limbs = torch.nonzero(parents >= 0)[:, 0]
    changed[:, 24:, :, limbs] = changed[:, 24:, :, limbs.flip(0)]
    with torch.no_grad():
        first, second = model(positions, parents), model(changed, parents)
    difference = (first.prior - second.prior).abs().amax(dim=(0, 2, 3, 4, 5))
    assert difference[:4].max() < 1e-4
    assert difference[4] > 1e-3


def test_the_skeletons_convolution_is_that_of_pytorch_geometric() -> None:
    from torch_geometric.nn.dense import DenseGCNConv

    from duet_core.model.encoders.pairs import GraphConvolution
    from duet_core.model.graph import skeleton_adjacency

    ours, theirs = GraphConvolution(5, 7), DenseGCNConv(5, 7)
    theirs.load_state_dict(ours.state_dict())
    x, adjacency = torch.randn(3, 6, 5), skeleton_adjacency(torch.tensor([-1, 0, 1, 1, 0, 4]))
    assert torch.allclose(ours(x, adjacency), theirs(x, adjacency), atol=1e-6)
