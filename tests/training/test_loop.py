"""The training loop's promises: the same twice, the same resumed, best kept, stopped early, files whole."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from duet_core.errors import InputError  # noqa: E402
from duet_core.model.weights import load_model  # noqa: E402
from duet_core.training.checkpoints import Checkpoints, State, check_room  # noqa: E402
from duet_core.training.loop import Ended, train  # noqa: E402
from duet_core.training.settings import Settings  # noqa: E402
from tests.training.tiny import ROOT, found, tiny  # noqa: E402


def run(folder: Path, *changes: str, stop_at: int | None = None, settings: Settings | None = None) -> Ended:
    return train(settings or tiny(*changes), found(), folder, quiet=True, stop=None if stop_at is None else lambda step: step == stop_at)


def result(folder: Path) -> tuple[bytes, bytes]:
    return (folder / "metrics.jsonl").read_bytes(), (folder / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of four epochs of three steps that nobody interrupted."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    ended = run(folder)
    assert (ended.interrupted, ended.step) == (False, 12)
    return folder


def test_the_same_run_twice_writes_the_same_bytes_whoever_makes_the_batches(whole: Path, tmp_path: Path) -> None:
    run(tmp_path / "again", "run.workers=0")
    run(tmp_path / "threads", "run.workers=3")
    assert result(tmp_path / "again") == result(whole)
    assert result(tmp_path / "threads") == result(whole)


def test_another_seed_gives_another_run(whole: Path, tmp_path: Path) -> None:
    run(tmp_path, "run.seed=6", "run.epochs=1")
    assert (tmp_path / "metrics.jsonl").read_text().splitlines()[0] != (whole / "metrics.jsonl").read_text().splitlines()[0]


@pytest.mark.parametrize("stop_at", [1, 5, 6])
def test_a_run_that_was_stopped_and_resumed_equals_one_that_was_not(whole: Path, tmp_path: Path, stop_at: int) -> None:
    """Stopped at its first step, within an epoch, and at an epoch's end."""
    ended = run(tmp_path, stop_at=stop_at)
    assert (ended.interrupted, ended.step) == (True, stop_at)
    assert not (tmp_path / "model").exists()
    ended = run(tmp_path)
    assert not ended.interrupted
    assert result(tmp_path) == result(whole)


def test_a_finished_run_that_is_resumed_stays_as_it_is(whole: Path) -> None:
    before = result(whole)
    assert run(whole).step == 12
    assert result(whole) == before


def test_a_damaged_checkpoint_is_passed_over_and_the_result_is_the_same(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, "run.checkpoint_steps=1", stop_at=5)
    newest, before, *_ = Checkpoints(tmp_path).found()
    assert (newest.name, before.name) == ("00000005", "00000004")
    tensors = newest / "tensors.safetensors"
    damaged = bytearray(tensors.read_bytes())
    damaged[-100] ^= 1  # a single bit, in a tensor
    tensors.write_bytes(bytes(damaged))
    train(tiny(), found(), tmp_path)
    assert "the tensors are damaged; the checkpoint before it is used" in capsys.readouterr().err
    assert result(tmp_path) == result(whole)


@pytest.mark.parametrize("harm", ["cut", "missing", "nonsense"])
def test_when_every_checkpoint_is_damaged_the_run_is_refused(tmp_path: Path, harm: str) -> None:
    run(tmp_path, stop_at=2)
    for folder in Checkpoints(tmp_path).found():
        file = folder / ("tensors.safetensors" if harm == "cut" else "state.json")
        if harm == "missing":
            file.unlink()
        else:
            file.write_bytes(file.read_bytes()[:1000] if harm == "cut" else b'{"format_version": 1, "state": []}')
    with pytest.raises(InputError, match="every checkpoint is damaged"):
        run(tmp_path)


def test_the_last_two_checkpoints_and_the_best_are_kept_without_pickles(whole: Path) -> None:
    store = Checkpoints(whole)
    newest = store.last()
    assert newest is not None
    kept = {int(folder.name) for folder in store.found()}
    assert kept == {9, 12, newest.state.best_step}
    assert {file.name for folder in store.found() for file in folder.iterdir()} == {"tensors.safetensors", "state.json"}
    assert not [path for path in whole.rglob("*") if path.name.startswith(".")]


