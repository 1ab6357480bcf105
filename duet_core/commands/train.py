"""``train.py CONFIG.toml|FOLDER [--set key=value …] [--resume DIR]``: from takes to a model folder; needs torch.

torch is imported within functions only: what can be said without it, such as a wrong setting, is said at once.
"""

from __future__ import annotations

import argparse
import errno
import importlib.util
import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Cancelled, InputError
from ..files import alone_in, make_folder
from ..launch import DONE, INTERRUPTED
from ..progress import Progress
from ..training import settings as described
from ..training.names import CHECKPOINTS, CURVES, METRICS, MODEL, PREPARED, SETTINGS
from ..training.processes import Processes, joined
from ..training.settings import Settings
from ..training.together import train_together
from . import train_phrases
from .options import parser

if TYPE_CHECKING:
    from ..training.data import Material
    from ..training.loop import Ended
    from ..training.phrases.settings import GeneratorSettings

PRESETS = Path(__file__).resolve().parents[2] / "presets"
TAKES = "takes"
"""The preset for takes that come without settings."""
_MAY_CHANGE = (
    "data.memory", "run.accumulate", "run.compile", "run.epochs", "run.threads", "run.workers", "run.device", "run.checkpoint_steps", "run.checkpoint_minutes",
    "run.still_every", "run.patience", "run.tensorboard", "optimiser.lr", "optimiser.clip",
)  # fmt: skip
"""What a run that goes on may do otherwise."""


def main(argv: Sequence[str]) -> int:
    arguments = parser("train", "Train a model on takes, and on duets with known connections planted between their dancers.")
    _add_arguments(arguments)
    args = arguments.parse_args(argv)
    _name_takes(args)
    if args.settings:
        print(described.describe())
        return DONE
    if train_phrases.asked(_config(args.config) if args.config else None, args.resume):
        folder = _folder(args)
        _need_torch()
        if int(os.environ.get("WORLD_SIZE", "1")) > 1:
            raise InputError("a generator is trained by one process", place="torchrun", remedy="start train.py without it")
        if args.processes > 1:
            raise InputError("a generator is trained by one process", place="--processes", remedy="leave it away")
        return train_phrases.main(args, _config(args.config) if args.config else None, folder, _train, _command(args))
    if args.processes > 1 and "WORLD_SIZE" not in os.environ:  # those that are started are told so
        _need_torch()
        return train_together(args.processes, argv)
    with joined() as processes:
        return _connections(args, processes)


def _connections(args: argparse.Namespace, processes: Processes) -> int:
    """Train the model that finds connections."""
    folder, settings = processes.of_the_first(processes.agreed(lambda: _begun(args, processes)))
    quiet = args.quiet or not processes.first
    with ExitStack() as held:
        prepared = Path(held.enter_context(tempfile.TemporaryDirectory())) if args.dry_run else folder / PREPARED
        found = _material(settings, quiet, prepared, processes)
        if args.dry_run:
            if processes.first:
                from ..training.plan import plan

                print(plan(settings, found, folder))
                print(f"would write  {folder}; nothing was written")
            return DONE
        from ..training.loop import train

        name = folder.name or "model"
        run = lambda: train(settings, found, folder, name=name, command=_command(args), quiet=quiet, processes=processes)  # noqa: E731
        status = _train(args, settings, found.notes, folder, run, processes)
    if status == DONE:
        processes.meet()  # the first is the last: it writes the model, of the takes in that folder
        if processes.local == 0:
            shutil.rmtree(prepared, ignore_errors=True)
    return status


def _begun(args: argparse.Namespace, processes: Processes) -> tuple[Path, Settings]:
    """The run's folder and settings; what other processes than the first find there does not count."""
    if not processes.first:
        return Path(), Settings()
    folder, settings = _folder(args, goes_on=processes.restarts), _settings(args)
    _need_torch()
    return folder, settings


