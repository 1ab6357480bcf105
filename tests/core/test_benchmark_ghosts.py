"""``benchmark.py ghosts``, and the sorts of connections that it judges."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from duet_core.commands import benchmark
from duet_core.connections import candidates
from duet_core.evaluation import ghosts, takes
from duet_core.explain.episodes import episodes
from duet_core.inference import models, runtime
from duet_core.planted import benchmark_duets, labels, solos_of


def test_it_needs_no_real_takes_and_writes_what_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.delenv(takes.VARIABLE, raising=False)
    arguments = ["--seeds", "1", "--seconds", "14", "--duets", "1"]
    monkeypatch.setattr("duet_core.commands.benchmark_planted.QUICK", {"seeds": 1, "seconds": 14.0, "duets": 1})
    assert benchmark.main(["ghosts", "--out", str(tmp_path), "--quick", "--quiet", *arguments]) == 0
    text = (tmp_path / "ghosts.json").read_text("utf-8")
    result = json.loads(text)
    assert "NaN" not in text and result["machine"] and result["real"] == {}
    assert result["settings"]["model"] == "duet" and "procedural" in result["settings"]["base"]
    assert set(result["planted"]) == {"all", "lead", "hold", "unison", "mirror", "opposition"}
    table = (tmp_path / "ghosts.md").read_text("utf-8")
    assert "| all |" in table and table in capsys.readouterr().out


def test_true_ones_are_judged_beside_pairs_that_nobody_planted() -> None:
    solos = [solo for clip in takes.procedural(2).values() for solo in solos_of(clip)]
    duet = benchmark_duets(solos, 3, 1, seconds=24.0)[0]
    connections = models.infer(duet.clip())
    cases = ghosts.judged(duet, connections, np.random.default_rng(0))
    of = {sort: [case.worth.episode for case in cases if case.sort == sort] for sort in ghosts.SORTS}
    shown = episodes(connections)
    assert of["true"] and len(of["random"]) <= ghosts.RANDOM * len(of["true"])
    assert {(e.edge, e.first) for e in of["true"] + of["wrong"]} <= {(e.edge, e.first) for e in shown}
    from_dancer, from_joint, to_dancer, to_joint = candidates(len(duet.skeleton))
    for e in of["random"]:
        present = labels(duet, np.array([round(e.start * duet.rate)]), round(e.seconds * duet.rate) or 2).present[0]
        assert present[e.from_dancer, e.from_joint, e.to_joint] == 0
        ends = (from_dancer[e.edge], from_joint[e.edge], to_dancer[e.edge], to_joint[e.edge])
        assert ends == (e.from_dancer, e.from_joint, e.to_dancer, e.to_joint)
        assert not any((o.edge, o.first) == (e.edge, e.first) for o in shown)
    found = ghosts.figures(cases)["all"]
    assert found["count_true"] == len(of["true"]) and 0 <= found["auroc_random"] <= 1
    assert found["error_with_true"] > 0 and math.isnan(found["cut_true"])


def test_closing_a_gate_of_a_decoder_is_measured_where_its_connection_lasts() -> None:
    solos = [solo for clip in takes.procedural(2).values() for solo in solos_of(clip)]
    clip = benchmark_duets(solos, 3, 1, seconds=14.0)[0].clip()
    folder = models.folder_of("duet")
    chosen = episodes(models.infer(clip))[:3]
    cuts = ghosts.decoder_cuts(clip, chosen, runtime.load(folder), runtime.load_decoder(folder))
    assert len(cuts) == len(chosen) and all(math.isfinite(c) and c > -1 for c in cuts) and any(c != 0 for c in cuts)
