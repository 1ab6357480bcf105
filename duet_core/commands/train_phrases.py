"""``train.py CONFIG.toml`` where the settings say ``kind = "phrases"``: a generator of phrases. What every training shares is in `train`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from ..errors import InputError
from ..progress import Progress
from ..training.names import SETTINGS
from ..training.phrases import settings as described
from ..training.phrases.settings import KIND, GeneratorSettings
from ..training.settings import changed, table_of

_MAY_CHANGE = frozenset(("epochs", "threads", "device", "patience", "tensorboard"))
"""What of ``run`` a run that goes on may do otherwise."""


def asked(config: Path | None, resumed: Path | None) -> bool:
    """Whether a TOML file, or the run in a folder, is of this kind; False where neither can be read: `train` says what is wrong."""
    try:
        if config:
            return table_of(config)[0].get("kind") == KIND
        return bool(resumed) and json.loads((Path(str(resumed)) / SETTINGS).read_text("utf-8")).get("kind") == KIND
    except (InputError, OSError, ValueError, AttributeError):
        return False


def main(args: argparse.Namespace, config: Path | None, folder: Path, train: Callable[..., int], command: str) -> int:
    """Train as the arguments say; *train* is what runs a loop and says how it ended."""
    from ..training.phrases.data import phrases
    from ..training.phrases.loop import new_model
    from ..training.phrases.loop import train as loop

    settings = _settings(args, config)
    with Progress("reading takes", quiet=args.quiet or not settings.data.takes) as progress:
        found = phrases(settings, progress)
    if args.dry_run:
        parameters = sum(p.numel() for p in new_model(settings, found).parameters())
        sides = [sum(map(len, takes)) / settings.model.rate / 60 for takes in (found.training, found.validation)]
        print(f"takes        {sides[0]:.1f} min to train on, {sides[1]:.1f} min to validate on")
        print(f"model        {parameters:,} parameters; windows of {settings.model.frames} frames, {settings.model.seconds:g} s")
        print(f"would write  {folder}; nothing was written")
        return 0
    return train(
        args,
        settings,
        found.found.notes,
        folder,
        lambda: loop(settings, found, folder, name=folder.name, command=command, quiet=args.quiet),
    )


def _settings(args: argparse.Namespace, config: Path | None) -> GeneratorSettings:
    file = args.resume / SETTINGS if args.resume else None
    saved = GeneratorSettings.from_dict(json.loads(file.read_text("utf-8")), file) if file and file.exists() else None
    if config:
        given = described.read(config, args.changes)
    else:
        assert saved
        given = GeneratorSettings.from_dict(changed(saved.to_dict(), args.changes), "--set")
    if saved:
        before, after = saved.to_dict(), given.to_dict()
        for section in before:
            for key in before[section] if section != "kind" else ():
                if before[section][key] != after[section].get(key) and not (section == "run" and key in _MAY_CHANGE):
                    raise InputError(
                        f"the run began with another {section}.{key}",
                        file=args.resume,
                        place=f"{section}.{key}",
                        remedy="a resumed run cannot change that: start anew",
                    )
    return given
