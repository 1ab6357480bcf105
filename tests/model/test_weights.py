"""A model's files: what was saved comes back, anything else is refused in words."""

from __future__ import annotations

import hashlib
import json
import pickle
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from duet_core.errors import InputError  # noqa: E402
from duet_core.model.encoders import ENCODERS  # noqa: E402
from duet_core.model.nri import NeuralRelationalInference  # noqa: E402
from duet_core.model.settings import ModelSettings  # noqa: E402
from duet_core.model.weights import load_model, save_model  # noqa: E402


def model_of(encoder: str = "compact", decoder: str = "gcn", **changes) -> NeuralRelationalInference:
    torch.manual_seed(0)
    return NeuralRelationalInference(
        ModelSettings(**{"encoder": encoder, "decoder": decoder, "hidden": 16, "lags": 4, "frames": 24, **changes})
    )


@pytest.mark.parametrize("encoder", sorted(ENCODERS))
def test_a_saved_model_comes_back_the_same(encoder: str, tmp_path: Path, windows) -> None:
    positions, parents = windows()
    model = model_of(encoder, "gcn_lstm")
    model(positions, parents)  # batch statistics of its own
    save_model(tmp_path / "m", model, "# Card\n", {"data": "made here"})
    again, config = load_model(tmp_path / "m")
    assert config["extra"] == {"data": "made here"} and config["types"] == ["none", "clear", "core"]
    assert again.settings == model.settings and not again.training
    model.eval()
    with torch.no_grad():
        first, second = (m(positions, parents, sample=False) for m in (model, again))
    assert torch.equal(first.gates, second.gates) and torch.equal(first.prediction.positions, second.prediction.positions)
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == ["README.md", "config.json", "model.safetensors"]


def test_an_encoder_alone_can_be_saved(tmp_path: Path, windows) -> None:
    positions, parents = windows()
    save_model(tmp_path, model_of(decoder="none"), "")
    model, _ = load_model(tmp_path)
    assert model(positions, parents).prediction is None


def test_what_is_no_model_is_refused_with_the_file_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config\.json"):
        load_model(tmp_path / "nowhere")
    save_model(tmp_path, model_of(), "")
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))

    def refused(match: str) -> None:
        with pytest.raises(InputError, match=match):
            load_model(tmp_path)

    def configured(**changes) -> None:
        (tmp_path / "config.json").write_text(json.dumps({**config, **changes}), "utf-8")

    for text in ("", "{", "[]", "3", "null", '{"format_version": 99}', "[" * 5000):
        (tmp_path / "config.json").write_text(text, "utf-8")
        refused("config.json")
    configured(model={**config["model"], "hiden": 3})
    refused("hidden")
    configured(model={**config["model"], "encoder": "magic"})
    refused("gcn")
    configured(model={**config["model"], "hidden": "many"})
    refused("hidden")
    configured(model={**config["model"], "encoder_options": {"bin": 4}})
    refused("bins")
    configured(kinds=["none"])
    refused("kinds")
    configured(model={**config["model"], "hidden": 17})
    refused("do not fit")
    configured()
    raw = bytearray((tmp_path / "model.safetensors").read_bytes())
    raw[-5] ^= 1
    (tmp_path / "model.safetensors").write_bytes(bytes(raw))
    refused("model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(bytes(raw[:100]))
    refused("model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    refused("model.safetensors")


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple:
            return (Path.touch, (tmp_path / "sprung",))

    save_model(tmp_path, model_of(), "")
    raw = pickle.dumps(Trap())
    (tmp_path / "model.safetensors").write_bytes(raw)
    config = json.loads((tmp_path / "config.json").read_text("utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "weights_sha256": hashlib.sha256(raw).hexdigest()}), "utf-8")
    with pytest.raises(InputError, match="do not fit"):
        load_model(tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_a_failed_save_leaves_the_model_that_was_there(tmp_path: Path) -> None:
    save_model(tmp_path, model_of(), "first")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises((TypeError, ValueError)):
        save_model(tmp_path, model_of(hidden=8), "second", {"cannot": object()})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_settings_say_what_is_wrong_with_them() -> None:
    assert ModelSettings.from_dict(ModelSettings(types=5).to_dict()) == ModelSettings(types=5)
    with pytest.raises(InputError, match="'encoder'"):
        ModelSettings.from_dict({"encodr": "gcn"})
    for change in ({"types": 6}, {"types": True}, {"dropout": 1.0}, {"rate": float("nan")}, {"decoder": "x"}, {"encoder_options": 3}):
        with pytest.raises(InputError, match=next(iter(change))):
            ModelSettings(**change)
