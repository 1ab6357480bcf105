"""What must hold of ``generate.py``: it writes what it says, the same each time, and refuses what cannot be had with one line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from duet_core.formats import read
from duet_core.launch import run


def generate(*arguments):
    return run("duet_connections", "generate", [str(a) for a in arguments])


@pytest.fixture(scope="module")
def short(tmp_path_factory, sample):
    from duet_core.formats import duet_npz

    file = tmp_path_factory.mktemp("takes") / "short.duet.npz"
    duet_npz.write(sample, file)
    return file


def test_a_phrase_is_written_with_what_made_it_and_is_the_same_again(tmp_path):
    for name in ("one", "two"):
        assert generate("--seconds", 3, "--seed", 7, "--out", tmp_path / name, "--quiet") == 0
    one, two = (read(tmp_path / name / "generated.duet.npz") for name in ("one", "two"))
    assert np.array_equal(one.positions, two.positions)
    about = json.loads((tmp_path / "one" / "generate.json").read_text("utf-8"))
    assert (about["way"], about["seed"], about["seconds"], about["model"]) == ("sample", 7, 3.0, "phrases")


@pytest.mark.parametrize("way", ["reconstruct", "vary", "continue", "interpolate"])
def test_a_take_is_worked_on(tmp_path, short, way):
    more = {"continue": ["--seconds", 2], "interpolate": ["--dancer", "B"]}.get(way, [])
    assert generate("--from", short, "--do", way, *more, "--out", tmp_path, "--quiet") == 0
    made = read(tmp_path / "generated.duet.npz")
    assert made.dancers == 2
    assert made.duration == pytest.approx(6.0 + (2.0 if way == "continue" else 0.0), abs=0.05)


def test_a_partner_is_bound_by_connections_and_they_are_looked_for(tmp_path, short, capsys):
    asked = tmp_path / "asked.json"
    row = {"from_dancer": 0, "from_joint": "left_wrist", "to_dancer": 1, "to_joint": "right_wrist", "kind": "unison"}
    asked.write_text(json.dumps([row]))
    assert generate("--from", short, "--connections", asked, "--base", "new", "--out", tmp_path / "out") == 0
    about = json.loads((tmp_path / "out" / "generate.json").read_text("utf-8"))
    assert about["found_again"]["auroc"] > 0.9
    assert about["connections"][0]["kind"] == "unison"
    assert "found again" in capsys.readouterr().out


def test_connections_by_chance_bind_two_who_are_made_up(tmp_path):
    assert generate("--dancers", 2, "--seconds", 5, "--seed", 1, "--propose", 2, "--no-check", "--out", tmp_path, "--quiet") == 0
    about = json.loads((tmp_path / "generate.json").read_text("utf-8"))
    assert len(about["connections"]) == 2
    assert "2 connections asked for" in about["steps"]


def test_two_who_are_made_up_are_bound_both_ways(tmp_path):
    asked = tmp_path / "asked.json"
    rows = [(0, "left_wrist", 1, "right_wrist"), (1, "left_elbow", 0, "right_ankle")]
    asked.write_text(json.dumps([dict(zip(("from_dancer", "from_joint", "to_dancer", "to_joint"), row, strict=True)) for row in rows]))
    assert generate("--seconds", 4, "--connections", asked, "--no-check", "--out", tmp_path / "out", "--quiet") == 0
    made = read(tmp_path / "out" / "generated.duet.npz")
    assert made.dancers == 2
    assert [(row["from_dancer"], row["to_joint"]) for row in made.meta["truth"]] == [(0, "right_wrist"), (1, "right_ankle")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--do", "vary"], "--from"),
        (["--do", "interpolate", "--from", "TAKE"], "--with"),
        (["--model", "nothing"], "no generator"),
        (["--temperature", "-1"], "temperature"),
        (["--connections", "missing.json"], "no such file"),
        (["--from", "TAKE", "--do", "vary", "--seconds", "3"], "--seconds"),
        (["--from", "TAKE", "--do", "vary", "--base", "new"], "--base"),
        (["--from", "TAKE", "--do", "continue", "--within", "1:2"], "--within"),
        (["--from", "TAKE", "--do", "vary", "--within", "2:1"], "--within"),
        (["--dancer", "B"], "--dancer"),
    ],
)
def test_what_cannot_be_had_is_refused_in_one_line_and_nothing_is_written(tmp_path, short, capsys, arguments, says):
    given = [str(short) if a == "TAKE" else a for a in arguments]
    assert generate(*given, "--out", tmp_path / "out", "--quiet") == 2
    told = capsys.readouterr().err.strip()
    assert says in told
    assert "\n" not in told
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True
