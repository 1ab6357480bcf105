"""The last step of a model's confidence, fitted on planted duets of the validation takes once training is over."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ..evaluation.calibration import fit
from ..evaluation.methods import dense
from ..inference.confidence import Calibration
from ..model.apply import Trained
from ..model.nri import NeuralRelationalInference
from ..planted import benchmark_duets, labels
from .data import Material, recipe_of
from .settings import Settings

SEED = 9_002
SECONDS = 24.0


def calibration(model: NeuralRelationalInference, settings: Settings, found: Material) -> dict[str, Any]:
    """Fields of `confidence.Calibration`; those that change nothing where there are no validation dancers."""
    neutral = Calibration()
    trained = Trained("model", model, neutral)
    groups = [group for group in found.validation if group.solos] if settings.planted.validation_duets else []
    # Real dancers say more about real dancers than those that the project makes itself.
    groups = [group for group in groups if group.duets] or groups
    total = sum(group.frames for group in groups)
    probability, present = [], []
    for group in groups:
        count = max(1, round(2 * settings.planted.validation_duets * group.frames / total))
        solos = [solo.of_landmarks() for solo in group.solos]
        for duet in benchmark_duets(solos, SEED, count, seconds=SECONDS, recipe=recipe_of(settings, validation=True)):
            result, alone = trained.examine(duet.clip(), null=False)
            truth = labels(duet, result.window_start, int(result.window_end[0] - result.window_start[0]))
            # What stands behind a surer pair is not judged by its own confidence.
            speaks = dense(result) >= alone
            probability.append(alone[speaks])
            present.append(truth.present[speaks])
    if not probability:
        return asdict(neutral)
    odds, to = fit(np.concatenate(probability), np.concatenate(present))
    return asdict(replace(neutral, odds=odds, to=to))
