"""Damaged files of every format: one clear line or a valid clip, never another exception, a hang or a memory blow-up, nor silence about visible damage."""

from __future__ import annotations

import os
import random
import shutil
import time
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duet_core.clip import Clip
from duet_core.errors import InputError
from duet_core.formats import read
from tests.core.sound_files import SOUND

MOST_MEMORY = 64 << 20
"""Bytes that reading a damaged file of some kilobytes may take."""

MOST_SECONDS = 5.0

KINDS = ("flip", "set", "delete", "insert", "truncate", "duplicate", "zero", "swap")

Damage = tuple[str, float, int, int]
"""What is done, where (0..1 of the file), to how many bytes, and with which byte."""


def damaged(data: bytes, steps: list[Damage]) -> bytes:
    for kind, where, length, byte in steps:
        at = min(int(where * len(data)), max(len(data) - 1, 0))
        if not data:
            return data
        match kind:
            case "flip":
                data = data[:at] + bytes([data[at] ^ (1 << byte % 8)]) + data[at + 1 :]
            case "set":
                data = data[:at] + bytes([byte]) + data[at + 1 :]
            case "delete":
                data = data[:at] + data[at + length :]
            case "insert":
                data = data[:at] + bytes([byte]) * length + data[at:]
            case "truncate":
                data = data[:at]
            case "duplicate":
                data = data[: at + length] + data[at:]
            case "zero":
                data = data[:at] + bytes(len(data[at : at + length])) + data[at + length :]
            case "swap":
                data = data[:at] + data[at + length : at + 2 * length] + data[at : at + length] + data[at + 2 * length :]
    return data


def outcome(paths: list[Path]) -> Clip | InputError:
    """What reading gives; anything but these two fails the test, and so do warnings, slowness and memory."""
    tracemalloc.reset_peak()
    before, start = tracemalloc.get_traced_memory()[0], time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result: Clip | InputError = read(paths)
    except InputError as error:
        result = error
    assert time.monotonic() - start < MOST_SECONDS
    assert tracemalloc.get_traced_memory()[1] - before < MOST_MEMORY
    if isinstance(result, InputError):
        message = str(result)
        assert "\n" not in message and len(message) < 1000
        assert any(path.name in message for path in paths), message
        assert result.remedy, message
    else:
        assert result.positions.shape == (result.frames, result.dancers, len(result.skeleton), 3)
        assert 0 < result.frames < 100_000
        assert not np.isinf(result.positions).any()
        assert np.isfinite(result.positions).any()
        assert (np.abs(result.positions[np.isfinite(result.positions)]) < 1e12).all()
        assert result.confidence.min() >= 0 and result.confidence.max() <= 1
        assert 0 < result.fps <= 10_000
    return result


class Bench:
    """The sound files, and a place where one of them is damaged at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: dict[str, list[Path]] = {}
        self.victims: dict[str, Path] = {}
        self.bytes: dict[str, bytes] = {}
        for name, write in SOUND.items():
            place = folder / name
            place.mkdir()
            self.paths[name] = write(place)
            first = self.paths[name][0]
            self.victims[name] = sorted(first.iterdir())[1] if first.is_dir() else first
            self.bytes[name] = self.victims[name].read_bytes()

    def read_damaged(self, name: str, steps: list[Damage]) -> Clip | InputError:
        return self.read_bytes(name, damaged(self.bytes[name], steps))

    def read_bytes(self, name: str, data: bytes) -> Clip | InputError:
        self.victims[name].write_bytes(data)
        try:
            return outcome(self.paths[name])
        finally:
            self.victims[name].write_bytes(self.bytes[name])


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("damaged")
    tracemalloc.start()
    yield Bench(folder)
    tracemalloc.stop()
    shutil.rmtree(folder)


_STEP = st.tuples(
    st.sampled_from(KINDS), st.floats(0, 1, exclude_max=True), st.one_of(st.integers(1, 8), st.integers(1, 2000)), st.integers(0, 255)
)  # fmt: skip


def test_the_files_are_sound_before_they_are_damaged(bench: Bench) -> None:
    for name, paths in bench.paths.items():
        assert isinstance(outcome(paths), Clip), name


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(name=st.sampled_from(list(SOUND)), steps=st.lists(_STEP, min_size=1, max_size=3))
def test_damage_gives_one_clear_line_or_a_valid_clip(bench: Bench, name: str, steps: list[Damage]) -> None:
    bench.read_damaged(name, steps)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(name=st.sampled_from(["array-npz", "duet-npz", "amass", "bvh-gz"]), steps=st.lists(_STEP, min_size=1, max_size=2))
def test_damage_that_a_checksum_shows_is_never_read_as_something_else(bench: Bench, name: str, steps: list[Damage]) -> None:
    sound = read(bench.paths[name])
    result = bench.read_damaged(name, steps)
    if isinstance(result, Clip):  # only bytes that carry no poses were hit: times of packing, names of packers
        np.testing.assert_array_equal(result.positions, sound.positions)


@pytest.mark.parametrize("name", [n for n in SOUND if n not in ("tidy", "mediapipe-csv")])
def test_files_that_are_cut_short_are_refused_or_the_clip_says_so(bench: Bench, name: str) -> None:
    sound, data = read(bench.paths[name]), bench.bytes[name]
    for share in (0.05, 0.2, 0.4, 0.6, 0.8, 0.9):
        result = bench.read_bytes(name, data[: int(share * len(data))])
        assert isinstance(result, InputError) or set(result.meta["warnings"]) - set(sound.meta["warnings"]), share


@pytest.mark.parametrize("name", ["array-npy", "interleaved", "mariel", "freemocap"])
def test_a_byte_too_few_or_too_many_in_an_array_is_refused(bench: Bench, name: str) -> None:
    data = bench.bytes[name]
    for wrong in (data[:-1], data + b"\0", data[:500] + data[501:]):
        assert isinstance(bench.read_bytes(name, wrong), InputError)


@pytest.mark.slow
def test_thousands_of_damaged_files_give_one_clear_line_or_a_valid_clip(bench: Bench) -> None:
    """3,000 of them, or as many as DUET_DAMAGED says: 10,000 take a minute and a half."""
    many = int(os.environ.get("DUET_DAMAGED", "3000"))
    rng = random.Random(20260731)
    names = list(SOUND)
    refused = 0
    for number in range(many):
        name = names[number % len(names)]
        steps = [
            (rng.choice(KINDS), rng.random() ** rng.choice([1, 1, 3]), rng.choice([1, 2, 4, 8, rng.randint(1, 2000)]), rng.randrange(256))
            for _ in range(rng.choice([1, 1, 2, 3]))
        ]
        try:
            refused += isinstance(bench.read_damaged(name, steps), InputError)
        except BaseException:
            print(f"\n{name}: {steps}")
            raise
    print(f"\n{many} damaged files: {refused} refused, {many - refused} read")