def _train(
    args: argparse.Namespace,
    settings: Settings | GeneratorSettings,
    notes: Sequence[str],
    folder: Path,
    run: Callable[[], Ended],
    processes: Processes | None = None,
) -> int:
    """Let *run* train in *folder*, and say how it ended; of several *processes* the first one says it."""
    processes = processes or Processes()
    speaks = processes.first
    try:
        with ExitStack() as held:
            processes.agreed(lambda: held.enter_context(alone_in(make_folder(folder), "training")) if speaks else None)
            if speaks and not args.quiet:
                for text in notes:
                    print(f"note: {text}")
            ended = run()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES):
            raise
        raise InputError(
            f"it cannot be written ({error.strerror})",
            file=error.filename or folder,
            remedy=f"free some room, then go on with --resume {folder}",
        ) from None
    except KeyboardInterrupt:  # while it was not training: before the first step, after the last, or asked a second time
        raise Cancelled(f"go on with: train.py --resume {folder}") from None
    if ended.interrupted:
        if speaks:
            print(
                f"train: stopped at step {ended.step} of {ended.total or settings.total_steps} and saved; go on with: train.py --resume {folder}",
                file=sys.stderr,
            )
        return INTERRUPTED
    if speaks and not args.quiet:
        best = "" if ended.best is None else f"; best {getattr(settings.run, 'figure', 'loss')} {ended.best:.4f} at step {ended.best_step}"
        print(f"done after {ended.step} steps{best}")
        files = [folder / name for name in (MODEL, METRICS, CURVES)]
        print(f"written: {', '.join(str(file) for file in files if file.exists())}")
    return DONE


def _add_arguments(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "config",
        metavar="CONFIG.toml",
        nargs="?",
        help="settings: a TOML file, or the name of one in presets/; a folder of takes stands for --takes with the settings of presets/takes.toml",
    )
    to.add_argument(
        "--takes", metavar="PATH", nargs="+", default=[], help="learn from these folders, files or patterns instead of the settings' takes"
    )
    to.add_argument("--fps", type=float, metavar="F", help="frames a second of --takes, overriding the files'")
    to.add_argument(
        "--skeleton", metavar="NAME", help="joints of arrays among --takes that name none: a known skeleton's name or a JSON file"
    )
    to.add_argument(
        "--set", dest="changes", metavar="key=value", nargs="+", action="extend", default=[], help="change settings, such as run.epochs=5"
    )
    to.add_argument("--resume", type=Path, metavar="DIR", help="go on with the run in this folder, from its newest checkpoint")
    to.add_argument("--out", type=Path, metavar="DIR", help="folder of a new run; runs/ and the name of takes or settings by default")
    to.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="processes that train together on this machine (1); several machines need torchrun",
    )
    to.add_argument("--dry-run", action="store_true", help="say what would happen, with memory and time; write nothing")
    to.add_argument("--settings", action="store_true", help="list every setting and leave")
    to.add_argument("--quiet", action="store_true", help="print nothing but errors")


def _name_takes(args: argparse.Namespace) -> None:
    """Put the takes that the arguments name among the changes of settings; without settings those of `TAKES` are meant."""
    if args.config and Path(args.config).is_dir() and _config(args.config).is_dir():
        if (Path(args.config) / SETTINGS).exists():
            raise InputError("this is a run, not a folder of takes", file=args.config, remedy=f"go on with it by --resume {args.config}")
        args.config, args.takes = None, [args.config, *args.takes]
    args.given = args.config
    if not args.takes:
        if args.fps or args.skeleton:
            raise InputError("--fps and --skeleton are for --takes", remedy="write them into [[data.takes]] of the settings")
        return
    more = {"fps": args.fps, "skeleton": args.skeleton}
    said = "".join(f", {key} = {json.dumps(value, ensure_ascii=False)}" for key, value in more.items() if value)
    files = [json.dumps(os.path.abspath(name), ensure_ascii=False) for name in args.takes]
    args.changes = [f"data.takes=[{', '.join(f'{{files = {file}{said}}}' for file in files)}]", *args.changes]
    if not args.resume:
        args.config = args.config or TAKES


