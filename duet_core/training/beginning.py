"""What a run begins with: a new model, or a trained one's weights; and which part of it learns."""

from __future__ import annotations

import os

import torch

from ..errors import InputError
from ..model.nri import NeuralRelationalInference
from ..model.weights import load_model
from .settings import Settings

PARTS = ("encoder", "decoder")


def new_model(settings: Settings) -> NeuralRelationalInference:
    """The model that the settings describe, its weights drawn by the seed or taken from ``run.start``; what is not to learn has no gradients.

    Raises:
        InputError: ``run.start`` is no model, or shares no part with this one.
    """
    torch.manual_seed(settings.run.seed)
    model = NeuralRelationalInference(settings.model)
    if settings.run.start:
        _take_weights(model, os.path.expanduser(os.path.expandvars(settings.run.start)))
    for name in PARTS:
        part = getattr(model, name)
        if part is not None and settings.run.learns not in ("all", name):
            part.requires_grad_(False)
    return model


def learning_mode(model: NeuralRelationalInference) -> None:
    """Dropout and the like at work in the parts that learn, and in no others."""
    model.train()
    for name in PARTS:
        part = getattr(model, name)
        if part is not None and not any(p.requires_grad for p in part.parameters()):
            part.eval()


def _take_weights(model: NeuralRelationalInference, folder: str) -> None:
    """Copy the parts of the trained model in *folder* that have the same shapes."""
    trained, _ = load_model(folder)
    taken = []
    for name in PARTS:
        ours, theirs = getattr(model, name), getattr(trained, name)
        if ours is None or theirs is None:
            continue
        a, b = ours.state_dict(), theirs.state_dict()
        if type(ours) is type(theirs) and a.keys() == b.keys() and all(a[key].shape == b[key].shape for key in a):
            ours.load_state_dict(b)
            taken.append(name)
    if not taken:
        raise InputError(
            "neither its encoder nor its decoder fits this model",
            file=folder,
            place="run.start",
            remedy="give the same settings of [model]",
        )
