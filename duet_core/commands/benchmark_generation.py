"""``benchmark.py generation --out DIR``: a generator on phrases it never saw, what it makes up beside real phrases, and whether the loop closes.

The generator's own training takes are read again (its configuration names them) for what it is compared with: principal components of the same
windows, the mean pose, a real phrase repeated and, with ``--predecessor``, a model of joints' positions trained on the same takes, which needs torch.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..clip import Clip
from ..connections import KINDS
from ..evaluation import asked, phrases, takes
from ..files import make_folder
from ..generation import channels
from ..generation.bodies import onto
from ..generation.contact import grounded
from ..generation.generator import DEFAULT, Generator
from ..generation.outside import depth
from ..generation.partner import partner
from ..generation.requests import Request
from ..generation.stance import clearance, feet
from ..inference import infer
from ..launch import DONE, Parser
from ..procedural.dancer import dance
from ..progress import Progress
from ..skeletons import Skeleton
from ..solos import solos_of
from ..training.phrases.data import all_windows
from ..training.phrases.data import phrases as read_phrases
from ..training.phrases.settings import GeneratorSettings
from .figures import publish
from .options import count

TEST = ("05", "07", "12")
"""Salsa takes that no training sees."""
UNSEEN = 20_000
"""From this seed on procedural dancers are kept for this."""
TEMPERATURES = (0.5, 1.0, 1.5)
JOINTS = (
    "left_wrist",
    "right_wrist",
    "left_elbow",
    "right_elbow",
    "head",
    "left_ankle",
    "right_ankle",
    "left_knee",
    "right_hip",
    "left_shoulder",
)
"""Places between which connections are asked for."""
AT_ONCE = 3
"""Connections asked of each duet."""
INSIDE = 0.01
"""Metres by which a made-up arm must be within the other's body to count as inside."""
VARIABLE = "DUET_TAKES"
VIDEO = "sample dance (video)"
"""Estimated from video: reconstructed too, but no measure of how real dancers move."""


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="benchmark.py generation", description="Measure a generator of phrases.")
    parser.add_argument("--out", type=Path, metavar="DIR", required=True)
    parser.add_argument("--model", default=DEFAULT, metavar="NAME|DIR", help="a generator (default: the bundled one)")
    parser.add_argument("--data", type=Path, metavar="DIR", help=f"folder of real takes (default: ${takes.VARIABLE})")
    parser.add_argument(
        "--predecessor", type=Path, metavar="DIR", help="a run of train.py with model.representation=positions, to compare with"
    )
    parser.add_argument("--samples", type=count, default=60, metavar="N", help="phrases made up")
    parser.add_argument("--duets", type=count, default=12, metavar="N", help="duets of which connections are asked")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="a few phrases and one duet, to see that all works")
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args(list(argv))
    if args.quick:
        args.samples, args.duets = 4, 1
    make_folder(args.out)
    generator = Generator.load(args.model)
    data = takes.folder(args.data)
    if data:
        os.environ.setdefault(VARIABLE, str(data / "cmu_salsa"))
    held = _held_out(generator, data)
    training = _training(generator, data)
    measured: dict[str, Any] = {
        "settings": {
            "model": Path(args.model).name,
            "samples": args.samples,
            "duets": args.duets,
            "seed": args.seed,
            "takes": {k: len(v) for k, v in held.items()},
        },
        "reconstruction": reconstruction(generator, held, training),
        "generation": generation(generator, held, training, args.samples, args.seed, args.predecessor, args.quiet),
        "guided": guided(generator, data, args.duets, args.seed, args.quiet),
    }
    publish("generation", args.out, measured, as_markdown)
    return DONE


# -- reconstruction ---------------------------------------------------------------------------------------------------------------------


