"""Settings of training: whatever is wrong in them is refused in one line that names the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from duet_core.errors import InputError
from duet_core.training.phrases import settings as generators
from duet_core.training.settings import Settings, TakeSettings, changed, describe, difference, read, table_of

ROOT = Path(__file__).resolve().parents[2]


def refused(text: str, tmp_path: Path, *changes: str) -> str:
    file = tmp_path / "c.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError) as error:
        read(file, changes)
    assert error.value.remedy
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[run]\nepoch = 3", "did you mean run.epochs?"),
        ("[optimizer]\nlr = 1", "did you mean optimiser?"),
        ("[model]\nhiden = 3", "did you mean model.hidden?"),
        ("[model]\nhidden = 3.5", "model.hidden"),
        ("[run]\nepochs = 'many'", "a whole number"),
        ("[run]\nepochs = true", "a whole number"),
        ("[run]\nepochs = 0", "run.epochs"),
        ("[run]\nprecision = 'fp8'", "auto, float32, bf16"),
        ("[optimiser]\nlr = inf", "a number"),
        ("[optimiser]\nbetas = [0.9]", "give 2"),
        ("[optimiser]\nbetas = [0.9, 1.0]", "optimiser.betas"),
        ("run = 3", "[run]"),
        ("[planted]\nbatch = 0\n[run]\nbatch = 0", "nothing in a batch"),
        ("[model]\ndecoder = 'none'", "objective.reconstruction"),
        ("[objective]\nteacher_seconds = 9", "teacher_seconds"),
        ("[data]\ntakes = [3]", "data.takes[0]"),
        ("[[data.takes]]\nfile = 'a'", "did you mean data.takes[0].files?"),
        ("[run\nepochs = 3", "TOML"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_a_remedy(text: str, says: str, tmp_path: Path) -> None:
    message = refused(text, tmp_path)
    assert says in message
    assert "c.toml" in message
    assert "\n" not in message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.toml")


def test_a_change_is_toml_or_else_text() -> None:
    table = changed(
        {"run": {"epochs": 1}}, ["run.epochs=7", "run.precision=bf16", "optimiser.betas=[0.5, 0.6]", "model.encoder_options.width=3"]
    )
    assert table["run"] == {"epochs": 7, "precision": "bf16"}
    assert table["optimiser"]["betas"] == [0.5, 0.6]
    assert table["model"]["encoder_options"] == {"width": 3}
    for wrong in ("epochs=3", "run.epochs", "=3", "run.epochs.more=3"):
        with pytest.raises(InputError):
            changed({"run": {"epochs": 1}}, [wrong])


def test_a_wrong_change_is_refused_like_a_wrong_line(tmp_path: Path) -> None:
    assert "did you mean run.epochs" in refused("", tmp_path, "run.epoch=3")


@pytest.mark.parametrize("preset", sorted((ROOT / "presets").glob("*.toml")), ids=lambda p: p.stem)
def test_every_preset_can_be_read_and_kept_as_json(preset: Path) -> None:
    if table_of(preset)[0].get("kind") == generators.KIND:
        generator = generators.read(preset)
        assert generators.GeneratorSettings.from_dict(generator.to_dict()) == generator
        return
    settings = read(preset)
    assert Settings.from_dict(settings.to_dict()) == settings


def test_paths_are_seen_from_the_file_and_takes_may_be_plain_names(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[data]\ntakes = ["a.npy", ["b/1*.bvh", "b/2*.bvh"], {files = "$X/c.npy", fps = 60}]', "utf-8")
    takes = read(tmp_path / "c.toml").data.takes
    assert takes[0] == TakeSettings((str(tmp_path / "a.npy"),))
    assert takes[1].files == (str(tmp_path / "b/1*.bvh"), str(tmp_path / "b/2*.bvh"))
    assert takes[2] == TakeSettings(("$X/c.npy",), fps=60.0)


def test_every_setting_says_what_it_is() -> None:
    for line in describe().splitlines():
        assert (
            line.startswith("[")
            or "  " in line.strip()
            or line.strip().split(" = ")[0] in read(ROOT / "presets/small.toml").model.to_dict()
        )


def test_two_settings_are_compared_by_key() -> None:
    one = Settings()
    other = Settings.from_dict(changed(one.to_dict(), ["run.epochs=3", "model.hidden=8"]))
    assert difference(one, other) == ["model.hidden", "run.epochs"]
