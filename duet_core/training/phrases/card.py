"""The model card of a generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..card import ending, takes_listed
from .data import Phrases
from .settings import GeneratorSettings


def card(
    name: str, settings: GeneratorSettings, found: Phrases, figures: Mapping[str, Any], step: int, parameters: int, command: str
) -> str:
    """The Markdown of a trained generator's ``README.md``."""
    model = settings.model
    takes = {use: [take for take in found.found.takes if take[2] == use] for use in ("training", "validation")}
    listed = {use: takes_listed(some) for use, some in takes.items()}
    return "\n".join(
        [
            f"# {name}",
            "",
            f"A generator of phrases for Duet Connections: a variational autoencoder with {model.layers} LSTM layers of {model.hidden}, "
            f"{model.latent} latent numbers, {parameters:,} parameters. It reconstructs, varies, continues and makes up phrases of "
            f"{'one dancer' if model.dancers == 1 else 'two dancers'}.",
            "",
            "## Input and output",
            f"- Windows of {model.frames} frames at {model.rate:g} a second, {len(found.skeleton)} joints ({found.skeleton.name}), as channels that "
            "cannot stretch a bone (`duet_core/generation/channels.py`).",
            "",
            "## Trained on",
            *listed["training"],
            "",
            "## Validated on",
            *listed["validation"],
            "",
            f"The weights are those of step {step} of {settings.total_steps}, the best by the loss on validation.",
            "",
            "| on validation, a mean over all elements | |",
            "|---|---|",
            *(f"| {key} | {value:.4g} |" for key, value in figures.items()),
            "",
            *ending(command, settings.run.seed),
        ]
    )
