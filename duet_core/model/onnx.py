"""A model's encoder as an ONNX file, for programs that know neither torch nor this project; and the proof that it says the same.

The file is for one skeleton: what depends on the bones alone is worked out while the network is written down (`_Known`). Windows may be as many as one likes.

* in: ``positions`` (windows, T, 2, J, 3) float32, metres, z up, without gaps, at the model's rate;
* out: ``types`` (windows, S, 2, J, J, K), ``kinds`` (windows, 2, J, J, 6) and ``lags`` (windows, 2, J, J, L), logits as in `posterior.EdgePosterior`.

Names of joints, types and kinds, the rate and the calibration of confidences stand in the file's metadata as JSON, under ``duet_connections``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils import _pytree as trees
from torch.utils._python_dispatch import _disable_current_modes

from ..connections import KINDS
from ..errors import InputError
from ..files import written
from ..skeletons import Skeleton
from .nri import NeuralRelationalInference

METADATA = "duet_connections"
OPSET = 18
LARGEST_DIFFERENCE = 1e-4
"""Between a logit of the file and torch's, relative to their size where that is above 1."""
_NEEDED = ("onnx", "onnxscript", "onnxruntime")


def need_onnx() -> None:
    """Raise InputError where a package is missing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"ONNX needs {', '.join(missing)}, and this Python has none", remedy="run: pip install -r requirements/onnx.txt")


def export_onnx(model: NeuralRelationalInference, skeleton: Skeleton, file: Path, about: Mapping[str, Any]) -> float:
    """Write the encoder of *model* for duets of *skeleton* into *file*; returns the largest difference from torch's logits on random windows.

    Args:
        about: of the model (its name, its calibration …), for the metadata.

    Raises:
        InputError: the encoder cannot be written as ONNX, or what was written says something else; there is no file then.
    """
    need_onnx()
    settings = model.settings
    parents = torch.tensor(skeleton.parents)
    example = _windows(skeleton, settings.frames)
    module = _Encoder(model, _Known(parents)).eval()
    names = module.names(example)
    with _quiet():
        try:
            seen = torch.export.export(
                module, (example,), dynamic_shapes=({0: torch.export.Dim("windows", min=1, max=1 << 20)},), strict=False
            )
            program = torch.onnx.export(
                seen,
                (),
                input_names=["positions"],
                output_names=list(names),
                opset_version=OPSET,
                dynamo=True,
                optimize=False,
                verbose=False,
            )
        except Exception as error:  # an encoder of somebody else's may do what no exporter follows; torch has many errors for that
            raise InputError(
                f"the encoder {settings.encoder!r} cannot be written as ONNX ({str(error).splitlines()[0][:160]})",
                file=file,
                remedy="use the model's folder: NumPy runs it without torch",
            ) from None
    assert program is not None
    program.model.metadata_props[METADATA] = json.dumps(
        {
            "joints": skeleton.joints,
            "parents": skeleton.parents,
            "rate": settings.rate,
            "frames": settings.frames,
            "types": settings.type_names,
            "kinds": KINDS,
            **about,
        }
    )
    with written(file) as path:
        program.save(str(path), external_data=False)
        difference = compared(path, module, names, [_windows(skeleton, settings.frames, count, seed) for seed, count in enumerate((1, 3))])
        if difference > LARGEST_DIFFERENCE:
            raise InputError(
                f"the file's logits differ from torch's by {difference:.1e}",
                file=file,
                remedy="use the model's folder: NumPy runs it without torch",
            )
    return difference


def compared(file: Path, module: nn.Module, names: Sequence[str], some: Sequence[Tensor]) -> float:
    """The largest difference between ONNX Runtime's and torch's logits for *some* windows, relative where they are large."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for positions in some:
        found = session.run(list(names), {"positions": positions.numpy()})
        with torch.no_grad():
            wanted = [value.numpy() for value in module(positions)]
        largest = max(largest, *(float(np.max(np.abs(a - b) / np.maximum(1.0, np.abs(b)))) for a, b in zip(found, wanted, strict=True)))
    return largest


class _Encoder(nn.Module):
    """The encoder with its skeleton, whose answer is a tuple of what it says."""

    def __init__(self, model: NeuralRelationalInference, parents: Tensor) -> None:
        super().__init__()
        self.encoder = model.encoder
        self._parents = [parents]  # in a list: no tensor of the module

    def names(self, positions: Tensor) -> tuple[str, ...]:
        with torch.no_grad():
            said = self.encoder(positions, self._parents[0])
        return tuple(name for name in ("types", "kinds", "lags") if getattr(said, name) is not None)

    def forward(self, positions: Tensor) -> tuple[Tensor, ...]:
        with torch.no_grad():
            said = self.encoder(positions, self._parents[0])
        return tuple(value for value in (said.types, said.kinds, said.lags) if value is not None)


class _Known(torch.Tensor):
    """A tensor whose values are known while a network is written down: what is computed from such alone is computed then, even where the result's
    shape depends on the values; where it meets others it is a constant."""

    @staticmethod
    def __new__(cls, values: Tensor) -> _Known:
        return torch.Tensor._make_subclass(cls, values)

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = (args, kwargs or {})
        alone = all(isinstance(leaf, _Known) for leaf in trees.tree_leaves(given) if isinstance(leaf, Tensor))
        with torch._C.DisableTorchFunctionSubclass():
            if alone:
                with _disable_current_modes():
                    args, kwargs = trees.tree_map(_plain, given)
                    return trees.tree_map(lambda leaf: cls(leaf) if type(leaf) is Tensor else leaf, function(*args, **kwargs))
            masks = function is Tensor.__getitem__
            args, kwargs = trees.tree_map(lambda leaf: _constant(leaf, masks) if isinstance(leaf, _Known) else leaf, given)
            return function(*args, **kwargs)


def _plain(leaf: Any) -> Any:
    return leaf.as_subclass(Tensor) if isinstance(leaf, _Known) else leaf


def _constant(known: _Known, masks: bool) -> Tensor:
    """*known* as a constant of the network; a mask that chooses as the places that it chooses, whose number is known."""
    with _disable_current_modes():
        values = known.as_subclass(Tensor)
        if masks and values.dtype == torch.bool:
            values = values.nonzero()[:, 0]
        listed, kind = values.tolist(), values.dtype
    return torch.tensor(listed, dtype=kind)


def _windows(skeleton: Skeleton, frames: int, count: int = 2, seed: int = 0) -> Tensor:
    """(count, T, 2, J, 3) of two bodies that drift, metres."""
    generator = torch.Generator().manual_seed(seed)
    joints = len(skeleton)
    steps = torch.randn(count, frames + 5, 2, joints, 3, generator=generator)
    smooth = torch.stack([steps[:, k : k + 6].mean(1) for k in range(frames)], dim=1).cumsum(1) * 0.03
    body = torch.randn(joints, 3, generator=generator) * 0.3
    return smooth + body + torch.tensor([[0.0, 0.0, 1.0], [0.9, 0.5, 1.0]])[:, None]


@contextlib.contextmanager
def _quiet() -> Any:
    """The exporter talks much of its own affairs."""
    log = logging.getLogger("torch.onnx")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)