def reconstruction(generator: Generator, held: dict[str, list[np.ndarray]], training: np.ndarray) -> dict[str, Any]:
    """Centimetres by which phrases of takes never seen come back wrong: by the generator, by principal components of as many numbers, by the mean pose."""
    skeleton, settings = generator.model.skeleton, generator.model.settings
    lengths = generator.model.body.lengths
    known = channels.danced(training[:, :, 0], skeleton, lengths)
    components = phrases.Components(known, settings.latent)
    mean_pose = known.mean(axis=(0, 1))
    result: dict[str, Any] = {}
    for name, dances in held.items():
        windows = all_windows(dances, settings.frames, settings.rate, each=1)
        true = channels.danced(windows[:, :, 0], skeleton, lengths)
        ways = {
            "generator": channels.danced(generator.network.decode(generator.model.nearest(windows))[:, :, 0], skeleton, lengths),
            "encoder alone": channels.danced(generator.network.decode(generator.network.encode(windows)[0])[:, :, 0], skeleton, lengths),
            "principal components": components.rebuilt(true),
            "mean pose": np.broadcast_to(mean_pose, true.shape),
        }
        by_joint = {way: phrases.errors(rebuilt, true) for way, rebuilt in ways.items()}
        result[name] = {
            "windows": len(windows),
            "mean": {way: float(error.mean()) for way, error in by_joint.items()},
            "joints": {way: dict(zip(skeleton.joints, np.round(error, 2).tolist(), strict=True)) for way, error in by_joint.items()},
        }
    return result


# -- what is made up --------------------------------------------------------------------------------------------------------------------


