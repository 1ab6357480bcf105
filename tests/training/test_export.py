"""From a run to what others load: the model folder, by torch, by NumPy and by the command; and ONNX."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from duet_core.connections import Connections  # noqa: E402
from duet_core.formats import read  # noqa: E402
from duet_core.inference import models, runtime  # noqa: E402
from duet_core.launch import run  # noqa: E402
from duet_core.model import apply  # noqa: E402
from duet_core.model.nri import NeuralRelationalInference  # noqa: E402
from duet_core.model.settings import ModelSettings  # noqa: E402
from duet_core.model.weights import load_model, save_model  # noqa: E402
from duet_core.skeletons import by_name  # noqa: E402
from duet_core.training.loop import train  # noqa: E402
from tests.training.tiny import ROOT, found, tiny  # noqa: E402


def export(*arguments: object) -> int:
    return run("duet_connections", "export", [*map(str, arguments), "--quiet"])


@pytest.fixture(scope="module")
def halted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was stopped in its second epoch."""
    folder = tmp_path_factory.mktemp("halted") / "waltz"
    assert train(tiny(), found(), folder, quiet=True, stop=lambda step: step == 5).interrupted
    return folder


def test_a_run_that_has_not_ended_gives_the_model_of_its_best_checkpoint(halted: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in halted.iterdir())
    assert export(halted, "--out", tmp_path / "model") == 0
    config = json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))
    assert config["extra"]["step"] == 3 and (tmp_path / "model" / "README.md").read_text("utf-8").startswith("# waltz")
    assert sorted(path.name for path in halted.iterdir()) == before, "the run is left as it was"


def test_what_is_exported_says_the_same_by_torch_by_numpy_and_by_the_command(halted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    assert export(halted, "--out", folder) == 0
    clip = read(ROOT / "samples" / "sample.duet.npz").sliced(0, 240)
    ours = models.infer(clip, str(folder))
    theirs = apply.load(folder).infer(clip)
    np.testing.assert_allclose(ours.confidence, theirs.confidence, atol=1e-4)
    np.testing.assert_allclose(ours.type_probability, theirs.type_probability, atol=1e-4)
    take = [str(ROOT / "samples" / "sample.duet.npz"), "--frames", "0:240"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "infer.py"), *take, "--model", str(folder), "--out", str(tmp_path / "out"), "--quiet"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(Connections.load(tmp_path / "out" / "connections.npz").confidence, ours.confidence)


def test_its_decoder_predicts_by_numpy_what_it_predicts_by_torch(halted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    assert export(halted, "--out", folder) == 0
    model, _ = load_model(folder)
    positions = torch.tensor(read(ROOT / "samples" / "sample.duet.npz").positions[None, :24])
    parents = torch.tensor(read(ROOT / "samples" / "sample.duet.npz").skeleton.parents)
    with torch.no_grad():
        wanted = model(positions, parents, sample=False, teacher=8)
    decoder, encoder = runtime.load_decoder(folder), runtime.load(folder)
    posterior = encoder.encode(positions.numpy(), parents.numpy())
    assert wanted.prediction is not None
    got = decoder(positions.numpy(), parents.numpy(), wanted.gates.numpy(), teacher=8, lags=posterior.lags)
    np.testing.assert_allclose(got.positions, wanted.prediction.positions.numpy(), atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere", "--out", "x"], "neither a model nor a run"),
        (["{model}"], "--onnx FILE"),
        (["{model}", "--onnx", "model.pt"], ".onnx"),
        (["{model}", "--onnx", "model.onnx", "--skeleton", "octopus"], "octopus"),
    ],
)
def test_what_cannot_be_exported_is_said_in_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert export(*(text.format(model=models.BUNDLED / "duet") for text in arguments)) == 2
    said = capsys.readouterr().err.strip()
    assert says in said and "\n" not in said


def test_a_folder_with_something_else_in_it_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    assert export(models.BUNDLED / "duet", "--out", tmp_path) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_without_onnx_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.modules['onnx'] = None\n"
        "from duet_core.launch import load_extension, run; load_extension()\n"
        f"sys.exit(run('duet_connections', 'export', [{str(models.BUNDLED / 'duet')!r}, '--onnx', {str(tmp_path / 'x.onnx')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "requirements/onnx.txt" in done.stderr and done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_onnx_says_what_torch_says_for_any_number_of_windows(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    torch.manual_seed(3)
    model = NeuralRelationalInference(ModelSettings(encoder="compact", decoder="none", hidden=8, frames=24, lags=6)).eval()
    save_model(tmp_path / "model", model, "a card", {"calibration": None})
    assert export(tmp_path / "model", "--onnx", tmp_path / "m.onnx", "--skeleton", "coco-17") == 0
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"), providers=["CPUExecutionProvider"])
    about = json.loads(session.get_modelmeta().custom_metadata_map["duet_connections"])
    skeleton = by_name("coco-17")
    assert tuple(about["joints"]) == skeleton.joints and about["rate"] == 20.0 and about["types"][0] == "none"
    positions = np.random.default_rng(0).normal(size=(5, 24, 2, 17, 3)).cumsum(axis=1).astype(np.float32) * 0.05
    with torch.no_grad():
        wanted = model.encode(torch.tensor(positions), torch.tensor(skeleton.parents))
    for name, values in zip(("types", "kinds", "lags"), session.run(["types", "kinds", "lags"], {"positions": positions}), strict=True):
        np.testing.assert_allclose(values, getattr(wanted, name).numpy(), atol=1e-4, rtol=1e-4)
