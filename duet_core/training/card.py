"""The model card: what a trained model is, what it learned from, how good it is on validation, and by which command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .data import Material
from .settings import Settings

_FIGURES = (
    ("auroc", "planted connections, AUROC", "{:.3f}"),
    ("auprc", "planted connections, AUPRC", "{:.3f}"),
    ("direction", "direction of leads", "{:.3f}"),
    ("kind_accuracy", "kind of true connections", "{:.3f}"),
    ("lag_error", "median error of lags, s", "{:.3f}"),
    ("ece", "calibration error (ECE) over all candidates", "{:.4f}"),
    ("ece_shown", "… over those above 0.1", "{:.4f}"),
    ("error_1", "prediction after 1 frame, m", "{:.4f}"),
    ("error_5", "prediction after 5 frames, m", "{:.4f}"),
    ("error_10", "prediction after 10 frames, m", "{:.4f}"),
    ("velocity_10", "… of constant velocity", "{:.4f}"),
    ("persistence_10", "… of standing still", "{:.4f}"),
    ("kl", "divergence from the prior, nats for each edge", "{:.4f}"),
    ("prior_distance_most", "largest distance from the prior", "{:.3f}"),
)


def card(
    name: str, settings: Settings, found: Material, figures: Mapping[str, Any], step: int, total: int, parameters: int, command: str
) -> str:
    """The Markdown of a trained model's ``README.md``."""
    model = settings.model
    training = [take for take in found.takes if take[2] == "training"]
    validation = [take for take in found.takes if take[2] == "validation"]
    lines = [
        f"# {name}",
        "",
        f"A model of Duet Connections: encoder `{model.encoder}`, decoder `{model.decoder}`, hidden {model.hidden}, {parameters:,} parameters.",
        "It says which joints of one dancer move with, or because of, which joints of the other, how surely, of which kind and with what lag.",
        "",
        "## Input and output",
        f"- In: positions (windows, {model.frames} frames, 2 dancers, J joints, 3) in metres, z up, at {model.rate:g} frames a second; parents (J,). "
        "Any skeleton, any number of joints.",
        f"- Out: for each of the 2·J·J directed candidates the probabilities of {', '.join(model.type_names)}; its kind; its lag.",
        "",
        "## Trained on",
        *takes_listed(training),
        *(
            [f"- planted duets made from these dancers without end, {settings.planted.batch} windows in each step"]
            if settings.planted.batch
            else []
        ),
        *([f"- real duets, {settings.run.batch} windows in each step"] if settings.run.batch and settings.objective.reconstruction else []),
        "",
        "## Validated on",
        *takes_listed(validation),
        "",
        f"The weights are those of step {step} of {total}, the best by `{settings.run.figure}` on validation.",
        "",
        "| on validation | |",
        "|---|---|",
        *(f"| {says} | {form.format(figures[key])} |" for key, says, form in _FIGURES if isinstance(figures.get(key), float)),
        "",
        "These choose the model; they are no test. For tests see `scripts/benchmark.py`.",
        "",
        *ending(command, settings.run.seed),
    ]
    return "\n".join(lines)


def takes_listed(takes: list[tuple[str, float, str]]) -> list[str]:
    """Lines of a card for *takes*: name, seconds and use of each; of many the sum."""
    if len(takes) <= 40:
        return [f"- {name}: {seconds:.1f} s" for name, seconds, _ in takes] or ["- nothing"]
    return [f"- {len(takes)} takes, {sum(seconds for _, seconds, _ in takes) / 60:.1f} minutes, {takes[0][0]} … {takes[-1][0]}"]


def ending(command: str, seed: int) -> list[str]:
    """The lines with which every card ends: how to make the model again, and whose it is."""
    return [
        "## How to make it again",
        f"    {command}",
        "",
        f"Seed {seed}; all settings stand in `config.json`.",
        "",
        "## Licence",
        "The weights belong to whoever trained them, as far as the licences of the takes above allow; the code is GPL-3.0-or-later.",
        "",
    ]
