"""Connections found in a process of its own are those found here; it is stopped at once, kept between askings, and gone with the add-on."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from duet_connections.addon import apart
from duet_connections.addon.scene.memory import packed_connections
from duet_connections.duet_core.clip import Clip
from duet_connections.duet_core.errors import Cancelled, InputError
from duet_connections.duet_core.formats import read
from duet_connections.duet_core.inference import infer


@pytest.fixture(scope="module")
def clip(root: Path) -> Clip:
    return read(root / "samples" / "sample.duet.npz").sliced(0, 240)


@pytest.fixture(autouse=True)
def gone() -> Iterator[None]:
    yield
    apart.leave()


def found(clip: Clip, method: str = "crosscorr") -> apart.Found:
    return apart.find(clip, method, None, None, lambda share, detail="": None, lambda: False)


@pytest.mark.parametrize("method", ["proximity", "duet"])
def test_what_is_found_apart_is_what_is_found_here(clip: Clip, method: str) -> None:
    shares: list[float] = []
    there = apart.find(clip, method, 120, 30, lambda share, detail="": shares.append(share), lambda: False)
    here = infer(clip, method, window=120, stride=30)
    assert np.abs(there.connections.confidence - here.confidence).max() < 1e-3  # BLAS rounds otherwise with other threads
    assert (there.connections.kind == here.kind).all()
    assert dict(there.connections.meta) | {"format_version": 1} == dict(here.meta) | {"format_version": 1}
    assert there.packed[:200] == packed_connections(there.connections)[:200]
    assert all(0 <= share <= 1 for share in shares)


def test_what_a_model_said_is_known_at_the_next_asking(clip: Clip) -> None:
    first, again = found(clip, "duet"), found(clip, "duet")
    assert (first.known, again.asked) == (0, 0)
    assert again.known == first.asked
    assert (again.connections.confidence == first.connections.confidence).all()


def test_cancelling_takes_no_time_and_the_next_asking_is_answered(clip: Clip) -> None:
    found(clip)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    begun = time.monotonic()
    long = Clip(np.concatenate([clip.positions] * 8), clip.fps, clip.skeleton, np.concatenate([clip.confidence] * 8), clip.meta)
    with pytest.raises(Cancelled):
        apart.find(long, "duet", None, 1, lambda share, detail="": None, stop.is_set)
    assert time.monotonic() - begun < 0.2 + 0.5
    assert found(clip).connections.windows


def test_what_is_wrong_is_said_as_it_would_be_here(clip: Clip) -> None:
    with pytest.raises(InputError, match="no method or model is called 'nothing'"):
        found(clip, "nothing")
    with pytest.raises(InputError) as error:
        apart.find(clip, "crosscorr", 100_000, None, lambda share, detail="": None, lambda: False)
    with pytest.raises(InputError) as same:
        infer(clip, "crosscorr", window=100_000)
    assert str(error.value) == str(same.value)


def test_a_process_that_is_killed_is_said_to_be_and_another_takes_its_place(clip: Clip) -> None:
    found(clip)
    worker = apart._worker()
    threading.Timer(0.1, worker._process.kill).start()
    with pytest.raises(InputError, match="was ended"):
        apart.find(clip, "duet", None, 1, lambda share, detail="": None, lambda: False)
    assert found(clip).connections.windows


def test_without_a_python_none_is_started(clip: Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "blender"), str(tmp_path / "python")):
        monkeypatch.setattr(sys, "executable", path)
        with pytest.raises(apart.CannotStart):
            found(clip)
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    if os.name == "posix":
        with pytest.raises(apart.CannotStart):
            found(clip)


def test_leaving_ends_the_process(clip: Clip) -> None:
    found(clip)
    process = apart._worker()._process
    apart.leave()
    assert process.poll() is not None
