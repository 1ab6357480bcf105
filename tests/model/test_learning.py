"""What small models learn in seconds: a decoder leans on the connection that is true."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from duet_core.model.decoders import DECODERS  # noqa: E402
from duet_core.model.settings import ModelSettings  # noqa: E402

JOINTS, FRAMES, LAG = 4, 16, 3
PARENTS = torch.tensor([-1, 0, 0, 0])


def led(batch: int, generator: torch.Generator):
    """Duets in which joint 2 of the second dancer repeats the velocity of joint 1 of the first one, turned with the view, `LAG` frames later."""
    steps = torch.randn(batch, FRAMES + LAG + 2, 2, JOINTS, 3, generator=generator)
    velocity = (steps[:, :-2] + steps[:, 1:-1] + steps[:, 2:]) / 3**0.5
    velocity[:, LAG:, 1, 2] = velocity[:, :-LAG, 0, 1]
    places = torch.randn(JOINTS, 3, generator=generator) * 0.4 + torch.tensor([[0.0, 0.0, 1.0], [1.2, 0.0, 1.0]])[:, None]
    return places + 0.04 * velocity[:, LAG:].cumsum(dim=1)


@pytest.mark.parametrize("decoder", sorted(DECODERS))
def test_cutting_the_true_connection_hurts_more_than_cutting_any_other(decoder: str) -> None:
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    model = DECODERS[decoder](ModelSettings(decoder=decoder, hidden=16, frames=FRAMES, lags=6, variance="fixed"))
    optimiser = torch.optim.Adam(model.parameters(), 5e-3)
    others = [(0, 0, 3), (0, 3, 1), (1, 1, 0)]

    def error(positions, cut: tuple[int, int, int] | None = None):
        gates = torch.zeros(len(positions), 1, 2, JOINTS, JOINTS)
        for d, i, j in [(0, 1, 2), *others]:
            gates[:, :, d, i, j] = 1.0
        if cut:
            gates[:, :, cut[0], cut[1], cut[2]] = 0.0
        lags = torch.zeros(len(positions), 2, JOINTS, JOINTS, 6)
        lags[..., LAG - 1] = 6.0  # the newest velocity that tells of the next frame
        predicted = model(positions, PARENTS, gates, lags=lags).positions
        return (predicted - positions[:, 1:])[:, LAG + 2 :, 1, 2].square().mean()  # of the joint that is led

    for _ in range(60):
        optimiser.zero_grad()
        error(led(24, generator)).backward()
        optimiser.step()
    held = led(64, generator)
    with torch.no_grad():
        whole, without = error(held), error(held, (0, 1, 2))
        elsewhere = [error(held, cut) for cut in others]
    assert without - whole > 5 * max(abs(e - whole) for e in elsewhere)
    assert without > 1.3 * whole
