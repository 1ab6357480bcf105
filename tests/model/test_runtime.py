"""The NumPy runtime gives torch's numbers, for every model that training can produce, and refuses what it cannot run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from duet_core import formats  # noqa: E402
from duet_core.errors import InputError  # noqa: E402
from duet_core.evaluation import takes  # noqa: E402
from duet_core.evaluation.methods import resolve  # noqa: E402
from duet_core.inference import models, runtime  # noqa: E402
from duet_core.inference.runtime import family, volume  # noqa: E402
from duet_core.inference.runtime.model import ENCODERS as HERE  # noqa: E402
from duet_core.model import apply  # noqa: E402
from duet_core.model.encoders import ENCODERS, compact, dynamic, gcn, recurrent  # noqa: E402
from duet_core.model.encoders import volume as volume_torch  # noqa: E402
from duet_core.model.nri import NeuralRelationalInference  # noqa: E402
from duet_core.model.settings import ModelSettings  # noqa: E402
from duet_core.model.weights import save_model  # noqa: E402
from duet_core.planted import solos_of  # noqa: E402

NEAR = 1e-4
VARIANTS = [
    ("volume", {}, {}),
    ("volume", {"before": 0, "crossed": 1}, {"types": 4, "type_head": "free", "lags": 14, "frames": 80}),
    ("volume", {"crossed": 0}, {}),
    ("volume", {"volume": False}, {}),
    ("volume", {"exchange": False, "distances": False}, {}),
    ("volume", {"vectors": 3, "scalars": 5, "crossed": 1, "mixed": 7, "kernel": 5, "layers": 1}, {"hidden": 17, "types": 5}),
    ("gcn", {}, {}),
    ("gcn", {"bins": 5, "distances": False}, {"types": 2, "frames": 7}),
    ("compact", {}, {"decoder": "gcn"}),
    ("compact", {"bins": 3, "distances": False}, {"type_head": "free"}),
    ("recurrent", {}, {}),
    ("recurrent", {"distances": False}, {"hidden": 9}),
    ("dynamic", {}, {}),
    ("dynamic", {"stretch": 5, "bins": 3, "distances": False}, {"type_head": "free", "types": 5}),
]
every_variant = pytest.mark.parametrize(("encoder", "chosen", "changes"), VARIANTS)


def lively(encoder: str, chosen: dict | None = None, changes: dict | None = None) -> NeuralRelationalInference:
    """A model as if trained: its scores far from the prior, its biases and running statistics its own."""
    torch.manual_seed(3)
    options = {"encoder": encoder, "decoder": "none", "hidden": 24, "frames": 24, "lags": 5, "encoder_options": chosen or {}}
    model = NeuralRelationalInference(ModelSettings(**{**options, **(changes or {})}))
    with torch.no_grad():
        for value in model.parameters():
            value.mul_(1.3 if value.dim() > 1 else 1.0).add_(0.05 * torch.randn(value.shape))
        for name, value in model.named_buffers():
            if name.endswith("running_mean"):
                value.normal_(0.0, 0.1)
            elif name.endswith("running_var"):
                value.uniform_(0.5, 1.5)
    return model.eval()


def saved(folder: Path, model: NeuralRelationalInference, extra: dict | None = None) -> runtime.Trained:
    save_model(folder, model, "# Card\n", extra)
    return runtime.load(folder)


def differences(model: NeuralRelationalInference, trained: runtime.Trained, positions: np.ndarray, parents: np.ndarray) -> dict[str, float]:
    with torch.no_grad():
        theirs = model.encode(torch.from_numpy(positions), torch.from_numpy(parents))
    ours = trained.encode(positions, parents)
    result = {}
    for name in ("types", "kinds", "lags"):
        one, other = getattr(theirs, name).numpy(), getattr(ours, name)
        assert other.dtype == np.float32 and one.shape == other.shape and np.isfinite(other).all()
        result[name] = float(np.abs(one - other).max())
    return result


@every_variant
@pytest.mark.parametrize(("skeleton", "batch", "frames"), [("coco-17", 2, 24), ("smpl-24", 1, 31), ("markers-53", 1, 24)])
def test_logits_are_those_of_torch(
    encoder: str, chosen: dict, changes: dict, skeleton: str, batch: int, frames: int, tmp_path: Path, windows
) -> None:
    model = lively(encoder, chosen, changes)
    positions, parents = (value.numpy() for value in windows(skeleton, batch, frames))
    found = differences(model, saved(tmp_path, model), positions, parents)
    assert max(found.values()) <= NEAR, found


@pytest.mark.parametrize("encoder", sorted(ENCODERS))
def test_logits_are_those_of_torch_on_a_real_take(encoder: str, tmp_path: Path, real_data: Path) -> None:
    clip = takes.salsa(real_data, ("12",))["12"]
    model = lively(encoder, changes={"frames": 80, "lags": 14})
    trained = saved(tmp_path, model)
    motion = np.stack([solo.positions for solo in solos_of(clip, 20.0)], axis=1)
    positions = np.stack([motion[start : start + 80] for start in (0, 100, len(motion) - 80)])
    found = differences(model, trained, positions, np.array(clip.skeleton.parents))
    assert max(found.values()) <= NEAR, found


def test_every_encoder_that_can_be_trained_runs_with_the_same_options() -> None:
    assert set(HERE) == set(ENCODERS)
    assert volume.OPTIONS == volume_torch.OPTIONS
    assert (family.GCN, family.COMPACT, family.RECURRENT, family.DYNAMIC) == (
        gcn.OPTIONS, compact.OPTIONS, recurrent.OPTIONS, dynamic.OPTIONS
    )  # fmt: skip


@pytest.mark.parametrize("encoder", ["dynamic", "volume"])
def test_connections_are_those_of_torch(encoder: str, tmp_path: Path, root: Path) -> None:
    clip = formats.read([root / "samples" / "sample.duet.npz"], frames=(0, 240))
    extra = {"calibration": {"odds": [-2.0, 1.0], "to": [-2.5, 1.5], "lasts": 1}}
    save_model(tmp_path / "m", lively(encoder, changes={"frames": 60}), "# Card\n", extra)
    theirs, ours = apply.load(tmp_path / "m").infer(clip), models.infer(clip, str(tmp_path / "m"))
    assert ours.meta == theirs.meta and ours.meta["method"] == "m" and len(ours.meta["model"]) == 16
    assert np.abs(ours.confidence - theirs.confidence).max() <= NEAR
    assert np.abs(ours.type_probability - theirs.type_probability).max() <= NEAR
    assert np.nanmax(np.abs(ours.lag - theirs.lag)) <= 1e-3 and (ours.kind == theirs.kind).mean() > 0.999


def test_a_model_runs_where_there_is_no_torch(tmp_path: Path, root: Path) -> None:
    save_model(tmp_path / "m", lively("volume"), "# Card\n")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "for name in ('torch', 'torch_geometric', 'safetensors', 'scipy'): sys.modules[name] = None\n"
        "import numpy as np\n"
        "from duet_core.inference import runtime\n"
        "model = runtime.load(sys.argv[2])\n"
        "windows = np.cumsum(np.random.default_rng(0).normal(size=(2, 24, 2, 5, 3)), axis=1).astype(np.float32)\n"
        "assert np.isfinite(model.answer(windows, np.array([-1, 0, 1, 1, 0])).types).all()\n"
    )
    done = subprocess.run([sys.executable, "-c", code, root, tmp_path / "m"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_what_cannot_run_here_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.*granger.*folder"):
        models.folder_of("nowhere")
    with pytest.raises(InputError, match=r"nowhere.*granger.*folder"):
        models.folder_of("nowhere" * 1000)
    save_model(tmp_path, lively("compact"), "")
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))

    def refused(match: str, **changes: object) -> None:
        (tmp_path / "config.json").write_text(json.dumps({**config, **changes}), "utf-8")
        with pytest.raises(InputError, match=match):
            runtime.load(tmp_path)

    refused("magic", model={**config["model"], "encoder": "magic"})
    refused("calibration", extra={"calibration": {"odds": ["steep"], "to": [0.0]}})
    refused("calibration", extra={"calibration": {"tilt": 1.0}})
    refused(r"encoder\.\S+ has the shape", model={**config["model"], "hidden": 25})
    refused(r"encoder\.\S+ is missing", model={**config["model"], "encoder": "gcn"})
    refused("is not part", model={**config["model"], "encoder_options": {"distances": False}})
    refused("not those", weights_sha256="0" * 64)


def test_benchmarks_judge_a_model_by_the_name_of_its_folder_and_its_prediction_without_torch(tmp_path: Path, root: Path) -> None:
    save_model(tmp_path / "mine", lively("compact", changes={"decoder": "gcn", "frames": 60}), "")
    (method,) = resolve([str(tmp_path / "mine")], [])
    assert method.name == "mine" and isinstance(method.model, runtime.Trained)
    clip = formats.read([root / "samples" / "sample.duet.npz"], frames=(0, 150))
    assert method.infer(clip).meta["method"] == "mine"
    assert method.prediction_errors(clip)["5"] == pytest.approx(apply.load(tmp_path / "mine").prediction_errors(clip)["5"], abs=1e-5)
    save_model(tmp_path / "mute", lively("compact", changes={"frames": 60}), "")
    with pytest.raises(ValueError, match="no decoder"):
        resolve([str(tmp_path / "mute")], [])[0].prediction_errors(clip)
