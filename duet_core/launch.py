"""How every command starts, whichever way it is called, and how it ends: exit statuses and the one line on stderr.

``python scripts/X.py ARGS``, ``blender --background --python scripts/X.py -- ARGS`` and ``blender --command duet X ARGS`` all end in `run`.
The whole repository is one package (the extension), so that ``addon`` can import ``duet_core`` relatively everywhere; scripts and tests
load it under the name ``duet_connections`` with `load_extension`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

PACKAGE = "duet_connections"

COMMANDS: dict[str, str] = {
    "infer": "duet_core.commands.infer",
    "inspect": "duet_core.commands.inspect",
    "compare": "duet_core.commands.compare",
    "generate": "duet_core.commands.generate",
    "train": "duet_core.commands.train",
    "sweep": "duet_core.commands.sweep",
    "export": "duet_core.commands.export",
    "benchmark": "duet_core.commands.benchmark",
    "render": "addon.commands.render",
}
"""Each command's module, from the root package; it has ``main(argv) -> int``."""

DONE, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line and whose exit status is 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(UNUSABLE, f"{self.prog}: {message}; see {self.prog} --help\n")


def load_extension() -> ModuleType:
    """The repository root imported as the package ``duet_connections`` (once)."""
    if PACKAGE in sys.modules:
        return sys.modules[PACKAGE]
    root = Path(__file__).resolve().parent.parent
    spec = importlib.util.spec_from_file_location(PACKAGE, root / "__init__.py", submodule_search_locations=[str(root)])
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return module


def script_arguments() -> list[str]:
    """The arguments meant for the script: under Blender's own executable those after ``--``, else all."""
    inside_blender = Path(sys.argv[0]).name.lower().startswith("blender")
    if inside_blender:
        return sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    return sys.argv[1:]


def run(package: str, command: str, argv: Sequence[str]) -> int:
    """Run *command* of the root *package* and return its exit status (0 done, 1 our failure, 2 unusable input, 130 interrupted)."""
    errors = importlib.import_module(f"{package}.duet_core.errors")
    try:
        try:
            main = importlib.import_module(f"{package}.{COMMANDS[command]}").main
        except ModuleNotFoundError as error:
            if error.name != "bpy":
                raise
            raise errors.InputError(
                f"{command} needs Blender, and this Python has no bpy module",
                remedy=f"run `make demo` once to set it up in .venv, or use: blender --background --python scripts/{command}.py -- ARGS",
            ) from None
        return int(main(list(argv)))
    except errors.InputError as error:
        print(f"{command}: {error}", file=sys.stderr)
        return UNUSABLE
    except (KeyboardInterrupt, errors.Cancelled) as error:
        print(f"{command}: interrupted; {str(error) or 'nothing was written'}", file=sys.stderr)
        return INTERRUPTED
    except SystemExit as error:  # argparse: --help, or a complaint already printed
        return error.code if isinstance(error.code, int) else DONE
    except Exception:
        traceback.print_exc()
        print(f"{command}: this is a failure of Duet Connections, not of your input; please report it", file=sys.stderr)
        return FAILED


def launch(command: str) -> NoReturn:
    """Start *command* from its script and leave the process with its exit status."""
    load_extension()
    status = run(PACKAGE, command, script_arguments())
    sys.stdout.flush()
    sys.stderr.flush()
    if "bpy" in sys.modules:
        # Blender's executable ignores the status of sys.exit in a --python script, and the bpy module may crash while it unloads.
        os._exit(status)
    sys.exit(status)
