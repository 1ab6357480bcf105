"""``benchmark.py NAME --out DIR``: measured results, each a JSON file and a Markdown table with figures, date and machine.

One name, one function ``main(argv) -> int`` in a module of its own; to add one, list it in ``BENCHMARKS``.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from ..errors import InputError
from ..launch import DONE, Parser

BENCHMARKS: dict[str, tuple[str, str]] = {
    "planted": (".benchmark_planted", "methods on planted duets: ranking, direction, lag, kind, calibration"),
    "null": (".benchmark_null", "what is shown between unrelated partners"),
    "real": (".benchmark_real", "real takes: true partners, held hands, how much is shown, who leads, prediction"),
    "skeletons": (".benchmark_skeletons", "a model on the same planted duets in every skeleton"),
    "ghosts": (
        ".benchmark_ghosts",
        "what connections are worth when hidden joints are drawn again: true ones beside false ones, real takes",
    ),
    "physics": (".benchmark_physics", "edges of simulated springs, charges and oscillators beside published figures"),
    "generation": (".benchmark_generation", "a generator: phrases never seen, what is made up, connections asked for and found again"),
    "speed": (".benchmark_speed", "seconds of inference by each method"),
    "import": ("...addon.commands.benchmark_import", "reading and building two BVH files beside Blender's own importer (needs Blender)"),
    "draw": ("...addon.commands.benchmark_draw", "what drawn connections cost at each frame (needs Blender)"),
}
"""Each name's module, seen from this package, and what it measures."""


def main(argv: Sequence[str]) -> int:
    listed = "; ".join(f"{name}: {what}" for name, (_, what) in BENCHMARKS.items())
    if not argv or argv[0] in ("-h", "--help"):
        parser = Parser(prog="benchmark.py", description="Measure, and write the figures.")
        parser.add_argument("name", metavar="NAME", choices=BENCHMARKS, help=listed)
        parser.add_argument("rest", metavar="--out DIR …", nargs="*", help="the benchmark's own options; see benchmark.py NAME --help")
        parser.parse_args(list(argv))
        return DONE
    name, *rest = argv
    if name not in BENCHMARKS:
        raise InputError(f"no benchmark is called {name!r}", place="NAME", remedy=f"choose one of: {', '.join(BENCHMARKS)}")
    try:
        module = importlib.import_module(BENCHMARKS[name][0], __package__)
    except ModuleNotFoundError as error:
        if error.name != "bpy":
            raise
        raise InputError(
            f"benchmark {name} needs Blender, and this Python has no bpy module",
            remedy=f"use: blender --background --python scripts/benchmark.py -- {name} --out DIR",
        ) from None
    return int(module.main(rest))
