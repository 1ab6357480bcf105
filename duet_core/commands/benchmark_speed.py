"""``benchmark.py speed --out DIR``: how long inference takes, null included, for 29+29 joints over 60 s at 30 frames a second; and how fast a
model trains."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..clip import Clip
from ..files import make_folder
from ..inference import METHODS, infer
from ..launch import DONE, Parser
from ..skeletons import by_name
from .figures import publish

FRAMES, FPS = 1800, 30.0
LIMIT_SECONDS = 20.0
"""What the default method may take for this duet on two cores."""


def main(argv: Sequence[str]) -> int:
    parser = Parser(
        prog="benchmark.py speed", description="Measure the seconds that inference takes, and how many windows a second a model learns."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for speed.json and speed.md")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="times that each method runs, in turn (default 3)")
    parser.add_argument("--only", choices=("inference", "training"), help="measure one of the two")
    args = parser.parse_args(list(argv))
    make_folder(args.out)
    rounds = max(1, args.rounds)
    if args.only != "training":
        publish("speed", args.out, measure(rounds), as_markdown)
    if args.only != "inference":
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
        if (error.name or "").split(".")[0] not in ("torch", "torch_geometric", "safetensors"):
            raise
        return None
    return speed


def measure(rounds: int = 3) -> dict[str, Any]:
    """Seconds of each method in each round; the methods take turns, so that a busy machine slows all alike."""
    clip = wanderers(FRAMES, FPS)
    seconds: dict[str, list[float]] = {name: [] for name in METHODS}
    windows = 0
    for _ in range(rounds):
        for name, taken in seconds.items():
            start = time.perf_counter()
            windows = infer(clip, name).windows
            taken.append(time.perf_counter() - start)
    return {
        "frames": FRAMES,
        "fps": FPS,
        "candidates": 2 * len(clip.skeleton) ** 2,
        "windows": windows,
        "limit_seconds": LIMIT_SECONDS,
        "seconds": seconds,
        "median_seconds": {name: statistics.median(taken) for name, taken in seconds.items()},
    }


def wanderers(frames: int, fps: float, seed: int = 0) -> Clip:
    """Two unrelated dancers whose joints wander smoothly: the cost does not depend on what they dance."""
    rng = np.random.default_rng(seed)
    skeleton = by_name("hybrik-29")
    steps = rng.standard_normal((frames + 14, 2, len(skeleton), 3))
    smooth = np.cumsum(steps, axis=0)
    velocity = (smooth[15:] - smooth[:-15])[: frames - 1] / np.sqrt(15) * 0.6
    positions = np.concatenate([np.zeros_like(velocity[:1]), np.cumsum(velocity / fps, axis=0)])[:frames]
    return Clip(positions.astype(np.float32), fps, skeleton)


def as_markdown(result: dict[str, Any]) -> str:
    lines = [
        f"# Inference: {result['candidates']} directed pairs, {result['frames']} frames at {result['fps']:g} fps, {result['windows']} windows",
        "",
        f"Seconds of the whole inference with its null, {len(next(iter(result['seconds'].values())))} runs.",
        "",
        "| method | median | fastest | slowest |",
        "|---|---|---|---|",
    ]
    for name, taken in result["seconds"].items():
        lines.append(f"| {name} | {statistics.median(taken):.2f} | {min(taken):.2f} | {max(taken):.2f} |")
    held = "held" if result["median_seconds"]["granger"] <= result["limit_seconds"] else "NOT held"
    return "\n".join([*lines, "", f"Limit for granger: {result['limit_seconds']:g} s, {held}.", ""])
