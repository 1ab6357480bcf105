"""Connections: the order of candidates, exact files, honest refusal of other files."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from duet_core.connections import COLUMNS, KINDS, Connections, candidates
from duet_core.errors import InputError


def example(joints: int = 3, windows: int = 2) -> Connections:
    rng = np.random.default_rng(1)
    edges = 2 * joints * joints
    confidence = rng.random((windows, edges)).astype(np.float32)
    lag = rng.random((windows, edges)).astype(np.float32)
    lag[0, :4] = np.nan
    return Connections(
        joints=tuple(f"joint {j}" for j in range(joints)),
        window_start=np.arange(windows, dtype=np.int64) * 15,
        window_end=np.arange(windows, dtype=np.int64) * 15 + 90,
        confidence=confidence,
        type_probability=np.stack([1 - confidence, confidence], axis=-1),
        types=("none", "core"),
        lag=lag,
        kind=rng.integers(0, len(KINDS), (windows, edges)).astype(np.int8),
        fps=29.97,
        meta={"method": "example"},
    )


def test_candidates_are_every_ordered_pair_across_the_dancers_sources_outermost() -> None:
    from_dancer, from_joint, to_dancer, to_joint = candidates(29)
    assert len(from_dancer) == 1682
    assert (from_dancer != to_dancer).all()
    grid = (from_dancer * 10_000 + from_joint * 100 + to_joint).reshape(2, 29, 29)
    assert grid[1, 7, 5] == 10_705


def test_saved_connections_load_unchanged_and_hold_no_pickles(tmp_path: Path) -> None:
    saved = example()
    saved.save(tmp_path / "connections.npz")
    loaded = Connections.load(tmp_path / "connections.npz")
    for name in ("window_start", "window_end", "confidence", "type_probability", "lag", "kind"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(saved, name), strict=True)
    assert (loaded.joints, loaded.types, loaded.fps) == (saved.joints, saved.types, saved.fps)
    assert loaded.meta["method"] == "example"
    assert loaded.meta["format_version"] == 1
    with np.load(tmp_path / "connections.npz", allow_pickle=False) as data:
        assert all(data[key].dtype.kind != "O" for key in data.files)
        assert list(data["kinds"]) == list(KINDS)


def test_a_file_of_a_later_format_is_refused_and_says_which(tmp_path: Path) -> None:
    replace(example(), meta={"format_version": 2}).save(tmp_path / "later.npz")
    with pytest.raises(InputError, match=r"later\.npz: meta: format version 2; version 1 is read"):
        Connections.load(tmp_path / "later.npz")


def test_csv_lists_what_exceeds_the_threshold_strongest_first(tmp_path: Path) -> None:
    found = example()
    found.save_csv(tmp_path / "connections.csv", threshold=0.6)
    rows = list(csv.DictReader((tmp_path / "connections.csv").open()))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == int((found.confidence > 0.6).sum())
    for start in {row["start_frame"] for row in rows}:
        values = [float(row["confidence"]) for row in rows if row["start_frame"] == start]
        assert values == sorted(values, reverse=True)
    assert not any(row["lag_seconds"] == "nan" for row in rows)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example().save(tmp_path / "connections.npz")
    before = (tmp_path / "connections.npz").read_bytes()
    monkeypatch.setattr(np.lib.format, "write_array", lambda stream, *_, **__: (stream.write(b"half"), 1 / 0))
    with pytest.raises(ZeroDivisionError):
        example().save(tmp_path / "connections.npz")
    assert (tmp_path / "connections.npz").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"text"])
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.npz") as caught:
        Connections.load(tmp_path / "x.npz")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="no such file"):
        Connections.load(tmp_path / "missing.npz")
