"""``export.py RUN|MODEL [--out DIR] [--onnx FILE]``: a trained run as a model folder, and as ONNX for other programs; needs torch."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import make_folder
from ..generation.generator import is_generator
from ..inference.models import is_model
from ..launch import DONE
from ..model.config import CARD, CONFIG, WEIGHTS, read_config
from ..saying import say
from ..skeletons import KNOWN, Skeleton
from ..training.names import CHECKPOINTS, METRICS, MODEL, SETTINGS
from .options import parser
from .train import _need_torch

if TYPE_CHECKING:
    from ..training.settings import Settings

SKELETON = "smpl-24"


def main(argv: Sequence[str]) -> int:
    arguments = parser("export", "Make a model folder of a run of train.py, finished or not, and an ONNX file of a model.")
    _add_arguments(arguments)
    args = arguments.parse_args(argv)
    if not args.out and not args.onnx:
        raise InputError("there is nothing to make", remedy="give --out DIR for a model folder, or --onnx FILE")
    skeleton = _skeleton(args.skeleton)
    if args.onnx and args.onnx.suffix != ".onnx":
        raise InputError("an ONNX file's name ends with .onnx", file=args.onnx, place="--onnx", remedy="give such as model.onnx")
    if args.out and args.out.exists() and any(args.out.iterdir()) and not (is_model(args.out) or is_generator(args.out)):
        raise InputError("the folder holds something else", file=args.out, place="--out", remedy="choose another")
    made: list[str] = []
    with tempfile.TemporaryDirectory(prefix="duet-") as work:
        model = _model(args.source, Path(work))
        read_config(model)
        if args.onnx and is_generator(model):
            raise InputError(
                "ONNX is for models of connections; this one makes phrases", file=args.source, place="--onnx", remedy="leave it away"
            )
        if args.onnx:
            difference = _onnx(model, skeleton, args.onnx, args.source)
            made.append(f"{args.onnx} (logits as torch's to {difference:.0e})")
        if args.out:
            _copy(model, make_folder(args.out))
            made.append(str(args.out))
    if not args.quiet:
        say(f"written: {', '.join(made)}")
    return DONE


def _add_arguments(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "source",
        metavar="RUN|MODEL",
        type=Path,
        help="a run's folder (its best checkpoint is taken where it has not ended), or a model's folder",
    )
    to.add_argument("--out", type=Path, metavar="DIR", help="the model folder to make: what infer.py, render.py and Blender load")
    to.add_argument("--onnx", type=Path, metavar="FILE", help="the encoder as ONNX, for one skeleton; checked against torch")
    to.add_argument(
        "--skeleton",
        metavar="NAME|FILE.json",
        default=SKELETON,
        help=f"for --onnx: {', '.join(KNOWN)}, or a JSON file with name, joints and parents",
    )
    to.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _model(source: Path, work: Path) -> Path:
    """The model folder of *source*; one made in *work* where a run has not come to its end."""
    for folder in (source, source / MODEL):
        if is_model(folder) or is_generator(folder):
            return folder
    if not (source / SETTINGS).is_file() or not (source / CHECKPOINTS).is_dir():
        raise InputError(
            "here is neither a model nor a run", file=source, remedy="give the folder that train.py filled, or a model's folder"
        )
    _need_torch()
    return _of_run(source, work)


def _of_run(run: Path, work: Path) -> Path:
    """The model of the best checkpoint of a *run* that has not come to its end."""
    from ..training import loop
    from ..training.checkpoints import Checkpoints
    from ..training.data import material
    from ..training.phrases import data as phrases_data
    from ..training.phrases import export as phrases_export
    from ..training.phrases.settings import KIND, GeneratorSettings
    from ..training.settings import Settings

    table = json.loads((run / SETTINGS).read_text("utf-8"))
    store = Checkpoints(run)
    checkpoint = store.last(lambda text: say(f"note: {text}"))
    if checkpoint is None:
        raise InputError("there is no checkpoint yet", file=run, remedy="let the training go on")
    rows = [json.loads(line) for line in _lines(run / METRICS)]
    command, name = f"python scripts/train.py {run / SETTINGS}", run.resolve().name
    if table.get("kind") == KIND:
        generator = GeneratorSettings.from_dict(table, run / SETTINGS)
        found = phrases_data.phrases(generator)
        return phrases_export.export(generator, found, store, checkpoint.state, rows, work / MODEL, name, command)
    settings: Settings = Settings.from_dict(table, run / SETTINGS)
    return loop.export(settings, settings.total_steps, material(settings), store, checkpoint.state, rows, work, name, command)


def _lines(file: Path) -> list[str]:
    """The complete lines of *file*; none where there is no file."""
    return [line for line in file.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")] if file.exists() else []


def _copy(model: Path, out: Path) -> None:
    """The configuration last: until it is there nobody takes the folder for a model."""
    if model.resolve() == out.resolve():
        return
    (out / CONFIG).unlink(missing_ok=True)
    for name in (WEIGHTS, CARD, CONFIG):
        if (model / name).exists():
            shutil.copyfile(model / name, out / name)


def _onnx(model: Path, skeleton: Skeleton, file: Path, source: Path) -> float:
    _need_torch()
    from ..model.onnx import export_onnx, need_onnx
    from ..model.weights import load_model

    need_onnx()
    make_folder(file.parent)
    network, config = load_model(model)
    about = {"model": source.resolve().name, "weights_sha256": config["weights_sha256"], "calibration": config["extra"].get("calibration")}
    return export_onnx(network, skeleton, file, about)


def _skeleton(name: str) -> Skeleton:
    if name in KNOWN:
        return KNOWN[name]
    file = Path(name)
    if not file.is_file():
        raise InputError(
            f"{name!r} is no known skeleton and no file", place="--skeleton", remedy=f"give {', '.join(KNOWN)}, or a JSON file"
        )
    try:
        return Skeleton.from_json(file.read_text("utf-8-sig"))
    except InputError as error:
        raise InputError(error.problem, file=file, place=error.place, remedy=error.remedy) from None
