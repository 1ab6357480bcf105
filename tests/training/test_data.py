"""What a run learns from: the files that settings name, the division into training and validation, and batches that only seed and step decide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
from duet_core.clip import Clip
from duet_core.errors import InputError
from duet_core.formats import duet_npz, read
from duet_core.planted import solos_of
from duet_core.procedural.dancer import dance
from duet_core.training.batches import Batches, with_steps
from duet_core.training.data import material, validation_windows
from duet_core.training.settings import DataSettings, TakeSettings
from duet_core.training.store import Store
from tests.training.tiny import ROOT, found, tiny


def write(path: Path, seed: int = 0, *, solo: bool = False, seconds: float = 10.0) -> Path:
    first, second = dance(seed, max(seconds, 10.0)), dance(seed + 100, max(seconds, 10.0))
    positions = np.concatenate([first.positions, second.positions + np.array([1.0, 0, 0])], axis=1)[: round(30 * seconds)]
    duet_npz.write(Clip(positions[:, :1] if solo else positions, 30, first.skeleton), path)
    return path


def settings_of(*takes: TakeSettings, share: float = 0.0):  # type: ignore[no-untyped-def]
    return replace(tiny("run.figure=loss"), data=DataSettings(takes=takes, validation_share=share, procedural=5, procedural_seconds=12.0))


def names(use: str, *takes: TakeSettings, share: float = 0.0) -> list[str]:
    return [name for name, _, what in material(settings_of(*takes, share=share)).takes if what == use and not name.startswith("dancer")]


def test_folders_patterns_and_pairs_name_takes(tmp_path: Path) -> None:
    for n in range(3):
        write(tmp_path / f"a_{n}.duet.npz", n)
        write(tmp_path / f"solo1_{n}.duet.npz", n, solo=True)
        write(tmp_path / f"solo2_{n}.duet.npz", n + 50, solo=True)
    (tmp_path / "notes.txt").write_text("no take")
    validation = TakeSettings((str(tmp_path / "a_0.duet.npz"),), use="validation")
    pattern = TakeSettings((str(tmp_path / "a_[12]*"),), use="training")
    pairs = TakeSettings((str(tmp_path / "solo1_*"), str(tmp_path / "solo2_*")), use="training")
    assert names("training", validation, pattern, pairs) == [
        "a_1.duet.npz", "a_2.duet.npz", *(f"solo1_{n}.duet.npz+solo2_{n}.duet.npz" for n in range(3))
    ]  # fmt: skip
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "only.duet.npz")
    assert names("training", validation, TakeSettings((str(folder),), use="training")) == ["only.duet.npz"]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (("nowhere.npy",), "no such file"),
        (("*.nothing",), "no such file"),
        (("$DUET_NOT_SET/a.npy",), "variable is not set"),
        (("a_*", "b_*"), "names 2 files"),
        (("x", "y", "z"), "3 files in one entry"),
        ((), "0 files in one entry"),
    ],
)
def test_files_that_are_not_there_are_refused(tmp_path: Path, files: tuple[str, ...], says: str) -> None:
    for name in ("a_1.duet.npz", "a_2.duet.npz", "b_1.duet.npz"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=says):
        material(settings_of(TakeSettings(tuple(f if f.startswith("$") else str(tmp_path / f) for f in files))))


def test_nothing_to_learn_from_or_to_validate_on_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        material(replace(tiny(), data=DataSettings()))
    with pytest.raises(InputError, match="nothing to validate on"):
        material(replace(tiny(), data=DataSettings(procedural=2)))
    sample = TakeSettings((str(ROOT / "samples" / "sample.duet.npz"),), skip_seconds=99)
    with pytest.raises(InputError, match="skipped"):
        material(settings_of(sample))


def test_a_recipe_that_is_unknown_is_refused_before_anything_is_read() -> None:
    with pytest.raises(InputError, match=r"did you mean planted\.recipe\.share\?"):
        material(tiny("planted.recipe.shares=[0.1, 0.2]"))


def test_whole_takes_go_to_validation_and_no_frame_is_in_both(tmp_path: Path) -> None:
    takes = tuple(TakeSettings((str(write(tmp_path / f"t{n}.duet.npz", n)),)) for n in range(4))
    training, validation = names("training", *takes, share=0.25), names("validation", *takes, share=0.25)
    assert len(validation) == 1
    assert not set(training) & set(validation)
    assert len(training) == 3


def test_one_take_alone_is_divided_in_time_with_a_gap() -> None:
    sample = TakeSettings((str(ROOT / "samples" / "sample.duet.npz"),))
    divided = material(settings_of(sample, share=0.3))
    whole = np.stack([solo.positions for solo in solos_of(read(sample.files[0]))], axis=1)

    def frames(groups) -> set[int]:  # type: ignore[no-untyped-def]
        seen: set[int] = set()
        for group in groups:
            for duet in group.duets:
                start = next(k for k in range(len(whole)) if np.array_equal(whole[k : k + len(duet)], duet))
                seen |= set(range(start, start + len(duet)))
        return seen

    training, validation = frames(divided.training), frames(divided.validation)
    assert training
    assert validation
    assert min(abs(a - b) for a in training for b in validation) > tiny().model.frames // 2


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    batches = Batches(tiny(), found())
    first, again, next_one = batches.of(7), Batches(tiny(), found()).of(7), batches.of(8)
    other = Batches(tiny("run.seed=6"), found()).of(7)
    for kind in ("planted", "real"):
        a, b, c, d = (getattr(batch, kind).positions for batch in (first, again, next_one, other))
        np.testing.assert_array_equal(a, b)
        assert a.shape != c.shape or not np.array_equal(a, c)
        assert a.shape != d.shape or not np.array_equal(a, d)
    streamed = list(Batches(tiny("run.workers=2"), found()).stream(5, 8))
    np.testing.assert_array_equal(streamed[2].planted.positions, first.planted.positions)  # type: ignore[union-attr]


def test_real_windows_are_varied_in_training_and_never_in_validation() -> None:
    settings = tiny()
    for seed in (1, 2):
        windows = validation_windows(tiny(f"run.seed={seed}"), found())
        raw = [duet for group in found().validation for duet in group.duets]
        for part in windows.real:
            for window in part.positions:
                assert any(np.array_equal(duet[k : k + 24], window) for duet in raw for k in range(len(duet) - 23))
    sources = [duet for group in found().training for duet in group.duets]
    for window in Batches(settings, found()).of(0).real.positions:  # type: ignore[union-attr]
        assert not any(np.allclose(duet[k], window[0], atol=1e-6) for duet in sources for k in range(len(duet)))


def test_validation_is_the_same_whatever_the_seed() -> None:
    first, second = (validation_windows(tiny(f"run.seed={seed}"), found()) for seed in (1, 2))
    for a, b in zip(first.planted, second.planted, strict=True):
        np.testing.assert_array_equal(a.positions, b.positions)
        np.testing.assert_array_equal(a.labels.present, b.labels.present)  # type: ignore[union-attr]


def test_validation_and_training_dancers_are_different_people() -> None:
    people = [
        {solo.name.rsplit(":", 1)[0] for group in groups for solo in group.solos} for groups in (found().training, found().validation)
    ]
    assert not {name for name in people[0] & people[1] if name.startswith("dancer")}


@pytest.mark.parametrize("seed", range(3))
def test_procedural_dancers_are_bodies_that_dance_on_the_floor(seed: int) -> None:
    clip = dance(seed, 20.0)
    positions = clip.positions[:, 0]
    np.testing.assert_array_equal(positions, dance(seed, 20.0).positions[:, 0])
    child, parent = np.array([(j, p) for j, p in enumerate(clip.skeleton.parents) if p >= 0]).T
    lengths = np.linalg.norm(positions[:, child] - positions[:, parent], axis=-1)
    assert (lengths.std(axis=0) / lengths.mean(axis=0)).max() < 0.02
    assert -0.05 < positions[..., 2].min() < 0.1
    speed = np.linalg.norm(np.diff(positions, axis=0), axis=-1) * 30
    assert 0.1 < speed.mean() < 1.0
    assert speed.max() < 9.0


def test_a_folder_is_paired_by_name_and_what_is_no_take_is_left_out_and_told(tmp_path: Path) -> None:
    duets, solos, video = tmp_path / "duets", tmp_path / "solos" / "deep", tmp_path / "video"
    for folder in (duets, solos, video):
        folder.mkdir(parents=True)
    write(duets / "one.duet.npz", 1)
    write(duets / "two.duet.npz", 2)  # two files are a pair unless they hold both dancers already
    write(duets / "short.duet.npz", 3, seconds=1.0)
    for n in (1, 2):
        write(solos / f"take{n}_leader.duet.npz", n, solo=True)
        write(solos / f"take{n}_follower.duet.npz", n + 50, solo=True)
    write(solos / "alone.duet.npz", 9, solo=True)
    (tmp_path / "readme.md").write_text("words")
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY damaged")
    (tmp_path / ".hidden").write_text("never looked at")
    (tmp_path / "empty.bvh").touch()
    found = material(settings_of(TakeSettings((str(tmp_path),)), share=0.25))
    assert {name for name, _, _ in found.takes if not name.startswith("dancer")} == {
        "one.duet.npz", "two.duet.npz", "alone.duet.npz", *(f"take{n}_follower.duet.npz+take{n}_leader.duet.npz" for n in (1, 2)),
    }  # fmt: skip
    why = {left.file.name: left.why for left in found.left}
    assert set(why) == {"readme.md", "broken.npy", "empty.bvh", "short.duet.npz"}
    assert "shorter than a window" in why["short.duet.npz"] and "empty" in why["empty.bvh"]
    (video / "nothing.txt").write_text("no poses")
    with pytest.raises(InputError, match="no takes in it"):
        material(settings_of(TakeSettings((str(video),))))


def test_takes_on_disk_give_the_same_batches_as_takes_in_memory(tmp_path: Path) -> None:
    takes = [TakeSettings((str(write(tmp_path / f"t{n}.duet.npz", n, seconds=10.0 + n)),)) for n in range(3)]
    settings = replace(settings_of(*takes, share=0.3), run=replace(tiny().run, steps=3))
    held, store = material(settings), Store(tmp_path / "takes", 0.0)
    streamed = material(settings, store=store)
    assert store.on_disk == 8  # with five dancers of our own
    assert not any(isinstance(solo.positions, np.ndarray) for group in streamed.training for solo in group.solos)
    assert "as they are needed" in " ".join(streamed.notes)
    assert streamed.takes == held.takes
    for step in range(3):
        for kind in ("planted", "real"):
            a, b = (getattr(Batches(settings, found).of(step), kind).positions for found in (held, streamed))
            np.testing.assert_array_equal(a, b)
    for a, b in zip(validation_windows(settings, held).real, validation_windows(settings, streamed).real, strict=True):
        np.testing.assert_array_equal(a.positions, b.positions)
    # What is prepared is not read again; what has changed since is.
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "takes").iterdir()}
    material(settings, store=Store(tmp_path / "takes", 0.0))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "takes").iterdir()} == before
    write(tmp_path / "t0.duet.npz", 9, seconds=12.0)
    assert material(settings, store=Store(tmp_path / "takes", 0.0)).takes != held.takes


def test_takes_are_held_in_memory_as_long_as_there_is_room(tmp_path: Path) -> None:
    takes = [TakeSettings((str(write(tmp_path / f"t{n}.duet.npz", n)),), use="training") for n in range(3)]
    one = 200 * 2 * 29 * 3 * 4 / 1e6  # megabytes of ten seconds
    store = Store(tmp_path / "takes", 2.5 * one)
    found = material(settings_of(*takes, share=0.3), store=store)
    assert sum(isinstance(duet, np.ndarray) for group in found.training for duet in group.duets) == 2
    assert store.on_disk >= 1


def test_an_epoch_may_be_a_pass_that_shows_every_stretch_once(tmp_path: Path) -> None:
    takes = [TakeSettings((str(write(tmp_path / f"t{n}.duet.npz", n, seconds=10.0 + n)),), use="training") for n in range(2)]
    found = material(settings_of(*takes, share=0.3))
    settings = replace(settings_of(*takes, share=0.3), run=replace(tiny().run, figure="loss", steps=0, batch=4))
    batches = Batches(settings, found)
    assert batches.passes
    steps = with_steps(settings, found).run.steps
    assert steps == batches.passes.steps == 5  # 8 windows of 24 frames in 200, 9 in 220
    seen = [[(take, int(start)) for step in range(first, first + 5) for take, start in zip(*batches.passes.of(step)[1:], strict=True)]
            for first in (0, 5)]  # fmt: skip
    for epoch in seen:
        shown = set(epoch)
        assert len(shown) == 17
        for take, count in ((0, 200), (1, 220)):
            starts = sorted(start for number, start in shown if number == take)
            assert set(np.diff(starts)) == {24}
            assert starts[-1] + 24 <= count
    assert seen[0] != seen[1]
    first, again = Batches(settings, found).of(7), batches.of(7)
    np.testing.assert_array_equal(first.real.positions, again.real.positions)  # type: ignore[union-attr]
    with pytest.raises(InputError, match="no duets to pass over"):
        Batches(replace(settings, run=replace(settings.run, batch=0)), found)


def test_it_is_told_where_planted_partners_can_only_be_those_of_one_take(tmp_path: Path) -> None:
    one = TakeSettings((str(write(tmp_path / "one.duet.npz", 1)),), use="training")
    two = TakeSettings((str(write(tmp_path / "two.duet.npz", 2)),), use="training")
    check = TakeSettings((str(write(tmp_path / "check.duet.npz", 3)),), use="validation")

    def told(*takes: TakeSettings) -> bool:
        settings = replace(settings_of(*takes, check), data=replace(settings_of(*takes, check).data, procedural=0))
        return any("of one take, one.duet.npz" in note for note in material(settings).notes)

    assert told(one)
    assert not told(one, two)
