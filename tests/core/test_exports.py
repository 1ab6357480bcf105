"""Exports: graphs and tables that other tools read, with the right types, and nothing half done."""

from __future__ import annotations

import csv
import io
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from duet_core import exports
from duet_core.clip import Clip
from duet_core.connections import KINDS, Connections, candidates
from duet_core.errors import InputError
from duet_core.explain import episodes
from duet_core.exports import tables
from duet_core.skeletons import by_name

JOINTS = ("pelvis", "left_wrist", "right_wrist", "rThumb2")
STRIDE, LENGTH = 15, 60


def found(shown: dict[tuple[int, int, int], tuple[str, float, list[float]]], dancers: tuple[str, str] = ("Ana", "Bo")) -> Connections:
    """Connections of four joints; *shown*: (from dancer, from joint, to joint) → kind, lag and the confidence of each window."""
    windows, edges = 8, 2 * len(JOINTS) ** 2
    confidence = np.zeros((windows, edges), np.float32)
    lag, kind = np.full((windows, edges), np.nan, np.float32), np.zeros((windows, edges), np.int8)
    for (dancer, source, target), (name, seconds, values) in shown.items():
        edge = dancer * len(JOINTS) ** 2 + source * len(JOINTS) + target
        confidence[:, edge], lag[:, edge], kind[:, edge] = values, seconds, KINDS.index(name)
    start = STRIDE * np.arange(windows)
    share = np.stack([1 - confidence, 0.2 * confidence, 0.8 * confidence], axis=-1)
    return Connections(
        JOINTS, start, start + LENGTH, confidence, share, ("none", "faint", "core"), lag, kind, 30.0,
        {"method": "test", "source": ["a.npy"], "dancers": list(dancers)},
    )  # fmt: skip


@pytest.fixture
def some() -> Connections:
    return found(
        {
            (0, 1, 2): ("lead", 0.2, [0.9, 0.9, 0, 0, 0.6, 0.6, 0.6, 0]),
            (1, 1, 0): ("hold", 0.0, [0, 0, 0.8, 0.8, 0.8, 0, 0, 0]),
            (0, 3, 3): ("mirror", math.nan, [0, 0, 0, 0.2, 0.7, 0.2, 0, 0]),
        }
    )


def test_the_graph_of_episodes_is_a_multigraph_with_typed_attributes(some: Connections) -> None:
    networkx = pytest.importorskip("networkx")
    files = exports.export(some, ["graphml"])
    graph = networkx.parse_graphml(files["episodes.graphml"])
    assert graph.is_directed() and graph.is_multigraph()
    assert len(graph) == 2 * len(JOINTS)
    assert graph.nodes["1/left_wrist"] == {
        "label": "Bo left_wrist", "dancer": 1, "name": "Bo", "joint": "left_wrist", "landmark": "left_wrist", "part": "left_hand"
    }  # fmt: skip
    assert graph.nodes["0/rThumb2"]["landmark"] == "" and graph.nodes["0/rThumb2"]["part"] == "right_hand"
    first, second = sorted(graph["0/left_wrist"]["1/right_wrist"].values(), key=lambda edge: edge["start_seconds"])
    assert first["kind"] == "lead" and first["type"] == "core"
    assert first["lag_seconds"] == pytest.approx(0.2) and first["confidence"] == pytest.approx(0.9)
    assert second["start_seconds"] > first["end_seconds"]
    numbers = {"start_seconds", "end_seconds", "lag_seconds", "confidence", "confidence_mean", "weight"}
    assert set(first) == {"kind", "type", *numbers} and all(type(first[name]) is float for name in numbers)
    (mirror,) = graph["0/rThumb2"]["1/rThumb2"].values()
    assert "lag_seconds" not in mirror, "what is undefined is left out"
    assert graph.graph["method"] == "test" and graph.graph["fps"] == 30.0 and graph.graph["source"] == "a.npy"


def test_the_graph_of_connections_adds_up_their_episodes(some: Connections) -> None:
    networkx = pytest.importorskip("networkx")
    files = exports.export(some, ["graphml"])
    graph, parts = (networkx.parse_graphml(files[name]) for name in ("connections.graphml", "episodes.graphml"))
    assert not graph.is_multigraph() and graph.number_of_edges() == 3
    edge = graph.edges["0/left_wrist", "1/right_wrist"]
    several = parts["0/left_wrist"]["1/right_wrist"].values()
    assert edge["episodes"] == len(several) == 2 and type(edge["episodes"]) is int
    assert edge["seconds"] == pytest.approx(sum(e["end_seconds"] - e["start_seconds"] for e in several), abs=1e-3)
    assert edge["weight"] == pytest.approx(sum(e["weight"] for e in several), abs=1e-3)
    assert edge["confidence"] == pytest.approx(0.9) and edge["lag_seconds"] == pytest.approx(0.2)


def test_names_that_xml_cannot_have_do_no_harm(some: Connections) -> None:
    networkx = pytest.importorskip("networkx")
    odd = Connections(**{**vars(some), "meta": {"dancers": ["<A & \x00\"B'>", "é\ud800"], "source": []}})
    graph = networkx.parse_graphml(exports.export(odd, ["graphml"])["episodes.graphml"])
    assert graph.nodes["0/pelvis"]["name"] == "<A & \ufffd\"B'>" and graph.nodes["1/pelvis"]["name"] == "é\ufffd"
    assert exports.export(odd, ["csv"])["episodes.csv"].decode("utf-8")


