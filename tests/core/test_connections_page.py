"""The report on connections: a whole page in words and pictures, of any duet, that nothing can break out of."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import KINDS, Connections
from duet_core.explain import explain
from duet_core.formats import read
from duet_core.inference import infer
from duet_core.reports import palette
from duet_core.reports.connections_page import page
from duet_core.skeletons import Skeleton, by_name

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Tags that match, and what a page would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.loads += [f"{name}={value}" for name, value in attributes if name in ("src", "href", "onload", "onerror", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def sample(root: Path) -> tuple[Clip, Connections]:
    clip = read(root / "samples" / "sample.duet.npz")
    return clip, infer(clip)


def random_duet(joints: tuple[str, ...], windows: int, each: int, seed: int = 0, fps: float = 30.0) -> tuple[Clip, Connections]:
    """A duet of random places and *each* connections of all kinds a window, each lasting some windows."""
    rng = np.random.default_rng(seed)
    count = len(joints)
    frames = 120 + 15 * (windows - 1)
    skeleton = Skeleton("random", joints, (-1, *range(count - 1)))
    walk = rng.normal(size=(frames // 10 + 2, 2, count, 3)).cumsum(axis=0) * 0.05
    grid = np.arange(frames) / 10
    low = grid.astype(int)
    positions = walk[low] + (grid - low)[:, None, None, None] * (walk[low + 1] - walk[low])
    confidence = np.zeros((windows, 2 * count**2), np.float32)
    kind = np.zeros(confidence.shape, np.int8)
    for window in range(windows):
        edges = rng.integers(0, confidence.shape[1], each)
        for edge in edges:
            confidence[window : window + int(rng.integers(1, 8)), edge] = rng.uniform(0.5, 1)
            kind[:, edge] = rng.integers(1, len(KINDS))
    start = 15 * np.arange(windows)
    types = np.stack([1 - confidence, confidence], axis=-1)
    meta = {"source": ["random.npz"], "dancers": ["A", "B"], "method": "test", "settings": {}, "warnings": []}
    found = Connections(joints, start, start + 120, confidence, types, ("none", "core"), np.full_like(confidence, 0.2), kind, fps, meta)
    return Clip(positions, fps, skeleton), found


def test_the_sample_has_a_whole_page_that_needs_nothing_else(sample: tuple[Clip, Connections]) -> None:
    clip, found = sample
    text = page(explain(found, clip), clip)
    made = Page(text)
    assert not made.open and not made.loads
    assert made.seen.count("script") == 1 and "http" not in text.replace("http-equiv", "")
    headings = re.findall(r"<h[23]>([^<]*)</h", text)
    for part in ("Over time", "Who leads", "What binds them", "Where in the body", "Joint by joint", "In words", "How this was made"):
        assert part in headings
    words = " ".join(made.text)
    assert explain(found, clip).headline in words
    assert "in unison" in words and "mirror each other" in words and "hold" in words
    assert "sample.duet.npz" in words and found.meta["model"] in words


def test_odd_names_of_dancers_and_joints_and_files_are_text_and_nothing_else(sample: tuple[Clip, Connections]) -> None:
    clip, found = sample
    odd = "\"><script>alert(1)</script>&'<b"
    names = tuple(f"{odd} {name}" for name in clip.skeleton.joints)
    skeleton = Skeleton(odd, names, clip.skeleton.parents)
    meta = {**found.meta, "dancers": [odd, "<i>B"], "source": [odd], "method": odd, "settings": {odd: odd}, "warnings": [odd]}
    strange = replace(found, joints=names, meta=meta)
    changed = replace(clip, skeleton=skeleton, meta={**clip.meta, "dancers": [odd, "<i>B"], "warnings": [odd + "2"]})
    made = Page(page(explain(strange, changed), changed))
    assert not made.open and not made.loads
    assert made.seen.count("script") == 1 and "i" in made.seen
    assert odd in " ".join(made.text)


def test_a_take_on_which_nothing_is_shown_says_so_and_why(sample: tuple[Clip, Connections]) -> None:
    clip, found = sample
    quiet = replace(
        found, confidence=found.confidence * 0.3, meta={**found.meta, "warnings": ["the model has nothing to say on this take"]}
    )
    told = explain(quiet, clip)
    assert "nothing is shown" in told.headline.lower()
    assert "no connection exceeds" in " ".join(told.summary).lower() and "why that may be" in " ".join(told.summary).lower()
    made = Page(page(told, clip))
    assert "The model has nothing to say on this take." in made.text and not made.open
    assert "table" not in made.seen


def test_worth_is_a_column_where_it_is_known(sample: tuple[Clip, Connections]) -> None:
    clip, found = sample
    told = explain(found, clip)
    first = told.phrases[0].bonds[0].episodes[0]
    assert ">worth<" not in page(told, clip)
    text = page(told, clip, worth={(first.edge, first.first): 0.123})
    assert text.count('data-says="worth">12 %') == 1 and text.count('data-says="worth">–') == len(told.phrases) - 1


@pytest.mark.parametrize("joints", [1, 17, 53])
def test_duets_of_few_and_of_many_joints_have_a_page(joints: int) -> None:
    clip, found = random_duet(tuple(f"marker {k}" for k in range(joints)), 12, 5)
    assert not Page(page(explain(found, clip), clip)).open


def test_gaps_in_the_poses_do_no_harm(sample: tuple[Clip, Connections]) -> None:
    clip, found = sample
    positions = clip.positions.copy()
    positions[:, 1, 5:] = np.nan
    positions[100:400, 0] = np.nan
    for some in (positions, np.full_like(positions, np.nan)):
        changed = replace(clip, positions=some, confidence=None)
        text = page(explain(found, changed), changed)
        assert not Page(text).open and not re.search(r"\bnan\b", text, re.IGNORECASE)


def test_one_window_is_enough_for_a_page(sample: tuple[Clip, Connections]) -> None:
    clip, found = sample
    one = replace(
        found, **{n: getattr(found, n)[:1] for n in ("window_start", "window_end", "confidence", "type_probability", "lag", "kind")}
    )
    assert not Page(page(explain(one, clip), clip)).open


def test_a_long_take_is_drawn_in_bounds_and_says_what_it_leaves_out() -> None:
    clip, found = random_duet(by_name("coco-17").joints, 2400, 6)  # 20 minutes
    begun = time.process_time()
    told = explain(found, clip)
    text = page(told, clip)
    assert time.process_time() - begun < 15
    assert len(text) < 1_000_000
    assert len(told.phrases) > 1000
    assert "weaker ones are not drawn" in text and "weaker ones are not told" in text and "lesser moments are left out" in text


def test_every_kind_has_a_colour_of_its_own() -> None:
    assert set(palette.KINDS) == set(KINDS) and len(set(palette.KINDS.values())) == len(KINDS)


def test_real_salsa_is_told_in_less_than_a_second(real_data: Path) -> None:
    clip = read([real_data / "cmu_salsa" / f"{d}_05_scaled.bvh.gz" for d in (60, 61)], fps=60.0, frames=(30, None))
    found = infer(clip)
    begun = time.process_time()
    told = explain(found, clip)
    text = page(told, clip)
    assert time.process_time() - begun < 1
    assert not Page(text).open
    assert told.kind_seconds["hold"] > 5, "two who dance salsa hold hands"
