"""What must hold of the network: torch and NumPy agree, the linear path is principal components, gradients reach everything, losses compare."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from duet_core.generation import channels, runtime  # noqa: E402
from duet_core.generation.bodies import standard  # noqa: E402
from duet_core.model.phrase_settings import PhraseSettings  # noqa: E402
from duet_core.model.vae import PhraseVae  # noqa: E402
from duet_core.procedural.dancer import dance  # noqa: E402
from duet_core.training.phrases.data import all_windows, weights  # noqa: E402
from duet_core.training.phrases.objective import Dancing, Objective  # noqa: E402
from duet_core.training.phrases.settings import PhraseObjective  # noqa: E402

SMALL = PhraseSettings(frames=24, stack=3, hidden=16, latent=12, linear=8)


@pytest.fixture(scope="module")
def windows():
    clip = dance(5, 12.0)
    return all_windows([channels.written(clip.positions[:, 0], clip.skeleton, 30.0)[:, None]], 24, 30.0, each=8)


def network(settings=SMALL, windows=None):
    torch.manual_seed(0)
    model = PhraseVae(settings, channels.count(standard().skeleton) * settings.dancers)
    if windows is not None:
        model.set_linear(windows.reshape(*windows.shape[:2], -1), weights(standard(), settings.dancers))
    return model.eval()


def stirred(model):
    """A model whose zeros are no zeros any more."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return model


def in_numpy(model):
    tensors = {key: value.numpy() for key, value in model.state_dict().items()}
    return runtime.Network(runtime.Weights(tensors), model.settings, channels.count(standard().skeleton))


@pytest.mark.parametrize("changes", [{}, {"linear": 0}, {"stack": 1, "decoder_layers": 2, "layers": 1}], ids=str)
def test_numpy_gives_what_torch_gives(windows, changes):
    settings = dataclasses.replace(SMALL, **changes)
    model = stirred(network(settings, windows))
    own = in_numpy(model)
    x = torch.from_numpy(windows[:5]).flatten(2)
    with torch.no_grad():
        mean, log_variance = model.encode(x)
        danced = model.decode(mean)
    mine, mine_log = own.encode(windows[:5])
    assert np.abs(mine - mean.numpy()).max() < 1e-4
    assert np.abs(mine_log - log_variance.numpy()).max() < 1e-4
    assert np.abs(own.decode(mine).reshape(danced.shape) - danced.numpy()).max() < 1e-4


def test_before_training_the_network_is_principal_components(windows):
    model = network(dataclasses.replace(SMALL, latent=64), windows)
    own = in_numpy(model)
    rebuilt = own.decode(own.encode(windows)[0])
    flat, again = (x.reshape(len(x), -1) for x in (windows, rebuilt))
    left = np.square(flat - again).mean() / np.square(flat - flat.mean(axis=0)).mean()
    assert left < 0.05


def test_what_is_encoded_again_is_never_further_from_the_phrase(windows):
    own = in_numpy(stirred(network(windows=windows)))

    def weighted(some):
        return some.reshape(len(some), 24, -1) * own.weight

    first, refined = own.encode(windows)[0], own.closer(windows, weighted)
    before, after = (np.square(weighted(own.decode(latent) - windows)).mean(axis=(1, 2)) for latent in (first, refined))
    assert (after <= before + 1e-6).all()
    assert after.mean() < 0.95 * before.mean()


@pytest.mark.parametrize("changes", [{}, {"linear": 0}, {"stack": 1, "decoder_layers": 2}], ids=str)
def test_gradients_by_latent_numbers_are_those_of_torch(windows, changes):
    settings, body = dataclasses.replace(SMALL, **changes), standard()
    model = stirred(network(settings, windows))
    own = in_numpy(model)
    latent = own.encode(windows[:3])[0]
    pull = np.random.default_rng(0).standard_normal((3, 24, 1, len(body.skeleton), 3))
    z = torch.from_numpy(latent).requires_grad_(True)
    (Dancing(body)(model.decode(z).reshape(3, 24, 1, -1)) * torch.from_numpy(pull)).sum().backward()
    kept = runtime.Decoded()
    mine = own.gradient(kept, channels.gradient_of_dance(own.decode(latent, kept), pull, body.skeleton, body.lengths))
    assert np.abs(mine - z.grad.numpy()).max() < 1e-4 * np.abs(mine).max()


def test_reconstruction_reaches_every_parameter(windows):
    model = stirred(network(windows=windows)).train()
    objective = Objective(PhraseObjective(beta=0), SMALL, standard(), windows)
    x = torch.from_numpy(windows)
    objective.losses(model, x, model(x.flatten(2)))["loss"].backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_losses_are_means_whatever_the_batch(windows):
    model = network(windows=windows)
    objective = Objective(PhraseObjective(), SMALL, standard(), windows)
    x = torch.from_numpy(windows[:8])
    with torch.no_grad():
        once = objective.losses(model, x, model(x.flatten(2), noise=0.0))
        twice = objective.losses(model, torch.cat([x, x]), model(torch.cat([x, x]).flatten(2), noise=0.0))
    for key, value in once.items():
        assert float(twice[key]) == pytest.approx(float(value), rel=1e-4), key


def test_places_for_gradients_are_those_of_the_channels(windows):
    body = standard()
    mine = Dancing(body)(torch.from_numpy(windows)).numpy()
    assert np.abs(mine - channels.danced(windows, body.skeleton, body.lengths)).max() < 1e-5


def test_the_density_has_the_spread_of_what_it_was_fitted_on_and_real_phrases_in_its_middles():
    from duet_core.training.phrases.density import mixture

    rng = np.random.default_rng(0)
    x = np.concatenate([rng.standard_normal((600, 6)) * [1, 2, 1, 1, 1, 0.1] + 8, rng.standard_normal((300, 6)) - 8])
    fitted = runtime.Density(**mixture(x, 6, rng))
    drawn = fitted.drawn(rng, 4000)
    assert np.abs(drawn.mean(axis=0) - x.mean(axis=0)).max() < 0.8
    assert np.abs(drawn.std(axis=0) / x.std(axis=0) - 1).max() < 0.3
    still = fitted.drawn(rng, 20, temperature=0.0)
    assert all(np.abs(x - one).max(axis=1).min() < 1e-4 for one in still)


def test_packed_weights_take_a_quarter_of_the_room_and_dance_the_same(windows):
    from duet_core.generation.packing import packed, unpacked

    settings = dataclasses.replace(SMALL, hidden=64)
    model = stirred(network(settings, windows))
    tensors = {key: value.numpy() for key, value in model.state_dict().items()}
    few = packed(tensors)
    assert sum(v.nbytes for v in few.values()) < 0.4 * sum(v.nbytes for v in tensors.values())
    whole = in_numpy(model)
    again = runtime.Network(runtime.Weights(unpacked(few)), settings, whole.channels)
    body = standard()
    places = [channels.danced(one.decode(one.encode(windows)[0])[:, :, 0], body.skeleton, body.lengths) for one in (whole, again)]
    assert 100 * np.linalg.norm(places[0] - places[1], axis=-1).mean() < 0.5
