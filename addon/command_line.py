"""``blender --command duet COMMAND ARGS``: the commands of ``scripts/`` from within Blender, with the same arguments and exit statuses."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ..duet_core import launch
from .names import ROOT_PACKAGE

NAME = "duet"


def run(argv: Sequence[str]) -> int:
    """Run ``COMMAND ARGS`` and return its exit status; without a known command say which there are."""
    known = ", ".join(sorted(launch.COMMANDS))
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(f"usage: blender --command {NAME} COMMAND ARGS\ncommands: {known}\noptions of one: blender --command {NAME} COMMAND --help")
        return launch.DONE if argv else launch.UNUSABLE
    if argv[0] not in launch.COMMANDS:
        print(f"{NAME}: there is no command {argv[0]!r}; choose one of: {known}", file=sys.stderr)
        return launch.UNUSABLE
    status = launch.run(ROOT_PACKAGE, argv[0], argv[1:])
    # Blender leaves at once after the command; what is still buffered would be lost.
    sys.stdout.flush()
    sys.stderr.flush()
    return status
