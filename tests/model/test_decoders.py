"""Decoders: what opens and closes, what is known when, and what turns with the duet."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
from torch_geometric.nn.dense import DenseGraphConv  # noqa: E402

from duet_core.model.decoders import DECODERS  # noqa: E402
from duet_core.model.decoders.gcn_lstm import GcnLstmCell  # noqa: E402
from duet_core.model.settings import ModelSettings  # noqa: E402

every_decoder = pytest.mark.parametrize("decoder", sorted(DECODERS))


def lively(decoder: str, variance: str = "learned"):
    torch.manual_seed(2)
    model = DECODERS[decoder](ModelSettings(decoder=decoder, hidden=24, frames=24, lags=5, variance=variance))
    with torch.no_grad():
        model.out.weight *= 10.0
    return model.eval()


def gates_of(positions, opened: float = 0.3, stretches: int = 1):
    batch, joints = len(positions), positions.shape[3]
    drawn = torch.rand(batch, stretches, 2, joints, joints, generator=torch.Generator().manual_seed(4))
    return torch.where(drawn < opened, 1.0, 0.0)


@every_decoder
def test_none_sends_nothing_from_dancer_to_dancer(decoder: str, windows) -> None:
    positions, parents = windows()
    changed = positions.clone()
    changed[:, 1:, 0] += torch.randn_like(changed[:, 1:, 0])  # the first frame decides the frame of reference
    model = lively(decoder)
    with torch.no_grad():
        for gates, same in ((gates_of(positions) * 0.0, True), (gates_of(positions), False)):
            first, second = (model(p, parents, gates).positions[:, :, 1] for p in (positions, changed))
            assert torch.allclose(first, second, atol=1e-5) is same


@every_decoder
def test_an_open_gate_carries_one_joint_s_motion_to_one_joint_and_on_through_the_skeleton(decoder: str, windows) -> None:
    positions, parents = windows(batch=1)
    gates = gates_of(positions) * 0.0
    gates[0, 0, 0, 9, 15] = 1.0  # joint 9 of the first dancer → joint 15 of the second
    model = lively(decoder)
    with torch.no_grad():
        plain = model(positions, parents, gates).positions
        for joint, heard in ((9, True), (3, False)):
            changed = positions.clone()
            changed[:, 1:, 0, joint] += 0.5
            difference = (model(changed, parents, gates).positions - plain)[0, :, 1].norm(dim=-1).amax(dim=0)
            assert (difference[15] > 1e-4).item() is heard
            if heard:
                assert difference.argmax() == 15


@every_decoder
def test_a_gate_of_another_stretch_opens_only_then(decoder: str, windows) -> None:
    positions, parents = windows(batch=1)
    gates = gates_of(positions, stretches=3) * 0.0
    later = gates.clone()
    later[:, 2] = 1.0
    model = lively(decoder)
    with torch.no_grad():
        difference = (model(positions, parents, gates).positions - model(positions, parents, later).positions).abs().amax(dim=(0, 2, 3, 4))
    assert difference[:16].max() == 0.0  # stretch 2 begins at frame 16, which predicts frame 17
    assert difference[16:].min() > 1e-6


@every_decoder
def test_nothing_after_the_known_frames_is_looked_at(decoder: str, windows) -> None:
    positions, parents = windows()
    changed = positions.clone()
    changed[:, 10:] = torch.nan
    model = lively(decoder)
    gates = gates_of(positions)
    with torch.no_grad():
        first, second = (model(p, parents, gates, teacher=10) for p in (positions, changed))
        taught = model(positions, parents, gates)
        again = model(positions, parents, gates, teacher=10, horizon=4)
    assert torch.equal(first.positions, second.positions)
    assert torch.allclose(first.positions[:, :10], taught.positions[:, :10], atol=1e-6)
    assert not torch.allclose(first.positions[:, 10:], taught.positions[:, 10:], atol=1e-4)
    # Frames 9, 13, 17, 21 are given: what follows each is predicted from truth, the others from what was predicted.
    assert torch.allclose(again.positions[:, :13], first.positions[:, :13], atol=1e-6)
    assert not torch.allclose(again.positions[:, 13], first.positions[:, 13], atol=1e-5)


@every_decoder
def test_the_prediction_turns_and_moves_with_the_duet(decoder: str, windows) -> None:
    positions, parents = windows()
    c, s = math.cos(-0.8), math.sin(-0.8)
    turn = torch.tensor([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    offset = torch.tensor([5.0, 1.0, 0.0])
    model, gates = lively(decoder), gates_of(positions)
    with torch.no_grad():
        plain = model(positions, parents, gates, teacher=12)
        other = model(positions @ turn.T + offset, parents, gates, teacher=12)
        swapped = model(positions.flip(2), parents, gates.flip(2), teacher=12)
    assert torch.allclose(other.positions, plain.positions @ turn.T + offset, atol=1e-3)
    assert torch.allclose(other.log_variance, plain.log_variance, atol=1e-3)
    assert torch.allclose(swapped.positions, plain.positions.flip(2), atol=1e-4)


@every_decoder
def test_a_decoder_that_says_nothing_predicts_constant_velocity(decoder: str, windows) -> None:
    positions, parents = windows()
    model = lively(decoder)
    with torch.no_grad():
        model.out.weight.zero_()
        predicted = model(positions, parents, gates_of(positions), teacher=12).positions
    step = positions[:, 11] - positions[:, 10]
    for ahead in (1, 5, 10):
        assert torch.allclose(predicted[:, 10 + ahead], positions[:, 11] + ahead * step, atol=1e-4)
    assert torch.allclose(predicted[:, 1:11], 2 * positions[:, 1:11] - positions[:, :10], atol=1e-4)


@every_decoder
def test_the_error_reaches_every_gate_and_every_parameter(decoder: str, windows) -> None:
    positions, parents = windows()
    gates = torch.full((2, 1, 2, 17, 17), 0.5, requires_grad=True)
    lags = torch.zeros(2, 2, 17, 17, 5, requires_grad=True)
    model = lively(decoder, "fixed")
    prediction = model(positions, parents, gates, teacher=16, lags=lags)
    assert prediction.log_variance is None
    (prediction.positions - positions[:, 1:]).square().mean().backward()
    assert (gates.grad != 0).float().mean() > 0.99
    assert (lags.grad != 0).float().mean() > 0.99
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in model.parameters())


@every_decoder
def test_the_same_weights_serve_every_skeleton(decoder: str, windows) -> None:
    model = lively(decoder)
    for skeleton in ("coco-17", "hybrik-29", "markers-53"):
        positions, parents = windows(skeleton, batch=1)
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            prediction = model(positions, parents, gates_of(positions))
        assert prediction.positions.shape == (1, 23, 2, len(parents), 3)
        assert prediction.positions.dtype == torch.float32 and torch.isfinite(prediction.positions).all()


def test_a_cell_is_an_lstm_whose_gates_are_dense_graph_convolutions() -> None:
    torch.manual_seed(0)
    hidden, inputs, joints = 6, 4, 5
    cell = GcnLstmCell(inputs, hidden, hidden)
    over_skeleton, over_gates = DenseGraphConv(hidden, 4 * hidden), DenseGraphConv(hidden, 4 * hidden)
    own, state, neighbours, heard = cell.gates.weight.split([inputs, hidden, hidden, hidden], dim=1)
    with torch.no_grad():
        over_skeleton.lin_rel.weight.copy_(neighbours)
        over_skeleton.lin_rel.bias.copy_(cell.gates.bias)
        over_skeleton.lin_root.weight.copy_(state)
        over_gates.lin_rel.weight.copy_(heard)
        over_gates.lin_rel.bias.zero_()
        over_gates.lin_root.weight.zero_()
    x, h, c = torch.randn(3, joints, inputs), torch.randn(3, joints, hidden), torch.randn(3, joints, hidden)
    message, gates = torch.randn(3, joints, hidden), torch.rand(3, joints, joints)
    skeleton = torch.rand(joints, joints)
    enter, keep, leave, new = (over_skeleton(h, skeleton) + over_gates(message, gates) + x @ own.T).chunk(4, dim=-1)
    expected_c = torch.sigmoid(keep) * c + torch.sigmoid(enter) * torch.tanh(new)
    expected_h = torch.sigmoid(leave) * torch.tanh(expected_c)
    got_h, got_c = cell(x, gates @ message, skeleton, (h, c))
    assert torch.allclose(got_c, expected_c, atol=1e-5) and torch.allclose(got_h, expected_h, atol=1e-5)