def test_where_the_best_checkpoint_is_damaged_the_newest_speaks_for_the_run(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path)
    for step in (1, 2, 3):
        state = State(step=step, best=0.5, best_step=1)
        store.save(state, {}, {"model": {"w": torch.full((2,), float(step))}})
    assert store.best(state).state.step == 1
    (tmp_path / "checkpoints" / "00000001" / "tensors.safetensors").write_bytes(b"half")
    assert store.best(state).state.step == 3


def test_what_an_interrupted_writer_left_is_removed(tmp_path: Path) -> None:
    run(tmp_path, stop_at=1)
    left = tmp_path / "checkpoints" / ".00000002-abcd"
    left.mkdir()
    (left / "tensors.safetensors").write_bytes(b"half")
    run(tmp_path, stop_at=2)
    assert not left.exists()


def test_a_checkpoint_restores_every_random_generator(tmp_path: Path) -> None:
    import random

    store = Checkpoints(tmp_path)
    store.save(State(step=3), {}, {"generator": {"cpu": torch.get_rng_state()}})
    drawn = [(random.random(), np.random.rand(), float(torch.rand(()))) for _ in (0,)]  # noqa: NPY002
    newest = store.last()
    assert newest is not None
    store.restore_generators(newest)
    assert [(random.random(), np.random.rand(), float(torch.rand(()))) for _ in (0,)] == drawn  # noqa: NPY002


def test_too_little_room_and_unwritable_folders_are_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="MB are free"):
        check_room(tmp_path, 10**18)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write"):
        run(tmp_path / "file" / "run")


def test_settings_that_do_not_fit_a_checkpoint_are_refused(tmp_path: Path) -> None:
    run(tmp_path, stop_at=1)
    with pytest.raises(InputError, match="does not fit"):
        run(tmp_path, "model.hidden=16")


def test_every_epoch_is_logged_with_divergence_and_distance_from_the_prior(whole: Path) -> None:
    rows = [json.loads(line) for line in (whole / "metrics.jsonl").read_text().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3, 4]
    wanted = {
        *(f"train/{k}" for k in ("loss", "planted_loss", "type", "kind", "lag", "reconstruction", "kl", "prior_distance", "gradient")),
        *(f"validation/{k}" for k in ("loss", "auroc", "auprc", "ece", "kl", "prior_distance", "prior_distance_most", "error_1", "error_5")),
        "lr", "beta", "temperature",
    }  # fmt: skip
    for row in rows:
        assert wanted <= set(row)
        assert row["train/kl"] > 0
    assert [row["beta"] for row in rows] == [0.5, 1.0, 1.0, 1.0]
    times = [json.loads(line) for line in (whole / "times.jsonl").read_text().splitlines()]
    assert all(row["windows_per_second"] > 0 for row in times)