def test_the_csv_has_one_row_an_episode(some: Connections) -> None:
    rows = list(csv.DictReader(io.StringIO(exports.export(some, ["csv"])["episodes.csv"].decode("utf-8"))))
    told = episodes(some)
    assert len(rows) == len(told) == 4
    assert "worth" not in rows[0]
    for row, episode in zip(rows, told, strict=True):
        assert (int(row["from_dancer"]), row["from_joint"]) == (episode.from_dancer, JOINTS[episode.from_joint])
        assert (row["to_name"], row["kind"]) == (("Ana", "Bo")[episode.to_dancer], episode.kind)
        assert float(row["start_seconds"]) == pytest.approx(episode.start, abs=1e-3)
        assert float(row["confidence_mean"]) == pytest.approx(episode.mean, abs=1e-3)
        assert row["lag_seconds"] == "" if math.isnan(episode.lag) else float(row["lag_seconds"]) == pytest.approx(episode.lag, abs=1e-3)


def test_worth_is_told_where_it_is_known(some: Connections) -> None:
    lead = episodes(some)[0]
    rows = list(csv.DictReader(io.StringIO(exports.export(some, ["csv"], worth={(lead.edge, lead.first): 0.25})["episodes.csv"].decode())))
    assert [row["worth"] for row in rows] == ["0.25", "", "", ""]


def test_the_clip_tells_names_and_parts_better_than_the_joints(some: Connections) -> None:
    skeleton = by_name("coco-17")
    clip = Clip(np.zeros((200, 2, 17, 3)), 30.0, skeleton, meta={"dancers": ["X", "Y"]})
    assert tables.Joints.of(some, None).dancers == ("Ana", "Bo")
    edges = 2 * 17 * 17
    nothing = Connections(
        skeleton.joints, np.array([0]), np.array([60]), np.zeros((1, edges), np.float32), np.zeros((1, edges, 2), np.float32), ("none", "core"),
        np.zeros((1, edges), np.float32), np.zeros((1, edges), np.int8), 30.0,
    )  # fmt: skip
    joints = tables.Joints.of(nothing, clip)
    assert joints.dancers == ("X", "Y") and joints.parts == skeleton.parts
    files = exports.export(nothing, ["graphml", "csv"], clip)
    assert files["episodes.csv"].count(b"\n") == 1, "a header and no rows where nothing is shown"


def test_parquet_has_every_window_above_the_floor_and_the_episodes(some: Connections, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow.parquet")
    files = exports.save(some, tmp_path, ["parquet"])
    assert [file.name for file in files] == list(exports.FORMATS["parquet"])
    windows = pyarrow.read_table(tmp_path / "windows.parquet").to_pylist()
    assert len(windows) == int((some.confidence > 0.1).sum())
    of = candidates(len(JOINTS))
    for row in windows:
        edge = next(
            e for e in range(some.edges)
            if (of[0][e], JOINTS[of[1][e]], JOINTS[of[3][e]]) == (row["from_dancer"], row["from_joint"], row["to_joint"])
        )  # fmt: skip
        assert row["confidence"] == pytest.approx(float(some.confidence[row["window"], edge]))
        assert row["kind"] == KINDS[some.kind[row["window"], edge]] and row["type"] == "core"
        assert row["start_seconds"] == pytest.approx(row["window"] * STRIDE / 30)
        assert (row["lag_seconds"] is None) == bool(np.isnan(some.lag[row["window"], edge]))
    table = pyarrow.read_table(tmp_path / "episodes.parquet")
    assert table.num_rows == 4 and table.column_names == list(tables.COLUMNS)
    assert table["to_name"].to_pylist() == [("Ana", "Bo")[e.to_dancer] for e in episodes(some)]
    assert b"duet_connections" in table.schema.metadata


def test_without_pyarrow_parquet_is_refused_before_the_work(root: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None; sys.path.insert(0, sys.argv[1])\n"
        "from duet_core.launch import load_extension, run; load_extension()\n"
        "sys.exit(run('duet_connections', 'infer', sys.argv[2:]))"
    )
    sample = root / "samples" / "sample.duet.npz"
    arguments = [str(sample), "--out", str(tmp_path / "out"), "--export", "csv", "parquet"]
    done = subprocess.run([sys.executable, "-c", code, str(root), *arguments], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert "pip install" in done.stderr and "export csv" in done.stderr
    assert not (tmp_path / "out").exists()


def test_infer_exports_beside_its_own_files(root: Path, tmp_path: Path) -> None:
    sample = root / "samples" / "sample.duet.npz"
    script = [sys.executable, str(root / "scripts" / "infer.py"), str(sample), "--frames", "0:240", "--out", str(tmp_path)]
    done = subprocess.run([*script, "--export", "graphml", "csv"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    for name in ("connections.npz", "connections.csv", "connections.graphml", "episodes.graphml", "episodes.csv"):
        assert (tmp_path / name).is_file() and name in done.stdout
    done = subprocess.run([*script, "--export", "xlsx"], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2 and "graphml" in done.stderr and done.stderr.count("\n") == 1


def test_formats_that_cannot_be_written_are_known_beforehand() -> None:
    exports.require(["graphml", "csv"])
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        with pytest.raises(InputError, match="pyarrow"):
            exports.require(["parquet"])