def _folder(args: argparse.Namespace, goes_on: bool = False) -> Path:
    """The run's folder, which must not hold another run unless that is to be resumed; where it *goes_on* of itself, that one is resumed."""
    if args.resume and args.out and args.resume.absolute() != args.out.absolute():
        raise InputError("--out and --resume name different folders", remedy="a resumed run stays in its folder: leave --out away")
    if args.resume:
        return Path(args.resume)
    if not args.config:
        raise InputError(
            "there is nothing to train on",
            place="CONFIG.toml",
            remedy="give a folder of takes, a TOML file, or small for presets/small.toml; or --resume DIR",
        )
    folder = Path(args.out or Path("runs") / Path(args.given or args.takes[0]).absolute().stem)
    if (folder / CHECKPOINTS).exists() or (folder / SETTINGS).exists():
        if goes_on:
            args.resume = folder
            return folder
        raise InputError("there is a run in it already", file=folder, remedy=f"go on with it by --resume {folder}, or choose another --out")
    return folder


def _settings(args: argparse.Namespace) -> Settings:
    """The run's settings. A run that is resumed keeps its own, but for what may change."""
    saved = _saved(args.resume) if args.resume else None
    if args.config:
        given = described.read(_config(args.config), args.changes)
    elif saved:
        given = Settings.from_dict(described.changed(saved.to_dict(), args.changes), "--set")
    else:
        raise InputError("there is no run here", file=args.resume, remedy="give a run's folder, or CONFIG.toml as well")
    if saved:
        other = [key for key in described.difference(saved, given) if key not in _MAY_CHANGE]
        if other:
            raise InputError(
                f"the run began with another {other[0]}",
                file=args.resume,
                place=", ".join(other),
                remedy="a resumed run cannot change that: start anew",
            )
    return given


def _saved(folder: Path) -> Settings | None:
    """The settings of the run in *folder*; None where it was ended before it wrote any."""
    file = folder / SETTINGS
    if not folder.is_dir():
        raise InputError("there is no such folder", file=folder, remedy="give a run's folder to --resume")
    if not file.exists():
        return None
    try:
        return Settings.from_dict(json.loads(file.read_text("utf-8")), file)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"the run's settings cannot be read ({error})", file=file, remedy="start anew in another folder") from None


def _config(name: str) -> Path:
    """The file called *name*, or the preset."""
    preset = PRESETS / f"{name}.toml"
    return preset if not Path(name).exists() and preset.is_file() else Path(name)


def _need_torch() -> None:
    if importlib.util.find_spec("torch") is None:
        raise InputError(
            "training needs torch, and this Python has none",
            remedy=f"run: {shlex.quote(sys.executable)} -m pip install torch (requirements/train.txt says which version is tested)",
        )


def _material(settings: Settings, quiet: bool, prepared: Path, processes: Processes) -> Material:
    """The takes. Of the processes on one machine the first prepares all on disk, in the folder *prepared*, and the others find them there."""
    from ..training.data import material
    from ..training.store import Store

    def read(has_its_turn: bool) -> Material | None:
        if not has_its_turn:
            return None
        store = Store(prepared, settings.data.memory if processes.alone else 0.0)
        with Progress("reading takes", quiet=quiet or len(settings.data.takes) == 0) as progress:
            return material(settings, progress, store)

    found = processes.agreed(lambda: read(processes.local == 0))
    if processes.alone:
        assert found
        return found
    later = processes.agreed(lambda: read(processes.local != 0))
    both = found or later
    assert both
    return both


def _command(args: argparse.Namespace) -> str:
    """The command that makes the model again, for its card."""
    if not args.config:
        return f"python scripts/train.py {args.resume / 'settings.json'}"
    changes = args.changes[1:] if args.takes else args.changes  # the first one stands for the takes
    more = {
        "--takes": args.takes,
        "--fps": args.fps and [f"{args.fps:g}"],
        "--skeleton": args.skeleton and [args.skeleton],
        "--set": changes,
    }
    words = [word for name, values in more.items() if values for word in (name, *values)]
    return shlex.join(["python", "scripts/train.py", *([args.given] if args.given else []), *words])
