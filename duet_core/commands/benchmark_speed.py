"""``benchmark.py speed --out DIR``: how long inference takes, null included, for 29+29 joints over 60 s at 30 frames a second; what it takes for longer
takes, and how much memory; and how fast a model trains."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np

from ..clip import Clip
from ..evaluation import cost
from ..files import make_folder
from ..formats import read
from ..formats.duet_npz import write
from ..inference import METHODS
from ..inference.models import DEFAULT, bundled, infer
from ..launch import DONE, Parser
from .figures import publish
from .options import count

FRAMES, FPS = 1800, 30.0
LIMITS = {DEFAULT: 3.0, "granger": 20.0}
"""Seconds that methods may take for this duet on two cores."""
MINUTES = (1.0, 10.0, 60.0)
LIMIT_MEMORY = 1.5 * 1024
"""MiB that an hour may take."""
LINEAR = 1.3
"""How much longer a minute of a long take may take than one of a shorter one."""


def main(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="benchmark.py speed",
        description="Measure the seconds and the memory that inference takes, and how many windows a second a model learns.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for speed.json and speed.md")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="times that each method runs, in turn (default 3)")
    parser.add_argument("--only", choices=("inference", "length", "training"), help="measure one of the three")
    parser.add_argument(
        "--minutes",
        nargs="+",
        type=count,
        default=MINUTES,
        metavar="N",
        help="lengths of takes (default 1 10 60; an hour takes some minutes)",
    )
    args = parser.parse_args(list(argv))
    make_folder(args.out)
    rounds = max(1, args.rounds)
    if args.only in (None, "inference"):
        publish("speed", args.out, measure(rounds), as_markdown)
    if args.only in (None, "length"):
        publish("speed_length", args.out, lengths(args.minutes), lengths_as_markdown)
    if args.only in (None, "training"):
        training = _training()
        if training is None:
            print("training: not measured, because torch is not installed; pip install -r requirements/train.txt")
        else:
            publish("speed_training", args.out, training.measure(rounds), training.as_markdown)
    return DONE


def _training() -> ModuleType | None:
    """The module that measures training, or None where torch is missing."""
    try:
        from ..training import speed
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "torch":
            raise
        return None
    return speed


def measure(rounds: int = 3) -> dict[str, Any]:
    """Seconds of each method in each round, and of the whole command with the model of choice; all take turns, so that a busy machine slows all alike."""
    clip = repeated(FRAMES)
    seconds: dict[str, list[float]] = {name: [] for name in (*bundled(), *METHODS)}
    whole: list[float] = []
    windows = 0
    with TemporaryDirectory() as folder:
        take = Path(folder) / "take.duet.npz"
        write(clip, take)
        for _ in range(rounds):
            for name, taken in seconds.items():
                start = time.perf_counter()
                windows = infer(clip, name).windows
                taken.append(time.perf_counter() - start)
            whole.append(cost.of_process([cost.ROOT / "scripts" / "infer.py", take, "--out", Path(folder) / "out", "--quiet"]).seconds)
    return {
        "frames": FRAMES,
        "fps": FPS,
        "candidates": 2 * len(clip.skeleton) ** 2,
        "windows": windows,
        "limit_seconds": LIMITS,
        "seconds": seconds,
        "median_seconds": {name: statistics.median(taken) for name, taken in seconds.items()},
        "whole": whole,
    }


def repeated(frames: int) -> Clip:
    """The sample duet danced over and over until there are *frames*: a take of any length in which there is something to find."""
    clip = read(cost.ROOT / "samples" / "sample.duet.npz")
    rows = np.arange(frames) % clip.frames
    return Clip(clip.positions[rows], FPS, clip.skeleton, meta={"source": ["sample"]})


def lengths(minutes: Sequence[float]) -> dict[str, Any]:
    """Seconds and memory of reading a take, inferring by the model of choice and saving the connections, each length in a process of its own."""
    rows = []
    with TemporaryDirectory() as folder:
        for length in minutes:
            take = Path(folder) / "take.duet.npz"
            write(repeated(round(length * 60 * FPS)), take)
            spent = cost.of_process(["-c", _ONE, take, Path(folder) / "connections.npz"])
            facts = spent.facts()
            rows.append(
                {"minutes": length, "process_seconds": spent.seconds, "work_seconds": spent.work, "memory_mib": spent.memory, **facts}
            )
    return {"method": DEFAULT, "fps": FPS, "limit_memory_mib": LIMIT_MEMORY, "lengths": rows}


_ONE = """
import json, sys, time
from duet_core.formats import read
from duet_core.inference import infer
clip = read(sys.argv[1])
begin = time.perf_counter()
found = infer(clip)
taken = time.perf_counter() - begin
found.save(sys.argv[2])
print(json.dumps({"windows": found.windows, "shown": int(found.shown().sum()), "inference_seconds": taken}))
"""


def lengths_as_markdown(result: dict[str, Any]) -> str:
    rows = result["lengths"]
    lines = [
        f"# Takes of any length: {result['method']}, 29 + 29 joints, {result['fps']:g} fps, each in a process of its own",
        "",
        "| minutes | windows | inference, s | of each minute, s | whole process, s | processors, s | memory at most, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        work, memory = ("–" if row[key] is None else f"{row[key]:.0f}" for key in ("work_seconds", "memory_mib"))
        each = row["inference_seconds"] / row["minutes"]
        lines.append(
            f"| {row['minutes']:g} | {row['windows']} | {row['inference_seconds']:.1f} | {each:.2f} | {row['process_seconds']:.1f} | {work} | {memory} |"
        )
    by_minute = [row["inference_seconds"] / row["minutes"] for row in rows]
    linear = "held" if max(by_minute[1:], default=0.0) <= LINEAR * by_minute[0] else "NOT held"
    lines += ["", f"A minute of a longer take takes at most {LINEAR:g} times as long as one of the shortest: {linear}."]
    hour = [row["memory_mib"] for row in rows if row["minutes"] >= 60 and row["memory_mib"] is not None]
    if hour:
        lines.append(
            f"Memory for an hour at most {result['limit_memory_mib']:.0f} MiB: {'held' if max(hour) <= result['limit_memory_mib'] else 'NOT held'}."
        )
    return "\n".join([*lines, ""])


def as_markdown(result: dict[str, Any]) -> str:
    runs = len(result["whole"])
    lines = [
        f"# Inference: {result['candidates']} directed pairs, {result['frames']} frames at {result['fps']:g} fps, {result['windows']} windows",
        "",
        f"Seconds of the whole inference with its null, {runs} runs; the methods took turns.",
        "",
        "| method | median | fastest | slowest |",
        "|---|---|---|---|",
    ]
    for name, taken in {**result["seconds"], f"infer.py with {DEFAULT}, the whole command": result["whole"]}.items():
        lines.append(f"| {name} | {statistics.median(taken):.2f} | {min(taken):.2f} | {max(taken):.2f} |")
    lines.append("")
    for name, limit in result["limit_seconds"].items():
        held = "held" if result["median_seconds"][name] <= limit else "NOT held"
        lines.append(f"Limit for {name}: {limit:g} s, {held}.")
    return "\n".join([*lines, ""])
