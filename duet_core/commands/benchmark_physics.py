"""``benchmark.py physics --out DIR``: the edges of simulated springs, charges and oscillators, found without labels, beside published figures.

Models are trained here (10,000 systems each, checkpoints in ``DIR/physics-models``), so that one command gives every figure; an interrupted run
goes on where it stopped, and trained models are used again.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..evaluation.intervals import Interval, over_seeds
from ..files import make_folder
from ..launch import DONE, Parser
from ..physics import MOMENTS, Trajectories, simulate
from ..physics.baselines import METHODS
from ..physics.scores import best_permutation, best_threshold, of_pairs
from ..progress import Progress
from .figures import publish
from .options import count

if TYPE_CHECKING:
    from ..training.particles import Trained

NAMES = ("springs", "charged", "kuramoto")
TRAINED_ON, TESTED_ON = 10_000, 2_000
QUICK_TRAINED_ON, QUICK_TESTED_ON = 1_000, 200
LARGE = 10
"""Bodies in the systems that models of five bodies are tried on without training."""
HORIZON = 20
REPORTED = (1, 10, 20)
BARS = {"springs": 0.98, "charged": 0.75}
"""What must hold with at most 10,000 systems and two hours on two cores."""
PUBLISHED: dict[str, dict[str, float]] = {
    "springs": {"correlation": 0.524, "NRI, learned": 0.999, "supervised": 0.999},
    "charged": {"correlation": 0.558, "NRI, learned": 0.821, "supervised": 0.950},
    "kuramoto": {"correlation": 0.628, "NRI, learned": 0.960, "supervised": 0.997},
}
"""Edge accuracy with 50,000 systems of five bodies: Kipf et al. 2018, arXiv 1802.04687, table 1."""
PUBLISHED_LARGE = {"springs": 0.984, "charged": 0.708}
"""The same for ten bodies, trained on ten."""
PUBLISHED_ERROR = {"static": (7.93e-5, 7.59e-3, 2.82e-2), "NRI, learned": (3.12e-8, 3.29e-6, 2.13e-5)}
"""Mean squared error on springs after 1, 10 and 20 intervals; table 2 there."""


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="benchmark.py physics", description="Find the edges of simulated systems without labels.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for physics.json, physics.md and the trained models")
    parser.add_argument(
        "--quick", action="store_true", help="small sets, short training, one seed: a look in minutes, no figures to publish"
    )
    parser.add_argument("--systems", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME", help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--seeds", type=count, metavar="N", help="trainings of each system (default 3; 1 with --quick)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    args = parser.parse_args(list(argv))
    if importlib.util.find_spec("torch") is None:
        raise InputError("torch is not installed", remedy="run: pip install -r requirements/train.txt (or make test, which sets it up)")
    make_folder(args.out)
    seeds = args.seeds or (1 if args.quick else 3)
    measured = measure(args.out / "physics-models", args.systems, seeds, quick=args.quick, quiet=args.quiet)
    publish("physics", args.out, measured, as_markdown)
    return DONE


def measure(models: Path, systems: Sequence[str], seeds: int, *, quick: bool = False, quiet: bool = True) -> dict[str, Any]:
    """All figures of the *systems*; trained models are kept in the folder *models*."""
    trained_on, tested_on = (QUICK_TRAINED_ON, QUICK_TESTED_ON) if quick else (TRAINED_ON, TESTED_ON)
    started = time.monotonic()
    return {
        "trained_on": trained_on,
        "tested_on": tested_on,
        "seeds": seeds,
        "quick": quick,
        "systems": {name: _system(models, name, seeds, trained_on, tested_on, quick, quiet) for name in systems},
        "seconds": time.monotonic() - started,
    }


def _system(models: Path, name: str, seeds: int, trained_on: int, tested_on: int, quick: bool, quiet: bool) -> dict[str, Any]:
    ours: list[dict[str, float]] = []
    cheap: list[dict[str, dict[str, float]]] = []
    for seed in range(seeds):
        # Every seed has systems of its own to train on and to be tested on, so that the intervals hold for both.
        known = simulate(name, trained_on, 1000 + seed)
        unseen = simulate(name, tested_on, 2000 + seed, moments=2 * MOMENTS + 1)
        large = simulate(name, tested_on // 4, 3000 + seed, bodies=LARGE) if name in PUBLISHED_LARGE else None
        trained = _trained(models / f"{name}-{seed}", known, seed, quick, quiet)
        ours.append(_judged(trained, known, unseen, large))
        cheap.append(_cheap(known, unseen))
    methods = {method: _over([found[method] for found in cheap]) for method in METHODS}
    result: dict[str, Any] = {"model": _over(ours), "methods": methods, "published": PUBLISHED[name]}
    if name in BARS:
        result["bar"] = {"accuracy": BARS[name], "held": min(found["accuracy"] for found in ours) >= BARS[name]}
    return result


def _trained(folder: Path, known: Trajectories, seed: int, quick: bool, quiet: bool) -> Trained:
    from ..training.particles import recommended, train

    settings = recommended(known.system, seed=seed, quick=quick)
    if quick:
        folder = folder.with_name(f"{folder.name}-quick")
    with Progress(f"{known.system} {seed}", quiet=quiet) as progress:
        return train(
            known,
            settings,
            folder=make_folder(folder),
            report=lambda iteration, figures: progress((iteration + 1) / settings.iterations, f"nll {figures['nll']:.2f}"),
        )


def _judged(trained: Trained, known: Trajectories, unseen: Trajectories, large: Trajectories | None) -> dict[str, float]:
    from ..training.particles import edge_probabilities, prediction_errors

    first_half = unseen.moments(slice(0, MOMENTS))
    probability = edge_probabilities(trained.model, first_half)
    naming = best_permutation(probability, unseen.edges)
    found = {
        "accuracy": naming.accuracy(probability, unseen.edges),
        "auroc": naming.auroc(probability, unseen.edges),
        "confidence": float((0.5 + np.abs(of_pairs(probability) - 0.5)).mean()),
        "train_seconds": trained.seconds,
        "train_cpu_seconds": trained.cpu_seconds,
    }
    # As published: edges from the first half, prediction of the second half from its true first state.
    edges = (probability > 0.5).astype(float)
    places, velocities = prediction_errors(trained.model, unseen, edges, unseen.positions.shape[1] - MOMENTS, HORIZON)
    x, v = unseen.positions[:, -MOMENTS:], unseen.velocities[:, -MOMENTS:]
    for steps in REPORTED:
        still = [((values[:, steps] - values[:, 0]) ** 2).mean(axis=(1, 2)) for values in (x, v)]
        found[f"mse_{steps}"] = _normalised(known, places[:, steps - 1], velocities[:, steps - 1])
        found[f"median_mse_{steps}"] = _normalised(known, places[:, steps - 1], velocities[:, steps - 1], np.median)
        found[f"static_mse_{steps}"] = _normalised(known, *still)
    if large is not None:
        found["accuracy_of_ten"] = naming.accuracy(edge_probabilities(trained.model, large), large.edges)
    return found


def _normalised(known: Trajectories, places: NDArray, velocities: NDArray, middle: Any = np.mean) -> float:
    """The mean of both squared errors where all training values fill −1…1, as published (phases: radians, unscaled)."""
    if known.system == "kuramoto":
        return float(middle(0.5 * (places + velocities)))
    scale = [(2.0 / (values.max() - values.min())) ** 2 for values in (known.positions, known.velocities)]
    return float(middle(0.5 * (scale[0] * places + scale[1] * velocities)))


def _cheap(known: Trajectories, unseen: Trajectories) -> dict[str, dict[str, float]]:
    """Every method without learning on the same systems as the model; their thresholds are fitted with the labels of other systems."""
    fitted_on, tested = known.part(slice(0, min(len(known), 2000))), unseen.moments(slice(0, MOMENTS))
    found = {}
    for name, method in METHODS.items():
        threshold = best_threshold(method(fitted_on), fitted_on.edges)
        score = method(tested)
        found[name] = {"accuracy": threshold.accuracy(score, tested.edges), "auroc": threshold.auroc(score, tested.edges)}
    return found


def _over(rounds: Sequence[dict[str, float]]) -> dict[str, dict[str, Any]]:
    """Each figure's mean over the seeds with its interval, and the seeds' own values."""
    return {
        key: {**over_seeds([values[key] for values in rounds]).as_dict(), "seeds": [values[key] for values in rounds]} for key in rounds[0]
    }


def as_markdown(result: dict[str, Any]) -> str:
    """Tables for people."""
    systems = result["systems"]
    methods = list(next(iter(systems.values()))["methods"])
    lines = [
        f"# Edges of simulated systems: five bodies, {result['trained_on']} systems to train on, {result['tested_on']} unseen, {result['seeds']} seeds",
        "",
        "Accuracy of the edges in %, and AUROC. Ours is trained without labels, its two types named afterwards by the better of both ways; the",
        "methods without learning had their thresholds fitted with the labels of other systems. ± is Student's 95 % interval over the seeds.",
        "",
        "| | " + " | ".join(f"{name} 5: accuracy | AUROC" for name in systems) + " |",
        "|---|" + "---|---|" * len(systems),
    ]
    rows = [("**ours, without labels**", [s["model"] for s in systems.values()])]
    rows += [(method, [s["methods"][method] for s in systems.values()]) for method in methods]
    for label, figures in rows:
        cells = [f"{_percent(f['accuracy'])} | {_interval(f['auroc']).text(4)}" for f in figures]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    for method in ("correlation", "NRI, learned", "supervised"):
        cells = [f"{100 * s['published'][method]:.1f} | –" for s in systems.values()]
        lines.append(f"| published (50,000 systems): {method} | " + " | ".join(cells) + " |")
    ten = {name: s["model"]["accuracy_of_ten"] for name, s in systems.items() if "accuracy_of_ten" in s["model"]}
    if ten:
        lines += ["", "Ten bodies, by the model trained on five and never on ten:", ""]
        lines += [
            f"- {name} 10: {_percent(value)} % (published, trained on ten: {100 * PUBLISHED_LARGE[name]:.1f} %)"
            for name, value in ten.items()
        ]
    lines += [
        "",
        f"Mean squared error of predictions after {', '.join(map(str, REPORTED))} intervals of 0.1 s, places and velocities scaled to −1…1 as published"
        " (oscillators: radians); the median over systems beside it, since a close encounter of charges can make one system outweigh all others.",
        "",
        "| | " + " | ".join(map(str, REPORTED)) + " |",
        "|---|" + "---|" * len(REPORTED),
    ]
    for name, s in systems.items():
        for label, key in ((f"{name}: ours", "mse"), (f"{name}: ours, median", "median_mse"), (f"{name}: standing still", "static_mse")):
            lines.append(f"| {label} | " + " | ".join(f"{s['model'][f'{key}_{steps}']['value']:.2e}" for steps in REPORTED) + " |")
    if "springs" in systems:
        for label, errors in PUBLISHED_ERROR.items():
            lines.append(f"| springs, published: {label} | " + " | ".join(f"{error:.2e}" for error in errors) + " |")
    lines.append("")
    for name, s in systems.items():
        taken = s["model"]
        lines.append(
            f"- {name}: each training took {_span(taken['train_seconds'])} on the clock, {_span(taken['train_cpu_seconds'])} of one core's time."
        )
    for name, s in systems.items():
        if "bar" in s:
            lines.append(
                f"- {name}: at least {100 * s['bar']['accuracy']:g} % with every seed: {'held' if s['bar']['held'] else 'NOT held'}."
            )
    return "\n".join([*lines, ""])


def _interval(figure: dict[str, Any]) -> Interval:
    return Interval(*(float("nan") if figure[key] is None else figure[key] for key in ("value", "low", "high")))


def _percent(figure: dict[str, Any]) -> str:
    value = _interval(figure)
    return Interval(100 * value.value, 100 * value.low, 100 * value.high).text(2)


def _span(figure: dict[str, Any]) -> str:
    return "–".join(f"{value:.0f}" for value in sorted({min(figure["seeds"]), max(figure["seeds"])})) + " s"
