"""``torch.compile`` for those whom it serves: encoder and decoder as kernels made for this machine, where it has what makes them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

import torch

from ..model import chance
from ..model.nri import NeuralRelationalInference


def compile_parts(model: NeuralRelationalInference, note: Callable[[str], None]) -> bool:
    """Let encoder and decoder of *model* be compiled when they are first used; where that cannot be, *note* says why, and they stay as they are."""
    try:
        # A compiler that is missing or does not work shows itself with the smallest function as well.
        torch.compile(lambda x: x.sin() + 1)(torch.ones(2, device=next(model.parameters()).device))
    except Exception as error:  # torch raises whatever its compiler does
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        note(f"run.compile: not compiled, and as fast as before: {lines[0][:160] if lines else type(error).__name__}")
        return False
    # What it cannot compile it leaves as it was; of each such place it would tell at length.
    torch._dynamo.config.suppress_errors = True
    for name in ("torch._dynamo", "torch._functorch", "torch._inductor"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"torch\._(dynamo|functorch|inductor)")
    for name in ("uniform", "exponential", "normal"):
        # Noise counts what has been drawn, which compiled code cannot. Marked only now: it takes torch a second to load what marks it.
        setattr(chance, name, torch.compiler.disable(getattr(chance, name)))
    for part in (model.encoder, model.decoder):
        if part is not None:
            part.compile(dynamic=True)  # the number of joints and windows differs from step to step
    return True