def generation(
    generator: Generator,
    held: dict[str, list[np.ndarray]],
    training: np.ndarray,
    samples: int,
    seed: int,
    predecessor: Path | None,
    quiet: bool,
) -> dict[str, Any]:
    """What is made up beside real phrases never seen, and beside what else could be done."""
    skeleton, settings = generator.model.skeleton, generator.model.settings
    lengths, rate, frames = generator.model.body.lengths, settings.rate, settings.frames
    rng = np.random.default_rng((seed, 21))
    known = channels.danced(training[:, :, 0], skeleton, lengths)
    space = phrases.Space(phrases.features(known[::2], skeleton, rate))
    unseen = [x[:, 0] for name, dances in held.items() if name != VIDEO for x in dances]
    recorded = [channels.danced(x, skeleton, lengths) for x in unseen]
    real = phrases.cut([grounded(x, skeleton, rate)[0] for x in recorded], frames, round(rate / 2))
    reference = space(phrases.features(known[1::2], skeleton, rate))
    rows: dict[str, Any] = {"real, never seen": phrases.judged(real, skeleton, rate, space, reference, rng)}
    whole = phrases.cut([_as_a_whole(x, skeleton) for x in recorded], frames, round(rate / 2))
    rows["real, as recorded"] = phrases.judged(whole, skeleton, rate, space, reference, rng)
    with Progress("generation", quiet=quiet) as progress:
        for n, temperature in enumerate(TEMPERATURES):
            dances = [generator.sample(8.0, temperature=temperature, seed=seed * 10_000 + s).positions[:, 0] for s in range(samples)]
            windows = phrases.cut(dances, frames, frames // 2)
            rows[f"generator, temperature {temperature:g}"] = phrases.judged(windows, skeleton, rate, space, reference, rng)
            progress((n + 1) / len(TEMPERATURES))
    once = known[int(rng.integers(len(known)))]
    looped = np.concatenate([once, once[::-1]])
    repeated = phrases.cut([np.concatenate([looped] * 12)], frames, 17)
    rows["a real phrase, repeated"] = phrases.judged(repeated, skeleton, rate, space, reference, rng)
    noise = rng.standard_normal((4 * samples, settings.latent)).astype(np.float32)
    plain = channels.danced(generator.network.decode(noise)[:, :, 0], skeleton, lengths)
    rows["generator, latent numbers drawn from the prior, feet not set down"] = phrases.judged(plain, skeleton, rate, space, reference, rng)
    if predecessor:
        for temperature in TEMPERATURES:
            made = _predecessor(predecessor, 4 * samples, temperature, seed)
            rows[f"predecessor's architecture, temperature {temperature:g}"] = phrases.judged(made, skeleton, rate, space, reference, rng)
    return rows


def _as_a_whole(positions: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """(T, J, 3) set down on the floor as a whole: one height for all of a take, feet left as they are."""
    lowest = clearance(positions, feet(skeleton)).min(axis=1)
    return positions - np.array([0.0, 0.0, float(np.percentile(lowest, 20))])


def _predecessor(run: Path, many: int, temperature: float, seed: int) -> np.ndarray:
    """(N, T, J, 3) drawn as the predecessor did: latent numbers from the standard normal, times *temperature*."""
    import importlib

    step = importlib.import_module("..training.phrases.positions", __package__)
    return np.asarray(step.drawn(run, many, temperature, seed), np.float64)


# -- the loop ---------------------------------------------------------------------------------------------------------------------------


def guided(generator: Generator, data: Path | None, duets: int, seed: int, quiet: bool) -> dict[str, Any]:
    """Whether what is asked is found again, and nothing where nothing is asked: partners made up for dancers never seen."""
    dancers = _partners_for(data)
    results: list[dict[str, Any]] = []
    by_kind: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS[1:]}
    empty: list[float] = []
    slides: list[list[float]] = []
    depths: list[np.ndarray] = []
    with Progress("guided", quiet=quiet) as progress:
        for n in range(duets):
            rng = np.random.default_rng((seed, 31, n))
            clip = dancers[n % len(dancers)]
            requests = _drawn(clip, rng, n)
            bound = partner(generator, clip, requests, seed=seed * 1000 + n)
            found = asked.judged(bound, infer(bound.clip))
            results.append(found)
            for row in found["requests"]:
                by_kind[row["kind"]].append(row)
            alone = partner(generator, clip, (), seed=seed * 1000 + n)
            empty.append(float(infer(alone.clip).shown().mean()))
            slides.append([phrases.physique(x.clip.positions[None, :, 1], clip.skeleton, clip.fps)["skate"] for x in (bound, alone)])
            both = [bound.clip.positions[:, d] for d in range(2)]
            depths.append(np.stack([depth(both[1], both[0], clip.skeleton), depth(both[0], both[1], clip.skeleton)]))
            progress((n + 1) / duets)
    inside, within_partner = np.concatenate(depths, axis=1)
    return {
        "auroc": asked.pooled(results),
        "auroc_worst": min(r["auroc"] for r in results if r["auroc"] is not None),
        "empty_shown_mean": float(np.mean(empty)),
        "empty_shown_worst": float(np.max(empty)),
        "skate_bound": float(np.mean([s[0] for s in slides])),
        "skate_alone": float(np.mean([s[1] for s in slides])),
        "inside": float((inside > INSIDE).mean()),
        "inside_deepest": 100 * float(inside.max()),
        "within_partner": float((within_partner > INSIDE).mean()),
        "within_partner_deepest": 100 * float(within_partner.max()),
        "kinds": {
            kind: {
                "requests": len(rows),
                "confidence": float(np.mean([r["confidence"] for r in rows])) if rows else None,
                "shown": float(np.mean([r["confidence"] > 0.5 for r in rows])) if rows else None,
                "ahead": float(np.mean([r["ahead"] for r in rows])) if rows else None,
            }
            for kind, rows in by_kind.items()
        },
    }


def _drawn(clip: Clip, rng: np.random.Generator, number: int) -> list[Request]:
    """Connections by chance from the dancer to the partner, of kinds in turn, no joint of the partner twice, none on the same limb."""
    requests, taken = [], set()
    for n in range(AT_ONCE):
        kind = KINDS[1 + (number * AT_ONCE + n) % (len(KINDS) - 1)]
        while True:
            source, target = (str(rng.choice(JOINTS)) for _ in range(2))
            part = clip.skeleton.parts[clip.skeleton.index(target) or 0]
            if part not in taken:
                break
        taken.add(part)
        length = rng.uniform(5, 9)
        start = rng.uniform(0, max(0.1, clip.duration - length))
        requests.append(Request(0, source, 1, target, kind, float(rng.uniform(0.1, 0.5)), float(start), float(start + length)))
    return requests


def _partners_for(data: Path | None) -> list[Clip]:
    """Dancers never seen: procedural ones, and the leaders of the salsa takes kept for tests."""
    dancers = [dance(UNSEEN + n, 18.0) for n in range(6)]
    if data:
        for clip in takes.salsa(data, TEST).values():
            some = clip.sliced(0, min(clip.frames, round(18 * clip.fps)))
            dancers.append(
                dataclasses.replace(
                    some, positions=some.positions[:, :1], confidence=some.confidence[:, :1], meta={**some.meta, "dancers": ["A"]}
                )
            )
    return dancers


# -- takes ------------------------------------------------------------------------------------------------------------------------------


def _held_out(generator: Generator, data: Path | None) -> dict[str, list[np.ndarray]]:
    """Channels (T, 1, C) of dancers never seen, by what they are."""
    result = {"procedural solos": [_channels(generator, dance(UNSEEN + 100 + n, 30.0), 0) for n in range(4)]}
    if data:
        salsa = takes.salsa(data, TEST)
        result["salsa (05, 07, 12)"] = [_channels(generator, clip, d) for clip in salsa.values() for d in range(2)]
        video = takes.sample_dance(data)
        if video is not None:
            result[VIDEO] = [_channels(generator, video, d) for d in range(2)]
    return result


def _channels(generator: Generator, clip: Clip, dancer: int) -> np.ndarray:
    skeleton, rate = generator.model.skeleton, generator.model.settings.rate
    solo = solos_of(clip, rate)[dancer]
    return channels.written(onto(solo.positions, clip.skeleton, rate, generator.model.body), skeleton, rate)[:, None]


def _training(generator: Generator, data: Path | None) -> np.ndarray:
    """(W, T, 1, C) the windows that the generator was trained on and their reflections; without the takes those of procedural dancers alone."""
    settings = GeneratorSettings.from_dict(generator.model.config["extra"]["settings"])
    if not data:
        settings = dataclasses.replace(settings, data=dataclasses.replace(settings.data, takes=()))
    windows = all_windows(read_phrases(settings).training, settings.model.frames, settings.model.rate)
    return np.concatenate([windows, channels.mirrored(windows, generator.model.skeleton).astype(np.float32)])


# -- the page ---------------------------------------------------------------------------------------------------------------------------

_SHOWN = {
    "frechet": ("Fréchet", 2), "diversity": ("diversity", 2), "skate": ("skate, m/s", 3),
    "carrying": ("carrying foot, m/s", 3), "down": ("on the floor", 2), "sunken": ("sunken, cm", 2), "bones": ("bones, %", 3),
    "speed": ("speed, m/s", 2), "still": ("near-still", 3), "jerk": ("jerk, m/s³", 0), "begin": ("… at the beginning", 0), "worst": ("worst, m/s²", 0),
}  # fmt: skip
_PARTS = ("pelvis", "spine3", "head", "left_elbow", "left_wrist", "right_wrist", "left_knee", "left_ankle", "right_ankle")


def as_markdown(result: dict[str, Any]) -> str:
    lines = [f"# Generation: `{result['settings']['model']}`", "", "## Reconstruction, cm (mean over joints; then some of them)", ""]
    for name, about in result["reconstruction"].items():
        joints = [j for j in _PARTS if j in next(iter(about["joints"].values()))]
        lines += [f"| {name}, {about['windows']} windows | mean | {' | '.join(joints)} |", f"|---|---|{'---|' * len(joints)}"]
        for way, mean in about["mean"].items():
            each = " | ".join(f"{about['joints'][way][joint]:.1f}" for joint in joints)
            lines.append(f"| {way} | {mean:.2f} | {each} |")
        lines.append("")
    lines += ["## What is made up", ""]
    if not any(name.startswith("salsa") for name in result["reconstruction"]):
        lines += [
            f"Without real takes (`${takes.VARIABLE}`, `--data`) real phrases are procedural dancers' alone: Fréchet distances are not those of the card.",
            "",
        ]
    lines += [f"| | {' | '.join(title for title, _ in _SHOWN.values())} |", f"|---|{'---|' * len(_SHOWN)}"]
    for name, row in result["generation"].items():
        lines.append(f"| {name} | {' | '.join(f'{row[key]:.{digits}f}' for key, (_, digits) in _SHOWN.items())} |")
    about = result["guided"]
    lines += [
        "",
        f"## The loop: {result['settings']['duets']} partners made up and bound",
        "",
        f"AUROC of confidence against the asked graph {about['auroc']:.3f} (worst duet {about['auroc_worst']:.3f}); shown where nothing is asked "
        f"{100 * about['empty_shown_mean']:.3f} % (worst {100 * about['empty_shown_worst']:.3f} %); skate bound {about['skate_bound']:.3f}, "
        f"unbound {about['skate_alone']:.3f} m/s; arms of the partner inside the dancer in {100 * about['inside']:.1f} % of the frames "
        f"(deepest {about['inside_deepest']:.1f} cm), those of the dancer inside the partner in {100 * about['within_partner']:.1f} % "
        f"(deepest {about['within_partner_deepest']:.1f} cm)",
        "",
        "| kind | asked | mean confidence | shown | candidates above it, % |",
        "|---|---|---|---|---|",
    ]
    for kind, row in about["kinds"].items():
        if row["requests"]:
            lines.append(f"| {kind} | {row['requests']} | {row['confidence']:.2f} | {row['shown']:.2f} | {100 * row['ahead']:.2f} |")
    return "\n".join([*lines, ""])
