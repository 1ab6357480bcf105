"""What must hold of a generator's training: it leaves a model that runs, the same whether interrupted or not, and says what is wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("torch")

from duet_core.errors import InputError
from duet_core.formats import duet_npz, read
from duet_core.generation.generator import Generator
from duet_core.launch import run
from duet_core.training.phrases.settings import GeneratorSettings

SMALL = """
kind = "phrases"
[data]
procedural = 4
procedural_seconds = 10
[model]
frames = 24
hidden = 16
latent = 12
linear = 8
[optimiser]
warm_up = 2
[run]
epochs = 2
steps = 3
batch = 8
threads = 1
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    file = tmp_path_factory.mktemp("small") / "small.toml"
    file.write_text(SMALL)
    return file


def train(*arguments):
    return run("duet_connections", "train", [str(a) for a in arguments])


@pytest.fixture(scope="module")
def trained(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    assert train(config, "--out", folder, "--quiet") == 0
    return folder


def test_a_run_leaves_a_generator_that_makes_phrases(trained):
    generator = Generator.load(trained / "model")
    clip = generator.sample(2.0, seed=1)
    assert clip.frames == 60
    assert clip.skeleton.name == "hybrik-29"
    assert "procedural" in (trained / "model" / "README.md").read_text("utf-8") or "dancer_" in (trained / "model" / "README.md").read_text(
        "utf-8"
    )


def test_losses_of_training_and_validation_are_written_side_by_side(trained):
    rows = [json.loads(line) for line in (trained / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2]
    for part in ("loss", "position", "velocity", "channel", "kl", "centimetres"):
        assert rows[-1][f"train/{part}"] > 0
        assert rows[-1][f"validation/{part}"] > 0
    assert 0.05 < rows[-1]["train/channel"] / rows[-1]["validation/channel"] < 20


def test_a_run_that_was_interrupted_can_be_used_and_ends_with_the_same_weights(config, trained, tmp_path):
    from duet_core.training.phrases.data import phrases
    from duet_core.training.phrases.loop import train as loop
    from duet_core.training.phrases.settings import read as settings_of

    settings = settings_of(config)
    ended = loop(settings, phrases(settings), tmp_path / "run", quiet=True, stop=lambda step: step == 4)
    assert ended.interrupted
    assert run("duet_connections", "export", [str(tmp_path / "run"), "--out", str(tmp_path / "sofar"), "--quiet"]) == 0
    assert Generator.load(tmp_path / "sofar").sample(1.0).frames == 30
    assert train("--resume", tmp_path / "run", "--quiet") == 0
    whole, resumed = ((folder / "model" / "model.safetensors").read_bytes() for folder in (trained, tmp_path / "run"))
    assert whole == resumed


def test_a_run_keeps_what_it_began_with(trained, capsys):
    assert train("--resume", trained, "--set", "model.latent=13", "--quiet") == 2
    assert "model.latent" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "says"),
    [("model.stack=5", "stack"), ("model.latnet=3", "latent"), ("run.epochs=0", "run.epochs"), ("model.dancers=2", "procedural")],
)
def test_settings_that_cannot_be_are_refused_by_name(config, tmp_path, capsys, change, says):
    assert train(config, "--set", change, "--out", tmp_path / "run", "--quiet") == 2
    assert says in capsys.readouterr().err


def test_duets_are_learned_as_one_phrase_of_two(config, tmp_path, sample, root):
    take = tmp_path / "take.duet.npz"
    duet_npz.write(read(root / "samples" / "sample.duet.npz"), take)
    changes = ["data.procedural=0", f"data.takes=['{take.as_posix()}']", "data.validation_share=0.3", "model.dancers=2", "run.epochs=1"]
    assert train(config, "--set", *changes, "--out", tmp_path / "run", "--quiet") == 0
    generator = Generator.load(tmp_path / "run" / "model")
    made = generator.sample(2.0)
    assert made.dancers == 2
    again = generator.reconstruct(sample)
    assert np.isfinite(again.positions).all()
    with pytest.raises(InputError):
        generator.reconstruct(generator_of_one(sample))


def generator_of_one(clip):
    import dataclasses

    return dataclasses.replace(clip, positions=clip.positions[:, :1], confidence=clip.confidence[:, :1], meta={})


def test_settings_come_back_from_what_was_written(config):
    from duet_core.training.phrases.settings import read as settings_of

    settings = settings_of(config)
    assert GeneratorSettings.from_dict(settings.to_dict()) == settings