def test_the_model_folder_holds_the_best_weights_and_a_card(whole: Path) -> None:
    model, config = load_model(whole / "model")
    newest = Checkpoints(whole).last()
    assert newest is not None
    assert config["extra"]["step"] == newest.state.best_step
    best = Checkpoints(whole).at(config["extra"]["step"]).part("mean")
    assert all(torch.equal(value, best[name]) for name, value in model.state_dict().items())
    assert Settings.from_dict(config["extra"]["settings"]) == tiny()
    text = (whole / "model" / "README.md").read_text()
    for part in ("AUPRC", "sample.duet.npz", "dancer_0", "Licence", "Seed 5"):
        assert part in text
    assert (whole / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_training_ends_early_when_nothing_gets_better(tmp_path: Path) -> None:
    ended = run(tmp_path, "run.epochs=30", "run.steps=1", "run.patience=2", "run.figure=loss", "optimiser.lr=1e-9", "optimiser.warm_up=0",
                "planted.validation_duets=1", "objective.beta_schedule=constant", "optimiser.ema=0.0")  # fmt: skip
    assert not ended.interrupted
    assert ended.step < 30
    assert ended.best_step is not None
    assert ended.step >= ended.best_step + 2
    assert (tmp_path / "model" / "config.json").exists()
    assert run(tmp_path, "run.epochs=30", "run.steps=1", "run.patience=2", "run.figure=loss", "optimiser.lr=1e-9", "optimiser.warm_up=0",
               "planted.validation_duets=1", "objective.beta_schedule=constant", "optimiser.ema=0.0").step == ended.step  # fmt: skip


def test_a_loss_that_is_no_number_ends_the_run_and_spoils_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no number any more"):
        run(tmp_path, "optimiser.lr=10", "optimiser.clip=0", "optimiser.warm_up=0", "objective.planted=1e30", "run.steps=3")
    newest = Checkpoints(tmp_path).last()
    assert newest is not None
    assert all(bool(torch.isfinite(v).all()) for name, v in newest.tensors.items() if v.is_floating_point())


def test_bfloat16_on_a_cpu_stays_near_float32(whole: Path, tmp_path: Path) -> None:
    row = run(tmp_path, "run.precision=bf16", "run.epochs=1").row
    exact = json.loads((whole / "metrics.jsonl").read_text().splitlines()[0])
    assert row["train/loss"] != exact["train/loss"]
    assert math.isclose(row["train/loss"], exact["train/loss"], rel_tol=0.1)


def test_events_can_be_read_by_tensorboard(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from PIL import Image

    run(tmp_path, "run.tensorboard=true", "run.epochs=2", stop_at=4)
    run(tmp_path, "run.tensorboard=true", "run.epochs=2")
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [3, 6]
    (picture,) = events.Images("connections")
    assert picture.step == 6
    assert picture.encoded_image_string == (tmp_path / "stills" / "epoch-00002.png").read_bytes()
    assert (picture.width, picture.height) == Image.open(tmp_path / "stills" / "epoch-00002.png").size


def test_supervised_training_learns(tmp_path: Path) -> None:
    """Within a hundred and twenty steps the supervised loss falls well below where it began, and true connections rank above others that were never seen."""
    alone = ("objective.reconstruction=0", "model.decoder=none", "run.batch=0", "optimiser.ema=0.0")
    run(
        tmp_path,
        "model.encoder=volume",
        "model.hidden=16",
        "model.frames=60",
        "run.epochs=3",
        "run.steps=40",
        "planted.batch=6",
        "optimiser.lr=5e-3",
        *alone,
    )
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert rows[-1]["train/planted_loss"] < 0.9 * rows[0]["train/planted_loss"]
    assert rows[-1]["validation/auroc"] > 0.8


def test_presets_are_where_the_command_looks_for_them() -> None:
    from duet_core.commands.train import PRESETS

    assert ROOT / "presets" == PRESETS
    assert (PRESETS / "small.toml").exists()


def test_a_run_may_begin_with_trained_weights_and_leave_a_part_of_them_alone(whole: Path, tmp_path: Path) -> None:
    start = f"run.start={whole / 'model'}"
    run(tmp_path, start, "run.learns=decoder", "run.epochs=1", "optimiser.ema=0.0")
    before, after = (load_model(folder / "model")[0].state_dict() for folder in (whole, tmp_path))
    for name, value in after.items():
        learns = name.startswith("decoder.") and value.is_floating_point()
        assert torch.equal(value, before[name]) != learns, name


def test_weights_that_fit_nowhere_are_refused(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither its encoder nor its decoder"):
        run(tmp_path, f"run.start={whole / 'model'}", "model.hidden=16")
    with pytest.raises(InputError, match="no model here"):
        run(tmp_path, f"run.start={tmp_path}")


def test_a_checkpoint_is_due_after_so_many_steps_or_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    from duet_core.training import checkpoints

    clock = [100.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: clock[0])
    by_steps, by_minutes, never = checkpoints.Interval(3, 0), checkpoints.Interval(0, 2), checkpoints.Interval(0, 0)
    assert [by_steps(step) for step in (1, 2, 3, 4, 6)] == [False, False, True, False, True]
    clock[0] += 119.0
    assert not by_minutes(1) and not never(1)
    clock[0] += 1.0
    assert by_minutes(2) and not by_steps(1)
    by_minutes.saved()
    assert not by_minutes(3) and not never(3)


def test_what_is_found_is_drawn_every_so_many_epochs_and_at_the_end(tmp_path: Path) -> None:
    run(tmp_path, "run.still_every=2", "run.epochs=3", "run.steps=1")
    assert [path.name for path in sorted((tmp_path / "stills").iterdir())] == ["epoch-00002.png", "epoch-00003.png"]
    before = result(tmp_path)
    run(tmp_path / "none", "run.still_every=0", "run.epochs=3", "run.steps=1")
    assert not (tmp_path / "none" / "stills").exists()
    assert result(tmp_path / "none") == before


def test_a_terminal_that_goes_away_does_not_end_a_run() -> None:
    class Gone:
        def isatty(self) -> bool:
            return False

        def write(self, text: str) -> None:
            raise BrokenPipeError

    from duet_core.training.record import Console

    console = Console(10, 0, quiet=False, stream=Gone())  # type: ignore[arg-type]
    console.line("nobody reads this")
    assert console.quiet
