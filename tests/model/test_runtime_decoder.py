"""Decoders in NumPy give torch's numbers, for every model that training can produce, and refuse what they cannot run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from duet_core.errors import InputError  # noqa: E402
from duet_core.evaluation import takes  # noqa: E402
from duet_core.inference import models, runtime  # noqa: E402
from duet_core.inference.runtime import decoder as here  # noqa: E402
from duet_core.model import apply  # noqa: E402
from duet_core.model.decoders import DECODERS, gcn, gcn_lstm  # noqa: E402
from duet_core.model.gumbel import expected_gates  # noqa: E402
from duet_core.model.nri import NeuralRelationalInference  # noqa: E402
from duet_core.model.settings import ModelSettings  # noqa: E402
from duet_core.model.weights import save_model  # noqa: E402
from duet_core.planted import solos_of  # noqa: E402

NEAR = 1e-4
VARIANTS = [
    ("gcn_lstm", {}, {}),
    ("gcn_lstm", {"message": 7}, {"variance": "fixed", "types": 5}),
    ("gcn_lstm", {}, {"encoder": "dynamic", "encoder_options": {"stretch": 8, "bins": 3}, "type_head": "free"}),
    ("gcn_lstm", {}, {"hidden": 1, "lags": 1}),
    ("gcn", {}, {}),
    ("gcn", {}, {"variance": "fixed", "hidden": 9, "lags": 3}),
    ("gcn", {}, {"encoder": "dynamic", "encoder_options": {"stretch": 8, "bins": 3}}),
]
WALKS = [{}, {"teacher": 1}, {"teacher": 9}, {"teacher": 9, "horizon": 4}, {"teacher": 1, "horizon": 1}, {"teacher": 99}]


def lively(decoder: str, chosen: dict | None = None, changes: dict | None = None) -> NeuralRelationalInference:
    """A model as if trained: all its weights are its own."""
    torch.manual_seed(5)
    options = {"encoder": "compact", "decoder": decoder, "hidden": 16, "frames": 24, "lags": 5, "decoder_options": chosen or {}}
    model = NeuralRelationalInference(ModelSettings(**{**options, **(changes or {})}))
    assert model.decoder is not None
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.05 * torch.randn(value.shape))
        model.decoder.out.weight *= 0.5  # or 24 frames on its own it would run off by hundreds of metres
    return model.eval()


@pytest.mark.parametrize("skeleton", ["coco-17", "markers-53"])
@pytest.mark.parametrize(("decoder", "chosen", "changes"), VARIANTS)
def test_predictions_are_those_of_torch(decoder: str, chosen: dict, changes: dict, skeleton: str, tmp_path: Path, windows) -> None:
    model = lively(decoder, chosen, changes)
    save_model(tmp_path, model, "")
    ours, encoder = runtime.load_decoder(tmp_path), runtime.load(tmp_path)
    positions, parents = windows(skeleton, 2, 24)
    with torch.no_grad():
        posterior = model.encode(positions, parents)
        gates = expected_gates(posterior.types)
    own = encoder.encode(positions.numpy(), parents.numpy())
    np.testing.assert_allclose(runtime.gates_of(own), gates.numpy(), atol=NEAR)
    drawn = np.random.default_rng(0).random(gates.shape).astype(np.float32)
    for n, walk in enumerate(WALKS):
        # Gates far from the prior, and every other time without lags.
        lags = posterior.lags if n % 2 else None
        with torch.no_grad():
            theirs = model.decoder(positions, parents, torch.from_numpy(drawn), walk.get("teacher"), walk.get("horizon"), lags)
        found = ours(positions.numpy(), parents.numpy(), drawn, lags=None if lags is None else lags.numpy(), **walk)
        assert found.positions.dtype == np.float32
        assert np.abs(found.positions - theirs.positions.numpy()).max() <= NEAR, walk
        if changes.get("variance") == "fixed":
            assert found.log_variance is None and theirs.log_variance is None
        else:
            assert np.abs(found.log_variance - theirs.log_variance.numpy()).max() <= 1e-3, walk


@pytest.mark.parametrize("name", [*sorted(DECODERS), "duet"])
def test_predictions_are_those_of_torch_on_a_real_take(name: str, tmp_path: Path, real_data: Path) -> None:
    """Also of the bundled model, through all that its own encoder finds."""
    folder = models.folder_of(name) if name == "duet" else tmp_path
    if name != "duet":
        save_model(folder, lively(name, changes={"frames": 80, "lags": 14}), "")
    clip = takes.salsa(real_data, ("12",))["12"]
    motion = np.stack([solo.positions for solo in solos_of(clip, 20.0)], axis=1)
    positions, parents = np.stack([motion[at : at + 80] for at in (0, len(motion) - 80)]), np.array(clip.skeleton.parents)
    model = apply.load(folder).model
    told = torch.from_numpy(positions)
    with torch.no_grad():
        posterior = model.encode(told, torch.from_numpy(parents))
        gates = expected_gates(posterior.types)
        theirs = model.decode(told, torch.from_numpy(parents), posterior, gates, teacher=70)
    own = runtime.load(folder).encode(positions, parents)
    ours = runtime.load_decoder(folder)(positions, parents, runtime.gates_of(own), teacher=70, lags=own.lags)
    assert np.abs(ours.positions - theirs.positions.numpy()).max() <= NEAR


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_one_dancer_may_be_shown_all_the_time(name: str, tmp_path: Path, windows) -> None:
    save_model(tmp_path, lively(name), "")
    decoder = runtime.load_decoder(tmp_path)
    positions, parents = (value.numpy() for value in windows("coco-17", 1, 24))
    gates = np.ones((1, 1, 2, 17, 17), np.float32)
    taught, free = (decoder(positions, parents, gates, teacher) for teacher in (None, 8))
    shown = decoder(positions, parents, gates, 8, shown=0)
    blind = positions.copy()
    blind[:, 8:, 1] = np.nan
    assert np.array_equal(decoder(blind, parents, gates, 8, shown=0).positions, shown.positions)
    # From frame 8 on dancer 1 is predicted from what was predicted, and hears of the true dancer 0.
    np.testing.assert_allclose(shown.positions[:, :8], free.positions[:, :8], atol=1e-6)
    assert np.abs(shown.positions - free.positions)[:, 10:, 1].max() > 1e-4
    assert np.abs(shown.positions - taught.positions)[:, 10:, 1].max() > 1e-4
    moved = positions.copy()
    moved[:, 12, 0] += 0.2
    assert np.abs(decoder(moved, parents, gates, 8, shown=0).positions - shown.positions)[:, 13:, 1].max() > 1e-4


def test_every_decoder_that_can_be_trained_runs_with_the_same_options() -> None:
    assert set(here.STEPS) == set(DECODERS)
    assert here.GCN == gcn.OPTIONS and here.GCN_LSTM == gcn_lstm.OPTIONS


def test_a_decoder_runs_where_there_is_no_torch(tmp_path: Path, root: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "for name in ('torch', 'torch_geometric', 'safetensors', 'scipy'): sys.modules[name] = None\n"
        "import numpy as np\n"
        "from duet_core.inference import models, runtime\n"
        "decoder = runtime.load_decoder(models.folder_of('duet'))\n"
        "windows = np.cumsum(np.random.default_rng(0).normal(size=(2, 24, 2, 5, 3)), axis=1).astype(np.float32)\n"
        "gates = np.ones((2, 1, 2, 5, 5), np.float32)\n"
        "assert np.isfinite(decoder(windows, np.array([-1, 0, 1, 1, 0]), gates, teacher=20).positions).all()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, root], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_what_cannot_run_here_is_refused_by_name(tmp_path: Path) -> None:
    save_model(tmp_path, lively("gcn_lstm"), "")
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))

    def refused(match: str, **changes: object) -> None:
        (tmp_path / "config.json").write_text(json.dumps({**config, "model": {**config["model"], **changes}}), "utf-8")
        with pytest.raises(InputError, match=match):
            runtime.load_decoder(tmp_path)

    refused("has no decoder", decoder="none")
    refused("oracle", decoder="oracle")
    refused(r"decoder\.\S+ is missing", decoder="gcn")
    refused(r"decoder\.\S+ has the shape", variance="fixed")
    refused("magic", decoder_options={"magic": 1})
